package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
	"github.com/cda17858/jwt/jwks"
)

// keyFlags say where the keys are that verify a token.
type keyFlags struct {
	a        *app
	key      string
	jwks     string
	issuer   string
	encoding string
	ca       string
	timeout  time.Duration
	algs     []string
}

// addKeys gives cmd the flags --key, --jwks, --issuer, and those that go with them.
func (a *app) addKeys(cmd *cobra.Command) *keyFlags {
	k := &keyFlags{a: a}
	f := cmd.Flags()
	f.StringVar(&k.issuer, "issuer", "", "`URL` of the issuer: its metadata says where its keys are")
	f.StringVar(&k.jwks, "jwks", "", "`FILE` or URL of a JWK Set; - is standard input")
	a.addKey(cmd, &k.key, &k.encoding)
	f.StringSliceVar(&k.algs, "alg", nil, "accept only these `ALGORITHMS` (default: all that the keys are for; required for a secret)")
	f.StringVar(&k.ca, "ca", "", "trust only the certificates in `FILE` for --issuer and --jwks")
	f.DurationVar(&k.timeout, "timeout", 10*time.Second, "time limit for --issuer and --jwks")
	cmd.RegisterFlagCompletionFunc("alg", completeAlgorithms)
	cmd.MarkFlagsMutuallyExclusive("issuer", "jwks", "key")
	return k
}

// addKey gives cmd the flags --key and --secret-encoding.
func (a *app) addKey(cmd *cobra.Command, key, encoding *string) {
	f := cmd.Flags()
	f.StringVar(key, "key", "", "`FILE` with a key: PEM, DER, OpenSSH, JWK or a secret; or env:NAME")
	f.StringVar(encoding, "secret-encoding", "", "decode the secret from `hex`, base64 or base64url")
}

// algorithms returns --alg, or nil.
func (k *keyFlags) algorithms() []jwt.Algorithm {
	var algs []jwt.Algorithm
	for _, name := range k.algs {
		algs = append(algs, jwt.Algorithm(name))
	}
	return algs
}

// load returns the keys, and the algorithms that they are for. If the keys cannot be read or
// fetched, the exit code is exitUnavailable.
func (k *keyFlags) load(ctx context.Context) (jwt.KeySet, []jwt.Algorithm, error) {
	if k.issuer+k.jwks+k.key == "" {
		return nil, nil, errors.New("no keys; set --issuer, --jwks or --key")
	}
	set, err := k.read(ctx)
	if _, ok := errors.AsType[*coded](err); ok {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, withCode(exitUnavailable, err)
	}
	var algs []jwt.Algorithm
	seen := map[jwt.Algorithm]bool{}
	for _, key := range set.Keys() {
		if a := key.Algorithm(); !seen[a] {
			seen[a] = true
			algs = append(algs, a)
		}
	}
	if len(algs) == 0 {
		return nil, nil, withCode(exitUnavailable, errors.New("the key set is empty: the issuer has withdrawn all keys"))
	}
	return set, algs, nil
}

func (k *keyFlags) read(ctx context.Context) (jwt.KeySet, error) {
	switch {
	case k.issuer != "":
		return k.fetch(ctx, jwks.Config{Issuer: k.issuer})
	case isURL(k.jwks):
		return k.fetch(ctx, jwks.Config{URL: k.jwks})
	case k.jwks != "":
		data, err := k.a.readFile(k.jwks)
		if err != nil {
			return nil, prefix("--jwks", err)
		}
		f, err := keyfile.Read(data)
		if err != nil {
			return nil, fmt.Errorf("--jwks: %w", err)
		}
		if f.IsSecret() { // such as the error page of a server, with which anyone could sign
			return nil, errors.New("--jwks: it is not a JWK Set; a secret is for --key")
		}
		set, err := f.Verifiers(k.algorithms()...)
		return set, prefix("--jwks", err)
	}
	f, err := k.a.readKey(k.key, k.encoding)
	if err != nil {
		return nil, prefix("--key", err)
	}
	if f.IsText() && len(k.algs) == 0 { // such as the answer of a server instead of a public key: anyone could sign with it
		return nil, withCode(exitUsage, errors.New("--key: it is not a key of a known form; if it is a secret, set --alg, such as HS256"))
	}
	if f.Short() {
		k.a.warn("the secret is shorter than the hash: with one token, it can be guessed offline and used to sign")
	}
	set, err := f.Verifiers(k.algorithms()...)
	return set, prefix("--key", err)
}

// source says where the keys come from, without the value of --key, which may be a secret.
func (k *keyFlags) source() string {
	switch {
	case k.issuer != "":
		return k.issuer
	case k.jwks != "":
		return k.jwks
	}
	return "--key"
}

func (k *keyFlags) fetch(ctx context.Context, cfg jwks.Config) (jwt.KeySet, error) {
	cfg.Algorithms, cfg.Timeout = k.algorithms(), k.timeout
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = keyfile.Asymmetric()
	}
	var err error
	if cfg.Transport, err = transport(k.ca); err != nil {
		return nil, err
	}
	set, err := jwks.Fetch(ctx, cfg)
	return set, inFlags(err)
}

// inFlags returns an error of package jwks that names flags instead of Config fields.
func inFlags(err error) error {
	if err == nil {
		return nil
	}
	text := strings.TrimPrefix(err.Error(), "jwks: ")
	if !strings.Contains(text, "Config.") {
		text = "the keys could not be fetched: " + text
	}
	return errors.New(strings.NewReplacer("set Config.URL to its JWK Set", "use the URL of its JWK Set instead", "Config.Issuer", "--issuer", "Config.URL", "the URL of the set", ", or with Config.InsecureHTTP", "").Replace(text))
}

// transport returns a RoundTripper that trusts only the certificates in the file ca. It returns
// nil, for the default one, if ca is "".
func transport(ca string) (http.RoundTripper, error) {
	if ca == "" {
		return nil, nil
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--ca: %s contains no PEM certificate", ca)
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: pool}}, nil
}

// readKey reads the key that --key names. Its errors do not repeat the value, which may be the
// secret itself.
func (a *app) readKey(name, encoding string) (*keyfile.File, error) {
	data, err := a.keyData(name)
	if err != nil {
		return nil, err
	}
	if encoding == "" {
		return keyfile.Read(data)
	}
	return keyfile.ReadSecret(data, encoding)
}

func (a *app) keyData(name string) ([]byte, error) {
	if name == "-" {
		return a.readInput()
	}
	if variable, ok := strings.CutPrefix(name, "env:"); ok {
		value, ok := a.getenv(variable)
		if !ok {
			return nil, errors.New("the environment variable of the key is not set")
		}
		return []byte(value), nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("no such file; use a file or env:NAME, not the key itself, which would be visible in the process list")
	}
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return nil, e.Err
	}
	return data, err
}

func isURL(s string) bool { return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") }

// prefix returns err with the name of a flag as its prefix instead of a package, and nil for
// nil.
func prefix(flag string, err error) error {
	if err == nil {
		return nil
	}
	return &prefixed{flag, err}
}

type prefixed struct {
	flag string
	err  error
}

func (p *prefixed) Error() string {
	return p.flag + ": " + strings.TrimPrefix(strings.TrimPrefix(p.err.Error(), "jwt: "), "jwk: ")
}

func (p *prefixed) Unwrap() error { return p.err }
