package jwt_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// What a Validator remembers of headers is of tokens whose signature held: a second flood
// of the same forged tokens costs what the first did, and no more is kept.
func TestForgedHeadersAreNotRemembered(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	const n = 60 // fewer than a Validator remembers
	verifier := testKeys(t)[jwt.HS256].verifier
	flood := func(val *jwt.Validator, forged bool) func() {
		var tokens []string
		for i := range n {
			token := handmade(fmt.Sprintf(`{"alg":"HS256","typ":"t%03d","kid":"k1"}`, i), "{}")
			if forged {
				token = token[:len(token)-4] + "AAAA"
			}
			tokens = append(tokens, token)
		}
		return func() {
			for _, token := range tokens {
				if claims, err := jwt.Parse[struct{}](t.Context(), token, verifier, val); claims != nil || err == nil {
					t.Error("accepted")
				}
			}
		}
	}
	flood(must(jwt.NewValidator(laxPolicy())), true)() // the pools are full then
	val := must(jwt.NewValidator(laxPolicy()))
	first, second := allocatedBytes(flood(val, true)), allocatedBytes(flood(val, true))
	require.InDelta(t, first, second, n*64)

	// Those of the issuer are remembered, or the test would show nothing.
	first = allocatedBytes(flood(val, false))
	require.Greater(t, first, second+n*64)
}

// trap is a P that must not be reached.
type trap struct{}

func (trap) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }
func (*trap) UnmarshalJSON([]byte) error  { panic("reached") }

// Code of the caller sees nothing of a token before its signature holds.
func TestForgedPayloadReachesNoMethod(t *testing.T) {
	pair := testKeys(t)[jwt.HS256]
	down := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return io.ErrUnexpectedEOF })
	val := must(jwt.NewValidator(laxPolicy()))
	const payload = `{"iss":"issuer","role":"admin"}`
	good := handmade(plainHeader, payload)
	for _, verifier := range []jwt.Verifier{pair.verifier, jwt.KeySet{pair.verifier}, jwt.IssuerKeys{"issuer": pair.verifier}} {
		require.Panics(t, func() { _, _ = jwt.Parse[trap](t.Context(), good, verifier, val) })
		for _, token := range []string{
			good[:len(good)-4] + "AAAA", good + "A", good + ".", good[:strings.LastIndexByte(good, '.')+1],
			handmade(`{"alg":"none"}`, payload), handmade(`{"alg":"HS256","kid":"k2"}`, payload), handmade(`{"alg":"HS256","crit":["x"]}`, payload),
		} {
			claims, err := jwt.Parse[trap](t.Context(), token, verifier, val)
			require.Nil(t, claims)
			require.Error(t, err)
		}
	}
	for _, verifier := range []jwt.Verifier{down, jwt.KeySet{otherKeys(t)[jwt.HS256].verifier, down}} {
		claims, err := jwt.Parse[trap](t.Context(), good, verifier, val)
		require.Nil(t, claims)
		require.Error(t, err)
	}
}
