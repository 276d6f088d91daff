package session_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

func TestRefresh(t *testing.T) {
	in(t, func(t *testing.T) {
		o := new(observer)
		s := newSessions(t, func(c *config) { c.Observe = o.observe })
		first := start(t, s)
		c := parse(t, s, first.AccessToken)
		require.Equal(t, "ann", c.Subject)
		require.Equal(t, []string{"pwd"}, c.Private.AuthMethods)
		require.Equal(t, time.Now().Unix(), c.Private.AuthenticatedAt)
		require.Equal(t, "at+jwt", c.Type)

		time.Sleep(9 * time.Minute)
		second := refresh(t, s, first.RefreshToken)
		require.NotEqual(t, first.RefreshToken, second.RefreshToken)
		require.Equal(t, first.Session.ID, second.Session.ID)
		require.Equal(t, uint32(1), session.Generation(c))
		c = parse(t, s, second.AccessToken)
		require.Equal(t, second.Session.ID, session.ID(c))
		require.Equal(t, uint32(2), session.Generation(c))

		time.Sleep(9 * time.Second)
		require.Equal(t, second.RefreshToken, refresh(t, s, first.RefreshToken).RefreshToken, "within grace after it was seen")
		time.Sleep(2 * time.Second)
		_, err := s.Refresh(t.Context(), first.RefreshToken)
		requireRefused(t, err, session.ErrReused)
		_, err = s.Refresh(t.Context(), second.RefreshToken)
		requireEnded(t, err, session.EndedReuse)

		require.Equal(t, []string{
			session.EventCreated, session.EventRenewed, session.EventRepeated, session.EventReuse, session.EventLate,
		}, o.take())
		stats := s.Stats()
		require.Equal(t, session.Refreshes{Rotated: 1, Repeated: 1, Reused: 1, Ended: 1}, stats.Refreshes)
		require.EqualValues(t, 1, stats.Starts)
		require.EqualValues(t, 1, stats.Ends[session.EndedReuse])
	})
}

// Fifty requests with one token at once make one new generation and have one answer.
func TestRefreshAtOnce(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	const callers = 50
	now := time.Now()
	s := newSessions(t, func(c *config) { c.Store = &clockStore{Store: c.Store, now: func() time.Time { return now }} })
	token := start(t, s).RefreshToken
	for range rounds {
		var next [callers]string
		var wg sync.WaitGroup
		for i := range next {
			wg.Go(func() {
				tokens, err := s.Refresh(t.Context(), token)
				if err == nil {
					next[i] = tokens.RefreshToken
				}
			})
		}
		wg.Wait()
		for _, n := range next {
			require.Equal(t, next[0], n)
		}
		require.NotEqual(t, token, next[0])
		require.NotEmpty(t, next[0])
		token = next[0]
		now = now.Add(time.Minute)
	}
	stats := s.Stats().Refreshes
	require.EqualValues(t, rounds, stats.Rotated)
	require.EqualValues(t, rounds*(callers-1), stats.Repeated)
}

// A clockStore has a clock of its own.
type clockStore struct {
	store.Store
	now func() time.Time
}

func (s *clockStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	rs, _, err := s.Store.Load(ctx, keys...)
	return rs, s.now(), err
}

