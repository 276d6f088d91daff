//go:build cgo

package main

import (
	"fmt"
	"time"

	"github.com/ThalesGroup/crypto11"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// An hsm is a session with a token of an HSM. A token, in PKCS#11, is what holds keys.
type hsm struct {
	*crypto11.Context
}

// openHSM logs into a token. module is the path of the HSM's PKCS#11 library.
func openHSM(module, token, pin string) (*hsm, error) {
	ctx, err := crypto11.Configure(&crypto11.Config{
		Path:       module,
		TokenLabel: token,
		Pin:        pin,
		// PKCS#11 has no cancellation: a call that hangs holds its session for ever. When
		// all sessions are taken, a new call would wait as long.
		PoolWaitTimeout: 5 * time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("hsm: %w", err)
	}
	return &hsm{ctx}, nil
}

// signer returns a Signer for the key pair with the given label. The private key stays
// in the HSM, and Close ends the Signer. The kid is the thumbprint of the public key, so
// that no two keys share one.
func (h *hsm) signer(alg jwt.Algorithm, label string) (jwt.KeySigner, error) {
	keys, err := h.FindKeyPairs(nil, []byte(label))
	if err != nil {
		return nil, fmt.Errorf("hsm: %w", err)
	}
	if len(keys) != 1 {
		return nil, fmt.Errorf("hsm: %d key pairs are labelled %q; there must be one", len(keys), label)
	}
	kid, err := jwk.Thumbprint(keys[0].Public())
	if err != nil {
		return nil, fmt.Errorf("hsm: %w", err)
	}
	return jwt.NewSigner(alg, kid, keys[0])
}
