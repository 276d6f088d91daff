package jwttest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// A Report is what an attack has found. It holds the tokens as they were sent, in Curl too,
// so keep it as secret as they are.
type Report struct {
	Target  string        `json:"target"`
	Started time.Time     `json:"started"`
	Took    time.Duration `json:"nanoseconds"`
	Signed  bool          `json:"signed"` // whether there was an Issuer, and all faults were tried

	// Inconclusive says why nothing can be said about the service. It is "" otherwise.
	Inconclusive string `json:"inconclusive,omitempty"`

	Controls []Result `json:"controls,omitempty"` // should be accepted
	Results  []Result `json:"results,omitempty"`  // should be refused, in the order of Faults
}

// A Result is what one fault, or one control, has led to. If a fault has variants, it is
// about the worst.
type Result struct {
	Fault
	Verdict Verdict
	Reason  string // what has been seen, or why it was not tried

	Variant         string
	Header, Payload string // as they were sent, decoded
	Token           string
	Answer          string // the status, or what happened instead
	Took            time.Duration
	Curl            string // a line for a shell that sends it again; "" for a func
}

// set keeps what was sent and what came back.
func (res *Result) set(p probe, r *Response, curl string) {
	res.Variant, res.Token, res.Answer, res.Took, res.Curl = p.variant, p.token, r.String(), r.Took, curl
	parts := strings.SplitN(p.token, ".", 4)
	if len(parts) > 2 {
		res.Header, res.Payload = readable(parts[0]), readable(parts[1])
	}
}

// Findings returns the results of faults that the service should not have, and of controls
// that it should accept.
func (r *Report) Findings() []Result {
	var list []Result
	for _, c := range r.Controls {
		if c.Verdict == Refused {
			list = append(list, c)
		}
	}
	for _, res := range r.Results {
		if res.Verdict.finding() {
			list = append(list, res)
		}
	}
	return list
}

// finish puts the report together.
func (a *attack) finish() *Report {
	r := a.report
	r.Took = time.Since(r.Started)
	if r.Inconclusive = a.stopped; r.Inconclusive != "" {
		r.Controls = nil
		return r
	}
	for _, f := range Faults() {
		if res := a.results[f.ID]; res != nil {
			r.Results = append(r.Results, *res)
		}
	}
	return r
}

// Count returns how many faults have had a verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, res := range r.Results {
		if res.Verdict == v {
			n++
		}
	}
	return n
}

// Summary returns one line, such as "113 faults: 96 refused, 1 ACCEPTED, 16 not applicable;
// controls 6 of 6; 0.2 s".
func (r *Report) Summary() string {
	took := r.Took.Round(100 * time.Millisecond).Seconds()
	if r.Inconclusive != "" {
		return fmt.Sprintf("inconclusive: %s; %.1f s", r.Inconclusive, took)
	}
	var counts []string
	for _, v := range []Verdict{Refused, Accepted, Crashed, Slow, Leaked, Fetched, Odd, Waived, NotApplicable} {
		if n := r.Count(v); n > 0 {
			counts = append(counts, fmt.Sprint(n, " ", v))
		}
	}
	good, tried := 0, 0
	for _, c := range r.Controls {
		if c.Verdict != NotApplicable {
			tried++
		}
		if c.Verdict == Accepted {
			good++
		}
	}
	return fmt.Sprintf("%d faults: %s; controls %d of %d; %.1f s", len(r.Results), strings.Join(counts, ", "), good, tried, took)
}

// MarshalJSON returns the result with names in small letters, as the report has them.
func (res Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID        ID            `json:"id"`
		Text      string        `json:"text"`
		Severity  Severity      `json:"severity,omitempty"`
		Reference string        `json:"reference"`
		Advisory  string        `json:"advisory,omitempty"`
		Verdict   Verdict       `json:"verdict"`
		Reason    string        `json:"reason,omitempty"`
		Variant   string        `json:"variant,omitempty"`
		Header    string        `json:"header,omitempty"`
		Payload   string        `json:"payload,omitempty"`
		Token     string        `json:"token,omitempty"`
		Answer    string        `json:"answer,omitempty"`
		Took      time.Duration `json:"nanoseconds,omitempty"`
		Curl      string        `json:"curl,omitempty"`
		Advice    *Advice       `json:"advice,omitempty"`
	}{res.ID, res.Text, res.Severity, res.Reference, res.Advisory, res.Verdict, res.Reason, res.Variant,
		res.Header, res.Payload, res.Token, res.Answer, res.Took, res.Curl, res.advice()})
}

// advice is there where it is needed.
func (res Result) advice() *Advice {
	if !res.Verdict.finding() || res.Advice == (Advice{}) {
		return nil
	}
	return &res.Advice
}
