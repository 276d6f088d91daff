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
		Short: "Send a service tokens that it must refuse, and report those that it accepts",
		Long: `Send a service tokens that it must refuse, and report those that it accepts. docs/attacks.md
lists them.

There are two modes:

  - With a valid token (--token or --token-command) and the public keys of its issuer (--issuer,
    --jwks or --key), the attack tries the faults that need no private key of the issuer. The
    token must stay valid during the attack.
  - With --as-issuer ADDRESS, this command is the issuer, and the attack tries all faults. First
    configure the service to trust the issuer http://ADDRESS and the audience of --audience.
    --alg, --typ and --claim determine the tokens.

The attack first sends a valid token, no token, and garbage. If the service answers all of them
alike, the attack is inconclusive; set --marker then.

A service on another machine requires --i-own-this. Reports show what was sent, decoded. They
contain whole tokens only with --show-tokens, since some may be valid.

Exit code: 0 no findings, 1 findings, 2 usage, 3 inconclusive, for example because the service
does not answer or the keys could not be fetched.`,
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

// beIssuer attacks with tokens of an issuer that this command serves.
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
