package jwttest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// What no single token shows.

const noFetches = "the service has not fetched the issuer's keys"

// fetches reports whether the service fetches the issuer's keys.
func (a *attack) fetches() bool { return a.target.Issuer.Fetches() > 0 }

// secondKey has the issuer rotate, and then back.
func (a *attack) secondKey() (Verdict, string) {
	iss := a.target.Issuer
	if !a.fetches() {
		return NotApplicable, noFetches
	}
	kid, err := iss.rotate()
	if err != nil {
		a.stop("%v", err)
		return NotApplicable, err.Error()
	}
	defer iss.Withdraw(kid)
	unsent := a.fresh()
	switch r := a.ask(probe{token: a.fresh()}); {
	case a.accepts(r):
		a.learned = unsent
		return Accepted, ""
	case r.Status == http.StatusServiceUnavailable:
		return NotApplicable, "the service fetches no more keys at the moment: " + r.String()
	default:
		return Refused, r.String()
	}
}

// withdrawn has the service learn a key, withdraws it, and has the service fetch the set
// again by means of another new key.
func (a *attack) withdrawn() (Verdict, string) {
	iss := a.target.Issuer
	if !a.fetches() {
		return NotApplicable, noFetches
	}
	if a.learned == "" {
		return NotApplicable, "the service has not learned a new key"
	}
	kid, err := iss.rotate()
	if err != nil {
		a.stop("%v", err)
		return NotApplicable, err.Error()
	}
	defer iss.Withdraw(kid)
	if r := a.ask(probe{token: a.fresh()}); !a.accepts(r) {
		return NotApplicable, "the service does not fetch a second time within so short a time"
	}
	if a.accepts(a.ask(probe{token: a.learned})) {
		return Accepted, ""
	}
	return Refused, ""
}

// kidFlood counts how often the service asks for keys.
func (a *attack) kidFlood() (Verdict, string) {
	const tokens, most = 100, 5
	if !a.fetches() {
		return NotApplicable, noFetches
	}
	before := a.target.Issuer.Fetches()
	for range tokens {
		h := a.forge.header.with("kid", quote(rand.Text()))
		a.ask(probe{token: a.forge.signed(h.String(), a.forge.payload.String())})
	}
	n := a.target.Issuer.Fetches() - before
	reason := fmt.Sprintf("%d fetches for %d tokens", n, tokens)
	if n > most {
		return Fetched, reason
	}
	return Refused, reason
}

// keysDown sends a token of a new key while the issuer is down.
func (a *attack) keysDown() (Verdict, string) {
	iss := a.target.Issuer
	if !a.fetches() {
		return NotApplicable, noFetches
	}
	iss.Down()
	defer iss.Up()
	kid, err := iss.rotate()
	if err != nil {
		a.stop("%v", err)
		return NotApplicable, err.Error()
	}
	fresh := a.fresh()
	iss.Withdraw(kid)
	old := a.fresh()
	switch r, known := a.ask(probe{token: fresh}), a.ask(probe{token: old}); {
	case r.crash != "":
		return Crashed, r.crash
	case a.accepts(r):
		return Accepted, ""
	case !a.accepts(known):
		return Odd, "a token of a key that the service knows is refused too: " + known.String()
	case r.Status < 500:
		return Odd, r.String() + " instead of 503, so that clients log their users out"
	}
	return Refused, ""
}

// challenge looks at the answers to garbage and to no token.
func (a *attack) challenge() (Verdict, string) {
	if a.target.Func != nil {
		return NotApplicable, "the target is a func, without answers"
	}
	if a.refused.Status != http.StatusUnauthorized {
		return NotApplicable, "garbage is not answered with 401: " + a.refused.String()
	}
	for _, r := range []*Response{a.refused, a.ask(probe{})} {
		if r.Status == http.StatusUnauthorized && r.Header.Get("WWW-Authenticate") == "" {
			return Odd, "401 without WWW-Authenticate"
		}
	}
	return Refused, ""
}

