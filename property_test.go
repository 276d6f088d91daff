package jwt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// goodToken is a token with every registered claim and private ones.
func goodToken(tb testing.TB, signer jwt.Signer) string {
	tb.Helper()
	token, err := jwt.Sign(tb.Context(), signer, jwt.Claims[map[string]any]{
		Issuer: "issuer", Subject: "user", Audience: []string{"audience", "b"}, ID: "id",
		ExpiresAt: testTime.Add(time.Minute), NotBefore: testTime, IssuedAt: testTime,
		Private: map[string]any{"role": "admin", "level": 1},
	})
	require.NoError(tb, err)
	return token
}

// refuser returns a function that requires that a token is refused.
func refuser(t *testing.T, pair keyPair) func(token string) {
	policy := laxPolicy()
	policy.Algorithms = allAlgorithms
	val := must(jwt.NewValidator(policy))
	// The memo is warm: it must not help a token that is not the one it knows.
	_, err := jwt.Parse[map[string]any](t.Context(), goodToken(t, pair.signer), pair.verifier, val)
	require.NoError(t, err)
	return func(token string) {
		claims, err := jwt.Parse[map[string]any](t.Context(), token, pair.verifier, val)
		if claims != nil || err == nil {
			require.Fail(t, "accepted", token)
		}
	}
}

func TestEveryPrefixRefused(t *testing.T) {
	for _, pair := range allKeys(t) {
		t.Run(string(pair.alg), func(t *testing.T) {
			token, refuse := goodToken(t, pair.signer), refuser(t, pair)
			for i := range token {
				refuse(token[:i])
				refuse(token[i+1:]) // and every proper suffix
			}
		})
	}
}

func TestEveryChangeRefused(t *testing.T) {
	for _, pair := range allKeys(t) {
		t.Run(string(pair.alg), func(t *testing.T) {
			token, refuse := goodToken(t, pair.signer), refuser(t, pair)
			replacements, step := 1, 1
			switch {
			case testing.Short():
				step = 13
			case pair.alg == jwt.HS256:
				replacements = 63
			}
			random := rand.New(rand.NewPCG(1, 2))
			for i := 0; i < len(token); i += step {
				at := strings.IndexByte(alphabet, token[i]) // -1 for a dot
				first := 1 + random.IntN(63)
				for n := range replacements {
					other := alphabet[(at+1+(first+n-1)%63)%64]
					require.NotEqual(t, token[i], other)
					refuse(token[:i] + string(other) + token[i+1:])
				}
				refuse(token[:i] + token[i+1:])              // left out
				refuse(token[:i] + token[i:i+1] + token[i:]) // twice
				refuse(token[:i] + "." + token[i:])
			}
		})
	}
}

// randomValue returns a value as Parse decodes it into an any.
func randomValue(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return r.IntN(2) == 0
	case n == 2:
		return json.Number(fmt.Sprint(r.Uint64()))
	case n == 3:
		return json.Number(fmt.Sprintf("-%d.%de%d", r.IntN(10), r.Uint32(), r.IntN(1000)-500))
	case n == 4 && depth > 0:
		s := make([]any, r.IntN(4))
		for i := range s {
			s[i] = randomValue(r, depth-1)
		}
		return s
	case n == 5 && depth > 0:
		return randomObject(r, depth-1)
	}
	return randomText(r)
}

func randomObject(r *rand.Rand, depth int) map[string]any {
	m := make(map[string]any)
	for range 1 + r.IntN(4) {
		m["x"+randomText(r)] = randomValue(r, depth)
	}
	return m
}

// randomText returns text with whatever JSON escapes, or could.
func randomText(r *rand.Rand) string {
	runes := []rune("abc\"\\/<>&\x00\x1f\n\x7f\u00e9\u2028\ufffd\ufeff\U0001f600\u0130[]{},:")
	s := make([]rune, r.IntN(12))
	for i := range s {
		s[i] = runes[r.IntN(len(runes))]
	}
	return string(s)
}

// randomClaims returns claims as Parse returns them under laxPolicy.
func randomClaims(r *rand.Rand, kid string) jwt.Claims[map[string]any] {
	date := func(from, to int64) time.Time {
		if r.IntN(3) == 0 {
			return time.Time{}
		}
		return time.Unix(from+r.Int64N(to-from), 0).UTC()
	}
	now := testTime.Unix()
	claims := jwt.Claims[map[string]any]{
		Issuer: randomText(r), Subject: randomText(r), ID: randomText(r),
		ExpiresAt: date(now+1, 253402300800), NotBefore: date(0, now+1), IssuedAt: date(0, now+1),
		Type: []string{"JWT", "at+jwt", "application/at+jwt", "jwt"}[r.IntN(4)], Algorithm: jwt.HS256, KeyID: kid,
		Private: randomObject(r, 3),
	}
	for range r.IntN(3) {
		claims.Audience = append(claims.Audience, "a"+randomText(r))
	}
	claims.InsecureNoExpiry = claims.ExpiresAt.IsZero()
	return claims
}

func TestRoundTripRandom(t *testing.T) {
	n := 5000
	if testing.Short() {
		n = 1000
	}
	policy := laxPolicy()
	policy.Types = []string{"JWT", "at+jwt"}
	val := must(jwt.NewValidator(policy))
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 0))
		kid := randomText(r)
		signer := must(jwt.NewHMACSigner(jwt.HS256, kid, firstRaw().secret))
		verifier := must(jwt.NewHMACVerifier(jwt.HS256, kid, firstRaw().secret))
		claims := randomClaims(r, kid)
		token, err := jwt.Sign(t.Context(), signer, claims)
		require.NoError(t, err, "seed %d", seed)
		got, err := jwt.Parse[map[string]any](t.Context(), token, verifier, val)
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, &claims, got, "seed %d", seed)
		again, err := jwt.Sign(t.Context(), signer, *got)
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, token, again, "seed %d", seed)
	}
}

