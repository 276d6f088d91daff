package jwks_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

// TestBadAnswers: what is not a set at all leaves the last good one in use, and is a failed
// fetch.
func TestBadAnswers(t *testing.T) {
	many := `{"keys":[` + strings.Repeat("{},", 1000) + `{}]}`
	for _, tt := range []struct {
		name   string
		status int
		body   string
		text   string
	}{
		{"error page", 200, "<html>Sorry</html>", setURL + ": jwk: set: not one JSON object"},
		{"nothing", 200, "", setURL + ": jwk: set: not one JSON object"},
		{"null", 200, "null", setURL + ": jwk: set: not one JSON object"},
		{"cut off", 200, setOf(keyB)[:50], setURL + ": jwk: set: not one JSON object"},
		{"no keys", 200, `{"error":"x"}`, setURL + ": jwk: set: keys is missing"},
		{"keys null", 200, `{"keys":null}`, setURL + ": jwk: set: keys is not an array"},
		{"metadata", 200, metadata("https://issuer.example", setURL), setURL + ": this is metadata, not a set; set Config.Issuer, or Config.URL to its jwks_uri"},
		{"metadata with keys", 200, `{"keys":null,"jwks_uri":"` + setURL + `"}`, setURL + ": jwk: set: keys is not an array"},
		{"1001 keys", 200, many, setURL + ": jwk: set: more than 1000 keys"},
		{"more than 1 MiB", 200, setOf(keyB) + strings.Repeat(" ", 1<<20), setURL + " answered more than 1048576 bytes"},
		{"204", 204, "", setURL + " answered 204"},
		{"206", 206, setOf(keyB), setURL + " answered 206"},
		{"304", 304, "", setURL + " answered 304"},
		{"404", 404, setOf(keyB), setURL + " answered 404"},
		{"429", 429, "", setURL + " answered 429"},
		{"500", 500, setOf(keyB), setURL + " answered 500"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				var r recorder
				i.serve(setOf(keyA))
				c := i.start(t, func(cfg *jwks.Config) { cfg.Observe = r.observe })
				i.set(func(*http.Request) (*http.Response, error) { return response(tt.status, tt.body), nil })
				sleep(time.Hour)
				require.Greater(t, i.count(), 50, "with retries of a minute at most")
				require.EqualError(t, r.last().Err, tt.text)
				require.Equal(t, 1, r.last().Keys)
				require.Greater(t, r.last().Age, 45*time.Minute)
				expect(t, "ok", c, keyA)
				expect(t, forged, c, forger)
				expect(t, limited+tt.text, c, keyB)

				i.serve(setOf(keyB))
				sleep(time.Minute)
				expect(t, "ok", c, keyB)
				expect(t, unknown, c, keyA)
			})
		})
	}
}

// TestLongestBody is of 1 MiB exactly.
func TestLongestBody(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA) + strings.Repeat(" ", 1<<20-len(setOf(keyA))))
		c := i.start(t)
		expect(t, "ok", c, keyA)
	})
}

// TestNoUsableKey: an issuer that publishes no usable key has withdrawn them all.
func TestNoUsableKey(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		skipped    int
		why        string
	}{
		{"empty", `{"keys":[]}`, 0, "it is empty"},
		{"unknown kty", `{"keys":[{"kty":"AKP","kid":"a","pub":"AA"}]}`, 1, "key 0: kty or crv is not supported"},
		{"another algorithm", strings.ReplaceAll(setOf(keyA, keyB), `"EdDSA"`, `"Ed25519"`), 2,
			"key 0: alg is Ed25519, which is not one of [EdDSA] that the caller allows"},
		{"private", `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","d":"AA"}]}`, 1,
			"key 0: it has the private member d; a public key is wanted"},
	} {
		text := "jwks: the issuer's set has no usable key: " + tt.why
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				var r recorder
				i.serve(setOf(keyA), "ETag", `"1"`)
				c := i.start(t, func(cfg *jwks.Config) { cfg.Observe = r.observe })
				i.serve(tt.body, "ETag", `"2"`)
				sleep(12 * time.Minute)
				f := r.last()
				require.ErrorIs(t, f.Err, jwk.ErrNoUsableKey)
				require.Len(t, f.Skipped, tt.skipped)
				require.Zero(t, f.Keys)
				require.EqualError(t, c.Ready(), text)
				require.Empty(t, c.Keys())
				for _, key := range []testKey{keyA, keyB, forger, newKey("", 1)} {
					expect(t, uncheck+text, c, key)
				}
				// A failure does not bring the old set back, nor does "not modified".
				i.status(500)
				sleep(time.Hour)
				expect(t, uncheck+text, c, keyA)
				i.status(304)
				sleep(time.Minute)
				expect(t, uncheck+text, c, keyA)
				require.Equal(t, "", i.seen()[i.count()-1].header.Get("If-None-Match"))

				i.serve(setOf(keyA))
				sleep(time.Minute)
				require.NoError(t, c.Ready())
				expect(t, "ok", c, keyA)
			})
		})
	}
}

