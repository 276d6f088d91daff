package jwks_test

import (
	"bytes"
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
	self      = "https://issuer.example"
	wellKnown = self + "/.well-known/openid-configuration"
	second    = self + "/.well-known/oauth-authorization-server"
	nowhere   = wellKnown + " answered 404; " + second + " answered 404" + hint
	hint      = "; if the issuer has no metadata, set Config.URL to its JWK Set"
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
	insecure := func(cfg *jwks.Config) { cfg.InsecureHTTP = true }
	none := func(*jwks.Config) {}
	notMine := func(issuer, config string) string {
		return fmt.Sprintf("the metadata is of the issuer %q, and Config.Issuer is %q; they must be equal", issuer, config)
	}
	noMetadata := func(why string) string { return why + "; " + second + ": " + why + hint }
	for _, tt := range []struct {
		name, issuer, metadata string
		change                 func(*jwks.Config)
		text                   string // "": accepted
	}{
		{"another issuer", self, metadata("https://other.example", setURL), none, notMine("https://other.example", self)},
		{"with a slash", self, metadata(self+"/", setURL), none, notMine("https://issuer.example/", self)},
		{"without the slash", self + "/", metadata(self, setURL), none, notMine(self, self+"/")},
		{"other case", self, metadata("https://Issuer.example", setURL), none, notMine("https://Issuer.example", self)},
		{"no issuer", self, `{"jwks_uri":"` + setURL + `"}`, none, noMetadata("this is not metadata: it has no issuer")},
		{"issuer a number", self, `{"issuer":1,"jwks_uri":"` + setURL + `"}`, none, noMetadata("this is not metadata: it has no issuer")},
		{"Issuer", self, `{"Issuer":"` + self + `","jwks_uri":"` + setURL + `"}`, none, noMetadata("this is not metadata: it has no issuer")},
		{"a very long issuer", self, metadata(strings.Repeat("a", 1<<19), setURL), none, notMine(strings.Repeat("a", 200), self)},
		{"issuer twice", self, `{"issuer":"` + self + `","issuer":"` + self + `","jwks_uri":"` + setURL + `"}`, none, noMetadata("the metadata is malformed: issuer occurs twice")},
		{"no JSON", self, "<html>", none, noMetadata("the metadata is malformed: not one JSON object")},
		{"no jwks_uri", self, `{"issuer":"` + self + `"}`, none, noMetadata("the metadata has no jwks_uri")},
		{"jwks_uri null", self, `{"issuer":"` + self + `","jwks_uri":null}`, none, noMetadata("the metadata has no jwks_uri")},
		{"jwks_uri twice", self, `{"issuer":"` + self + `","jwks_uri":"` + setURL + `","jwks_uri":"` + setURL + `"}`, none, noMetadata("the metadata is malformed: jwks_uri occurs twice")},
		{"jwks_uri relative", self, metadata(self, "/keys"), none, "jwks_uri is not an absolute URL"},
		{"jwks_uri http", self, metadata(self, "http://issuer.example/keys"), none, "jwks_uri is an http URL; http is allowed for loopback addresses only, or with Config.InsecureHTTP"},
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
				require.Equal(t, strings.Contains(tt.text, second), i.count() == 2)
			})
		})
	}
}

// TestDiscoverySecondPlace is tried after any answer of the first one that is not metadata,
// but not after an error of the server or the network, which says nothing of the place.
func TestDiscoverySecondPlace(t *testing.T) {
	redirect := func(location string) *http.Response { return response(302, "", "Location", location) }
	for _, tt := range []struct {
		name  string
		first *http.Response // nil: connection refused
		text  string         // "": the second place is tried
	}{
		{"400", response(400, "no"), ""},
		{"401", response(401, "no"), ""},
		{"403", response(403, "no"), ""},
		{"404", response(404, "no"), ""},
		{"410", response(410, "no"), ""},
		{"429", response(429, "no"), ""},
		{"204", response(204, ""), ""},
		{"a page", response(200, "<html>"), ""},
		{"a page for each path", response(200, strings.Repeat("<html>", 1<<18)), ""},
		{"another document", response(200, `{"error":"not_found"}`), ""},
		{"a set", response(200, setOf(keyA)), ""},
		{"metadata without jwks_uri", response(200, `{"issuer":"`+self+`"}`), ""},
		{"a login page elsewhere", redirect("https://login.example/"), ""},
		{"a redirect in circles", redirect("/.well-known/openid-configuration"), ""},

		{"metadata of another issuer", response(200, metadata("https://other.example", setURL)),
			wellKnown + `: the metadata is of the issuer "https://other.example", and Config.Issuer is "https://issuer.example"; they must be equal`},
		{"500", response(500, "no"), wellKnown + " answered 500"},
		{"503", response(503, metadata(self, setURL)), wellKnown + " answered 503"},
		{"no connection", nil, `Get "` + wellKnown + `": connection refused`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				var r recorder
				pages := site{second: metadata(self, setURL), setURL: setOf(keyA)}
				i.set(func(req *http.Request) (*http.Response, error) {
					switch {
					case req.URL.String() != wellKnown:
						return pages.answer(req)
					case tt.first == nil:
						return nil, errDown
					}
					first := *tt.first
					return &first, nil
				})
				c := i.start(t, ofIssuer(self, func(cfg *jwks.Config) { cfg.Observe = r.observe }))
				if tt.text == "" {
					expect(t, "ok", c, keyA)
					require.Equal(t, []string{second, setURL}, i.urls()[i.count()-2:])
					return
				}
				require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+tt.text)
				require.Equal(t, wellKnown, r.last().URL)
				require.NotContains(t, i.urls(), second)
			})
		})
	}
}

