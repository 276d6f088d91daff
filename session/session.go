package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/store"
)

// Sessions keeps users logged in. [New] makes one; it is safe for concurrent use. Any
// number of instances of a service may share a store, if they have the same Config.
type Sessions[P any] struct {
	cfg     Config[P]
	keys    tokenKeys
	rules   rules
	journal *journal
	lister  store.Lister // nil if the store is none
	parser  *jwt.Parser[P]
	checker *Checker[P]
	events  reporter
	counts  counters
}

// New returns the Sessions for cfg, or an error that names the field at fault. It asks the
// store once, so that a service whose store cannot be reached does not start; ctx is for
// that.
func New[P any](ctx context.Context, cfg Config[P]) (*Sessions[P], error) {
	if ctx == nil {
		return nil, errors.New("session: New: nil context")
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	keys, err := newTokenKeys(cfg.Keys)
	if err != nil {
		return nil, err
	}
	cfg.Keys = nil
	parser, err := jwt.NewParser[P](cfg.Verifier, cfg.policy())
	if err != nil {
		return nil, fmt.Errorf("session: Config: %w", err)
	}
	remember := cfg.LongestAccess + revocationMargin + cfg.Check.Staleness
	s := &Sessions[P]{
		cfg:     cfg,
		keys:    keys,
		rules:   cfg.rules(),
		journal: newJournal(cfg.Store, remember),
		parser:  parser,
		events:  newReporter(cfg.Observe, cfg.Logger),
	}
	s.lister, _ = cfg.Store.(store.Lister)
	if _, _, err := s.journal.read(ctx, subjectKey(subjectID{})); err != nil {
		return nil, err
	}
	s.checker = newChecker(s.journal, parser.Parse, cfg.Check)
	return s, nil
}

// Close ends the background work of Sessions, and returns when it has ended. No method may
// be called afterwards. Close always returns nil. It does not close the store.
func (s *Sessions[P]) Close() error { return s.checker.Close() }

// Format prints the issuer, whatever the verb.
func (s *Sessions[P]) Format(f fmt.State, _ rune) { io.WriteString(f, "sessions of "+s.cfg.Issuer) }

// Parser returns the parser of access tokens, which does not check whether they have been
// revoked. It is for a cache that has a [Checker] around it.
func (s *Sessions[P]) Parser() *jwt.Parser[P] { return s.parser }

// Parse returns the claims of an access token that has not been revoked. It is what package
// jwthttp takes. See [Checker.Parse] for the errors.
func (s *Sessions[P]) Parse(ctx context.Context, token string) (*jwt.Claims[P], error) {
	return s.checker.Parse(ctx, token)
}

// Stats returns counts of what has happened since New.
func (s *Sessions[P]) Stats() Stats {
	stats := s.counts.stats()
	stats.Staleness = s.checker.staleness()
	return stats
}

// A Session is what an application sees of a session. It holds no token.
type Session struct {
	ID      string // 22 characters; see [ID]
	Subject string

	// ACR and AMR say how the user logged in (OpenID Connect Core 1.0 section 2).
	ACR string
	AMR []string

	// Scope is the grant: that of the login, narrowed by Limit and Narrow. nil means
	// that the login named none.
	Scope []string

	Label string // Login.Label
	Data  []byte // Login.Data

	Persistent bool

	// Times by the clock of the store, in UTC: the first login, the last one, and the last
	// new refresh token.
	StartedAt, AuthenticatedAt, RefreshedAt time.Time

	// The session ends at IdleEnd unless there is a refresh before, and at AbsoluteEnd at
	// the latest.
	IdleEnd, AbsoluteEnd time.Time
}

// AccessToken returns the claims of RFC 9068 that the session knows: auth_time, acr, amr
// and scope. It is for private claims that embed [jwthttp.AccessToken].
func (s Session) AccessToken() jwthttp.AccessToken {
	return jwthttp.AccessToken{
		Scope:           s.Scope,
		AuthenticatedAt: s.AuthenticatedAt.Unix(),
		AuthContext:     s.ACR,
		AuthMethods:     s.AMR,
	}
}
