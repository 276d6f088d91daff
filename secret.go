package jwt

import (
	"crypto/fips140"

	"github.com/cda17858/jwt/internal/pemkey"
)

// minFIPSSecret is the least number of bytes of which crypto/hmac makes a key in FIPS 140-3
// mode.
const minFIPSSecret = 14

// checkSecret refuses a secret that is shorter than size bytes, unless short is set, and
// one that is a key in disguise: with a public key as its HMAC secret, a verifier accepts
// tokens that anyone can make (RFC 8725 section 2.1). Types prevent that here; this is for
// a secret that was read from the wrong file.
func (l label) checkSecret(secret []byte, size int, short bool) error {
	if len(secret) == 0 {
		return l.errf("secret of 0 bytes; is an environment variable unset?")
	}
	if what := pemkey.Recognize(secret); what != "" {
		return l.errf("the secret is %s, which is not a secret; a key in PEM is for ParsePrivateKey or ParsePublicKey, with an algorithm such as RS256", what)
	}
	switch {
	case short && fips140.Enforced() && len(secret) < minFIPSSecret:
		return l.errf("secret of %d bytes; FIPS 140-3 mode wants at least %d", len(secret), minFIPSSecret)
	case !short && len(secret) < size:
		return l.errf("secret of %d bytes; the hash has %d, and no shorter secret is allowed (RFC 7518 section 3.2)", len(secret), size)
	}
	return nil
}
