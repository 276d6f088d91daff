package inspect_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

// Every warning and every check can be explained, and nothing is explained that does not
// occur.
func TestExplanationsAreComplete(t *testing.T) {
	var want []string
	v, err := inspect.Verify(t.Context(), "a.b.c", keys(t), policy())
	require.NoError(t, err)
	for _, c := range v.Checks {
		if c.Name != "role" { // a claim of this policy
			want = append(want, c.Name)
		}
	}
	want = append(want, "jti")
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, name := range files {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`d\.(?:warn|note)\("([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
			if !seen[m[1]] {
				seen[m[1]] = true
				want = append(want, m[1])
			}
		}
	}
	var got []string
	for _, e := range inspect.Explanations() {
		got = append(got, e.Reason)
		again, ok := inspect.Explain(strings.ToUpper(e.Reason))
		require.True(t, ok)
		require.Equal(t, e, again)
		require.NotEmpty(t, e.Means)
		require.NotEmpty(t, e.Do)
	}
	require.ElementsMatch(t, want, got)
	_, ok := inspect.Explain("nothing")
	require.False(t, ok)
}
