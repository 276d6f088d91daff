package jwk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// TestFamiliesAndAlgorithms binds each family to each algorithm.
func TestFamiliesAndAlgorithms(t *testing.T) {
	names := append([]jwt.Algorithm{"none", "NONE", "es256", "ES256K", "RS1", "RSA-OAEP-256", "ECDH-ES", "A128KW", "Ed448", "ML-DSA-44", "PS256 "}, allAlgorithms...)
	for _, f := range families() {
		for _, alg := range names {
			fits := false
			for _, a := range f.algs {
				fits = fits || a == alg
			}
			t.Run(f.name+" "+string(alg), func(t *testing.T) {
				public := []byte(f.public.edit("alg", quote(string(alg))).String())
				private := []byte(f.private.edit("alg", quote(string(alg))).String())
				v, err := jwk.ParseKey(public, "")
				s, errSigner := jwk.ParseSigner(private, "")
				if !fits {
					want := "jwk: alg does not fit kty and crv"
					if forEncryption[alg] {
						want = "jwk: alg is for encryption"
						require.ErrorIs(t, err, jwk.ErrUse)
					} else {
						require.ErrorIs(t, err, jwk.ErrAlgorithm)
					}
					require.EqualError(t, err, want)
					require.EqualError(t, errSigner, want)

					_, err = jwk.ParseKey([]byte(f.public.String()), alg)
					require.EqualError(t, err, "jwk: none of the algorithms of the caller fits kty and crv")
					require.ErrorIs(t, err, jwk.ErrAlgorithm)
					return
				}
				require.NoError(t, err)
				require.NoError(t, errSigner)
				requireWorks(t, s, v)

				// The caller's algorithm is a second lock.
				_, err = jwk.ParseKey(public, alg)
				require.NoError(t, err)
				_, err = jwk.ParseKey(public, "other")
				require.EqualError(t, err, "jwk: alg is "+string(alg)+", which is not one of [other] that the caller allows")
				require.ErrorIs(t, err, jwk.ErrAlgorithm)
				_, err = jwk.ParseSigner(private, "other")
				require.EqualError(t, err, "jwk: alg is "+string(alg)+", which is not one of [other] that the caller allows")
			})
		}
	}
}

var forEncryption = map[jwt.Algorithm]bool{"RSA-OAEP-256": true, "ECDH-ES": true, "A128KW": true}

func TestMissingAlg(t *testing.T) {
	rsa := of("RSA")
	for _, alg := range []string{"", `""`} {
		public := []byte(rsa.public.edit("alg", alg, "kid", `"1"`).String())
		private := []byte(rsa.private.edit("alg", alg, "kid", `"1"`).String())

		_, err := jwk.ParseKey(public, "")
		require.EqualError(t, err, "jwk: alg is missing, and the caller names no algorithms")
		_, err = jwk.ParseSigner(private, "")
		require.EqualError(t, err, "jwk: alg is missing, and the caller names no algorithms")

		for _, want := range rsa.algs {
			v, err := jwk.ParseKey(public, want)
			require.NoError(t, err)
			require.Equal(t, want, v.Algorithm())
			require.Equal(t, "1", v.KeyID())
			s, err := jwk.ParseSigner(private, want)
			require.NoError(t, err)
			requireWorks(t, s, v)
		}

		// In a set, one Verifier for each algorithm, in the caller's order, and none for another.
		set, _, err := jwk.ParseSet(setOf(string(public)), jwt.PS256, jwt.HS256, jwt.RS512, jwt.PS256)
		require.NoError(t, err)
		require.Len(t, set, 2)
		for i, want := range []jwt.Algorithm{jwt.PS256, jwt.RS512} {
			require.Equal(t, want, set.Keys()[i].Algorithm())
			require.Equal(t, "1", set.Keys()[i].KeyID())
			requireWorks(t, must(jwk.ParseSigner(private, want)), set)
		}
		s, err := jwk.ParseSigner(private, jwt.RS256)
		require.NoError(t, err)
		h := jwt.Header{Algorithm: jwt.RS256, KeyID: "1"}
		sig := must(s.Sign(t.Context(), h, []byte("x")))
		require.ErrorIs(t, set.Verify(t.Context(), h, []byte("x"), sig), jwt.ErrUnknownKey)
	}
}
