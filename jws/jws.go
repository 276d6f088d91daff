// Package jws signs and verifies any bytes as JSON Web Signatures in the compact
// form (RFC 7515), with the Signers and Verifiers of package jwt: a webhook's body,
// for example, or a file. For claims, use [jwt.Sign] and [jwt.NewParser].
//
//	token, err := jws.Sign(ctx, signer, jws.Message{Payload: body})
//	…
//	message, err := jws.Verify(ctx, token, keys, validator)
//
// [SignDetached] and [VerifyDetached] leave the payload out of the token (RFC 7515 appendix
// F), as webhooks and open banking do. If Unencoded is set, the payload is signed as it is,
// not in base64url (RFC 7797).
//
// One key should not sign both kinds of things. Where it does, the header's typ keeps
// them apart: it is "JOSE" here and "JWT" there, and neither package accepts the
// other's unless told to.
//
// As in package jwt, a [*jwt.TokenError] means that the token is refused. Any other error
// of [Verify] means that it could not be checked.
package jws

import (
	"context"
	"errors"
	"fmt"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/internal/compact"
)

// A Message is a payload and what its header says.
type Message struct {
	Payload []byte // any bytes, also none

	// Type is the header's typ, a media type (RFC 7515 section 4.1.9). Sign writes
	// "JOSE" if it is empty.
	Type string

	// Header holds the header's further parameters: all except alg, kid, typ, crit and b64,
	// which Sign refuses here. Sign encodes it as package encoding/json would. Verify decodes
	// each number to an [encoding/json.Number], and leaves Header nil if there are none.
	Header map[string]any

	// Algorithm and KeyID are the header's alg and kid. Verify sets them. Sign
	// ignores them: the Signer decides.
	Algorithm jwt.Algorithm
	KeyID     string

	// Unencoded says that the payload was signed as it is and not in base64url: the header
	// has b64 false and crit ["b64"] (RFC 7797). Only detached payloads can be.
	Unencoded bool
}

// typeJOSE is the typ of a compact JWS of no particular type.
const typeJOSE = "JOSE"

// Sign returns m as a compact JWS, signed by s. It does not limit the length of a token;
// [Policy] says what Verify accepts. A message that is Unencoded is an error. No error of Sign
// is a [*jwt.TokenError], and each comes with an empty token. Sign is safe for concurrent
// use if s is. ctx is handed to s.
func Sign(ctx context.Context, s jwt.Signer, m Message) (string, error) {
	if m.Unencoded {
		return "", errors.New("jws: Sign: Message.Unencoded is set; SignDetached signs such messages")
	}
	h, extra, err := prepare(ctx, s, &m)
	if err != nil {
		return "", fmt.Errorf("jws: Sign: %w", err)
	}
	token, _, err := compact.AppendSigned(nil, nil, h, extra, m.Payload, signer(ctx, s, h))
	if err != nil {
		return "", fmt.Errorf("jws: %w", opaque(err))
	}
	return string(token), nil
}

// prepare returns the header of m and its further parameters, encoded.
func prepare(ctx context.Context, s jwt.Signer, m *Message) (h compact.Header, extra []byte, err error) {
	switch {
	case ctx == nil:
		return h, nil, errors.New("nil context")
	case check.IsNil(s):
		return h, nil, errors.New("nil Signer")
	}
	if err := ctx.Err(); err != nil {
		return h, nil, err
	}
	if extra, err = compact.EncodeParameters(m.Header); err != nil {
		return h, nil, fmt.Errorf("Message.Header: %w", opaque(err))
	}
	h = compact.Header{Algorithm: string(s.Algorithm()), KeyID: s.KeyID(), Type: m.Type}
	if h.Type == "" {
		h.Type = typeJOSE
	}
	return h, extra, nil
}

func signer(ctx context.Context, s jwt.Signer, h compact.Header) func(input []byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) { return s.Sign(ctx, fromCompact(h), input) }
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
	// The header may be no longer than 16 KiB, decoded, and have no more than 64 strings,
	// names included. The length of a detached payload is not limited: its reader knows it.
	MaxBytes int

	// Unencoded accepts detached payloads that were signed as they are (RFC 7797), and no
	// others: the header must have b64 false and crit ["b64"]. [Verify] refuses such a policy.
	Unencoded bool
}

