package jwks_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

func TestConfigRefused(t *testing.T) {
	good := jwks.Config{URL: setURL, Algorithms: validAlgorithms, Transport: new(issuer)}
	type change = func(*jwks.Config)
	url := func(s string) change { return func(c *jwks.Config) { c.URL = s } }
	iss := func(s string) change { return func(c *jwks.Config) { c.URL, c.Issuer = "", s } }
	algs := func(a ...jwt.Algorithm) change { return func(c *jwks.Config) { c.Algorithms = a } }
	const http = " is an http URL; http is allowed for loopback addresses only, or with Config.InsecureHTTP"
	for _, tt := range []struct {
		name   string
		change change
		text   string
	}{
		{"zero", func(c *jwks.Config) { *c = jwks.Config{} }, "jwks: Config.URL and Config.Issuer are empty; set one of them; is an environment variable unset?"},
		{"URL and Issuer", func(c *jwks.Config) { c.Issuer = "https://issuer.example" }, "jwks: Config.URL is set beside Config.Issuer; set one of them"},
		{"PublicOnly and Transport", func(c *jwks.Config) { c.PublicOnly = true }, "jwks: Config.PublicOnly is set beside Config.Transport, which it cannot control; remove one of them"},

		{"relative", url("/keys"), "jwks: Config.URL is not an absolute URL"},
		{"no scheme", url("issuer.example/keys"), "jwks: Config.URL is not an absolute URL"},
		{"no host", url("https:///keys"), "jwks: Config.URL is not an absolute URL"},
		{"only a port", url("https://:443/keys"), "jwks: Config.URL is not an absolute URL"},
		{"opaque", url("https:issuer.example"), "jwks: Config.URL is not an absolute URL"},
		{"no URL", url("https://issuer.example:port/"), "jwks: Config.URL is not an absolute URL"},
		{"control character", url("https://issuer.example/\n"), "jwks: Config.URL is not an absolute URL"},
		{"space", url(" https://issuer.example/"), "jwks: Config.URL is not an absolute URL"},
		{"user", url("https://user:secret@issuer.example/"), "jwks: Config.URL has a user or a fragment"},
		{"fragment", url("https://issuer.example/#keys"), "jwks: Config.URL has a user or a fragment"},
		{"empty fragment", url("https://issuer.example/#"), "jwks: Config.URL has a user or a fragment"},
		{"file", url("file://localhost/etc/keys"), "jwks: Config.URL is not an https URL"},
		{"ftp", url("ftp://issuer.example/keys"), "jwks: Config.URL is not an https URL"},
		{"http", url("http://issuer.example/keys"), "jwks: Config.URL" + http},
		{"http, private", url("http://10.0.0.1/keys"), "jwks: Config.URL" + http},
		{"http, any address", url("http://0.0.0.0/keys"), "jwks: Config.URL" + http},
		{"http, not localhost", url("http://localhost.example/keys"), "jwks: Config.URL" + http},
		{"http, 127.0.0.1 as a name", url("http://127.0.0.1.example/keys"), "jwks: Config.URL" + http},
		{"issuer, http", iss("http://issuer.example"), "jwks: Config.Issuer" + http},
		{"issuer, relative", iss("issuer.example"), "jwks: Config.Issuer is not an absolute URL"},
		{"issuer, fragment", iss("https://issuer.example#a"), "jwks: Config.Issuer has a user or a fragment"},
		{"issuer, query", iss("https://issuer.example?a=b"), "jwks: Config.Issuer has a query"},
		{"issuer, empty query", iss("https://issuer.example?"), "jwks: Config.Issuer has a query"},

		{"issuer, metadata", iss("https://issuer.example/.well-known/openid-configuration"), "jwks: Config.Issuer is the issuer itself, without /.well-known/…"},
		{"issuer, metadata of a path", iss("https://issuer.example/.well-known/oauth-authorization-server/a"), "jwks: Config.Issuer is the issuer itself, without /.well-known/…"},

		{"no algorithms", algs(), "jwks: Config.Algorithms: empty; name the algorithms of the issuer's keys, such as ES256"},
		{"none", algs("none"), `jwks: Config.Algorithms: "none": "none" is not a signature algorithm`},
		{"misspelt", algs("es256"), `jwks: Config.Algorithms: "es256" is not an algorithm; "ES256" is`},
		{"twice", algs("ES256", "ES256"), `jwks: Config.Algorithms: "ES256" is given twice`},

		{"HMAC", algs("HS256"), `jwks: Config.Algorithms: "HS256": a published set holds no HMAC keys`},
		{"HMAC beside another", algs("ES256", "HS384"), `jwks: Config.Algorithms: "HS384": a published set holds no HMAC keys`},
		{"HMAC of 64 bytes", algs("HS512", "ES256"), `jwks: Config.Algorithms: "HS512": a published set holds no HMAC keys`},

		{"Timeout", func(c *jwks.Config) { c.Timeout = -1 }, "jwks: Config.Timeout is negative"},
		{"Timeout without a unit", func(c *jwks.Config) { c.Timeout = 5 }, "jwks: Config.Timeout is 5ns; is a unit missing, such as time.Second?"},
		{"long Timeout", func(c *jwks.Config) { c.Timeout = time.Hour + 1 }, "jwks: Config.Timeout is 1h0m0.000000001s; the longest is 1h0m0s"},
		{"negative Cooldown", func(c *jwks.Config) { c.Cooldown = -1 }, "jwks: Config.Cooldown is negative"},
		{"short Cooldown", func(c *jwks.Config) { c.Cooldown = time.Second - 1 }, "jwks: Config.Cooldown is 999.999999ms; the shortest is 1s"},
		{"long Cooldown", func(c *jwks.Config) { c.Cooldown = time.Hour + 1 }, "jwks: Config.Cooldown is 1h0m0.000000001s; the longest is 1h0m0s"},
		{"short Timeout", func(c *jwks.Config) { c.Timeout = time.Millisecond - 1 }, "jwks: Config.Timeout is 999.999µs; is a unit missing, such as time.Second?"},
		{"negative MaxStale", func(c *jwks.Config) { c.MaxStale = -1 }, "jwks: Config.MaxStale is negative"},
		{"short MaxStale", func(c *jwks.Config) { c.MaxStale = 999 * time.Millisecond }, "jwks: Config.MaxStale is 999ms; the shortest is 1s"},
		{"negative MaxRefresh", func(c *jwks.Config) { c.MaxRefresh = -time.Hour }, "jwks: Config.MaxRefresh is negative"},
		{"short MinRefresh", func(c *jwks.Config) { c.MinRefresh = time.Millisecond }, "jwks: Config.MinRefresh is 1ms; the shortest is 1s"},
		{"MaxRefresh below MinRefresh", func(c *jwks.Config) { c.MinRefresh, c.MaxRefresh = time.Hour, time.Minute },
			"jwks: Config.MaxRefresh, 1m0s, is shorter than MinRefresh, 1h0m0s"},
		{"MaxStale below MinRefresh", func(c *jwks.Config) { c.MinRefresh, c.MaxStale = time.Hour, time.Minute },
			"jwks: Config.MaxRefresh, 1m0s, is shorter than MinRefresh, 1h0m0s"},
		{"MaxStale below MaxRefresh", func(c *jwks.Config) { c.MaxRefresh, c.MaxStale = time.Hour, time.Minute },
			"jwks: Config.MaxStale, 1m0s, is shorter than MaxRefresh, 1h0m0s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good
			tt.change(&cfg)
			c, err := jwks.New(t.Context(), cfg)
			require.EqualError(t, err, tt.text)
			require.Nil(t, c)
		})
	}
	//lint:ignore SA1012 the mistake is the point
	c, err := jwks.New(nil, good)
	require.EqualError(t, err, "jwks: New: nil context")
	require.Nil(t, c)
}

