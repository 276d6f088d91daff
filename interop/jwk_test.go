package interop

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// jsonWebKey is as much of RFC 7517 and RFC 7518 section 6 as the vectors need. Package
// jwk has to agree with it about every key of theirs.
type jsonWebKey struct {
	Kty, Alg, Use, Kid, Crv string
	KeyOps                  []string `json:"key_ops"`
	N, E, X, Y, K           string
}

// fits lists the algorithms that a key of this type and curve can be used with.
func (k *jsonWebKey) fits() []jwt.Algorithm {
	switch k.Kty + k.Crv {
	case "oct":
		return []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512}
	case "RSA":
		return []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512}
	case "ECP-256":
		return []jwt.Algorithm{jwt.ES256}
	case "ECP-384":
		return []jwt.Algorithm{jwt.ES384}
	case "ECP-521":
		return []jwt.Algorithm{jwt.ES512}
	case "OKPEd25519":
		return []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519}
	}
	return nil
}

// verifiers returns one Verifier for each algorithm that the key may be used with:
// the one that it names, or else all that fit it, which is what the most generous
// caller would ask for.
func (k *jsonWebKey) verifiers() (jwt.KeySet, error) {
	algs := k.fits()
	switch {
	case k.Use != "" && k.Use != "sig":
		return nil, errors.New("use: not for signatures (RFC 7517 section 4.2)")
	case k.KeyOps != nil && !slices.Contains(k.KeyOps, "verify"):
		return nil, errors.New("key_ops: not for verifying (RFC 7517 section 4.3)")
	case k.Alg != "" && !slices.Contains(algs, jwt.Algorithm(k.Alg)):
		return nil, errors.New("alg: does not fit kty and crv (RFC 7517 section 4.4)")
	case k.Alg != "":
		algs = []jwt.Algorithm{jwt.Algorithm(k.Alg)}
	case len(algs) == 0:
		return nil, errors.New("kty: unknown")
	}
	var set jwt.KeySet
	for _, alg := range algs {
		v, err := k.verifier(alg)
		if err != nil {
			return nil, err
		}
		set = append(set, v)
	}
	return set, nil
}

func (k *jsonWebKey) verifier(alg jwt.Algorithm) (jwt.Verifier, error) {
	var bad error
	decode := func(name, s string) []byte {
		b, err := base64.RawURLEncoding.Strict().DecodeString(s)
		if err != nil || len(b) == 0 {
			bad = fmt.Errorf("%s: not base64url", name)
		}
		return b
	}
	switch k.Kty {
	case "oct":
		if secret := decode("k", k.K); bad == nil {
			return jwt.NewHMACVerifier(alg, k.Kid, secret)
		}
	case "RSA":
		n, e := new(big.Int).SetBytes(decode("n", k.N)), new(big.Int).SetBytes(decode("e", k.E))
		if bad == nil && e.BitLen() < 32 {
			return jwt.NewVerifier(alg, k.Kid, &rsa.PublicKey{N: n, E: int(e.Int64())})
		}
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[k.Crv]
		point := slices.Concat([]byte{4}, decode("x", k.X), decode("y", k.Y))
		if bad != nil {
			break
		}
		key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
		if err != nil {
			return nil, err
		}
		return jwt.NewVerifier(alg, k.Kid, key)
	case "OKP":
		if x := decode("x", k.X); bad == nil {
			return jwt.NewVerifier(alg, k.Kid, ed25519.PublicKey(x))
		}
	}
	return nil, errors.Join(bad, errors.New("not a key"))
}

// readJWK returns the Verifiers of a JWK or a JWK Set. It refuses a set that mixes
// secrets with public keys, as package jwk does by asking which kind is expected.
func readJWK(data []byte) (jwt.KeySet, error) {
	var set struct {
		Keys []jsonWebKey
		jsonWebKey
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, err
	}
	if set.Keys == nil {
		return set.jsonWebKey.verifiers()
	}
	var all jwt.KeySet
	for _, k := range set.Keys {
		if (k.Kty == "oct") != (set.Keys[0].Kty == "oct") {
			return nil, errors.New("secrets and public keys in one set")
		}
		vs, err := k.verifiers()
		if err != nil {
			return nil, err
		}
		all = append(all, vs...)
	}
	return all, nil
}

