package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
	"github.com/cda17858/jwt/jwttest"
)

func newExplain(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [REASON]",
		Short: "Explain why a token is refused, or what a warning means",
		Long: `Explain a check of verify, a warning of decode or a fault of attack: what it means
and what to do. Without a reason, list them.

Exit code: 0, or 2 if there is no such reason.`,
		Example: "  jwt explain aud\n  jwt explain key-in-header\n  jwt explain alg.none",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, e := range inspect.Explanations() {
				names = append(names, e.Reason)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listReasons()
			}
			if e, ok := inspect.Explain(args[0]); ok {
				return a.explain(e)
			}
			for _, f := range jwttest.Faults() {
				if string(f.ID) == args[0] {
					return a.explain(inspect.Explanation{Reason: args[0], Means: sentence(f.Text), Do: sentence(f.Advice.JWT), Reference: f.Reference})
				}
			}
			return fmt.Errorf("there is no reason %s; jwt explain lists them, and docs/attacks.md the faults of jwt attack", inspect.Quote(args[0]))
		},
	}
}

// sentence ends text with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.TrimSuffix(text, ".") + "."
}

func (a *app) explain(e inspect.Explanation) error {
	if a.json {
		return a.printJSON(e)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n%s\n", a.paint(bold, e.Reason), wrap(e.Means))
	if e.Do != "" {
		fmt.Fprintf(&b, "\n%s\n", wrap(e.Do))
	}
	if e.Reference != "" {
		fmt.Fprintf(&b, "\n%s\n", a.paint(dim, e.Reference))
	}
	_, err := a.out.Write(b.Bytes())
	return err
}

func (a *app) listReasons() error {
	if a.json {
		return a.printJSON(inspect.Explanations())
	}
	var b bytes.Buffer
	for _, e := range inspect.Explanations() {
		first, _, _ := strings.Cut(e.Means, ". ")
		fmt.Fprintf(&b, "%-17s  %s\n", e.Reason, sentence(first))
	}
	_, err := a.out.Write(b.Bytes())
	return err
}

// wrap breaks text into lines of at most 80 characters.
func wrap(text string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i > 0 && column+1+width(word) > 80:
			b.WriteByte('\n')
			column = 0
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width(word)
	}
	return b.String()
}
