package compact

import (
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/alg"
	"github.com/cda17858/jwt/internal/base64url"
	"github.com/cda17858/jwt/internal/strictjson"
)

// AppendSigned appends a token to dst: header h with the members of extra, which is
// an encoded JSON object or nil, and payload, signed by what sign returns for the
// signing input. sign must not keep its argument.
//
// scratch is room for the header, and is returned. On an error, dst is returned with
// whatever has been appended.
func AppendSigned(dst, scratch []byte, h Header, extra, payload []byte, sign func(input []byte) ([]byte, error)) ([]byte, []byte, error) {
	header, err := appendHeader(scratch[:0], h, extra)
	if err != nil {
		return dst, header, err
	}
	start := len(dst)
	dst = base64url.AppendEncode(dst, header)
	dst = append(dst, '.')
	dst = base64url.AppendEncode(dst, payload)
	sig, err := checked(h.Algorithm, sign, dst[start:len(dst):len(dst)])
	if err != nil {
		return dst, header, err
	}
	dst = append(dst, '.')
	return base64url.AppendEncode(dst, sig), header, nil
}

// Detached returns a token without its payload (RFC 7515 appendix F), which is signed in
// base64url, or, if unencoded is set, as it is (RFC 7797). The other arguments are those
// of AppendSigned.
func Detached(h Header, extra, payload []byte, unencoded bool, sign func(input []byte) ([]byte, error)) ([]byte, error) {
	if unencoded {
		own := []byte(`{"b64":false,"crit":["b64"]`)
		if extra != nil {
			own = strictjson.AppendMembers(own, extra)
		}
		extra = append(own, '}')
	}
	header, err := appendHeader(nil, h, extra)
	if err != nil {
		return nil, err
	}
	token := base64url.AppendEncode(nil, header)
	sig, err := checked(h.Algorithm, sign, signingInput(token, payload, unencoded))
	if err != nil {
		return nil, err
	}
	return base64url.AppendEncode(append(token, '.', '.'), sig), nil
}

// checked returns what sign returns for input, if it can be a signature by that algorithm.
func checked(name string, sign func(input []byte) ([]byte, error), input []byte) ([]byte, error) {
	sig, err := sign(input)
	if err != nil {
		return nil, fmt.Errorf("could not sign: %w", err)
	}
	if !fits(name, len(sig)) {
		return nil, fmt.Errorf("could not sign: the Signer returned %d bytes, which is not the length of a signature by %s", len(sig), name)
	}
	return sig, nil
}

// fits reports whether a signature by that algorithm can have n bytes. Of RSA, and of
// algorithms that are not this module's own, it knows only that a signature is not empty.
func fits(name string, n int) bool {
	if p, ok := alg.Lookup(name); ok && p.Size > 0 {
		return n == p.Size
	}
	return n > 0
}

// ownParameters are the header parameters that this module writes and reads itself.
var ownParameters = []string{"alg", "kid", "typ", "crit", "b64"}

// EncodeParameters returns further header parameters as an encoded JSON object, or nil if
// there are none. It refuses those that are not for the caller to set.
func EncodeParameters(m map[string]any) ([]byte, error) {
	if len(m) == 0 {
		return nil, nil
	}
	for _, name := range ownParameters {
		if _, ok := m[name]; ok {
			return nil, fmt.Errorf("%q is not for the caller to set", name)
		}
	}
	all := m // so that m goes to the heap only if it holds anything
	return strictjson.Marshal(&all, strictjson.Any)
}

// DecodeParameters returns the header parameters that stand in an encoded header beside those
// that this module reads itself; nil if there are none.
func DecodeParameters(header []byte) (map[string]any, *Error) {
	if len(header) == 0 {
		return nil, nil
	}
	m, err := DecodeHeader(header)
	if err != nil {
		return nil, err
	}
	for _, name := range ownParameters {
		delete(m, name)
	}
	if len(m) == 0 {
		return nil, nil
	}
	return m, nil
}

// DecodeHeader returns all parameters of an encoded header.
func DecodeHeader(header []byte) (map[string]any, *Error) {
	var m map[string]any
	if err := strictjson.Unmarshal(header, &m, strictjson.Any); err != nil {
		return nil, &Error{"header", Malformed(errors.New("a parameter cannot be decoded"))}
	}
	return m, nil
}
