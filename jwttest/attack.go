package jwttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// Run attacks a service, and reports. The error is about the Target only: what the service
// does is in the report. A done ctx makes it inconclusive.
//
// Run first finds out whether good tokens can be told from others: a good one twice, none,
// and garbage. Good ones are sent in between as well, and at the end. If they cannot be told
// apart, or stop being accepted, or if an answer does not repeat, the report is inconclusive,
// says why, and has no results.
//
// If a URL is the target of several Runs, they should not overlap.
func Run(ctx context.Context, target Target) (*Report, error) {
	t, err := target.check()
	if err != nil {
		return nil, err
	}
	a := &attack{target: t, ctx: ctx, send: newSender(t), results: map[ID]*Result{}}
	defer a.send.close()
	a.report = &Report{Target: t.String(), Started: time.Now().UTC(), Signed: t.Issuer != nil}
	if err := a.arm(); err != nil {
		return nil, err
	}
	if a.listener != nil {
		defer a.listener.close()
	}
	a.calibrate()
	a.controls()
	for _, phase := range []bool{true, false} { // what needs fetches of the keys comes first
		for _, f := range Faults() {
			if a.wanted(f) && (f.ID == KeyWithdrawn) == phase && f.ID != HTTPLeak {
				a.try(f)
			}
		}
	}
	if f, _ := find(HTTPLeak); a.wanted(f) {
		a.try(f) // it has seen the answers to all others
	}
	a.requireGood("at the end")
	return a.finish(), nil
}

// An attack is one Run.
type attack struct {
	target   Target
	ctx      context.Context
	send     *sender
	forge    *forge
	listener *listener // nil if the service could not reach it

	good, refused *Response // what they look like
	median        time.Duration
	since         int      // probes since the last good token
	leaks         []string // what has been seen in answers
	learned       string   // an unsent token of a key that the service has fetched and the issuer withdrawn
	stopped       string   // why nothing more is asked, or ""

	report  *Report
	results map[ID]*Result
}

// arm makes what tokens are made with.
func (a *attack) arm() (err error) {
	if a.target.Issuer != nil {
		if a.forge, err = a.target.Issuer.forge(a.target.Claims); err != nil {
			return err
		}
	} else {
		a.forge = &forge{now: time.Now()}
		for _, v := range a.target.Keys {
			if k, ok := v.(jwt.Key); ok {
				a.forge.public = append(a.forge.public, k)
			}
		}
		if err := a.forge.start(a.target.Token); err != nil {
			return err
		}
	}
	a.forge.leeway, a.forge.maxAge, a.forge.other = a.target.Leeway, a.target.MaxAge, a.target.Other
	if a.target.isElsewhere() {
		return nil
	}
	if a.listener, err = newListener(a.forge.attacker); err != nil {
		return fmt.Errorf("jwttest: %w", err)
	}
	a.forge.listener = a.listener.url
	return nil
}

// stop ends the attack without a result.
func (a *attack) stop(format string, args ...any) {
	if a.stopped == "" {
		a.stopped = fmt.Sprintf(format, args...)
	}
}

// ask sends a probe. Once the attack has been stopped it sends nothing.
func (a *attack) ask(p probe) *Response {
	for range 4 {
		if a.stopped != "" {
			return &Response{err: errors.New(a.stopped)}
		}
		r := a.send.send(a.ctx, p)
		if err := a.ctx.Err(); err != nil {
			a.stop("the attack was broken off: %v", err)
		}
		if r.Status != http.StatusTooManyRequests {
			return r
		}
		a.pause(r)
	}
	a.stop("the service limits the rate of requests (429); set Target.Rate to what it allows")
	return &Response{err: errors.New(a.stopped)}
}

// pause waits as long as a 429 wants, but no more than a second.
func (a *attack) pause(r *Response) {
	seconds, _ := strconv.Atoi(r.Header.Get("Retry-After"))
	timer := time.NewTimer(min(max(time.Duration(seconds)*time.Second, 50*time.Millisecond), time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-a.ctx.Done():
	}
}

// fresh returns a good token that has not been sent yet, if there is an issuer.
func (a *attack) fresh() string {
	if a.target.Issuer == nil {
		return a.target.Token
	}
	token, err := a.target.Issuer.token(a.target.Claims)
	if err != nil {
		a.stop("%v", err)
	}
	return token
}

func (a *attack) wanted(f Fault) bool {
	return a.stopped == "" && (a.target.Only == nil || slices.Contains(a.target.Only, f.ID) || slices.Contains(a.target.Only, ID(f.Group())))
}

func knownGroup(id ID) bool {
	return slices.ContainsFunc(Faults(), func(f Fault) bool { return f.ID == id || f.Group() == string(id) })
}

// try puts one fault to the service.
func (a *attack) try(f Fault) {
	res := &Result{Fault: f, Verdict: Refused}
	a.results[f.ID] = res
	switch {
	case f.Signed && a.target.Issuer == nil:
		res.Verdict, res.Reason = NotApplicable, string(noIssuer)
	case f.run != nil:
		res.Verdict, res.Reason = f.run(a)
	default:
		a.tryProbes(res)
	}
	if reason, ok := a.target.Except[f.ID]; ok && res.Verdict.finding() {
		res.Reason = strings.TrimSpace(fmt.Sprintf("%s (%s) %s", reason, res.Verdict, res.Reason))
		res.Verdict = Waived
	}
}

func (a *attack) tryProbes(res *Result) {
	probes, err := res.Fault.probes(a.forge)
	if isAbsent(err) || err == nil && len(probes) == 0 {
		res.Verdict, res.Reason = NotApplicable, "this system cannot make it"
		if err != nil {
			res.Reason = err.Error()
		}
		return
	}
	if err != nil {
		a.stop("%s cannot be made: %v", res.Fault.ID, err)
		return
	}
	sent := false
	for _, p := range probes {
		if why := a.send.impossible(p); why != "" {
			if !sent {
				res.Reason = why
			}
			continue
		}
		for _, token := range p.warm {
			a.ask(probe{token: token})
		}
		verdict, reason, r := a.judge(p)
		if !sent || verdict.worse(res.Verdict) {
			res.set(p, r, a.send.curl(p))
			res.Verdict, res.Reason = verdict, reason
		}
		sent = true
		if a.since++; a.since >= goodEvery {
			a.requireGood("after " + string(res.Fault.ID))
		}
	}
	if !sent {
		res.Verdict = NotApplicable
	}
}

// goodEvery is after how many probes a good token is sent.
const goodEvery = 8