// TestFirstSetUnusable is a Client that never had a key.
func TestFirstSetUnusable(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(`{"keys":[]}`)
		c := i.start(t)
		expect(t, uncheck+"jwks: the issuer's set has no usable key: it is empty", c, keyA)
		i.serve(setOf(keyA))
		sleep(5 * time.Second)
		expect(t, "ok", c, keyA)
	})
}

// TestUnusableReason: the reason for which a key was skipped is none against a token,
// even if Config.Other says it like one.
func TestUnusableReason(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(`{"keys":[{"kty":"AKP","pub":"AA"}]}`)
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Other = func([]byte) (jwt.KeyVerifier, error) { return nil, fmt.Errorf("certificate: %w", jwt.ErrSignature) }
		})
		expect(t, uncheck+"jwks: the issuer's set has no usable key: key 0: certificate: "+jwt.ErrSignature.Error(), c, keyA)
	})
}

// TestMaxStale: the last good set is in use for so long, to the second, and no longer.
func TestMaxStale(t *testing.T) {
	for _, maxStale := range []time.Duration{0, time.Hour} {
		want := maxStale
		if want == 0 {
			want = 24 * time.Hour
		}
		bubble(t, func(t *testing.T, i *issuer) {
			var r recorder
			i.serve(setOf(keyA))
			c := i.start(t, func(cfg *jwks.Config) { cfg.MaxStale, cfg.Observe = maxStale, r.observe })
			i.set(nil)
			sleep(want)
			require.NoError(t, c.Ready())
			require.Len(t, c.Keys(), 1)
			expect(t, "ok", c, keyA)
			expect(t, limited+down, c, keyB)

			sleep(time.Second)
			text := "jwks: the set is older than " + want.String() + ": " + down
			require.EqualError(t, c.Ready(), text)
			require.ErrorIs(t, c.Ready(), errDown)
			require.Empty(t, c.Keys())
			for _, key := range []testKey{keyA, keyB, forger, newKey("", 1)} {
				expect(t, uncheck+text, c, key)
			}
			sleep(2 * time.Minute)
			require.Greater(t, r.last().Age, want)
			require.Equal(t, 1, r.last().Keys)

			i.serve(setOf(keyA))
			sleep(time.Minute)
			require.NoError(t, c.Ready())
			expect(t, "ok", c, keyA)
			expect(t, unknown, c, keyB)
		})
	}
}

// TestStaleWaits: where there is no usable set, a token waits for the fetch under way, which
// may bring the same keys again.
func TestStaleWaits(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t, func(cfg *jwks.Config) { cfg.MaxStale, cfg.Timeout = time.Hour, time.Minute })
		i.set(nil)
		sleep(2 * time.Hour)
		require.Error(t, c.Ready())
		release := i.hang(setOf(keyA))
		for n := i.count(); i.count() == n; {
			sleep(time.Second)
		}
		time.AfterFunc(3*time.Second, func() { close(release) })
		begin := time.Now()
		expect(t, "ok", c, keyA)
		require.Equal(t, 3*time.Second, time.Since(begin))
	})
}

