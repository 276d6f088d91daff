package jwt

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A Parser turns tokens into claims. Its keys, its policy and P are fixed, and have been
// checked against each other. [NewParser] and [JoinParsers] make one. It is safe for
// concurrent use if its keys are, and must not be copied.
type Parser[P any] struct {
	keys Verifier
	val  *Validator
	typ  *strictjson.Type

	// If it was joined: the members by their issuers, and what all have in common.
	members map[string]*Parser[P]
	rules   *compact.Rules
}

// NewParser returns a Parser. Its error names what would otherwise fail at the first
// request, or refuse every token:
//
//   - a policy that [NewValidator] refuses;
//   - a P that [Claims] does not allow;
//   - a P with a method Valid() error, which golang-jwt calls and Parse does not;
//   - a P with a method Validate that is not Validate() error;
//   - nil keys, an empty [KeySet] or [IssuerKeys], or a nil member;
//   - a [Key], a member of a set, or a Verifier with a method Algorithms() []Algorithm, such
//     as jwks.Client and keyring.Ring, that has no algorithm of the policy;
//   - such a Verifier with a method Issuer() string, as jwks.Client, whose issuer the policy does
//     not have;
//   - IssuerKeys that do not have exactly the issuers of the policy, or a KeyFunc for
//     another P;
//   - several Issuers with a Verifier other than IssuerKeys or a KeyFunc, and an IssuerFunc
//     with a KeySet or IssuerKeys.
//
// A wrapper around a Verifier is looked through if it has a method Unwrap() Verifier.
func NewParser[P any](keys Verifier, p Policy) (*Parser[P], error) {
	t, err := parsedType[P]()
	if err != nil {
		return nil, err
	}
	if err := panickingValidate(reflect.TypeFor[P]()); err != nil {
		return nil, err
	}
	val, err := NewValidator(p)
	if err != nil {
		return nil, err
	}
	if err := val.fits(keys, reflect.TypeFor[P]()); err != nil {
		return nil, fmt.Errorf("jwt: NewParser: %w", err)
	}
	return &Parser[P]{keys: keys, val: val, typ: t}, nil
}

// Parse verifies token with the key that the Parser has for it, checks it against the
// policy, and returns its claims. The checks, in this order:
//
//  1. the length of the token, and that it has three parts;
//  2. the header: strict JSON, its alg in the allowlist, no crit and no b64;
//  3. the signature;
//  4. the payload: one object of strict JSON, its registered claims of the right types;
//  5. typ, iss, aud, Required, MaxAge, nbf, iat, and exp last;
//  6. that the private claims fit P, and what P's method Validate() error says, if it has one.
//
// The first that fails is reported. Each part must be canonical base64url (RFC 7515
// section 2), and is decoded when its turn comes. Nothing of the payload is interpreted
// before the signature has been verified, except to choose a key: [IssuerKeys] and
// [JoinParsers] read iss, and a [KeyFunc] all claims.
//
// A [*TokenError] means that the token is refused. Any other error means that it could not
// be checked: the keys could not tell, ctx is done, or p is nil or zero. An error comes with
// nil claims. ctx is handed to the keys.
func (p *Parser[P]) Parse(ctx context.Context, token string) (*Claims[P], error) {
	switch {
	case p == nil || p.typ == nil:
		return nil, errors.New("jwt: Parse: the Parser is nil or zero; NewParser makes one")
	case p.members != nil:
		return p.parseJoined(ctx, token)
	}
	return parse[P](ctx, token, p.keys, p.val, p.typ)
}

// Recheck checks the dates of claims that p has parsed before, at the present time of the
// policy's clock: exp, nbf, iat and MaxAge. It checks nothing else. It is for caches. The
// error is as from Parse; claims of an issuer that a joined Parser does not have are a
// [*TokenError] with [ErrUnknownKey].
func (p *Parser[P]) Recheck(c *Claims[P]) error {
	switch {
	case p == nil || p.typ == nil:
		return errors.New("jwt: Recheck: the Parser is nil or zero; NewParser makes one")
	case c == nil:
		return errors.New("jwt: Recheck: nil claims")
	}
	if p.members != nil {
		if p = p.members[c.Issuer]; p == nil {
			return &TokenError{"iss", ErrUnknownKey}
		}
	}
	return p.val.policy.checkDates(c.ExpiresAt, c.NotBefore, c.IssuedAt)
}

// Generation returns a number that changes when a key stops verifying: it is withdrawn by
// its issuer, revoked or retired, or its set has become too old. A cache reads it before
// Parse and compares it at each hit. It is constant for keys that are fixed, and for sets of
// them. 0 means that the Parser cannot tell, since one of its Verifiers has no method
// Generation() uint64.
func (p *Parser[P]) Generation() uint64 {
	if p == nil || p.typ == nil {
		return 0
	}
	if p.members == nil {
		return generation(p.keys)
	}
	var g uint64 = 1
	for _, iss := range p.issuers() {
		if g = join(g, p.members[iss].Generation()); g == 0 {
			break
		}
	}
	return g
}

// generation returns the Generation of a Verifier, or 0 if it cannot tell.
func generation(v Verifier) uint64 {
	var g uint64 = 1
	switch v := unwrap(v).(type) {
	case interface{ Generation() uint64 }:
		return v.Generation()
	case Key:
		return g
	case KeySet:
		for _, member := range v {
			g = join(g, generation(member))
		}
		return g
	case IssuerKeys:
		for _, iss := range sorted(v) {
			g = join(g, generation(v[iss]))
		}
		return g
	}
	return 0
}

// join returns a number that changes if one of a and b does, and 0 if one of them is.
func join(a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a*0x9e3779b97f4a7c15+b, 1) // an odd factor, so that no change is lost
}

// unwrap returns what a Verifier wraps, and what that wraps, and so on.
func unwrap(v Verifier) Verifier {
	for range maxWrapped {
		w, ok := v.(interface{ Unwrap() Verifier })
		if !ok || check.IsNil(v) {
			break
		}
		v = w.Unwrap()
	}
	return v
}

// maxWrapped is how many wrappers are looked through.
const maxWrapped = 16