// The rows of decide that an honest client meets, through the whole of Refresh.
func TestRefreshRows(t *testing.T) {
	for name, tt := range map[string]struct {
		config func(*config)
		run    func(t *testing.T, s *session.Sessions[userClaims], first *session.Tokens)
	}{
		"answer lost, a day": {run: func(t *testing.T, s *session.Sessions[userClaims], first *session.Tokens) {
			parse(t, s, first.AccessToken)
			time.Sleep(10 * time.Minute)
			lost := refresh(t, s, first.RefreshToken)
			time.Sleep(23 * time.Hour)
			require.Equal(t, lost.RefreshToken, refresh(t, s, first.RefreshToken).RefreshToken)
			time.Sleep(time.Minute)
			refresh(t, s, lost.RefreshToken)
		}},
		"answer lost, two days": {run: func(t *testing.T, s *session.Sessions[userClaims], first *session.Tokens) {
			parse(t, s, first.AccessToken)
			time.Sleep(10 * time.Minute)
			refresh(t, s, first.RefreshToken)
			time.Sleep(48 * time.Hour)
			_, err := s.Refresh(t.Context(), first.RefreshToken)
			requireRefused(t, err, jwt.ErrExpired)
			_, err = s.Refresh(t.Context(), first.RefreshToken)
			requireEnded(t, err, session.EndedStale)
		}},
		"answer lost, nobody checks": {run: func(t *testing.T, s *session.Sessions[userClaims], first *session.Tokens) {
			time.Sleep(10 * time.Minute)
			lost := refresh(t, s, first.RefreshToken)
			time.Sleep(59 * time.Second)
			require.Equal(t, lost.RefreshToken, refresh(t, s, first.RefreshToken).RefreshToken)
			time.Sleep(11 * time.Second)
			_, err := s.Refresh(t.Context(), first.RefreshToken)
			requireRefused(t, err, jwt.ErrExpired)
		}},
		"idle": {run: func(t *testing.T, s *session.Sessions[userClaims], first *session.Tokens) {
			time.Sleep(13 * 24 * time.Hour)
			second := refresh(t, s, first.RefreshToken)
			time.Sleep(13 * 24 * time.Hour)
			third := refresh(t, s, second.RefreshToken)
			time.Sleep(14 * 24 * time.Hour)
			_, err := s.Refresh(t.Context(), third.RefreshToken)
			requireRefused(t, err, jwt.ErrExpired)
		}},
		"absolute": {run: func(t *testing.T, s *session.Sessions[userClaims], first *session.Tokens) {
			token := first.RefreshToken
			for range 8 {
				time.Sleep(11 * 24 * time.Hour)
				token = refresh(t, s, token).RefreshToken
			}
			time.Sleep(2*24*time.Hour - time.Minute)
			last := refresh(t, s, token)
			require.LessOrEqual(t, last.ExpiresIn, time.Minute, "an access token does not outlive the session")
			time.Sleep(time.Minute)
			_, err := s.Refresh(t.Context(), last.RefreshToken)
			requireRefused(t, err, session.ErrUnknown)
		}},
		"short": {run: func(t *testing.T, s *session.Sessions[userClaims], _ *session.Tokens) {
			first := start(t, s, func(l *session.Login) { l.Persistent = false })
			time.Sleep(24 * time.Hour)
			_, err := s.Refresh(t.Context(), first.RefreshToken)
			requireRefused(t, err, jwt.ErrExpired)
		}},
		"not before": {
			config: func(c *config) { c.NotBefore = time.Now().Add(time.Second) },
			run: func(t *testing.T, s *session.Sessions[userClaims], first *session.Tokens) {
				_, err := s.Parse(t.Context(), first.AccessToken)
				requireRefused(t, err, jwt.ErrRevoked)
				_, err = s.Refresh(t.Context(), first.RefreshToken)
				requireEnded(t, err, session.EndedEverywhere)
				time.Sleep(time.Second)
				second := start(t, s)
				parse(t, s, second.AccessToken)
				refresh(t, s, second.RefreshToken)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				change := tt.config
				if change == nil {
					change = func(*config) {}
				}
				s := newSessions(t, change)
				tt.run(t, s, start(t, s))
			})
		})
	}
}

