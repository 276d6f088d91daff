package jwttest_test

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwttest"
)

func TestReport(t *testing.T) {
	target := newBroken(jwttest.AlgNone, everything(t), otherIssuer(t)).target()
	target.Only = []jwttest.ID{jwttest.AlgNone, "exp"}
	target.Except = map[jwttest.ID]string{jwttest.ExpPast: "not needed, for it is refused"}
	r, err := jwttest.Run(t.Context(), target)
	require.NoError(t, err)
	require.Regexp(t, `^8 faults: 7 refused, 1 ACCEPTED; controls 6 of 6; \d+\.\d s$`, r.Summary())

	res := r.Findings()[0]
	require.Equal(t, jwttest.AlgNone, res.ID)
	require.Equal(t, "none", res.Variant)
	require.Equal(t, "200 OK", res.Answer)
	require.True(t, strings.HasPrefix(res.Header, `{"alg":"none","kid":"`), res.Header)
	require.Contains(t, res.Payload, `"sub":"admin"`)
	require.Equal(t, "curl -i -H 'Authorization: Bearer "+res.Token+"' 'http://127.0.0.1:8080/'", res.Curl)
	for _, part := range []string{"alg.none: ACCEPTED", "severity   forge", "CVE-2015-9235", "golang-jwt jwt.WithValidMethods", "curl -i"} {
		require.Contains(t, res.Describe(), part)
	}
	var text strings.Builder
	require.NoError(t, r.WriteText(&text))
	require.True(t, strings.HasSuffix(text.String(), "\n"+r.Summary()+"\n"))

	data, err := json.Marshal(r)
	require.NoError(t, err)
	var read struct {
		Target  string
		Results []struct{ ID, Verdict, Advisory, Curl string }
	}
	require.NoError(t, json.Unmarshal(data, &read))
	require.Equal(t, "a handler", read.Target)
	require.Len(t, read.Results, 8)
	require.Equal(t, "ACCEPTED", read.Results[0].Verdict)
	require.Equal(t, res.Curl, read.Results[0].Curl)

	text.Reset()
	require.NoError(t, r.WriteJUnit(&text))
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	require.NoError(t, xml.Unmarshal([]byte(text.String()), &suite))
	require.Equal(t, 14, suite.Tests)
	require.Equal(t, 1, suite.Failures)
	require.Len(t, suite.Cases, 14)
	require.Contains(t, suite.Cases[6].Failure.Message, "ACCEPTED: The header says that there is no signature")
}

// The report does not lose a waiver, and a waiver for what is refused changes nothing.
func TestWaived(t *testing.T) {
	target := newBroken(jwttest.ExpMissing, everything(t), otherIssuer(t)).target()
	target.Only = []jwttest.ID{"exp"}
	target.Except = map[jwttest.ID]string{jwttest.ExpMissing: "the old issuer, until May", jwttest.ExpPast: "x"}
	r, err := jwttest.Run(t.Context(), target)
	require.NoError(t, err)
	requireFindings(t, r)
	require.Equal(t, 1, r.Count(jwttest.Waived))
	for _, res := range r.Results {
		if res.ID == jwttest.ExpMissing {
			require.Equal(t, jwttest.Waived, res.Verdict)
			require.Equal(t, "the old issuer, until May (ACCEPTED)", res.Reason)
		}
	}
}

// A password in the URL stays out of reports, which are published with those of other scanners.
func TestTargetWithPassword(t *testing.T) {
	for url, want := range map[string]string{
		"http://ci:hunter2@127.0.0.1:8080/x?y=z": "http://ci:xxxxx@127.0.0.1:8080/x?y=z",
		"http://ci:hunter2@127.0.0.1:8080/%":     "a URL",
		"http://127.0.0.1:8080/":                 "http://127.0.0.1:8080/",
	} {
		require.Equal(t, want, jwttest.Target{URL: url}.String())
	}
}
