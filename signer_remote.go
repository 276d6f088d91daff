package jwt

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/compact"
)

// NewRemoteSigner returns a Signer for a key that is held elsewhere, such as in a
// KMS. key is the Verifier of its public half and must be a [Key]; the algorithm,
// the kid and the public key are taken from it.
//
// sign is called with the signing input, which it may keep, and with the context
// that [Sign] was given. It returns the signature in JWS form, or, for ES256, ES384
// and ES512, in DER. It must be safe for concurrent use. Every signature is verified
// by key before Sign returns it. An error of sign is wrapped.
func NewRemoteSigner(key Verifier, sign func(ctx context.Context, input []byte) ([]byte, error)) (Signer, error) {
	if compact.IsNil(key) {
		return nil, errors.New("jwt: NewRemoteSigner: nil key")
	}
	public, ok := key.(publicKey)
	switch {
	case !ok:
		return nil, fmt.Errorf("jwt: NewRemoteSigner: %T is no Key; it must stand for exactly one", key)
	case sign == nil:
		return nil, errors.New("jwt: NewRemoteSigner: nil sign function")
	}
	if err := compact.CheckAlgorithm(string(public.Algorithm())); err != nil {
		return nil, fmt.Errorf("jwt: NewRemoteSigner: %T: %w", key, err)
	}
	l, err := newLabel(public.Algorithm(), public.KeyID())
	if err != nil {
		return nil, err
	}
	return &remoteSigner{l, public, sign}, nil
}

type remoteSigner struct {
	label
	public publicKey
	sign   func(ctx context.Context, input []byte) ([]byte, error)
}

func (s *remoteSigner) PublicKey() crypto.PublicKey { return s.public.PublicKey() }

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
	if p, err := ecdsaAlgorithm(s.alg); err == nil && len(sig) != 2*p.size {
		if sig, err = rawFromDER(sig, p.size); err != nil {
			return nil, fmt.Errorf("%v: %w", s.label, err)
		}
	}
	if err := s.public.Verify(ctx, h, input, sig); err != nil {
		return nil, fmt.Errorf("%v: %w: %w", s.label, errBadSigner, err)
	}
	return sig, nil
}
