package migrate_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

// Each package in testdata says in its comments what is found in it, and its files with the
// ending .golden what becomes of it.
func TestAnalyzer(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), migrate.Analyzer, "./...")
}
