package jwks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwks"
)

// site is what a host serves: URLs and bodies. Any other URL is 404.
type site map[string]string

func (s site) answer(req *http.Request) (*http.Response, error) {
	body, ok := s[req.URL.String()]
	if !ok {
		return response(404, "no"), nil
	}
	return response(200, body), nil
}

// metadata returns an issuer's metadata.
func metadata(issuer, uri string) string {
	return string(must(json.Marshal(map[string]any{"issuer": issuer, "jwks_uri": uri, "token_endpoint": []string{"x"}})))
}

// ofIssuer makes a Config one of an issuer.
func ofIssuer(issuer string, changes ...func(*jwks.Config)) func(*jwks.Config) {
	return func(cfg *jwks.Config) {
		cfg.URL, cfg.Issuer = "", issuer
		for _, change := range changes {
			change(cfg)
		}
	}
}

// urls returns the URLs asked for.
func (i *issuer) urls() []string {
	var list []string
	for _, r := range i.seen() {
		list = append(list, r.url)
	}
	return list
}

const (
	wellKnown = "https://issuer.example/.well-known/openid-configuration"
	nowhere   = "neither " + wellKnown + " nor https://issuer.example/.well-known/oauth-authorization-server is there (404); " +
		"if the issuer has no metadata, set Config.URL to its JWK Set"
)

func TestDiscovery(t *testing.T) {
	for _, tt := range []struct {
		name, issuer string
		tried        []string // the last one has the metadata
	}{
		{"OIDC", "https://issuer.example", []string{wellKnown}},
		{"slash", "https://issuer.example/", []string{wellKnown}},
		{"path", "https://issuer.example/realms/a", []string{"https://issuer.example/realms/a/.well-known/openid-configuration"}},
		{"path and slash", "https://issuer.example/realms/a/", []string{"https://issuer.example/realms/a/.well-known/openid-configuration"}},
		{"RFC 8414", "https://issuer.example", []string{wellKnown, "https://issuer.example/.well-known/oauth-authorization-server"}},
		{"RFC 8414, slash", "https://issuer.example/", []string{wellKnown, "https://issuer.example/.well-known/oauth-authorization-server"}},
		{"RFC 8414, path", "https://issuer.example/realms/a", []string{
			"https://issuer.example/realms/a/.well-known/openid-configuration",
			"https://issuer.example/.well-known/oauth-authorization-server/realms/a"}},
		{"RFC 8414, path and slash", "https://issuer.example:8443/a/", []string{
			"https://issuer.example:8443/a/.well-known/openid-configuration",
			"https://issuer.example:8443/.well-known/oauth-authorization-server/a"}},
		{"http on loopback", "http://127.0.0.1:8080", []string{"http://127.0.0.1:8080/.well-known/openid-configuration"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				var r recorder
				keysURL := strings.TrimSuffix(tt.issuer, "/") + "/keys?v=1"
				found := tt.tried[len(tt.tried)-1]
				i.set(site{found: metadata(tt.issuer, keysURL), keysURL: setOf(keyA)}.answer)
				c := i.start(t, ofIssuer(tt.issuer, func(cfg *jwks.Config) { cfg.Observe = r.observe }))
				expect(t, "ok", c, keyA)
				require.Equal(t, append(tt.tried, keysURL), i.urls())
				require.Equal(t, "application/json", i.seen()[0].header.Get("Accept"))
				require.Equal(t, keysURL, r.last().URL)

				// Once found, the URL is known.
				sleep(15 * time.Minute)
				require.Equal(t, append(tt.tried, keysURL, keysURL), i.urls())
			})
		})
	}
}

