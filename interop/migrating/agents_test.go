package migrating

import (
	"context"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// TestAgents compiles the samples of docs/agents.md, and shows that its mistakes are some.
func TestAgents(t *testing.T) {
	p, ours := readPage(t, "agents.md"), openScope(t, "ours.go")
	samples := p.samplesIn(p.text)
	require.Len(t, samples, 6)
	for _, s := range samples {
		require.Equal(t, "go", s.lang)
		require.Empty(t, ours.check(s.at, s.text))
	}
	var shown []string
	for _, m := range mistakes {
		shown = append(shown, m.text)
		t.Run("", m.show)
	}
	require.Equal(t, p.lists()["mistakes"], shown)
}

var mistakes = []difference{
	{"A field without a tag, `Role string`, reads the claim `Role` and never `role`: the role is always empty.", func(t *testing.T) {
		claims, err := parse[untagged](t, good(nil), nil)
		require.NoError(t, err)
		require.Empty(t, claims.Private.Role)
	}},
	{"A number in a `map[string]any` is a `json.Number`, so `n, _ := c.Private[\"n\"].(float64)` is 0. Use a struct with an `int64`.", func(t *testing.T) {
		c, err := parse[map[string]any](t, good(with{"n": "7"}), nil)
		require.NoError(t, err)
		n, _ := c.Private["n"].(float64)
		require.Zero(t, n)
		require.Equal(t, json.Number("7"), c.Private["n"])
	}},
	{"`claims.Private[\"sub\"]` is always absent: registered claims are fields, `claims.Subject`.", func(t *testing.T) {
		claims, err := parse[map[string]any](t, good(nil), nil)
		require.NoError(t, err)
		require.NotContains(t, claims.Private, "sub")
		require.Equal(t, "alice", claims.Subject)
	}},
	{"The whole header `Bearer eyJ…` passed to Parse is always `ErrMalformed`. Remove the scheme, or use `jwthttp`.", func(t *testing.T) {
		_, err := parse[Claims](t, "Bearer "+good(nil), nil)
		require.ErrorIs(t, err, jwt.ErrMalformed)
	}},
	{"A handler that answers 401 to every error logs out all users when the issuer's key set cannot be fetched. Only a `*TokenError` is 401.", func(t *testing.T) {
		_, err := parseBy[Claims](t, good(nil), down{}, nil)
		require.Error(t, err)
		_, refused := errors.AsType[*jwt.TokenError](err)
		require.False(t, refused)
	}},
	{"`sub` is not required unless `Policy.Required` says so: a token without it has the empty `Subject`, which must not find a user.", func(t *testing.T) {
		claims, err := parse[Claims](t, good(with{"sub": ""}), nil)
		require.NoError(t, err)
		require.Empty(t, claims.Subject)
		_, err = parse[Claims](t, good(with{"sub": ""}), func(p *jwt.Policy) { p.Required = []string{"sub"} })
		requireRefused(t, err, "sub", jwt.ErrMissing)
	}},
	{"A session's access tokens have the typ `at+jwt`: a policy without `Types: []string{\"at+jwt\"}` refuses each of them.", func(t *testing.T) {
		token, keys := sessionToken(t, nil)
		live := func(p *jwt.Policy) { p.Algorithms, p.Now = []jwt.Algorithm{jwt.EdDSA}, nil }
		_, err := parseBy[Claims](t, token, keys, live)
		requireRefused(t, err, "typ", jwt.ErrMismatch)
		accepted(t)(parseBy[Claims](t, token, keys, func(p *jwt.Policy) { live(p); p.Types = []string{"at+jwt"} }))
	}},
	{"`InsecureSkipAudience` accepts tokens that the same issuer made for any other service.", func(t *testing.T) {
		accepted(t)(parse[Claims](t, good(with{"aud": `"billing"`}), func(p *jwt.Policy) { p.Audiences, p.InsecureSkipAudience = nil, true }))
	}},
	{"A list of revoked tokens by their text does not stop them: an ES256 token has a second valid text. Use `ID`.", func(t *testing.T) {
		signer := made(jwt.NewSigner(jwt.ES256, "", p256()))
		token := made(jwt.Sign(ctx, signer, jwt.Claims[Claims]{Issuer: issuer, Audience: []string{audience}, ID: "id-1", ExpiresAt: now.Add(time.Hour)}))
		second := otherSignature(t, token)
		require.NotEqual(t, token, second)
		claims, err := parseBy[Claims](t, second, signer.Verifier(), func(p *jwt.Policy) { p.Algorithms = []jwt.Algorithm{jwt.ES256} })
		require.NoError(t, err)
		require.Equal(t, "id-1", claims.ID)
	}},
	{"Parse does not know about logouts: a token is valid until it expires. `sessions.Parse` checks them.", func(t *testing.T) {
		sessionToken(t, func(sessions *session.Sessions[Claims], token string, parser *jwt.Parser[Claims]) {
			require.NoError(t, sessions.EndAll(ctx, "alice"))
			accepted(t)(parser.Parse(ctx, token))
			_, err := sessions.Parse(ctx, token)
			require.ErrorIs(t, err, jwt.ErrRevoked)
		})
	}},
	{"`IssuedAt` by a clock that is ahead is `ErrNotYetValid` for the first seconds after login. Set `Leeway`.", func(t *testing.T) {
		token := good(with{"iat": unix(now.Add(5 * time.Second))})
		_, err := parse[Claims](t, token, nil)
		requireRefused(t, err, "iat", jwt.ErrNotYetValid)
		accepted(t)(parse[Claims](t, token, func(p *jwt.Policy) { p.Leeway = 30 * time.Second }))
	}},
	{"If you ignore `Claims.HasConfirmation`, a thief can use a token that is bound to a key. `jwthttp` refuses such tokens; check it elsewhere.", func(t *testing.T) {
		token := good(with{"cnf": `{"jkt":"x"}`})
		claims, err := parse[Claims](t, token, nil)
		require.NoError(t, err)
		require.True(t, claims.HasConfirmation)
		require.Equal(t, 401, status(t, bearer(token)))
		require.Equal(t, 200, status(t, bearer(good(nil))))
	}},
	{"`Validate() error` sees only the private claims. Check what depends on `Subject` or `Audience` after Parse.", func(t *testing.T) {
		accepted(t)(parse[checked](t, good(with{"sub": `"guest"`}), nil))
		_, err := parse[checked](t, good(with{"role": `"guest"`}), nil)
		require.ErrorIs(t, err, errRole)
	}},
	{"Each key of a `KeySet` signs for every issuer and user of the policy. Keys of different owners belong in `IssuerKeys` or a `KeyFunc`.", func(t *testing.T) {
		partner := []byte("a secret of a partner, of at least 32 bytes")
		keys := jwt.KeySet{key, made(jwt.NewHMACVerifier(jwt.HS256, "partner", partner))}
		claims, err := parseBy[Claims](t, sealed(b64(header), b64(payload(with{"sub": `"admin"`})), partner), keys, nil)
		require.NoError(t, err)
		require.Equal(t, "admin", claims.Subject)
	}},
	{"With keys for other algorithms than the policy's, `jwt.Parse` refuses every token. `NewParser` reports that at start-up.", func(t *testing.T) {
		keys := jwt.KeySet{made(jwt.NewSigner(jwt.ES256, "", p256())).Verifier()}
		validator, err := jwt.NewValidator(policy(nil))
		require.NoError(t, err)
		_, err = jwt.Parse[Claims](ctx, good(nil), keys, validator)
		requireRefused(t, err, "kid", jwt.ErrUnknownKey)
		require.ErrorContains(t, newParser[Claims](keys, nil), "ES256")
	}},
}

// otherSignature returns an ES256 token with the other signature of its two: n-s for s.
func otherSignature(t *testing.T, token string) string {
	t.Helper()
	dot := strings.LastIndexByte(token, '.')
	signature := []byte(decoded(t, token, 2))
	s := new(big.Int).SetBytes(signature[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(signature[32:])
	return token[:dot+1] + b64(string(signature))
}

// sessionToken starts a session and returns its access token and the key of it. use, if it is
// not nil, gets them before the session's service stops.
func sessionToken(t *testing.T, use func(*session.Sessions[Claims], string, *jwt.Parser[Claims])) (string, jwt.Verifier) {
	t.Helper()
	refresh := make([]byte, 32)
	rand.Read(refresh)
	signer := made(jwt.NewSigner(jwt.EdDSA, "key-1", edKey))
	sessions, err := session.New(ctx, session.Config[Claims]{
		Signer: signer, Issuer: issuer, Audience: []string{audience}, Keys: [][]byte{refresh}, Store: store.NewMemory(),
		Access: 10 * time.Minute, Idle: time.Hour, Absolute: 24 * time.Hour,
		Claims: func(context.Context, session.Session) (Claims, error) { return Claims{"reader"}, nil },
	})
	require.NoError(t, err)
	defer sessions.Close()
	tokens, err := sessions.Start(ctx, session.Login{Subject: "alice"})
	require.NoError(t, err)
	if use != nil {
		parser, err := jwt.NewParser[Claims](signer.Verifier(), policy(func(p *jwt.Policy) {
			p.Algorithms, p.Types, p.Now = []jwt.Algorithm{jwt.EdDSA}, []string{"at+jwt"}, nil
		}))
		require.NoError(t, err)
		use(sessions, tokens.AccessToken, parser)
	}
	return tokens.AccessToken, signer.Verifier()
}
