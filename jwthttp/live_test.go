package jwthttp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
)

// A source is a parse func of whose answers the test decides. The token expires at exp.
type source struct {
	exp   time.Time
	err   atomic.Pointer[error]
	asked atomic.Int32
}

func (s *source) parse(context.Context, string) (*jwt.Claims[embedded], error) {
	s.asked.Add(1)
	if err := s.err.Load(); err != nil {
		return nil, *err
	}
	if !s.exp.IsZero() && !time.Now().Before(s.exp) {
		return nil, &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
	}
	return &jwt.Claims[embedded]{Subject: "alice", ExpiresAt: s.exp}, nil
}

func (s *source) answer(err error) { s.err.Store(&err) }

// connect makes a long connection under s and hands its context to f.
func (s *source) connect(t *testing.T, cfg jwthttp.Config, f func(ctx context.Context, stop context.CancelFunc)) {
	auth, err := jwthttp.New(s.parse, cfg)
	require.NoError(t, err)
	h := auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := auth.Live(r)
		defer stop()
		f(ctx, stop)
	}))
	require.Equal(t, 200, do(h, with("GET", "/", "Authorization", "Bearer x")).Code)
}

// after returns how long after begin ctx ended, which it must, and why.
func after(t *testing.T, ctx context.Context, begin time.Time) (time.Duration, error) {
	select {
	case <-ctx.Done():
		return time.Since(begin), context.Cause(ctx)
	case <-time.After(24 * time.Hour):
		t.Error("the connection goes on")
		return 0, nil
	}
}

func TestLiveExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := source{exp: begin.Add(12 * time.Second)}
		s.connect(t, jwthttp.Config{}, func(ctx context.Context, _ context.CancelFunc) {
			took, err := after(t, ctx, begin)
			require.Equal(t, 12*time.Second, took, "not at the next interval")
			require.ErrorIs(t, err, jwt.ErrExpired)
			require.ErrorIs(t, ctx.Err(), context.Canceled)
		})
		require.Equal(t, int32(4), s.asked.Load(), "the request, 5 s, 10 s, 12 s")
	})
}

func TestLiveRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := source{exp: begin.Add(10 * time.Minute)}
		s.connect(t, jwthttp.Config{LiveInterval: 2 * time.Second}, func(ctx context.Context, _ context.CancelFunc) {
			time.Sleep(time.Minute + time.Second)
			require.NoError(t, ctx.Err())
			revoked := &jwt.TokenError{Field: "jti", Err: jwt.ErrRevoked}
			s.answer(revoked)
			took, err := after(t, ctx, begin)
			require.Equal(t, time.Minute+2*time.Second, took)
			require.Same(t, revoked, err)
		})
	})
}

// What cannot be checked goes on until the token expires; what can be checked again goes on.
func TestLiveUnavailable(t *testing.T) {
	down := errors.New("no route to host")
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := source{exp: begin.Add(time.Minute)}
		s.connect(t, jwthttp.Config{}, func(ctx context.Context, _ context.CancelFunc) {
			s.answer(down)
			took, err := after(t, ctx, begin)
			require.Equal(t, time.Minute, took)
			require.Same(t, down, err)
		})
	})
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := source{exp: begin.Add(time.Minute)}
		s.connect(t, jwthttp.Config{}, func(ctx context.Context, _ context.CancelFunc) {
			s.answer(down)
			time.Sleep(40 * time.Second)
			s.err.Store(nil)
			took, err := after(t, ctx, begin)
			require.Equal(t, time.Minute, took)
			require.ErrorIs(t, err, jwt.ErrExpired)
		})
	})
}

// A parse with leeway keeps the connection as long as it accepts the token.
func TestLiveLeeway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		exp := begin.Add(time.Minute)
		auth, err := jwthttp.New(func(context.Context, string) (*jwt.Claims[embedded], error) {
			if !time.Now().Before(exp.Add(8 * time.Second)) {
				return nil, &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
			}
			return &jwt.Claims[embedded]{ExpiresAt: exp}, nil
		}, jwthttp.Config{})
		require.NoError(t, err)
		do(auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, stop := auth.Live(r)
			defer stop()
			took, err := after(t, ctx, begin)
			require.Equal(t, 70*time.Second, took)
			require.ErrorIs(t, err, jwt.ErrExpired)
		})), with("GET", "/", "Authorization", "Bearer x"))
	})
}

