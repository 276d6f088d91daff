package verifycache_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/verifycache"
)

// BenchmarkParse compares a hit, a miss and no cache, in one run.
func BenchmarkParse(b *testing.B) {
	ctx := context.Background()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(b, err)
	es256, err := jwt.NewSigner(jwt.ES256, "k", key)
	require.NoError(b, err)
	_, hs256 := newKeys(b)
	for _, s := range []jwt.KeySigner{hs256, es256} {
		p := policy(nil)
		p.Algorithms = []jwt.Algorithm{s.Algorithm()}
		flat := sign(b, s, jwt.Claims[private]{Subject: "alice", ExpiresAt: time.Now().Add(time.Hour), Private: private{"admin"}})
		deep := sign(b, s, jwt.Claims[rich]{Subject: "alice", ExpiresAt: time.Now().Add(time.Hour), Private: newRich()})
		first(b, string(s.Algorithm())+"/flat/first time", s, p)
		run(b, string(s.Algorithm())+"/flat", s.Verifier(), p, flat, private{})
		run(b, string(s.Algorithm())+"/deep", s.Verifier(), p, deep, rich{})

		memo, err := verifycache.NewVerifier(s.Verifier(), verifycache.Config{})
		require.NoError(b, err)
		parser, err := jwt.NewParser[private](memo, p)
		require.NoError(b, err)
		b.Run(string(s.Algorithm())+"/flat/verifier", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parser.Parse(ctx, flat); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func run[P any](b *testing.B, name string, v jwt.Verifier, p jwt.Policy, token string, _ P) {
	ctx := context.Background()
	cache, parser := newCache[P](b, v, p, verifycache.Config{})
	hashed, _ := newCache[P](b, v, p, verifycache.Config{HashKeys: true})
	for _, way := range []struct {
		name  string
		parse func(context.Context, string) (*jwt.Claims[P], error)
	}{
		{"uncached", parser.Parse},
		{"hit", cache.Parse},
		{"hit, hashed", hashed.Parse},
		{"second time", func(ctx context.Context, token string) (*jwt.Claims[P], error) {
			cache.Clear()
			return cache.Parse(ctx, token)
		}},
	} {
		b.Run(name+"/"+way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := way.parse(ctx, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// first measures tokens that come for the first time.
func first(b *testing.B, name string, s jwt.KeySigner, p jwt.Policy) {
	var tokens []string
	for i := range 4000 {
		tokens = append(tokens, sign(b, s, jwt.Claims[private]{ID: strconv.Itoa(i), ExpiresAt: time.Now().Add(time.Hour), Private: private{"admin"}}))
	}
	ctx := context.Background()
	for _, cached := range []bool{false, true} {
		b.Run(fmt.Sprintf("%s/cached=%v", name, cached), func(b *testing.B) {
			b.ReportAllocs()
			cache, parser := newCache[private](b, s.Verifier(), p, verifycache.Config{})
			for i := 0; b.Loop(); i++ {
				parse := parser.Parse
				if cached {
					parse = cache.Parse
				}
				if _, err := parse(ctx, tokens[i%len(tokens)]); err != nil {
					b.Fatal(err)
				}
				if i%len(tokens) == len(tokens)-1 { // all have come: a new cache
					cache, parser = newCache[private](b, s.Verifier(), p, verifycache.Config{})
				}
			}
		})
	}
}
