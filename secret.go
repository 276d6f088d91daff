package jwt

import "github.com/cda17858/jwt/internal/pemkey"

// checkSecret refuses a secret that is shorter than size bytes, and one that is a key in disguise: with a public key as its HMAC secret, a verifier accepts
// tokens that anyone can make (RFC 8725 section 2.1). Types prevent that here; this is for
// a secret that was read from the wrong file.
func (l label) checkSecret(secret []byte, size int) error {
	if len(secret) == 0 {
		return l.errf("secret of 0 bytes; is an environment variable unset?")
	}
	if what := pemkey.Recognize(secret); what != "" {
		return l.errf("the secret is %s, which is not a secret; NewSigner and NewVerifier take RSA, ECDSA and Ed25519 keys", what)
	}
	if len(secret) < size {
		return l.errf("secret of %d bytes; the hash has %d, and no shorter secret is allowed (RFC 7518 section 3.2)", len(secret), size)
	}
	return nil
}
