package jwks

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/jwk"
)

// A Source has keys to be published. A keyring.Ring and a [jwt.KeySet] are Sources. Keys
// must be safe for concurrent use.
type Source interface {
	Keys() []jwt.KeyVerifier
}

// Handler returns a handler that answers GET and HEAD with the public halves of the keys
// that source has at the time, as a JWK Set (RFC 7517 section 8.5.2), with ETag and
// Cache-Control: maxAge is how long verifiers may keep the set, 1 second to 24 hours, and
// so how long a new key must be published before it signs: by default at least a minute, since a
// [Client] keeps a set for its [Config].MinRefresh even if maxAge is shorter. HMAC keys
// are left out; if no other is there, or one that package jwk cannot write, it answers
// 503. Any origin may read the set.
func Handler(source Source, maxAge time.Duration) (http.Handler, error) {
	switch {
	case check.IsNil(source):
		return nil, errors.New("jwks: Handler: nil Source")
	case maxAge < time.Second || maxAge > 24*time.Hour:
		return nil, fmt.Errorf("jwks: Handler: maxAge is %v; 1s to 24h are allowed", maxAge)
	}
	return &handler{source, fmt.Sprintf("public, max-age=%d", maxAge/time.Second)}, nil
}

type handler struct {
	source       Source
	cacheControl string
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	var keys []jwt.KeyVerifier
	for _, key := range h.source.Keys() {
		if !check.IsNil(key) && key.PublicKey() != nil {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		http.Error(w, "no public keys; HMAC keys are not published", http.StatusServiceUnavailable)
		return
	}
	body, _, err := jwk.MarshalSet(keys...)
	if err != nil { // of a family that package jwk does not know
		http.Error(w, "no keys", http.StatusServiceUnavailable)
		return
	}
	sum := sha256.Sum256(body)
	header := w.Header()
	header.Set("Content-Type", "application/jwk-set+json")
	header.Set("Cache-Control", h.cacheControl)
	header.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