// TestTimeout: an answer that does not come, or does not end, is a failed fetch.
func TestTimeout(t *testing.T) {
	slow := func(req *http.Request) (*http.Response, error) {
		resp := response(200, "")
		resp.Body = &slowBody{req: req}
		return resp, nil
	}
	for _, timeout := range []time.Duration{0, 2 * time.Second} {
		want := timeout
		if want == 0 {
			want = 5 * time.Second
		}
		for name, answer := range map[string]func(*http.Request) (*http.Response, error){
			"no answer": func(req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			},
			"no end": slow,
		} {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(t *testing.T, i *issuer) {
					var r recorder
					i.set(answer)
					i.start(t, func(cfg *jwks.Config) { cfg.Timeout, cfg.Observe = timeout, r.observe })
					sleep(want)
					require.Equal(t, want, r.last().Duration)
					require.ErrorContains(t, r.last().Err, "context deadline exceeded")
				})
			})
		}
	}
}

// A slowBody is a byte a second, without end, as long as the request is alive.
type slowBody struct{ req *http.Request }

func (b *slowBody) Read(p []byte) (int, error) {
	select {
	case <-b.req.Context().Done():
		return 0, b.req.Context().Err()
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	}
}

func (b *slowBody) Close() error { return nil }

// TestCompressedAnswer: the limit is on what an answer unpacks to.
func TestCompressedAnswer(t *testing.T) {
	needSockets(t)
	for name, tt := range map[string]struct {
		length int
		text   string
	}{
		"as long as allowed": {1 << 20, ""},
		"bomb":               {16 << 20, " answered more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			set := setOf(keyA)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Contains(t, r.Header.Get("Accept-Encoding"), "gzip")
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				defer z.Close()
				z.Write([]byte(set + strings.Repeat(" ", tt.length-len(set))))
			}))
			defer server.Close()
			fetched := make(chan jwks.Report, 10)
			c, err := jwks.New(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms,
				Observe: func(f jwks.Report) { fetched <- f }})
			require.NoError(t, err)
			f := <-fetched
			require.NoError(t, c.Close())
			if tt.text == "" {
				require.NoError(t, f.Err)
				require.Equal(t, 1, f.Keys)
			} else {
				require.EqualError(t, f.Err, server.URL+tt.text)
			}
		})
	}
}

// TestConditionsAreDropped: a server that cannot deal with If-None-Match is asked without
// after it has failed, and an ETag that is too long is not repeated at all.
func TestConditionsAreDropped(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.set(func(req *http.Request) (*http.Response, error) {
			if req.Header.Get("If-None-Match") != "" {
				return response(http.StatusPreconditionFailed, "no"), nil
			}
			return response(200, setOf(keyA), "ETag", `"x"`), nil
		})
		c := i.start(t)
		sleep(12*time.Minute + time.Second)
		require.Equal(t, 3, i.count())
		require.NoError(t, c.Ready())
		require.NotEmpty(t, i.seen()[1].header.Get("If-None-Match"))
		require.Empty(t, i.seen()[2].header.Get("If-None-Match"))
	})
	for _, tt := range []struct {
		size int
		sent bool
	}{{1024, true}, {1025, false}} {
		bubble(t, func(t *testing.T, i *issuer) {
			i.serve(setOf(keyA), "ETag", `"`+strings.Repeat("x", tt.size-2)+`"`)
			i.start(t)
			sleep(12 * time.Minute)
			require.Equal(t, tt.sent, i.seen()[1].header.Get("If-None-Match") != "")
		})
	}
}

