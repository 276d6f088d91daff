package jwthttp

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Failure is how a request is refused.
type Failure struct {
	Status    int    // 400, 401, 403, 500 or 503
	Reason    Reason // more exact than what clients are told
	Code      string // the error code in the body: of OAuth 2.0, or "unauthorized"
	Challenge string // the WWW-Authenticate field, or "" for none
}

// An answer is what the clients are told.
type answer struct {
	status       int
	code, detail string
}

var (
	answerNone        = answer{401, "unauthorized", "The request has no access token."}
	answerRequest     = answer{400, "invalid_request", "The request has no well-formed access token, or more than one."}
	answerToken       = answer{401, "invalid_token", "The access token is not accepted."}
	answerScope       = answer{403, "insufficient_scope", "The access token lacks a scope that this request needs."}
	answerStepUp      = answer{401, "insufficient_user_authentication", "The user must authenticate anew, or in a stronger way."}
	answerForbidden   = answer{403, "access_denied", "Access is denied."}
	answerUnavailable = answer{503, "temporarily_unavailable", "The request could not be authorized at this time."}
	answerDefect      = answer{500, "server_error", "The request could not be authorized."}
)

// answerFor returns what clients are told for a Reason.
func answerFor(reason Reason) answer {
	switch reason {
	case ReasonNoCredentials:
		return answerNone
	case ReasonMalformedCredentials, ReasonSeveralCredentials:
		return answerRequest
	case ReasonScope:
		return answerScope
	case ReasonAuthentication:
		return answerStepUp
	case ReasonForbidden, ReasonCrossOrigin, ReasonHost, ReasonUndeclared:
		return answerForbidden
	case ReasonUnavailable, ReasonGone:
		return answerUnavailable
	case ReasonDefect:
		return answerDefect
	}
	return answerToken
}

// retryAfter returns the Retry-After field of a 503, in seconds: what err says, as that of a
// jwks.Client does whose limit is used up, or 5.
func retryAfter(err error) string {
	wait := 5 * time.Second
	if e, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		wait = min(max(e.RetryAfter(), time.Second), time.Hour)
	}
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}

// refuse answers w with f. err is why, or nil.
func (cfg *Config) refuse(w http.ResponseWriter, r *http.Request, f Failure, err error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if f.Challenge != "" {
		h.Set("WWW-Authenticate", f.Challenge)
	}
	if f.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", retryAfter(err))
	}
	if cfg.Answer != nil {
		cfg.Answer(w, r, f)
		return
	}
	contentType, body := cfg.body(f)
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(f.Status)
	w.Write(body) // an error means that the client has gone
}

// body returns the body of a refusal and its media type.
func (cfg *Config) body(f Failure) (contentType string, body []byte) {
	detail := answerFor(f.Reason).detail
	if cfg.ProblemDetails {
		body, _ = json.Marshal(struct {
			Title  string `json:"title"`
			Status int    `json:"status"`
			Detail string `json:"detail"`
			Error  string `json:"error"`
		}{http.StatusText(f.Status), f.Status, detail, f.Code})
		return "application/problem+json", append(body, '\n')
	}
	body, _ = json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{f.Code, detail})
	return "application/json", append(body, '\n')
}

// A challenge is a WWW-Authenticate field (RFC 9110 section 11.6.1) being written.
type challenge struct{ strings.Builder }

// newChallenge returns a Bearer challenge (RFC 6750 section 3) with the parameters that all
// have.
func (a *Auth[P]) newChallenge(code string) *challenge {
	c := new(challenge)
	c.WriteString("Bearer ")
	c.param("realm", a.cfg.Realm)
	c.param("error", code)
	c.param("resource_metadata", a.metadata)
	return c
}

// param adds a parameter as a quoted-string, unless value is "". Value has been checked with
// isQuotable.
func (c *challenge) param(name, value string) {
	if value == "" {
		return
	}
	if c.Len() > len("Bearer ") {
		c.WriteString(", ")
	}
	c.WriteString(name + `="` + quoter.Replace(value) + `"`)
}

var quoter = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

// isQuotable reports whether s can stand in a quoted-string without loss: it is printable
// ASCII.
func isQuotable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f })
}
