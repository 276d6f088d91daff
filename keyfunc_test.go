package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// tenancy is what a service with tenants reads of a token.
type tenancy struct {
	Tenant string `json:"tid"`
}

// tenantKeys chooses a key by tid, iss or sub.
func tenantKeys(by func(t jwt.Unverified[tenancy]) string, keys map[string]jwt.Verifier) jwt.KeyFunc[tenancy] {
	return func(_ context.Context, t jwt.Unverified[tenancy]) (jwt.Verifier, error) { return keys[by(t)], nil }
}

// What is signed by the key of one tenant, user or issuer must not pass as another's, however
// the name that decides is spelled or repeated.
func TestKeyFuncForgeries(t *testing.T) {
	good, evil := hmacPair(1, "k"), hmacPair(2, "k")
	policy := jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, InsecureSkipAudience: true, InsecureAllowNoExpiry: true,
		IssuerFunc: func(iss string) bool { return strings.HasPrefix(iss, "t") },
	}
	for name, by := range map[string]func(t jwt.Unverified[tenancy]) string{
		"iss": func(t jwt.Unverified[tenancy]) string { return t.Claims.Issuer },
		"sub": func(t jwt.Unverified[tenancy]) string { return t.Claims.Subject },
		"tid": func(t jwt.Unverified[tenancy]) string { return t.Claims.Private.Tenant },
	} {
		keys := tenantKeys(by, map[string]jwt.Verifier{"t0": good.verifier, "t1": evil.verifier})
		parser := must(jwt.NewParser[tenancy](keys, policy))
		rest := `,"x":1}`
		if name != "iss" {
			rest = `,"iss":"t"}`
		}
		upper, escaped := strings.ToUpper(name), `\u00`+fmt.Sprintf("%x", name[0])+name[1:]
		for _, payload := range []string{
			`{"` + name + `":"t0","` + upper + `":"t1"`,
			`{"` + upper + `":"t1","` + name + `":"t0"`,
			`{"` + name + `":"t0","` + name + `":"t1"`,
			`{"` + name + `":"t1","` + name + `":"t0"`,
			`{"` + name + `":"t0","` + escaped + `":"t1"`,
			`{"` + escaped + `":"t1","` + name + `":"t0"`,
			`{"` + name + `":["t1"],"` + name + `":"t0"`,
			`{"` + name + `":null,"` + name + `":"t0"`,
			`{"x":{"` + name + `":"t1"},"` + name + `":"t0"`,
			`{"` + name + `":"t0"`,
			`{"` + name + "\u017f" + `":"t1","` + name + `":"t0"`,
			"{\"" + name + "\":\"t0\"},{\"" + name + "\":\"t1\"",
		} {
			claims, err := parser.Parse(t.Context(), payloadToken(t, evil, payload+rest))
			require.Nil(t, claims, "%s", payload)
			_, refused := errors.AsType[*jwt.TokenError](err)
			require.True(t, refused, "%s: %v", payload, err)
		}
		// And the honest ones pass.
		for tenant, k := range map[string]keyPair{"t0": good, "t1": evil} {
			claims, err := parser.Parse(t.Context(), payloadToken(t, k, `{"`+name+`":"`+tenant+`"`+rest))
			require.NoError(t, err)
			require.Equal(t, tenant, by(jwt.Unverified[tenancy]{Claims: *claims}))
		}
	}
}

func TestKeyFuncAnswers(t *testing.T) {
	k := hmacPair(1, "k")
	down := errors.New("secret of the directory")
	var typedNil *pointerVerifier
	for name, tt := range map[string]struct {
		v     jwt.Verifier
		err   error
		field string // "" for could not check
		want  error
		text  string
	}{
		"key":                {v: k.verifier},
		"nil and nil":        {field: "kid", want: jwt.ErrUnknownKey, text: "jwt: kid: no key for this token"},
		"unknown":            {err: fmt.Errorf("secret: %w", jwt.ErrUnknownKey), field: "kid", want: jwt.ErrUnknownKey, text: "jwt: kid: no key for this token"},
		"other key":          {v: hmacPair(2, "k").verifier, field: "signature", want: jwt.ErrSignature, text: "jwt: signature: signature does not verify"},
		"other kid":          {v: hmacPair(1, "other").verifier, field: "kid", want: jwt.ErrUnknownKey, text: "jwt: kid: no key for this token"},
		"down":               {err: down, text: "jwt: could not check the signature: KeyFunc: secret of the directory"},
		"its own token":      {err: &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}, text: "jwt: could not check the signature: KeyFunc: jwt: exp: token expired"},
		"signature":          {err: jwt.ErrSignature, text: "jwt: could not check the signature: KeyFunc: signature does not verify"},
		"a key and an error": {v: k.verifier, err: down, text: "jwt: could not check the signature: KeyFunc: secret of the directory"},
		"nil of a type":      {v: typedNil, text: "jwt: could not check the signature: KeyFunc: nil *jwt_test.pointerVerifier"},
		"set":                {v: jwt.KeySet{hmacPair(3, "x").verifier, k.verifier}},
		"empty set":          {v: jwt.KeySet{}, text: "jwt: could not check the signature: empty KeySet"},
	} {
		keys := jwt.KeyFunc[struct{}](func(ctx context.Context, u jwt.Unverified[struct{}]) (jwt.Verifier, error) {
			require.Equal(t, t.Context(), ctx)
			require.Equal(t, jwt.Header{Algorithm: jwt.HS256, KeyID: "k", Type: "JWT"}, u.Header)
			return tt.v, tt.err
		})
		err := parseToken(t, signToken(t, k.signer), keys)
		switch {
		case tt.text == "":
			require.NoError(t, err, name)
		case tt.field == "":
			requirePlainError(t, err, tt.text)
			for _, r := range reasons {
				require.NotErrorIs(t, err, r)
			}
		default:
			requireRefused(t, err, tt.field, tt.want)
			require.EqualError(t, err, tt.text)
		}
		if tt.err == down {
			require.ErrorIs(t, err, down)
		}
	}
	requirePlainError(t, parseToken(t, signToken(t, k.signer), verifierFunc(jwt.KeyFunc[struct{}](nil).Verify)), "jwt: could not check the signature: nil KeyFunc")
	other := jwt.KeyFunc[int](func(context.Context, jwt.Unverified[int]) (jwt.Verifier, error) { return nil, nil })
	requirePlainError(t, parseToken(t, signToken(t, k.signer), other),
		"jwt: Parse: the KeyFunc decodes the private claims into int, the Parser into another type")
	requirePlainError(t, parseToken(t, signToken(t, k.signer), wrapped{other}),
		"jwt: Parse: the KeyFunc decodes the private claims into int, the Parser into another type")
	requirePlainError(t, parseToken(t, signToken(t, k.signer), jwt.KeySet{other}),
		"jwt: could not check the signature: jwt: Claims.Private: int: not a struct, a map with string keys, a pointer to a struct, a raw message or a type with JSON methods")
}

