package bench

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/bench/timing"
)

// Each library is checked before it is timed, and each case runs.
func TestCases(t *testing.T) {
	cases, err := Cases()
	require.NoError(t, err)
	payload := newClaims(0).payload()
	require.InDelta(t, 270, len(payload), 10)
	require.InDelta(t, 2048, len(newClaims(0).withGroups().payload())-len(payload), 100)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			figures, err := timing.Measure(c.Rows, timing.Options{Rounds: 1, Slice: time.Microsecond, Parallel: c.Parallel})
			require.NoError(t, err)
			require.Equal(t, c.Base, figures[0].Name)
			require.Equal(t, Ours, figures[1].Name)
		})
	}
}

// A library that leaves one check out must not be timed.
func TestCheckRefusesLaxLibraries(t *testing.T) {
	k, err := newKeys()
	require.NoError(t, err)
	strict := ours.verifier("HS256", k)
	bad := badTokens("HS256", k)
	for _, h := range hostile(k) {
		bad[h.name] = h.token
	}
	for what, wrong := range bad {
		t.Run(what, func(t *testing.T) {
			lax := *strict
			lax.small = func(t token) (any, error) {
				if t.text == wrong.text {
					return nil, nil
				}
				return strict.small(t)
			}
			l := library{"lax", func(string, *keys) *verifier { return &lax }, ours.signer}
			require.ErrorContains(t, l.check("HS256", k), what)
		})
	}
}

// Nor one that decodes or signs something else.
func TestCheckRefusesWrongLibraries(t *testing.T) {
	k, err := newKeys()
	require.NoError(t, err)
	v := ours.verifier("HS256", k)
	for name, wrong := range map[string]verifier{
		"no private claims": {v.none, v.none, v.mapped, v.large, v.claims},
		"an empty map":      {v.none, v.small, v.none, v.large, v.claims},
		"no groups":         {v.none, v.small, v.mapped, v.small, v.claims},
	} {
		l := library{"wrong", func(string, *keys) *verifier { return &wrong }, ours.signer}
		require.ErrorContains(t, l.check("HS256", k), "got ", name)
	}
	signer := func(alg string, k *keys) signFunc {
		sign := ours.signer(alg, k)
		return func(*claims) (token, error) { c := newClaims(7); return sign(&c) }
	}
	l := library{"wrong", ours.verifier, signer}
	require.ErrorContains(t, l.check("HS256", k), "signer: got ")
}

func TestTarget(t *testing.T) {
	target := ratio(2).allocs(0)
	require.NoError(t, target.Met(timing.Figure{Ratio: 2}))
	require.Error(t, target.Met(timing.Figure{Ratio: 2.1}))
	require.Error(t, target.Met(timing.Figure{Ratio: 1, Allocs: 1}))
	require.Error(t, atMost(time.Microsecond).Met(timing.Figure{Time: time.Millisecond}))
	require.NoError(t, Target{}.Met(timing.Figure{Ratio: 9, Allocs: 9, Time: time.Hour}))
}
