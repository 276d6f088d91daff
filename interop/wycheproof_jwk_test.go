package interop

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// Reasons to refuse a JWK that is valid for another purpose.
const (
	otherUse   = "a key for encryption, of no signature algorithm: RFC 7517 sections 4.2 to 4.4"
	otherCurve = "a curve of none of our algorithms: RFC 7518 section 6.2.1.1, RFC 8037 section 2"
)

// A jwkGroup is a group of vectors with JWKs, and sometimes the same keys in PEM.
type jwkGroup struct {
	Comment                             string
	Public, Private                     json.RawMessage // JWKs or JWK Sets
	PublicKeyJwk, KeyJwk, PrivateKeyJwk json.RawMessage
	PublicKeyPem, KeyPem                string
	KeySize                             int
	Tests                               []jwkVector
}

type jwkVector struct {
	vector
	Public, Private json.RawMessage
}

// A jwkCheck reads the keys of a group with package jwk and returns the answer to its
// vectors; nil if the group has no JWK.
type jwkCheck func(*testing.T, jwkGroup) func(jwkVector) error

var jwkFiles = []struct {
	file  string // without _test.json
	check jwkCheck
	refusal
}{
	{"json_web_key", tokens, refusal{}},
	{"json_web_signature", tokens, refusal{
		tcIDs: []int{346, 347, 350, 351, 372, 373},
		why: "the key's alg is not the token's or does not exist: RFC 7517 section 4.4, RFC 7518 section 3.1; " +
			"or a character that base64url does not have: RFC 7515 section 2",
	}},
	{"json_web_crypto", tokens, refusal{tcIDs: []int{50, 67}, why: otherUse}},
	{"json_web_encryption", encryption, refusal{why: otherUse}},

	{"ecdsa_secp256r1_sha256_p1363", signature, refusal{}},
	{"ecdsa_secp384r1_sha384_p1363", signature, refusal{}},
	{"ecdsa_secp521r1_sha512_p1363", signature, refusal{}},
	{"ecdsa_secp256r1_sha512_p1363", signature, refusal{why: otherHash}},
	{"ecdsa_secp384r1_sha512_p1363", signature, refusal{why: otherHash}},
	{"ecdsa_secp256r1_shake128_p1363", signature, refusal{why: otherHash}},
	{"ecdsa_secp384r1_shake256_p1363", signature, refusal{why: otherHash}},
	{"ecdsa_secp521r1_shake256_p1363", signature, refusal{why: otherHash}},
	{"ecdsa_secp256k1_sha256_p1363", unsupported, refusal{why: otherCurve}},
	{"ecdsa_secp256k1_sha512_p1363", unsupported, refusal{why: otherCurve}},
	{"ecdsa_secp256k1_shake128_p1363", unsupported, refusal{why: otherCurve}},
	{"ecdsa_secp256k1_shake256_p1363", unsupported, refusal{why: otherCurve}},
	{"ed25519", signature, refusal{}},
	{"ed448", unsupported, refusal{why: otherCurve}},

	{"rsa_signature_2048_sha256", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_2048_sha384", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_2048_sha512", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_3072_sha256", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_3072_sha384", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_3072_sha512", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_4096_sha256", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_4096_sha384", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_4096_sha512", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_8192_sha256", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_8192_sha384", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_signature_8192_sha512", signature, refusal{tcIDs: []int{8}, why: noNull}},
	{"rsa_pss_2048_sha256_mgf1_32", signature, refusal{}},
	{"rsa_pss_2048_sha384_mgf1_48", signature, refusal{}},
	{"rsa_pss_3072_sha256_mgf1_32", signature, refusal{}},
	{"rsa_pss_4096_sha256_mgf1_32", signature, refusal{}},
	{"rsa_pss_4096_sha384_mgf1_48", signature, refusal{}},
	{"rsa_pss_4096_sha512_mgf1_64", signature, refusal{}},
	{"rsa_pkcs1_1024_sig_gen", signature, refusal{why: smallKey}},
	{"rsa_pkcs1_1536_sig_gen", signature, refusal{why: smallKey}},
	{"rsa_pkcs1_2048_sig_gen", signature, refusal{}},
	{"rsa_pkcs1_3072_sig_gen", signature, refusal{}},
	{"rsa_pkcs1_4096_sig_gen", signature, refusal{}},

	{"rsa_oaep_2048_sha1_mgf1sha1", decryption, refusal{why: otherUse}},
	{"rsa_oaep_2048_sha256_mgf1sha256", decryption, refusal{why: otherUse}},
	{"rsa_oaep_3072_sha256_mgf1sha256", decryption, refusal{why: otherUse}},
	{"rsa_oaep_4096_sha256_mgf1sha256", decryption, refusal{why: otherUse}},
	{"rsa_oaep_misc", decryption, refusal{why: otherUse}},
	{"rsa_pkcs1_2048", decryption, refusal{why: otherUse}},
	{"rsa_pkcs1_3072", decryption, refusal{why: otherUse}},
	{"rsa_pkcs1_4096", decryption, refusal{why: otherUse}},

	{"ecdh_secp256r1_webcrypto", agreement(jwt.ES256), refusal{}},
	{"ecdh_secp384r1_webcrypto", agreement(jwt.ES384), refusal{}},
	{"ecdh_secp521r1_webcrypto", agreement(jwt.ES512), refusal{}},
	{"ecdh_secp256k1_webcrypto", agreement(""), refusal{why: otherCurve}},
	{"x25519_jwk", agreement(""), refusal{why: otherCurve}},
	{"x448_jwk", agreement(""), refusal{why: otherCurve}},
}

// Every JWK of project Wycheproof, through package jwk.
func TestWycheproofJWK(t *testing.T) {
	known := make(map[string]bool)
	for _, tt := range jwkFiles {
		known[tt.file+"_test.json"] = true
		t.Run(tt.file, func(t *testing.T) {
			data, err := fs.ReadFile(wycheproof.TestVectors, tt.file+"_test.json")
			require.NoError(t, err)
			var f struct{ TestGroups []jwkGroup }
			require.NoError(t, json.Unmarshal(data, &f))
			s := newScore(t, tt.file+"_test.json", some(tt.refusal)...)
			without := 0
			for _, g := range f.TestGroups {
				answer := tt.check(t, g)
				if answer == nil {
					without += len(g.Tests)
					continue
				}
				for _, v := range g.Tests {
					s.add(v.vector, answer(v))
				}
			}
			if without > 0 {
				t.Logf("%d vectors more have no JWK", without)
			}
		})
	}

	files, err := fs.Glob(wycheproof.TestVectors, "*.json")
	require.NoError(t, err)
	for _, file := range files {
		data, err := fs.ReadFile(wycheproof.TestVectors, file)
		require.NoError(t, err)
		require.Equal(t, bytes.Contains(data, []byte(`"kty"`)), known[file], "%s: JWKs must be in jwkFiles, and nothing else", file)
	}
}

// tokens is for keys of JWTs, as a JWK or a JWK Set.
func tokens(t *testing.T, g jwkGroup) func(jwkVector) error {
	if g.Tests[0].JWS == nil {
		return encryption(t, g)
	}
	keys, keyErr := joseKeys(g)
	if g.Public != nil {
		for _, data := range keysIn(t, g.Private) {
			signer, err := signerOf(data)
			if bytes.Contains(data, []byte(`"sign, verify"`)) { // a slip of tcId 349: one element
				require.ErrorContains(t, err, `key_ops lacks "sign"`)
				continue
			}
			require.Equal(t, keyErr == nil, err == nil, "%s: %v; %v", g.Comment, keyErr, err)
			if err == nil {
				requirePair(t, signer, keys)
			}
		}
	}
	return func(v jwkVector) error {
		if keyErr != nil {
			return keyErr
		}
		return verifyJOSE(t, token(v.JWS), keys)
	}
}

// signature is for keys of signatures. The same key in PEM must make the same Key.
func signature(t *testing.T, g jwkGroup) func(jwkVector) error {
	data := g.PublicKeyJwk
	if data == nil {
		data = g.KeyJwk
	}
	if data == nil {
		return nil
	}
	set, keyErr := publicKeys(data)
	var signer jwt.KeySigner
	if g.PrivateKeyJwk != nil {
		var err error
		signer, err = jwk.ParseSigner(g.PrivateKeyJwk, "")
		require.Equal(t, keyErr == nil, err == nil, "%v; %v", keyErr, err)
	}
	keys := set.Keys()
	for _, key := range keys {
		twin, err := jwt.ParsePublicKey(key.Algorithm(), key.KeyID(), []byte(g.PublicKeyPem+g.KeyPem))
		require.NoError(t, err)
		require.Equal(t, twin.PublicKey(), key.PublicKey())
	}
	return func(v jwkVector) error {
		if keyErr != nil {
			return keyErr
		}
		var answer error
		for i, key := range keys {
			err := key.(jwt.Verifier).Verify(t.Context(), jwt.Header{Algorithm: key.Algorithm()}, v.Msg, v.Sig)
			require.True(t, i == 0 || (err == nil) == (answer == nil), "tcId %d: the algorithms disagree", v.TcID)
			answer = err
		}
		if signer != nil {
			sig, err := signer.Sign(t.Context(), jwt.Header{Algorithm: signer.Algorithm()}, v.Msg)
			require.NoError(t, err)
			require.Equal(t, []byte(v.Sig), sig, "tcId %d", v.TcID)
		}
		return answer
	}
}

// unsupported is for keys that package jwk does not know.
func unsupported(t *testing.T, g jwkGroup) func(jwkVector) error {
	if g.PublicKeyJwk == nil {
		return nil
	}
	_, err := publicKeys(g.PublicKeyJwk)
	require.ErrorIs(t, err, jwk.ErrUnsupported)
	return func(jwkVector) error { return err }
}

// encryption is for keys that must be refused for every use.
func encryption(t *testing.T, g jwkGroup) func(jwkVector) error {
	var all error
	for _, data := range []json.RawMessage{g.Public, g.Private, g.PrivateKeyJwk} {
		if data == nil {
			continue
		}
		_, err := publicKeys(data)
		require.Error(t, err, g.Comment)
		_, err = jwk.ParseSecretVerifier(data, "")
		require.Error(t, err, g.Comment)
		for _, alg := range algorithms {
			_, err = jwk.ParseSigner(data, alg)
			require.Error(t, err, "%s: %s", alg, g.Comment)
		}
		all = err
	}
	return func(jwkVector) error { return all }
}

// decryption is encryption, for keys that would do except for their alg.
func decryption(t *testing.T, g jwkGroup) func(jwkVector) error {
	if g.PrivateKeyJwk == nil {
		return nil
	}
	var key map[string]any
	require.NoError(t, json.Unmarshal(g.PrivateKeyJwk, &key))
	delete(key, "alg")
	data, err := json.Marshal(key)
	require.NoError(t, err)
	signer, err := jwk.ParseSigner(data, jwt.RS256)
	require.Equal(t, g.KeySize >= 2048, err == nil, "%v", err)
	if err == nil {
		requireSigns(t, signer)
	}
	return encryption(t, g)
}

// agreement is for keys of ECDH: alg stands for their curve, if there is one for it.
// Both halves must be good for the vector to be.
func agreement(alg jwt.Algorithm) jwkCheck {
	return func(t *testing.T, g jwkGroup) func(jwkVector) error {
		if alg == "" {
			return func(v jwkVector) error {
				_, err := publicKeys(v.Public)
				if v.Result != "invalid" {
					require.ErrorIs(t, err, jwk.ErrUnsupported, "tcId %d", v.TcID)
				}
				_, err = jwk.ParseSigner(v.Private, "")
				require.ErrorIs(t, err, jwk.ErrUnsupported, "tcId %d", v.TcID)
				return err
			}
		}
		return func(v jwkVector) error {
			_, err := jwk.ParseSigner(v.Private, alg)
			require.NoError(t, err, "tcId %d", v.TcID)
			_, err = jwk.ParseKey(v.Public, alg)
			return err
		}
	}
}
