package jwttest

import (
	"slices"
	"strings"
	"testing"
)

// An ID names a fault, such as "alg.none". It never changes its meaning.
type ID string

// A Severity says what somebody gains by a fault that a service accepts.
type Severity string

const (
	// Forge: tokens of anybody, without the issuer's key.
	Forge Severity = "forge"
	// Widen: a token that the issuer has signed is taken where it is not meant for, or says
	// something else than the issuer meant.
	Widen Severity = "widen"
	// Replay: a token is taken when its time is past, or it has been taken back.
	Replay Severity = "replay"
	// Malleable: one token has several spellings, so that lists of tokens do not hold.
	Malleable Severity = "malleable"
	// Robust: the service fails, or hides why it refuses.
	Robust Severity = "robust"
)

// An Advice says how a service refuses a fault: with this library and with three others.
type Advice struct {
	JWT       string `json:"jwt"`
	GolangJWT string `json:"golangJWT"`
	GoJOSE    string `json:"goJOSE"`
	JWX       string `json:"jwx"`
}

// A Fault is one thing that can be wrong with a token, or with how a service takes tokens.
type Fault struct {
	ID       ID
	Text     string // what is wrong, in one sentence
	Severity Severity

	// Signed says that the fault needs an [Issuer] that the service trusts. Others need
	// nothing but one good token and the issuer's public keys.
	Signed bool

	Reference string // the rule that is broken: an RFC or a draft, with the section
	Advisory  string // CVEs and other advisories about it, or ""
	Advice    Advice

	// Implies are the faults that a service has too, if it has this one.
	Implies []ID

	probes func(*forge) ([]probe, error)
	run    func(*attack) (Verdict, string) // for what no single token shows
}

// Group returns the part of the ID before the dot.
func (f Fault) Group() string { group, _, _ := strings.Cut(string(f.ID), "."); return group }

// Name returns the part of the ID behind the dot.
func (f Fault) Name() string { _, name, _ := strings.Cut(string(f.ID), "."); return name }

// Faults returns all faults that package jwttest knows, group by group.
func Faults() []Fault {
	return slices.Concat(signatureFaults(), algorithmFaults(), keyFaults(), headerFaults(), formFaults(), jsonFaults(),
		timeFaults(), claimFaults(), httpFaults(), loadFaults(), stateFaults())
}

func find(id ID) (Fault, bool) {
	all := Faults()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.ID == id })
	if i < 0 {
		return Fault{}, false
	}
	return all[i], true
}

// Bad returns a token with one fault, and good in everything else. Where a fault has several
// variants it is the first. It fails the test if there is no such fault, if it is not one of
// a single token, or if the Issuer lacks what it needs: a key of some family, or its traps.
func (iss *Issuer) Bad(t testing.TB, id ID) string {
	t.Helper()
	fault, ok := find(id)
	if !ok || fault.probes == nil {
		t.Fatalf("jwttest: %q is not the fault of a token", id)
	}
	f, err := iss.forge(nil)
	if err != nil {
		t.Fatal(err)
	}
	probes, err := fault.probes(f)
	if err != nil {
		t.Fatalf("jwttest: %s: %v", id, err)
	}
	return probes[0].token
}