// answer is all that Parse says about a token.
func answer[P any](ctx context.Context, token string, verifier jwt.Verifier, val *jwt.Validator) string {
	claims, err := jwt.Parse[P](ctx, token, verifier, val)
	text, _ := json.Marshal(claims)
	return fmt.Sprintf("%s %v", text, err)
}

// More headers than a memo holds, of good and of bad tokens, over and over: a
// Validator that has seen them answers as a new one does.
func TestMemoChangesNothing(t *testing.T) {
	verifier := testKeys(t)[jwt.HS256].verifier
	var tokens []string
	for i := range 150 {
		space := strings.Repeat(" ", i)
		headers := []string{
			`{"alg":"HS256"` + space + `}`,
			`{"alg":"HS256","typ":"x"` + space + `}`,
			`{"alg":"HS256"` + space + strings.Repeat(" ", 300) + `}`, // up to more than a memo keeps
			fmt.Sprintf(`{"alg":"HS256","n":%d}`, i),                  // not for the memo
		}
		for _, header := range headers {
			good := handmade(header, `{"exp":1700000001}`)
			tokens = append(tokens, good, good[:len(good)-4]+"AAAA", handmade(header, `{"exp":1}`), handmade(header+" ", `{}`))
		}
	}
	warm := must(jwt.NewValidator(laxPolicy()))
	r := rand.New(rand.NewPCG(3, 4))
	for range 2 {
		r.Shuffle(len(tokens), func(i, j int) { tokens[i], tokens[j] = tokens[j], tokens[i] })
		for _, token := range tokens {
			cold := must(jwt.NewValidator(laxPolicy()))
			want := answer[struct{}](t.Context(), token, verifier, cold)
			require.Equal(t, want, answer[struct{}](t.Context(), token, verifier, warm))
			require.Equal(t, want, answer[struct{}](t.Context(), token, verifier, warm))
		}
	}
}

// A token takes no claim over from the one that was parsed before it.
func TestClaimsDoNotMix(t *testing.T) {
	full := `{"iss":"a","sub":"b","aud":["c","d"],"exp":1800000000,"nbf":1,"iat":2,"jti":"e","role":"f"`
	parse := func(payload string) (*jwt.Claims[session], error) { return parsePayload[session](t, payload) }
	first, err := parse(full + "}")
	require.NoError(t, err)
	kept := *first
	for range 20 {
		for _, bad := range []string{full + `,"level":"x"}`, full + `,"iss":"g"}`, full + `,"x":null}x`, `{"aud":["x","y",1]}`} {
			_, err := parse(bad)
			require.Error(t, err)
			none, err := parsePayload[struct{}](t, `{"aud":"h"}`)
			require.NoError(t, err)
			require.Equal(t, &jwt.Claims[struct{}]{Algorithm: jwt.HS256, InsecureNoExpiry: true, Audience: []string{"h"}}, none)
			empty, err := parse("{}")
			require.NoError(t, err)
			require.Equal(t, &jwt.Claims[session]{Algorithm: jwt.HS256, InsecureNoExpiry: true}, empty)
		}
		again, err := parse(full + "}")
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
	require.Equal(t, &kept, first)
	require.Equal(t, []string{"c", "d"}, first.Audience)
}

// A Signer or Verifier sees nothing of another token behind the bytes it is given,
// and what Parse returned does not change when its buffers are used again.
func TestBuffersShowNothing(t *testing.T) {
	pair := testKeys(t)[jwt.HS256]
	val := must(jwt.NewValidator(laxPolicy()))
	canary := strings.Repeat("canary", 500)
	long, err := jwt.Sign(t.Context(), pair.signer, jwt.Claims[map[string]any]{InsecureNoExpiry: true, Private: map[string]any{"c": canary}})
	require.NoError(t, err)
	raw, err := jwt.Parse[json.RawMessage](t.Context(), long, pair.verifier, val)
	require.NoError(t, err)
	own, err := jwt.Parse[ownMethods](t.Context(), long, pair.verifier, val)
	require.NoError(t, err)
	table, err := jwt.Parse[map[string]json.RawMessage](t.Context(), long, pair.verifier, val)
	require.NoError(t, err)

	looks := 0
	look := func(b []byte) {
		looks++
		require.Equal(t, len(b), cap(b))
	}
	for range 10 {
		_, err := jwt.Parse[struct{}](t.Context(), handmade(plainHeader, `{"a":1}`), verifierFunc(func(ctx context.Context, h jwt.Header, input, sig []byte) error {
			look(input)
			look(sig)
			return pair.verifier.Verify(ctx, h, input, sig)
		}), val)
		require.NoError(t, err)
		_, err = jwt.Sign(t.Context(), inputSigner{pair.signer, look}, jwt.Claims[struct{}]{InsecureNoExpiry: true})
		require.NoError(t, err)
	}
	require.Equal(t, 30, looks)
	want := `{"c":"` + canary + `"}`
	require.Equal(t, want, string(raw.Private))
	require.Equal(t, want, own.Private.object)
	require.Equal(t, `"`+canary+`"`, string(table.Private["c"]))
}

type inputSigner struct {
	jwt.Signer
	look func([]byte)
}

func (s inputSigner) Sign(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
	s.look(input)
	return s.Signer.Sign(ctx, h, input)
}
