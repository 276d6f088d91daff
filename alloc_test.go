package jwt_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// requireAllocs fails if f, called over and over, allocates more than limit times in
// a call. Times are measured in bench; they are not a test, but allocations
// do not depend on the machine.
func requireAllocs(t *testing.T, limit int, f func() error) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	var err error
	got := testing.AllocsPerRun(1000, func() { err = f() })
	require.NoError(t, err)
	require.LessOrEqual(t, got, float64(limit), "allocations")
}

func TestParseAllocations(t *testing.T) {
	ctx, key, val := context.Background(), testKeys(t)[jwt.HS256], benchValidator()
	token := benchToken(key.signer, benchClaims(0))
	t.Run("struct", func(t *testing.T) {
		requireAllocs(t, 7, func() error {
			_, err := jwt.Parse[benchPrivate](ctx, token, key.verifier, val)
			return err
		})
	})
	t.Run("1000 tokens in turn", func(t *testing.T) {
		tokens, i := benchDistinct(key.signer), 0
		requireAllocs(t, 7, func() error {
			i++
			_, err := jwt.Parse[benchPrivate](ctx, tokens[i%len(tokens)], key.verifier, val)
			return err
		})
	})
	t.Run("registered claims alone", func(t *testing.T) {
		requireAllocs(t, 5, func() error {
			_, err := jwt.Parse[struct{}](ctx, token, key.verifier, val)
			return err
		})
	})
}

func TestSignAllocations(t *testing.T) {
	ctx, key, claims := context.Background(), testKeys(t)[jwt.HS256], benchClaims(0)
	requireAllocs(t, 4, func() error {
		_, err := jwt.Sign(ctx, key.signer, claims)
		return err
	})
}

// What a stranger sends must cost less than a good token. A token for none of the
// keys costs no signature check: the one of "kid" is none, and would be reported.
func TestRefusalAllocations(t *testing.T) {
	var keys jwt.Verifier = jwt.KeySet{testKeys(t)[jwt.HS256].verifier, testKeys(t)[jwt.ES256].verifier}
	ctx, val, tokens := context.Background(), benchValidator(), benchRefused(t)
	tests := []struct {
		token  string
		limit  int
		field  string
		reason error
	}{
		{"signature", 3, "signature", jwt.ErrSignature},
		{"kid", 3, "kid", jwt.ErrUnknownKey},
		{"dots", 1, "payload", jwt.ErrMalformed},
		{"garbage", 1, "payload", jwt.ErrMalformed},
		{"header", 1, "payload", jwt.ErrMalformed},
		{"brackets", 1, "payload", jwt.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.token, func(t *testing.T) {
			_, err := jwt.Parse[benchPrivate](ctx, tokens[test.token], keys, val)
			e, ok := errors.AsType[*jwt.TokenError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, test.field, e.Field)
			require.ErrorIs(t, err, test.reason)
			requireAllocs(t, test.limit, func() error {
				jwt.Parse[benchPrivate](ctx, tokens[test.token], keys, val)
				return nil
			})
		})
	}
}

// IssuerKeys reads a payload before its signature has been verified, however its names are
// written.
func TestIssuerKeysAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	val := must(jwt.NewValidator(laxPolicy()))
	keys := jwt.IssuerKeys{"a": testKeys(t)[jwt.HS256].verifier}
	allocations := func(n int) float64 {
		payload := "{" + strings.Repeat(`"\u0061":1,`, n) + `"iss":"a"}`
		token := encode(plainHeader) + "." + encode(payload) + ".AA"
		return testing.AllocsPerRun(100, func() {
			_, err := jwt.Parse[struct{}](t.Context(), token, keys, val)
			require.ErrorIs(t, err, jwt.ErrSignature)
		})
	}
	require.Equal(t, allocations(1), allocations(700))
}

// What a memo remembers: 64 headers, each of at most 512 bytes as received. This shows in
// allocations alone, since a memo changes no answer.
func TestMemoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	verifier := testKeys(t)[jwt.HS256].verifier
	// tokens have n distinct headers, of which the longest has size bytes.
	tokens := func(n, size int) (tokens []string) {
		for i := range n {
			space := strings.Repeat(" ", size-i-len(`{"alg":"HS256","kid":"k1"}`))
			tokens = append(tokens, handmade(`{"alg":"HS256","kid":"k1"`+space+`}`, "{}"))
		}
		return tokens
	}
	// allocations is how many there are for one token, when all have been seen before.
	allocations := func(tokens []string) float64 {
		val := must(jwt.NewValidator(laxPolicy()))
		return testing.AllocsPerRun(10, func() {
			for _, token := range tokens {
				_, err := jwt.Parse[struct{}](t.Context(), token, verifier, val)
				require.NoError(t, err)
			}
		}) / float64(len(tokens))
	}
	known := allocations(tokens(1, 100))
	require.Equal(t, known, allocations(tokens(64, 200)))
	require.Greater(t, allocations(tokens(65, 200)), known)
	require.Equal(t, known, allocations(tokens(1, 512/4*3)))
	require.Greater(t, allocations(tokens(1, 512/4*3+1)), known)
}

// Buffers of up to 64 KiB are kept for the next token, and larger ones are not.
func TestBufferAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools at random")
	}
	policy := laxPolicy()
	policy.MaxBytes = 1 << 20
	val, verifier := must(jwt.NewValidator(policy)), testKeys(t)[jwt.HS256].verifier
	allocations := func(size int) float64 {
		head := encode(plainHeader) + "." + encode(`{"a":"`)
		token := head + strings.Repeat("A", size-len(head)-len(".AA")) + ".AA"
		return testing.AllocsPerRun(100, func() {
			_, err := jwt.Parse[struct{}](t.Context(), token, verifier, val)
			require.ErrorIs(t, err, jwt.ErrSignature)
		})
	}
	kept := allocations(1000)
	require.Equal(t, kept, allocations(64<<10))
	require.Equal(t, kept+2, allocations(64<<10+1), "the token as bytes, and its parts")
}
