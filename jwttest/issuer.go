package jwttest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cda17858/jwt"
)

// A Config says what an [Issuer] is like. The zero Config is one with a key for ES256.
type Config struct {
	// Name is the issuer's name, an http or https URL without a slash at its end. With a
	// name nothing listens, and [Issuer.Transport] is the only way to the issuer: so it is
	// within a bubble of testing/synctest, where sockets stop the clock. "" means that a
	// server listens on a free port of 127.0.0.1, whose URL is the name.
	Name string

	// Audience is the aud of tokens. "" means "test".
	Audience string

	// Type is the typ of tokens. "" means "JWT". With "at+jwt" the [Issuer.Policy] requires
	// sub, as RFC 9068 does.
	Type string

	// Algorithms has one algorithm for each key, of the first of which tokens are. nil means
	// ES256. Secrets for HMAC are not published; see [Issuer.Keys].
	Algorithms []jwt.Algorithm

	// Lifetime is the time from iat to exp. 0 means 15 minutes.
	Lifetime time.Duration

	// Now is the clock. nil means time.Now, which within a bubble of testing/synctest is
	// that of the bubble.
	Now func() time.Time

	// Traps has the set hold keys, beside the good ones, that nobody may trust: a secret, a
	// key of alg none and an Ed25519 key of small order. Some faults need them. A service
	// must be given the set with the traps from the beginning.
	Traps bool
}

// An Issuer issues tokens, and publishes its keys and metadata as an authorization server
// does (RFC 7517, RFC 8414, OpenID Connect Discovery 1.0). It is safe for concurrent use.
type Issuer struct {
	cfg    Config
	name   string
	server *server // nil if it has a name of its own

	mu      sync.Mutex
	keys    []*key // published; for HMAC, known to the service
	current *key
	traps   []trap
	down    bool
	slow    time.Duration
	fetches int
	closed  chan struct{}
	close   func()
}

// NewIssuer starts an Issuer, and stops it when the test ends. It fails the test if cfg is
// wrong.
func NewIssuer(t testing.TB, cfg Config) *Issuer {
	t.Helper()
	iss, err := OpenIssuer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(iss.Close)
	return iss
}

