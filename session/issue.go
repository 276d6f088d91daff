package session

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/cda17858/jwt"
)

// Tokens are what a login or a refresh returns: an access token, which requests carry,
// and a refresh token, which is good for one refresh. The client saves the refresh token
// before it uses the access token.
//
// Printing them, as text, JSON or in a log, shows neither.
type Tokens struct {
	AccessToken  string `json:"-"`
	RefreshToken string `json:"-"`

	// ExpiresIn is the life of the access token.
	ExpiresIn time.Duration

	// Session is what the tokens are for. Its Scope is that of the access token.
	Session Session

	idle time.Duration // until the session ends
}

// Format prints the session's ID, whatever the verb.
func (t Tokens) Format(f fmt.State, _ rune) { io.WriteString(f, "tokens of session "+t.Session.ID) }

// issue signs an access token for the session in f, and returns it with the refresh token
// r. started is the time of the process when the request came: iat and exp count from it,
// so that a slow store or KMS cannot make them later.
func (s *Sessions[P]) issue(ctx context.Context, f *found, r refreshToken, seen Session, private P, started time.Time) (*Tokens, error) {
	life := jitter(s.cfg.Access)
	// The end of the session is by the store's clock, which may differ from ours.
	life = max(min(life, (f.session.Absolute-f.now).duration()), time.Second)
	token, err := jwt.Sign(ctx, s.cfg.Signer, jwt.Claims[P]{
		Issuer: s.cfg.Issuer, Subject: f.session.Subject, Audience: s.cfg.Audience,
		IssuedAt: started, ExpiresAt: started.Add(life),
		ID:      accessID{f.id, f.session.Gen, f.session.Auth}.encode(),
		Type:    s.cfg.Type,
		Private: private,
	})
	if err != nil {
		return nil, outside("Config.Signer", err)
	}
	r.gen = f.session.Gen
	return &Tokens{
		AccessToken:  token,
		RefreshToken: s.keys.encode(r),
		ExpiresIn:    life.Truncate(time.Second),
		Session:      seen,
		idle:         (f.session.Idle - f.now).duration(),
	}, nil
}

// jitter shortens d by up to a twentieth, so that what began together is not renewed
// together.
func jitter(d time.Duration) time.Duration {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return d - time.Duration(binary.BigEndian.Uint64(b[:])%(uint64(d)/20+1))
}

// claims asks the application for the private claims of seen.
func (s *Sessions[P]) claims(ctx context.Context, seen Session) (private P, err error) {
	private, err = s.cfg.Claims(ctx, seen)
	switch {
	case errors.Is(err, ErrEnd):
		return private, ErrEnd
	case err != nil:
		return private, outside("Config.Claims", err)
	}
	return private, checkScopes(private, seen.Scope)
}

// checkScopes refuses private claims with scopes beyond the grant.
func checkScopes[P any](private P, grant []string) error {
	if grant == nil {
		return nil
	}
	scoped, ok := any(private).(interface{ Scopes() []string })
	if !ok {
		scoped, ok = any(&private).(interface{ Scopes() []string })
	}
	if !ok {
		return fmt.Errorf("session: the session has a scope, but %T has no method Scopes() []string; embed jwthttp.AccessToken", private)
	}
	if v := reflect.ValueOf(private); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil // no claims at all
	}
	for _, scope := range scoped.Scopes() {
		if !slices.Contains(grant, scope) {
			return errors.New("session: Config.Claims returned a scope that the session does not have; take them from Session.Scope")
		}
	}
	return nil
}
