package jws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

func TestPolicyRefusals(t *testing.T) {
	alg := []jwt.Algorithm{jwt.HS256}
	for _, tt := range []struct {
		policy jws.Policy
		want   string
	}{
		{jws.Policy{}, "jws: Policy.Algorithms: empty; name the algorithms of the issuer's keys, such as ES256"},
		{jws.Policy{Algorithms: []jwt.Algorithm{}}, "jws: Policy.Algorithms: empty; name the algorithms of the issuer's keys, such as ES256"},
		{jws.Policy{Algorithms: []jwt.Algorithm{""}}, `jws: Policy.Algorithms: "": no algorithm`},
		{jws.Policy{Algorithms: []jwt.Algorithm{jwt.ES256, ""}}, `jws: Policy.Algorithms: "": no algorithm`},
		{jws.Policy{Algorithms: []jwt.Algorithm{"none"}}, `jws: Policy.Algorithms: "none": "none" is not a signature algorithm`},
		{jws.Policy{Algorithms: []jwt.Algorithm{"NoNe"}}, `jws: Policy.Algorithms: "NoNe": "none" is not a signature algorithm`},
		{jws.Policy{Algorithms: []jwt.Algorithm{" HS256"}}, `jws: Policy.Algorithms: " HS256": algorithm has a character that no algorithm name has`},
		{jws.Policy{Algorithms: []jwt.Algorithm{"hs256"}}, `jws: Policy.Algorithms: "hs256" is not an algorithm; "HS256" is`},
		{jws.Policy{Algorithms: []jwt.Algorithm{"EDDSA"}}, `jws: Policy.Algorithms: "EDDSA" is not an algorithm; "EdDSA" is`},
		{jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256, jwt.HS256}}, `jws: Policy.Algorithms: "HS256" is given twice`},
		{jws.Policy{Algorithms: alg, Types: []string{""}}, `jws: Policy.Types: "" is not a media type such as "at+jwt" or "application/at+jwt"`},
		{jws.Policy{Algorithms: alg, Types: []string{"JOSE "}}, `jws: Policy.Types: "JOSE " is not a media type such as "at+jwt" or "application/at+jwt"`},
		{jws.Policy{Algorithms: alg, Types: []string{"a/b/c"}}, `jws: Policy.Types: "a/b/c" is not a media type such as "at+jwt" or "application/at+jwt"`},
		{jws.Policy{Algorithms: alg, Types: []string{"a;b=c"}}, `jws: Policy.Types: "a;b=c" is not a media type such as "at+jwt" or "application/at+jwt"`},
		{jws.Policy{Algorithms: alg, Types: []string{"JOSE", "jose"}}, `jws: Policy.Types: "jose" is given twice`},
		{jws.Policy{Algorithms: alg, Types: []string{"event", "Application/Event"}}, `jws: Policy.Types: "Application/Event" is given twice`},
		{jws.Policy{Algorithms: alg, MaxBytes: -1}, "jws: Policy.MaxBytes is negative"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			val, err := jws.NewValidator(tt.policy)
			require.EqualError(t, err, tt.want)
			require.Nil(t, val)
		})
	}
}

// TestValidatorKeepsCopies: a Policy changed later changes no Validator.
func TestValidatorKeepsCopies(t *testing.T) {
	p := jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Types: []string{"a"}}
	val := newValidator(t, p)
	p.Algorithms[0], p.Types[0] = jwt.ES256, "b"
	_, verifier := hmacPair(t, "")
	_, err := jws.Verify(t.Context(), handmade(`{"alg":"HS256","typ":"a"}`, ""), verifier, val)
	require.NoError(t, err)
	m, err := jws.Verify(t.Context(), handmade(`{"alg":"HS256","typ":"b"}`, ""), verifier, val)
	refused(t, m, err, "typ", jwt.ErrMismatch)
}

func TestTypes(t *testing.T) {
	_, verifier := hmacPair(t, "")
	for _, tt := range []struct {
		types    []string
		accepted []string // as JSON; "" stands for no typ at all
		refused  []string
	}{
		{
			types:    nil,
			accepted: []string{"", `""`, `"JOSE"`, `"jose"`, `"application/jose"`, `"APPLICATION/JOSE"`, `"\u004aOSE"`},
			refused: []string{`"JWT"`, `"at+jwt"`, `"JOSE+JSON"`, `"JO\u017fE"`, `"JOSE "`, `"application/JOSE;x=y"`,
				`"text/JOSE"`, `"application/"`, `"application/application/jose"`, `"/"`},
		},
		{
			types:    []string{"webhook+jose"},
			accepted: []string{`"webhook+jose"`, `"application/Webhook+JOSE"`},
			refused:  []string{"", `""`, `"JOSE"`, `"JWT"`},
		},
		{
			types:    []string{"application/JWT", "text/plain"},
			accepted: []string{`"JWT"`, `"application/jwt"`, `"Text/Plain"`},
			refused:  []string{"", `"JOSE"`, `"plain"`, `"application/plain"`},
		},
		{
			types:    []string{"application/jose", "event"},
			accepted: []string{"", `"JOSE"`, `"event"`},
			refused:  []string{`"JWT"`},
		},
	} {
		val := newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Types: tt.types})
		header := func(typ string) string {
			if typ == "" {
				return `{"alg":"HS256"}`
			}
			return `{"alg":"HS256","typ":` + typ + `}`
		}
		for _, typ := range tt.accepted {
			_, err := jws.Verify(t.Context(), handmade(header(typ), "x"), verifier, val)
			require.NoError(t, err, "%q: %s", tt.types, typ)
		}
		for _, typ := range tt.refused {
			m, err := jws.Verify(t.Context(), handmade(header(typ), "x"), verifier, val)
			refused(t, m, err, "typ", jwt.ErrMismatch)
		}
	}
}