// leak sends tokens that errors are fond of, and looks at what all answers have shown.
func (a *attack) leak() (Verdict, string) {
	if a.target.Func != nil {
		return NotApplicable, "the target is a func, without answers"
	}
	f, mark := a.forge, quote(canary)
	tokens := []string{f.forged(f.header.with("kid", mark), f.payload.with("sub", mark)), canary + ".x." + canary, unsigned(f.header.with("alg", mark), f.payload)}
	if f.issuer != nil {
		expired := f.payload.with("exp", f.at(-time.Hour)).with("sub", mark)
		for _, p := range []object{expired, f.payload.with("iss", mark), f.payload.with("aud", mark), f.payload.with("sub", mark).with("exp", mark)} {
			tokens = append(tokens, f.signed(f.header.String(), p.String()))
		}
	}
	for _, token := range tokens {
		p := probe{token: token}
		if r := a.ask(p); !a.accepts(r) {
			a.lookForLeaks(p, r)
		}
	}
	if len(a.leaks) > 0 {
		return Leaked, fmt.Sprintf("%s, in %d answers", a.leaks[0], len(a.leaks))
	}
	return Refused, ""
}

const noRevoke = "there is no way to revoke (Target.Revoke)"

// revoke returns a token that has been accepted and then revoked, or why not.
func (a *attack) revoke() (token string, verdict Verdict, reason string) {
	if a.target.Revoke == nil {
		return "", NotApplicable, noRevoke
	}
	token = a.fresh()
	a.ask(probe{token: token}) // so that a cache has it
	if err := a.target.Revoke(a.ctx, token); err != nil {
		a.stop("Target.Revoke: %v", err)
		return "", NotApplicable, err.Error()
	}
	return token, "", ""
}

func (a *attack) revoked() (Verdict, string) {
	token, verdict, reason := a.revoke()
	if token == "" {
		return verdict, reason
	}
	if a.accepts(a.ask(probe{token: token})) {
		return Accepted, ""
	}
	return Refused, ""
}

// revokedRespelled sends a revoked token in each spelling that somebody without a key can
// give it.
func (a *attack) revokedRespelled() (Verdict, string) {
	token, verdict, reason := a.revoke()
	if token == "" {
		return verdict, reason
	}
	f := *a.forge
	if err := f.start(token); err != nil {
		a.stop("%v", err)
		return NotApplicable, err.Error()
	}
	f.issuer = nil // a new token would not be the revoked one
	for _, spell := range []func(*forge) ([]probe, error){unusedBits, padded, standardAlphabet} {
		probes, _ := spell(&f) // absent for some signatures
		if len(probes) > 0 && a.accepts(a.ask(probes[0])) && !a.accepts(a.ask(probe{token: token})) {
			return Accepted, ""
		}
	}
	return Refused, ""
}

// otherUsersClaims asks for a thousand users, forty at a time.
func (a *attack) otherUsersClaims() (Verdict, string) {
	const users, lanes = 1000, 40
	switch {
	case a.target.Subject == nil:
		return NotApplicable, "answers do not say whom they are for (Target.Subject)"
	case a.target.Rate != 0:
		return NotApplicable, "the rate of requests is limited"
	}
	var group sync.WaitGroup
	var once sync.Once
	verdict, reason := Refused, ""
	for lane := range lanes {
		group.Go(func() {
			for i := lane; i < users; i += lanes {
				sub := fmt.Sprint("user-", i)
				token := a.forge.signed(a.forge.header.String(), a.forge.payload.with("sub", quote(sub)).String())
				r := a.send.send(a.ctx, probe{token: token})
				if got := a.target.Subject(r); a.accepts(r) && got != sub {
					once.Do(func() { verdict, reason = Accepted, fmt.Sprintf("%s was answered as %q", sub, got) })
				}
			}
		})
	}
	group.Wait()
	return verdict, reason
}
