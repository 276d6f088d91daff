package jwttest

import (
	"bytes"
	"compress/flate"
	"strings"
)

// Faults by which a token costs more than it should.
const (
	DosDots     ID = "dos.dots"
	DosLarge    ID = "dos.large"
	DosDeep     ID = "dos.deep"
	DosNumber   ID = "dos.number"
	DosP2C      ID = "dos.p2c"
	DosZip      ID = "dos.zip"
	DosCrashSet ID = "dos.crash-set"
)

func loadFaults() []Fault {
	const limits = "RFC 9110 section 17.5"
	return []Fault{
		{ID: DosDots, Text: "The token is nothing but half a million dots.", Severity: Robust, Reference: limits, Advisory: "CVE-2025-30204", Advice: bounded,
			probes: func(f *forge) ([]probe, error) { return one(strings.Repeat(".", 500_000)), nil }},
		{ID: DosLarge, Text: "The token is half a million bytes long.", Severity: Robust, Reference: limits, Advice: bounded,
			probes: func(f *forge) ([]probe, error) {
				long := quote(strings.Repeat("x", 375_000))
				return []probe{
					{variant: "header", token: f.signed(f.header.with("jwttest", long).String(), f.payload.String()), survive: true},
					{variant: "payload", token: f.signed(f.header.String(), f.payload.with("jwttest", long).String()), survive: true},
					{variant: "signature", token: f.token + strings.Repeat("A", 500_000), survive: true},
				}, nil
			}},
		{ID: DosDeep, Text: "A claim or a header parameter is nested ten thousand deep.", Severity: Robust, Reference: "RFC 8259 section 9", Advisory: "CVE-2026-116586", Advice: bounded,
			probes: func(f *forge) ([]probe, error) {
				deep := strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001)
				return []probe{
					{variant: "header", token: f.signed(f.header.with("jwttest", deep).String(), f.payload.String()), survive: true},
					{variant: "payload", token: f.signed(f.header.String(), f.payload.with("jwttest", deep).String()), survive: true},
				}, nil
			}},
		{ID: DosNumber, Text: "A claim is a number of a hundred thousand digits.", Severity: Robust, Reference: "RFC 8259 section 9", Advice: bounded, Signed: true,
			probes: func(f *forge) ([]probe, error) {
				return []probe{{token: f.signed(f.header.String(), f.payload.with("jwttest", "1"+strings.Repeat("7", 100_000)).String()), survive: true}}, nil
			}},
		{ID: DosP2C, Text: "The token is encrypted under a password, with two billion rounds to derive the key.", Severity: Robust,
			Reference: "RFC 7518 section 8.6", Advisory: "CVE-2023-50966", Advice: bounded,
			probes: func(f *forge) ([]probe, error) {
				header := object{{"alg", `"PBES2-HS256+A128KW"`}, {"enc", `"A128GCM"`}, {"p2c", "2147483647"}, {"p2s", `"c2FsdHNhbHRzYWx0"`}}
				return one(b64(header.String()) + "." + b64(strings.Repeat("k", 24)) + "." + b64("123456789012") + "." + b64("x") + "." + b64(strings.Repeat("t", 16))), nil
			}},
		{ID: DosZip, Text: "The token is encrypted, and its compressed payload grows to a hundred million bytes.", Severity: Robust,
			Reference: "RFC 8725 section 3.6", Advisory: "CVE-2024-28180", Advice: bounded, probes: zipBomb},
		{ID: DosCrashSet, Text: "Pieces of tokens, on which parsers have crashed.", Severity: Robust,
			Reference: "RFC 7515 section 5.2", Advisory: "CVE-2026-34986", Advice: bounded, probes: crashSet},
	}
}

func zipBomb(*forge) ([]probe, error) {
	var box bytes.Buffer
	w, err := flate.NewWriter(&box, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	w.Write(make([]byte, 1<<20)) // into memory, which does not fail
	w.Flush()
	megabyte := box.String()
	box.Reset()
	w.Close()
	token, err := encrypted(object{{"alg", `"dir"`}, {"enc", `"A256GCM"`}, {"zip", `"DEF"`}}, strings.Repeat(megabyte, 100)+box.String())
	return one(token), err
}

func crashSet(f *forge) (ps []probe, _ error) {
	p := strings.Split(f.token, ".")
	jwe := b64(`{"alg":"A128KW","enc":"A128GCM"}`)
	pieces := variants{
		{"one dot", "."}, {"two dots", ".."}, {"four dots", "...."}, {"one part", p[0]}, {"two parts", p[0] + "." + p[1]},
		{"empty header", "." + p[1] + "." + p[2]}, {"empty payload", p[0] + ".." + p[2]}, {"short signature", p[0] + "." + p[1] + ".AA"},
		{"typ is a number", f.signed(f.header.with("typ", "5").String(), f.payload.String())},
		{"null in the header", f.signed(f.header.with("jwk", "null").with("x5c", "null").String(), f.payload.String())},
		{"jwk without members", f.signed(f.header.with("jwk", "{}").String(), f.payload.String())},
		{"x5c empty", f.signed(f.header.with("x5c", "[]").String(), f.payload.String())},
		{"encrypted key empty", jwe + ".." + b64("123456789012") + ".eA." + b64(strings.Repeat("t", 16))},
		{"encrypted key short", jwe + ".AAAA." + b64("123456789012") + ".eA." + b64("t")},
		{"JSON", `{"payload":null,"signatures":[null]}`}, {"JSON without members", "{}"}, {"a byte that is not ASCII", "\xff" + f.token},
	}
	for _, v := range pieces {
		ps = append(ps, probe{variant: v[0], token: v[1], survive: true})
	}
	return ps, nil
}
