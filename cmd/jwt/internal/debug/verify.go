package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
	"github.com/cda17858/jwt/jwks"
)

// A request is the form of the page.
type request struct {
	Token             string
	Key, JWKS, Issuer string // where the keys are from: one of them
	Encoding          string // of Key, see readKey

	ExpectedIssuer, ExpectedAudience, ExpectedType string
	AnyIssuer, AnyAudience, AnyType                bool
}

// A verdict is the result of a request.
type verdict struct {
	Problem string `json:"problem,omitempty"` // why the token could not be verified
	Holds   bool   `json:"holds"`
	Verdict string `json:"verdict"`
	Checks  []line `json:"checks"`
}

// A line is one check.
type line struct {
	Name   string `json:"name"`
	State  string `json:"state"` // holds, fails, skipped
	Text   string `json:"text"`
	Found  string `json:"found,omitempty"`
	Wanted string `json:"wanted,omitempty"`
}

func (p *Page) verify(ctx context.Context, q request) verdict {
	keys, err := p.keys(ctx, q)
	if err != nil {
		return verdict{Problem: sentence(err.Error())}
	}
	policy, err := p.policy(q, keys)
	if err != nil {
		return verdict{Problem: sentence(err.Error())}
	}
	v, err := inspect.Verify(ctx, p.cfg.Bare(q.Token), keys, policy)
	if err != nil {
		return verdict{Problem: sentence(err.Error())}
	}
	out := verdict{Holds: v.Valid, Verdict: "Accepted: all checks passed"}
	for _, c := range v.Checks {
		out.Checks = append(out.Checks, newLine(c))
	}
	switch {
	case v.Refused():
		out.Verdict = "Refused: " + v.Reason
		if i := slices.IndexFunc(out.Checks, func(l line) bool { return l.State == "fails" }); i >= 0 {
			out.Verdict = fmt.Sprintf("Refused: %s: %s", out.Checks[i].Name, out.Checks[i].Text) // without what was found
		}
	case !v.Valid:
		out.Verdict = "Could not be checked: " + v.Reason
	}
	return out
}

func newLine(c inspect.Check) line {
	l := line{Name: c.Name, State: "skipped", Text: c.Reason, Found: c.Found, Wanted: c.Wanted}
	switch c.State {
	case inspect.Pass:
		l.State, l.Text = "holds", cmp.Or(c.Found, c.Wanted)
		l.Found, l.Wanted = "", ""
	case inspect.Fail:
		l.State = "fails"
		if c.Found != "" && c.Wanted != "" {
			l.Text, _, _ = strings.Cut(c.Reason, ": ") // the rest says what was found and wanted
		}
	case inspect.Waived:
		l.Text, l.Found = "anything is accepted", ""
	case inspect.Absent:
		l.Text, l.Wanted = "absent, and not required", ""
	}
	return l
}

// keys returns the keys that the form names.
func (p *Page) keys(ctx context.Context, q request) (jwt.KeySet, error) {
	jwksText, issuer := strings.TrimSpace(q.JWKS), strings.TrimSpace(q.Issuer)
	switch {
	case issuer != "":
		return p.cfg.Fetch(ctx, jwks.Config{Issuer: issuer})
	case strings.HasPrefix(jwksText, "https://"), strings.HasPrefix(jwksText, "http://"):
		return p.cfg.Fetch(ctx, jwks.Config{URL: jwksText})
	case jwksText == "" && strings.TrimSpace(q.Key) == "":
		return nil, errors.New("enter a key, a JWK Set or an issuer first")
	}
	text, encoding := q.Key, q.Encoding
	if jwksText != "" {
		text, encoding = jwksText, ""
	}
	f, err := readKey(text, encoding)
	if err != nil {
		return nil, err
	}
	if jwksText != "" && f.IsSecret() {
		return nil, errors.New("this is not a JWK Set; a secret is a key")
	}
	set, err := f.Verifiers()
	if err == nil && len(set) == 0 {
		err = errors.New("the key set is empty")
	}
	return set, err
}

// readKey reads a key. Anything that is not a key pair is a secret: text, unless encoding is set.
func readKey(text, encoding string) (*keyfile.File, error) {
	f, err := keyfile.Read([]byte(text))
	if err == nil && encoding != "" && f.IsSecret() && !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return keyfile.ReadSecret([]byte(text), encoding)
	}
	return f, err
}

// policy returns the policy of the form. An empty issuer or audience must be waived explicitly.
func (p *Page) policy(q request, keys jwt.KeySet) (jwt.Policy, error) {
	out := jwt.Policy{
		InsecureSkipIssuer: q.AnyIssuer, InsecureSkipAudience: q.AnyAudience, InsecureSkipType: q.AnyType, Now: p.cfg.Now,
	}
	for _, want := range []struct {
		value, what string
		any         bool
		list        *[]string
	}{
		{cmp.Or(q.ExpectedIssuer, strings.TrimSpace(q.Issuer)), "issuer", q.AnyIssuer, &out.Issuers},
		{q.ExpectedAudience, "audience", q.AnyAudience, &out.Audiences},
	} {
		switch {
		case want.any:
		case want.value == "":
			return out, fmt.Errorf("enter the expected %s, or check Any %[1]s", want.what)
		default:
			*want.list = []string{want.value}
		}
	}
	switch {
	case q.AnyType:
	case q.ExpectedType == "":
		out.Types = []string{"JWT", "at+jwt"} // as jwt verify
	default:
		out.Types = []string{q.ExpectedType}
	}
	seen := map[jwt.Algorithm]bool{}
	for _, k := range keys.Keys() {
		if alg := k.Algorithm(); !seen[alg] {
			seen[alg] = true
			out.Algorithms = append(out.Algorithms, alg)
		}
	}
	return out, nil
}
