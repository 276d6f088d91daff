package interop

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	cristalhq "github.com/cristalhq/jwt/v5"
	"github.com/go-jose/go-jose/v4"
	gojose "github.com/go-jose/go-jose/v4/jwt"
	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"
	kataras "github.com/kataras/jwt"
	"github.com/lestrrat-go/jwx/v3/jwa"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/jwttest"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// A victim is a service that is attacked.
type victim struct {
	name, how string
	target    func(t *testing.T, iss *jwttest.Issuer) jwttest.Target
}

// checkRequest is a service of a few lines, as manuals show them.
type checkRequest func(r *http.Request, public *rsa.PublicKey, iss *jwttest.Issuer) error

func (check checkRequest) target(t *testing.T, iss *jwttest.Issuer) jwttest.Target {
	public := iss.Signer().PublicKey().(*rsa.PublicKey)
	return jwttest.Target{Issuer: iss, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := check(r, public, iss); err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
		}
	})}
}

// bearerToken is for libraries that leave the header to their users.
func bearerToken(r *http.Request) (string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errors.New("no token")
	}
	return token, nil
}

// withToken gives the token of the header to check.
func withToken(check func(token string, public *rsa.PublicKey, iss *jwttest.Issuer) error) checkRequest {
	return func(r *http.Request, public *rsa.PublicKey, iss *jwttest.Issuer) error {
		token, err := bearerToken(r)
		if err != nil {
			return err
		}
		return check(token, public, iss)
	}
}

// manuals are services as the README, or the example that it leads to, of each library has
// them.
var manuals = []victim{
	{"golang-jwt", "its example of HTTP with RSA: ParseFromRequest with OAuth2Extractor and a Keyfunc that returns the key",
		checkRequest(func(r *http.Request, public *rsa.PublicKey, _ *jwttest.Issuer) error {
			_, err := request.ParseFromRequest(r, request.OAuth2Extractor, func(*golangjwt.Token) (any, error) { return public, nil },
				request.WithClaims(&golangjwt.RegisteredClaims{}))
			return err
		}).target},
	{"go-jose", "its example of Validate: ParseSigned with one algorithm, Claims, Validate with the issuer",
		withToken(func(token string, public *rsa.PublicKey, iss *jwttest.Issuer) error {
			parsed, err := gojose.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				return err
			}
			var c gojose.Claims
			if err := parsed.Claims(public, &c); err != nil {
				return err
			}
			return c.Validate(gojose.Expected{Issuer: iss.URL()})
		}).target},
	{"jwx", "its README: ParseRequest with WithKey",
		checkRequest(func(r *http.Request, public *rsa.PublicKey, _ *jwttest.Issuer) error {
			_, err := jwx.ParseRequest(r, jwx.WithKey(jwa.RS256(), public))
			return err
		}).target},
	{"cristalhq", "its README: ParseClaims, IsForAudience and IsValidAt",
		withToken(func(token string, public *rsa.PublicKey, iss *jwttest.Issuer) error {
			verifier, err := cristalhq.NewVerifierRS(cristalhq.RS256, public)
			if err != nil {
				return err
			}
			var c cristalhq.RegisteredClaims
			if err := cristalhq.ParseClaims([]byte(token), verifier, &c); err != nil {
				return err
			}
			if !c.IsForAudience(iss.Audience()) || !c.IsValidAt(time.Now()) {
				return errors.New("not valid")
			}
			return nil
		}).target},
	{"kataras", "its README: Keys.VerifyToken, which chooses the key by kid",
		withToken(func(token string, public *rsa.PublicKey, iss *jwttest.Issuer) error {
			keys := make(kataras.Keys)
			keys.Register(kataras.RS256, iss.Signer().KeyID(), public, nil)
			var c struct {
				Sub string `json:"sub"`
			}
			return keys.VerifyToken([]byte(token), &c)
		}).target},
	{"auth0", "the README of go-jwt-middleware v3.1.0: its validator and CheckJWT", auth0},
}