func TestWycheproofJOSEKeys(t *testing.T) {
	for _, file := range []string{"json_web_signature_test.json", "json_web_crypto_test.json"} {
		n := 0
		for _, g := range readGroups(t, file) {
			if g.Tests[0].JWS == nil || strings.Contains(string(g.Private), `"keys"`) {
				continue
			}
			n++
			data := g.Public
			_, got := publicKeys(data)
			if data == nil {
				data = g.Private
				_, got = jwk.ParseSecretVerifier(data, "")
			}
			_, want := readJWK(data)
			require.Equal(t, want == nil, got == nil, "%s: %v; %v", g.Comment, want, got)
		}
		require.NotZero(t, n)
	}
}

// joseKeys is readJWK by package jwk.
func joseKeys(g jwkGroup) (jwt.KeySet, error) {
	data := g.Public
	if data == nil {
		data = g.Private
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, err
	}
	if set.Keys != nil {
		keys, _, err := jwk.ParseSet(data, algorithms...)
		if !errors.Is(err, jwk.ErrNoUsableKey) || g.Public != nil {
			return keys, err
		}
	} else if g.Public != nil {
		return publicKeys(data)
	} else {
		set.Keys = []json.RawMessage{data}
	}
	var secrets jwt.KeySet // ParseSet takes none
	for _, data := range set.Keys {
		key, err := jwk.ParseSecretVerifier(data, "")
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, key)
	}
	return secrets, nil
}

// publicKeys reads a public JWK with package jwk, for each algorithm that it may be used with.
func publicKeys(data []byte) (jwt.KeySet, error) {
	keys, skipped, err := jwk.ParseSet(slices.Concat([]byte(`{"keys":[`), data, []byte(`]}`)), algorithms...)
	if len(skipped) > 0 {
		return nil, skipped[0].Err
	}
	return keys, err
}

// signerOf reads a private JWK with package jwk, for its own alg or the first that fits.
func signerOf(data []byte) (jwt.KeySigner, error) {
	signer, err := jwk.ParseSigner(data, "")
	for _, alg := range algorithms {
		if !errors.Is(err, jwk.ErrAlgorithm) {
			break
		}
		signer, err = jwk.ParseSigner(data, alg)
	}
	return signer, err
}

// keysIn returns the keys of a set, or the one key.
func keysIn(t *testing.T, data json.RawMessage) []json.RawMessage {
	t.Helper()
	var set struct{ Keys []json.RawMessage }
	require.NoError(t, json.Unmarshal(data, &set))
	if set.Keys == nil {
		return []json.RawMessage{data}
	}
	return set.Keys
}

// requirePair fails unless key verifies what signer signs.
func requirePair(t *testing.T, signer jwt.Signer, key jwt.Verifier) {
	t.Helper()
	h := jwt.Header{Algorithm: signer.Algorithm(), KeyID: signer.KeyID()}
	sig, err := signer.Sign(t.Context(), h, []byte("abc"))
	require.NoError(t, err)
	require.NoError(t, key.Verify(t.Context(), h, []byte("abc"), sig))
}

// requireSigns fails unless the halves of a private key fit.
func requireSigns(t *testing.T, signer jwt.KeySigner) {
	t.Helper()
	requirePair(t, signer, signer.Verifier())
}

// tcId 4, a set with one kid twice, is refused for stray bits in the second key and not
// for the kid: two keys may share one (RFC 7517 section 4.5), and both are asked.
func TestWycheproofDuplicateKID(t *testing.T) {
	for _, g := range readGroups(t, "json_web_key_test.json") {
		if g.Tests[0].TcID != 4 {
			continue
		}
		_, err := joseKeys(jwkGroup{Private: g.Private})
		require.EqualError(t, err, "jwk: k is not base64url")
		mended := strings.Replace(string(g.Private), "Bingge", "BinggE", 1)
		keys, err := joseKeys(jwkGroup{Private: json.RawMessage(mended)})
		require.NoError(t, err)
		require.Len(t, keys, 2)
		require.NoError(t, verifyJOSE(t, token(g.Tests[0].JWS), keys))
		return
	}
	t.Fatal("there is no tcId 4")
}