func TestDiscoveryRefused(t *testing.T) {
	const self = "https://issuer.example"
	insecure := func(cfg *jwks.Config) { cfg.InsecureHTTP = true }
	none := func(*jwks.Config) {}
	notMine := func(issuer, config string) string {
		return fmt.Sprintf("the metadata is of the issuer %q, and Config.Issuer is %q; they must be equal", issuer, config)
	}
	for _, tt := range []struct {
		name, issuer, metadata string
		change                 func(*jwks.Config)
		text                   string // "": accepted
	}{
		{"another issuer", self, metadata("https://other.example", setURL), none, notMine("https://other.example", self)},
		{"with a slash", self, metadata(self+"/", setURL), none, notMine("https://issuer.example/", self)},
		{"without the slash", self + "/", metadata(self, setURL), none, notMine(self, self+"/")},
		{"other case", self, metadata("https://Issuer.example", setURL), none, notMine("https://Issuer.example", self)},
		{"no issuer", self, `{"jwks_uri":"` + setURL + `"}`, none, notMine("", self)},
		{"issuer a number", self, `{"issuer":1,"jwks_uri":"` + setURL + `"}`, none, notMine("", self)},
		{"Issuer", self, `{"Issuer":"` + self + `","jwks_uri":"` + setURL + `"}`, none, notMine("", self)},
		{"a very long issuer", self, metadata(strings.Repeat("a", 1<<19), setURL), none, notMine(strings.Repeat("a", 200), self)},
		{"issuer twice", self, `{"issuer":"` + self + `","issuer":"` + self + `","jwks_uri":"` + setURL + `"}`, none, "the metadata is malformed: duplicate member name"},
		{"no JSON", self, "<html>", none, "the metadata is malformed: not one JSON object"},
		{"no jwks_uri", self, `{"issuer":"` + self + `"}`, none, "jwks_uri is not an absolute URL"},
		{"jwks_uri null", self, `{"issuer":"` + self + `","jwks_uri":null}`, none, "jwks_uri is not an absolute URL"},
		{"jwks_uri relative", self, metadata(self, "/keys"), none, "jwks_uri is not an absolute URL"},
		{"jwks_uri http", self, metadata(self, "http://issuer.example/keys"), none, "jwks_uri is an http URL; keys need https, but on loopback or with InsecureHTTP"},
		{"jwks_uri file", self, metadata(self, "file://issuer.example/etc/keys"), none, "jwks_uri is not an https URL"},
		{"jwks_uri with a user", self, metadata(self, "https://a:b@issuer.example/keys"), none, "jwks_uri has a user or a fragment"},
		{"jwks_uri on loopback", self, metadata(self, "http://127.0.0.1/keys"), none, "jwks_uri is not an https URL"},
		{"jwks_uri on loopback, loud", "HTTPS://issuer.example", metadata("HTTPS://issuer.example", "http://localhost/keys"), none, "jwks_uri is not an https URL"},
		{"jwks_uri on another host", self, metadata(self, "https://keys.example/keys"), none, ""},
		{"jwks_uri http, insecure", self, metadata(self, "http://issuer.example/keys"), insecure, ""},
		{"jwks_uri on loopback, insecure", self, metadata(self, "http://127.0.0.1/keys"), insecure, ""},
		{"loopback to loopback", "http://127.0.0.1", metadata("http://127.0.0.1", "http://[::1]/keys"), none, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.set(func(req *http.Request) (*http.Response, error) {
					if strings.Contains(req.URL.Path, ".well-known") {
						return response(200, tt.metadata), nil
					}
					return response(200, setOf(keyA)), nil
				})
				c := i.start(t, ofIssuer(tt.issuer, tt.change))
				if tt.text == "" {
					expect(t, "ok", c, keyA)
					return
				}
				location := strings.TrimSuffix(tt.issuer, "/") + "/.well-known/openid-configuration"
				require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+location+": "+tt.text)
				require.Equal(t, 1, i.count())
			})
		})
	}
}

// TestDiscoveryFails: an answer other than 404 is none about where the metadata is.
func TestDiscoveryFails(t *testing.T) {
	for status, text := range map[int]string{
		404: nowhere, 500: wellKnown + " answered 500", 403: wellKnown + " answered 403",
		204: wellKnown + " answered 204", 0: `Get "` + wellKnown + `": connection refused`,
	} {
		bubble(t, func(t *testing.T, i *issuer) {
			var r recorder
			if status != 0 {
				i.status(status)
			}
			c := i.start(t, ofIssuer("https://issuer.example", func(cfg *jwks.Config) { cfg.Observe = r.observe }))
			require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+text)
			require.Contains(t, text, r.last().URL)
		})
	}
}

// TestRediscovery: after a failure the metadata is read again, since the set may have
// moved.
func TestRediscovery(t *testing.T) {
	const other = "https://issuer.example/v2/keys"
	bubble(t, func(t *testing.T, i *issuer) {
		i.set(site{wellKnown: metadata("https://issuer.example", setURL), setURL: setOf(keyA)}.answer)
		c := i.start(t, ofIssuer("https://issuer.example"))
		expect(t, "ok", c, keyA)
		i.set(site{wellKnown: metadata("https://issuer.example", other), other: setOf(keyB)}.answer)
		sleep(13 * time.Minute)
		expect(t, "ok", c, keyB)
		require.Equal(t, []string{wellKnown, setURL, setURL, wellKnown, other}, i.urls())

		// The last good set is in use while discovery fails.
		i.set(site{}.answer)
		sleep(15 * time.Minute)
		expect(t, "ok", c, keyB)
		expect(t, lastFailed+nowhere, c, keyA)
	})
}

// TestRediscoveryETag: the ETag of one URL is nothing to another.
func TestRediscoveryETag(t *testing.T) {
	const other = "https://issuer.example/v2/keys"
	bubble(t, func(t *testing.T, i *issuer) {
		serve := func(url, set string) {
			pages := site{wellKnown: metadata("https://issuer.example", url), url: set}
			i.set(func(req *http.Request) (*http.Response, error) {
				resp, err := pages.answer(req)
				resp.Header = http.Header{"Etag": {`"1"`}}
				if req.Header.Get("If-None-Match") == `"1"` && resp.StatusCode == http.StatusOK {
					resp.StatusCode = http.StatusNotModified
				}
				return resp, err
			})
		}
		serve(setURL, setOf(keyA))
		c := i.start(t, ofIssuer("https://issuer.example"))
		expect(t, "ok", c, keyA)
		sleep(13 * time.Minute)
		expect(t, "ok", c, keyA)
		serve(other, setOf(keyB))
		sleep(13 * time.Minute)
		expect(t, "ok", c, keyB)
	})
}

// TestDiscoveryTimeout: the metadata and the set have the time of one fetch.
func TestDiscoveryTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var r recorder
		pages := site{wellKnown: metadata("https://issuer.example", setURL), setURL: setOf(keyA)}
		i.set(func(req *http.Request) (*http.Response, error) {
			select {
			case <-time.After(3 * time.Second):
				return pages.answer(req)
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		})
		i.start(t, ofIssuer("https://issuer.example", func(cfg *jwks.Config) { cfg.Observe = r.observe }))
		sleep(5 * time.Second)
		require.Equal(t, 5*time.Second, r.last().Duration)
		require.ErrorContains(t, r.last().Err, "context deadline exceeded")
	})
}
