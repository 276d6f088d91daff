package jwttest

import "testing"

// A Variant is one token of a fault.
type Variant struct{ Name, Token string }

// Variants returns all tokens of a fault, or why there are none.
func Variants(t testing.TB, iss *Issuer, other *Issuer, id ID) ([]Variant, error) {
	fault, _ := find(id)
	if fault.probes == nil {
		return nil, absent("not the fault of a token")
	}
	f, err := iss.forge(nil)
	if err != nil {
		t.Fatal(err)
	}
	f.other, f.maxAge, f.listener = other, 3600e9, "http://127.0.0.1:1"
	probes, err := fault.probes(f)
	var vs []Variant
	for _, p := range probes {
		if p.request == nil {
			vs = append(vs, Variant{p.variant, p.token})
		}
	}
	return vs, err
}
