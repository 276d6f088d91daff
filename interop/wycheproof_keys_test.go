package interop

import (
	"context"
	"crypto"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// Reasons to refuse what is valid for another algorithm.
const (
	otherHash = "another hash than that of the algorithm: RFC 7518 sections 3.3 and 3.4"
	otherSalt = "a salt not as long as the hash, or another hash: RFC 7518 section 3.5"
	otherKey  = "another curve than that of the algorithm: RFC 7518 section 3.4"
	smallKey  = "a modulus of less than 2048 bits: RFC 7518 section 3.3"
	noNull    = "the parameters NULL are missing from the DigestInfo: RFC 8017 section 9.2, note 1"
	truncated = "a truncated tag, or a key shorter than the hash: RFC 7518 section 3.2"
)

// The vectors of RSA, ECDSA in IEEE P1363 form and Ed25519 through the Verifiers.
func TestWycheproofSignatures(t *testing.T) {
	for _, tt := range []struct {
		alg  jwt.Algorithm
		file string // without _test.json
		refusal
	}{
		{jwt.ES256, "ecdsa_secp256r1_sha256_p1363", refusal{}},
		{jwt.ES384, "ecdsa_secp384r1_sha384_p1363", refusal{}},
		{jwt.ES512, "ecdsa_secp521r1_sha512_p1363", refusal{}},
		{jwt.ES256, "ecdsa_secp256r1_sha512_p1363", refusal{why: otherHash}},
		{jwt.ES384, "ecdsa_secp384r1_sha512_p1363", refusal{why: otherHash}},
		{jwt.ES256, "ecdsa_secp384r1_sha384_p1363", refusal{why: otherKey}},
		{jwt.ES256, "ecdsa_secp256k1_sha256_p1363", refusal{why: otherKey}},
		{jwt.EdDSA, "ed25519", refusal{}},
		{jwt.Ed25519, "ed25519", refusal{}},

		{jwt.RS256, "rsa_signature_2048_sha256", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS384, "rsa_signature_2048_sha384", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS512, "rsa_signature_2048_sha512", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS256, "rsa_signature_3072_sha256", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS384, "rsa_signature_3072_sha384", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS512, "rsa_signature_3072_sha512", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS256, "rsa_signature_4096_sha256", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS384, "rsa_signature_4096_sha384", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS512, "rsa_signature_4096_sha512", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS256, "rsa_signature_8192_sha256", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS384, "rsa_signature_8192_sha384", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS512, "rsa_signature_8192_sha512", refusal{tcIDs: []int{8}, why: noNull}},
		{jwt.RS256, "rsa_signature_2048_sha224", refusal{why: otherHash, ours: []int{219}}},
		{jwt.RS256, "rsa_signature_2048_sha512_256", refusal{why: otherHash, ours: []int{221}}},
		{jwt.RS256, "rsa_signature_2048_sha512", refusal{why: otherHash, ours: []int{221}}},

		{jwt.PS256, "rsa_pss_2048_sha256_mgf1_32", refusal{}},
		{jwt.PS256, "rsa_pss_3072_sha256_mgf1_32", refusal{}},
		{jwt.PS256, "rsa_pss_4096_sha256_mgf1_32", refusal{}},
		{jwt.PS384, "rsa_pss_2048_sha384_mgf1_48", refusal{}},
		{jwt.PS384, "rsa_pss_4096_sha384_mgf1_48", refusal{}},
		{jwt.PS512, "rsa_pss_4096_sha512_mgf1_64", refusal{}},
		{jwt.PS256, "rsa_pss_2048_sha256_mgf1_0", refusal{why: otherSalt, ours: []int{69}}},
		{jwt.PS256, "rsa_pss_2048_sha256_mgf1sha1_20", refusal{why: otherSalt}},
		{jwt.PS512, "rsa_pss_4096_sha512_mgf1_32", refusal{why: otherSalt}},
		{jwt.PS256, "rsa_pss_2048_sha512_256_mgf1_32", refusal{why: otherSalt}},

		{jwt.RS256, "rsa_pkcs1_1024_sig_gen", refusal{why: smallKey}},
		{jwt.RS256, "rsa_pkcs1_1536_sig_gen", refusal{why: smallKey}},
	} {
		t.Run(string(tt.alg)+"/"+tt.file, func(t *testing.T) {
			s := newScore(t, tt.file+"_test.json", some(tt.refusal)...)
			for _, g := range readGroups(t, s.file) {
				key, err := jwt.ParsePublicKey(tt.alg, "", []byte(g.PublicKeyPem+g.KeyPem))
				for _, v := range g.Tests {
					s.verify(key, err, tt.alg, v, v.Sig)
				}
			}
		})
	}
}

func some(r refusal) []refusal {
	if r.why == "" {
		return nil
	}
	return []refusal{r}
}

// verify adds the answer of key, or keyErr if there is no key.
func (s *score) verify(key jwt.Verifier, keyErr error, alg jwt.Algorithm, v vector, sig []byte) {
	s.t.Helper()
	if keyErr == nil {
		keyErr = key.Verify(s.t.Context(), jwt.Header{Algorithm: alg}, v.Msg, sig)
		if keyErr != nil {
			require.ErrorIs(s.t, keyErr, jwt.ErrSignature)
		}
	}
	s.add(v, keyErr)
}

// rsa_pss_misc has every combination of two hashes and a salt length, one vector for
// each: the three of RFC 7518 section 3.5 are accepted.
func TestWycheproofPSSCombinations(t *testing.T) {
	const file = "rsa_pss_misc_test.json"
	var refused []int
	groups := readGroups(t, file)
	algs := map[string]jwt.Algorithm{"SHA-256/SHA-256/32": jwt.PS256, "SHA-384/SHA-384/48": jwt.PS384, "SHA-512/SHA-512/64": jwt.PS512}
	combination := func(g group) string { return fmt.Sprintf("%s/%s/%d", g.Sha, g.MGFSha, g.SLen) }
	for _, g := range groups {
		if algs[combination(g)] == "" {
			for _, v := range g.Tests {
				refused = append(refused, v.TcID)
			}
		}
	}
	s := newScore(t, file, refusal{tcIDs: refused, why: otherSalt})
	for _, g := range groups {
		for _, v := range g.Tests {
			var answer error
			for _, alg := range []jwt.Algorithm{jwt.PS256, jwt.PS384, jwt.PS512} {
				key, err := jwt.ParsePublicKey(alg, "", []byte(g.PublicKeyPem))
				require.NoError(t, err)
				err = key.Verify(t.Context(), jwt.Header{Algorithm: alg}, v.Msg, v.Sig)
				if alg == algs[combination(g)] || algs[combination(g)] == "" {
					answer = err
					if err == nil {
						break
					}
				} else {
					require.Error(t, err, "tcId %d as %s", v.TcID, alg)
				}
			}
			s.add(v, answer)
		}
	}
	require.Equal(t, 3, s.accepted)
}

// Signatures of PKCS #1 v1.5 are deterministic, so ours must be those of the vectors.
func TestWycheproofPKCS1Signing(t *testing.T) {
	algs := map[string]jwt.Algorithm{"SHA-256": jwt.RS256, "SHA-384": jwt.RS384, "SHA-512": jwt.RS512}
	for _, bits := range []int{2048, 3072, 4096} {
		file := fmt.Sprintf("rsa_pkcs1_%d_sig_gen_test.json", bits)
		t.Run(file, func(t *testing.T) {
			s := newScore(t, file)
			for _, g := range readGroups(t, file) {
				alg, ok := algs[g.Sha]
				if !ok {
					continue // SHA-1 and SHA-224
				}
				signer, err := jwt.ParsePrivateKey(alg, "", []byte(g.PrivateKeyPem))
				require.NoError(t, err)
				for _, v := range g.Tests {
					sig, err := signer.Sign(t.Context(), jwt.Header{Algorithm: alg}, v.Msg)
					require.NoError(t, err)
					require.Equal(t, hex.EncodeToString(v.Sig), hex.EncodeToString(sig), "tcId %d", v.TcID)
					s.add(v, nil)
				}
			}
		})
	}
}

// hsm is a key that returns the signature of a vector.
type hsm struct {
	public crypto.PublicKey
	sig    []byte
}

func (h hsm) Public() crypto.PublicKey { return h.public }
func (h hsm) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return slices.Clone(h.sig), nil
}