// TestLongTexts: what an issuer says comes into errors and logs shortened.
func TestLongTexts(t *testing.T) {
	long := "https://issuer.example/" + strings.Repeat("a", 100_000)
	t.Run("jwks_uri", func(t *testing.T) {
		bubble(t, func(t *testing.T, i *issuer) {
			i.set(site{wellKnown: metadata("https://issuer.example", long)}.answer)
			c := i.start(t, ofIssuer("https://issuer.example"))
			require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+wellKnown+": jwks_uri is longer than 2048 bytes")
		})
	})
	t.Run("redirect", func(t *testing.T) {
		bubble(t, func(t *testing.T, i *issuer) {
			i.set(func(*http.Request) (*http.Response, error) {
				return response(http.StatusFound, "", "Location", strings.Replace(long, "issuer", "other", 1)), nil
			})
			c := i.start(t)
			require.Less(t, len(c.Ready().Error()), 2200)
		})
	})
	t.Run("skipped keys", func(t *testing.T) {
		bubble(t, func(t *testing.T, i *issuer) {
			var log logBuffer
			list := strings.Repeat(`{"kty":"AKP","kid":"`+strings.Repeat("k", 1000)+`"},`, 500)
			i.serve(strings.Replace(setOf(keyA), "[", "["+list, 1))
			i.start(t, func(cfg *jwks.Config) { cfg.Logger = log.untimed() })
			text := log.take()
			require.Equal(t, 12, strings.Count(text, "\n"))
			require.Contains(t, text, `"jwks: more keys skipped" url=https://issuer.example/keys duration=0s age=0s keys=1 count=490`)
			require.Contains(t, text, " kid="+strings.Repeat("k", 256)+" ")
		})
	})
	require.EqualError(t, errOf(jwks.New(t.Context(), jwks.Config{URL: long, Algorithms: []jwt.Algorithm{jwt.EdDSA}})),
		"jwks: Config.URL is longer than 2048 bytes")
	require.EqualError(t, errOf(jwks.New(t.Context(), jwks.Config{URL: setURL, Algorithms: []jwt.Algorithm{jwt.EdDSA}, MaxStale: math.MaxInt64})),
		"jwks: Config.MaxStale is 2562047h47m16.854775807s; the longest is 8784h0m0s")
}

func errOf[T any](_ T, err error) error { return err }

func TestETag(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var r recorder
		i.serve(setOf(keyA), "ETag", `"1"`, "Cache-Control", "max-age=60")
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.MaxStale, cfg.MaxRefresh = 10*time.Minute, 10*time.Minute
			cfg.Observe = r.observe
		})
		require.Equal(t, "", i.seen()[0].header.Get("If-None-Match"))
		require.Equal(t, "application/jwk-set+json, application/json", i.seen()[0].header.Get("Accept"))

		// Not modified: the keys stay, and are as fresh as this answer says.
		i.set(func(*http.Request) (*http.Response, error) {
			return response(304, "", "Cache-Control", "max-age=600"), nil
		})
		sleep(48 * time.Second)
		require.Equal(t, `"1"`, i.seen()[1].header.Get("If-None-Match"))
		require.True(t, r.all()[1].NotModified)
		require.NoError(t, r.all()[1].Err)
		require.Equal(t, 1, r.all()[1].Keys)
		expect(t, "ok", c, keyA)
		sleep(9 * time.Minute)
		requests := i.seen()
		requireGap(t, 10*time.Minute, requests[2].time.Sub(requests[1].time))

		// For hours, without the keys ever being sent again.
		sleep(3 * time.Hour)
		expect(t, "ok", c, keyA)

		// A set with another tag, and one without.
		i.serve(setOf(keyB), "ETag", `W/"2"`)
		sleep(8 * time.Minute)
		expect(t, unknown, c, keyA)
		expect(t, "ok", c, keyB)
		i.serve(setOf(keyC))
		sleep(8 * time.Minute)
		require.Equal(t, `W/"2"`, i.seen()[i.count()-1].header.Get("If-None-Match"))
		expect(t, "ok", c, keyC)
		sleep(8 * time.Minute)
		require.Equal(t, "", i.seen()[i.count()-1].header.Get("If-None-Match"))

		// Nobody asked for this one.
		i.status(304)
		sleep(12 * time.Minute)
		require.EqualError(t, r.last().Err, "https://issuer.example/keys answered 304")
		require.EqualError(t, c.Ready(), "jwks: the set is older than 10m0s: https://issuer.example/keys answered 304")
	})
}

