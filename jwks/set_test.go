package jwks_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// without returns a set whose keys lack a member.
func without(set, member string) string {
	var doc struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal([]byte(set), &doc); err != nil {
		panic(err)
	}
	for _, key := range doc.Keys {
		delete(key, member)
	}
	return string(must(json.Marshal(doc)))
}

// as returns the Signer of key under another algorithm.
func as(key testKey, alg jwt.Algorithm) jwt.Signer { return renamed{key.Signer, alg} }

type renamed struct {
	jwt.Signer
	alg jwt.Algorithm
}

func (s renamed) Algorithm() jwt.Algorithm { return s.alg }
func (s renamed) Sign(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
	h.Algorithm = s.Signer.Algorithm()
	return s.Signer.Sign(ctx, h, input)
}

// TestKeysWithoutAlg, as Entra publishes them, are bound to the Config's algorithms.
func TestKeysWithoutAlg(t *testing.T) {
	both := must(jwt.NewValidator(jwt.Policy{Algorithms: []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519, jwt.ES256},
		InsecureSkipIssuer: true, InsecureSkipAudience: true}))
	for _, tt := range []struct {
		algs           []jwt.Algorithm
		eddsa, ed25519 string
	}{
		{[]jwt.Algorithm{jwt.EdDSA}, "ok", unknown},
		{[]jwt.Algorithm{jwt.ES256, jwt.Ed25519}, unknown, "ok"},
		{[]jwt.Algorithm{jwt.Ed25519, jwt.EdDSA}, "ok", "ok"},
	} {
		t.Run(fmt.Sprint(tt.algs), func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				var w wrapper
				var r recorder
				i.serve(without(setOf(keyA), "alg"))
				c := i.start(t, func(cfg *jwks.Config) { cfg.Algorithms, cfg.Wrap, cfg.Observe = tt.algs, w.wrap, r.observe })
				_, err := jwt.Parse[struct{}](t.Context(), token(keyA), c, both)
				require.Equal(t, tt.eddsa, outcome(err))
				_, err = jwt.Parse[struct{}](t.Context(), token(as(keyA, jwt.Ed25519)), c, both)
				require.Equal(t, tt.ed25519, outcome(err))
				n := len(w.made)
				require.Len(t, c.Keys(), n)
				require.Equal(t, n, r.last().Keys)
				sleep(time.Hour)
				require.Len(t, w.made, n)
			})
		})
	}
}

// TestKeysWithoutKid may have signed any token of their algorithm.
func TestKeysWithoutKid(t *testing.T) {
	anonymous := newKey("", 1)
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(anonymous, newKey("", 2), keyC))
		c := i.start(t)
		begin := i.count()
		expect(t, "ok", c, anonymous)
		expect(t, "ok", c, keyA) // the same key, named
		expect(t, "ok", c, keyB)
		expect(t, "ok", c, keyC)
		expect(t, "ok", c, newKey("", 3)) // of keyC, but unnamed
		expect(t, "ok", c, newKey("c", 1))
		expect(t, forged, c, newKey("c", 9))
		require.Equal(t, begin, i.count())
	})
	// A kid that is not in the set causes a fetch even then: the issuer may have begun
	// to name its keys.
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(anonymous))
		c := i.start(t)
		i.serve(setOf(anonymous, keyB))
		expect(t, "ok", c, keyB)
		require.Equal(t, 2, i.count())
		expect(t, unknown, c, keyC)
		require.Equal(t, 3, i.count())
		i.set(nil)
		sleep(31 * time.Second)
		expect(t, lastFailed+down, c, newKey("d", 4))
		expect(t, limited+down, c, newKey("d", 4))
		expect(t, "ok", c, keyA)
	})
}

// TestTokenWithoutKid is tried with each key.
func TestTokenWithoutKid(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA, keyB))
		c := i.start(t)
		expect(t, "ok", c, newKey("", 1))
		expect(t, "ok", c, newKey("", 2))
		require.Equal(t, 1, i.count())
		expect(t, forged, c, newKey("", 3))
		expect(t, unknown, c, &otherKey{jwt.ES256, "", otherPublic(make([]byte, 64))})
		require.Equal(t, 3, i.count())

		i.set(nil)
		sleep(15 * time.Minute)
		expect(t, forged, c, newKey("", 3))
		expect(t, "ok", c, newKey("", 2))
	})
}

// TestOneKidTwoKeys: both are asked.
func TestOneKidTwoKeys(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA, forger))
		c := i.start(t)
		expect(t, "ok", c, keyA)
		expect(t, "ok", c, forger)
		expect(t, forged, c, newKey("a", 9))
		require.Equal(t, 1, i.count())
	})
}

