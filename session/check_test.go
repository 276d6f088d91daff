package session_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// The feed is read once in half of Staleness while there are requests, and never without;
// between S/2 and S nobody waits for it.
func TestFeedTraffic(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store = st })
		tokens := start(t, s)
		parse(t, s, tokens.AccessToken)
		require.Equal(t, 1, st.count("Since"), "the first request reads all")

		time.Sleep(2499 * time.Millisecond)
		parse(t, s, tokens.AccessToken)
		require.Zero(t, st.count("Since"))
		require.Equal(t, 2499*time.Millisecond, s.Stats().Staleness)
		time.Sleep(time.Millisecond)
		for range 10 {
			parse(t, s, tokens.AccessToken)
		}
		require.Equal(t, 1, st.count("Since"))
		require.Zero(t, s.Stats().Staleness)

		time.Sleep(time.Hour)
		require.Zero(t, st.count("Since"), "idle")
	})
}

// The session is marked as seen once for each generation, by one write, and not by the
// request.
func TestSeenTraffic(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store = st })
		tokens := start(t, s)
		for range 5 {
			st.count("Swap")
			_, err := s.Parse(t.Context(), tokens.AccessToken)
			require.NoError(t, err)
			synctest.Wait()
			require.Equal(t, 1, st.count("Swap"))
			for range 10 {
				parse(t, s, tokens.AccessToken)
				time.Sleep(time.Second)
			}
			require.Zero(t, st.count("Swap"))
			time.Sleep(time.Minute)
			tokens = refresh(t, s, tokens.RefreshToken)
		}
	})
}

// A store that hangs or fails while a session should be marked delays no request.
func TestSeenFails(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store = st })
		tokens := start(t, s)
		st.fail("Swap")
		parse(t, s, tokens.AccessToken)
		st.fail()
		parse(t, s, tokens.AccessToken)
		time.Sleep(time.Minute)
		lost := refresh(t, s, tokens.RefreshToken)
		require.Equal(t, lost.RefreshToken, refresh(t, s, tokens.RefreshToken).RefreshToken)
	})
}

// A checker that may not write leaves sessions as they are.
func TestReadOnly(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store, c.Check.ReadOnly = st, true })
		tokens := start(t, s)
		st.count("Swap")
		parse(t, s, tokens.AccessToken)
		require.Zero(t, st.count("Swap"))
		time.Sleep(10 * time.Minute)
		refresh(t, s, tokens.RefreshToken)
		time.Sleep(61 * time.Second)
		_, err := s.Refresh(t.Context(), tokens.RefreshToken)
		requireRefused(t, err, jwt.ErrExpired) // RecoveryUnchecked
	})
}

// If the feed fails, checks go by what they know until Staleness, then ask the records;
// if these fail too, the answer is "could not check".
func TestFeedOutage(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		o := new(observer)
		s := newSessions(t, func(c *config) { c.Store, c.Observe = st, o.observe })
		alive, dead := start(t, s), start(t, s)
		parse(t, s, alive.AccessToken)
		o.take()

		st.fail("Since")
		require.NoError(t, s.Logout(t.Context(), dead.RefreshToken))
		time.Sleep(4 * time.Second)
		parse(t, s, dead.AccessToken)
		require.Equal(t, []string{session.EventLogout, session.EventUnread}, o.take())
		st.count("Since")
		for range 10 {
			parse(t, s, dead.AccessToken)
		}
		require.Zero(t, st.count("Since"), "not again at once")

		time.Sleep(time.Second)
		_, err := s.Parse(t.Context(), dead.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
		parse(t, s, alive.AccessToken)

		st.fail("Since", "Load")
		_, err = s.Parse(t.Context(), alive.AccessToken)
		require.ErrorContains(t, err, "session: Store.Load: store down")
		_, ok := errors.AsType[*jwt.TokenError](err)
		require.False(t, ok)

		st.fail()
		parse(t, s, alive.AccessToken)
		_, err = s.Parse(t.Context(), dead.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
	})
}

func TestInsecureStaleOnOutage(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store, c.Check.InsecureStaleOnOutage = st, time.Minute })
		tokens := start(t, s)
		st.fail("Since", "Load")
		_, err := s.Parse(t.Context(), tokens.AccessToken)
		require.Error(t, err, "nothing is known yet")
		st.fail()
		parse(t, s, tokens.AccessToken)
		require.NoError(t, s.Logout(t.Context(), tokens.RefreshToken))
		st.fail("Since", "Load")
		time.Sleep(65*time.Second - time.Nanosecond)
		parse(t, s, tokens.AccessToken)
		time.Sleep(time.Nanosecond)
		_, err = s.Parse(t.Context(), tokens.AccessToken)
		require.ErrorContains(t, err, "store down")
		st.fail()
		_, err = s.Parse(t.Context(), tokens.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
	})
}

// A hangingStore does not answer until its context is done.
type hangingStore struct {
	*store.Memory
	hang bool
}

