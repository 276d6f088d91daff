// Package jws signs and verifies any bytes as JSON Web Signatures in the compact
// form (RFC 7515), with the Signers and Verifiers of package jwt: a webhook's body,
// for example, or a file. For claims, use [jwt.Sign] and [jwt.Parse].
//
//	token, err := jws.Sign(ctx, signer, jws.Message{Payload: body})
//	…
//	message, err := jws.Verify(ctx, token, keys, validator)
//
// One key should not sign both kinds of things. Where it does, the header's typ keeps
// them apart: it is "JOSE" here and "JWT" there, and neither package accepts the
// other's unless told to.
//
// As in package jwt, a [*jwt.TokenError] means that the token is refused, and any
// other error of [Verify] that it could not be checked.
package jws

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
	"github.com/cda17858/jwt/internal/strictjson"
)

// A Message is a payload and what its header says.
type Message struct {
	Payload []byte // any bytes, also none

	// Type is the header's typ, a media type (RFC 7515 section 4.1.9). Sign writes
	// "JOSE" if it is empty.
	Type string

	// Header holds the header parameters but alg, kid and typ. Sign encodes it as
	// package encoding/json would, and refuses those names as well as crit and b64.
	// Verify decodes each number to an [encoding/json.Number], and leaves Header nil
	// if there are none.
	Header map[string]any

	// Algorithm and KeyID are the header's alg and kid. Verify sets them. Sign
	// ignores them: they are the Signer's to say.
	Algorithm jwt.Algorithm
	KeyID     string
}

// typeJOSE is the typ of a compact JWS of no particular type.
const typeJOSE = "JOSE"

// Sign returns m as a compact JWS, signed by s. It does not limit the length; [Policy]
// says what Verify accepts. No error of Sign is a
// [*jwt.TokenError], and each comes with an empty token. Sign is safe for concurrent
// use if s is. ctx is handed to s.
func Sign(ctx context.Context, s jwt.Signer, m Message) (string, error) {
	switch {
	case ctx == nil:
		return "", errors.New("jws: Sign: nil context")
	case check.IsNil(s):
		return "", errors.New("jws: Sign: nil Signer")
	}
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("jws: Sign: %w", err)
	}
	for _, name := range []string{"alg", "kid", "typ", "crit", "b64"} {
		if _, ok := m.Header[name]; ok {
			return "", fmt.Errorf("jws: Sign: Message.Header: %q is not for the caller to set", name)
		}
	}
	extra, err := strictjson.Marshal(&m.Header, strictjson.Any)
	if err != nil {
		return "", fmt.Errorf("jws: Sign: Message.Header: %w", opaque(err))
	}
	h := jwt.Header{Algorithm: s.Algorithm(), KeyID: s.KeyID(), Type: m.Type}
	if h.Type == "" {
		h.Type = typeJOSE
	}
	token, _, err := compact.AppendSigned(nil, nil,
		compact.Header{Algorithm: string(h.Algorithm), KeyID: h.KeyID, Type: h.Type}, extra, m.Payload,
		func(input []byte) ([]byte, error) { return s.Sign(ctx, h, input) })
	if err != nil {
		return "", fmt.Errorf("jws: %w", opaque(err))
	}
	return string(token), nil
}

// A Policy says which messages are accepted. It is plain data: fill it in, and let
// [NewValidator] check it as a whole.
type Policy struct {
	// Algorithms is the allowlist for the header's alg, in exact case. Required.
	Algorithms []jwt.Algorithm

	// Types is the allowlist for the header's typ: media types, compared as
	// [jwt.Policy] says. "JOSE" also stands for a message without typ. Empty means
	// {"JOSE"}.
	Types []string

	// MaxBytes is the length in bytes of the longest accepted token. 0 means 1 MiB.
	// The header may be no longer than 16 KiB, decoded, and hold no more than 64
	// strings, names included, in any case.
	MaxBytes int
}

const defaultMaxBytes = 1 << 20

// A Validator is a checked [Policy]. It is immutable and safe for concurrent use. The
// zero Validator and nil accept nothing.
type Validator struct {
	policy  Policy // Types in their short forms
	untyped bool   // a message without typ is accepted
}

// NewValidator returns a Validator for p, of which it keeps a copy. It refuses a
// policy with a setting that is missing, blank, given twice or out of range; the
// error names the field.
func NewValidator(p Policy) (*Validator, error) {
	if err := compact.CheckAlgorithms(p.Algorithms); err != nil {
		return nil, fmt.Errorf("jws: Policy.Algorithms: %w", err)
	}
	p.Algorithms = slices.Clone(p.Algorithms)
	if len(p.Types) == 0 {
		p.Types = []string{typeJOSE}
	}
	var err error
	if p.Types, err = compact.ShortTypes(p.Types); err != nil {
		return nil, fmt.Errorf("jws: Policy.Types: %w", err)
	}
	switch {
	case p.MaxBytes < 0:
		return nil, errors.New("jws: Policy.MaxBytes is negative")
	case p.MaxBytes == 0:
		p.MaxBytes = defaultMaxBytes
	}
	return &Validator{p, compact.AcceptsType(p.Types, typeJOSE)}, nil
}