// A token that never expires is asked about all the same.
func TestLiveNoExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{}
		s.connect(t, jwthttp.Config{}, func(ctx context.Context, _ context.CancelFunc) {
			time.Sleep(time.Hour)
			require.NoError(t, ctx.Err())
			s.answer(errors.New("down"))
			time.Sleep(time.Hour)
			require.NoError(t, ctx.Err())
			s.answer(&jwt.TokenError{Field: "jti", Err: jwt.ErrRevoked})
			time.Sleep(6 * time.Second)
			require.Error(t, ctx.Err())
		})
	})
}

func TestLiveStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{exp: time.Now().Add(time.Hour)}
		s.connect(t, jwthttp.Config{}, func(ctx context.Context, stop context.CancelFunc) {
			stop()
			require.Equal(t, context.Canceled, context.Cause(ctx))
			stop()
		})
		time.Sleep(2 * time.Hour)
		require.Equal(t, int32(1), s.asked.Load(), "a timer was left")
	})
}

// When the request ends, so does what Live has begun, though nobody called stop.
func TestLiveRequestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source{exp: time.Now().Add(time.Hour)}
		auth, err := jwthttp.New(s.parse, jwthttp.Config{})
		require.NoError(t, err)
		ctx, cancel := context.WithCancelCause(t.Context())
		var live context.Context
		do(auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			live, _ = auth.Live(r)
		})), with("GET", "/", "Authorization", "Bearer x").WithContext(ctx))
		require.NoError(t, live.Err())
		gone := errors.New("gone")
		cancel(gone)
		require.Equal(t, gone, context.Cause(live))
		time.Sleep(time.Hour)
		require.LessOrEqual(t, s.asked.Load(), int32(2))
	})
}

// A parse that hangs is told to stop, and one that panics or returns nothing ends neither the
// process nor, before exp, the connection.
func TestLiveBadParse(t *testing.T) {
	for name, parse := range map[string]func(context.Context) (*jwt.Claims[embedded], error){
		"hangs":   func(ctx context.Context) (*jwt.Claims[embedded], error) { <-ctx.Done(); return nil, ctx.Err() },
		"panics":  func(context.Context) (*jwt.Claims[embedded], error) { panic("a defect") },
		"nothing": func(context.Context) (*jwt.Claims[embedded], error) { return nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				first := true
				auth, err := jwthttp.New(func(ctx context.Context, _ string) (*jwt.Claims[embedded], error) {
					if first {
						first = false
						return &jwt.Claims[embedded]{ExpiresAt: begin.Add(time.Minute)}, nil
					}
					return parse(ctx)
				}, jwthttp.Config{})
				require.NoError(t, err)
				do(auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					ctx, stop := auth.Live(r)
					defer stop()
					took, err := after(t, ctx, begin)
					require.GreaterOrEqual(t, took, time.Minute)
					require.LessOrEqual(t, took, time.Minute+5*time.Second)
					require.Error(t, err)
					require.NotContains(t, err.Error(), "a defect")
				})), with("GET", "/", "Authorization", "Bearer x"))
			})
		})
	}
}

func TestLiveWithoutClaims(t *testing.T) {
	auth, other := newAuth(t, jwthttp.Config{}), newAuth(t, jwthttp.Config{})
	ctx, stop := auth.Live(with("GET", "/"))
	require.Error(t, ctx.Err())
	require.ErrorContains(t, context.Cause(ctx), "has not authenticated")
	stop()

	asked := 0
	do(auth.Optional().Handler(func(w http.ResponseWriter, r *http.Request, c *jwt.Claims[embedded]) {
		asked++
		ctx, stop := auth.Live(r)
		require.NoError(t, ctx.Err(), "anonymous")
		stop()
		require.Error(t, ctx.Err())
		ctx, _ = other.Live(r)
		require.Error(t, ctx.Err(), "another Auth")
	}), with("GET", "/"))
	require.Equal(t, 1, asked)
}

func TestLiveObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events []jwthttp.Event
		var b bytes.Buffer
		s := source{exp: time.Now().Add(7 * time.Second)}
		s.connect(t, jwthttp.Config{
			Observe: func(ctx context.Context, e jwthttp.Event) {
				require.NoError(t, ctx.Err(), "an exporter of metrics needs a context that goes on")
				events = append(events, e)
			},
			Logger: slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}, func(ctx context.Context, _ context.CancelFunc) { <-ctx.Done(); synctest.Wait() })
		require.Len(t, events, 2)
		require.Equal(t, jwthttp.ReasonAccepted, events[0].Reason)
		require.False(t, events[0].Live)
		require.Equal(t, jwthttp.ReasonExpired, events[1].Reason)
		require.True(t, events[1].Live)
		require.Zero(t, events[1].Status)
		require.ErrorIs(t, events[1].Err, jwt.ErrExpired)

		logged := records(t, &b)
		require.Len(t, logged, 2)
		require.Equal(t, "jwthttp: connection ended", logged[1]["msg"])
		require.Equal(t, "expired", logged[1]["reason"])
		require.Equal(t, "DEBUG", logged[1]["level"])
		require.NotContains(t, logged[1], "status")
	})
}

// Ten thousand connections that are alive take little memory and no goroutine of their own.
func TestLiveMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	const n = 10_000
	token := sign(t, claimsOf("alice", user()))
	auth := newAuth(t, jwthttp.Config{LiveInterval: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var kept []context.Context
	h := auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := auth.Live(r)
		kept = append(kept, ctx)
		_ = stop
	}))
	w := discard{http.Header{}}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, goroutines := heap(), runtime.NumGoroutine()
	for i := range n {
		// A header of its own, as each request has it.
		r := with("GET", "/", "Authorization", fmt.Sprintf("Bearer %s", token))
		h.ServeHTTP(w, r.WithContext(ctx))
		require.Len(t, kept, i+1)
	}
	used := (heap() - before) / n
	t.Logf("%d bytes for each live connection, the token and the claims among them", used)
	require.Less(t, used, uint64(2048))
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines+1)
	runtime.KeepAlive(kept)
}

// A transport other than net/http has a context and a token only.
func TestLiveContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := source{exp: begin.Add(12 * time.Second)}
		auth, err := jwthttp.New(s.parse, jwthttp.Config{})
		require.NoError(t, err)
		ctx, err := auth.Authenticate(t.Context(), "x")
		require.NoError(t, err)
		live, stop := auth.LiveContext(ctx)
		defer stop()
		took, err := after(t, live, begin)
		require.Equal(t, 12*time.Second, took)
		require.ErrorIs(t, err, jwt.ErrExpired)
		require.NoError(t, ctx.Err())
	})
}

// A stream of events over a real connection ends when the token is withdrawn.
func TestLiveServer(t *testing.T) {
	s := source{exp: time.Now().Add(time.Hour)}
	auth, err := jwthttp.New(s.parse, jwthttp.Config{LiveInterval: time.Second})
	require.NoError(t, err)
	addr, _ := serve(t, auth.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := auth.Live(r)
		defer stop()
		fmt.Fprint(w, "data: begin\n\n")
		require.NoError(t, http.NewResponseController(w).Flush())
		<-ctx.Done()
		fmt.Fprint(w, "data: end\n\n")
	})))
	if testing.Short() {
		t.Skip("takes a second")
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+addr, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer x")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	require.Equal(t, "data: begin", lines.Text())
	s.answer(&jwt.TokenError{Field: "jti", Err: jwt.ErrRevoked})
	require.True(t, lines.Scan())
	require.True(t, lines.Scan())
	require.Equal(t, "data: end", lines.Text())
}
