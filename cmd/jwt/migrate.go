package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

func newMigrate(a *app) *cobra.Command {
	var check, showDiff, whole bool
	cmd := &cobra.Command{
		Use:   "migrate [PACKAGE]…",
		Short: "Move Go packages from golang-jwt to github.com/cda17858/jwt",
		Long: `Move Go packages, their tests included, from golang-jwt to github.com/cda17858/jwt.

Code is rewritten only if the result compiles, and means the same or is stricter. The module must
already require package jwt: go get github.com/cda17858/jwt. The rest is listed, with the reason
and the row of docs/migrating.md that helps. So are calls that are unsafe with golang-jwt too,
such as Parse without WithValidMethods. Without arguments, jwt migrate reads the package in the
current directory.

  jwt migrate ./...            rewrite, and list what is left
  jwt migrate --diff ./...     show what would be rewritten
  jwt migrate --check ./...    only list; also useful if you keep golang-jwt
  jwt migrate --whole ./...    change exported types as well, since nothing else imports them

As a tool of the go command:

  go vet -vettool=$(which jwt) ./...
  go fix -fixtool=$(which jwt) ./...

Exit code: 0 nothing is left to do, 1 something is left, 2 usage, or a file cannot be written,
3 a package does not load, or the module does not require package jwt.`,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if check && showDiff {
				return errors.New("--check rewrites nothing, so --diff has nothing to show; remove one of them")
			}
			report, err := migrate.Run(cmd.Context(), migrate.Config{Patterns: patterns, Whole: whole, Check: check, Dry: showDiff})
			if errors.Is(err, migrate.ErrLoad) || errors.Is(err, migrate.ErrNotRequired) {
				return withCode(exitUnavailable, err)
			} else if err != nil {
				return err
			}
			return a.showMigration(report, !check && !showDiff, showDiff)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "only list, and rewrite nothing")
	cmd.Flags().BoolVar(&whole, "whole", false, "nothing else imports the packages, so that exported types may change")
	cmd.Flags().BoolVar(&showDiff, "diff", false, "show what would be rewritten, and write nothing")
	return cmd
}

// showMigration writes the changes, if write is set, and prints what was found.
func (a *app) showMigration(report *migrate.Report, write, showDiff bool) error {
	left := report.Sites
	if write {
		if err := report.Write(); err != nil {
			return err
		}
		left = report.Left()
	}
	var diffs string
	if showDiff {
		for _, c := range report.Changes {
			name := filepath.ToSlash(c.Name)
			diffs += string(diff.Diff("a/"+name, c.Old, "b/"+name, c.New))
		}
	}
	if a.json {
		if err := a.printJSON(migrationJSON{append([]migrate.Site{}, report.Sites...), write, diffs}); err != nil {
			return err
		}
	} else {
		a.printMigration(report, left, write, diffs)
	}
	if len(left) > 0 {
		return withCode(exitNo, nil)
	}
	return nil
}

// migrationJSON is the output of --json.
type migrationJSON struct {
	Sites   []migrate.Site `json:"sites"`
	Written bool           `json:"written"` // the sites of the kind rewrite are done
	Diff    string         `json:"diff,omitempty"`
}

// printMigration prints what is left and the diff, and a summary to standard error.
func (a *app) printMigration(report *migrate.Report, left []migrate.Site, written bool, diffs string) {
	for _, s := range left {
		fmt.Fprintf(a.out, "%s:%d:%d: %s: %s (%s)\n", printable(s.File), s.Line, s.Column, s.Kind, printable(s.Message), s.URL)
	}
	if a.terminalOut {
		diffs = printableLines(diffs)
	}
	fmt.Fprint(a.out, diffs)
	done := "can be rewritten"
	if written {
		done = "rewritten"
	}
	rewrites, risks := report.Count(migrate.Rewrite), report.Count(migrate.Risk)
	fmt.Fprintf(a.err, "jwt: %d %s, %d to do by hand, %d of them unsafe as they are\n", rewrites, done, len(report.Sites)-rewrites, risks)
}