// Verify verifies token with the key that v has for it and returns its message. The
// checks, in this order: the length of the token, and that it has three parts; the
// header, its alg in the allowlist; the signature; that the payload is canonical
// base64url; typ. The first that fails is reported.
//
// A [*jwt.TokenError] means that the token is refused, and any other error that it
// could not be checked. An error comes with a nil message, always. Verify is safe for
// concurrent use if v is. ctx is handed to v.
func Verify(ctx context.Context, token string, v jwt.Verifier, val *Validator) (*Message, error) {
	switch {
	case ctx == nil:
		return nil, errors.New("jws: Verify: nil context")
	case val == nil || len(val.policy.Algorithms) == 0:
		return nil, errors.New("jws: Verify: the Validator is nil or zero; NewValidator makes one")
	case check.IsNil(v):
		return nil, errors.New("jws: Verify: nil Verifier")
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("jws: Verify: %w", err)
	}
	t, raw, h, err := open(token, val.policy.MaxBytes)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(val.policy.Algorithms, h.Algorithm) {
		return nil, &jwt.TokenError{Field: "alg", Err: jwt.ErrAlgorithm}
	}
	sig, e := t.DecodeSignature()
	if e != nil {
		return nil, compactError(e)
	}
	if err := v.Verify(ctx, h, t.Input, sig); err != nil {
		return nil, verifyError(err)
	}
	payload, e := t.DecodePayload()
	if e != nil {
		return nil, compactError(e)
	}
	if h.Type == "" && !val.untyped || h.Type != "" && !compact.AcceptsType(val.policy.Types, h.Type) {
		return nil, &jwt.TokenError{Field: "typ", Err: jwt.ErrMismatch}
	}
	m := &Message{Payload: payload, Type: h.Type, Algorithm: h.Algorithm, KeyID: h.KeyID}
	if m.Header, err = parameters(raw); err != nil {
		return nil, err
	}
	return m, nil
}

// Unverified returns the header and the payload of token without any check but that
// of its form. Anyone can have made them: they are for tools and logs, never for a
// decision. Each of its errors is a [*jwt.TokenError]. Tokens of more than 1 MiB are refused.
func Unverified(token string) (jwt.Header, []byte, error) {
	t, _, h, err := open(token, defaultMaxBytes)
	if err != nil {
		return jwt.Header{}, nil, err
	}
	payload, e := t.DecodePayload()
	if e == nil {
		_, e = t.DecodeSignature()
	}
	if e != nil {
		return jwt.Header{}, nil, compactError(e)
	}
	return h, payload, nil
}

// open returns token cut at its dots, and its header decoded and parsed.
func open(token string, limit int) (t compact.Token, raw []byte, h jwt.Header, _ error) {
	t, e := compact.Cut(token, limit, new(compact.Buffers))
	if e != nil {
		return t, nil, h, compactError(e)
	}
	if raw, e = t.DecodeHeader(); e != nil {
		return t, nil, h, compactError(e)
	}
	parsed, e := compact.ParseHeader(raw)
	if e != nil {
		return t, nil, h, compactError(e)
	}
	return t, raw, jwt.Header{Algorithm: jwt.Algorithm(parsed.Algorithm), KeyID: parsed.KeyID, Type: parsed.Type}, nil
}

func compactError(e *compact.Error) error { return &jwt.TokenError{Field: e.Field, Err: e.Err} }

// verifyError classifies what a Verifier returned for a token.
func verifyError(err error) error {
	switch {
	case errors.Is(err, jwt.ErrUnknownKey):
		if e, ok := err.(*jwt.TokenError); ok && e.Field != "" { // jwt.IssuerKeys knows the place better
			return err
		}
		return &jwt.TokenError{Field: "kid", Err: err}
	case errors.Is(err, jwt.ErrSignature):
		return &jwt.TokenError{Field: "signature", Err: err}
	}
	return fmt.Errorf("jws: could not check the signature: %w", opaque(err))
}

var reasons = []error{
	jwt.ErrMalformed, jwt.ErrAlgorithm, jwt.ErrUnknownKey, jwt.ErrSignature,
	jwt.ErrMissing, jwt.ErrExpired, jwt.ErrNotYetValid, jwt.ErrMismatch,
}

// opaque hides in err what is about another token.
func opaque(err error) error { return compact.Opaque[*jwt.TokenError](err, reasons) }

// parameters returns the header parameters that have no field of their own.
func parameters(header []byte) (map[string]any, error) {
	var all map[string]any
	if err := strictjson.Unmarshal(header, &all, strictjson.Any); err != nil {
		return nil, &jwt.TokenError{Field: "header", Err: compact.Malformed(err)}
	}
	for _, name := range []string{"alg", "kid", "typ"} {
		delete(all, name)
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}
