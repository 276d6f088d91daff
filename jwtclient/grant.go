package jwtclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
)

// clientCredentials is the grant of RFC 6749 section 4.4.
type clientCredentials struct{}

func (clientCredentials) check(e *Endpoint) error {
	switch {
	case e.ClientID == "":
		return e.errf("ClientID is empty; is an environment variable unset?")
	case e.Secret == "" && e.Key == nil:
		return e.errf("Secret and Key are empty; client credentials need one; is an environment variable unset?")
	}
	return nil
}

func (clientCredentials) ask(context.Context) (ask, error) { return ask{}, nil }

func (clientCredentials) add(_ context.Context, _ *Endpoint, _ ask, form url.Values) error {
	form.Set("grant_type", "client_credentials")
	return nil
}

// JWTBearer is the Grant of RFC 7523 section 2.1: an assertion that this program signs, for
// itself or for a user. Each call signs a new one, which is good for a minute. The client need
// not authenticate beside it, unless the server says so.
type JWTBearer struct {
	// Signer signs the assertion. Required.
	Signer jwt.Signer

	// Issuer and Subject are the assertion's iss and sub. "" means the ClientID for Issuer,
	// and for Subject the Issuer.
	Issuer, Subject string

	// Audience is the assertion's aud. "" means the Issuer of the Endpoint.
	Audience string

	// Private are further claims of the assertion.
	Private map[string]any
}

func (g JWTBearer) claims(e *Endpoint) jwt.Claims[map[string]any] {
	c := jwt.Claims[map[string]any]{Issuer: g.Issuer, Subject: g.Subject, Private: g.Private}
	if c.Issuer == "" {
		c.Issuer = e.ClientID
	}
	if c.Subject == "" {
		c.Subject = c.Issuer
	}
	if c.Audience = []string{g.Audience}; g.Audience == "" {
		c.Audience[0] = e.Issuer
	}
	return c
}

func (g JWTBearer) check(e *Endpoint) error {
	if check.IsNil(g.Signer) {
		return e.errf("Grant: JWTBearer.Signer is nil")
	}
	c := g.claims(e)
	switch {
	case c.Issuer == "":
		return e.errf("Grant: JWTBearer.Issuer and Endpoint.ClientID are empty; set one of them")
	case c.Audience[0] == "":
		return e.errf("Grant: JWTBearer.Audience and Endpoint.Issuer are empty; set one of them")
	}
	if _, err := sign(context.Background(), formOnly{g.Signer}, c); !errors.Is(err, errFormOnly) {
		return e.errf("Grant: JWTBearer: %w", err)
	}
	return nil
}

func (JWTBearer) ask(context.Context) (ask, error) { return ask{}, nil }

func (g JWTBearer) add(ctx context.Context, e *Endpoint, _ ask, form url.Values) error {
	assertion, err := sign(ctx, g.Signer, g.claims(e))
	if err != nil {
		return fmt.Errorf("signing with JWTBearer.Signer: %w", err)
	}
	form.Set("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
	form.Set("assertion", assertion)
	return nil
}

// The types of tokens in an [Exchange] (RFC 8693 section 3).
const (
	AccessTokenType  = "urn:ietf:params:oauth:token-type:access_token"
	RefreshTokenType = "urn:ietf:params:oauth:token-type:refresh_token"
	IDTokenType      = "urn:ietf:params:oauth:token-type:id_token"
	JWTType          = "urn:ietf:params:oauth:token-type:jwt"
)

// Exchange is the [Grant] of RFC 8693: it exchanges a token for one that is for another
// server. With it a service calls the next one in the name of its user.
//
// The funcs are called for each request, with its context, or with that given to Token, and
// must be fast. The token that the server issues is kept for this subject and actor only, so
// that no user gets another's. At most 1,024 are kept: then the one that expires first goes.
type Exchange struct {
	// Subject returns the token of the user or service that the request is made for.
	// Required.
	Subject func(ctx context.Context) (string, error)

	// SubjectType is the type of that token. "" means AccessTokenType.
	SubjectType string

	// Actor, if not nil, returns the token of the service that makes the request.
	Actor func(ctx context.Context) (string, error)

	// ActorType is the type of that token. "" means AccessTokenType.
	ActorType string

	// RequestedType is the type of the token that is asked for. "" leaves it to the server.
	RequestedType string
}

func (g Exchange) check(e *Endpoint) error {
	switch {
	case g.Subject == nil:
		return e.errf("Grant: Exchange.Subject is nil")
	case g.Actor == nil && g.ActorType != "":
		return e.errf("Grant: Exchange.ActorType is set without Actor")
	}
	return nil
}

func (g Exchange) ask(ctx context.Context) (a ask, err error) {
	if a.subject, err = callFor(ctx, "Subject", g.Subject); err != nil || g.Actor == nil {
		return a, err
	}
	a.actor, err = callFor(ctx, "Actor", g.Actor)
	return a, err
}

// callFor returns the token that f returns.
func callFor(ctx context.Context, name string, f func(context.Context) (string, error)) (string, error) {
	text, err := f(ctx)
	if err != nil {
		return "", fmt.Errorf("calling Exchange.%s: %w", name, err)
	}
	if !isToken(text) {
		return "", fmt.Errorf("what Exchange.%s returned is empty, or has a character that tokens do not have", name)
	}
	return text, nil
}

// isToken reports whether text can be a token (RFC 6749 appendix A.12), and stand in a header
// field as one word.
func isToken(text string) bool {
	return text != "" && isPrintable(text) && !strings.Contains(text, " ")
}

func (g Exchange) add(_ context.Context, _ *Endpoint, a ask, form url.Values) error {
	form.Set("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
	form.Set("subject_token", a.subject)
	form.Set("subject_token_type", orAccessToken(g.SubjectType))
	if a.actor != "" {
		form.Set("actor_token", a.actor)
		form.Set("actor_token_type", orAccessToken(g.ActorType))
	}
	if g.RequestedType != "" {
		form.Set("requested_token_type", g.RequestedType)
	}
	return nil
}

func orAccessToken(kind string) string {
	if kind == "" {
		return AccessTokenType
	}
	return kind
}