// auth0 is the middleware of its README, with a fixed key.
func auth0(t *testing.T, iss *jwttest.Issuer) jwttest.Target {
	check, err := validator.New(
		validator.WithKeyFunc(func(context.Context) (any, error) { return iss.Signer().PublicKey(), nil }),
		validator.WithAlgorithm(validator.RS256), validator.WithIssuer(iss.URL()), validator.WithAudience(iss.Audience()),
	)
	require.NoError(t, err)
	middleware, err := jwtmiddleware.New(jwtmiddleware.WithValidator(check))
	require.NoError(t, err)
	return jwttest.Target{Issuer: iss, Handler: middleware.CheckJWT(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))}
}

// careful are services in which each library is set as in docs/strictness.md.
func careful() (vs []victim) {
	for _, l := range peers {
		if l.name == "tink" {
			continue // it refuses keys of an issuer that has no tink
		}
		vs = append(vs, victim{l.name, l.settings, withToken(func(token string, public *rsa.PublicKey, iss *jwttest.Issuer) error {
			k := &key{alg: "RS256", kid: iss.Keys()[0].(jwt.Key).KeyID(), public: public}
			check, err := l.open(k)
			if err != nil {
				return err
			}
			_, err = check(token, setup{key: k, now: time.Now(), issuer: iss.URL(), aud: iss.Audience()})
			return err
		}).target})
	}
	return vs
}

// own are services on this library.
var own = []victim{
	{"jwthttp, fixed key", "as examples/login has it", func(t *testing.T, iss *jwttest.Issuer) jwttest.Target {
		return jwttest.Target{Issuer: iss, Handler: ourHandler(t, jwttest.Parser[struct{}](t, iss).Parse)}
	}},
	{"jwthttp, jwks", "with a jwks.Client for the issuer", func(t *testing.T, iss *jwttest.Issuer) jwttest.Target {
		client, err := jwks.New(t.Context(), jwks.Config{Issuer: iss.URL(), Algorithms: iss.Policy().Algorithms})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, client.Close()) })
		parser, err := jwt.NewParser[struct{}](client, iss.Policy())
		require.NoError(t, err)
		return jwttest.Target{Issuer: iss, Handler: ourHandler(t, parser.Parse)}
	}},
	{"session", "Sessions.Parse, with claims of a login that the issuer signs", ourSession},
}

func ourHandler[P any](t *testing.T, parse func(context.Context, string) (*jwt.Claims[P], error)) http.Handler {
	auth, err := jwthttp.New(parse, jwthttp.Config{})
	require.NoError(t, err)
	return auth.Require().Handler(func(http.ResponseWriter, *http.Request, *jwt.Claims[P]) {})
}

// TestAttack attacks services on this library and on others, and holds docs/attacks.md
// against what got through.
func TestAttack(t *testing.T) {
	groups := []struct {
		title, text string
		victims     []victim
		reports     []*jwttest.Report
	}{
		{title: "As their manuals show it", text: "Services of a few lines, as the README of each library, or the example that it leads to, has them. What a manual leaves out is left out: most show no check of issuer or audience. Where a library has no function for requests, the header is read with Header.Get.", victims: manuals},
		{title: "Set with care", text: "The same libraries, set as strictly as their documentation allows; [strictness.md](strictness.md) says how.", victims: careful()},
		{title: "On this library", text: "", victims: own},
	}
	for i := range groups {
		g := &groups[i]
		for _, v := range g.victims {
			iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders", Algorithms: []jwt.Algorithm{jwt.RS256}, Traps: true})
			r, err := jwttest.Run(t.Context(), v.target(t, iss))
			require.NoError(t, err, v.name)
			require.Empty(t, r.Inconclusive, v.name)
			g.reports = append(g.reports, r)
			t.Log(g.title, v.name, r.Summary())
		}
	}
	for i, r := range groups[2].reports {
		for _, f := range r.Findings() {
			if f.Verdict == jwttest.Slow {
				continue
			}
			require.Equal(t, jwttest.SubMissing, f.ID, own[i].name+": "+f.Describe()) // the policy does not ask for sub
		}
	}
	var b strings.Builder
	b.WriteString("## What got through\n\nThe test `TestAttack` of `interop` attacks services on this library and on others. A row is a fault that got through somewhere, with its verdict;\n" +
		"– means that it does not apply to the service. What is only slow is left out, since it depends on the machine. The issuer has one key, for RS256; faults of other keys are not here.\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "\n### %s\n\n", g.title)
		if g.text != "" {
			b.WriteString(g.text + "\n\n")
		}
		for _, v := range g.victims {
			fmt.Fprintf(&b, "- **%s**: %s.\n", v.name, v.how)
		}
		b.WriteString("\n" + throughTable(g.victims, g.reports))
	}
	requireServices(t, b.String())
}

