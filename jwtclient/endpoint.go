package jwtclient

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
)

// An Endpoint is a Source: the token endpoint of an authorization server (RFC 6749
// section 3.2), and what it is asked for. The client authenticates with Secret or Key; with
// neither it is a public client, which only sends its ClientID.
type Endpoint struct {
	// URL is that of the token endpoint. Required.
	URL string

	// Issuer is the identifier of the authorization server (RFC 8414 section 2). It is the
	// audience of what Key and a JWTBearer sign. Required for these; an older server may
	// expect URL here.
	Issuer string

	// ClientID is the identifier of the client. Required, except with a JWTBearer or an
	// Exchange where the server wants none.
	ClientID string

	// Secret is the password of the client. It is sent in the Authorization field
	// (client_secret_basic), or with SecretInBody in the form (client_secret_post).
	Secret       Secret
	SecretInBody bool

	// Key signs what the client authenticates with (private_key_jwt): a JWT that is good for
	// a minute, with ClientID as iss and sub, and Issuer as aud.
	Key jwt.Signer

	// KeyType is the typ of what Key signs. "" means "JWT", which every server takes;
	// "client-authentication+jwt" is the newer one.
	KeyType string

	// Scopes are the scopes to ask for (RFC 6749 section 3.3).
	Scopes []string

	// Resources are the URIs of the servers that the token is for (RFC 8707 section 2).
	Resources []string

	// Audiences are names of the servers that the token is for: RFC 8693 section 2.1, and
	// what some servers take with any grant.
	Audiences []string

	// Grant is how the token is asked for. nil means by client credentials.
	Grant Grant

	// Transport makes the calls. nil means [http.DefaultTransport].
	Transport http.RoundTripper
}

// A Grant is how a token is asked for: a [JWTBearer] or an [Exchange]. Without one, client
// credentials are used.
type Grant interface {
	check(e *Endpoint) error
	ask(ctx context.Context) (ask, error)
	// add adds the parameters of the grant.
	add(ctx context.Context, e *Endpoint, a ask, form url.Values) error
}

// An endpoint is an Endpoint that has been checked.
type endpoint struct {
	Endpoint
	client *http.Client
	place  string // its URL in errors, without the query
}

func (e Endpoint) newSource(cfg *Config) (source, error) {
	u, err := parseURL(e.URL, cfg.InsecureHTTP)
	if err != nil {
		return nil, e.errf("URL %w", err)
	}
	if e.Grant == nil {
		e.Grant = clientCredentials{}
	}
	if e.Transport == nil {
		e.Transport = http.DefaultTransport
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	place := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return &endpoint{e, &http.Client{Transport: e.Transport, CheckRedirect: stay}, place.String()}, nil
}

// stay follows no redirect: the request holds the credentials of the client.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// errf returns an error about a field.
func (e *Endpoint) errf(format string, args ...any) error {
	return fmt.Errorf("jwtclient: Endpoint."+format, args...)
}

func (e *Endpoint) check() error {
	for _, f := range []struct {
		name string
		list []string
	}{{"Scopes", e.Scopes}, {"Resources", e.Resources}, {"Audiences", e.Audiences}} {
		if err := check.List(f.list); err != nil {
			return e.errf("%s: %w", f.name, err)
		}
	}
	for _, s := range e.Scopes {
		if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return e.errf("Scopes: %q is not a scope; each element is one (RFC 6749 section 3.3)", s)
		}
	}
	for _, r := range e.Resources {
		if u, err := url.Parse(r); err != nil || !u.IsAbs() || strings.Contains(r, "#") {
			return e.errf("Resources: %q is not an absolute URI without a fragment", r)
		}
	}
	hasKey := !check.IsNil(e.Key)
	switch {
	case !isPrintable(e.ClientID):
		return e.errf("ClientID has a character that is not printable ASCII (RFC 6749 appendix A.1)")
	case !isPrintable(string(e.Secret)):
		return e.errf("Secret has a character that is not printable ASCII (RFC 6749 appendix A.2); is it a newline, from a file?")
	case e.Key != nil && !hasKey:
		return e.errf("Key holds a nil pointer")
	case hasKey && e.Secret != "":
		return e.errf("Key is set beside Secret; remove one of them")
	case hasKey && e.Issuer == "":
		return e.errf("Issuer is empty; it is the audience of what Key signs")
	case !hasKey && e.KeyType != "":
		return e.errf("KeyType is set without Key")
	case e.SecretInBody && e.Secret == "":
		return e.errf("SecretInBody is set without Secret; is an environment variable unset?")
	case e.ClientID == "" && (hasKey || e.Secret != ""):
		return e.errf("ClientID is empty; is an environment variable unset?")
	case check.IsNil(e.Transport):
		return e.errf("Transport holds a nil pointer")
	case check.IsNil(e.Grant):
		return e.errf("Grant holds a nil pointer")
	}
	return e.Grant.check(e)
}

// isPrintable reports whether all of s is VSCHAR (RFC 6749 appendix A).
func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func (e *endpoint) ask(ctx context.Context) (ask, error) { return e.Grant.ask(ctx) }

// fetch asks the endpoint (RFC 6749 section 3.2).
func (e *endpoint) fetch(ctx context.Context, a ask) (token, error) {
	form := make(url.Values)
	if len(e.Scopes) > 0 {
		form.Set("scope", strings.Join(e.Scopes, " "))
	}
	for _, r := range e.Resources {
		form.Add("resource", r)
	}
	for _, a := range e.Audiences {
		form.Add("audience", a)
	}
	if err := e.Grant.add(ctx, &e.Endpoint, a, form); err != nil {
		return token{}, err
	}
	if err := e.authenticate(ctx, form); err != nil {
		return token{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return token{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if e.Secret != "" && !e.SecretInBody {
		req.SetBasicAuth(url.QueryEscape(e.ClientID), url.QueryEscape(string(e.Secret)))
	}
	issued := now()
	resp, err := e.client.Do(req)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err // the URL may have a query that is not for everyone
		}
		return token{}, fmt.Errorf("%s: %w", e.place, err)
	}
	defer resp.Body.Close()
	t, err := readAnswer(resp, issued)
	if refused, ok := errors.AsType[*Error](err); ok {
		refused.place = e.place
		refused.limit(string(e.Secret), form.Get("client_assertion"), form.Get("assertion"), a.subject, a.actor)
		return t, refused
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", e.place, err)
	}
	return t, err
}

// authenticate adds to form what the client authenticates with, except for
// client_secret_basic.
func (e *endpoint) authenticate(ctx context.Context, form url.Values) error {
	switch {
	case e.Key != nil:
		assertion, err := sign(ctx, e.Key, jwt.Claims[map[string]any]{
			Issuer: e.ClientID, Subject: e.ClientID, Audience: []string{e.Issuer}, Type: e.KeyType,
		})
		if err != nil {
			return fmt.Errorf("signing with Endpoint.Key: %w", err)
		}
		form.Set("client_id", e.ClientID)
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", assertion)
	case e.SecretInBody:
		form.Set("client_id", e.ClientID)
		form.Set("client_secret", string(e.Secret))
	case e.Secret == "" && e.ClientID != "":
		form.Set("client_id", e.ClientID)
	}
	return nil
}

// sign signs an assertion (RFC 7523 section 3), good for a minute and for once.
func sign(ctx context.Context, key jwt.Signer, c jwt.Claims[map[string]any]) (string, error) {
	c.ID = rand.Text()
	c.IssuedAt = now().Truncate(time.Second)
	c.ExpiresAt = c.IssuedAt.Add(time.Minute)
	return jwt.Sign(ctx, key, c)
}
