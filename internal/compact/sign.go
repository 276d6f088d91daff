package compact

import "fmt"

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
		return dst, header, fmt.Errorf("could not sign: the Signer returned %d bytes, which is no %s signature", len(sig), h.Algorithm)
	}
	dst = append(dst, '.')
	return strict.AppendEncode(dst, sig), header, nil
}

// fits reports whether a signature by alg can have n bytes. Of RSA and of algorithms
// that are not this module's own it knows only that a signature is not empty.
func fits(alg string, n int) bool {
	switch alg {
	case "HS256":
		return n == 32
	case "HS384":
		return n == 48
	case "HS512", "ES256", "EdDSA", "Ed25519":
		return n == 64
	case "ES384":
		return n == 96
	case "ES512":
		return n == 132
	}
	return n > 0
}
