package jwks

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/jwk"
)

// A Source has keys to publish. A keyring.Ring, a [jwt.KeySet] and a [Client] are Sources.
// Keys must be safe for concurrent use.
type Source interface {
	Keys() []jwt.KeyVerifier
}

// A HandlerConfig says what a handler publishes. It is checked by [NewHandler].
type HandlerConfig struct {
	// Source has the keys. Required.
	Source Source

	// MaxAge is how long verifiers may keep the set, in whole seconds, and so how long a
	// new key must be published before it signs. 0 means 15 minutes; the shortest is 1
	// second and the longest 24 hours. A [Client] keeps a set for its [Config].MinRefresh,
	// by default a minute, even if MaxAge is shorter.
	MaxAge time.Duration

	// Logger receives an error for each key that cannot be published, once until the keys
	// change. nil means [slog.Default].
	Logger *slog.Logger
}

// NewHandler returns a handler that answers GET and HEAD with the public halves of the keys
// that Source has at the time, as a JWK Set (RFC 7517 section 8.5.2), with ETag and
// Cache-Control. Any origin may read the set.
//
// HMAC keys are left out. A key that package jwk cannot write is left out and logged: one
// whose family it does not know must be a [jwk.Marshaler]. If no key is left, the answer is
// 503, and verifiers go on with the set that they have.
//
// A [Client] with [Config].Issuer also needs the issuer's metadata, as JSON under
// /.well-known/openid-configuration or /.well-known/oauth-authorization-server:
//
//	{"issuer":"https://auth.example.com","jwks_uri":"https://auth.example.com/.well-known/jwks.json"}
//
// Behind jwthttp's DefaultDeny the handler is declared by jwthttp.Public.
//
// The error names a setting that is missing or wrong.
func NewHandler(cfg HandlerConfig) (http.Handler, error) {
	if check.IsNil(cfg.Source) {
		return nil, errors.New("jwks: HandlerConfig.Source is nil")
	}
	if err := check.Duration(cfg.MaxAge, time.Second, 24*time.Hour); err != nil {
		return nil, fmt.Errorf("jwks: HandlerConfig.MaxAge %w", err)
	}
	maxAge := cmp.Or(cfg.MaxAge, 15*time.Minute)
	return &handler{
		source:       cfg.Source,
		logger:       cmp.Or(cfg.Logger, slog.Default()),
		cacheControl: fmt.Sprintf("public, max-age=%d", maxAge/time.Second),
	}, nil
}

type handler struct {
	source       Source
	logger       *slog.Logger
	cacheControl string
	reported     atomic.Pointer[string] // the keys left out that have been logged
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	body, skipped, err := jwk.MarshalSet(h.source.Keys()...)
	h.report(r, skipped)
	if err != nil {
		http.Error(w, "no public keys", http.StatusServiceUnavailable)
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

// report logs the keys that were left out by mistake, unless it has done so before.
func (h *handler) report(r *http.Request, skipped []jwk.Skipped) {
	var wrong []jwk.Skipped
	for _, s := range skipped {
		if !errors.Is(s.Err, jwk.ErrSecret) { // HMAC
			wrong = append(wrong, s)
		}
	}
	text := fmt.Sprint(wrong)
	if last := h.reported.Swap(&text); last != nil && *last == text {
		return
	}
	for _, s := range wrong {
		h.logger.ErrorContext(r.Context(), "jwks: key not published", "index", s.Index, "kid", s.KeyID, "reason", s.Err)
	}
}
