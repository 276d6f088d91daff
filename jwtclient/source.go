package jwtclient

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
)

// A source makes tokens.
type source interface {
	// ask returns what a call depends on beside the Config. The token of one ask is never
	// used for another.
	ask(ctx context.Context) (ask, error)
	// fetch returns a new token.
	fetch(ctx context.Context, a ask) (token, error)
}

// An ask is whose token is asked for: empty, except for an [Exchange].
type ask struct{ subject, actor string }

// A token is an access token and its lifetime.
type token struct {
	text            string
	issued, expires time.Time
}

// now returns the time without its monotonic part, which stands still while a machine sleeps.
func now() time.Time { return time.Now().Round(0) }

// SelfSigned is a Source of tokens that this program signs. Each has the given claims, a new
// jti, and an exp that is Lifetime after its iat.
//
// Claims are checked by [New], and not copied: do not change what they refer to.
type SelfSigned[P any] struct {
	// Signer signs the tokens. Required.
	Signer jwt.Signer

	// Claims are those of each token. ID, IssuedAt, ExpiresAt, NotBefore and
	// InsecureNoExpiry must not be set.
	Claims jwt.Claims[P]

	// Lifetime is that of a token. 0 means 5 minutes; the shortest is 1 second and the
	// longest 24 hours.
	Lifetime time.Duration
}

func (s SelfSigned[P]) newSource(*Config) (source, error) {
	if check.IsNil(s.Signer) {
		return nil, errors.New("jwtclient: SelfSigned.Signer is nil")
	}
	if err := check.Duration(s.Lifetime, time.Second, 24*time.Hour); err != nil {
		return nil, fmt.Errorf("jwtclient: SelfSigned.Lifetime %w", err)
	}
	s.Lifetime = cmp.Or(s.Lifetime, 5*time.Minute)
	c := &s.Claims
	if c.ID != "" || !c.IssuedAt.IsZero() || !c.ExpiresAt.IsZero() || !c.NotBefore.IsZero() || c.InsecureNoExpiry {
		return nil, errors.New("jwtclient: SelfSigned.Claims has an ID or a date; they are set for each token")
	}
	// Sign checks the header too. No key is needed for that, and none is asked, since it may
	// be far away.
	if _, err := jwt.Sign(context.Background(), formOnly{s.Signer}, s.claims(now())); !errors.Is(err, errFormOnly) {
		return nil, fmt.Errorf("jwtclient: SelfSigned.Claims: %w", err)
	}
	return &s, nil
}

var errFormOnly = errors.New("the claims have the right form")

// A formOnly is a Signer that does not sign.
type formOnly struct{ jwt.Signer }

func (formOnly) Sign(context.Context, jwt.Header, []byte) ([]byte, error) { return nil, errFormOnly }

func (s *SelfSigned[P]) claims(at time.Time) jwt.Claims[P] {
	c := s.Claims
	c.ID = rand.Text()
	c.IssuedAt = at.Truncate(time.Second)
	c.ExpiresAt = c.IssuedAt.Add(s.Lifetime)
	return c
}

func (s *SelfSigned[P]) ask(context.Context) (ask, error) { return ask{}, nil }

func (s *SelfSigned[P]) fetch(ctx context.Context, _ ask) (token, error) {
	c := s.claims(now())
	text, err := jwt.Sign(ctx, s.Signer, c)
	return token{text: text, issued: c.IssuedAt, expires: c.ExpiresAt.Truncate(time.Second)}, err
}