// OpenIssuer is [NewIssuer] outside of tests. The caller calls Close.
func OpenIssuer(cfg Config) (*Issuer, error) {
	if cfg.Audience == "" {
		cfg.Audience = "test"
	}
	if cfg.Type == "" {
		cfg.Type = "JWT"
	}
	if cfg.Algorithms == nil {
		cfg.Algorithms = []jwt.Algorithm{jwt.ES256}
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = 15 * time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if len(cfg.Algorithms) == 0 || cfg.Lifetime < time.Second {
		return nil, errors.New("jwttest: Config: Algorithms is empty, or Lifetime is shorter than a second")
	}
	iss := &Issuer{cfg: cfg, name: cfg.Name, closed: make(chan struct{})}
	iss.close = sync.OnceFunc(func() { close(iss.closed) })
	for _, alg := range cfg.Algorithms {
		k, err := newKey(alg)
		if err != nil {
			return nil, err
		}
		iss.keys = append(iss.keys, k)
	}
	iss.current = iss.keys[0]
	var err error
	if iss.traps, err = newTraps(cfg.Traps); err != nil {
		return nil, err
	}
	if iss.name == "" {
		if iss.server, err = listen(iss.Handler()); err != nil {
			return nil, fmt.Errorf("jwttest: %w", err)
		}
		iss.name = iss.server.url
	}
	return iss, nil
}

// Close stops the server. It may be called more than once.
func (iss *Issuer) Close() {
	iss.close()
	if iss.server != nil {
		iss.server.close()
	}
}

// URL returns the issuer's name: the iss of its tokens, and the address of its metadata.
func (iss *Issuer) URL() string { return iss.name }

// JWKSURL returns the address of its key set.
func (iss *Issuer) JWKSURL() string { return iss.name + jwksPath }

// Audience returns the aud of its tokens.
func (iss *Issuer) Audience() string { return iss.cfg.Audience }

// Token returns a good token. claims is nil or anything that encoding/json writes as an
// object: a map, a struct, a [jwt.Claims]. Its members stand for those that the token has
// anyway, which are iss, sub "alice", aud, exp, iat and jti; one that is null removes its
// claim. Nothing else is checked, so Token makes tokens of any claims. It fails the test if
// claims cannot be written.
func (iss *Issuer) Token(t testing.TB, claims any) string {
	t.Helper()
	token, err := iss.token(claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (iss *Issuer) token(claims any) (string, error) {
	payload, err := iss.payload(claims)
	if err != nil {
		return "", fmt.Errorf("jwttest: claims: %w", err)
	}
	k := iss.signer()
	return signInput(k, b64(iss.header(k).String())+"."+b64(payload.String()))
}

func (iss *Issuer) payload(claims any) (object, error) {
	now := iss.cfg.Now()
	o := object{
		{"iss", quote(iss.name)}, {"sub", `"alice"`}, {"aud", quote(iss.cfg.Audience)},
		{"exp", number(now.Add(iss.cfg.Lifetime).Unix())}, {"iat", number(now.Unix())},
		{"jti", quote(rand.Text())},
	}
	more, err := objectOf(claims)
	for _, m := range more {
		if m.value == "null" {
			o = o.without(m.name)
		} else {
			o = o.with(m.name, m.value)
		}
	}
	return o, err
}

// header returns the header of good tokens.
func (iss *Issuer) header(k jwt.Key) object {
	return object{{"alg", quote(string(k.Algorithm()))}, {"kid", quote(k.KeyID())}, {"typ", quote(iss.cfg.Type)}}
}

// signInput returns a token with the parts in input.
func signInput(s jwt.Signer, input string) (string, error) {
	sig, err := s.Sign(context.Background(), jwt.Header{Algorithm: s.Algorithm(), KeyID: s.KeyID()}, []byte(input))
	if err != nil {
		return "", fmt.Errorf("jwttest: signing: %w", err)
	}
	return input + "." + b64(string(sig)), nil
}

func (iss *Issuer) signer() *key {
	iss.mu.Lock()
	defer iss.mu.Unlock()
	return iss.current
}

// Signer returns the key that signs tokens now.
func (iss *Issuer) Signer() jwt.KeySigner { return iss.signer().KeySigner }

// Keys returns the keys that its tokens are verified with at the moment, traps not among
// them.
func (iss *Issuer) Keys() jwt.KeySet {
	iss.mu.Lock()
	defer iss.mu.Unlock()
	var set jwt.KeySet
	for _, k := range iss.keys {
		set = append(set, k.Verifier())
	}
	return set
}

// Rotate adds a new key, which signs from now on, and returns its kid. The keys before it
// stay published.
func (iss *Issuer) Rotate(t testing.TB) string {
	t.Helper()
	kid, err := iss.rotate()
	if err != nil {
		t.Fatal(err)
	}
	return kid
}

func (iss *Issuer) rotate() (kid string, err error) {
	k, err := newKey(iss.signer().Algorithm())
	if err != nil {
		return "", err
	}
	iss.mu.Lock()
	defer iss.mu.Unlock()
	iss.keys = append(iss.keys, k)
	iss.current = k
	return k.KeyID(), nil
}

// Withdraw removes a key from the set. If it is the one that signs, the newest of the
// others with its algorithm does so from now on; if there is none, the key goes on signing.
func (iss *Issuer) Withdraw(kid string) {
	iss.mu.Lock()
	defer iss.mu.Unlock()
	iss.keys = slices.DeleteFunc(iss.keys, func(k *key) bool { return k.KeyID() == kid })
	if iss.current.KeyID() != kid {
		return
	}
	for _, k := range slices.Backward(iss.keys) {
		if k.Algorithm() == iss.current.Algorithm() {
			iss.current = k
			return
		}
	}
}

// Down has the issuer break every connection, until [Issuer.Up].
func (iss *Issuer) Down() { iss.set(func() { iss.down = true }) }

// Up ends [Issuer.Down] and [Issuer.Slow].
func (iss *Issuer) Up() { iss.set(func() { iss.down, iss.slow = false, 0 }) }

// Slow has each answer take d.
func (iss *Issuer) Slow(d time.Duration) { iss.set(func() { iss.slow = d }) }

// Fetches returns how often its key set has been asked for.
func (iss *Issuer) Fetches() (n int) {
	iss.set(func() { n = iss.fetches })
	return n
}

func (iss *Issuer) set(f func()) {
	iss.mu.Lock()
	defer iss.mu.Unlock()
	f()
}

// Policy returns the policy that fits its tokens.
func (iss *Issuer) Policy() jwt.Policy {
	p := jwt.Policy{Issuers: []string{iss.name}, Audiences: []string{iss.cfg.Audience}, Types: []string{iss.cfg.Type}, Now: iss.cfg.Now}
	if iss.cfg.Type == "at+jwt" {
		p.Required = []string{"sub"}
	}
	for _, alg := range iss.cfg.Algorithms {
		if !slices.Contains(p.Algorithms, alg) {
			p.Algorithms = append(p.Algorithms, alg)
		}
	}
	return p
}

// Parser returns a [jwt.Parser] for the Issuer's tokens, with the keys that it has at the
// moment and its Policy. It fails the test if P does not fit.
func Parser[P any](t testing.TB, iss *Issuer) *jwt.Parser[P] {
	t.Helper()
	p, err := jwt.NewParser[P](iss.Keys(), iss.Policy())
	if err != nil {
		t.Fatal(err)
	}
	return p
}
