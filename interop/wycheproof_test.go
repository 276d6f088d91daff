package interop

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/stretchr/testify/require"
)

// A group of vectors, with the fields of all the schemas that are used here.
type group struct {
	Comment          string
	Private, Public  json.RawMessage // JWKs
	PublicKey        json.RawMessage
	PublicKeyPem     string
	PrivateKeyPem    string
	KeyPem           string
	Sha, MGFSha      string
	SLen             int
	KeySize, TagSize int // bits
	Tests            []vector
}

type vector struct {
	TcID     int
	Comment  string
	Result   string // valid, invalid or acceptable
	JWS      json.RawMessage
	Msg, Sig hexBytes
	Key, Tag hexBytes
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func readGroups(t *testing.T, file string) []group {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, file)
	require.NoError(t, err)
	var f struct {
		NumberOfTests int
		TestGroups    []group
	}
	require.NoError(t, json.Unmarshal(data, &f))
	n := 0
	for _, g := range f.TestGroups {
		n += len(g.Tests)
	}
	require.Equal(t, f.NumberOfTests, n)
	return f.TestGroups
}

// A refusal is a vector, or all of a file, that Wycheproof calls valid or acceptable
// and that we refuse on purpose.
type refusal struct {
	tcIDs []int // none: all
	why   string
	// Vectors that are invalid by the parameters of the file since they were made with
	// those of our algorithm: they must be accepted.
	ours []int
}

// contradictions are vectors called invalid, in the first place, whose text and key
// are those of a valid one, in the second: https://github.com/C2SP/wycheproof/issues/236.
// Their comments say what they were meant to be; TestPadding does that.
var contradictions = map[string]map[int]int{
	"json_web_signature_test.json": {367: 357, 370: 357},
}

// A score judges the answers to the vectors of one file.
type score struct {
	t        *testing.T
	file     string
	refusals []refusal

	run, accepted, refused, onPurpose, defects int
	hits                                       map[int]bool // tcIDs of refusals that were needed
}

func newScore(t *testing.T, file string, refusals ...refusal) *score {
	s := &score{t: t, file: file, refusals: refusals, hits: make(map[int]bool)}
	t.Cleanup(s.close)
	return s
}

// add judges the answer err to v.
func (s *score) add(v vector, err error) {
	s.t.Helper()
	s.run++
	name := fmt.Sprintf("%s, tcId %d (%s, %s)", s.file, v.TcID, v.Result, v.Comment)
	why := ""
	for _, r := range s.refusals {
		if slices.Contains(r.ours, v.TcID) && v.Result == "invalid" {
			v.Result = "valid"
		} else if r.tcIDs == nil || slices.Contains(r.tcIDs, v.TcID) {
			why = r.why
		}
	}
	switch {
	case contradictions[s.file][v.TcID] != 0:
		if err != nil {
			s.t.Errorf("%s: refused, but it is the same as a valid one: %v", name, err)
		}
		s.defects++
	case err == nil && v.Result == "invalid":
		s.t.Errorf("%s: accepted", name)
	case err == nil && why != "":
		s.t.Errorf("%s: accepted, but listed as refused: %s", name, why)
	case err == nil:
		s.accepted++
	case v.Result == "invalid":
		s.refused++
	case why != "":
		s.onPurpose++
		s.hits[v.TcID] = true
	default:
		s.t.Errorf("%s: refused: %v", name, err)
	}
}

// close fails if a refusal is stale or nothing was run.
func (s *score) close() {
	for _, r := range s.refusals {
		for _, id := range r.tcIDs {
			if !s.hits[id] {
				s.t.Errorf("%s: tcId %d is listed as refused on purpose (%s), but no valid vector of that number was refused", s.file, id, r.why)
			}
		}
		if r.tcIDs == nil && s.onPurpose == 0 {
			s.t.Errorf("%s: listed as refused on purpose (%s), but nothing was", s.file, r.why)
		}
	}
	if s.run == 0 || s.accepted+s.onPurpose == 0 {
		s.t.Errorf("%s: no vectors, or none that is valid", s.file)
	}
	s.t.Logf("%-44s %4d run: %4d accepted, %4d invalid ones refused, %4d valid ones refused on purpose, %d defective",
		s.file, s.run, s.accepted, s.refused, s.onPurpose, s.defects)
}
