package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/debug"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
	"github.com/cda17858/jwt/cmd/jwt/internal/loopback"
	"github.com/cda17858/jwt/jwks"
)

func newDebug(a *app) *cobra.Command {
	var listen, ca string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "debug [TOKEN | @FILE | env:NAME | -]",
		Short: "Serve a page on this machine that decodes, edits and verifies tokens",
		Long: `Serve a page on this machine that decodes, edits and verifies tokens, until Ctrl-C. Open the
printed URL in a browser.

The page decodes a token as you type it, with warnings beside the lines that they concern. If
you edit a claim, the token is signed again if the page has a private key or a secret; otherwise
the page says that the signature is no longer valid. A token after a # in the URL is loaded and
removed from the URL.

Nothing is sent over the network. The URL cannot be guessed, only this machine can connect, and
the Content-Security-Policy lets the page connect only to this command. The command uses the
network only when you verify with an issuer or the URL of a JWK Set.`,
		Example: `  jwt debug
  jwt debug @token.txt
  kubectl create token default | jwt debug -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			token := ""
			if len(args) > 0 {
				var err error
				if token, err = a.readToken(args); err != nil {
					return err
				}
			}
			l, err := loopback.Listen(listen)
			if err != nil {
				return prefix("--listen", err)
			}
			page, err := debug.New(debug.Config{
				Origin: l.URL(), Token: token, Bare: bare, Now: a.now,
				Fetch: func(ctx context.Context, cfg jwks.Config) (jwt.KeySet, error) {
					var err error
					if cfg.Transport, err = transport(ca); err != nil {
						return nil, err
					}
					cfg.Algorithms, cfg.Timeout = keyfile.Asymmetric(), timeout
					set, err := jwks.Fetch(ctx, cfg)
					return set, inFlags(err)
				},
			})
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(map[string]string{"url": page.URL()})
			} else {
				_, err = fmt.Fprintln(a.out, page.URL())
			}
			if err != nil {
				return err
			}
			if a.terminalOut {
				fmt.Fprintln(a.err, "Open it in a browser. Press Ctrl-C to stop.")
			}
			return l.Serve(cmd.Context(), page)
		},
	}
	a.addClock(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback `ADDRESS` to listen on; port 0 picks a free port")
	cmd.Flags().StringVar(&ca, "ca", "", "trust only the certificates in `FILE` for URLs")
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Second, "time limit for URLs")
	return cmd
}
