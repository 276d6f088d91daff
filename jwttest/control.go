package jwttest

import (
	"net/http"
	"slices"
)

// Controls are good tokens of another form, which a service must accept.
const (
	ControlSchemeCase  ID = "control.scheme-lower-case"
	ControlAudArray    ID = "control.aud-array"
	ControlHeaderOrder ID = "control.header-order"
	ControlExpFraction ID = "control.exp-fraction"
	ControlUnknown     ID = "control.unknown-members"
	ControlSecondKey   ID = "control.second-key"
)

// A control is a token that must be accepted, so that a service which refuses everything is
// not taken for a strict one.
type control struct {
	id        ID
	text      string
	reference string
	signed    bool
	make      func(f *forge) probe
}

var controlSecondKey = control{id: ControlSecondKey, text: "A new key, which the issuer has published since, has signed.", reference: "RFC 7517 section 5", signed: true}

func controls() []control {
	return []control{
		controlSecondKey, // first, as long as the service may fetch
		{ControlSchemeCase, "The scheme is written bearer.", "RFC 9110 section 11.1", false, func(f *forge) probe {
			return probe{token: f.token, request: func(r *http.Request) { r.Header.Set("Authorization", "bearer "+f.token) }}
		}},
		{ControlAudArray, "aud is a list of one, or a string if it was a list.", "RFC 7519 section 4.1.3", true, func(f *forge) probe {
			aud := "[" + audienceOf(f.payload) + "]"
			if f.payload.text("aud") == "" {
				aud = audienceOf(f.payload)
			}
			return probe{token: f.signed(f.header.String(), f.payload.with("aud", aud).String())}
		}},
		{ControlHeaderOrder, "The members of the header and the claims are in another order.", "RFC 8259 section 4", true, func(f *forge) probe {
			return probe{token: f.signed(f.header.reversed().String(), f.payload.reversed().String())}
		}},
		{ControlExpFraction, "exp has a fraction.", "RFC 7519 section 2", true, func(f *forge) probe {
			return probe{token: f.signed(f.header.String(), f.payload.with("exp", f.payload.get("exp")+".5").String())}
		}},
		{ControlUnknown, "The header and the claims have members that nobody knows.", "RFC 7519 section 4", true, func(f *forge) probe {
			more := `{"a":[1,2.5,null,true,"ü"]}`
			return probe{token: f.signed(f.header.with("jwttest", more).String(), f.payload.with("jwttest", more).String())}
		}},
	}
}

func isControl(id ID) bool {
	return slices.ContainsFunc(controls(), func(c control) bool { return c.id == id })
}

func (o object) reversed() object {
	o = slices.Clone(o)
	slices.Reverse(o)
	return o
}

// controls sends each good token.
func (a *attack) controls() {
	for _, c := range controls() {
		if a.stopped != "" {
			return
		}
		res := Result{Fault: Fault{ID: c.id, Text: c.text, Reference: c.reference, Signed: c.signed}, Verdict: NotApplicable}
		switch {
		case c.signed && a.target.Issuer == nil:
			res.Reason = string(noIssuer)
		case c.id == ControlSecondKey:
			res.Verdict, res.Reason = a.secondKey()
		default:
			p := c.make(a.forge)
			if res.Reason = a.send.impossible(p); res.Reason == "" {
				r := a.ask(p)
				res.set(p, r, a.send.curl(p))
				res.Verdict = Accepted
				if !a.accepts(r) {
					res.Verdict, res.Reason = Refused, r.String()
				}
			}
		}
		if reason, ok := a.target.Except[c.id]; ok && res.Verdict == Refused {
			res.Verdict, res.Reason = Waived, reason
		}
		a.report.Controls = append(a.report.Controls, res)
	}
}
