package jwks_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

// TestBadAnswers: what is no set at all leaves the last good one in use, and is a failed
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
				expect(t, lastFailed+tt.text, c, keyB)

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
			"key 0: alg is Ed25519, which is none of [EdDSA] that the caller allows"},
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
			cfg.Other = func([]byte) (jwt.Verifier, error) { return nil, fmt.Errorf("certificate: %w", jwt.ErrSignature) }
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
			expect(t, lastFailed+down, c, keyB)

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
