// Package sarif writes the report of an attack as SARIF 2.1.0, which code hosts show beside
// the findings of other scanners.
package sarif

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cda17858/jwt/jwttest"
)

const schema = "https://json.schemastore.org/sarif-2.1.0.json"

type document struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

type run struct {
	Tool        tool         `json:"tool"`
	Invocations []invocation `json:"invocations"`
	Results     []result     `json:"results"`
}

type tool struct {
	Driver driver `json:"driver"`
}

type driver struct {
	Name  string `json:"name"`
	URI   string `json:"informationUri"`
	Rules []rule `json:"rules"`
}

type rule struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Short      text           `json:"shortDescription"`
	Help       text           `json:"help"`
	Default    configuration  `json:"defaultConfiguration"`
	Properties ruleProperties `json:"properties"`
}

type configuration struct {
	Level string `json:"level"`
}

type ruleProperties struct {
	Tags     []string `json:"tags"`
	Severity string   `json:"security-severity"` // 0.0 to 10.0, as code hosts read it
}

type text struct {
	Text string `json:"text"`
}

type invocation struct {
	Successful    bool           `json:"executionSuccessful"`
	Start         time.Time      `json:"startTimeUtc"`
	End           time.Time      `json:"endTimeUtc"`
	Notifications []notification `json:"toolExecutionNotifications,omitempty"`
}

type notification struct {
	Level   string `json:"level"`
	Message text   `json:"message"`
}

type result struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      text              `json:"message"`
	Locations    []location        `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type location struct {
	Physical physical `json:"physicalLocation"`
}

type physical struct {
	Artifact artifact `json:"artifactLocation"`
}

type artifact struct {
	URI string `json:"uri"`
}

// weight is what a severity is worth: the level of SARIF, and a number as CVSS has it.
var weight = map[jwttest.Severity]struct{ level, score string }{
	jwttest.Forge:     {"error", "9.8"},
	jwttest.Widen:     {"error", "8.1"},
	jwttest.Replay:    {"error", "6.5"},
	jwttest.Robust:    {"warning", "5.3"},
	jwttest.Malleable: {"warning", "4.3"},
}

// Write writes the findings of r. An attack that is inconclusive is an invocation that has
// failed, with the reason.
func Write(w io.Writer, r *jwttest.Report) error {
	out := run{
		Tool:    tool{driver{Name: "jwt attack", URI: "https://github.com/cda17858/jwt", Rules: []rule{}}},
		Results: []result{},
	}
	inv := invocation{Successful: r.Inconclusive == "", Start: r.Started.UTC(), End: r.Started.Add(r.Took).UTC()}
	if r.Inconclusive != "" {
		inv.Notifications = []notification{{"error", text{"inconclusive: " + r.Inconclusive}}}
	}
	out.Invocations = []invocation{inv}
	for _, f := range r.Findings() {
		rule := newRule(f)
		out.Results = append(out.Results, result{
			RuleID:       rule.ID,
			RuleIndex:    len(out.Tool.Driver.Rules),
			Level:        rule.Default.Level,
			Message:      text{fmt.Sprintf("%s: %s", f.Verdict, f.Describe())},
			Locations:    []location{{physical{artifact{r.Target}}}},
			Fingerprints: map[string]string{"fault/v1": rule.ID + " " + r.Target},
		})
		out.Tool.Driver.Rules = append(out.Tool.Driver.Rules, rule)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(document{schema, "2.1.0", []run{out}})
}

func newRule(f jwttest.Result) rule {
	w, ok := weight[f.Severity]
	if !ok { // a control, which is no attack
		w.level, w.score = "note", "0.0"
	}
	help := strings.TrimSuffix(f.Reference+". "+f.Advisory, ". ")
	if a := f.Advice; a.JWT != "" {
		help += fmt.Sprintf("\n\njwt: %s\ngolang-jwt: %s\ngo-jose: %s\njwx: %s", a.JWT, a.GolangJWT, a.GoJOSE, a.JWX)
	}
	return rule{
		ID:         string(f.ID),
		Name:       string(f.ID),
		Short:      text{f.Text},
		Help:       text{help},
		Default:    configuration{w.level},
		Properties: ruleProperties{[]string{"security", "jwt", string(f.Severity)}, w.score},
	}
}
