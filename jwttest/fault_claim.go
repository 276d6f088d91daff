package jwttest

import (
	"net/url"
	"strings"
)

// Faults of issuer, audience, subject and id.
const (
	IssOther       ID = "iss.other"
	IssMissing     ID = "iss.missing"
	IssPart        ID = "iss.part"
	IssCaseOrSlash ID = "iss.case-or-slash"
	IssArray       ID = "iss.array"
	IssOfOtherKey  ID = "iss.of-other-key"
	AudOther       ID = "aud.other"
	AudMissing     ID = "aud.missing"
	AudMistyped    ID = "aud.mistyped"
	AudPart        ID = "aud.part"
	AudCase        ID = "aud.case"
	AudEmptyArray  ID = "aud.empty-array"
	SubMissing     ID = "sub.missing"
	SubMistyped    ID = "sub.mistyped"
	JtiMistyped    ID = "jti.mistyped"
)

func claimFaults() []Fault {
	const iss, aud, exact = "RFC 8725 section 3.8", "RFC 8725 section 3.9", "RFC 7519 section 2"
	return []Fault{
		{ID: IssOther, Text: "iss names another issuer.", Severity: Widen, Signed: true, Reference: iss, Advice: checkIssuer,
			Implies: []ID{IssPart, IssCaseOrSlash, IssOfOtherKey}, probes: values("iss", `"https://issuer.invalid"`, `""`)},
		{ID: IssMissing, Text: "There is no iss.", Severity: Widen, Signed: true, Reference: iss, Advice: checkIssuer, probes: without("iss")},
		{ID: IssPart, Text: "iss begins with the name of the issuer, or is the beginning of it.", Severity: Widen, Signed: true, Reference: iss, Advisory: "GHSA-75c5-xw7c-p5pm", Advice: checkIssuer,
			probes: claim("iss", func(f *forge) variants {
				name := f.payload.text("iss")
				return variants{{"longer name", quote(name + ".issuer.invalid")}, {"path", quote(name + "/x")}, {"shorter", quote(name[:max(0, len(name)-1)])}}
			})},
		{ID: IssCaseOrSlash, Text: "iss differs from the name of the issuer by capitals or by a slash at its end.", Severity: Widen, Signed: true, Reference: exact, Advice: checkIssuer, probes: claim("iss", respeltIssuer)},
		{ID: IssArray, Text: "iss is a list with the name of the issuer, or another thing than a string.", Severity: Widen, Signed: true, Reference: "RFC 7519 section 4.1.1", Advisory: "CVE-2025-30144", Advice: checkIssuer,
			probes: claim("iss", func(f *forge) variants {
				name := f.payload.get("iss")
				return variants{{"list", "[" + name + "]"}, {"two", "[" + name + `,"https://issuer.invalid"]`}, {"number", "5"}, {"null", "null"}, {"object", "{}"}}
			})},
		{ID: IssOfOtherKey, Text: "Another issuer that the service trusts has signed in the name of this one.", Severity: Forge, Signed: true, Reference: iss, Advice: checkIssuer,
			probes: func(f *forge) ([]probe, error) {
				if f.other == nil {
					return nil, absent("the service trusts one issuer only (Target.Other)")
				}
				k := f.other.signer()
				return one(mustSign(k, b64(f.as(k).String())+"."+b64(f.payload.String()))), nil
			}},
		{ID: AudOther, Text: "aud names another service.", Severity: Widen, Signed: true, Reference: aud, Advice: checkAudience,
			Implies: []ID{AudPart, AudCase}, probes: values("aud", `"https://service.invalid"`, `["https://service.invalid","b"]`)},
		{ID: AudMissing, Text: "There is no aud.", Severity: Widen, Signed: true, Reference: aud, Advice: checkAudience, probes: without("aud")},
		{ID: AudMistyped, Text: "aud is neither a string nor a list of strings.", Severity: Widen, Signed: true, Reference: "RFC 7519 section 4.1.3", Advisory: "CVE-2020-26160", Advice: checkAudience,
			probes: claim("aud", func(f *forge) variants {
				name := audienceOf(f.payload)
				return variants{{"object", "{" + name + ":true}"}, {"number", "5"}, {"null", "null"}, {"list with a number", "[" + name + ",5]"}, {"list in a list", "[[" + name + "]]"}}
			})},
		{ID: AudPart, Text: "aud has the service's name as a part of it.", Severity: Widen, Signed: true, Reference: aud, Advisory: "CVE-2024-5798", Advice: checkAudience,
			probes: claim("aud", func(f *forge) variants {
				name := unquote(audienceOf(f.payload))
				return variants{{"longer", quote(name + "x")}, {"shorter", quote(name[:max(0, len(name)-1)])}, {"words", quote("x " + name)}, {"pattern", `"*"`}}
			})},
		{ID: AudCase, Text: "aud differs from the service's name by capitals.", Severity: Widen, Signed: true, Reference: exact, Advice: checkAudience,
			probes: func(f *forge) ([]probe, error) {
				name := unquote(audienceOf(f.payload))
				other := strings.ToUpper(name)
				if other == name {
					if other = strings.ToLower(name); other == name {
						return nil, absent("the service's name has no letters")
					}
				}
				return values("aud", quote(other))(f)
			}},
		{ID: AudEmptyArray, Text: "aud is an empty list or an empty string.", Severity: Widen, Signed: true, Reference: aud, Advice: checkAudience, probes: values("aud", "[]", `""`, `[""]`)},
		{ID: SubMissing, Text: "There is no sub.", Severity: Robust, Signed: true, Reference: "RFC 9068 section 2.2", Advice: checkSubject, probes: without("sub")},
		{ID: SubMistyped, Text: "sub is not a string.", Severity: Robust, Signed: true, Reference: "RFC 7519 section 4.1.2", Advice: checkSubject, probes: values("sub", "5", "null", "{}", `["alice"]`, "true")},
		{ID: JtiMistyped, Text: "jti is not a string.", Severity: Robust, Signed: true, Reference: "RFC 7519 section 4.1.7", Advice: takeBack, probes: values("jti", "5", "{}", "[]", "true")},
	}
}

func respeltIssuer(f *forge) (vs variants) {
	name := f.payload.text("iss")
	if strings.HasSuffix(name, "/") {
		vs = append(vs, [2]string{"no slash", quote(strings.TrimSuffix(name, "/"))})
	} else {
		vs = append(vs, [2]string{"slash", quote(name + "/")})
	}
	if u, err := url.Parse(name); err == nil && u.Scheme != "" {
		vs = append(vs, [2]string{"scheme", quote(strings.ToUpper(u.Scheme) + name[len(u.Scheme):])})
	}
	return vs
}

// audienceOf returns aud, or the first of its list, as JSON.
func audienceOf(p object) string {
	if name := p.text("aud"); name != "" {
		return quote(name)
	}
	list, err := parseList(p.get("aud"))
	if err != nil || len(list) == 0 {
		return `""`
	}
	return quote(list[0])
}
