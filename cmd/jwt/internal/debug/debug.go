// Package debug is the token debugger that jwt debug serves: a page, and the endpoints that it
// calls. The page itself decodes nothing, so it always agrees with the command.
//
// Access is restricted:
//
//   - It is served on a loopback address, at a path that cannot be guessed.
//   - Endpoints accept only a POST with the page's Origin, which pages of other origins cannot
//     send. A request with another Host is refused.
//   - The Content-Security-Policy lets the page load from and connect to its own origin only.
//
// Tokens and keys are kept only while a request is served. They are not logged.
package debug

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

//go:embed page
var files embed.FS

// A Config configures a Page. All fields except Token are required.
type Config struct {
	// Origin is where the page is served: http, host and port.
	Origin string

	// Token is shown first.
	Token string

	// Bare returns a token without what is often copied with it, such as Bearer.
	Bare func(text string) string

	// Fetch fetches the keys of an issuer or a URL that the user entered. It is called only
	// when the user verifies.
	Fetch func(ctx context.Context, cfg jwks.Config) (jwt.KeySet, error)

	// Now is the clock.
	Now func() time.Time
}

// A Page is the debugger as an http.Handler.
type Page struct {
	cfg   Config
	path  string // with slashes at both ends
	files http.Handler
	ask   *http.ServeMux
}

// New returns a Page at a new path.
func New(cfg Config) (*Page, error) {
	sub, err := fs.Sub(files, "page")
	if err != nil {
		return nil, err
	}
	p := &Page{cfg: cfg, path: "/" + rand.Text() + "/", files: http.FileServerFS(sub), ask: http.NewServeMux()}
	p.ask.Handle("POST /start", question(p.start))
	p.ask.Handle("POST /decode", question(p.decode))
	p.ask.Handle("POST /edit", question(p.edit))
	p.ask.Handle("POST /verify", question(p.verify))
	return p, nil
}

// URL returns the address of the page.
func (p *Page) URL() string { return p.cfg.Origin + p.path }

// policy is the Content-Security-Policy: scripts, styles, the icon and requests of this
// origin, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	n := min(len(p.path), len(r.URL.Path))
	switch {
	case "http://"+r.Host != p.cfg.Origin:
		http.Error(w, "wrong host", http.StatusMisdirectedRequest)
	case subtle.ConstantTimeCompare([]byte(r.URL.Path[:n]), []byte(p.path)) != 1:
		http.NotFound(w, r)
	case r.Method != http.MethodPost:
		http.StripPrefix(p.path[:n-1], p.files).ServeHTTP(w, r)
	case r.Header.Get("Origin") != p.cfg.Origin || mediaType(r) != "application/json":
		http.Error(w, "only the page may call this", http.StatusForbidden)
	default:
		http.StripPrefix(p.path[:n-1], p.ask).ServeHTTP(w, r)
	}
}

func mediaType(r *http.Request) string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind
}

// maxQuestion limits the size of a question, in bytes.
const maxQuestion = 8 << 20

// question returns a handler that decodes a question from JSON and encodes the answer.
func question[Q, A any](answer func(ctx context.Context, q Q) A) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q Q
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&q)
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(map[string]string{"problem": "The input is too long or not valid JSON."})
			return
		}
		json.NewEncoder(w).Encode(answer(r.Context(), q))
	})
}

// start returns the token that the command was given.
func (p *Page) start(context.Context, struct{}) any {
	return map[string]string{"token": p.cfg.Token}
}

// sentence returns the text of an error with a capital letter and without its package.
func sentence(text string) string {
	for _, name := range []string{"jwt: ", "jwks: ", "jwk: "} {
		text = strings.TrimPrefix(text, name)
	}
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
