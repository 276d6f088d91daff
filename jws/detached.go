package jws

import (
	"context"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
)

// SignDetached is [Sign] for a payload that stays out of the token (RFC 7515 appendix F): the
// token is header and signature with two dots between. The payload is signed in base64url,
// or, if m is Unencoded, as it is (RFC 7797).
func SignDetached(ctx context.Context, s jwt.Signer, m Message) (string, error) {
	h, extra, err := prepare(ctx, s, &m)
	if err != nil {
		return "", fmt.Errorf("jws: SignDetached: %w", err)
	}
	token, err := compact.Detached(h, extra, m.Payload, m.Unencoded, signer(ctx, s, h))
	if err != nil {
		return "", fmt.Errorf("jws: %w", opaque(err))
	}
	return string(token), nil
}

// VerifyDetached is [Verify] for a payload that is not in the token. A token that has a
// payload of its own is refused. Message.Payload is the payload that was passed, and not
// a copy.
//
// If the policy is Unencoded, v must be a [jwt.Key], or a [jwt.KeySet] of Keys: other
// Verifiers may choose a key by what they read in the payload, and would take an unencoded
// payload for base64url.
func VerifyDetached(ctx context.Context, token string, payload []byte, v jwt.Verifier, val *Validator) (*Message, error) {
	if err := ready(ctx, v, val); err != nil {
		return nil, fmt.Errorf("jws: VerifyDetached: %w", err)
	}
	if val.unencoded && !onlyKeys(v, maxNested) {
		return nil, errors.New("jws: VerifyDetached: a policy that is Unencoded needs a jwt.Key, or a jwt.KeySet of Keys")
	}
	o, err := val.rules.OpenDetached(token, payload, verifier(ctx, v))
	return val.message(o, err)
}

// maxNested is how deep sets may be nested. A set that contains itself is deeper.
const maxNested = 32

// onlyKeys reports whether v is a Key or a set of them.
func onlyKeys(v jwt.Verifier, depth int) bool {
	if check.IsNil(v) || depth == 0 {
		return false
	}
	switch v := v.(type) {
	case jwt.Key:
		return true
	case jwt.KeySet:
		for _, member := range v {
			if !onlyKeys(member, depth-1) {
				return false
			}
		}
		return len(v) > 0
	}
	return false
}