// T12, and what else Claims may return.
func TestRefreshClaims(t *testing.T) {
	in(t, func(t *testing.T) {
		var answer error
		calls := 0
		s := newSessions(t, func(c *config) {
			c.Claims = func(_ context.Context, seen session.Session) (userClaims, error) {
				calls++
				return userClaims{Role: "user"}, answer
			}
		})
		first := start(t, s)
		require.Equal(t, 1, calls)
		time.Sleep(time.Minute)

		for _, answer = range []error{
			errors.New("database down"), context.DeadlineExceeded,
			&jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}, // of another token
		} {
			_, err := s.Refresh(t.Context(), first.RefreshToken)
			require.ErrorContains(t, err, "Config.Claims")
			_, ok := errors.AsType[*jwt.TokenError](err)
			require.False(t, ok, "%v", err)
		}
		require.EqualValues(t, 3, s.Stats().Refreshes.Unavailable)

		answer = nil
		second := refresh(t, s, first.RefreshToken)
		require.Equal(t, "user", parse(t, s, second.AccessToken).Private.Role)
		time.Sleep(time.Minute)

		answer = errors.Join(session.ErrEnd, errors.New("banned"))
		_, err := s.Refresh(t.Context(), second.RefreshToken)
		requireEnded(t, err, session.EndedDenied)
		time.Sleep(5 * time.Second)
		_, err = s.Parse(t.Context(), second.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
		calls = 0
		_, err = s.Refresh(t.Context(), second.RefreshToken)
		requireEnded(t, err, session.EndedDenied)
		require.Zero(t, calls)
	})
}

func TestNarrow(t *testing.T) {
	in(t, func(t *testing.T) {
		s := newSessions(t)
		first := start(t, s, func(l *session.Login) { l.Scope = []string{"a", "b", "c"} })
		time.Sleep(time.Minute)

		second, err := s.Refresh(t.Context(), first.RefreshToken, session.Narrow("b", "a"))
		require.NoError(t, err)
		require.Equal(t, []string{"b", "a"}, parse(t, s, second.AccessToken).Private.Scopes())
		require.Equal(t, []string{"b", "a"}, second.Session.Scope)

		time.Sleep(time.Minute)
		for _, scopes := range [][]string{{"d"}, {"a", "d"}, {}, {""}, {"a", "a"}, {"a b"}} {
			_, err = s.Refresh(t.Context(), second.RefreshToken, session.Narrow(scopes...))
			require.ErrorIs(t, err, session.ErrScope)
		}
		third := refresh(t, s, second.RefreshToken)
		require.Equal(t, []string{"a", "b", "c"}, parse(t, s, third.AccessToken).Private.Scopes(), "the session keeps all")

		require.NoError(t, s.Limit(t.Context(), "ann", first.Session.ID, "c", "b"))
		time.Sleep(time.Minute)
		fourth := refresh(t, s, third.RefreshToken)
		require.Equal(t, []string{"c", "b"}, parse(t, s, fourth.AccessToken).Private.Scopes())
		require.ErrorIs(t, s.Limit(t.Context(), "ann", first.Session.ID, "a"), session.ErrScope)
		require.ErrorIs(t, s.Limit(t.Context(), "ann", first.Session.ID), session.ErrScope)
		require.ErrorIs(t, s.Limit(t.Context(), "bob", first.Session.ID, "c"), session.ErrUnknown)
		require.ErrorIs(t, s.Limit(t.Context(), "ann", "x", "c"), session.ErrUnknown)
	})
}

// The scopes of P are held against the grant, and a P without them is refused where there
// is one.
func TestScopesOfP(t *testing.T) {
	ctx := t.Context()
	s := newSessions(t, func(c *config) {
		c.Claims = func(context.Context, session.Session) (userClaims, error) {
			c := userClaims{}
			c.Scope = []string{"a", "admin"}
			return c, nil
		}
	})
	_, err := s.Start(ctx, session.Login{Subject: "ann"})
	require.NoError(t, err, "without a scope of the login, the claims decide")
	_, err = s.Start(ctx, session.Login{Subject: "ann", Scope: []string{"a"}})
	require.ErrorContains(t, err, "Config.Claims returned a scope")

	old := testConfig(t)
	bare, err := session.New(ctx, session.Config[struct{}]{
		Signer: old.Signer, Issuer: old.Issuer, Audience: old.Audience, Keys: old.Keys, Store: old.Store,
		Access: old.Access, Idle: old.Idle, Absolute: old.Absolute,
		Claims: func(context.Context, session.Session) (struct{}, error) { return struct{}{}, nil },
	})
	require.NoError(t, err)
	tokens, err := bare.Start(ctx, session.Login{Subject: "ann"})
	require.NoError(t, err)
	for _, do := range []func() error{
		func() error {
			_, err := bare.Start(ctx, session.Login{Subject: "ann", Scope: []string{"a"}})
			return err
		},
		func() error { _, err := bare.Refresh(ctx, tokens.RefreshToken, session.Narrow("a")); return err },
		func() error { return bare.Limit(ctx, "ann", tokens.Session.ID, "a") },
	} {
		require.ErrorContains(t, do(), "no method Scopes() []string")
	}
}