// An otherKey is a key of a kty that package jwk does not know.
type otherKey struct {
	alg jwt.Algorithm
	kid string
	pub otherPublic
}

type otherPublic string

func (p otherPublic) Equal(q crypto.PublicKey) bool { return p == q }

func (k *otherKey) Algorithm() jwt.Algorithm    { return k.alg }
func (k *otherKey) KeyID() string               { return k.kid }
func (k *otherKey) PublicKey() crypto.PublicKey { return k.pub }
func (k *otherKey) String() string              { return string(k.pub) }
func (k *otherKey) Sign(context.Context, jwt.Header, []byte) ([]byte, error) {
	return []byte(k.pub), nil
}
func (k *otherKey) Verify(_ context.Context, h jwt.Header, _, sig []byte) error {
	switch {
	case h.Algorithm != k.alg || h.KeyID != k.kid:
		return jwt.ErrUnknownKey
	case string(sig) != string(k.pub):
		return jwt.ErrSignature
	}
	return nil
}

// parseOther is a Config.Other.
func parseOther(data []byte) (jwt.KeyVerifier, error) {
	var doc struct{ Alg, Kid, Pub string }
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	switch doc.Pub {
	case "bad":
		return nil, errors.New("pub is bad")
	case "nil":
		return nil, nil
	case "typed nil":
		return (*otherKey)(nil), nil
	}
	return &otherKey{jwt.Algorithm(doc.Alg), doc.Kid, otherPublic(doc.Pub)}, nil
}

func TestOther(t *testing.T) {
	other := func(kid, pub string) string {
		return `{"kty":"AKP","alg":"ML-DSA-44","kid":"` + kid + `","pub":"` + pub + `"}`
	}
	set := func(keys ...string) string {
		return `{"keys":[` + strings.Join(keys, ",") + "," + setOf(keyA)[len(`{"keys":[`):]
	}
	x, y := &otherKey{"ML-DSA-44", "x", "1"}, &otherKey{"ML-DSA-44", "y", "2"}
	bubble(t, func(t *testing.T, i *issuer) {
		var w wrapper
		var r recorder
		i.serve(set(other("x", "1"), other("b", "bad"), other("n", "nil"), other("t", "typed nil"),
			strings.Replace(other("z", "1"), "44", "65", 1)))
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Algorithms = append(cfg.Algorithms, "ML-DSA-44")
			cfg.Other, cfg.Wrap, cfg.Observe = parseOther, w.wrap, r.observe
		})
		expect(t, "ok", c, x)
		expect(t, "ok", c, keyA)
		expect(t, unknown, c, y)
		expect(t, forged, c, &otherKey{"ML-DSA-44", "x", "2"})
		var reasons []string
		for _, s := range r.all()[0].Skipped {
			reasons = append(reasons, s.KeyID+": "+s.Err.Error())
		}
		const notKey = "Config.Other returned nil"
		require.Equal(t, []string{"b: pub is bad", "n: " + notKey, "t: " + notKey,
			"z: alg is ML-DSA-65, which is not in Config.Algorithms [EdDSA ML-DSA-44]"}, reasons)
		require.Equal(t, []string{"1", "EdDSA(a)"}, w.made)

		// Its Verifier is kept as any, and so is that of a key with the same kid beside it.
		i.serve(set(other("y", "2"), other("x", "1"), other("x", "3")))
		sleep(15 * time.Minute)
		require.Equal(t, []string{"1", "EdDSA(a)", "2", "3"}, w.made)
		expect(t, "ok", c, x)
		expect(t, "ok", c, y)
		expect(t, "ok", c, &otherKey{"ML-DSA-44", "x", "3"})
	})
	// Without Other, such keys are skipped and spoil nothing.
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(set(other("x", "1")))
		c := i.start(t)
		expect(t, "ok", c, keyA)
		expect(t, unknown, c, x)
	})
}

// TestWrapNil is a mistake that must not open anything, nor panic.
func TestWrapNil(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		c := i.start(t, func(cfg *jwks.Config) { cfg.Wrap = func(jwt.Verifier) jwt.Verifier { return nil } })
		expect(t, uncheck+"nil Verifier in a KeySet", c, keyA)
		expect(t, uncheck+"nil Verifier in a KeySet", c, newKey("", 1))
	})
}

// counted is a Verifier that counts how often it is asked.
type counted struct {
	jwt.Verifier
	calls *int
}

func (v counted) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	*v.calls++
	return v.Verifier.Verify(ctx, h, input, sig)
}

