package jwt

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cda17858/jwt/internal/compact"
)

// An Algorithm is the name of a signature algorithm, as in the header parameter
// alg (RFC 7518 section 3.1). It is an open type: a [Signer] and a [Verifier] of
// your own may bring another algorithm. The name "none", in any case, is never
// accepted.
type Algorithm string

// The algorithms that this package implements.
const (
	HS256 Algorithm = "HS256" // HMAC with SHA-2, RFC 7518 section 3.2
	HS384 Algorithm = "HS384"
	HS512 Algorithm = "HS512"

	RS256 Algorithm = "RS256" // RSASSA-PKCS1-v1_5 with SHA-2, RFC 7518 section 3.3
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"

	PS256 Algorithm = "PS256" // RSASSA-PSS with SHA-2, RFC 7518 section 3.5
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"

	ES256 Algorithm = "ES256" // ECDSA on P-256 with SHA-256, RFC 7518 section 3.4
	ES384 Algorithm = "ES384" // ECDSA on P-384 with SHA-384
	ES512 Algorithm = "ES512" // ECDSA on P-521 with SHA-512

	EdDSA   Algorithm = "EdDSA"   // Ed25519 under its older name, RFC 8037 section 3.1
	Ed25519 Algorithm = "Ed25519" // Ed25519 under its own name, RFC 9864 section 2.2
)

// A Header is what a token says about its own signature (RFC 7515 section 4). Until
// the signature has been verified it is the word of a stranger.
type Header struct {
	Algorithm Algorithm // alg
	KeyID     string    // kid; empty if absent
	Type      string    // typ; empty if absent
}

// The memo of a Validator saves it from decoding headers that it has seen before: all
// tokens of one key have the same. It is filled with headers of tokens whose
// signature held, so that nobody else can flood it, and changes no answer. It saves an
// eighth of the time of verifying HS256 (BenchmarkParse, compared with memoLength 0).
type memo struct {
	mu      sync.Mutex
	headers atomic.Pointer[map[string]Header] // never modified once stored
}

const (
	memoSize   = 64  // headers; when full, the memo starts anew
	memoLength = 512 // bytes of a header as received; a longer one is not kept
)

func (m *memo) get(raw []byte) (Header, bool) {
	headers := m.headers.Load()
	if headers == nil {
		return Header{}, false
	}
	h, ok := (*headers)[string(raw)]
	return h, ok
}

func (m *memo) put(raw []byte, h Header) {
	if len(raw) > memoLength {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next := make(map[string]Header, memoSize)
	if old := m.headers.Load(); old != nil && len(*old) < memoSize {
		maps.Copy(next, *old)
	}
	next[string(raw)] = h
	m.headers.Store(&next)
}

// Format prints no more than what it is, whatever the verb: a Validator changes while
// Parse uses it.
func (val *Validator) Format(f fmt.State, _ rune) { io.WriteString(f, "jwt.Validator") }

// header returns the header of t if its algorithm is in the allowlist, and whether it is
// for the memo: not yet there, and without parameters such as nonce, which differ from
// token to token.
func (val *Validator) header(t *compact.Token) (h Header, remember bool, err error) {
	if h, ok := val.memo.get(t.Header); ok {
		return h, false, nil
	}
	raw, e := t.DecodeHeader()
	if e != nil {
		return Header{}, false, compactError(e)
	}
	parsed, e := compact.ParseHeader(raw)
	if e != nil {
		return Header{}, false, compactError(e)
	}
	h = Header{Algorithm(parsed.Algorithm), parsed.KeyID, parsed.Type}
	if !slices.Contains(val.policy.Algorithms, h.Algorithm) {
		return Header{}, false, &TokenError{"alg", ErrAlgorithm}
	}
	return h, !parsed.More, nil
}
