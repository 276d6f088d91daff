package jwttest_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/cda17858/jwt/jwttest"
)

// A webKey is one key that a broken service may verify with.
type webKey struct {
	kid, issuer, alg string
	jwk              map[string]any
	public           any // []byte is a secret
}

// readKey reads a key of a set, if it is one to verify with.
func (s *broken) readKey(jwk map[string]any) (webKey, bool) {
	text := func(name string) string { v, _ := jwk[name].(string); return v }
	data := func(name string) []byte {
		d, _ := base64.RawURLEncoding.DecodeString(text(name))
		return d
	}
	k := webKey{kid: text("kid"), alg: text("alg"), jwk: jwk}
	if text("use") == "enc" {
		k.alg = "ES256"
		if !s.has(jwttest.AlgEncKeySigns) {
			return k, false
		}
	}
	switch text("kty") {
	case "EC":
		x, y := data("x"), data("y")
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		k.public = public
		return k, err == nil
	case "RSA":
		k.public = &rsa.PublicKey{N: new(big.Int).SetBytes(data("n")), E: int(new(big.Int).SetBytes(data("e")).Int64())}
		return k, true
	case "OKP":
		k.public = ed25519.PublicKey(data("x"))
		low := data("x")[0] == 1 && data("x")[1] == 0
		return k, !low || s.has(jwttest.KeyLowOrderEd25519)
	}
	k.public = data("k")
	return k, k.alg == "none" && s.has(jwttest.KeyNoneInJWKS) || k.alg == "HS256" && s.has(jwttest.KeySecretInJWKS)
}

// find returns the key for a header.
func (s *broken) find(h map[string]any) (webKey, error) {
	kid, ok := h["kid"].(string)
	if !ok {
		if !s.has(jwttest.KeyKidNotString) {
			return webKey{}, errRefused
		}
		kid = s.issuer.Signer().KeyID()
	}
	if s.has(jwttest.KeyKidCommand) && strings.Contains(kid, "sleep") {
		time.Sleep(80 * time.Millisecond)
	}
	if k, ok := s.fromHeader(h, kid); ok {
		k.issuer = s.issuer.URL()
		return k, nil
	}
	k, err := s.key(kid)
	if err != nil && s.has(jwttest.KeyKidUnknown) {
		return s.key(s.issuer.Signer().KeyID())
	}
	return k, err
}

// fromHeader returns a key that the token brings along, if the service has a hole for it.
func (s *broken) fromHeader(h map[string]any, kid string) (webKey, bool) {
	jwk, _ := h["jwk"].(map[string]any)
	chain, _ := h["x5c"].([]any)
	switch {
	case s.has(jwttest.KeyJKU) && h["jku"] != nil:
		var set struct{ Keys []map[string]any }
		json.Unmarshal(get(h["jku"].(string)), &set)
		jwk = set.Keys[0]
	case s.has(jwttest.KeyX5U) && h["x5u"] != nil:
		block, _ := pem.Decode(get(h["x5u"].(string)))
		return certified(block.Bytes), true
	case s.has(jwttest.KeyX5C) && len(chain) > 0:
		der, _ := base64.StdEncoding.DecodeString(chain[0].(string))
		return certified(der), true
	case s.has(jwttest.KeyKidPath) && strings.HasSuffix(kid, "/dev/null"):
		return webKey{alg: "HS256", public: []byte{}}, true
	case s.has(jwttest.KeyKidSQL) && strings.Contains(kid, "UNION SELECT"):
		return webKey{alg: "HS256", public: []byte(strings.Split(kid, "'")[2])}, true
	case !s.has(jwttest.KeyJWK):
		return webKey{}, false
	}
	if jwk == nil {
		return webKey{}, false
	}
	k, ok := s.readKey(jwk)
	return k, ok
}

func get(url string) []byte {
	resp, err := http.Get(url)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return data
}

func certified(der []byte) webKey {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return webKey{}
	}
	return webKey{alg: "ES256", public: cert.PublicKey}
}

var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

func digest(alg, input string) ([]byte, crypto.Hash) {
	hash := hashes[alg[len(alg)-3:]]
	h := hash.New()
	io.WriteString(h, input)
	return h.Sum(nil), hash
}

