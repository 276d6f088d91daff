package sarif_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/sarif"
	"github.com/cda17858/jwt/jwttest"
)

type document struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []struct {
					ID                   string
					ShortDescription     struct{ Text string }
					DefaultConfiguration struct{ Level string }
					Properties           map[string]any
				}
			}
		}
		Invocations []struct {
			ExecutionSuccessful        bool
			StartTimeUTC, EndTimeUTC   time.Time
			ToolExecutionNotifications []struct{ Message struct{ Text string } }
		}
		Results []struct {
			RuleID    string
			RuleIndex int
			Level     string
			Message   struct{ Text string }
			Locations []struct {
				PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
			}
			PartialFingerprints map[string]string
		}
	}
}

func write(t *testing.T, r *jwttest.Report) (d document) {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, sarif.Write(&out, r))
	require.NoError(t, json.Unmarshal(out.Bytes(), &d))
	require.Equal(t, "2.1.0", d.Version)
	require.NotEmpty(t, d.Schema)
	require.Len(t, d.Runs, 1)
	return d
}

// Each finding has its rule; what was refused is not there.
func TestWrite(t *testing.T) {
	r := &jwttest.Report{Target: "http://127.0.0.1:8080/orders", Started: time.Unix(1800000000, 0), Took: 2 * time.Second}
	faults := jwttest.Faults()
	for i, f := range faults {
		verdict := jwttest.Accepted
		if i%2 == 1 {
			verdict = jwttest.Refused
		}
		r.Results = append(r.Results, jwttest.Result{Fault: f, Verdict: verdict, Answer: "200 OK"})
	}
	r.Controls = []jwttest.Result{{Fault: jwttest.Fault{ID: jwttest.ControlAudArray, Text: "aud is an array"}, Verdict: jwttest.Refused}}
	run := write(t, r).Runs[0]
	require.Len(t, run.Results, (len(faults)+1)/2+1)
	require.True(t, run.Invocations[0].ExecutionSuccessful)
	require.Equal(t, 2*time.Second, run.Invocations[0].EndTimeUTC.Sub(run.Invocations[0].StartTimeUTC))
	require.Equal(t, time.UTC, run.Invocations[0].StartTimeUTC.Location())
	seen := map[string]bool{}
	for _, result := range run.Results {
		rule := run.Tool.Driver.Rules[result.RuleIndex]
		require.Equal(t, result.RuleID, rule.ID)
		require.Equal(t, result.Level, rule.DefaultConfiguration.Level)
		require.Contains(t, []string{"error", "warning", "note"}, result.Level)
		require.NotEmpty(t, rule.ShortDescription.Text)
		require.NotEmpty(t, rule.Properties["security-severity"])
		require.NotEmpty(t, result.Message.Text)
		require.Equal(t, r.Target, result.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		require.False(t, seen[result.PartialFingerprints["fault/v1"]])
		seen[result.PartialFingerprints["fault/v1"]] = true
	}
}

func TestWriteInconclusive(t *testing.T) {
	run := write(t, &jwttest.Report{Target: "http://127.0.0.1:8080/", Inconclusive: "a good token gets 401"}).Runs[0]
	require.False(t, run.Invocations[0].ExecutionSuccessful)
	require.Equal(t, "inconclusive: a good token gets 401", run.Invocations[0].ToolExecutionNotifications[0].Message.Text)
	require.NotNil(t, run.Results)
	require.Empty(t, run.Results)
}
