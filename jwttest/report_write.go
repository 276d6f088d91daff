package jwttest

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// longest is how much of a text a report shows to people.
const longest = 400

// readable returns the text of a part, or as much of it as can be read.
func readable(part string) string {
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil || !utf8.Valid(text) {
		return fmt.Sprintf("%.*q", longest, part)
	}
	return string(text)
}

func short(s string) string {
	if len(s) > longest {
		return s[:longest] + fmt.Sprintf("… (%d bytes)", len(s))
	}
	return s
}

// Describe returns what somebody needs to understand a result, in several lines.
func (res Result) Describe() string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", name, short(value))
		}
	}
	fmt.Fprintf(&b, "%s: %s\n  %s\n", res.ID, res.Verdict, res.Text)
	line("severity", string(res.Severity))
	line("reason", res.Reason)
	line("rule", strings.TrimSuffix(res.Reference+", "+res.Advisory, ", "))
	line("variant", res.Variant)
	line("header", res.Header)
	line("payload", res.Payload)
	line("answer", strings.TrimSpace(res.Answer+" "+res.Took.String()))
	if len(res.Curl) <= 8<<10 && res.Curl != "" {
		fmt.Fprintf(&b, "  %-10s %s\n", "again", res.Curl)
	}
	if a := res.advice(); a != nil {
		line("jwt", a.JWT)
		line("golang-jwt", a.GolangJWT)
		line("go-jose", a.GoJOSE)
		line("jwx", a.JWX)
	}
	return b.String()
}

// WriteText writes the findings, and the summary as the last line.
func (r *Report) WriteText(w io.Writer) error {
	for _, res := range r.Findings() {
		if _, err := io.WriteString(w, res.Describe()+"\n"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, r.Summary())
	return err
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitText `xml:"failure"`
	Error   *junitText `xml:"error"`
	Skipped *junitText `xml:"skipped"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report in the XML that programs for continuous integration read. A
// report that is inconclusive has one test case, with an error.
func (r *Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{Name: "jwttest: " + r.Target, Time: fmt.Sprintf("%.3f", r.Took.Seconds())}
	if r.Inconclusive != "" {
		suite.Errors = 1
		suite.Cases = []junitCase{{Class: "jwttest", Name: "calibration", Error: &junitText{Message: "inconclusive: " + r.Inconclusive}}}
	}
	for i, res := range append(append([]Result{}, r.Controls...), r.Results...) {
		c := junitCase{Class: "jwttest." + res.Group(), Name: res.Name(), Time: fmt.Sprintf("%.3f", res.Took.Seconds())}
		switch isControl := i < len(r.Controls); {
		case res.Verdict == NotApplicable || res.Verdict == Waived:
			c.Skipped = &junitText{Message: string(res.Verdict) + ": " + res.Reason}
			suite.Skipped++
		case isControl && res.Verdict == Refused || !isControl && res.Verdict.finding():
			c.Failure = &junitText{Message: string(res.Verdict) + ": " + res.Text, Text: res.Describe()}
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Tests = len(suite.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