func (s *hangingStore) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	if s.hang {
		<-ctx.Done()
		return nil, "", ctx.Err()
	}
	return s.Memory.Since(ctx, cursor)
}

func (s *hangingStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	if s.hang {
		<-ctx.Done()
		return nil, time.Time{}, ctx.Err()
	}
	return s.Memory.Load(ctx, keys...)
}

// A store that hangs keeps no request for longer than 10 seconds, or than its own deadline.
func TestStoreHangs(t *testing.T) {
	in(t, func(t *testing.T) {
		st := &hangingStore{Memory: store.NewMemory()}
		s := newSessions(t, func(c *config) { c.Store = st })
		tokens := start(t, s)
		parse(t, s, tokens.AccessToken)
		st.hang = true
		time.Sleep(4 * time.Second)
		begin := time.Now()
		_, err := s.Parse(t.Context(), tokens.AccessToken)
		require.NoError(t, err)
		require.Zero(t, time.Since(begin), "fresh enough: nobody waits")

		time.Sleep(time.Minute)
		begin = time.Now()
		_, err = s.Parse(t.Context(), tokens.AccessToken)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 10*time.Second, time.Since(begin))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		_, err = s.Parse(ctx, tokens.AccessToken)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(begin))

		done := make(chan error)
		go func() {
			_, err := s.Parse(t.Context(), tokens.AccessToken)
			done <- err
		}()
		synctest.Wait()
		begin = time.Now()
		require.NoError(t, s.Close())
		require.Zero(t, time.Since(begin), "Close ends what hangs")
		require.Error(t, <-done)
	})
}

// Several pages of revocations are read at once, and those of other kinds are ignored.
func TestFeedPages(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		for i := range 2*store.FeedPage + 5 {
			kind := []string{"session", "subject", "jti", "other"}[i%4]
			require.NoError(t, st.Append(t.Context(), store.Revocation{Kind: kind, ID: fmt.Sprint(i), Expires: time.Now().Add(time.Hour)}))
		}
		s := newSessions(t, func(c *config) { c.Store = st })
		dead, alive := start(t, s), start(t, s)
		require.NoError(t, s.Logout(t.Context(), dead.RefreshToken))
		_, err := s.Parse(t.Context(), dead.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
		require.Equal(t, 3, st.count("Since"))
		parse(t, s, alive.AccessToken)
	})
}

