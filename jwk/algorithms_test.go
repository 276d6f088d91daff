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
				v, err := jwk.ParseVerifier(public)
				s, errSigner := jwk.ParseSigner(private)
				if !fits {
					require.EqualError(t, err, "jwk: alg does not fit kty and crv")
					require.EqualError(t, errSigner, "jwk: alg does not fit kty and crv")

					_, err = jwk.ParseVerifier([]byte(f.public.String()), alg)
					require.EqualError(t, err, "jwk: none of the algorithms of the caller fits kty and crv")
					return
				}
				require.NoError(t, err)
				require.NoError(t, errSigner)
				requireWorks(t, s, v)

				// The caller's algorithms are a second lock.
				_, err = jwk.ParseVerifier(public, alg, jwt.HS256)
				require.NoError(t, err)
				_, err = jwk.ParseVerifier(public, "other", jwt.HS256)
				require.EqualError(t, err, "jwk: alg is "+string(alg)+", which is none of [other HS256] that the caller allows")
				_, err = jwk.ParseSigner(private, "other")
				require.EqualError(t, err, "jwk: alg is "+string(alg)+", which is none of [other] that the caller allows")
			})
		}
	}
}

func TestMissingAlg(t *testing.T) {
	rsa := of("RSA")
	for _, alg := range []string{"", `""`} {
		public := []byte(rsa.public.edit("alg", alg, "kid", `"1"`).String())
		private := []byte(rsa.private.edit("alg", alg, "kid", `"1"`).String())

		_, err := jwk.ParseVerifier(public)
		require.EqualError(t, err, "jwk: alg is missing, and the caller names no algorithms")
		_, err = jwk.ParseSigner(private)
		require.EqualError(t, err, "jwk: alg is missing, and the caller names no algorithms")

		v, err := jwk.ParseVerifier(public, jwt.ES256, jwt.PS256, jwt.PS256)
		require.NoError(t, err)
		got, kid := label(t, v)
		require.Equal(t, jwt.PS256, got)
		require.Equal(t, "1", kid)
		s, err := jwk.ParseSigner(private, jwt.PS256, jwt.ES256, jwt.PS256)
		require.NoError(t, err)
		requireWorks(t, s, v)

		// Several: one Verifier for each, in the caller's order, and none for another.
		v, err = jwk.ParseVerifier(public, jwt.PS256, jwt.HS256, jwt.RS512)
		require.NoError(t, err)
		set, ok := v.(jwt.KeySet)
		require.True(t, ok)
		require.Len(t, set, 2)
		for i, want := range []jwt.Algorithm{jwt.PS256, jwt.RS512} {
			got, kid := label(t, set[i])
			require.Equal(t, want, got)
			require.Equal(t, "1", kid)
			s, err := jwk.ParseSigner(private, want)
			require.NoError(t, err)
			requireWorks(t, s, v)
		}
		s, err = jwk.ParseSigner(private, jwt.RS256)
		require.NoError(t, err)
		h := jwt.Header{Algorithm: jwt.RS256, KeyID: "1"}
		sig := must(s.Sign(t.Context(), h, []byte("x")))
		require.ErrorIs(t, v.Verify(t.Context(), h, []byte("x"), sig), jwt.ErrUnknownKey)

		_, err = jwk.ParseSigner(private, jwt.PS256, jwt.RS512)
		require.EqualError(t, err, "jwk: alg is missing, and several algorithms of the caller fit; name one")
	}
}