// TestNotModifiedLifetime: a 304 keeps the lifetime of the stored set unless it brings its
// own (RFC 9111 section 4.3.4).
func TestNotModifiedLifetime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header []string
		want   time.Duration
	}{
		{"nothing", nil, 100 * time.Second},
		{"only a tag", []string{"ETag", `"1"`}, 100 * time.Second},
		{"only a date", []string{"Date", "Sat, 01 Jan 2000 00:20:00 GMT"}, 100 * time.Second},
		{"Cache-Control without a lifetime", []string{"Cache-Control", "public"}, 100 * time.Second},
		{"a longer one", []string{"Cache-Control", "max-age=500"}, 500 * time.Second},
		{"a shorter one", []string{"Cache-Control", "max-age=70"}, 70 * time.Second},
		{"no-store", []string{"Cache-Control", "no-store"}, time.Minute},
		{"Expires", []string{"Expires", "Sat, 01 Jan 2000 00:25:00 GMT", "Date", "Sat, 01 Jan 2000 00:20:00 GMT"}, 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.serve(setOf(keyA), "ETag", `"1"`, "Cache-Control", "max-age=100")
				i.start(t)
				i.set(func(*http.Request) (*http.Response, error) { return response(304, "", tt.header...), nil })
				sleep(100*time.Second + tt.want + tt.want)
				requests := i.seen()
				requireGap(t, 100*time.Second, requests[1].time.Sub(requests[0].time))
				requireGap(t, tt.want, requests[2].time.Sub(requests[1].time))
				requireGap(t, tt.want, requests[3].time.Sub(requests[2].time))
			})
		})
	}
}

// TestFetch fetches once, and leaves nothing behind, which synctest checks.
func TestFetch(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var w wrapper
		var r recorder
		cfg := jwks.Config{Issuer: self, Algorithms: validAlgorithms, Transport: i, Wrap: w.wrap, Observe: r.observe}
		fetch := func() (jwt.KeySet, error) { return jwks.Fetch(t.Context(), cfg) }

		_, err := fetch()
		require.EqualError(t, err, `jwks: Get "`+wellKnown+`": connection refused`)
		require.ErrorIs(t, err, errDown)
		require.ErrorIs(t, r.last().Err, errDown)

		i.set(site{wellKnown: metadata(self, setURL), setURL: strings.Replace(setOf(keyA, keyB), "[", "[{},", 1)}.answer)
		keys, err := fetch()
		require.NoError(t, err)
		require.Len(t, keys, 2)
		expect(t, "ok", keys, keyA)
		expect(t, "ok", keys, keyB)
		expect(t, forged, keys, forger)
		expect(t, unknown, keys, keyC)
		require.Equal(t, []string{"EdDSA(a)", "EdDSA(b)"}, w.made)
		require.Len(t, r.last().Skipped, 1)
		require.Equal(t, 3, i.count())

		i.set(site{wellKnown: metadata(self, setURL), setURL: `{"keys":[]}`}.answer)
		_, err = fetch()
		require.ErrorIs(t, err, jwk.ErrNoUsableKey)

		i.hang("")
		begin := time.Now()
		_, err = fetch()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 5*time.Second, time.Since(begin))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = jwks.Fetch(ctx, cfg)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 6*time.Second, time.Since(begin))
		_, err = jwks.Fetch(ctx, cfg)
		require.EqualError(t, err, "jwks: Fetch: context deadline exceeded")
	})
	_, err := jwks.Fetch(t.Context(), jwks.Config{URL: setURL})
	require.ErrorContains(t, err, "jwks: Config.Algorithms: empty")
	//lint:ignore SA1012 the mistake is the point
	_, err = jwks.Fetch(nil, jwks.Config{})
	require.EqualError(t, err, "jwks: Fetch: nil context")
}

// TestFetchConnections: none is left open.
func TestFetchConnections(t *testing.T) {
	needSockets(t)
	server, closed := watched(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(setOf(keyA))) })
	server.Start()
	defer server.Close()
	begin := time.Now()
	keys, err := jwks.Fetch(t.Context(), jwks.Config{URL: server.URL, Algorithms: validAlgorithms})
	require.NoError(t, err)
	expect(t, "ok", keys, keyA)
	<-closed
	require.Less(t, time.Since(begin), 20*time.Second)
}
