package jwttest

// Faults of the header.
const (
	HdrCritUnknown          ID = "hdr.crit-unknown"
	HdrCritMalformed        ID = "hdr.crit-malformed"
	HdrB64False             ID = "hdr.b64-false"
	HdrTypOtherKind         ID = "hdr.typ-other-kind"
	HdrIDTokenAsAccessToken ID = "hdr.id-token-as-access-token"
	HdrTwice                ID = "hdr.twice"
	HdrNotObject            ID = "hdr.not-object"
	HdrTrailingData         ID = "hdr.trailing-data"
)

func headerFaults() []Fault {
	return []Fault{
		{ID: HdrCritUnknown, Text: "crit names an extension that the service cannot know.", Severity: Widen, Signed: true,
			Reference: "RFC 7515 section 4.1.11", Advisory: "CVE-2025-59420", Advice: understandHeader,
			probes: headers(func(h object) variants {
				return variants{{"", h.with("crit", `["urn:jwttest"]`).with("urn:jwttest", "true").String()}}
			})},
		{ID: HdrCritMalformed, Text: "crit is not a list of names that are in the header.", Severity: Robust, Signed: true,
			Reference: "RFC 7515 section 4.1.11", Advice: understandHeader,
			probes: headers(func(h object) (vs variants) {
				for _, v := range []string{"[]", `"exp"`, "5", "{}", "null", `["alg"]`, "[5]"} {
					vs = append(vs, [2]string{v, h.with("crit", v).String()})
				}
				return vs
			})},
		{ID: HdrB64False, Text: "b64 says that the payload is not encoded, though it is.", Severity: Malleable, Signed: true,
			Reference: "RFC 7797 section 7", Advice: understandHeader,
			probes: headers(func(h object) variants {
				return variants{
					{"without crit", h.with("b64", "false").String()},
					{"with crit", h.with("b64", "false").with("crit", `["b64"]`).String()},
				}
			})},
		{ID: HdrTypOtherKind, Text: "typ says that it is a token for another purpose.", Severity: Widen, Signed: true,
			Reference: "RFC 8725 section 3.11", Advice: oneType,
			probes: headers(func(h object) (vs variants) {
				for _, typ := range []string{"logout+jwt", "dpop+jwt", "secevent+jwt", "application/kb+jwt"} {
					vs = append(vs, [2]string{typ, h.with("typ", quote(typ)).String()})
				}
				return vs
			})},
		{ID: HdrIDTokenAsAccessToken, Text: "It is an ID token, which tells a client who has logged in, and no access token.", Severity: Widen, Signed: true,
			Reference: "RFC 9068 section 4", Advice: oneType,
			probes: func(f *forge) ([]probe, error) {
				if typ := f.header.text("typ"); typ == "JWT" || typ == "" {
					return nil, absent("the service's own tokens have no typ that tells them from ID tokens")
				}
				payload := f.payload.with("nonce", `"n-0S6_WzA2Mj"`).with("auth_time", f.at(0)).String()
				return []probe{
					{variant: "JWT", token: f.signed(f.header.with("typ", `"JWT"`).String(), payload)},
					{variant: "no typ", token: f.signed(f.header.without("typ").String(), payload)},
				}, nil
			}},
		{ID: HdrTwice, Text: "The header has a parameter other than alg twice.", Severity: Malleable, Signed: true,
			Reference: "RFC 7515 section 4", Advice: strictJSON,
			probes: headers(func(h object) variants {
				return variants{
					{"kid", "{" + `"kid":"x",` + h.String()[1:]},
					{"another", h.and("jwttest", "1").and("jwttest", "2").String()},
				}
			})},
		{ID: HdrNotObject, Text: "The header is not a JSON object.", Severity: Robust,
			Reference: "RFC 7515 section 4", Advice: strictJSON,
			probes: headers(func(h object) (vs variants) {
				for _, v := range []string{"null", "[]", `"x"`, "5", "", "{", "[" + h.String() + "]"} {
					vs = append(vs, [2]string{v, v})
				}
				vs[len(vs)-1][0] = "list"
				return vs
			})},
		{ID: HdrTrailingData, Text: "More text follows the object of the header.", Severity: Malleable, Signed: true,
			Reference: "RFC 8259 section 2", Advice: strictJSON,
			probes: headers(func(h object) variants {
				return variants{{"object", h.String() + "{}"}, {"word", h.String() + "x"}, {"brace", h.String() + "}"}}
			})},
	}
}
