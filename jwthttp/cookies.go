package jwthttp

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cda17858/jwt/internal/check"
)

// A CookieConfig says how tokens travel in cookies. It is checked by [NewCookies].
type CookieConfig struct {
	// Origin is that of the service's pages, as the browser sees it, such as
	// "https://app.example.com". Required. It must be https; http is allowed on loopback,
	// where Chromium takes these cookies without TLS.
	Origin string

	// TrustedOrigins are other origins whose pages may send requests with the cookies.
	TrustedOrigins []string

	// SameSite is [http.SameSiteLaxMode], which 0 stands for, or [http.SameSiteStrictMode].
	SameSite http.SameSite

	// Partitioned gives each site that embeds the service's pages a cookie jar of its own
	// (CHIPS).
	Partitioned bool

	// InsecureLocalhost is for development with Safari, which stores no Secure cookie on
	// http://localhost: the cookies are called "at" and "rt" and are not Secure. Requests
	// whose Host is not loopback are then refused, and Origin must be http on loopback.
	InsecureLocalhost bool
}

// Cookies puts an access token and a refresh token into cookies that no script can read,
// and refuses requests with them that pages of other origins have made. The cookies are
// called __Host-Http-at and __Host-Http-rt: a browser takes such a cookie only from the
// host itself, over TLS (RFC 6265bis section 4.1.3).
//
// It is safe for concurrent use.
type Cookies struct {
	access, refresh http.Cookie // without value and Max-Age
	origins         map[string]bool
	protection      *http.CrossOriginProtection
	loopbackOnly    bool
}

// NewCookies returns the Cookies for cfg, or an error that names the field at fault.
func NewCookies(cfg CookieConfig) (*Cookies, error) {
	if err := checkOrigin(cfg.Origin); err != nil {
		return nil, fmt.Errorf("jwthttp: CookieConfig.Origin %q %w", cfg.Origin, err)
	}
	u, _ := url.Parse(cfg.Origin)
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("jwthttp: CookieConfig.Origin %q is not an https origin", cfg.Origin)
	case cfg.InsecureLocalhost && u.Scheme != "http":
		return nil, fmt.Errorf("jwthttp: CookieConfig.InsecureLocalhost is set, but Origin %q is not http on loopback", cfg.Origin)
	}
	switch cfg.SameSite {
	case 0:
		cfg.SameSite = http.SameSiteLaxMode
	case http.SameSiteLaxMode, http.SameSiteStrictMode:
	default:
		return nil, errors.New("jwthttp: CookieConfig.SameSite is neither Lax nor Strict")
	}
	if cfg.Partitioned && cfg.InsecureLocalhost {
		return nil, errors.New("jwthttp: CookieConfig.Partitioned is set beside InsecureLocalhost; a partitioned cookie must be Secure")
	}
	cookie := http.Cookie{
		Path: "/", HttpOnly: true, Secure: !cfg.InsecureLocalhost,
		SameSite: cfg.SameSite, Partitioned: cfg.Partitioned,
	}
	c := &Cookies{
		access: cookie, refresh: cookie,
		origins:      map[string]bool{cfg.Origin: true},
		protection:   http.NewCrossOriginProtection(),
		loopbackOnly: cfg.InsecureLocalhost,
	}
	c.access.Name, c.refresh.Name = "__Host-Http-at", "__Host-Http-rt"
	if cfg.InsecureLocalhost {
		c.access.Name, c.refresh.Name = "at", "rt"
	}
	for _, origin := range cfg.TrustedOrigins {
		if err := checkOrigin(origin); err != nil {
			return nil, fmt.Errorf("jwthttp: CookieConfig.TrustedOrigins: %q %w", origin, err)
		}
		if c.origins[origin] {
			return nil, fmt.Errorf("jwthttp: CookieConfig.TrustedOrigins: %q is given twice", origin)
		}
		c.origins[origin] = true
	}
	for origin := range c.origins {
		if err := c.protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("jwthttp: CookieConfig: %w", err)
		}
	}
	return c, nil
}

// maxCookie is the length in bytes beyond which a browser may drop a cookie without a word
// (RFC 6265 section 6.1).
const maxCookie = 4096

