package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

func newDecode(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "decode [-|@FILE|env:NAME|TOKEN]",
		Short: "Show what a token says, without verifying it",
		Long: `Show what a token says, without verifying it: header and claims, dates in UTC and
relative to now, the meaning of each registered claim, and warnings.

The token is read from standard input, a file, an environment variable or, with
a warning, the argument. A leading "Bearer " is removed. A token that is expired,
damaged or truncated is shown as far as it can be read; of an encrypted token,
only the header. Anyone could have made the token.

Exit code: 0 if a token was shown, 2 if there is none.`,
		Example: "  pbpaste | jwt decode\n  jwt decode @token.txt\n  jwt decode env:TOKEN --json | jq .payload.exp",
		Args:    cobra.MaximumNArgs(1),
		RunE:    a.decode,
	}
	a.addClock(cmd)
	return cmd
}

func (a *app) decode(_ *cobra.Command, args []string) error {
	token, err := a.readToken(args)
	if err != nil {
		return err
	}
	r := inspect.Decode(token, a.now())
	if a.json {
		return a.printJSON(r)
	}
	_, err = a.out.Write(a.report(r))
	return err
}

// report returns a report on a token as text.
func (a *app) report(r *inspect.Report) []byte {
	var b bytes.Buffer
	status := "signature not verified"
	if r.Kind == inspect.JWE {
		status = "not decrypted"
	}
	fmt.Fprintf(&b, "%s, %d bytes, %s\n", a.paint(bold, kindName(r.Kind)), r.Bytes.Token, a.paint(yellow, status))
	a.members(&b, r, inspect.Header, "header")
	title := "claims"
	if r.Kind == inspect.JWE {
		title = "content"
	}
	a.members(&b, r, inspect.Payload, title)
	if r.Text+r.Hex != "" {
		fmt.Fprintf(&b, "  %s\n", opaque(r))
	}
	if n := r.Bytes.Signature; n > 0 || hasWarning(r, inspect.Signature) {
		fmt.Fprintf(&b, "\n%s\n", a.paint(bold, "signature"))
		if n > 0 {
			fmt.Fprintf(&b, "  %d bytes, %s\n", n, inspect.NotVerified)
		}
		a.warnings(&b, slices.DeleteFunc(slices.Clone(r.Warnings), func(w inspect.Warning) bool { return w.Part != inspect.Signature }))
	}
	return b.Bytes()
}

// opaque returns a payload that is not JSON.
func opaque(r *inspect.Report) string {
	if r.Text == "" {
		return r.Hex
	}
	return inspect.Quote(r.Text)
}

func kindName(k inspect.Kind) string {
	switch k {
	case inspect.JWS:
		return "signed token (JWS)"
	case inspect.JWE:
		return "encrypted token (JWE)"
	}
	return "incomplete token"
}

func hasWarning(r *inspect.Report, part inspect.Part) bool {
	return slices.ContainsFunc(r.Warnings, func(w inspect.Warning) bool { return w.Part == part })
}

// members writes the members of a part, each with its warnings, and then the warnings about
// the whole part.
func (a *app) members(b *bytes.Buffer, r *inspect.Report, part inspect.Part, title string) {
	var members []inspect.Member
	names, values := 0, 0 // the widths of the columns
	for _, m := range r.Members {
		if m.Part == part {
			members = append(members, m)
			names = max(names, min(width(plainName(m)), 16))
			if n := width(string(m.Value)); n <= maxColumn {
				values = max(values, n)
			}
		}
	}
	if len(members) == 0 && !hasWarning(r, part) {
		return
	}
	fmt.Fprintf(b, "\n%s\n", a.paint(bold, title))
	about := map[string][]inspect.Warning{} // by member
	for _, w := range r.Warnings {
		if w.Part == part {
			about[w.Member] = append(about[w.Member], w)
		}
	}
	for _, m := range members {
		name := plainName(m)
		fmt.Fprintf(b, "  %s%s  %s", a.paint(cyan, name), pad(name, names), a.value(m.Value))
		if note := a.annotation(m); note != "" {
			fmt.Fprintf(b, "%s  %s", pad(string(m.Value), values), note)
		}
		b.WriteByte('\n')
		if m.Name != "" {
			a.warnings(b, about[m.Name])
			delete(about, m.Name)
		}
	}
	a.warnings(b, about[""])
}

// maxColumn is the widest value after which annotations are aligned.
const maxColumn = 40

func plainName(m inspect.Member) string { return strings.Trim(inspect.Quote(m.Name), `"`) }

func width(text string) int { return utf8.RuneCountInString(text) }

// pad returns the spaces that text needs to be as wide as a column.
func pad(text string, column int) string { return strings.Repeat(" ", max(0, column-width(text))) }

// value returns JSON for the terminal: on one line if it is short.
func (a *app) value(raw json.RawMessage) string {
	if raw[0] == '"' {
		return a.paint(green, string(raw))
	}
	if raw[0] != '{' && raw[0] != '[' || len(raw) <= maxColumn {
		return string(raw)
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "  ", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

// annotation says what a member means and, for a date, when it is.
func (a *app) annotation(m inspect.Member) string {
	var parts []string
	if m.Partial {
		parts = append(parts, "truncated")
	}
	if m.Meaning != "" {
		parts = append(parts, m.Meaning)
	}
	if m.Date == "" {
		return a.paint(dim, strings.Join(parts, ", "))
	}
	when := a.paint(dim, m.When)
	if strings.HasPrefix(m.When, "expired") || strings.HasPrefix(m.When, "not valid") {
		when = a.paint(red, m.When)
	}
	return a.paint(dim, strings.Join(append(parts, m.Date), ": ")+", ") + when
}

func (a *app) warnings(b *bytes.Buffer, list []inspect.Warning) {
	for _, w := range list {
		mark, style := "!", yellow
		if w.Note {
			mark, style = "i", dim
		}
		fmt.Fprintf(b, "  %s %s %s\n", a.paint(style, mark), a.paint(style, w.Text), a.paint(dim, "("+w.Code+")"))
	}
}
