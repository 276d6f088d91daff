package migrate_test

import (
	"cmp"
	"fmt"
	"go/types"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

// A tally counts what the command did with a program.
type tally struct{ rewritten, flagged, missed int }

// Three small programs as users of golang-jwt write them are moved: by the command, and then
// by hand as the patches beside them say. Their own tests pass before, after the command
// when both libraries work side by side, and at the end. The tests of two of them go on
// signing with golang-jwt, as the rest of a fleet does.
func TestPrograms(t *testing.T) {
	dir := module(t, "testdata/programs", "programs.example")
	goCommand(t, dir, "test", "./...")

	counts := make(map[string]*tally)
	for _, s := range runIn(t, dir, true) {
		program, _, _ := strings.Cut(filepath.ToSlash(s.File), "/")
		if counts[program] == nil {
			counts[program] = new(tally)
		}
		if s.Kind == migrate.Rewrite {
			counts[program].rewritten++
		} else {
			counts[program].flagged++
		}
	}
	goCommand(t, dir, "test", "./...")
	for program, n := range missed(t, dir, runIn(t, dir, false)) {
		counts[program].missed = n
	}

	for _, patch := range []string{"gate.patch", "jobs.patch"} {
		cmd := exec.CommandContext(t.Context(), "git", "apply", patch)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", patch, out)
	}
	goCommand(t, dir, "test", "./...")
	for _, s := range runIn(t, dir, false) {
		require.True(t, strings.HasSuffix(s.File, "_test.go"), "%s:%d: %s", s.File, s.Line, s.Message)
	}

	page := string(read(t, "../../../../docs/migrating.md"))
	for program, n := range counts {
		row := fmt.Sprintf("| `%s` | %d | %d | %d |", program, n.rewritten, n.flagged, n.missed)
		require.True(t, strings.Contains(page, row), "docs/migrating.md has no row %s", row)
	}
}

// runIn runs the command in a folder, and returns what it found.
func runIn(t *testing.T, dir string, write bool) []migrate.Site {
	t.Helper()
	report, err := migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"./..."}, Check: !write})
	require.NoError(t, err)
	require.NoError(t, report.Write())
	return report.Sites
}

// missed counts, for each program, the uses of golang-jwt that are still there and that no
// finding covers. It goes by the types alone, and knows nothing of the analyzer. Fields that
// are the same in both libraries need no finding.
func missed(t *testing.T, dir string, sites []migrate.Site) map[string]int {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.LoadSyntax, Tests: true}, "./...")
	require.NoError(t, err)
	counts := make(map[string]int)
	seen := make(map[string]bool)
	for _, pkg := range pkgs {
		for id, obj := range pkg.TypesInfo.Uses {
			if obj.Pkg() == nil || !strings.HasPrefix(obj.Pkg().Path(), "github.com/golang-jwt/") {
				continue
			}
			if v, ok := obj.(*types.Var); ok && v.IsField() && (v.Name() == "Issuer" || v.Name() == "Subject" || v.Name() == "ID") {
				continue
			}
			at := pkg.Fset.Position(id.Pos())
			file, err := filepath.Rel(dir, at.Filename)
			require.NoError(t, err)
			if seen[at.String()] || covers(sites, file, at.Line) {
				continue
			}
			seen[at.String()] = true
			t.Logf("missed: %s:%d: %s", file, at.Line, id.Name)
			counts[cmp.Or(filepath.Dir(file), ".")]++
		}
	}
	return counts
}

func covers(sites []migrate.Site, file string, line int) bool {
	for _, s := range sites {
		if s.File == file && s.Line <= line && line <= s.EndLine {
			return true
		}
	}
	return false
}
