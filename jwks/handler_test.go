package jwks_test

import (
	"crypto"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

// A source is a jwks.Source whose keys change.
type source struct {
	keys atomic.Pointer[[]jwt.KeyVerifier]
}

func (s *source) Keys() []jwt.KeyVerifier { return *s.keys.Load() }

func (s *source) set(keys ...testKey) {
	var list []jwt.KeyVerifier
	for _, key := range keys {
		list = append(list, key.public)
	}
	s.keys.Store(&list)
}

func sourceOf(keys ...testKey) *source {
	s := new(source)
	s.set(keys...)
	return s
}

// ask sends a request with headers, which are names and values in turn.
func ask(h http.Handler, method string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/.well-known/jwks.json", nil)
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	s := sourceOf(keyA, keyB)
	h, err := jwks.NewHandler(jwks.HandlerConfig{Source: s, MaxAge: 10 * time.Minute})
	require.NoError(t, err)

	w := ask(h, "GET")
	require.Equal(t, 200, w.Code)
	require.Equal(t, setOf(keyA, keyB), w.Body.String())
	require.Equal(t, "application/jwk-set+json", w.Header().Get("Content-Type"))
	require.Equal(t, "public, max-age=600", w.Header().Get("Cache-Control"))
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Empty(t, w.Header().Get("Last-Modified"))
	tag := w.Header().Get("ETag")
	require.Regexp(t, `^"[A-Za-z0-9_-]{22}"$`, tag)
	keys, skipped, err := jwk.ParseSet(w.Body.Bytes())
	require.NoError(t, err)
	require.Empty(t, skipped)
	require.Len(t, keys, 2)

	head := ask(h, "HEAD")
	require.Equal(t, 200, head.Code)
	require.Empty(t, head.Body.String())
	require.Equal(t, w.Header(), head.Header())

	for _, match := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		same := ask(h, "GET", "If-None-Match", match)
		require.Equal(t, 304, same.Code, match)
		require.Empty(t, same.Body.String())
		require.Equal(t, tag, same.Header().Get("ETag"))
		require.Equal(t, "public, max-age=600", same.Header().Get("Cache-Control"))
	}
	require.Equal(t, 200, ask(h, "GET", "If-None-Match", `"x"`).Code)

	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get"} {
		other := ask(h, method)
		require.Equal(t, 405, other.Code, method)
		require.Equal(t, "GET, HEAD", other.Header().Get("Allow"))
		require.NotContains(t, other.Body.String(), "kty")
	}

	// The next request sees what the source has then.
	s.set(keyB, keyC)
	w = ask(h, "GET", "If-None-Match", tag)
	require.Equal(t, 200, w.Code)
	require.Equal(t, setOf(keyB, keyC), w.Body.String())
	require.NotEqual(t, tag, w.Header().Get("ETag"))
	s.set(keyA, keyB)
	require.Equal(t, tag, ask(h, "GET").Header().Get("ETag"))
}

// A strangeKey is a jwt.KeyVerifier with a public key that package jwk does not know.
type strangeKey struct{ jwt.KeyVerifier }

func (strangeKey) PublicKey() crypto.PublicKey { return "pub" }

// A writingKey is a strangeKey that writes itself.
type writingKey struct {
	strangeKey
	jwk string
}

func (k writingKey) MarshalJWK() ([]byte, error) { return []byte(k.jwk), nil }

func TestHandlerLeavesOut(t *testing.T) {
	const noPublic = "no public keys\n"
	const akp = `{"kty":"AKP","alg":"EdDSA","kid":"b","pub":"AA"}`
	secret := must(jwt.NewHMACVerifier(jwt.HS256, "h", make([]byte, 32)))
	strange := strangeKey{keyB.public}
	for _, tt := range []struct {
		name   string
		source jwks.Source
		status int
		body   string
		log    string // the kid that is logged
	}{
		{"HMAC beside another", jwt.KeySet{secret, keyA.public}, 200, setOf(keyA), ""},
		{"only HMAC", jwt.KeySet{secret}, 503, noPublic, ""},
		{"none", jwt.KeySet{}, 503, noPublic, ""},
		{"nil set", jwt.KeySet(nil), 503, noPublic, ""},
		{"nil keys", keyList{nil, (*otherKey)(nil), keyA.public}, 200, setOf(keyA), `""`},
		{"only nil keys", keyList{nil}, 503, noPublic, `""`},
		{"of an unknown family", keyList{keyA.public, strange}, 200, setOf(keyA), "b"},
		{"only of an unknown family", keyList{strange}, 503, noPublic, "b"},
		{"that writes itself", keyList{keyA.public, writingKey{strange, akp}}, 200, strings.TrimSuffix(setOf(keyA), "]}") + "," + akp + "]}", ""},
		{"that writes a private key", keyList{keyA.public, writingKey{strange, strings.Replace(akp, "pub", "priv", 1)}}, 200, setOf(keyA), "b"},
		{"that writes another kid", keyList{keyA.public, writingKey{strange, strings.Replace(akp, `"b"`, `"a"`, 1)}}, 200, setOf(keyA), "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log logBuffer
			h, err := jwks.NewHandler(jwks.HandlerConfig{Source: tt.source, Logger: log.untimed()})
			require.NoError(t, err)
			for _, method := range []string{"GET", "HEAD"} {
				w := ask(h, method)
				require.Equal(t, tt.status, w.Code)
				if method == "GET" {
					require.Equal(t, tt.body, w.Body.String())
				}
				if tt.status == 503 {
					require.Empty(t, w.Header().Get("ETag"))
					require.Empty(t, w.Header().Get("Cache-Control"))
				}
			}
			if tt.log == "" {
				require.Empty(t, log.take())
			} else {
				text := log.take()
				require.Contains(t, text, `level=ERROR msg="jwks: key not published" index=`)
				require.Contains(t, text, " kid="+tt.log+" ")
			}
		})
	}
}

