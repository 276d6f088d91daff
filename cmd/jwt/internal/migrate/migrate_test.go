package migrate_test

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

var update = flag.Bool("update", false, "write the files with the ending .golden anew")

// Each package in testdata says in its comments what is found in it, and its files with the
// ending .golden what becomes of it.
func TestAnalyzer(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), migrate.Analyzer, "./...")
}

// What is rewritten compiles, in the packages in testdata, goes through go vet, and passes its
// tests.
func TestRewrittenCompiles(t *testing.T) {
	dir := module(t, "testdata", "before.example")
	report, err := migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	require.NotEmpty(t, report.Changes)
	if *update {
		for _, c := range report.Changes {
			write(t, filepath.Join("testdata", c.Name+".golden"), c.New)
		}
	}
	require.NoError(t, report.Write())
	goCommand(t, dir, "vet", "./...")
	goCommand(t, dir, "test", "./forms")

	again, err := migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	require.Empty(t, again.Changes, "a second run finds nothing more to rewrite")
}