// Two instances share a store. Their clocks are 10 minutes apart, and each sees all the
// other's tokens. The store's clock is right.
func TestClocksApart(t *testing.T) {
	in(t, func(t *testing.T) {
		shared := store.NewMemory()
		instance := func(offset time.Duration) *session.Sessions[userClaims] {
			return newSessions(t, func(c *config) {
				c.Store = shared
				c.Leeway = 10 * time.Minute
				c.Now = func() time.Time { return time.Now().Add(offset) }
			})
		}
		ahead, behind := instance(5*time.Minute), instance(-5*time.Minute)
		tokens := start(t, ahead)
		for i := range 200 {
			a, b := ahead, behind
			if i%2 == 0 {
				a, b = b, a
			}
			time.Sleep(time.Duration(i%9+1) * time.Minute)
			old := tokens.RefreshToken
			tokens = refresh(t, a, old)
			require.Equal(t, tokens.RefreshToken, refresh(t, b, old).RefreshToken)
			parse(t, a, tokens.AccessToken)
			parse(t, b, tokens.AccessToken)
			time.Sleep(5 * time.Second)
			require.Equal(t, tokens.RefreshToken, refresh(t, b, old).RefreshToken)
		}
		require.Zero(t, ahead.Stats().Refreshes.Reused+behind.Stats().Refreshes.Reused)
	})
}

// What fails in the store, the signer and the claims is never a verdict about the token, and
// the same token is good afterwards.
func TestRefreshFaults(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		signer := &faultySigner{KeySigner: newSigner(t)}
		s := newSessions(t, func(c *config) { c.Store, c.Signer = st, signer })
		token := start(t, s).RefreshToken
		for range 3 {
			time.Sleep(time.Minute)
			for _, method := range []string{"Load", "Swap"} {
				st.fail(method)
				_, err := s.Refresh(t.Context(), token)
				require.ErrorContains(t, err, "session: Store."+method+": store down")
				_, ok := errors.AsType[*jwt.TokenError](err)
				require.False(t, ok)
			}
			st.fail()
			signer.err = &jwt.TokenError{Field: "kms", Err: jwt.ErrExpired}
			_, err := s.Refresh(t.Context(), token)
			_, ok := errors.AsType[*jwt.TokenError](err)
			require.False(t, ok, "%v", err)
			signer.err = nil
			time.Sleep(30 * time.Second)
			token = refresh(t, s, token).RefreshToken
		}
	})
}

type faultySigner struct {
	jwt.KeySigner
	err error
}

func (s *faultySigner) Sign(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.KeySigner.Sign(ctx, h, input)
}

// BenchmarkRefresh is a whole refresh on a store in memory, with an HMAC signature: each one
// rotates.
func BenchmarkRefresh(b *testing.B) {
	now := time.Now()
	s := newSessions(b, func(c *config) { c.Store = &clockStore{Store: c.Store, now: func() time.Time { return now }} })
	token := start(b, s).RefreshToken
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(11 * time.Second)
		tokens, err := s.Refresh(b.Context(), token)
		if err != nil { // past the absolute end
			token = start(b, s).RefreshToken
			continue
		}
		token = tokens.RefreshToken
	}
}
