package jwttest

import "time"

// Faults of the dates.
const (
	ExpPast       ID = "exp.past"
	ExpJustPast   ID = "exp.just-past"
	ExpMissing    ID = "exp.missing"
	ExpString     ID = "exp.string"
	ExpNull       ID = "exp.null"
	ExpOverflow   ID = "exp.overflow"
	ExpNegative   ID = "exp.negative"
	NbfFuture     ID = "nbf.future"
	NbfOverflow   ID = "nbf.overflow"
	NbfUnreadable ID = "nbf.unreadable"
	IatFuture     ID = "iat.future"
	IatTooOld     ID = "iat.too-old"
	IatUnreadable ID = "iat.unreadable"
)

func timeFaults() []Fault {
	const exp, nbf, iat, date = "RFC 7519 section 4.1.4", "RFC 7519 section 4.1.5", "RFC 7519 section 4.1.6", "RFC 7519 section 2"
	return []Fault{
		{ID: ExpPast, Text: "The token has expired, an hour ago or longer.", Severity: Replay, Signed: true, Reference: exp, Advice: checkTime,
			Implies: []ID{ExpJustPast, JSONClaimCase, ExpNegative},
			probes: claim("exp", func(f *forge) variants {
				return variants{{"an hour", f.at(-time.Hour)}, {"ten years", f.at(-10 * 365 * 24 * time.Hour)}, {"1970", "0"}}
			})},
		{ID: ExpJustPast, Text: "The token has expired a little longer ago than clocks may differ.", Severity: Replay, Signed: true, Reference: exp, Advice: checkTime,
			probes: claim("exp", func(f *forge) variants { return variants{{"", f.at(-f.leeway - 2*time.Second)}} })},
		{ID: ExpMissing, Text: "The token has no exp, and so never expires.", Severity: Replay, Signed: true, Reference: "RFC 9068 section 2.2", Advice: checkTime, probes: without("exp")},
		{ID: ExpString, Text: "exp is a string.", Severity: Replay, Signed: true, Reference: date, Advice: checkTime,
			probes: claim("exp", func(f *forge) variants {
				return variants{{"number", quote(f.at(time.Hour))}, {"past", quote(f.at(-time.Hour))}, {"text", `"tomorrow"`}, {"empty", `""`}}
			})},
		{ID: ExpNull, Text: "exp is null.", Severity: Replay, Signed: true, Reference: date, Advice: checkTime, probes: values("exp", "null")},
		{ID: ExpOverflow, Text: "exp is a number that no clock can hold.", Severity: Replay, Signed: true, Reference: date, Advice: checkTime,
			probes: values("exp", "1e300", "9223372036854775808", "18446744073709551615", "1e19", "99999999999999")},
		{ID: ExpNegative, Text: "exp is negative.", Severity: Replay, Signed: true, Reference: date, Advice: checkTime, probes: values("exp", "-1", "-9223372036854775808", "-1e300")},
		{ID: NbfFuture, Text: "The token is not good before an hour from now.", Severity: Replay, Signed: true, Reference: nbf, Advice: checkTime,
			Implies: []ID{NbfOverflow},
			probes: claim("nbf", func(f *forge) variants {
				return variants{{"an hour", f.at(time.Hour)}, {"ten minutes", f.at(10*time.Minute + f.leeway)}}
			})},
		{ID: NbfOverflow, Text: "nbf is a number that no clock can hold.", Severity: Replay, Signed: true, Reference: nbf, Advice: checkTime,
			probes: values("nbf", "1e300", "9223372036854775808", "18446744073709551615")},
		{ID: NbfUnreadable, Text: "nbf is not a number.", Severity: Replay, Signed: true, Reference: date, Advisory: "CVE-2026-25537", Advice: checkTime,
			probes: values("nbf", `"tomorrow"`, "{}", "[]", "true", `"9999999999"`)},
		{ID: IatFuture, Text: "The token has been issued an hour from now.", Severity: Robust, Signed: true, Reference: iat, Advice: checkTime,
			probes: claim("iat", func(f *forge) variants { return variants{{"", f.at(time.Hour)}} })},
		{ID: IatTooOld, Text: "The token is older than the service allows, though it has not expired.", Severity: Replay, Signed: true,
			Reference: "OpenID Connect Core 1.0 section 3.1.3.7", Advice: checkAge,
			probes: func(f *forge) ([]probe, error) {
				if f.maxAge == 0 {
					return nil, absent("the service does not say how old a token may be (Target.MaxAge)")
				}
				return claim("iat", func(f *forge) variants { return variants{{"", f.at(-f.maxAge - f.leeway - 2*time.Second)}} })(f)
			}},
		{ID: IatUnreadable, Text: "iat is not a number.", Severity: Robust, Signed: true, Reference: date, Advice: checkTime, probes: values("iat", `"now"`, "{}", "[]", "true")},
	}
}
