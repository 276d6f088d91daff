package jwttest

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Verdict says how a service has dealt with a fault.
type Verdict string

const (
	Refused       Verdict = "refused"        // as it should
	Accepted      Verdict = "ACCEPTED"       // it looks like the answer to a good token
	Crashed       Verdict = "crashed"        // a panic, or the connection was lost
	Slow          Verdict = "slow"           // over 50 ms and over ten times what a good token takes, or no answer
	Leaked        Verdict = "leaked"         // the token or a claim of it is in an answer
	Fetched       Verdict = "fetched"        // the service followed a URL of the token, or fetched keys for each
	Odd           Verdict = "odd"            // neither: a 5xx, a redirect, a challenge that is missing
	NotApplicable Verdict = "not applicable" // the Target lacks what it takes; the reason says what
	Waived        Verdict = "waived"         // found, and excepted by Target.Except
)

// order is from the worst to the best.
var order = []Verdict{Accepted, Crashed, Slow, Leaked, Fetched, Odd, Waived, Refused, NotApplicable}

func (v Verdict) worse(than Verdict) bool {
	return slices.Index(order, v) < slices.Index(order, than)
}

// finding reports whether the service should be changed.
func (v Verdict) finding() bool { return v.worse(Waived) }

// judge sends a probe and returns the verdict, why, and the answer. What is not a refusal
// must repeat.
func (a *attack) judge(p probe) (Verdict, string, *Response) {
	before := a.hits()
	verdict, reason, r := a.look(p)
	if verdict == Refused {
		if a.hits() > before {
			return Fetched, "the service asked a server that the token names", r
		}
		a.lookForLeaks(p, r)
		return verdict, reason, r
	}
	again, _, _ := a.look(p)
	if verdict == Slow && again == Slow {
		a.median = max(a.median, a.ask(probe{token: a.fresh()}).Took) // the machine may be busy
		again, _, _ = a.look(p)
	}
	switch {
	case verdict == Slow && again != Slow:
		return again, "", r // something else kept the machine busy
	case again != verdict:
		a.stop("the same token was answered differently: %s, then %s", verdict, again)
	case verdict == Accepted && a.accepts(a.ask(probe{token: garbage})):
		a.stop("the service has begun to accept garbage")
	}
	return verdict, reason, r
}

// longHeader is how many bytes of a header every server takes.
const longHeader = 4 << 10

// look sends a probe once.
func (a *attack) look(p probe) (Verdict, string, *Response) {
	r := a.ask(p)
	switch {
	case r.lost && len(p.token) > longHeader:
		return Refused, "the connection was closed, as servers do when a header is too long", r
	case r.crash != "":
		return Crashed, r.crash, r
	case r.err != nil:
		return Slow, "no answer within " + a.target.Timeout.String(), r
	case a.accepts(r) && !p.survive:
		return Accepted, "", r
	case r.Took > 50*time.Millisecond && r.Took > 10*a.median:
		return Slow, r.Took.Round(time.Millisecond).String() + ", a good token takes " + a.median.Round(time.Microsecond).String(), r
	case a.accepts(r):
		return Refused, "accepted, which does no harm if it is quick", r
	case r.Status == a.refused.Status:
		return Refused, "", r
	case r.Status == http.StatusServiceUnavailable && r.Header.Get("Retry-After") != "":
		return Refused, "it could not be checked", r
	case r.Status >= 500 || r.Status/100 == 3:
		return Odd, r.String(), r
	}
	return Refused, "", r
}

func (a *attack) hits() int64 {
	if a.listener == nil {
		return 0
	}
	return a.listener.hits.Load()
}

// canary is what an answer must not show, in a claim that no service has a use for.
const canary = "jwttest-canary-7f3a"

// lookForLeaks keeps in mind what an answer to a refused token shows of it.
func (a *attack) lookForLeaks(p probe, r *Response) {
	text := bytes.Clone(r.Body)
	for _, lines := range r.Header {
		for _, line := range lines {
			text = append(append(text, '\n'), line...)
		}
	}
	parts := strings.SplitN(p.token, ".", 4)
	what := ""
	switch {
	case len(p.token) > 40 && bytes.Contains(text, []byte(p.token)):
		what = "the token"
	case len(parts) == 3 && len(parts[1]) > 40 && bytes.Contains(text, []byte(parts[1])):
		what = "the payload of the token"
	case len(parts) == 3 && len(parts[2]) > 40 && bytes.Contains(text, []byte(parts[2])):
		what = "the signature of the token"
	case bytes.Contains(text, []byte(canary)):
		what = "a claim of the token"
	}
	if what != "" {
		a.leaks = append(a.leaks, what)
	}
}
