package inspect

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// waive turns off the check that failed, so that Parse reaches the next one. It reports false
// if later checks cannot be made.
func (q *inquiry) waive(name string, err error) bool {
	malformed := errors.Is(err, jwt.ErrMalformed)
	p := &q.policy
	switch name {
	case "form":
		if len(q.token) > q.limit() {
			p.MaxBytes = len(q.token)
			return true
		}
		return q.respell(0)
	case "header":
		return q.respell(cleanHeader)
	case "alg":
		return q.allow()
	case "signature":
		if malformed {
			return q.respell(0)
		}
		again := q.keys == jwt.Verifier(anyone{})
		q.keys = anyone{}
		return !again
	case "payload":
		return q.respell(replacePayload)
	case "typ":
		p.Types, p.InsecureSkipType = nil, true
		return true
	case "max-age":
		p.MaxAge = 0
		return true
	}
	if (malformed || errors.Is(err, jwt.ErrNotYetValid)) && !q.without(name) {
		return false
	}
	if name == "iat" {
		if malformed && p.MaxAge > 0 {
			q.mark("max-age", NotRun, "iat is not a date")
		}
		p.MaxAge = 0 // it has been judged, or cannot be
	}
	q.unrequire(name, errors.Is(err, jwt.ErrExpired))
	return true
}

// unrequire makes the policy accept a token without the claim, or with any value of it.
func (q *inquiry) unrequire(name string, expired bool) {
	p := &q.policy
	p.Required = slices.DeleteFunc(p.Required, func(r string) bool { return r == name })
	switch name {
	case "iss":
		p.Issuers, p.InsecureSkipIssuer = nil, true
	case "aud":
		p.Audiences, p.InsecureSkipAudience = nil, true
	case "exp":
		p.InsecureAllowNoExpiry = true
		if expired { // the last check: nothing else is judged by what is changed here
			p.MaxAge, p.InsecureAcceptExpired = 0, 100*365*24*time.Hour
		}
	}
}

// allow adds the token's alg to the policy. If no policy accepts it, allow replaces it in the
// token.
func (q *inquiry) allow() bool {
	alg, _ := q.look.header.str("alg")
	p := q.policy
	p.Algorithms = append(p.Algorithms, jwt.Algorithm(alg))
	if _, err := jwt.NewValidator(p); err != nil {
		return q.respell(cleanHeader | allowedAlg)
	}
	q.policy = p
	return true
}

// What respell changes in addition to the signature.
const (
	cleanHeader    = 1 << iota // keep only alg and typ
	allowedAlg                 // replace alg with one of the policy
	replacePayload             // the same in canonical base64url
)

// respell rewrites the token with a well-formed signature and the given changes, so that Parse
// can make the checks that follow. The signature can then no longer be checked. It reports
// false if that does not help.
func (q *inquiry) respell(change int) bool {
	parts := strings.Split(q.token, ".")
	if q.look.r.Kind == JWE || len(parts) < 2 {
		return false
	}
	if change&cleanHeader != 0 {
		parts[0] = encode(q.header(change&allowedAlg != 0))
	}
	if change&replacePayload != 0 {
		data, _ := decodeLoosely(parts[1])
		parts[1] = encode(data)
	}
	again := parts[0] + "." + parts[1] + ".AAAA"
	if again == q.token {
		return false
	}
	q.mark("signature", NotRun, "another part of the token is wrong")
	q.token, q.keys = again, anyone{}
	return true
}

// header returns a header with only the alg and the typ of the token.
func (q *inquiry) header(allowed bool) []byte {
	alg, ok := q.look.header.str("alg")
	if !ok {
		q.mark("alg", NotRun, "it cannot be read")
	}
	if !ok || allowed {
		alg = string(q.policy.Algorithms[0])
	}
	text := `{"alg":` + Quote(alg)
	if typ, ok := q.look.header.str("typ"); ok {
		text += `,"typ":` + Quote(typ)
	}
	return []byte(text + "}")
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// without removes a claim from the payload.
func (q *inquiry) without(name string) bool {
	parts := strings.Split(q.token, ".")
	members := q.look.payload.members
	i := slices.IndexFunc(members, func(m Member) bool { return m.Name == name })
	if len(parts) != 3 || i < 0 {
		return false
	}
	members = slices.Delete(members, i, i+1)
	text := []byte("{")
	for i, m := range members {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, Quote(m.Name)...), ':'), m.Value...)
	}
	q.look.payload.members = members
	q.token, q.keys = parts[0]+"."+encode(append(text, '}'))+"."+parts[2], anyone{}
	return true
}
