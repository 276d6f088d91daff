package jwttest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwttest"
)

// A service that cannot be judged is not judged, whatever is the matter with it.
func TestInconclusive(t *testing.T) {
	if testing.Short() {
		t.Skip("attacks many services")
	}
	t.Parallel()
	var requests atomic.Int64
	for _, test := range []struct {
		name string
		wrap func(good http.Handler) http.HandlerFunc
		want string
	}{
		{"refuses everything", func(http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
		}, "a good token and garbage get the same answer: 401 Unauthorized"},
		{"accepts everything", func(http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {}
		}, "a good token and garbage get the same answer: 200 OK"},
		{"needs no token", func(good http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					good.ServeHTTP(w, r)
				}
			}
		}, "a good token and none get the same answer"},
		{"error page with 200", func(good http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				good.ServeHTTP(rec, r)
				w.Write([]byte(http.StatusText(rec.Code)))
			}
		}, "set Target.Accepted"},
		{"broken", func(http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
		}, "502 Bad Gateway"},
		{"flaky", func(good http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1)%7 == 0 {
					w.WriteHeader(http.StatusBadGateway)
					return
				}
				good.ServeHTTP(w, r)
			}
		}, "answered differently"},
		{"refuses at times", func(good http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1)%11 == 0 {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				good.ServeHTTP(w, r)
			}
		}, "a good token has stopped working"},
		{"locks out", func(good http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) > 40 {
					w.WriteHeader(http.StatusForbidden)
					return
				}
				good.ServeHTTP(w, r)
			}
		}, "a good token has stopped working"},
		{"gives in", func(good http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) < 40 {
					good.ServeHTTP(w, r)
				}
			}
		}, "begun to accept garbage"},
		{"limits the rate", func(good http.Handler) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) > 40 {
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				good.ServeHTTP(w, r)
			}
		}, "limits the rate of requests (429)"},
		{"hangs", func(http.Handler) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}, "a good token gets no answer"},
		{"panics", func(http.Handler) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic("out of order") }
		}, "a good token gets no answer: panic: out of order"},
	} {
		t.Run(test.name, func(t *testing.T) {
			iss := simple(t)
			requests.Store(0)
			r, err := jwttest.Run(t.Context(), jwttest.Target{Handler: test.wrap(bearer(t, iss)), Issuer: iss, Timeout: 50 * time.Millisecond})
			require.NoError(t, err)
			require.Contains(t, r.Inconclusive, test.want)
			require.Empty(t, r.Results)
			require.Empty(t, r.Controls)
			require.Contains(t, r.Summary(), "inconclusive: ")
		})
	}
}

// What is the matter with a few tokens only is a finding.
func TestTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("attacks many services")
	}
	t.Parallel()
	none := func(r *http.Request) bool { // the first probe of alg.none
		return strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJhbGciOiJub25lIiwia2lk")
	}
	for _, test := range []struct {
		name    string
		do      func(w http.ResponseWriter, r *http.Request)
		verdict jwttest.Verdict
		reason  string
	}{
		{"panic", func(http.ResponseWriter, *http.Request) { panic("nil map") }, jwttest.Crashed, "panic: nil map"},
		{"hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, jwttest.Slow, "no answer within 100ms"},
		{"slow", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(60 * time.Millisecond)
			w.WriteHeader(http.StatusUnauthorized)
		}, jwttest.Slow, "a good token takes"},
		{"error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, jwttest.Odd, "500 Internal Server Error"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, jwttest.Odd, "302 Found"},
		{"busy", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}, jwttest.Refused, "it could not be checked"},
		{"another refusal", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }, jwttest.Refused, ""},
		{"another success", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, jwttest.Accepted, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			iss := simple(t)
			good := bearer(t, iss)
			r, err := jwttest.Run(t.Context(), jwttest.Target{
				Issuer: iss, Timeout: 100 * time.Millisecond, Only: []jwttest.ID{jwttest.AlgNone},
				Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if none(r) {
						test.do(w, r)
						return
					}
					good.ServeHTTP(w, r)
				}),
			})
			require.NoError(t, err)
			require.Empty(t, r.Inconclusive)
			require.Len(t, r.Results, 1)
			require.Equal(t, test.verdict, r.Results[0].Verdict, r.Results[0].Describe())
			require.Contains(t, r.Results[0].Reason, test.reason)
		})
	}
}

// With Accepted, a service that always answers 200 can be judged; and one that sends to a
// login page needs nothing.
func TestOtherAnswers(t *testing.T) {
	iss := simple(t)
	good := bearer(t, iss)
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		good.ServeHTTP(rec, r)
		w.Write([]byte(http.StatusText(rec.Code)))
	})
	r, err := jwttest.Run(t.Context(), jwttest.Target{Handler: page, Issuer: iss, Only: []jwttest.ID{"alg", "exp"},
		Accepted: func(r *jwttest.Response) bool { return string(r.Body) == "OK" }})
	require.NoError(t, err)
	requireFindings(t, r)

	login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		if good.ServeHTTP(rec, r); rec.Code == http.StatusUnauthorized {
			http.Redirect(w, r, "/login", http.StatusFound)
		}
	})
	r, err = jwttest.Run(t.Context(), jwttest.Target{Handler: login, Issuer: iss, Only: []jwttest.ID{"alg", "exp"}})
	require.NoError(t, err)
	requireFindings(t, r)
}

