package inspect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// A Verdict is the result of verifying a token: whether it is valid, and each check.
type Verdict struct {
	Valid bool `json:"valid"`

	// Error is the error of Parse: a *jwt.TokenError for the first check that failed, or the
	// reason why the token could not be checked. It is nil if the token is valid.
	Error  error  `json:"-"`
	Reason string `json:"reason,omitempty"` // its text
	Failed string `json:"failed,omitempty"` // the check that it is about, if it is a *jwt.TokenError

	Checks []Check `json:"checks"` // in the order in which Parse makes them
}

// Expired reports whether the token has expired and all other checks passed.
func (v *Verdict) Expired() bool { return errors.Is(v.Error, jwt.ErrExpired) }

// Refused reports whether the token is invalid. A token that is neither valid nor refused could
// not be checked.
func (v *Verdict) Refused() bool {
	_, ok := errors.AsType[*jwt.TokenError](v.Error)
	return ok
}

// A Check is one of the checks of Parse.
type Check struct {
	Name   string `json:"name"` // "form", "header", "alg", "signature", "payload", "typ", "max-age", or a claim
	State  State  `json:"state"`
	Found  string `json:"found,omitempty"`  // what the token has
	Wanted string `json:"wanted,omitempty"` // what the policy wants
	Reason string `json:"reason,omitempty"` // why it failed, or was not run
}

// A State is the result of a check.
type State string

// The states of a check.
const (
	Pass   State = "pass"
	Fail   State = "fail"
	Waived State = "waived" // an Insecure field of the policy turns it off
	Absent State = "absent" // the claim is not there, and not required
	NotRun State = "not run"
)

// Verify parses token with the keys and the policy, which names one issuer or none. If that
// fails, it parses again with the failed check waived, until no other check fails. A check is
// waived by the policy's Insecure field for it, or by removing that part of the token. A wrong
// signature is waived by a Verifier that accepts every signature. So every check is made by
// package jwt itself. Only the first Parse decides Valid.
//
// All checks are made for one moment: the clock is read once.
//
// It returns an error if the keys or the policy are invalid.
func Verify(ctx context.Context, token string, keys jwt.KeySet, p jwt.Policy) (*Verdict, error) {
	now := time.Now()
	if p.Now != nil {
		now = p.Now()
	}
	p.Now = func() time.Time { return now }
	parser, err := jwt.NewParser[struct{}](keys, p)
	if err != nil {
		return nil, err
	}
	_, err = parser.Parse(ctx, token)
	v := &Verdict{Valid: err == nil, Error: err}
	if err != nil {
		v.Reason = strings.TrimPrefix(err.Error(), "jwt: ")
	}
	q := newInquiry(token, keys, p)
	if v.Refused() {
		v.Failed = q.place(err)
	}
	v.Checks = q.run(ctx)
	return v, nil
}

// anyone is a Verifier that accepts every signature. It never decides whether a token is valid.
type anyone struct{}

func (anyone) Verify(context.Context, jwt.Header, []byte, []byte) error { return nil }

// An inquiry calls Parse repeatedly for one token.
type inquiry struct {
	token  string
	keys   jwt.Verifier
	policy jwt.Policy

	look   *decoder // what the token says
	checks []Check
}

func newInquiry(token string, keys jwt.Verifier, p jwt.Policy) *inquiry {
	p.Required = slices.Clone(p.Required)
	p.Algorithms = slices.Clone(p.Algorithms)
	look := &decoder{r: &Report{}, now: p.Now().UTC().Truncate(time.Second)}
	q := &inquiry{token: token, keys: keys, policy: p, look: look}
	q.look.token(token)
	q.checks = q.list()
	return q
}

// run returns all checks.
func (q *inquiry) run(ctx context.Context) []Check {
	for range 40 + len(q.policy.Required) {
		err := q.ask(ctx)
		if err == nil {
			q.rest(Pass, "")
			return q.checks
		}
		name, state := q.place(err), Fail
		if _, ok := errors.AsType[*jwt.TokenError](err); !ok {
			state = NotRun
		}
		q.mark(name, state, reasonText(err))
		q.passBefore(name, errors.Is(err, jwt.ErrMalformed))
		if !q.waive(name, err) {
			break
		}
	}
	q.rest(NotRun, "an earlier check failed")
	return q.checks
}

// ask is Parse.
func (q *inquiry) ask(ctx context.Context) error {
	val, err := jwt.NewValidator(q.policy)
	if err != nil {
		return err
	}
	_, err = jwt.Parse[struct{}](ctx, q.token, q.keys, val)
	return err
}

// mark sets the state of a check that has none yet. It adds a check that is not in the list: that
// of a claim of which only the type is checked.
func (q *inquiry) mark(name string, s State, reason string) {
	i := slices.IndexFunc(q.checks, func(c Check) bool { return c.Name == name })
	if i < 0 {
		i = slices.IndexFunc(q.checks, func(c Check) bool { return c.Name == "typ" })
		q.checks = slices.Insert(q.checks, i, Check{Name: name, Found: q.found(name)})
	}
	if c := &q.checks[i]; c.State == "" {
		c.State, c.Reason = s, reason
	} else if c.State == Waived || c.State == Absent {
		c.State, c.Reason = s, reason // a claim that is not judged, but malformed
	}
}

