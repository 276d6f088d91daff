package interop

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func TestPeersAcceptGoodTokens(t *testing.T) {
	for _, name := range []string{"hs256-1", "hs384-1", "hs512-1", "rs256-1", "rs384-1", "rs512-1", "ps256-1", "ps384-1", "ps512-1", "es256-1", "es384-1", "es512-1", "eddsa-1", "ed25519-1"} {
		for _, kid := range []bool{true, false} {
			k := readKey(t, name)
			if !kid {
				k.kid = ""
			}
			s := sample{newSetup(k), "", k.token(k.goodHeader(), goodPayload(now))}
			for i, a := range make(opened).answers(s) {
				if !a.unsupported() {
					require.NoError(t, a.err, "%d %s", i, k.alg)
					require.Equal(t, seen{"alice", "reader", 7, now.Unix() + 900}, a.seen, "%d %s", i, k.alg)
				}
			}
		}
	}
}

// opened holds the libraries opened for each key.
type opened map[*key][]check

type answer struct {
	seen
	err error
}

func (a answer) accepted() bool    { return a.err == nil }
func (a answer) unsupported() bool { return errors.Is(a.err, errUnsupported) }

// answers asks us, in the first place, and then the peers.
func (o opened) answers(s sample) []answer {
	checks, ok := o[s.key]
	if !ok {
		libraries := []library{{open: openOurs}}
		if !experiment {
			libraries = append(libraries, peers...)
		}
		for _, l := range libraries {
			c, err := l.open(s.key)
			if err != nil {
				c = func(string, setup) (seen, error) { return seen{}, err }
			}
			checks = append(checks, c)
		}
		o[s.key] = checks
	}
	list := make([]answer, len(checks))
	for i, c := range checks {
		list[i].seen, list[i].err = c(s.token, s.setup)
	}
	return list
}

// A count says of how many tokens something is true, and for which peers.
type count struct {
	tokens int
	peers  map[string]int
}

// A result is what the tables are made of.
type result struct {
	samples int
	stricter,
	lenient, different map[string]*count // by rule, and by text
}

func add(m map[string]*count, id string, peers []string) {
	if m[id] == nil {
		m[id] = &count{peers: make(map[string]int)}
	}
	m[id].tokens++
	for _, p := range peers {
		m[id].peers[p]++
	}
}

// compare asks all libraries about each sample. It fails where we and the rules
// disagree, and where we accept what another refuses, or understand it otherwise,
// without an entry that says why.
func compare(t *testing.T, samples []sample) result {
	t.Helper()
	r := result{len(samples), make(map[string]*count), make(map[string]*count), make(map[string]*count)}
	o := make(opened)
	for _, s := range samples {
		faults := oracle(s.setup, s.token)
		answers := o.answers(s)
		ours := answers[0]
		requireRules(t, s, faults, ours.err)
		if faults != nil {
			var accepted []string
			for i, a := range answers[1:] {
				if a.accepted() {
					accepted = append(accepted, peers[i].name)
				}
			}
			add(r.stricter, faults[0].rule, accepted)
			continue
		}
		refused, different := make(map[string][]string), make(map[string][]string)
		for i, a := range answers[1:] {
			switch peer := peers[i].name; {
			case a.unsupported():
			case !a.accepted():
				text := reason(t, leniencies, s, peer, a.err.Error())
				refused[text] = append(refused[text], peer)
			case a.seen != ours.seen:
				text := reason(t, differences, s, peer, "")
				different[text] = append(different[text], peer)
			}
		}
		for text, peers := range refused {
			add(r.lenient, text, peers)
		}
		for text, peers := range different {
			add(r.different, text, peers)
		}
	}
	return r
}

// requireRules fails if our answer is not that of the oracle, or for another reason.
func requireRules(t *testing.T, s sample, faults []fault, err error) {
	t.Helper()
	fits := (err == nil) == (faults == nil)
	if e, ok := errors.AsType[*jwt.TokenError](err); ok && fits {
		fits = slices.ContainsFunc(faults, func(f fault) bool {
			fields := ruleOf(f.rule).fields
			return slices.Contains(fields, e.Field) || fields == nil && e.Field == f.field
		})
	}
	if !fits {
		t.Errorf("%s: the rules say %v, we say %v: %.4000q", s.family, faults, err, s.token)
	}
}

// reason returns the text of the entry for what peer says about a token.
func reason(t *testing.T, entries []leniency, s sample, peer, err string) string {
	t.Helper()
	v := viewOf(s)
	for _, e := range entries {
		parts, ok := e.errors[peer]
		if ok && e.applies(v) && (err == "" || slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(err, part) })) {
			return e.text
		}
	}
	t.Errorf("%s: no entry for %s: %s\n%s %s\n%.3000s", s.family, peer, err, v.headerText, b64Text(s), s.token)
	return ""
}

func b64Text(s sample) []byte {
	data, _ := decodePart(strings.Split(s.token, ".")[1])
	return data
}

func TestDifferential(t *testing.T) {
	samples := mutations(t)
	require.GreaterOrEqual(t, len(samples), 20000)
	r := compare(t, samples)
	if experiment {
		return
	}
	requireUsed(t, r)
	requireDocument(t, r)
}

// The tokens of testdata and what fuzzing has found are judged as well. They are not
// in the tables, so that a new one does not change these.
func TestDifferentialFiles(t *testing.T) {
	samples, skipped := fileSamples(t)
	fuzz := fuzzSamples(t)
	t.Logf("%d tokens, %d left out; %d from fuzzing", len(samples), skipped, len(fuzz))
	require.Greater(t, len(samples), skipped)
	compare(t, append(samples, fuzz...))
}

// requireUsed fails for a rule or an entry that no token needs.
func requireUsed(t *testing.T, r result) {
	t.Helper()
	for _, rule := range rules {
		if r.stricter[rule.id] == nil {
			t.Errorf("no token breaks the rule %s", rule.id)
		}
	}
	for _, table := range []struct {
		entries []leniency
		counts  map[string]*count
	}{{leniencies, r.lenient}, {differences, r.different}} {
		for _, e := range table.entries {
			for peer := range e.errors {
				if c := table.counts[e.text]; c == nil || c.peers[peer] == 0 {
					t.Errorf("no token needs the entry for %s: %s", peer, e.text)
				}
			}
		}
	}
}
