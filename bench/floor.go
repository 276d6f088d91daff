package bench

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"sync"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// The practical floor is what no library can leave out: the signature by the
// standard library, with the key schedule of HMAC computed once, and base64 of the
// three parts into buffers that are used again. No JSON, no checks of claims.
type floor struct {
	keys  *keys
	alg   string
	works sync.Pool // of *work
}

type work struct {
	mac hash.Hash
	buf []byte
}

func newFloor(alg string, k *keys) *floor {
	f := &floor{keys: k, alg: alg}
	f.works.New = func() any {
		return &work{hmac.New(sha256.New, k.secret), make([]byte, 16<<10)}
	}
	return f
}

var (
	errForged = errors.New("forged")
	errSize   = errors.New("signature of the wrong size")
)

var encoding = base64.RawURLEncoding.Strict()

func (f *floor) verify(t token) error {
	w := f.works.Get().(*work)
	defer f.works.Put(w)
	first, last := bytes.IndexByte(t.bytes, '.'), bytes.LastIndexByte(t.bytes, '.')
	buf := w.buf
	for _, part := range [][]byte{t.bytes[:first], t.bytes[first+1 : last]} {
		n, err := encoding.Decode(buf, part)
		if err != nil {
			return err
		}
		buf = buf[n:]
	}
	n, err := encoding.Decode(buf, t.bytes[last+1:])
	if err != nil {
		return err
	}
	input, sig, room := t.bytes[:last], buf[:n], buf[n:n]
	ok := false
	switch f.alg {
	case "HS256":
		w.mac.Reset()
		w.mac.Write(input)
		ok = hmac.Equal(w.mac.Sum(room), sig)
	case "RS256":
		sum := sha256.Sum256(input)
		ok = rsa.VerifyPKCS1v15(&f.keys.rsa.PublicKey, crypto.SHA256, sum[:], sig) == nil
	case "ES256":
		if len(sig) != 64 {
			return errSize
		}
		sum := sha256.Sum256(input)
		ok = ecdsa.VerifyASN1(&f.keys.ecdsa.PublicKey, sum[:], appendDER(room, sig))
	case "EdDSA":
		ok = ed25519.Verify(f.keys.ed25519Public(), input, sig)
	}
	if !ok {
		return errForged
	}
	return nil
}

// appendDER appends the P-256 signature r||s in the form that VerifyASN1 takes.
func appendDER(dst, sig []byte) []byte {
	start := len(dst)
	dst = append(dst, 0x30, 0)
	for _, n := range [][]byte{sig[:32], sig[32:]} {
		for len(n) > 1 && n[0] == 0 {
			n = n[1:]
		}
		if n[0] >= 0x80 {
			dst = append(dst, 2, byte(len(n)+1), 0)
		} else {
			dst = append(dst, 2, byte(len(n)))
		}
		dst = append(dst, n...)
	}
	dst[start+1] = byte(len(dst) - start - 2)
	return dst
}

// sign returns the token in a buffer that the next call will use again: it is for
// one goroutine.
func (f *floor) sign(payload []byte) func() ([]byte, error) {
	header := []byte(`{"alg":"` + f.alg + `","kid":"` + kid + `","typ":"JWT"}`)
	w := f.works.New().(*work)
	return func() ([]byte, error) {
		b := encoding.AppendEncode(w.buf[:0], header)
		b = append(b, '.')
		b = encoding.AppendEncode(b, payload)
		sig, err := f.signature(w, b, w.buf[len(w.buf)-256:])
		if err != nil {
			return nil, err
		}
		b = append(b, '.')
		return encoding.AppendEncode(b, sig), nil
	}
}

func (f *floor) signature(w *work, input, room []byte) ([]byte, error) {
	switch f.alg {
	case "HS256":
		w.mac.Reset()
		w.mac.Write(input)
		return w.mac.Sum(room[:0]), nil
	case "RS256":
		sum := sha256.Sum256(input)
		return rsa.SignPKCS1v15(rand.Reader, f.keys.rsa, crypto.SHA256, sum[:])
	case "ES256":
		sum := sha256.Sum256(input)
		der, err := ecdsa.SignASN1(rand.Reader, f.keys.ecdsa, sum[:])
		if err != nil {
			return nil, err
		}
		return rawFromDER(room, der)
	default:
		return ed25519.Sign(f.keys.ed25519, input), nil
	}
}

func rawFromDER(room, der []byte) ([]byte, error) {
	var inner cryptobyte.String
	var r, s []byte
	input := cryptobyte.String(der)
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) {
		return nil, errors.New("not DER")
	}
	raw := room[:64]
	clear(raw)
	copy(raw[32-len(r):], r)
	copy(raw[64-len(s):], s)
	return raw, nil
}
