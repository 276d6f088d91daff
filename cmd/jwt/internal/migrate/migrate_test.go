package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

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
	require.NoError(t, report.Write())
	goCommand(t, dir, "vet", "./...")
	goCommand(t, dir, "test", "./forms")

	again, err := migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"./..."}})
	require.NoError(t, err)
	require.Empty(t, again.Changes, "a second run finds nothing more to rewrite")
}
