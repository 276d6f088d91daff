package jwt_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cda17858/jwt"
)

// benchPrivate are the private claims of a usual access token.
type benchPrivate struct {
	Role  string   `json:"role"`
	Scope []string `json:"scope"`
}

const benchIssuer = "https://auth.example.com"

// benchClaims returns claims that differ for each i as those of different users do:
// a benchmark of one token over and over flatters a decoder that remembers strings.
func benchClaims(i int) jwt.Claims[benchPrivate] {
	return jwt.Claims[benchPrivate]{
		Issuer:    benchIssuer,
		Subject:   fmt.Sprintf("usr_%016x", 0x1b3d6a7e8c9f0b1d+int64(i)*7919),
		Audience:  []string{"https://billing.example.com", "https://orders.example.com"},
		ExpiresAt: testTime.Add(time.Hour + time.Duration(i)*time.Second),
		NotBefore: testTime.Add(-time.Hour),
		IssuedAt:  testTime.Add(-time.Hour),
		ID:        fmt.Sprintf("0190c7a4-7b1e-7d3c-8f5a-%012x", 0x2e6b9d4c1a0f+int64(i)*104729),
		Private:   benchPrivate{"admin", []string{"orders:read", "profile"}},
	}
}

func benchValidator() *jwt.Validator {
	return must(jwt.NewValidator(jwt.Policy{
		Algorithms: allAlgorithms,
		Issuers:    []string{benchIssuer},
		Audiences:  []string{"https://orders.example.com"},
		Now:        func() time.Time { return testTime },
	}))
}

func benchToken[P any](s jwt.Signer, c jwt.Claims[P]) string {
	return must(jwt.Sign(context.Background(), s, c))
}

func BenchmarkSign(b *testing.B) {
	ctx, claims := context.Background(), benchClaims(0)
	for _, key := range allKeys(b) {
		b.Run("alg="+string(key.alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := jwt.Sign(ctx, key.signer, claims); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, key := range allKeys(b) {
		token := benchToken(key.signer, benchClaims(0))
		b.Run("alg="+string(key.alg), func(b *testing.B) {
			benchmarkParse[benchPrivate](b, key.verifier, token)
		})
	}
}

func benchmarkParse[P any](b *testing.B, v jwt.Verifier, tokens ...string) {
	ctx, val := context.Background(), benchValidator()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := jwt.Parse[P](ctx, tokens[i%len(tokens)], v, val); err != nil {
			b.Fatal(err)
		}
	}
}

// The time of HS256 is mostly that of decoding the claims.
func BenchmarkParseClaims(b *testing.B) {
	key := testKeys(b)[jwt.HS256]
	token := benchToken(key.signer, benchClaims(0))
	b.Run("claims=struct", func(b *testing.B) { benchmarkParse[benchPrivate](b, key.verifier, token) })
	b.Run("claims=map", func(b *testing.B) { benchmarkParse[map[string]any](b, key.verifier, token) })
	b.Run("claims=none", func(b *testing.B) { benchmarkParse[struct{}](b, key.verifier, token) })
	b.Run("claims=distinct", func(b *testing.B) {
		benchmarkParse[benchPrivate](b, key.verifier, benchDistinct(key.signer)...)
	})
}

// benchDistinct returns 1000 tokens of different users.
func benchDistinct(s jwt.Signer) []string {
	tokens := make([]string, 1000)
	for i := range tokens {
		tokens[i] = benchToken(s, benchClaims(i))
	}
	return tokens
}

func BenchmarkParseParallel(b *testing.B) {
	key := testKeys(b)[jwt.HS256]
	token := benchToken(key.signer, benchClaims(0))
	ctx, val := context.Background(), benchValidator()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := jwt.Parse[benchPrivate](ctx, token, key.verifier, val); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// benchRefused returns tokens that Parse refuses for an HS256 key with kid "k1".
func benchRefused(tb testing.TB) map[string]string {
	tb.Helper()
	key := testKeys(tb)[jwt.HS256]
	good := benchToken(key.signer, benchClaims(0))
	header, rest, _ := strings.Cut(good, ".")
	payload, _, _ := strings.Cut(rest, ".")
	expired := benchClaims(0)
	expired.ExpiresAt = testTime.Add(-time.Minute)
	const mib = 1 << 20
	return map[string]string{
		"signature": header + "." + payload + "." + encode(strings.Repeat("x", 32)),
		"expired":   benchToken(key.signer, expired),
		"alg":       encode(`{"alg":"XX256","kid":"k1","typ":"JWT"}`) + "." + rest,
		"kid":       encode(`{"alg":"HS256","kid":"k2","typ":"JWT"}`) + "." + rest,
		"dots":      strings.Repeat(".", mib),
		"garbage":   strings.Repeat("%", mib),
		"header":    encode(`{"alg":"HS256","x":"`+strings.Repeat("x", mib)+`"}`) + "." + rest,
		"brackets":  encode(strings.Repeat("[", 100_000)) + "." + rest,
	}
}

func BenchmarkParseRefused(b *testing.B) {
	key := testKeys(b)[jwt.HS256]
	ctx, val := context.Background(), benchValidator()
	for name, token := range benchRefused(b) {
		b.Run("token="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := jwt.Parse[benchPrivate](ctx, token, key.verifier, val); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
