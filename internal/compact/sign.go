package compact

import (
	"fmt"

	"github.com/cda17858/jwt/internal/alg"
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
	dst = strict.AppendEncode(dst, header)
	dst = append(dst, '.')
	dst = strict.AppendEncode(dst, payload)
	sig, err := sign(dst[start:len(dst):len(dst)])
	if err != nil {
		return dst, header, fmt.Errorf("could not sign: %w", err)
	}
	if !fits(h.Algorithm, len(sig)) {
		return dst, header, fmt.Errorf("could not sign: the Signer returned %d bytes, which is not the length of a signature by %s", len(sig), h.Algorithm)
	}
	dst = append(dst, '.')
	return strict.AppendEncode(dst, sig), header, nil
}

// fits reports whether a signature by name can have n bytes. Of RSA, and of algorithms
// that are not this module's own, it knows only that a signature is not empty.
func fits(name string, n int) bool {
	if p, ok := alg.Lookup(name); ok && p.Size > 0 {
		return n == p.Size
	}
	return n > 0
}
