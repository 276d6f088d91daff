package jwt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cda17858/jwt/internal/compact"
)

// JoinParsers returns one Parser for the tokens of several, such as those of two identity
// providers: each issuer has its own keys, audiences, types and leeway. It is an error if
// there are no parsers, if one is nil or zero, if two have the same issuer, or if one has a
// policy with IssuerFunc or InsecureSkipIssuer.
//
// The joined Parser works in this order:
//
//  1. It checks the length of the token, against the largest MaxBytes of all.
//  2. It checks the header, with the algorithms of all allowed.
//  3. It reads iss, strictly and only to choose one of the parsers. A token of another
//     issuer, or without iss, is a [*TokenError] with [ErrUnknownKey].
//  4. It makes all checks of the chosen Parser: first its own MaxBytes and Algorithms, then
//     the signature and the rest.
func JoinParsers[P any](parsers ...*Parser[P]) (*Parser[P], error) {
	joined := &Parser[P]{members: make(map[string]*Parser[P])}
	var rules []*compact.Rules
	for i, p := range parsers {
		if p == nil || p.typ == nil {
			return nil, fmt.Errorf("jwt: JoinParsers: argument %d is nil or zero; NewParser makes a Parser", i)
		}
		joined.typ = p.typ
		if p.members != nil {
			rules = append(rules, p.rules)
		} else {
			rules = append(rules, p.val.rules)
		}
		for _, iss := range p.issuers() {
			if _, ok := joined.members[iss]; ok {
				return nil, fmt.Errorf("jwt: JoinParsers: two parsers have the issuer %q", iss)
			}
			if joined.members[iss] = p; p.members != nil {
				joined.members[iss] = p.members[iss]
			}
		}
		if len(p.issuers()) == 0 {
			return nil, fmt.Errorf("jwt: JoinParsers: the policy of argument %d does not name its Issuers, so that no token can be assigned to it", i)
		}
	}
	if len(parsers) == 0 {
		return nil, errors.New("jwt: JoinParsers: no parsers")
	}
	joined.rules = compact.Join(rules)
	return joined, nil
}

// issuers returns the issuers that p has by name, sorted.
func (p *Parser[P]) issuers() []string {
	if p.members != nil {
		return slices.Sorted(maps.Keys(p.members))
	}
	return slices.Sorted(slices.Values(p.val.policy.Issuers))
}

// parseJoined is Parse of a joined Parser.
func (p *Parser[P]) parseJoined(ctx context.Context, token string) (*Claims[P], error) {
	buf := getScratch()
	defer putScratch(buf)
	v := chooser[P]{members: p.members, length: len(token)}
	o, err := open(ctx, token, &v, p.rules, buf)
	if err != nil {
		return nil, err
	}
	return parseClaims[P](v.chosen.val, &o, p.typ, buf)
}

// A chooser is the Verifier of a joined Parser for one token.
type chooser[P any] struct {
	members map[string]*Parser[P]
	length  int        // of the token
	chosen  *Parser[P] // set by Verify
}

func (c *chooser[P]) Verify(ctx context.Context, h Header, input, sig []byte) error {
	p, err := byIssuer(c.members, input)
	if err != nil {
		return err
	}
	if err := p.val.rules.Check(c.length, compact.Header{Algorithm: string(h.Algorithm)}); err != nil {
		return err
	}
	c.chosen = p
	return p.keys.Verify(ctx, h, input, sig)
}
