package jwttest

import (
	"testing"
)

// Attack runs [Run] as a test. Each fault is a subtest, such as TestName/alg/hs-public-pem,
// which fails with all that is known about it, and is skipped if it does not apply or is
// excepted. The last line logged is the summary. An inconclusive attack fails the test with
// its reason.
//
// To repeat one subtest, set Target.Only.
func Attack(t *testing.T, target Target) *Report {
	t.Helper()
	r, err := Run(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	if r.Inconclusive != "" {
		t.Fatal("jwttest: ", r.Summary())
	}
	all := append(append([]Result{}, r.Controls...), r.Results...)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Group() == all[0].Group() {
			n++
		}
		group := all[:n]
		t.Run(group[0].Group(), func(t *testing.T) {
			for _, res := range group {
				t.Run(res.Name(), func(t *testing.T) { res.report(t) })
			}
		})
		all = all[n:]
	}
	t.Log(r.Summary())
	return r
}

// report reports one result as a test.
func (res Result) report(t *testing.T) {
	t.Helper()
	switch {
	case res.Verdict == NotApplicable || res.Verdict == Waived:
		t.Skipf("%s: %s", res.Verdict, res.Reason)
	case isControl(res.ID) && res.Verdict == Refused || !isControl(res.ID) && res.Verdict.finding():
		t.Error("\n" + res.Describe())
	}
}
