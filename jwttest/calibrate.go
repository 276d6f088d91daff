package jwttest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// calibrate finds out what the answers to good and to bad tokens look like.
func (a *attack) calibrate() {
	var took []time.Duration
	for i := range 4 {
		r := a.ask(probe{token: a.fresh()})
		if i == 0 {
			continue // it may fetch keys
		}
		if a.good != nil && r.Status != a.good.Status {
			a.stop("good tokens are answered differently: %s, then %s", a.good, r)
		}
		a.good = r
		took = append(took, r.Took)
	}
	slices.Sort(took)
	a.median = took[len(took)/2]
	none := a.ask(probe{})
	a.refused = a.ask(probe{token: garbage})
	switch {
	case a.stopped != "":
	case a.good.failed():
		a.stop("a good token gets no answer: %s", a.good)
	case none.failed() || a.refused.failed():
		a.stop("a request without a token, or with garbage, gets no answer: %s, %s", none, a.refused)
	case a.target.Accepted != nil:
		if !a.target.Accepted(a.good) {
			a.stop("Target.Accepted says that a good token is not accepted: %s", a.good)
		} else if a.target.Accepted(a.refused) || a.target.Accepted(none) {
			a.stop("Target.Accepted says that garbage or no token is accepted")
		}
	case a.good.Status == a.refused.Status:
		a.stop("a good token and garbage get the same answer: %s; if they differ in something else, set Target.Accepted", a.good)
	case a.good.Status == none.Status:
		a.stop("a good token and none get the same answer: %s", a.good)
	case a.good.Status >= 500:
		a.stop("a good token gets %s", a.good)
	case a.good.Status == http.StatusUnauthorized || a.good.Status == http.StatusForbidden:
		a.stop("a good token is refused: %s", a.good)
	}
}

// accepts reports whether an answer is one to a good token.
func (a *attack) accepts(r *Response) bool {
	switch {
	case r.failed():
		return false
	case a.target.Accepted != nil:
		return a.target.Accepted(r)
	case r.Status == a.refused.Status:
		return false
	}
	return r.Status == a.good.Status || r.Status/100 == 2
}

// requireGood stops the attack if a good token does not work any more.
func (a *attack) requireGood(when string) {
	a.since = 0
	if a.stopped != "" {
		return
	}
	if r := a.ask(probe{token: a.fresh()}); a.stopped == "" && !a.accepts(r) {
		a.stop("a good token has stopped working %s: %s", when, r)
	}
}

func (r *Response) failed() bool { return r.err != nil || r.crash != "" }

// String returns the status, or what happened instead.
func (r *Response) String() string {
	switch {
	case r.crash != "":
		return r.crash
	case r.err != nil:
		return r.err.Error()
	}
	return fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
}