// SetAccess sets the cookie of the access token, and Cache-Control: no-store. maxAge is how
// long the browser keeps it: the rest of the token's life, at least a second. It is an
// error, and nothing is set, if token is not a token or its cookie would be longer than the
// 4,096 bytes that browsers keep.
func (c *Cookies) SetAccess(w http.ResponseWriter, token string, maxAge time.Duration) error {
	if maxAge < time.Second {
		return fmt.Errorf("jwthttp: the access token's cookie: maxAge is %v; the shortest is 1s", maxAge)
	}
	return set(w, c.access, token, maxAge)
}

// SetRefresh is [Cookies.SetAccess] for the refresh token. A maxAge of 0 makes a cookie
// that the browser forgets when it is closed.
func (c *Cookies) SetRefresh(w http.ResponseWriter, token string, maxAge time.Duration) error {
	if maxAge != 0 && maxAge < time.Second {
		return fmt.Errorf("jwthttp: the refresh token's cookie: maxAge is %v; the shortest is 1s, and 0 ends it with the browser", maxAge)
	}
	return set(w, c.refresh, token, maxAge)
}

func set(w http.ResponseWriter, cookie http.Cookie, token string, maxAge time.Duration) error {
	if !isToken68(token) {
		return errors.New("jwthttp: the value for the cookie is not a token")
	}
	cookie.Value = token
	cookie.MaxAge = int(maxAge / time.Second)
	text := cookie.String()
	switch {
	case text == "":
		return errors.New("jwthttp: the Cookies are zero; NewCookies makes them")
	case len(text) > maxCookie:
		return fmt.Errorf("jwthttp: the token's cookie has %d bytes; browsers keep no more than %d", len(text), maxCookie)
	}
	w.Header().Add("Set-Cookie", text)
	w.Header().Set("Cache-Control", "no-store")
	return nil
}

// Clear tells the browser to forget both cookies. Only a logout should: a late answer to an
// old request could otherwise clear the cookies of a new login.
func (c *Cookies) Clear(w http.ResponseWriter) {
	for _, cookie := range []http.Cookie{c.access, c.refresh} {
		cookie.MaxAge = -1
		w.Header().Add("Set-Cookie", cookie.String())
	}
	w.Header().Set("Cache-Control", "no-store")
}

var errSeveral = errors.New("jwthttp: a cookie occurs more than once")

// Access returns the access token in the cookies of r, or "" if there is none. A request
// with several is an error, to be answered with 400. Nothing about the token has been
// checked.
func (c *Cookies) Access(r *http.Request) (string, error) { return get(r, c.access.Name) }

// Refresh is [Cookies.Access] for the refresh token.
func (c *Cookies) Refresh(r *http.Request) (string, error) { return get(r, c.refresh.Name) }

func get(r *http.Request, name string) (string, error) {
	switch cookies := r.CookiesNamed(name); len(cookies) {
	case 0:
		return "", nil
	case 1:
		return cookies[0].Value, nil
	}
	return "", errSeveral
}

// Protect returns a handler that answers 403 to a request that a page of another origin has
// made, and passes all others to h. It is for the handlers of login, refresh and logout:
// they act on cookies, or set them. GET, HEAD and OPTIONS pass, unless they ask for an
// upgrade, so h must change nothing for them.
func (c *Cookies) Protect(h http.Handler) http.Handler {
	switch {
	case c == nil || c.protection == nil:
		panic("jwthttp: the Cookies are nil or zero; NewCookies makes them")
	case check.IsNil(h):
		panic("jwthttp: Protect: nil handler")
	}
	return &protected{c, h}
}

type protected struct {
	cookies *Cookies
	http.Handler
}

func (p *protected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !p.cookies.servesHost(r), p.cookies.checkRequest(r) != nil:
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		w.Write([]byte(`{"error":"access_denied"}` + "\n"))
	default:
		p.Handler.ServeHTTP(w, r)
	}
}

// servesHost reports whether requests to the Host of r are answered.
func (c *Cookies) servesHost(r *http.Request) bool {
	return !c.loopbackOnly || check.IsLoopback(hostname(r))
}
