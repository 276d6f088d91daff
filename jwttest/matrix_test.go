package jwttest_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwttest"
)

// Without a hole the service that the broken ones are made from has no findings, and every
// fault can be tried.
func TestMatrixNoHole(t *testing.T) {
	if testing.Short() {
		t.Skip("attacks many services")
	}
	s := newBroken("", everything(t), otherIssuer(t))
	target := s.target()
	target.Subject = subject
	r, err := jwttest.Run(t.Context(), target)
	require.NoError(t, err)
	requireFindings(t, r)
	require.Equal(t, ofRSA(), r.Count(jwttest.NotApplicable), r.Summary())
	require.Len(t, r.Controls, 6)
	for _, c := range r.Controls {
		require.Equal(t, jwttest.Accepted, c.Verdict, c.Describe())
	}
}

// A service with one hole has the finding of that fault, of those that it implies, and no
// other.
func TestMatrix(t *testing.T) {
	faults := jwttest.Faults()
	next := make(chan jwttest.Fault, len(faults))
	for i, f := range faults {
		if !testing.Short() || i%40 == 0 {
			next <- f
		}
	}
	close(next)
	var group sync.WaitGroup
	workers := 2
	if testing.Short() {
		workers = 1 // keys for RSA take long to make
	}
	for range workers {
		iss, other := everything(t), otherIssuer(t)
		group.Go(func() {
			for f := range next {
				s := newBroken(f.ID, iss, other)
				r, err := jwttest.Run(t.Context(), s.target())
				if err != nil || r.Inconclusive != "" {
					t.Errorf("%s: %v: %s", f.ID, err, r.Inconclusive)
					continue
				}
				want := append(slices.Clone(f.Implies), f.ID)
				got := found(r)
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(want, got) {
					t.Errorf("%s: want %v, got %v", f.ID, want, got)
				}
			}
		})
	}
	group.Wait()
}

func otherIssuer(t *testing.T) *jwttest.Issuer {
	return jwttest.NewIssuer(t, jwttest.Config{Name: "https://other.example.com", Audience: "orders", Type: "at+jwt", Algorithms: []jwt.Algorithm{jwt.ES256}})
}

func found(r *jwttest.Report) (ids []jwttest.ID) {
	for _, res := range r.Findings() {
		ids = append(ids, res.ID)
	}
	return ids
}

func requireFindings(t *testing.T, r *jwttest.Report, want ...jwttest.ID) {
	t.Helper()
	require.Empty(t, r.Inconclusive)
	require.ElementsMatch(t, want, found(r))
}
