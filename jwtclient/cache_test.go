package jwtclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwtclient"
)

func unavailable(w http.ResponseWriter) bool {
	w.WriteHeader(http.StatusServiceUnavailable)
	return true
}

// A token is renewed before it expires, and nobody waits for that.
func TestRenewedEarly(t *testing.T) {
	for range 20 { // the time is random
		synctest.Test(t, func(t *testing.T) {
			s := new(server)
			network := hosts{issuer: s.ServeHTTP, orders: echo}
			transport := newTransport(t, network, endpointOf(network))
			get(t, transport, orders)
			time.Sleep(300*time.Second*72/100 - time.Second)
			get(t, transport, orders)
			synctest.Wait()
			require.Equal(t, 1, s.calls())
			s.delay = func(context.Context) { time.Sleep(time.Second) }
			time.Sleep(300*time.Second*8/100 + 2*time.Second)
			for range 10 {
				begin := time.Now()
				_, body := get(t, transport, orders)
				require.Equal(t, "Bearer token-1", body)
				require.Zero(t, time.Since(begin))
			}
			time.Sleep(2 * time.Second)
			require.Equal(t, 2, s.calls())
			_, body := get(t, transport, orders)
			require.Equal(t, "Bearer token-2", body)
		})
	}
}

// A token that nobody has asked for is not renewed, and is not used at the end of its life.
func TestExpires(t *testing.T) {
	for life, margin := range map[time.Duration]time.Duration{
		300 * time.Second: 10 * time.Second,
		20 * time.Second:  2 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{life: fmt.Sprint(life.Seconds())}
			network := hosts{issuer: s.ServeHTTP, orders: echo}
			transport := newTransport(t, network, endpointOf(network))
			get(t, transport, orders)
			time.Sleep(life - margin - 1)
			require.Equal(t, 1, s.calls())
			s.set(unavailable) // so that the renewal, which is due, changes nothing
			_, body := get(t, transport, orders)
			require.Equal(t, "Bearer token-1", body)
			synctest.Wait()
			s.set(nil)
			time.Sleep(time.Second)
			_, body = get(t, transport, orders)
			require.Equal(t, "Bearer token-3", body)
		})
	}
}

// While the server is down the old token is used, and calls become rare.
func TestServerDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		network := hosts{issuer: s.ServeHTTP, orders: echo}
		transport := newTransport(t, network, endpointOf(network))
		get(t, transport, orders)
		s.set(unavailable)
		time.Sleep(240 * time.Second)
		for range 490 { // until 285 s
			_, body := get(t, transport, orders)
			require.Equal(t, "Bearer token-1", body)
			time.Sleep(100 * time.Millisecond)
		}
		require.Equal(t, 1+6, s.calls(), "at 0, 1, 3, 7, 15 and 31 seconds")
		time.Sleep(30 * time.Second)

		// Now there is no token. Within the pause the last error is returned.
		_, _, err := transport.Token(t.Context())
		down, ok := errors.AsType[*jwtclient.Error](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 503, down.StatusCode)
		require.Equal(t, 8, s.calls())
		for range 10 {
			_, _, again := transport.Token(t.Context())
			require.Equal(t, err, again)
		}
		require.Equal(t, 8, s.calls())
		s.set(nil)
		time.Sleep(30 * time.Second)
		token, _, err := transport.Token(t.Context())
		require.NoError(t, err)
		require.Equal(t, "token-9", token)
	})
}

type userKey struct{}

func ofUser(ctx context.Context, user int) context.Context {
	return context.WithValue(ctx, userKey{}, fmt.Sprintf("user-token-%d", user))
}

func userToken(ctx context.Context) (string, error) {
	token, ok := ctx.Value(userKey{}).(string)
	if !ok {
		return "", errors.New("no user")
	}
	return token, nil
}

// A burst of calls leaves no more tokens behind than are kept otherwise.
func TestBurstOfUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		s.delay = func(context.Context) { time.Sleep(time.Second) }
		network := hosts{issuer: s.ServeHTTP}
		source := endpointOf(network)
		source.Grant = jwtclient.Exchange{Subject: userToken}
		transport := newTransport(t, network, source)
		const users = 1500
		var wg sync.WaitGroup
		for user := range users {
			wg.Go(func() { transport.Token(ofUser(t.Context(), user)) })
		}
		wg.Wait()
		require.Equal(t, users, s.calls())
		s.delay = nil
		for user := range users + 1 {
			_, _, err := transport.Token(ofUser(t.Context(), users-user))
			require.NoError(t, err)
		}
		require.GreaterOrEqual(t, s.calls()-users, users+1-1024)
	})
}

// Each subject has a token of its own, and the number of them is bounded.
func TestUsersApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		network := hosts{issuer: s.ServeHTTP}
		source := endpointOf(network)
		source.Grant = jwtclient.Exchange{Subject: userToken}
		transport := newTransport(t, network, source)
		got := make(map[string]int)
		ask := func(user int) string {
			token, _, err := transport.Token(ofUser(t.Context(), user))
			require.NoError(t, err)
			return token
		}
		for range 2 {
			for user := range 1024 {
				token := ask(user)
				if other, ok := got[token]; ok {
					require.Equal(t, other, user)
				}
				got[token] = user
			}
		}
		require.Equal(t, 1024, s.calls())
		for _, form := range s.forms {
			require.Equal(t, url.Values{
				"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
				"subject_token":      form["subject_token"],
				"subject_token_type": {jwtclient.AccessTokenType},
			}, form)
		}
		time.Sleep(time.Second)
		ask(1024) // in place of one of the others
		require.Equal(t, 1025, s.calls())
		for user := range 1024 {
			ask(user)
		}
		require.Greater(t, s.calls(), 1025)
		ask(1024)

		time.Sleep(time.Hour) // they have all expired
		before := s.calls()
		ask(0)
		ask(2000)
		require.Equal(t, before+2, s.calls())

		_, _, err := transport.Token(context.WithValue(t.Context(), userKey{}, "user-token with a space"))
		require.EqualError(t, err, "jwtclient: no token: what Exchange.Subject returned is empty, or has a character that tokens do not have")
		_, _, err = transport.Token(t.Context())
		require.EqualError(t, err, "jwtclient: no token: calling Exchange.Subject: no user")
	})
}

// Users who ask at the same time do not share a call.
func TestUsersAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		s.delay = func(context.Context) { time.Sleep(time.Second) }
		network := hosts{issuer: s.ServeHTTP}
		source := endpointOf(network)
		source.Grant = jwtclient.Exchange{Subject: userToken}
		transport := newTransport(t, network, source)
		tokens := make([]string, 100)
		var wg sync.WaitGroup
		for i := range tokens {
			wg.Go(func() {
				var err error
				tokens[i], _, err = transport.Token(ofUser(t.Context(), i/2))
				require.NoError(t, err)
			})
		}
		wg.Wait()
		require.Equal(t, 50, s.calls())
		for i, token := range tokens {
			require.Equal(t, i/2, slices.Index(tokens, token)/2)
		}
	})
}

// A caller that has seen no token, and begins its call when another one has just ended, makes
// none: neither after a token nor after an error.
func TestCallJustEnded(t *testing.T) {
	for round := range 100 {
		s := new(server)
		if round%2 == 0 {
			s.set(unavailable)
		}
		transport := newTransport(t, nil, endpointOf(hosts{issuer: s.ServeHTTP}))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { transport.Token(t.Context()) })
		}
		wg.Wait()
		require.Equal(t, 1, s.calls())
	}
}