// Another service has only the key's public half and the store.
func TestNewChecker(t *testing.T) {
	in(t, func(t *testing.T) {
		st := newFaultyStore()
		s := newSessions(t, func(c *config) { c.Store = st })
		c, err := session.NewChecker(st, s.Parser().Parse, session.CheckConfig{Staleness: time.Second})
		require.NoError(t, err)
		defer c.Close()
		tokens := start(t, s)
		_, err = c.Parse(t.Context(), tokens.AccessToken)
		require.NoError(t, err)
		_, err = c.Parse(t.Context(), "x")
		requireRefused(t, err, jwt.ErrMalformed)
		synctest.Wait()

		time.Sleep(10 * time.Minute)
		lost := refresh(t, s, tokens.RefreshToken)
		time.Sleep(time.Hour)
		require.Equal(t, lost.RefreshToken, refresh(t, s, tokens.RefreshToken).RefreshToken, "it has marked the session as checked")

		// A service with Sessions that crashes before it has announced what has ended leaves
		// that to the next one who reads the record.
		st.fail("Append", "Since")
		again := refresh(t, s, lost.RefreshToken)
		require.Error(t, s.Logout(t.Context(), lost.RefreshToken))
		st.fail("Since")
		_, err = c.Parse(t.Context(), again.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
		synctest.Wait()
		st.fail()
		rs, _, err := st.Since(t.Context(), "")
		require.NoError(t, err)
		require.Len(t, rs, 1)
		require.Equal(t, again.Session.ID, rs[0].ID)
	})
}

func TestNewCheckerRefuses(t *testing.T) {
	parse := newSessions(t).Parse
	for want, tt := range map[string]struct {
		store store.Store
		parse func(context.Context, string) (*jwt.Claims[userClaims], error)
		cfg   session.CheckConfig
	}{
		"nil Store":                                                 {nil, parse, session.CheckConfig{}},
		"nil parse":                                                 {store.NewMemory(), nil, session.CheckConfig{}},
		"CheckConfig.Staleness is negative":                         {store.NewMemory(), parse, session.CheckConfig{Staleness: -1}},
		"CheckConfig.Staleness is 5ns; is a":                        {store.NewMemory(), parse, session.CheckConfig{Staleness: 5}},
		"CheckConfig.Staleness is 50ms; the":                        {store.NewMemory(), parse, session.CheckConfig{Staleness: 50 * time.Millisecond}},
		"CheckConfig.Staleness is 11m0s; the":                       {store.NewMemory(), parse, session.CheckConfig{Staleness: 11 * time.Minute}},
		"CheckConfig.NotBefore is before 1970":                      {store.NewMemory(), parse, session.CheckConfig{NotBefore: time.Unix(-1, 0)}},
		"CheckConfig.CheckEveryRequest is set beside Staleness":     {store.NewMemory(), parse, session.CheckConfig{CheckEveryRequest: true, Staleness: time.Second}},
		"CheckConfig.CheckEveryRequest is set beside InsecureStale": {store.NewMemory(), parse, session.CheckConfig{CheckEveryRequest: true, InsecureStaleOnOutage: time.Second}},
		"CheckConfig.InsecureStaleOnOutage is 25h0m0s":              {store.NewMemory(), parse, session.CheckConfig{InsecureStaleOnOutage: 25 * time.Hour}},
	} {
		_, err := session.NewChecker(tt.store, tt.parse, tt.cfg)
		require.ErrorContains(t, err, "session: ")
		require.ErrorContains(t, err, want)
	}
}

// A token of the same issuer whose jti is not that of a session is refused.
func TestForeignToken(t *testing.T) {
	s := newSessions(t)
	for _, jti := range []string{"x", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"} {
		token, err := jwt.Sign(t.Context(), newSigner(t), jwt.Claims[userClaims]{
			Issuer: "https://auth.example.com", Subject: "ann", Audience: []string{"orders"}, Type: "at+jwt", ID: jti,
			IssuedAt: time.Now(), ExpiresAt: time.Now().Add(time.Minute),
		})
		require.NoError(t, err)
		_, err = s.Parse(t.Context(), token)
		requireRefused(t, err, jwt.ErrMalformed)
		c, err := s.Parser().Parse(t.Context(), token)
		require.NoError(t, err)
		require.Empty(t, session.ID(c))
		require.Zero(t, session.Generation(c))
	}
}

// After a store that went back, an access token is newer than its session, and accepted; of
// a session that the store has lost it is accepted by the feed, and refused by the record.
func TestCheckGenerations(t *testing.T) {
	in(t, func(t *testing.T) {
		shared := store.NewMemory()
		s := newSessions(t, func(c *config) { c.Store, c.Check.CheckEveryRequest = shared, true })
		first := start(t, s)
		records, _, err := shared.Load(t.Context(), "s:"+first.Session.ID)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		second := refresh(t, s, first.RefreshToken)
		parse(t, s, first.AccessToken)

		now, _, err := shared.Load(t.Context(), "s:"+first.Session.ID)
		require.NoError(t, err)
		ok, err := shared.Swap(t.Context(), "s:"+first.Session.ID, now[0].Version, records[0])
		require.NoError(t, err)
		require.True(t, ok)
		parse(t, s, second.AccessToken)
		time.Sleep(time.Minute)
		require.Equal(t, second.RefreshToken, refresh(t, s, second.RefreshToken).RefreshToken, "adopted")

		empty, err := session.NewChecker(store.NewMemory(), s.Parser().Parse, session.CheckConfig{CheckEveryRequest: true})
		require.NoError(t, err)
		defer empty.Close()
		_, err = empty.Parse(t.Context(), second.AccessToken)
		requireRefused(t, err, jwt.ErrRevoked)
	})
}

// loaded returns Sessions that know of 100,000 revocations of each kind, and a token.
func loaded(t testing.TB) (s *session.Sessions[userClaims], token string) {
	st := store.NewMemory()
	s = newSessions(t, func(c *config) { c.Store = st })
	for i := range 100_000 {
		id := fmt.Sprintf("%021dA", i)
		expires := time.Now().Add(time.Hour)
		for _, r := range []store.Revocation{
			{Kind: "session", ID: id, Expires: expires},
			{Kind: "subject", ID: id, Expires: expires, NotBefore: time.Now()},
			{Kind: "jti", ID: fmt.Sprintf("%043d", i), Expires: expires},
		} {
			require.NoError(t, st.Append(t.Context(), r))
		}
	}
	token = start(t, s).AccessToken
	_, err := s.Parse(t.Context(), token)
	require.NoError(t, err)
	time.Sleep(10 * time.Millisecond) // until it is marked
	return s, token
}

// BenchmarkCheck is a check by the feed, with 100,000 revocations of each kind, beside the
// parsing that comes first.
func BenchmarkCheck(b *testing.B) {
	s, token := loaded(b)
	ctx := b.Context()
	b.Run("Parse only", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Parser().Parse(ctx, token)
		}
	})
	b.Run("Parse and check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Parse(ctx, token)
		}
	})
}

// A parse func that returns nothing at all is a fault of the program, not of the token.
func TestCheckerWithoutClaims(t *testing.T) {
	c, err := session.NewChecker(store.NewMemory(), func(context.Context, string) (*jwt.Claims[userClaims], error) { return nil, nil }, session.CheckConfig{})
	require.NoError(t, err)
	defer c.Close()
	claims, err := c.Parse(t.Context(), "x")
	require.Nil(t, claims)
	require.EqualError(t, err, "session: parse returned neither claims nor an error")
}
