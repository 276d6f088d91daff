package migrating

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	gojose "github.com/go-jose/go-jose/v4/jwt"
	"github.com/lestrrat-go/jwx/v3/jwa"
	jwxjwk "github.com/lestrrat-go/jwx/v3/jwk"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// byJWX parses with jwx; by a set if kid is not empty.
func byJWX(t *testing.T, token string, kid string) error {
	t.Helper()
	var key jwx.ParseOption = jwx.WithKey(jwa.HS256(), secret)
	if kid != "" {
		k, err := jwxjwk.Import(secret)
		require.NoError(t, err)
		require.NoError(t, k.Set("kid", kid))
		require.NoError(t, k.Set("alg", "HS256"))
		set := jwxjwk.NewSet()
		require.NoError(t, set.AddKey(k))
		key = jwx.WithKeySet(set)
	}
	_, err := jwx.Parse([]byte(token), key, jwx.WithClock(jwx.ClockFunc(func() time.Time { return now })))
	return err
}

var jwxRows = []row{{"from-jwx", []difference{
	{"A token without `exp`, without `iss` or without `aud` is refused. jwx requires only what an option names.", func(t *testing.T) {
		for _, name := range []string{"exp", "iss", "aud"} {
			require.NoError(t, byJWX(t, good(with{name: ""}), ""))
			_, err := parse[Claims](t, good(with{name: ""}), nil)
			requireRefused(t, err, name, jwt.ErrMissing)
		}
	}},
	{"A key for another algorithm than the policy's is an error of `NewParser`. jwx reports it for each token.", func(t *testing.T) {
		_, err := jwx.Parse([]byte(good(nil)), jwx.WithKey(jwa.HS512(), secret))
		require.Error(t, err)
		require.ErrorContains(t, newParser[Claims](made(jwt.NewHMACVerifier(jwt.HS512, "", secret)), nil), "HS512")
	}},
	{"Padding in the base64, and text after the claims, are refused. jwx accepts both.", func(t *testing.T) {
		for token, field := range map[string]string{good(nil) + "=": "signature", hs256(header, payload(nil)+`{"admin":true}`): "payload"} {
			require.NoError(t, byJWX(t, token, ""))
			_, err := parse[Claims](t, token, nil)
			requireRefused(t, err, field, jwt.ErrMalformed)
		}
	}},
	{"A token with `crit` is refused. jwx accepts it with `WithKeySet`.", func(t *testing.T) {
		token := hs256(`{"alg":"HS256","kid":"key-1","crit":["x"],"x":1}`, payload(nil))
		require.NoError(t, byJWX(t, token, "key-1"))
		_, err := parse[Claims](t, token, nil)
		requireRefused(t, err, "crit", jwt.ErrMalformed)
	}},
	{"A token without kid is checked with each key of its algorithm. jwx refuses it with `WithKeySet`.", func(t *testing.T) {
		require.Error(t, byJWX(t, good(nil), "key-1"))
		accepted(t)(parseBy[Claims](t, good(nil), jwt.KeySet{made(jwt.NewHMACVerifier(jwt.HS256, "key-1", secret))}, nil))
	}},
}}}

// byGoJOSE returns the claims of a token whose signature is good.
func byGoJOSE(t *testing.T, token string, key any) (registered gojose.Claims, private Claims) {
	t.Helper()
	parsed, err := gojose.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
	require.NoError(t, err)
	require.NoError(t, parsed.Claims(key, &registered, &private))
	return registered, private
}

var goJOSERows = []row{{"from-go-jose", []difference{
	{"Claims are returned only after they have been checked. go-jose returns those of an expired token to a caller that forgets `Validate`.", func(t *testing.T) {
		registered, private := byGoJOSE(t, good(with{"exp": "1"}), secret)
		require.Equal(t, "alice reader", registered.Subject+" "+private.Role)
		claims, err := parse[Claims](t, good(with{"exp": "1"}), nil)
		requireRefused(t, err, "exp", jwt.ErrExpired)
		require.Nil(t, claims)
	}},
	{"The leeway is 0 by default. That of `Validate` is a minute.", func(t *testing.T) {
		token := good(with{"exp": unix(now.Add(-59 * time.Second))})
		registered, _ := byGoJOSE(t, token, secret)
		require.NoError(t, registered.Validate(gojose.Expected{Time: now}))
		_, err := parse[Claims](t, token, nil)
		requireRefused(t, err, "exp", jwt.ErrExpired)
		accepted(t)(parse[Claims](t, token, func(p *jwt.Policy) { p.Leeway = time.Minute }))
	}},
	{"A token without `exp` is refused. go-jose accepts it.", func(t *testing.T) {
		registered, _ := byGoJOSE(t, good(with{"exp": ""}), secret)
		require.NoError(t, registered.Validate(gojose.Expected{Time: now, Issuer: issuer, AnyAudience: gojose.Audience{audience}}))
		_, err := parse[Claims](t, good(with{"exp": ""}), nil)
		requireRefused(t, err, "exp", jwt.ErrMissing)
	}},
	{"A kid is compared if both the key and the token have one. With a key that is not a set go-jose accepts any.", func(t *testing.T) {
		token := hs256(`{"alg":"HS256","kid":"other"}`, payload(nil))
		byGoJOSE(t, token, jose.JSONWebKey{Key: secret, KeyID: "key-1"})
		_, err := parseBy[Claims](t, token, made(jwt.NewHMACVerifier(jwt.HS256, "key-1", secret)), nil)
		requireRefused(t, err, "kid", jwt.ErrUnknownKey)
	}},
	{"A private claim that does not fit P is an error, and so is a registered one of the wrong type. In go-jose `\"nbf\": null` is absent.", func(t *testing.T) {
		registered, _ := byGoJOSE(t, good(with{"nbf": "null"}), secret)
		require.NoError(t, registered.Validate(gojose.Expected{Time: now}))
		for claim, value := range map[string]string{"nbf": "null", "role": "5"} {
			_, err := parse[Claims](t, good(with{claim: value}), nil)
			requireRefused(t, err, claim, jwt.ErrMalformed)
		}
	}},
}}}
