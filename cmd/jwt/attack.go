package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/claims"
	"github.com/cda17858/jwt/cmd/jwt/internal/loopback"
	"github.com/cda17858/jwt/jwttest"
)

func newAttack(a *app) *cobra.Command {
	f := attackFlags{a: a}
	cmd := &cobra.Command{
		Use:   "attack URL",
		Short: "Send a service all tokens that it should refuse, and report those that it takes",
		Long: `Send a service all tokens that it should refuse, and report those that it takes. docs/attacks.md
lists what is tried.

There are two ways:

  - With a token that the service accepts, and the public keys of its issuer, what somebody can
    do who has no key of the issuer is tried: --token or --token-command, and --issuer, --jwks
    or --key. The token must stay good for as long as the attack takes.
  - With --as-issuer ADDRESS this command is the issuer, and all faults are tried. Configure the
    service to trust the issuer http://ADDRESS first, and the audience that --audience names.
    --alg, --typ and --claim say what its tokens are like.

Before anything else a good token, none, and garbage are sent. If the answers do not differ,
nothing can be said about the service, and the attack is inconclusive: set --marker then.

A service that is not on this machine needs --i-own-this. Reports show what was sent decoded;
whole tokens only with --show-tokens, since some of them may be good.

Exit code: 0 nothing found, 1 findings, 2 usage, 3 inconclusive: the service does not answer, say,
or the keys could not be fetched.`,
		Example: `  jwt attack http://127.0.0.1:8080/orders --issuer https://auth.example.com \
      --token-command "curl -s -d grant_type=client_credentials -u ci:$SECRET https://auth.example.com/token"
  jwt attack http://127.0.0.1:8080/orders --as-issuer 127.0.0.1:9000 --audience orders --sarif jwt.sarif`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return a.listFaults()
			}
			return f.run(cmd.Context(), args[0])
		},
	}
	f.add(cmd)
	return cmd
}

func (f *attackFlags) run(ctx context.Context, url string) error {
	target, err := f.target(url)
	if err != nil {
		return err
	}
	if f.asIssuer != "" {
		return f.beIssuer(ctx, target)
	}
	if target.Token, err = f.goodToken(ctx); err != nil {
		return err
	}
	if target.Keys, _, err = f.keys.load(ctx); err != nil {
		return err
	}
	return f.attack(ctx, target)
}

// beIssuer attacks with tokens of an issuer that this command is.
func (f *attackFlags) beIssuer(ctx context.Context, target jwttest.Target) error {
	l, err := loopback.Listen(f.asIssuer)
	if err != nil {
		return prefix("--as-issuer", err)
	}
	var set claims.Set
	if err := set.Assign(f.claims, time.Now()); err != nil {
		return prefix("--claim", err)
	}
	target.Claims = &set
	target.Issuer, err = jwttest.OpenIssuer(jwttest.Config{
		Name: l.URL(), Audience: f.audience, Type: f.typ, Algorithms: f.keys.algorithms(), Traps: true,
	})
	if err != nil {
		return err
	}
	defer target.Issuer.Close()
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- l.Serve(serving, target.Issuer.Handler()) }()
	err = f.attack(ctx, target)
	stop()
	return errors.Join(err, <-served)
}

func (f *attackFlags) attack(ctx context.Context, target jwttest.Target) error {
	report, err := f.begin(ctx, target)
	if err != nil {
		return errors.New(targetFlags.Replace(err.Error()))
	}
	report.Inconclusive = targetFlags.Replace(report.Inconclusive)
	if !f.showTokens {
		hideTokens(report)
	}
	if err := f.write(report); err != nil {
		return err
	}
	switch {
	case report.Inconclusive != "":
		return withCode(exitUnavailable, nil)
	case len(report.Findings()) > 0:
		return withCode(exitNo, nil)
	}
	return nil
}

// targetFlags turns the fields of a jwttest.Target, which its errors name, into flags.
var targetFlags = strings.NewReplacer(
	"jwttest: Target: ", "", "jwttest: ", "", "set Mine", "set --i-own-this", "set Target.Accepted", "set --marker", "Only:", "--only:", "Except:", "--except:",
	"Leeway, MaxAge, Timeout or Rate", "--leeway, --answer-timeout or --rate",
)

// begin runs the attack. As long as --wait lasts it begins again if it was inconclusive: the
// service may have to start, or to fetch the keys of an issuer that has only just started.
func (f *attackFlags) begin(ctx context.Context, target jwttest.Target) (*jwttest.Report, error) {
	ready, cancel := context.WithTimeout(ctx, f.wait)
	defer cancel()
	for {
		report, err := jwttest.Run(ctx, target)
		if err != nil || report.Inconclusive == "" {
			return report, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ready.Done():
			return report, nil
		}
	}
}
