package compact

import (
	"fmt"
	"slices"

	"github.com/cda17858/jwt/internal/base64url"
	"github.com/cda17858/jwt/internal/strictjson"
)

// Rules are what the policies of the packages jwt and jws have in common, checked. They are
// safe for concurrent use and must not be copied.
type Rules struct {
	algorithms []string
	types      []string // short forms; nil for any
	untyped    bool     // a token without typ is accepted
	maxBytes   int
	mode       mode
	memo       memo
}

// NewRules checks a policy. types may be empty, which means any; typ is the type that also
// stands for a token without one. The errors begin with the name of the field.
func NewRules[A ~string](algorithms []A, types []string, typ string, maxBytes int) (*Rules, error) {
	if err := CheckAlgorithms(algorithms); err != nil {
		return nil, fmt.Errorf("%s: %w", "Algorithms", err)
	}
	r := &Rules{maxBytes: maxBytes}
	for _, a := range algorithms {
		r.algorithms = append(r.algorithms, string(a))
	}
	var err error
	if r.types, err = ShortTypes(types); err != nil {
		return nil, fmt.Errorf("%s: %w", "Types", err)
	}
	r.untyped = len(types) == 0 || AcceptsType(r.types, typ)
	return r, nil
}

// Unencoded returns the rules for messages with an unencoded payload (RFC 7797).
func (r *Rules) Unencoded() *Rules {
	return &Rules{algorithms: r.algorithms, types: r.types, untyped: r.untyped, maxBytes: r.maxBytes, mode: wantB64}
}

// Join returns rules that any of the given ones may accept: the largest length and the
// union of the algorithms. They accept any type.
func Join(all []*Rules) *Rules {
	joined := &Rules{untyped: true}
	for _, r := range all {
		joined.maxBytes = max(joined.maxBytes, r.maxBytes)
		for _, a := range r.algorithms {
			if !slices.Contains(joined.algorithms, a) {
				joined.algorithms = append(joined.algorithms, a)
			}
		}
	}
	return joined
}

// Allows reports whether alg is in the allowlist.
func (r *Rules) Allows(alg string) bool { return slices.Contains(r.algorithms, alg) }

// Check refuses a token of length n with header h that other rules have let pass.
func (r *Rules) Check(n int, h Header) *Error {
	switch {
	case n > r.maxBytes:
		return errTooLong
	case !r.Allows(h.Algorithm):
		return errAlgorithm
	}
	return nil
}

// AcceptsType reports whether typ, which may be empty, is one of the types.
func (r *Rules) AcceptsType(typ string) bool {
	if typ == "" || len(r.types) == 0 {
		return r.untyped
	}
	return AcceptsType(r.types, typ)
}

var errAlgorithm = &Error{"alg", ErrAlgorithm}

// An Opened is a token whose signature holds.
type Opened struct {
	Header
	Payload []byte // decoded
	// Parameters is the header, decoded, if it has parameters beside alg, kid and typ.
	Parameters []byte
}

// Open is the one sequence by which a token is verified, each step before the next: its
// length and its three parts; the header, its alg in the allowlist; the signature; that
// the payload is canonical base64url. verify checks the signature; its errors are
// returned as they are. What is returned lies in buf.
func (r *Rules) Open(token string, buf *Buffers, verify func(h Header, input, sig []byte) error) (o Opened, err error) {
	t, e := Cut(token, r.maxBytes, buf)
	if e != nil {
		return o, e
	}
	raw, remember, e := r.header(&t, &o, &buf.Members)
	if e != nil {
		return o, e
	}
	sig, e := t.DecodeSignature()
	if e != nil {
		return o, e
	}
	if err := verify(o.Header, t.Input, sig); err != nil {
		return o, err
	}
	if remember {
		r.memo.put(t.Header, o.Header)
	}
	if o.Payload, e = t.DecodePayload(); e != nil {
		return o, e
	}
	if o.More {
		o.Parameters = raw
	}
	return o, nil
}

// OpenDetached is Open for a token that has no second part: its payload, which has come
// another way, stands there in base64url, or, if the rules say so, as it is.
func (r *Rules) OpenDetached(token string, payload []byte, verify func(h Header, input, sig []byte) error) (o Opened, err error) {
	buf := new(Buffers)
	t, e := Cut(token, r.maxBytes, buf)
	if e != nil {
		return o, e
	}
	if len(t.payload) > 0 {
		return o, errAttached
	}
	raw, _, e := r.header(&t, &o, &buf.Members)
	if e != nil {
		return o, e
	}
	sig, e := t.DecodeSignature()
	if e != nil {
		return o, e
	}
	if err := verify(o.Header, signingInput(t.Header, payload, r.mode == wantB64), sig); err != nil {
		return o, err
	}
	o.Payload = payload
	if o.More {
		o.Parameters = raw
	}
	return o, nil
}

var errAttached = malformed("payload", "it stands in the token; a detached one was expected")

// signingInput returns a new signing input (RFC 7515 section 5.1, RFC 7797 section 3).
func signingInput(header, payload []byte, unencoded bool) []byte {
	input := append(slices.Clone(header), '.')
	if unencoded {
		return append(input, payload...)
	}
	return base64url.AppendEncode(input, payload)
}

// header sets the header of o to that of t, if its algorithm is in the allowlist. It returns
// the header decoded, and whether it is for the memo: not yet there, and without
// parameters such as nonce, which differ from token to token.
func (r *Rules) header(t *Token, o *Opened, room *strictjson.Object) (raw []byte, remember bool, _ *Error) {
	if h, ok := r.memo.get(t.Header); ok {
		o.Header = h
		return nil, false, nil
	}
	raw, e := t.DecodeHeader()
	if e != nil {
		return nil, false, e
	}
	h, e := parseHeader(raw, r.mode, room)
	if e != nil {
		return nil, false, e
	}
	if !r.Allows(h.Algorithm) {
		return nil, false, errAlgorithm
	}
	o.Header = h
	return raw, !h.More, nil
}

// Look returns the parts of a token, decoded, of which nothing is checked except their form.
// Parameters is the whole header.
func Look(token string, limit int) (o Opened, err error) {
	buf := new(Buffers)
	t, e := Cut(token, limit, buf)
	if e != nil {
		return o, e
	}
	if o.Parameters, e = t.DecodeHeader(); e != nil {
		return o, e
	}
	if o.Header, e = parseHeader(o.Parameters, ignoreCrit, &buf.Members); e != nil {
		return o, e
	}
	if o.Payload, e = t.DecodePayload(); e != nil {
		return o, e
	}
	if _, e = t.DecodeSignature(); e != nil {
		return o, e
	}
	return o, nil
}
