package jwt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// label is what a Signer or Verifier of this package shows of its key: the algorithm
// and the kid, in every form of printing, and nothing more.
type label struct {
	alg Algorithm
	kid string
}

// newLabel returns the label of a key for an algorithm that this package implements, and
// the algorithm's parameters.
func newLabel(name Algorithm, kid string) (label, alg.Params, error) {
	if err := compact.CheckKeyID(kid); err != nil {
		return label{}, alg.Params{}, fmt.Errorf("jwt: %s key: %w", name, err)
	}
	p, ok := alg.Lookup(name)
	if !ok {
		return label{}, p, fmt.Errorf("jwt: %q is not an algorithm of this package", name)
	}
	return label{name, kid}, p, nil
}

func (l label) Algorithm() Algorithm { return l.alg }
func (l label) KeyID() string        { return l.kid }
func (l label) String() string       { return string(l.alg) + "(" + l.kid + ")" }
func (l label) GoString() string     { return l.String() }
func (l label) LogValue() slog.Value { return slog.StringValue(l.String()) }

// Format prints the label for every verb: without it, %d would print the fields.
func (l label) Format(f fmt.State, _ rune) { io.WriteString(f, l.String()) }

// MarshalJSON returns the label as a string.
func (l label) MarshalJSON() ([]byte, error) { return strictjson.AppendQuote(nil, l.String()) }

// match returns nil if a token with header h can be of this key: the algorithms
// are the same, and the kids are, or one has none.
func (l label) match(h Header) error {
	if h.Algorithm != l.alg || h.KeyID != l.kid && h.KeyID != "" && l.kid != "" {
		return ErrUnknownKey
	}
	return nil
}

// errf returns an error about making this key.
func (l label) errf(format string, args ...any) error {
	return fmt.Errorf("jwt: %s key: %w", l.alg, fmt.Errorf(format, args...))
}

// keySigner signs with a private key, RSA, ECDSA or Ed25519.
type keySigner struct {
	label
	*private
}

// private is what a keySigner works with. Like the material of every key here it stands
// behind a pointer: where fmt comes upon a key in an unexported field of something else,
// it prints the fields instead of calling methods, but follows no second pointer.
type private struct {
	key    crypto.Signer
	opts   crypto.SignerOpts
	public KeyVerifier
	// decode turns what key returns into JWS form; nil if it is already.
	decode func(sig []byte) ([]byte, error)
	// distrusted is set for a key that is not the standard library's own. Its
	// signatures are verified before they are handed out: a KMS may sign PSS with
	// another salt length by default, and may change its mind later.
	distrusted bool
}

// setOptions sets what key is called with, and what is done with what it returns.
func (s *private) setOptions(p alg.Params) {
	s.opts = p.Hash
	switch p.Family {
	case alg.PSS:
		s.opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: p.Hash}
	case alg.ECDSA:
		s.decode = func(der []byte) ([]byte, error) { return rawFromDER(der, p.Size/2) }
	}
}

func (s *keySigner) PublicKey() crypto.PublicKey { return s.public.PublicKey() }

func (s *keySigner) Verifier() KeyVerifier { return s.public }

func (s *keySigner) Sign(ctx context.Context, h Header, input []byte) ([]byte, error) {
	if err := s.match(h); err != nil {
		return nil, fmt.Errorf("%v: %w", s.label, err)
	}
	message := input
	if s.distrusted { // its code may go on reading when input already holds the next token
		message = bytes.Clone(input)
	}
	sig, err := s.sign(message)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", s.label, err)
	}
	if s.decode != nil {
		if sig, err = s.decode(sig); err != nil {
			return nil, fmt.Errorf("%v: %w", s.label, err)
		}
	}
	if s.distrusted {
		if err := s.public.Verify(ctx, h, input, sig); err != nil {
			return nil, fmt.Errorf("%v: %w", s.label, errBadSigner)
		}
	}
	return sig, nil
}

// sign does what crypto.SignMessage does, which makes a new hash each time: a fiftieth of
// ES256.
func (s *private) sign(message []byte) ([]byte, error) {
	if _, ok := s.key.(crypto.MessageSigner); ok || s.opts.HashFunc() == 0 {
		return crypto.SignMessage(s.key, rand.Reader, message, s.opts)
	}
	var buf [sha512.Size]byte
	return s.key.Sign(rand.Reader, digest(s.opts.HashFunc(), message, &buf), s.opts)
}

var errBadSigner = errors.New("the key returned a signature that its public half does not verify")

// digest hashes input into buf.
func digest(hash crypto.Hash, input []byte, buf *[sha512.Size]byte) []byte {
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256(input)
		return append(buf[:0], sum[:]...)
	case crypto.SHA384:
		sum := sha512.Sum384(input)
		return append(buf[:0], sum[:]...)
	default:
		sum := sha512.Sum512(input)
		return append(buf[:0], sum[:]...)
	}
}