// Nothing is chosen by claims that Parse would refuse, nor by many of them.
func TestKeyFuncUnreadable(t *testing.T) {
	k := hmacPair(1, "k")
	called := false
	keys := jwt.KeyFunc[tenancy](func(context.Context, jwt.Unverified[tenancy]) (jwt.Verifier, error) {
		called = true
		return k.verifier, nil
	})
	parser := must(jwt.NewParser[tenancy](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, InsecureSkipIssuer: true, InsecureSkipAudience: true, InsecureAllowNoExpiry: true,
	}))
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `%s"m%d":1`, "{,"[min(i, 1):min(i, 1)+1], i)
		}
		return b.String() + "}"
	}
	audience := func(n int) string { return `{"aud":["a"` + strings.Repeat(`,"a"`, n-1) + `]}` }
	for payload, ok := range map[string]bool{
		members(64): true, members(65): false, audience(64): true, audience(65): false, `{}`: true,
		`{"tid":1}`: false, `{"iss":1}`: false, `{"iss":null}`: false, `{"exp":"1"}`: false, `{"x":1,"x":2}`: false, `{"x":{"y":1,"y":2}}`: false,
		`{`: false, ``: false, `[]`: false, `null`: false, "{\"x\":\"\xff\"}": false, `{} {}`: false,
		`{"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`: false,
	} {
		called = false
		claims, err := parser.Parse(t.Context(), payloadToken(t, k, payload))
		require.Equal(t, ok, called, payload)
		if ok {
			require.NoError(t, err, payload)
			continue
		}
		require.Nil(t, claims)
		requireRefused(t, err, "payload", jwt.ErrMalformed)
		requireRefused(t, err, "payload", jwt.ErrUnknownKey)
		require.EqualError(t, err, "jwt: payload: malformed token: no key for this token")
	}
}

// A signing input that Parse has not cut.
func TestKeyFuncInput(t *testing.T) {
	keys := jwt.KeyFunc[struct{}](func(context.Context, jwt.Unverified[struct{}]) (jwt.Verifier, error) { panic("called") })
	for _, input := range []string{"", "x", "x.", "x.!", "x.e30="} {
		requireRefused(t, keys.Verify(t.Context(), jwt.Header{}, []byte(input), nil), "payload", jwt.ErrUnknownKey)
	}
}

// What a KeyFunc keeps is not another token's later.
func TestKeyFuncStringsAreCopies(t *testing.T) {
	k := hmacPair(1, "k")
	var kept []jwt.Unverified[map[string]any]
	keys := jwt.KeyFunc[map[string]any](func(_ context.Context, u jwt.Unverified[map[string]any]) (jwt.Verifier, error) {
		kept = append(kept, u)
		return k.verifier, nil
	})
	parser := must(jwt.NewParser[map[string]any](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256}, InsecureSkipIssuer: true, InsecureSkipAudience: true, Now: func() time.Time { return time.Unix(1, 0) },
	}))
	for i := range 100 {
		token := payloadToken(t, k, fmt.Sprintf(`{"iss":"issuer-%03d","aud":"aud-%03d","exp":9,"cnf":{},"x":["value-%03d"]}`, i, i, i))
		claims, err := parser.Parse(t.Context(), token)
		require.NoError(t, err)
		require.True(t, kept[i].Claims.HasConfirmation)
		require.Equal(t, claims.Private, kept[i].Claims.Private)
	}
	for i, u := range kept {
		require.Equal(t, fmt.Sprintf("issuer-%03d", i), u.Claims.Issuer)
		require.Equal(t, []string{fmt.Sprintf("aud-%03d", i)}, u.Claims.Audience)
		require.Equal(t, []any{fmt.Sprintf("value-%03d", i)}, u.Claims.Private["x"])
		require.Equal(t, "k", u.Claims.KeyID)
	}
}
