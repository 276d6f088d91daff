package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// signatureBytes has the signature algorithms that are registered for JOSE and not deprecated,
// with the length of their signatures in bytes, or 0 if it depends on the key.
var signatureBytes = map[string]int{
	"HS256": 32, "HS384": 48, "HS512": 64, "RS256": 0, "RS384": 0, "RS512": 0, "PS256": 0, "PS384": 0, "PS512": 0,
	"ES256": 64, "ES384": 96, "ES512": 132, "ES256K": 64, "EdDSA": 0, "Ed25519": 64, "Ed448": 114,
	"ML-DSA-44": 2420, "ML-DSA-65": 3309, "ML-DSA-87": 4627,
}

// checkAlgorithm looks at the alg of a signed token.
func (d *decoder) checkAlgorithm() {
	raw, there := d.header.get("alg")
	alg, text := d.header.str("alg")
	_, known := signatureBytes[alg]
	switch {
	case d.header.text == nil || known:
	case !there:
		d.warn("alg-missing", Header, "", "it has no alg, which is required (RFC 7515 section 4.1.1)")
	case !text:
		d.warn("alg-unknown", Header, "alg", "it is not a string")
	case strings.EqualFold(alg, "none"):
		d.warn("alg-none", Header, "alg", "the token says that it is not signed: anyone could have written it")
	case registered(alg) != "":
		d.warn("alg-unknown", Header, "alg", "case matters: "+Quote(alg)+" is not "+registered(alg))
	default:
		d.warn("alg-unknown", Header, "alg", describeUnknown(alg, raw))
	}
}

// registered returns the algorithm that equals alg except for case, or "".
func registered(alg string) string {
	for name := range signatureBytes {
		if strings.EqualFold(name, alg) {
			return name
		}
	}
	return ""
}

func describeUnknown(alg string, raw json.RawMessage) string {
	switch alg {
	case "HS1", "RS1":
		return "it uses SHA-1, for which collisions are known"
	}
	return "no signature algorithm is registered as " + clip(raw, 60)
}

// checkSignature looks at the length of the signature.
func (d *decoder) checkSignature(empty bool) {
	alg, _ := d.header.str("alg")
	want, n := signatureBytes[alg], len(d.signature)
	switch {
	case empty && strings.EqualFold(alg, "none"):
	case empty:
		d.warn("signature-missing", Signature, "", "it is empty: the token is not signed, or was truncated")
	case n > 0 && len(bytes.Trim(d.signature, "\x00")) == 0:
		d.warn("signature-zero", Signature, "", "it is all zeros, an attack on ECDSA (CVE-2022-21449)")
	case strings.HasPrefix(alg, "ES") && n > 2 && n != want && d.signature[0] == 0x30 && int(d.signature[1]) == n-2:
		d.warn("signature-length", Signature, "", "it is an ECDSA signature in DER; a token has r and s, each of fixed length (RFC 7518 section 3.4)")
	case want > 0 && n != want:
		d.warn("signature-length", Signature, "", fmt.Sprintf("it has %s; one of %s has %d", number(n, "byte"), alg, want))
	case strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS"):
		if n < 256 {
			d.warn("signature-length", Signature, "", fmt.Sprintf("it has %s; an RSA key of at least 2048 bits makes at least 256", number(n, "byte")))
		}
	}
}

// The values of alg and enc of encrypted tokens (RFC 7518 sections 4.1 and 5.1).
var (
	keyAlgorithms = []string{"RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A192KW", "A256KW", "dir", "ECDH-ES",
		"ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW"}
	contentAlgorithms = []string{"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"}
)

// checkJWE looks at the header of an encrypted token.
func (d *decoder) checkJWE() {
	alg, _ := d.header.str("alg")
	enc, _ := d.header.str("enc")
	d.note("encrypted", Payload, "", "it is encrypted; only the header can be read")
	switch {
	case alg == "RSA1_5":
		d.warn("alg-weak", Header, "alg", "RSA1_5 is vulnerable to padding oracles (RFC 8725 section 3.2)")
	case strings.HasPrefix(alg, "PBES2"):
		d.warn("alg-weak", Header, "alg", "PBES2 encrypts with a password, and the sender sets the recipient's cost (p2c)")
	case alg == "RSA-OAEP":
		d.warn("alg-weak", Header, "alg", "RSA-OAEP uses SHA-1; RSA-OAEP-256 does not")
	case !slices.Contains(keyAlgorithms, alg):
		d.warn("alg-unknown", Header, "alg", "it names no key management algorithm of RFC 7518")
	}
	if !slices.Contains(contentAlgorithms, enc) {
		d.warn("alg-unknown", Header, "enc", "it names no content encryption of RFC 7518")
	}
	if _, ok := d.header.get("zip"); ok {
		d.warn("zip", Header, "zip", "it can be a decompression bomb, and its length reveals information about its content (RFC 8725 section 3.6)")
	}
}

// keyParameters are header parameters from which a verifier might take a key.
var keyParameters = map[string]string{
	"jku": "a verifier that fetches keys from here lets the sender choose the key",
	"x5u": "a verifier that fetches certificates from here lets the sender choose the key",
	"jwk": "a verifier that trusts this key lets the sender choose the key",
	"x5c": "a verifier that trusts this chain without a root of its own lets the sender choose the key",
}

// checkHeader looks at the parameters that signed and encrypted tokens have in common.
func (d *decoder) checkHeader() {
	for _, m := range d.header.members {
		if text, ok := keyParameters[m.Name]; ok {
			d.warn("key-in-header", Header, m.Name, text)
		}
	}
	if raw, _ := d.header.get("jwk"); isPrivate(raw) {
		d.warn("private-key", Header, "jwk", "the key is private: anyone who sees the token can sign with it")
	}
	if _, ok := d.header.get("crit"); ok {
		d.warn("crit", Header, "crit", "a verifier must refuse the token unless it understands everything listed here")
	}
	if _, ok := d.header.get("b64"); ok && d.r.Kind == JWS {
		d.warn("crit", Header, "b64", "it changes how the payload is signed, and is not for tokens (RFC 7797 section 7)")
	}
	if kid, ok := d.header.str("kid"); ok && isOdd(kid) {
		d.warn("kid-odd", Header, "kid", "it looks like a path, a query or a command: an attack on the key lookup")
	}
}

// isOdd reports whether a kid looks like an injection.
func isOdd(kid string) bool {
	low := strings.ToLower(kid)
	return strings.Contains(low, "../") || strings.HasPrefix(low, "/dev/") || strings.HasPrefix(low, "/etc/") || strings.Contains(low, " union ") ||
		strings.ContainsAny(low, "'`\x00") || strings.Contains(low, "$(") || strings.Contains(low, "|")
}

// isPrivate reports whether a JWK has a private member.
func isPrivate(raw json.RawMessage) bool {
	var key struct{ D, K *json.RawMessage }
	return len(raw) > 0 && json.Unmarshal(raw, &key) == nil && (key.D != nil || key.K != nil)
}

// clip returns at most n bytes of text, in whole characters.
func clip[T ~[]byte | ~string](text T, n int) string {
	if len(text) <= n {
		return string(text)
	}
	return strings.ToValidUTF8(string(text[:n]), "") + "…"
}
