package jwt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"hash"
	"sync"
	"unicode/utf8"

	"github.com/cda17858/jwt/internal/alg"
)

// hmacKey is a secret and the MACs in use with it.
type hmacKey struct {
	label
	macs sync.Pool // of *mac, keyed: it saves half of the time and six allocations
}

// mac is a hash.Hash with room for its sum, which saves an allocation.
type mac struct {
	hash.Hash
	sum [sha512.Size]byte
}

func newHMACKey(name Algorithm, kid string, secret []byte) (*hmacKey, error) {
	l, p, err := newLabel(name, kid)
	if err != nil {
		return nil, err
	}
	if p.Family != alg.HMAC {
		return nil, fmt.Errorf("jwt: %q is not for a secret; %s are", name, enumerate(alg.Names[Algorithm](alg.HMAC)))
	}
	// The constructors themselves, not closures over them: FIPS mode refuses to
	// make an HMAC of what it cannot recognize.
	newHash := sha256.New
	switch p.Hash {
	case crypto.SHA384:
		newHash = sha512.New384
	case crypto.SHA512:
		newHash = sha512.New
	}
	if len(secret) == 0 {
		return nil, l.errf("secret of 0 bytes; is an environment variable unset?")
	}
	if len(secret) < p.Size {
		return nil, l.errf("secret of %d bytes; the hash has %d, and no shorter secret is allowed (RFC 7518 section 3.2)", len(secret), p.Size)
	}
	if what := looksLikeKey(secret); what != "" {
		return nil, l.errf("the secret looks like %s, which is not a secret; NewSigner and NewVerifier take RSA, ECDSA and Ed25519 keys", what)
	}
	secret = bytes.Clone(secret)
	k := &hmacKey{label: l}
	k.macs.New = func() any { return &mac{Hash: hmac.New(newHash, secret)} }
	return k, nil
}

// looksLikeKey says what a secret looks like that is none: a verifier that takes a
// public key for an HMAC secret accepts tokens that anyone can make. Types prevent
// that here; this catches a secret read from the wrong file.
func looksLikeKey(secret []byte) string {
	text := bytes.Trim(secret, " \t\r\n\ufeff")
	switch {
	case bytes.Contains(secret, []byte("-----BEGIN")), bytes.Contains(secret, []byte("---- BEGIN SSH2")):
		return "PEM"
	case bytes.HasPrefix(text, []byte("{")) && (bytes.Contains(text, []byte(`"kty"`)) || bytes.Contains(text, []byte(`"keys"`))):
		return "a JWK"
	case utf8.Valid(text) && (bracketed(text, "{", "}") || bracketed(text, "[", "]")):
		return "JSON"
	case isSPKI(text):
		return "a public key in base64"
	}
	for _, prefix := range []string{"ssh-", "sk-ssh-", "sk-ecdsa-", "ecdsa-sha2-"} {
		if bytes.HasPrefix(text, []byte(prefix)) {
			return "an SSH key"
		}
	}
	return ""
}

func bracketed(text []byte, open, end string) bool {
	return bytes.HasPrefix(text, []byte(open)) && bytes.HasSuffix(text, []byte(end))
}

// isSPKI reports whether text is the base64 of a public key, which is PEM without its
// lines.
func isSPKI(text []byte) bool {
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(der, text)
	if err != nil {
		return false
	}
	_, err = x509.ParsePKIXPublicKey(der[:n])
	return err == nil
}

// NewHMACSigner returns a Signer for HS256, HS384 or HS512 with a secret of at least
// 32, 48 or 64 bytes (RFC 7518 section 3.2), which it copies. The secret must come
// from a random generator; a password does not, however long. What looks like PEM, JSON,
// an SSH key or a public key in base64 is refused. kid may be empty.
func NewHMACSigner(alg Algorithm, kid string, secret []byte) (KeySigner, error) {
	k, err := newHMACKey(alg, kid, secret)
	if err != nil {
		return nil, err
	}
	return &hmacSigner{k}, nil
}

// NewHMACVerifier returns the Verifier for tokens of the Signer that
// [NewHMACSigner] returns for the same arguments. Whoever can verify with an HMAC
// secret can sign with it as well.
func NewHMACVerifier(alg Algorithm, kid string, secret []byte) (KeyVerifier, error) {
	k, err := newHMACKey(alg, kid, secret)
	if err != nil {
		return nil, err
	}
	return &hmacVerifier{k}, nil
}

// PublicKey returns nil: HMAC has no public half.
func (k *hmacKey) PublicKey() crypto.PublicKey { return nil }

type hmacSigner struct{ *hmacKey }

func (s *hmacSigner) Verifier() KeyVerifier { return &hmacVerifier{s.hmacKey} }

func (s *hmacSigner) Sign(_ context.Context, h Header, input []byte) ([]byte, error) {
	if err := s.match(h); err != nil {
		return nil, fmt.Errorf("%v: %w", s.label, err)
	}
	m := s.macs.Get().(*mac)
	defer s.macs.Put(m)
	m.Reset()
	m.Write(input)
	return m.Sum(nil), nil
}

type hmacVerifier struct{ *hmacKey }

func (v *hmacVerifier) Verify(_ context.Context, h Header, input, sig []byte) error {
	if err := v.match(h); err != nil {
		return err
	}
	m := v.macs.Get().(*mac)
	defer v.macs.Put(m)
	m.Reset()
	m.Write(input)
	if !hmac.Equal(m.Sum(m.sum[:0]), sig) {
		return ErrSignature
	}
	return nil
}