const defaultMaxBytes = 1 << 20

// A Validator is a checked [Policy]. It is safe for concurrent use and must not be copied.
// The zero Validator and nil accept nothing.
type Validator struct {
	rules     *compact.Rules
	unencoded bool
}

// NewValidator returns a Validator for p, of which it keeps a copy. It refuses a
// policy with a setting that is missing, blank, given twice or out of range; the
// error names the field.
func NewValidator(p Policy) (*Validator, error) {
	switch {
	case p.MaxBytes < 0:
		return nil, errors.New("jws: Policy.MaxBytes is negative")
	case p.MaxBytes == 0:
		p.MaxBytes = defaultMaxBytes
	}
	if len(p.Types) == 0 {
		p.Types = []string{typeJOSE}
	}
	rules, err := compact.NewRules(p.Algorithms, p.Types, typeJOSE, p.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("jws: Policy.%w", err)
	}
	if p.Unencoded {
		rules = rules.Unencoded()
	}
	return &Validator{rules, p.Unencoded}, nil
}

// Verify verifies token with the key that v has for it and returns its message. The checks,
// in this order:
//
//  1. the length of the token, and that it has three parts;
//  2. the header, with its alg in the allowlist;
//  3. the signature;
//  4. that the payload is canonical base64url;
//  5. typ.
//
// The first that fails is reported.
//
// A [*jwt.TokenError] means that the token is refused. Any other error means that it could
// not be checked. An error comes with a nil message. Verify is safe for concurrent use if v
// is. ctx is handed to v.
func Verify(ctx context.Context, token string, v jwt.Verifier, val *Validator) (*Message, error) {
	if err := ready(ctx, v, val); err != nil {
		return nil, fmt.Errorf("jws: Verify: %w", err)
	}
	if val.unencoded {
		return nil, errors.New("jws: Verify: the policy is Unencoded; VerifyDetached verifies such messages")
	}
	o, err := val.rules.Open(token, new(compact.Buffers), verifier(ctx, v))
	return val.message(o, err)
}

// ready refuses arguments with which no message can be verified.
func ready(ctx context.Context, v jwt.Verifier, val *Validator) error {
	switch {
	case ctx == nil:
		return errors.New("nil context")
	case val == nil || val.rules == nil:
		return errors.New("the Validator is nil or zero; NewValidator makes one")
	case check.IsNil(v):
		return errors.New("nil Verifier")
	}
	return ctx.Err()
}

func verifier(ctx context.Context, v jwt.Verifier) func(h compact.Header, input, sig []byte) error {
	return func(h compact.Header, input, sig []byte) error {
		return compact.Verdict[*jwt.TokenError](v.Verify(ctx, fromCompact(h), input, sig))
	}
}

// message returns what has been opened as a Message, or err as an error of this package.
func (val *Validator) message(o compact.Opened, err error) (*Message, error) {
	if err != nil {
		return nil, refusal(err)
	}
	if !val.rules.AcceptsType(o.Type) {
		return nil, &jwt.TokenError{Field: "typ", Err: jwt.ErrMismatch}
	}
	m := &Message{
		Payload: o.Payload, Type: o.Type, Algorithm: jwt.Algorithm(o.Algorithm), KeyID: o.KeyID, Unencoded: val.unencoded,
	}
	var e *compact.Error
	if m.Header, e = compact.DecodeParameters(o.Parameters); e != nil {
		return nil, refusal(e)
	}
	return m, nil
}

func fromCompact(h compact.Header) jwt.Header {
	return jwt.Header{Algorithm: jwt.Algorithm(h.Algorithm), KeyID: h.KeyID, Type: h.Type}
}

// refusal turns an error of package compact about a token into one of package jwt.
func refusal(err error) error {
	if e, ok := err.(*compact.Error); ok {
		return &jwt.TokenError{Field: e.Field, Err: e.Err}
	}
	return fmt.Errorf("jws: could not check the signature: %w", err)
}

// opaque hides in err what is about another token.
func opaque(err error) error { return compact.Opaque[*jwt.TokenError](err) }
