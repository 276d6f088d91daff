package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/claims"
	"github.com/cda17858/jwt/cmd/jwt/internal/devissuer"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
	"github.com/cda17858/jwt/cmd/jwt/internal/loopback"
	"github.com/cda17858/jwt/jwk"
)

func newDev(a *app) *cobra.Command {
	d := devFlags{a: a}
	cmd := &cobra.Command{
		Use:   "dev [NAME=VALUE|NAME:=JSON]...",
		Short: "Run an issuer for development: tokens without a login, on this machine only",
		Long: `Run an issuer for development, until Ctrl-C. It publishes its key and its metadata as a real
issuer does, issues a token to every program on this machine that asks, and prints what to
configure. The arguments are claims of every token, as for jwt sign.

POST /token takes a form. All fields are optional:

  grant_type      client_credentials
  client_id       or by HTTP Basic; any client and any secret will do
  sub             default: the client_id, then --sub
  aud             or audience, or resource; can be repeated; default: --audience
  scope           the scope claim
  ttl             90s, 15m, or seconds; -1m makes an expired token
  claims          a JSON object of additional claims

Without --key, a new key is generated at each start.

Exit code: 0 ended by Ctrl-C, 2 usage.`,
		Example: `  jwt dev --audience orders role=admin
  curl -s -d sub=alice -d ttl=1h http://127.0.0.1:9000/token | jq -r .access_token | jwt`,
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&d.listen, "listen", "127.0.0.1:9000", "loopback `ADDRESS` to listen on, which is also the issuer's; port 0 picks a free port")
	f.StringArrayVar(&d.audience, "audience", []string{"api"}, "aud of tokens; can be repeated")
	f.StringVar(&d.sub, "sub", "dev", "sub of tokens")
	f.StringVar(&d.typ, "typ", "JWT", "typ of tokens")
	f.DurationVar(&d.ttl, "ttl", 15*time.Minute, "lifetime of tokens")
	f.StringVar(&d.alg, "alg", "", "`ALGORITHM` of the key (default: that of --key, or ES256)")
	f.StringVar(&d.key, "key", "", "`FILE` with the private key, or env:NAME (default: a new key)")
	f.StringVar(&d.origin, "allow-origin", "", "`ORIGIN` of a page that may request tokens, such as http://localhost:3000")
	cmd.RegisterFlagCompletionFunc("alg", completeAlgorithms)
	return cmd
}

type devFlags struct {
	a                                  *app
	listen, sub, typ, alg, key, origin string
	audience                           []string
	ttl                                time.Duration
}

func (d *devFlags) run(cmd *cobra.Command, args []string) error {
	cfg, err := d.config(args)
	if err != nil {
		return err
	}
	l, err := loopback.Listen(d.listen)
	if err != nil {
		return prefix("--listen", err)
	}
	cfg.Origin = l.URL()
	h, err := devissuer.New(cfg)
	if err != nil {
		return err
	}
	if err := d.announce(cfg); err != nil {
		return err
	}
	return l.Serve(cmd.Context(), h)
}

// config returns the configuration of the flags and the arguments, without Origin.
func (d *devFlags) config(args []string) (devissuer.Config, error) {
	cfg := devissuer.Config{
		Subject: d.sub, Audience: d.audience, Type: d.typ, Lifetime: d.ttl, AllowOrigin: d.origin, Now: time.Now,
	}
	if d.ttl <= 0 || d.ttl > devissuer.MaxLifetime {
		return cfg, errors.New("--ttl: use more than 0, and at most 24h")
	}
	if u, err := url.Parse(d.origin); err != nil || d.origin != "" && d.origin != u.Scheme+"://"+u.Host {
		return cfg, errors.New("--allow-origin: write it as http://localhost:3000")
	}
	var set claims.Set
	if err := set.Assign(args, cfg.Now()); err != nil {
		return cfg, err
	}
	for _, name := range []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"} {
		if set.Has(name) {
			return cfg, fmt.Errorf("%s cannot be set by an argument; use --sub, --audience or --ttl", name)
		}
	}
	text, err := json.Marshal(&set)
	if err == nil {
		err = json.Unmarshal(text, &cfg.Claims)
	}
	if err != nil {
		return cfg, err
	}
	cfg.Signer, err = d.signer()
	return cfg, err
}

// signer returns the key of --key, with its thumbprint as kid, or a new one.
func (d *devFlags) signer() (jwt.KeySigner, error) {
	if d.key == "" {
		alg := jwt.Algorithm(d.alg)
		if alg == "" {
			alg = jwt.ES256
		}
		made, err := keyfile.Spec{Algorithm: alg, Bits: 2048}.Make(true)
		if err != nil {
			return nil, prefix("--alg", err)
		}
		if made.PublicJWK == nil {
			return nil, errors.New("--alg: " + noSecrets)
		}
		f, err := keyfile.Read(made.Private)
		if err != nil {
			return nil, err
		}
		return f.Signer("", "")
	}
	f, err := d.a.readKey(d.key, "")
	if err != nil {
		return nil, prefix("--key", err)
	}
	if f.IsSecret() {
		return nil, errors.New("--key: " + noSecrets)
	}
	s, err := f.Signer(jwt.Algorithm(d.alg), "")
	if err != nil || s.KeyID() != "" {
		return s, prefix("--key", err)
	}
	kid, err := jwk.Thumbprint(s.PublicKey())
	if err != nil {
		return nil, prefix("--key", err)
	}
	s, err = f.Signer(jwt.Algorithm(d.alg), kid)
	return s, prefix("--key", err)
}

const noSecrets = "an issuer publishes its key, so it needs a key pair, not a secret"

// announce prints what to configure in the service.
func (d *devFlags) announce(cfg devissuer.Config) error {
	issuer, alg := cfg.Origin, cfg.Signer.Algorithm()
	if d.a.json {
		return d.a.printJSON(map[string]any{
			"issuer": issuer, "jwks_uri": issuer + devissuer.KeysPath, "token_endpoint": issuer + devissuer.TokenPath,
			"audience": cfg.Audience, "algorithm": alg, "kid": cfg.Signer.KeyID(),
		})
	}
	_, err := fmt.Fprintf(d.a.out, `Configure the service to accept

  issuer     %s
  audience   %s
  algorithm  %s
  keys       %s

and get a token with

  curl -s -d sub=alice %s
`, issuer, printable(strings.Join(cfg.Audience, ", ")), alg, issuer+devissuer.KeysPath, issuer+devissuer.TokenPath)
	return err
}
