package jwttest

import (
	"strings"
	"time"
)

// Faults of the claims as JSON.
const (
	JSONClaimTwice    ID = "json.claim-twice"
	JSONTwiceByEscape ID = "json.twice-by-escape"
	JSONClaimCase     ID = "json.claim-case"
	JSONTrailingData  ID = "json.trailing-data"
	JSONNotObject     ID = "json.not-object"
	JSONNestedTwice   ID = "json.nested-twice"
	JSONLax           ID = "json.lax"
)

func jsonFaults() []Fault {
	return []Fault{
		{ID: JSONClaimTwice, Text: "A claim is there twice.", Severity: Widen, Signed: true, Reference: "RFC 7519 section 4", Advice: strictJSON,
			probes: payloads(func(_ *forge, p object) variants {
				return variants{{"sub", p.and("sub", `"admin"`).String()}, {"another", p.and("jwttest", "1").and("jwttest", "2").String()}}
			})},
		{ID: JSONTwiceByEscape, Text: "A claim is there twice, once with an escape in its name.", Severity: Widen, Signed: true, Reference: "RFC 7519 section 4", Advice: strictJSON,
			probes: payloads(func(_ *forge, p object) variants {
				return variants{{"", strings.TrimSuffix(p.String(), "}") + `,"s\u0075b":"admin"}`}}
			})},
		{ID: JSONClaimCase, Text: "The token has expired, and a claim Exp says otherwise.", Severity: Widen, Signed: true, Reference: "RFC 7519 section 4", Advisory: "CVE-2026-19194", Advice: strictJSON,
			probes: payloads(func(f *forge, p object) variants {
				p = p.with("exp", f.at(-time.Hour))
				return variants{{"Exp", p.and("Exp", f.at(time.Hour)).String()}, {"EXP", p.and("EXP", f.at(time.Hour)).String()}}
			})},
		{ID: JSONTrailingData, Text: "More text follows the object of the claims.", Severity: Malleable, Signed: true, Reference: "RFC 8259 section 2", Advice: strictJSON,
			probes: payloads(func(_ *forge, p object) variants {
				return variants{{"object", p.String() + "{}"}, {"word", p.String() + "x"}, {"brace", p.String() + "}"}}
			})},
		{ID: JSONNotObject, Text: "The payload is not a JSON object.", Severity: Robust, Signed: true, Reference: "RFC 7519 section 7.2", Advice: strictJSON,
			probes: payloads(func(_ *forge, p object) variants {
				return variants{{"null", "null"}, {"list", "[" + p.String() + "]"}, {"string", `"x"`}, {"number", "5"}, {"nothing", ""}}
			})},
		{ID: JSONNestedTwice, Text: "An object within a claim has a name twice.", Severity: Widen, Signed: true, Reference: "RFC 8259 section 4", Advice: strictJSON,
			probes: values("jwttest", `{"role":"reader","role":"admin"}`, `[{"a":{"b":1,"b":2}}]`)},
		{ID: JSONLax, Text: "The payload is JSON only by the rules of other languages.", Severity: Malleable, Signed: true, Reference: "RFC 8259 section 2", Advice: strictJSON,
			probes: payloads(func(_ *forge, p object) variants {
				return variants{
					{"comment", "{/**/" + p.String()[1:]},
					{"comma", strings.TrimSuffix(p.String(), "}") + ",}"},
					{"NaN", p.with("jwttest", "NaN").String()},
					{"quotes", p.with("jwttest", "'x'").String()},
				}
			})},
	}
}