// TestDiscoveryFails in both places.
func TestDiscoveryFails(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var r recorder
		i.set(site{wellKnown: "<html>"}.answer)
		c := i.start(t, ofIssuer(self, func(cfg *jwks.Config) { cfg.Observe = r.observe }))
		require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+wellKnown+": the metadata is malformed: not one JSON object; "+
			second+" answered 404"+hint)
		require.Equal(t, wellKnown, r.last().URL)
	})
	bubble(t, func(t *testing.T, i *issuer) {
		i.set(func(req *http.Request) (*http.Response, error) {
			if req.URL.String() == wellKnown {
				return response(404, "no"), nil
			}
			return response(502, "no"), nil
		})
		c := i.start(t, ofIssuer(self))
		require.EqualError(t, c.Ready(), "jwks: no set has been fetched: "+second+" answered 502")
	})
}

// TestDiscoveryTolerant: metadata is read as liberally as its meaning is beyond doubt.
func TestDiscoveryTolerant(t *testing.T) {
	plain := metadata(self, setURL)
	for name, text := range map[string]string{
		"byte order mark":        "\ufeff" + plain,
		"another name twice":     strings.Replace(plain, "{", `{"x":1,"x":2,`, 1),
		"text that is not UTF-8": strings.Replace(plain, "{", "{\"x\":\"\xff\",", 1),
		"an unknown escape":      strings.Replace(plain, "{", `{"x":"\q",`, 1),
		"depth 100":              strings.Replace(plain, "{", `{"x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`,`, 1),
		"a name twice, deeper":   strings.Replace(plain, "{", `{"x":{"issuer":"a","issuer":"b"},`, 1),
		"escapes":                strings.Replace(plain, "issuer", `\u0069ssuer`, 1),
		"names in another case":  strings.Replace(plain, "{", `{"Issuer":"https://other.example","JWKS_URI":"x",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				i.set(site{wellKnown: text, setURL: setOf(keyA)}.answer)
				expect(t, "ok", i.start(t, ofIssuer(self)), keyA)
			})
		})
	}
}

// TestMetadataAges: a set that has moved is found although the old host still answers,
// in the hands of someone else perhaps.
func TestMetadataAges(t *testing.T) {
	const old, moved = "https://old.example/keys", "https://new.example/keys"
	bubble(t, func(t *testing.T, i *issuer) {
		i.set(site{wellKnown: metadata(self, old), old: setOf(keyA)}.answer)
		c := i.start(t, ofIssuer(self))
		expect(t, "ok", c, keyA)
		i.set(site{wellKnown: metadata(self, moved), moved: setOf(keyB), old: setOf(keyA, forger)}.answer)
		sleep(50 * time.Minute)
		expect(t, "ok", c, keyA)
		sleep(25 * time.Minute)
		expect(t, "ok", c, keyB)
		expect(t, unknown, c, keyA)
		expect(t, unknown, c, forger)

		// It is read with the refresh, not in between, and not more often.
		n := i.count()
		sleep(58 * time.Minute)
		var read []string
		for _, url := range i.urls()[n:] {
			if url == wellKnown {
				read = append(read, url)
			}
		}
		require.Less(t, len(read), 2)
		require.GreaterOrEqual(t, i.count()-n, 4)
	})
}

// TestMetadataGone: a set is not fetched from where its metadata no longer says.
func TestMetadataGone(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.set(site{wellKnown: metadata(self, setURL), setURL: setOf(keyA)}.answer)
		c := i.start(t, ofIssuer(self, func(cfg *jwks.Config) { cfg.MinRefresh = 2 * time.Hour }))
		sleep(50 * time.Minute)
		i.set(site{setURL: setOf(keyA, forger)}.answer)
		sleep(2 * time.Hour)
		expect(t, "ok", c, keyA)
		expect(t, forged, c, forger)
		sleep(24 * time.Hour)
		require.ErrorContains(t, c.Ready(), "jwks: the set is older than 24h0m0s: "+nowhere)
	})
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
		expect(t, limited+nowhere, c, keyA)
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

// FuzzMetadata: what is read of metadata is what any other JSON parser reads, if it is JSON
// at all.
func FuzzMetadata(f *testing.F) {
	f.Add([]byte(metadata(self, setURL)))
	f.Add([]byte("\ufeff" + `{"issuer":"\u0061","jwks_uri":"b","issuer ":"c","x":{"issuer":1}}`))
	f.Add([]byte(`{"x":"\q","issuer":"a","jwks_uri":"b"}`))
	f.Add([]byte("{\"issuer\":\"\xe2\",\"jwks_uri\":\"b\"}"))
	f.Add([]byte(`{"issuer":"a","issuer":"b","jwks_uri":"b"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		issuer, uri, err := jwks.ParseMetadata(data)
		var doc map[string]any
		if json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &doc) != nil || err != nil {
			return
		}
		require.Equal(t, doc["issuer"], issuer)
		require.Equal(t, doc["jwks_uri"], uri)
	})
}
