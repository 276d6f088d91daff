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
		Short: "Be an issuer for development: tokens without a login, on this machine only",
		Long: `Be an issuer for development, until Ctrl-C: it publishes its key and its metadata as a real
one does, and gives a token to every program of this machine that asks. What to configure is
printed. The arguments are claims of each token, as in jwt sign.

POST /token takes a form, of which everything may be left out:

  grant_type      client_credentials
  client_id       or by HTTP Basic; any client and any secret will do
  sub             else the client_id, else --sub
  aud             or audience, or resource; can be repeated; else --audience
  scope           becomes the claim
  ttl             90s, 15m, or seconds; -1m makes a token that has expired
  claims          a JSON object of further claims

The key is new each time, unless --key names one.

Exit code: 0 ended by Ctrl-C, 2 usage.`,
		Example: `  jwt dev --audience orders role=admin
  curl -s -d sub=alice -d ttl=1h http://127.0.0.1:9000/token | jq -r .access_token | jwt`,
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd, args) },
	}
	f := cmd.Flags()
	f.StringVar(&d.listen, "listen", "127.0.0.1:9000", "`ADDRESS` of this machine, and so the issuer; port 0 takes a free one")
	f.StringArrayVar(&d.audience, "audience", []string{"api"}, "aud of tokens; can be repeated")
	f.StringVar(&d.sub, "sub", "dev", "sub of tokens")
	f.StringVar(&d.typ, "typ", "JWT", "typ of tokens")
	f.DurationVar(&d.ttl, "ttl", 15*time.Minute, "how long tokens are good")
	f.StringVar(&d.alg, "alg", "", "`ALGORITHM` of the key; else ES256, or what --key is for")
	f.StringVar(&d.key, "key", "", "`FILE` with the private key, or env:NAME; else a new one")
	f.StringVar(&d.origin, "allow-origin", "", "`ORIGIN` of a page that may ask for tokens, such as http://localhost:3000")
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

// config returns what the flags and the arguments say, without Origin.
func (d *devFlags) config(args []string) (devissuer.Config, error) {
	cfg := devissuer.Config{
		Subject: d.sub, Audience: d.audience, Type: d.typ, Lifetime: d.ttl, AllowOrigin: d.origin, Now: time.Now,
	}
	if d.ttl <= 0 || d.ttl > devissuer.MaxLifetime {
		return cfg, errors.New("--ttl: it is more than 0, and at most 24h")
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
			return cfg, fmt.Errorf("%s is not for the arguments: see --sub, --audience and --ttl", name)
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
		made, err := keyfile.New{Algorithm: alg, Bits: 2048}.Make(true)
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

const noSecrets = "a key pair is wanted: an issuer publishes its key, and a secret cannot be published"

// announce prints what to configure.
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

and get a token by

  curl -s -d sub=alice %s
`, issuer, printable(strings.Join(cfg.Audience, ", ")), alg, issuer+devissuer.KeysPath, issuer+devissuer.TokenPath)
	return err
}