// TestApartFromJWT: a token of one package is refused by the other, even with the same key.
func TestApartFromJWT(t *testing.T) {
	signer, verifier := hmacPair(t, "k")
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	claims := jwt.Claims[struct{}]{Issuer: "i", Audience: []string{"a"}, ExpiresAt: now.Add(time.Minute)}
	jwtPolicy := jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"i"}, Audiences: []string{"a"},
		Now: func() time.Time { return now },
	}
	jwtToken, err := jwt.Sign(t.Context(), signer, claims)
	require.NoError(t, err)
	u, err := jws.Unverified(jwtToken)
	require.NoError(t, err)
	payload := u.Payload
	jwsToken, err := jws.Sign(t.Context(), signer, jws.Message{Payload: payload})
	require.NoError(t, err)

	jwtVal, err := jwt.NewValidator(jwtPolicy)
	require.NoError(t, err)
	_, err = jwt.Parse[struct{}](t.Context(), jwtToken, verifier, jwtVal)
	require.NoError(t, err)
	_, err = jwt.Parse[struct{}](t.Context(), jwsToken, verifier, jwtVal)
	require.EqualError(t, err, `jwt: typ: does not match the policy: "JOSE" is not in Policy.Types ["JWT"]`)
	m, err := jws.Verify(t.Context(), jwtToken, verifier, hs256(t))
	refused(t, m, err, "typ", jwt.ErrMismatch)

	// Unless told to.
	m, err = jws.Verify(t.Context(), jwtToken, verifier, newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Types: []string{"JWT"}}))
	require.NoError(t, err)
	require.Equal(t, payload, m.Payload)
	require.Equal(t, "JWT", m.Type)
	jwtPolicy.Types = []string{"JOSE"}
	jwtVal, err = jwt.NewValidator(jwtPolicy)
	require.NoError(t, err)
	c, err := jwt.Parse[struct{}](t.Context(), jwsToken, verifier, jwtVal)
	require.NoError(t, err)
	require.Equal(t, "i", c.Issuer)
}

func TestLimits(t *testing.T) {
	signer, verifier := hmacPair(t, "")
	token, err := jws.Sign(t.Context(), signer, jws.Message{Payload: []byte("x")})
	require.NoError(t, err)
	alg := []jwt.Algorithm{jwt.HS256}

	_, err = jws.Verify(t.Context(), token, verifier, newValidator(t, jws.Policy{Algorithms: alg, MaxBytes: len(token)}))
	require.NoError(t, err)
	m, err := jws.Verify(t.Context(), token, verifier, newValidator(t, jws.Policy{Algorithms: alg, MaxBytes: len(token) - 1}))
	refused(t, m, err, "payload", jwt.ErrMalformed)
	require.EqualError(t, err, "jwt: payload: malformed token: token longer than the limit")

	// The default is 1 MiB, for Unverified too.
	const limit = 1 << 20
	around := len(handmade(`{"alg":"HS256","typ":"JOSE"}`, ""))
	longest := make([]byte, (limit-around)/4*3)
	token, err = jws.Sign(t.Context(), signer, jws.Message{Payload: longest})
	require.NoError(t, err)
	require.LessOrEqual(t, len(token), limit)
	_, err = jws.Verify(t.Context(), token, verifier, hs256(t))
	require.NoError(t, err)
	_, err = jws.Unverified(token)
	require.NoError(t, err)

	token, err = jws.Sign(t.Context(), signer, jws.Message{Payload: append(longest, 1, 2, 3)})
	require.NoError(t, err)
	require.Greater(t, len(token), limit)
	m, err = jws.Verify(t.Context(), token, verifier, hs256(t))
	refused(t, m, err, "payload", jwt.ErrMalformed)
	_, err = jws.Unverified(token)
	require.EqualError(t, err, "jwt: payload: malformed token: token longer than the limit")
	_, err = jws.Verify(t.Context(), token, verifier, newValidator(t, jws.Policy{Algorithms: alg, MaxBytes: len(token)}))
	require.NoError(t, err)
}

// TestHeaderLimit: 16 KiB, decoded, whatever MaxBytes says.
func TestHeaderLimit(t *testing.T) {
	const limit = 16 << 10
	signer, verifier := hmacPair(t, "")
	const around = `{"alg":"HS256","typ":"JOSE","x":""}`
	fill := func(n int) map[string]any { return map[string]any{"x": strings.Repeat("x", n-len(around))} }

	token, err := jws.Sign(t.Context(), signer, jws.Message{Header: fill(limit)})
	require.NoError(t, err)
	m, err := jws.Verify(t.Context(), token, verifier, hs256(t))
	require.NoError(t, err)
	require.Equal(t, fill(limit), m.Header)

	_, err = jws.Sign(t.Context(), signer, jws.Message{Header: fill(limit + 1)})
	require.EqualError(t, err, "jws: header longer than 16384 bytes")
	long := handmade(`{"alg":"HS256","x":"`+strings.Repeat("x", limit-21)+`"}`, "")
	m, err = jws.Verify(t.Context(), long, verifier, hs256(t))
	refused(t, m, err, "header", jwt.ErrMalformed)
	require.EqualError(t, err, "jwt: header: malformed token: header longer than the limit")
	_, err = jws.Unverified(long)
	require.EqualError(t, err, "jwt: header: malformed token: header longer than the limit")
}
