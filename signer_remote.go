package jwt

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
)

// NewRemoteSigner returns a Signer for a key that is held elsewhere, such as in a
// KMS. key is the Verifier of its public half; the algorithm, the kid and the public key are
// taken from it.
//
// sign is called with the signing input, which it may keep, and with the context
// that [Sign] was given. It returns the signature in JWS form, or, for ES256, ES384
// and ES512, in DER. It must be safe for concurrent use. Every signature is verified
// by key before Sign returns it. An error of sign is wrapped.
func NewRemoteSigner(key KeyVerifier, sign func(ctx context.Context, input []byte) ([]byte, error)) (KeySigner, error) {
	if check.IsNil(key) {
		return nil, errors.New("jwt: NewRemoteSigner: nil key")
	}
	if sign == nil {
		return nil, errors.New("jwt: NewRemoteSigner: nil sign function")
	}
	l := label{key.Algorithm(), key.KeyID()} // the algorithm may be one of key's own
	if err := compact.CheckAlgorithm(string(l.alg)); err != nil {
		return nil, fmt.Errorf("jwt: NewRemoteSigner: %T: %w", key, err)
	}
	if err := compact.CheckKeyID(l.kid); err != nil {
		return nil, fmt.Errorf("jwt: NewRemoteSigner: %T: %w", key, err)
	}
	return &remoteSigner{l, key, sign}, nil
}

type remoteSigner struct {
	label
	public KeyVerifier
	sign   func(ctx context.Context, input []byte) ([]byte, error)
}

func (s *remoteSigner) PublicKey() crypto.PublicKey { return s.public.PublicKey() }

func (s *remoteSigner) Verifier() KeyVerifier { return s.public }

func (s *remoteSigner) Sign(ctx context.Context, h Header, input []byte) ([]byte, error) {
	if err := s.match(h); err != nil {
		return nil, fmt.Errorf("%v: %w", s.label, err)
	}
	// A copy: a client that gave up waiting may still be sending it when input
	// already holds the next token.
	sig, err := s.sign(ctx, bytes.Clone(input))
	if err != nil {
		return nil, fmt.Errorf("%v: %w", s.label, err)
	}
	if p, ok := alg.Lookup(s.alg); ok && p.Family == alg.ECDSA && len(sig) != p.Size {
		if sig, err = rawFromDER(sig, p.Size/2); err != nil {
			return nil, fmt.Errorf("%v: %w", s.label, err)
		}
	}
	if err := s.public.Verify(ctx, h, input, sig); err != nil {
		return nil, fmt.Errorf("%v: %w: %w", s.label, errBadSigner, err)
	}
	return sig, nil
}