// TestManyKeys: an issuer with many keys that could have signed a token has no more than
// 16 of them tried.
func TestManyKeys(t *testing.T) {
	for name, tt := range map[string]struct{ keys, token string }{
		"one kid":           {"a", "a"},
		"keys without kid":  {"", "a"},
		"token without kid": {"a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, i *issuer) {
				var keys []testKey
				for seed := range 40 {
					keys = append(keys, newKey(tt.keys, byte(seed)))
				}
				i.serve(setOf(keys...))
				calls := 0
				c := i.start(t, func(cfg *jwks.Config) {
					cfg.Wrap = func(v jwt.Verifier) jwt.Verifier { return counted{v, &calls} }
				})
				expect(t, "ok", c, newKey(tt.token, 15))
				require.Equal(t, 16, calls)
				calls = 0
				require.NotEqual(t, "ok", outcome(parse(c, newKey(tt.token, 99))))
				require.Equal(t, 16, calls, "the fetch has brought the same keys")
			})
		})
	}
}

// TestManyKeysUnknownKid: nor is a token of an unknown kid tried twice with the same set.
func TestManyKeysUnknownKid(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var keys []testKey
		for seed := range 40 {
			keys = append(keys, newKey("", byte(seed)))
		}
		i.serve(setOf(keys...), "Cache-Control", "max-age=86400")
		calls := 0
		c := i.start(t, func(cfg *jwks.Config) {
			cfg.Wrap = func(v jwt.Verifier) jwt.Verifier { return counted{v, &calls} }
		})
		for n := range 10 {
			calls = 0
			want := unknown
			if n >= 2 {
				want = limited
			}
			expect(t, want, c, newKey(fmt.Sprint("kid-", n), 99))
			require.Equal(t, 1+min(n+1, 2), i.count())
			require.Equal(t, 16, calls)
		}
	})
}

// TestUnchangedKeys keep their Verifiers, with whatever those have cached.
func TestUnchangedKeys(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		var w wrapper
		i.serve(setOf(keyA, keyB))
		c := i.start(t, func(cfg *jwks.Config) { cfg.Wrap = w.wrap })
		require.Equal(t, []string{"EdDSA(a)", "EdDSA(b)"}, w.made)
		expect(t, "ok", c, keyA)
		first := w.last

		// Withdrawn, added, in another order, and twice.
		i.serve(setOf(keyC, keyA, keyA))
		sleep(15 * time.Minute)
		require.Equal(t, []string{"EdDSA(a)", "EdDSA(b)", "EdDSA(c)"}, w.made)
		expect(t, "ok", c, keyA)
		require.Same(t, first, w.last)

		// Another key of the same kid.
		i.serve(setOf(forger, keyC))
		sleep(15 * time.Minute)
		require.Equal(t, []string{"EdDSA(a)", "EdDSA(b)", "EdDSA(c)", "EdDSA(a)"}, w.made)
		expect(t, "ok", c, forger)
		expect(t, forged, c, keyA)
		require.NotSame(t, first, w.last)

		for _, key := range c.Keys() {
			_, wrapped := key.(jwt.Verifier).(*wrapped)
			require.False(t, wrapped)
		}
	})
}

// TestIdentity: what names a key tells it from all others, so that a refresh of a set of
// a thousand keys of one kid costs no million comparisons.
func TestIdentity(t *testing.T) {
	seen := make(map[string]bool)
	for _, key := range []jwt.KeyVerifier{keyA.public, keyB.public, forger.public, newKey("", 1).public,
		&otherKey{"ML-DSA-44", "a", "1"}, &otherKey{"ML-DSA-65", "a", "1"}, &otherKey{"ML-DSA-44", "b", "1"}} {
		require.False(t, seen[jwks.Identity(key)])
		seen[jwks.Identity(key)] = true
	}
	require.True(t, seen[jwks.Identity(newKey("a", 1).public)])
}

// TestManyKeysWithoutKid: hundreds of them beside hundreds of kids take memory in
// proportion to the set.
func TestManyKeysWithoutKid(t *testing.T) {
	var keys []testKey
	for n := range 500 {
		keys = append(keys, newKey("", byte(n)), newKey(fmt.Sprint("kid-", n), byte(n)))
	}
	body := setOf(keys...)
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(body)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		c := i.start(t)
		runtime.GC()
		runtime.ReadMemStats(&after)
		require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(20*len(body)))
		expect(t, "ok", c, newKey("kid-7", 7))
		expect(t, "ok", c, newKey("kid-7", 0)) // by a key without kid
		expect(t, forged, c, newKey("kid-7", 255))
	})
}