// allows reports whether a key may be used with the alg of a header.
func (s *broken) allows(k webKey, alg string) bool {
	_, isRSA := k.public.(*rsa.PublicKey)
	_, isEC := k.public.(*ecdsa.PublicKey)
	switch {
	case alg == k.alg && alg != "":
		return true
	case strings.HasPrefix(alg, "HS"):
		return s.has(jwttest.AlgHSPublicPEM) || s.has(jwttest.AlgHSPublicOtherForm) || s.has(jwttest.AlgHSEmptyKey) || s.has(jwttest.AlgHSCommonSecret)
	case isRSA && alg == "PS512":
		return s.has(jwttest.AlgNotAllowed)
	case isRSA && alg == "RS256":
		return s.has(jwttest.AlgOtherPadding)
	case isEC && (alg == "ES384" || alg == "ES512"):
		return s.has(jwttest.AlgWrongCurve)
	case alg == "Ed25519" && k.alg == "EdDSA":
		return s.has(jwttest.AlgEdDSAName)
	}
	return false
}

// macOf is an HMAC (RFC 2104) under any secret, even those that crypto/hmac
// refuses in FIPS mode.
func macOf(hash crypto.Hash, secret []byte, text string) []byte {
	inner, outer := hash.New(), hash.New()
	if len(secret) > inner.BlockSize() {
		inner.Write(secret)
		secret = inner.Sum(nil)
		inner.Reset()
	}
	for i := range inner.BlockSize() {
		var b byte
		if i < len(secret) {
			b = secret[i]
		}
		inner.Write([]byte{b ^ 0x36})
		outer.Write([]byte{b ^ 0x5c})
	}
	io.WriteString(inner, text)
	outer.Write(inner.Sum(nil))
	return outer.Sum(nil)
}

// signed reports whether sig is the signature of input.
func (s *broken) signed(k webKey, alg, input string, sig []byte) bool {
	if k.alg == "none" {
		return len(sig) == 0
	}
	if strings.HasPrefix(alg, "HS") {
		for _, secret := range s.secrets(k) {
			_, hash := digest(alg, "")
			if hmac.Equal(macOf(hash, secret, input), sig) {
				return true
			}
		}
		return false
	}
	switch public := k.public.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(public, []byte(input), sig)
	case *rsa.PublicKey:
		sum, hash := digest(alg, input)
		if alg[0] == 'R' {
			return rsa.VerifyPKCS1v15(public, hash, sum, sig) == nil
		}
		salt := hash.Size()
		if s.has(jwttest.AlgPSSSalt) {
			salt = rsa.PSSSaltLengthAuto
		}
		return rsa.VerifyPSS(public, hash, sum, sig, &rsa.PSSOptions{SaltLength: salt}) == nil
	case *ecdsa.PublicKey:
		return s.signedEC(public, alg, input, sig)
	}
	return false
}

func (s *broken) signedEC(public *ecdsa.PublicKey, alg, input string, sig []byte) bool {
	sum, _ := digest(alg, input)
	var pair struct{ R, S *big.Int }
	if s.has(jwttest.SigDER) && len(sig) > 64 {
		if _, err := asn1.Unmarshal(sig, &pair); err != nil {
			return false
		}
		return ecdsa.Verify(public, sum, pair.R, pair.S)
	}
	if s.has(jwttest.SigExtraBytes) && len(sig) > 64 {
		sig = sig[:64]
	}
	zero := bytes.Count(sig, []byte{0}) == len(sig)
	switch {
	case len(sig) != 64:
		return false
	case zero:
		return s.has(jwttest.SigAllZero)
	case s.has(jwttest.SigAttackerKey):
		return true
	}
	pair.R, pair.S = new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	return ecdsa.Verify(public, sum, pair.R, pair.S)
}

// secrets are what an HMAC is verified with.
func (s *broken) secrets(k webKey) [][]byte {
	secret, ok := k.public.([]byte)
	switch {
	case ok:
		return [][]byte{secret}
	case s.has(jwttest.AlgHSEmptyKey):
		return [][]byte{nil}
	case s.has(jwttest.AlgHSCommonSecret):
		return [][]byte{[]byte("secret")}
	}
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return nil
	}
	if s.has(jwttest.AlgHSPublicOtherForm) {
		return [][]byte{der}
	}
	return [][]byte{pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}
}
