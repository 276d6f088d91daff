package session

import (
	"context"
	"errors"
	"slices"
)

// A RefreshOption changes what a refresh returns.
type RefreshOption struct{ scope []string }

// Narrow asks for an access token with some of the scopes of the session (RFC 6749
// section 6). The session keeps all of them: the next refresh has them again.
func Narrow(scopes ...string) RefreshOption { return RefreshOption{append([]string{}, scopes...)} }

// Refresh returns a new access token and a new refresh token. Calls with the same refresh
// token within Config.Grace return the same new one; so does a call after an answer that
// was lost. A refresh token that comes at another time is a copy: the session ends.
//
// A [*jwt.TokenError] means that the client has to log in again. It wraps one of
// [jwt.ErrMalformed], [jwt.ErrExpired], [ErrUnknown], [ErrEnded] and [ErrReused]. The error is
// [ErrScope] if the scopes of [Narrow] are not in the grant. Any other error means that the
// session could not be refreshed now: the same refresh token is still good.
func (s *Sessions[P]) Refresh(ctx context.Context, refreshToken string, options ...RefreshOption) (*Tokens, error) {
	tokens, answer, err := s.refresh(ctx, refreshToken, options)
	if err == nil || isRefusal(err) {
		s.counts.answers[answer].Add(1)
	} else if !errors.Is(err, ErrScope) {
		s.counts.unavailable.Add(1)
	}
	return tokens, err
}

func (s *Sessions[P]) refresh(ctx context.Context, refreshToken string, options []RefreshOption) (*Tokens, answer, error) {
	started := s.cfg.Now()
	t, err := s.newTurn(refreshToken)
	if err != nil {
		return nil, malformed, err
	}
	var private P
	var scope []string
	claims := once(func() (err error) {
		seen := t.found.session.session(t.found.id)
		seen.Scope = scope
		private, err = s.claims(ctx, seen)
		return err
	})
	err = s.take(ctx, t, func() (err error) {
		if scope, err = grant(t.found.session.Scope, options); err != nil {
			return err
		}
		if err := claims(); err != nil {
			return err
		}
		return checkScopes(private, scope)
	})
	if err != nil {
		return nil, t.outcome.answer, err
	}
	seen := t.found.session.session(t.found.id)
	seen.Scope = scope
	tokens, err := s.issue(ctx, &t.found, t.token, seen, private, started)
	return tokens, t.outcome.answer, err
}

// once returns f, called no more than once.
func once(f func() error) func() error {
	var err error
	called := false
	return func() error {
		if !called {
			err, called = f(), true
		}
		return err
	}
}

// grant returns the scopes of one access token: those of the session, narrowed.
func grant(scope []string, options []RefreshOption) ([]string, error) {
	for _, o := range options {
		if len(o.scope) == 0 || checkScopeList(o.scope) != nil || scope != nil && !isSubset(o.scope, scope) {
			return nil, ErrScope
		}
		scope = o.scope
	}
	return slices.Clone(scope), nil
}

func isSubset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