// Over the network: at most so many requests in a second, and nothing is left behind.
func TestURL(t *testing.T) {
	before := runtime.NumGoroutine()
	iss := jwttest.NewIssuer(t, jwttest.Config{})
	good := bearer(t, iss)
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJhbGciOiJub25lIiwia2lk") {
			panic(http.ErrAbortHandler)
		}
		good.ServeHTTP(w, r)
	}))
	start := time.Now()
	r, err := jwttest.Run(t.Context(), jwttest.Target{URL: server.URL, Issuer: iss, Rate: 400, Only: []jwttest.ID{"alg"}})
	require.NoError(t, err)
	require.LessOrEqual(t, float64(requests.Load()-1), 400*time.Since(start).Seconds())
	requireFindings(t, r, jwttest.AlgNone)
	require.Equal(t, jwttest.Crashed, r.Findings()[0].Verdict)
	require.Contains(t, r.Findings()[0].Curl, "curl -i -H 'Authorization: Bearer eyJ")
	require.Contains(t, r.Findings()[0].Curl, server.URL)
	server.Close()
	iss.Close()
	for deadline := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)

	r, err = jwttest.Run(t.Context(), jwttest.Target{URL: server.URL, Issuer: iss})
	require.NoError(t, err)
	require.Contains(t, r.Inconclusive, "a good token gets no answer: connection lost")
}

// Servers close the connection on a header that is too long, and need not answer.
func TestLongHeader(t *testing.T) {
	iss := simple(t)
	good := bearer(t, iss)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Get("Authorization")) > 8<<10 {
			panic(http.ErrAbortHandler)
		}
		good.ServeHTTP(w, r)
	}))
	defer server.Close()
	r, err := jwttest.Run(t.Context(), jwttest.Target{URL: server.URL, Issuer: iss, Rate: 1000, Only: []jwttest.ID{"dos"}})
	require.NoError(t, err)
	requireFindings(t, r)
}

// With nothing but a good token and the public keys, all is tried that anybody can do.
func TestToken(t *testing.T) {
	iss := everything(t)
	s := newBroken(jwttest.KeyJWK, iss, otherIssuer(t))
	r, err := jwttest.Run(t.Context(), jwttest.Target{Handler: s, Token: iss.Token(t, nil), Keys: iss.Keys()})
	require.NoError(t, err)
	requireFindings(t, r, jwttest.KeyJWK)
	signed := 0
	for _, f := range jwttest.Faults() {
		if f.Signed {
			signed++
		}
	}
	require.InDelta(t, signed, r.Count(jwttest.NotApplicable), 1) // the signature may lack - and _
	require.False(t, r.Signed)
}

func TestFunc(t *testing.T) {
	iss := simple(t)
	parser := jwttest.Parser[private](t, iss)
	r := jwttest.Attack(t, jwttest.Target{Issuer: iss, Func: func(ctx context.Context, token string) error {
		_, err := parser.Parse(ctx, token)
		return err
	}, Except: map[jwttest.ID]string{jwttest.SubMissing: "tokens of machines have none"}})
	require.Empty(t, r.Findings())
	require.Equal(t, 1, r.Count(jwttest.Waived))
}

// Good tokens may all be the same one.
func TestSameToken(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Name: "https://auth.example.com", Algorithms: []jwt.Algorithm{jwt.HS256}})
	r, err := jwttest.Run(t.Context(), jwttest.Target{
		Handler: bearer(t, iss), Issuer: iss, Claims: map[string]any{"jti": "1"}, Only: []jwttest.ID{"sig", "alg", "key"},
	})
	require.NoError(t, err)
	requireFindings(t, r)
}

func TestTargetErrors(t *testing.T) {
	iss := simple(t)
	ok := jwttest.Target{Handler: http.NotFoundHandler(), Issuer: iss}
	for want, change := range map[string]func(*jwttest.Target){
		"set exactly one of Handler, URL and Func":   func(t *jwttest.Target) { t.URL = "http://127.0.0.1" },
		"set Issuer, or Token and Keys":              func(t *jwttest.Target) { t.Issuer = nil },
		"Token is set beside Issuer":                 func(t *jwttest.Target) { t.Token = "x" },
		"is negative":                                func(t *jwttest.Target) { t.Rate = -1 },
		`Only: there is no fault and no group "x"`:   func(t *jwttest.Target) { t.Only = []jwttest.ID{"x"} },
		`Except: there is no fault and no control "`: func(t *jwttest.Target) { t.Except = map[jwttest.ID]string{"exp.pats": ""} },
		"set Mine":             func(t *jwttest.Target) { t.Handler, t.URL = nil, "https://api.example.com/" },
		"Path must begin":      func(t *jwttest.Target) { t.Path = "orders" },
		"must begin with http": func(t *jwttest.Target) { t.Handler, t.URL = nil, "api.example.com" },
		"the good token":       func(t *jwttest.Target) { t.Issuer, t.Token = nil, "x" },
		"Request is set bes": func(t *jwttest.Target) {
			t.Handler, t.Func = nil, func(context.Context, string) error { return nil }
			t.Request = func(string) *http.Request { return nil }
		},
	} {
		target := ok
		change(&target)
		_, err := jwttest.Run(t.Context(), target)
		require.ErrorContains(t, err, want)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := jwttest.Run(done, ok)
	require.NoError(t, err)
	require.Contains(t, r.Inconclusive, "broken off")
}

func simple(t *testing.T) *jwttest.Issuer {
	return jwttest.NewIssuer(t, jwttest.Config{Name: "https://auth.example.com", Audience: "orders"})
}

// bearer is the shortest service.
func bearer(t *testing.T, iss *jwttest.Issuer) http.Handler {
	policy := iss.Policy()
	policy.Required = []string{"sub"}
	parser, err := jwt.NewParser[private](iss.Keys(), policy)
	require.NoError(t, err)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if _, err := parser.Parse(r.Context(), token); err != nil || !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
}