// TestHandlerReports again when the keys have changed.
func TestHandlerReports(t *testing.T) {
	var log logBuffer
	s := sourceOf(keyA)
	h := must(jwks.NewHandler(jwks.HandlerConfig{Source: s, Logger: log.untimed()}))
	lines := func(want int, keys ...jwt.KeyVerifier) {
		t.Helper()
		s.keys.Store(&keys)
		ask(h, "GET")
		ask(h, "GET")
		require.Equal(t, want, strings.Count(log.take(), "\n"))
	}
	strange := strangeKey{keyB.public}
	lines(0, keyA.public)
	lines(1, keyA.public, strange)
	lines(0, keyA.public)
	lines(1, keyA.public, strange)
	lines(2, keyA.public, strange, strangeKey{keyC.public})
}

type keyList []jwt.KeyVerifier

func (l keyList) Keys() []jwt.KeyVerifier { return l }

func TestNewHandlerRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		source jwks.Source
		maxAge time.Duration
		text   string
	}{
		{"nil", nil, time.Minute, "jwks: HandlerConfig.Source is nil"},
		{"nil Client", (*jwks.Client)(nil), time.Minute, "jwks: HandlerConfig.Source is nil"},
		{"negative", sourceOf(), -1, "jwks: HandlerConfig.MaxAge is negative"},
		{"short", sourceOf(), 999 * time.Millisecond, "jwks: HandlerConfig.MaxAge is 999ms; the shortest is 1s"},
		{"without a unit", sourceOf(), 600, "jwks: HandlerConfig.MaxAge is 600ns; is a unit missing, such as time.Second?"},
		{"long", sourceOf(), 24*time.Hour + 1, "jwks: HandlerConfig.MaxAge is 24h0m0.000000001s; the longest is 24h0m0s"},
	} {
		h, err := jwks.NewHandler(jwks.HandlerConfig{Source: tt.source, MaxAge: tt.maxAge})
		require.EqualError(t, err, tt.text)
		require.Nil(t, h)
	}
	for maxAge, want := range map[time.Duration]string{
		0: "public, max-age=900", time.Second: "public, max-age=1", 24 * time.Hour: "public, max-age=86400", 1999 * time.Millisecond: "public, max-age=1",
	} {
		h, err := jwks.NewHandler(jwks.HandlerConfig{Source: sourceOf(keyA), MaxAge: maxAge})
		require.NoError(t, err)
		require.Equal(t, want, ask(h, "GET").Header().Get("Cache-Control"))
	}
}

// TestHandlerAndClient go through a day of rotations without a network.
func TestHandlerAndClient(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		s := sourceOf(keyA)
		h := must(jwks.NewHandler(jwks.HandlerConfig{Source: s, MaxAge: 10 * time.Minute}))
		i.set(func(req *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			return w.Result(), nil
		})
		var r recorder
		c := i.start(t, func(cfg *jwks.Config) { cfg.Observe = r.observe })
		expect(t, "ok", c, keyA)
		sleep(8 * time.Minute)
		require.True(t, r.last().NotModified)

		// Published before it signs, for as long as maxAge: then nobody ever waits.
		s.set(keyA, keyB)
		sleep(10 * time.Minute)
		n := i.count()
		expect(t, "ok", c, keyB)
		expect(t, "ok", c, keyA)
		s.set(keyB)
		sleep(10 * time.Minute)
		expect(t, unknown, c, keyA)
		require.Less(t, i.count(), n+4)

		// A Client is a Source: a gateway publishes what it has.
		gateway := must(jwks.NewHandler(jwks.HandlerConfig{Source: c, MaxAge: time.Minute}))
		require.JSONEq(t, setOf(keyB), ask(gateway, "GET").Body.String())
		synctest.Wait()
	})
}

// TestEndToEnd is a rotation over real connections.
func TestEndToEnd(t *testing.T) {
	needSockets(t)
	s := sourceOf(keyA)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.Handle("/keys", must(jwks.NewHandler(jwks.HandlerConfig{Source: s, MaxAge: time.Minute})))
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"issuer": server.URL, "jwks_uri": server.URL + "/keys"})
	})
	for name, cfg := range map[string]jwks.Config{"URL": {URL: server.URL + "/keys"}, "Issuer": {Issuer: server.URL}} {
		t.Run(name, func(t *testing.T) {
			s.set(keyA)
			var r recorder
			cfg.Algorithms, cfg.Observe = validAlgorithms, r.observe
			c, err := jwks.New(t.Context(), cfg)
			require.NoError(t, err)
			expect(t, "ok", c, keyA)
			s.set(keyB)
			expect(t, "ok", c, keyA)
			expect(t, "ok", c, keyB) // the unknown kid has it fetch
			expect(t, unknown, c, keyA)
			require.NoError(t, c.Close())
			require.Len(t, r.all(), 3)
			require.Equal(t, server.URL+"/keys", r.last().URL)
			require.NoError(t, r.last().Err)
			expect(t, "ok", c, keyB)
		})
	}
}