// passBefore marks the checks that Parse made before the one that failed. The types of all
// claims are checked together, before the first check of the policy.
func (q *inquiry) passBefore(name string, malformed bool) {
	i := slices.IndexFunc(q.checks, func(c Check) bool { return c.Name == name })
	if typ := slices.IndexFunc(q.checks, func(c Check) bool { return c.Name == "typ" }); malformed && i > typ {
		i = typ
	}
	for i := range q.checks[:i] {
		if q.checks[i].State == "" {
			q.checks[i].State = Pass
		}
	}
}

// rest sets the state of all checks that have none yet.
func (q *inquiry) rest(s State, reason string) {
	for i := range q.checks {
		if q.checks[i].State == "" {
			q.checks[i].State, q.checks[i].Reason = s, reason
		}
	}
}

// place returns the check that an error of Parse is about.
func (q *inquiry) place(err error) string {
	e, ok := errors.AsType[*jwt.TokenError](err)
	malformed := errors.Is(err, jwt.ErrMalformed)
	switch {
	case !ok:
		return "signature"
	case errors.Is(err, jwt.ErrAlgorithm):
		return "alg"
	case errors.Is(err, jwt.ErrSignature), errors.Is(err, jwt.ErrUnknownKey):
		return "signature"
	case malformed && (len(q.token) > q.limit() || strings.Count(q.token, ".") != 2):
		return "form"
	case malformed && slices.Contains([]string{"alg", "kid", "typ", "crit", "b64"}, e.Field):
		return "header"
	case e.Field == "iat" && !malformed && !errors.Is(err, jwt.ErrNotYetValid):
		return "max-age"
	}
	return e.Field
}

// limit is the length of the longest token that the policy accepts, in bytes.
func (q *inquiry) limit() int {
	if q.policy.MaxBytes == 0 {
		return parseLimit
	}
	return q.policy.MaxBytes
}

func reasonText(err error) string {
	if e, ok := errors.AsType[*jwt.TokenError](err); ok {
		return e.Err.Error()
	}
	return "could not be checked: " + strings.TrimPrefix(err.Error(), "jwt: ")
}

// list returns the checks that the policy asks for, in the order of Parse, with what the
// token has and what is wanted.
func (q *inquiry) list() []Check {
	p := &q.policy
	algs := make([]string, len(p.Algorithms))
	for i, a := range p.Algorithms {
		algs[i] = string(a)
	}
	types := p.Types
	if len(types) == 0 && !p.InsecureSkipType {
		types = []string{"JWT"}
	}
	checks := []Check{
		{Name: "form", Wanted: "three parts of base64url"},
		{Name: "header", Wanted: "strict JSON, no crit"},
		{Name: "alg", Wanted: strings.Join(algs, ", ")},
		{Name: "signature"},
		{Name: "payload", Wanted: "strict JSON"},
		q.unless(p.InsecureSkipType, Check{Name: "typ", Wanted: strings.Join(types, ", ")}),
		q.unless(p.InsecureSkipIssuer, Check{Name: "iss", Wanted: strings.Join(p.Issuers, ", ")}),
		q.unless(p.InsecureSkipAudience, Check{Name: "aud", Wanted: strings.Join(p.Audiences, ", ")}),
	}
	for _, name := range p.Required {
		if !slices.ContainsFunc(checks, func(c Check) bool { return c.Name == name }) && name != "nbf" && name != "iat" && name != "exp" {
			checks = append(checks, Check{Name: name, Wanted: "to be present"})
		}
	}
	if p.MaxAge > 0 {
		checks = append(checks, Check{Name: "max-age", Wanted: "issued within " + duration(p.MaxAge)})
	}
	checks = append(checks, Check{Name: "nbf", Wanted: "not after now"}, Check{Name: "iat", Wanted: "not after now"}, Check{Name: "exp", Wanted: "after now"})
	for i := range checks {
		c := &checks[i]
		c.Found = q.found(c.Name)
		if c.Found == "" && q.look.r.Payload != nil && (c.Name == "nbf" || c.Name == "iat" || c.Name == "exp" && p.InsecureAllowNoExpiry) && !slices.Contains(p.Required, c.Name) {
			c.State = Absent
		}
	}
	return checks
}

func (q *inquiry) unless(waived bool, c Check) Check {
	if waived {
		c.State, c.Wanted = Waived, ""
	}
	return c
}

// found returns what the token has for a check, safe for a terminal.
func (q *inquiry) found(name string) string {
	switch name {
	case "form":
		n := strings.Count(q.token, ".") + 1
		switch {
		case q.look.r.Kind == JWE:
			return fmt.Sprintf("%s: encrypted (JWE)", number(n, "part"))
		case n != 3:
			return number(n, "part")
		}
		return fmt.Sprintf("%d bytes", len(q.token))
	case "header", "payload":
		return ""
	case "alg", "typ":
		raw, ok := q.look.header.get(name)
		if !ok {
			return "absent"
		}
		return clip(raw, maxFound)
	case "signature":
		raw, ok := q.look.header.get("kid")
		if !ok {
			return "no kid"
		}
		return "kid " + clip(raw, maxFound)
	case "max-age":
		name = "iat"
	}
	raw, _ := q.look.payload.get(name)
	if t, ok := date(raw); ok && dateClaims[name] {
		return t.Format("2006-01-02 15:04:05 UTC") + ", " + when(name, t, q.look.now)
	}
	return clip(raw, maxFound)
}

const maxFound = 200