// throughTable has a row for each fault and control with a finding.
func throughTable(victims []victim, reports []*jwttest.Report) string {
	var b strings.Builder
	b.WriteString("| Fault | Good for |")
	for _, v := range victims {
		b.WriteString(" " + v.name + " |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(victims)) + "\n")
	total := make([]int, len(victims))
	for i, res := range everyResult(reports[0]) {
		var cells []string
		found := false
		for n, r := range reports {
			cell, isFinding := cellOf(r, everyResult(r)[i])
			if isFinding {
				total[n]++
				found = true
			}
			cells = append(cells, cell)
		}
		if found {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", res.ID, res.Severity, strings.Join(cells, " | "))
		}
	}
	b.WriteString("| **Total** | |")
	for _, n := range total {
		fmt.Fprintf(&b, " **%d** |", n)
	}
	return b.String() + "\n"
}

func everyResult(r *jwttest.Report) []jwttest.Result {
	return append(slices.Clone(r.Controls), r.Results...)
}

func cellOf(r *jwttest.Report, res jwttest.Result) (cell string, finding bool) {
	finding = slices.ContainsFunc(r.Findings(), func(f jwttest.Result) bool { return f.ID == res.ID && f.Verdict != jwttest.Slow })
	switch {
	case res.Verdict == jwttest.NotApplicable:
		return "–", false
	case !finding:
		return "", false
	}
	return strings.ToLower(string(res.Verdict)), true
}

const (
	attacks    = "../docs/attacks.md"
	servicesAt = "<!-- services: generated by interop -->\n"
)

// requireServices holds the second half of docs/attacks.md against text.
func requireServices(t *testing.T, text string) {
	t.Helper()
	old, err := os.ReadFile(attacks)
	require.NoError(t, err)
	first, services, ok := strings.Cut(string(old), servicesAt)
	require.True(t, ok)
	text = "<!-- to write it anew, run in interop: GOWORK=off go test -run TestAttack . -update -->\n\n" + text
	if *update {
		require.NoError(t, os.WriteFile(attacks, []byte(first+servicesAt+text), 0o666))
		return
	}
	require.Equal(t, services, text, "docs/attacks.md is stale; to write it anew, run in interop: GOWORK=off go test -run TestAttack . -update")
}

func ourSession(t *testing.T, iss *jwttest.Issuer) jwttest.Target {
	secret := make([]byte, 32)
	rand.Read(secret)
	sessions, err := session.New(t.Context(), session.Config[jwthttp.AccessToken]{
		Signer: iss.Signer(), Issuer: iss.URL(), Audience: []string{iss.Audience()},
		Type: "JWT", Keys: [][]byte{secret}, Store: store.NewMemory(),
		Access: 10 * time.Minute, Idle: time.Hour, Absolute: 24 * time.Hour,
		Claims: func(_ context.Context, s session.Session) (jwthttp.AccessToken, error) { return s.AccessToken(), nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sessions.Close()) })
	tokens, err := sessions.Start(t.Context(), session.Login{Subject: "alice", AMR: []string{"pwd"}})
	require.NoError(t, err)
	claims, err := sessions.Parse(t.Context(), tokens.AccessToken)
	require.NoError(t, err)
	members, err := claims.Map()
	require.NoError(t, err)
	for _, name := range []string{"iat", "exp", "nbf"} {
		delete(members, name) // the issuer's own
	}
	return jwttest.Target{Issuer: iss, Claims: members, Handler: ourHandler(t, sessions.Parse)}
}