func TestConfigAccepted(t *testing.T) {
	for name, change := range map[string]func(*jwks.Config){
		"https":                func(c *jwks.Config) { c.URL = "https://issuer.example:8443/keys?v=1" },
		"upper case":           func(c *jwks.Config) { c.URL = "HTTPS://Issuer.example/" },
		"http on loopback":     func(c *jwks.Config) { c.URL = "http://127.0.0.1:80/keys" },
		"http on loopback, v6": func(c *jwks.Config) { c.URL = "http://[::1]/keys" },
		"http on localhost":    func(c *jwks.Config) { c.URL = "http://localhost:8080/keys" },
		"http, insecure":       func(c *jwks.Config) { c.URL, c.InsecureHTTP = "http://issuer.example/keys", true },
		"issuer":               func(c *jwks.Config) { c.URL, c.Issuer = "", "https://issuer.example/realms/a/" },
		"the shortest times":   func(c *jwks.Config) { c.MinRefresh, c.MaxRefresh, c.MaxStale = time.Second, time.Second, time.Second },
		"a short Timeout":      func(c *jwks.Config) { c.Timeout = time.Millisecond },
		"a short Cooldown":     func(c *jwks.Config) { c.Cooldown = time.Second },
		"a long Cooldown":      func(c *jwks.Config) { c.Cooldown = time.Hour },
		"a short MaxStale":     func(c *jwks.Config) { c.MaxStale = time.Second },
		"a short MaxRefresh":   func(c *jwks.Config) { c.MaxRefresh = time.Second },
		"a long MaxStale":      func(c *jwks.Config) { c.MaxStale = 240 * time.Hour },
		"unknown algorithm":    func(c *jwks.Config) { c.Algorithms = []jwt.Algorithm{"ML-DSA-44"} },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) { i.start(t, change) })
		})
	}
}

// TestConfigCopied: what the caller does to Algorithms afterwards changes nothing.
func TestConfigCopied(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		algs := []jwt.Algorithm{jwt.EdDSA}
		i.serve(setOf(keyA))
		c := i.start(t, func(cfg *jwks.Config) { cfg.Algorithms = algs })
		algs[0] = jwt.ES256
		c.Algorithms()[0] = jwt.ES256
		require.Equal(t, validAlgorithms, c.Algorithms())
		i.serve(setOf(keyB))
		sleep(12 * time.Minute)
		expect(t, "ok", c, keyB)
	})
}

var _ http.RoundTripper = new(issuer)