// ECDSA signatures in DER come from keys that are held elsewhere. A Signer must turn
// the valid ones into r||s and refuse all others.
func TestWycheproofDER(t *testing.T) {
	for _, tt := range []struct {
		alg  jwt.Algorithm
		size int
		file string
		refusal
	}{
		{jwt.ES256, 64, "ecdsa_secp256r1_sha256", refusal{}},
		{jwt.ES384, 96, "ecdsa_secp384r1_sha384", refusal{}},
		{jwt.ES512, 132, "ecdsa_secp521r1_sha512", refusal{}},
		{jwt.ES256, 64, "ecdsa_secp256r1_sha512", refusal{why: otherHash}},
		{jwt.ES384, 96, "ecdsa_secp384r1_sha256", refusal{why: otherHash}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			s := newScore(t, tt.file+"_test.json", some(tt.refusal)...)
			for _, g := range readGroups(t, s.file) {
				key, err := jwt.ParsePublicKey(tt.alg, "", []byte(g.PublicKeyPem))
				require.NoError(t, err)
				public := key.(jwt.Key).PublicKey()
				for _, v := range g.Tests {
					signer, err := jwt.NewSigner(tt.alg, "", hsm{public, v.Sig})
					require.NoError(t, err)
					raw, err := signer.Sign(t.Context(), jwt.Header{Algorithm: tt.alg}, v.Msg)
					s.add(v, err)

					remote, err2 := jwt.NewRemoteSigner(key, func(context.Context, []byte) ([]byte, error) { return slices.Clone(v.Sig), nil })
					require.NoError(t, err2)
					again, err2 := remote.Sign(t.Context(), jwt.Header{Algorithm: tt.alg}, v.Msg)
					require.Equal(t, err == nil, err2 == nil, "tcId %d: %v; %v", v.TcID, err, err2)
					require.Equal(t, raw, again)
					if err == nil {
						require.Len(t, raw, tt.size)
						require.NoError(t, key.Verify(t.Context(), jwt.Header{Algorithm: tt.alg}, v.Msg, raw))
					}
				}
			}
		})
	}
}

// HMAC with the secrets and tags that RFC 7518 allows, and none of the others.
func TestWycheproofHMAC(t *testing.T) {
	for alg, bits := range map[jwt.Algorithm]int{jwt.HS256: 256, jwt.HS384: 384, jwt.HS512: 512} {
		t.Run(string(alg), func(t *testing.T) {
			file := fmt.Sprintf("hmac_sha%d_test.json", bits)
			groups := readGroups(t, file)
			var refused []int
			for _, g := range groups {
				for _, v := range g.Tests {
					if (g.KeySize < bits || g.TagSize != bits) && v.Result == "valid" {
						refused = append(refused, v.TcID)
					}
				}
			}
			s := newScore(t, file, refusal{tcIDs: refused, why: truncated})
			for _, g := range groups {
				for _, v := range g.Tests {
					key, err := jwt.NewHMACVerifier(alg, "", v.Key)
					require.Equal(t, g.KeySize >= bits, err == nil, "tcId %d", v.TcID)
					s.verify(key, err, alg, v, v.Tag)
				}
			}
		})
	}
}
