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
	var check, showDiff bool
	cmd := &cobra.Command{
		Use:   "migrate [PACKAGE]…",
		Short: "Move Go packages from golang-jwt to github.com/cda17858/jwt",
		Long: `Move Go packages, their tests included, from golang-jwt to github.com/cda17858/jwt.

What is certain is rewritten: it compiles, and means the same or is stricter. For this the
module must require package jwt: go get github.com/cda17858/jwt. The rest is listed, with the reason and the row of docs/migrating.md that helps. So are calls that are
unsafe with golang-jwt as well, such as a Parse without WithValidMethods. Without arguments
it looks at the package in the current directory.

  jwt migrate ./...            rewrite, and list what is left
  jwt migrate --diff ./...     show what would be rewritten
  jwt migrate --check ./...    only list: for those who stay, too

As a tool of the go command:

  go vet -vettool=$(which jwt) ./...
  go fix -fixtool=$(which jwt) ./...

Exit codes: 0 nothing is left to do, 1 something is, 2 the command line is wrong or a file
cannot be written, 3 a package does not load.`,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if check && showDiff {
				return errors.New("--check rewrites nothing, so that --diff has nothing to show")
			}
			report, err := migrate.Run(cmd.Context(), migrate.Config{Patterns: patterns, Check: check, Dry: showDiff})
			if errors.Is(err, migrate.ErrLoad) {
				return withCode(exitUnavailable, err)
			} else if err != nil {
				return err
			}
			return a.showMigration(report, showDiff)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "rewrite nothing")
	cmd.Flags().BoolVar(&showDiff, "diff", false, "show what would be rewritten, and write nothing")
	return cmd
}

// showMigration prints what was found, and writes or shows the changes.
func (a *app) showMigration(report *migrate.Report, showDiff bool) error {
	var diffs string
	for _, c := range report.Changes {
		name := filepath.ToSlash(c.Name)
		diffs += string(diff.Diff("a/"+name, c.Old, "b/"+name, c.New))
	}
	if !showDiff {
		if err := report.Write(); err != nil {
			return err
		}
	}
	if a.json {
		out := migrationJSON{Sites: append([]migrate.Site{}, report.Sites...)}
		if showDiff {
			out.Diff = diffs
		}
		if err := a.printJSON(out); err != nil {
			return err
		}
	} else {
		a.printMigration(report, showDiff, diffs)
	}
	if left := report.Left(); left > 0 || showDiff && len(report.Changes) > 0 {
		return withCode(exitNo, nil)
	}
	return nil
}

// migrationJSON is the output of --json.
type migrationJSON struct {
	Sites []migrate.Site `json:"sites"`
	Diff  string         `json:"diff,omitempty"` // with --diff
}

func (a *app) printMigration(report *migrate.Report, showDiff bool, diffs string) {
	for _, s := range report.Sites {
		if s.Kind != migrate.Rewrite {
			fmt.Fprintf(a.out, "%s:%d:%d: %s: %s (%s)\n", s.File, s.Line, s.Column, s.Kind, s.Message, s.URL)
		}
	}
	rewritten := len(report.Sites) - report.Left()
	if showDiff {
		fmt.Fprint(a.out, diffs)
		fmt.Fprintf(a.err, "jwt: %d can be rewritten, %d are left\n", rewritten, report.Left())
		return
	}
	fmt.Fprintf(a.err, "jwt: %d rewritten, %d left\n", rewritten, report.Left())
}
