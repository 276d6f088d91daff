package jwk_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// publicSeeds are JWKs of every family, and some with a fault.
func publicSeeds() []string {
	seeds := []string{"", "{}", `{"kty":"AKP","pub":"AA"}`, `{"kty":"oct","k":"AA"}`, `{"kty":"EC","crv":"P-256","x":"","y":""}`}
	for _, f := range families() {
		alg := quote(string(f.algs[0]))
		seeds = append(seeds, f.public.String(), f.public.edit("alg", alg, "kid", `"1"`, "use", `"sig"`, "key_ops", `["verify"]`).String(),
			f.public.edit("x", `"AA"`, "e", `"AQ"`).String(), f.public.edit("kid", `"\u0022"`).String())
	}
	return seeds
}

// requireMarshals fails unless key is written as a JWK that reads as the same key, and
// its public half survives crypto/x509.
func requireMarshals(t *testing.T, key jwt.Key) {
	data, err := jwk.Marshal(key)
	require.NoError(t, err)
	require.True(t, json.Valid(data))
	again, err := jwk.ParseKey(data, key.Algorithm())
	require.NoError(t, err, "%s", data)
	alg, kid := label(again)
	require.Equal(t, key.Algorithm(), alg)
	require.Equal(t, key.KeyID(), kid)
	public := key.PublicKey()
	require.True(t, public.(interface{ Equal(crypto.PublicKey) bool }).Equal(again.PublicKey()))
	require.Equal(t, thumbprint(key), thumbprint(again))

	text, err := jwk.ToPEM(data)
	require.NoError(t, err)
	block, rest := pem.Decode(text)
	require.Empty(t, rest)
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	require.NoError(t, err)
	require.True(t, public.(interface{ Equal(crypto.PublicKey) bool }).Equal(parsed))
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range publicSeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		if json.Valid(data) { // a set is cut around it
			good := of("Ed25519").public.edit("alg", `"EdDSA"`, "kid", `"good"`).String()
			keys, skipped, err := jwk.ParseSet(setOf(good, string(data), good), allAlgorithms...)
			require.NoError(t, err)
			list := keys.Keys()
			require.Equal(t, "good", list[0].KeyID())
			require.Equal(t, "good", list[len(list)-1].KeyID())
			require.Equal(t, len(skipped) == 0, len(list) > 2)
		}
		own, ownErr := jwk.ParseKey(data, "")
		requireReason(t, ownErr)
		for _, alg := range allAlgorithms {
			v, err := jwk.ParseKey(data, alg)
			require.Equal(t, before, data)
			require.Equal(t, err == nil, v != nil)
			requireReason(t, err)
			if err != nil {
				continue
			}
			require.True(t, json.Valid(bytes.TrimPrefix(data, []byte("\ufeff"))))
			requireMarshals(t, v)
			// Without the caller's algorithm it is bound to its own, or not taken.
			if ownErr == nil {
				require.Equal(t, alg, own.Algorithm())
			}
			// No public key is a secret.
			_, err = jwk.ParseSecretVerifier(data, alg)
			require.Error(t, err)
			_, err = jwk.ParseSigner(data, alg)
			require.Error(t, err)
		}
	})
}

func FuzzParseSigner(f *testing.F) {
	for _, seed := range publicSeeds() {
		f.Add([]byte(seed))
	}
	for _, family := range families() {
		f.Add([]byte(family.private.String()))
		f.Add([]byte(family.private.edit("alg", quote(string(family.algs[0])), "key_ops", `["sign"]`).String()))
	}
	f.Add([]byte(`{"kty":"oct","alg":"HS512","k":"` + encode(secret) + `"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, alg := range []jwt.Algorithm{jwt.HS512, jwt.PS256, jwt.ES256, jwt.ES384, jwt.ES512, jwt.Ed25519} {
			s, err := jwk.ParseSigner(data, alg)
			require.Equal(t, err == nil, s != nil)
			if err != nil {
				noSecret(t, err.Error())
				continue
			}
			key := s
			require.Equal(t, alg, key.Algorithm())
			// A private key is never a public one.
			_, err = jwk.ParseKey(data, alg)
			require.Error(t, err)
			if key.PublicKey() == nil {
				// It verifies as well, if key_ops allow it.
				if v, err := jwk.ParseSecretVerifier(data, alg); err == nil {
					requireWorks(t, s, v)
				}
				continue
			}
			requireMarshals(t, key)
			text, err := jwk.PrivateToPEM(data)
			require.NoError(t, err)
			block, _ := pem.Decode(text)
			private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			require.NoError(t, err)
			object, err := jwk.MarshalPrivate(alg, key.KeyID(), private)
			require.NoError(t, err)
			again, err := jwk.ParseSigner(object, "")
			require.NoError(t, err)
			require.Equal(t, thumbprint(key), thumbprint(again))
		}
	})
}

func FuzzParseSet(f *testing.F) {
	f.Add(file("rfc7517-a1.json"))
	f.Add(file("rfc7517-a2.json"))
	f.Add(file("rfc7517-a3.json"))
	f.Add(setOf())
	f.Add(setOf(publicSeeds()[1:]...))
	f.Fuzz(func(t *testing.T, data []byte) {
		other := func(data []byte) (jwt.KeyVerifier, error) {
			require.True(t, json.Valid(data))
			return &otherKey{"other"}, nil
		}
		keys, skipped, err := jwk.ParseSetFunc(data, allAlgorithms, other)
		require.Equal(t, err == nil, keys != nil)
		if !errors.Is(err, jwk.ErrNoUsableKey) {
			requireReason(t, err)
		}
		if err == nil || len(skipped) > 0 {
			// The standard library sees the same keys, where it can read them.
			var set struct{ Keys []json.RawMessage }
			if json.Unmarshal(data, &set) == nil && bytes.Count(data, []byte("eys")) == 1 {
				used := 0
				for i, object := range set.Keys {
					alone, _, _ := jwk.ParseSetFunc(setOf(string(object)), allAlgorithms, other)
					wasSkipped := slices.ContainsFunc(skipped, func(s jwk.Skipped) bool { return s.Index == i })
					require.Equal(t, wasSkipped, len(alone) == 0)
					used += len(alone)
				}
				require.Len(t, keys, used)
			}
		}
		for i, s := range skipped {
			requireReason(t, s.Err)
			require.True(t, i == 0 || skipped[i-1].Index < s.Index)
		}
		var known []jwt.KeyVerifier
		for _, key := range keys.Keys() {
			if _, ok := key.(*otherKey); !ok {
				requireMarshals(t, key)
				known = append(known, key)
			}
		}
		if len(known) == 0 {
			return
		}
		written, skipped, err := jwk.MarshalSet(known...)
		require.NoError(t, err)
		require.Empty(t, skipped)
		again, skipped, err := jwk.ParseSet(written)
		require.NoError(t, err)
		require.Empty(t, skipped)
		require.Len(t, again, len(known))
	})
}
