package migrate_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

// anchors returns the rows of docs/migrating.md that are about golang-jwt.
func anchors(t *testing.T) []string {
	page, err := os.ReadFile("../../../../docs/migrating.md")
	require.NoError(t, err)
	var list []string
	for _, m := range regexp.MustCompile(`<a id="([^"]+)"></a>`).FindAllStringSubmatch(string(page), -1) {
		if m[1] != "from-jwx" && m[1] != "from-go-jose" {
			list = append(list, m[1])
		}
	}
	require.NotEmpty(t, list)
	return list
}

// Every link that a finding has leads to a row of the page, and for every row there is a
// package in testdata with a finding.
func TestRows(t *testing.T) {
	report, err := migrate.Run(t.Context(), migrate.Config{Dir: "testdata", Patterns: []string{"./..."}})
	require.NoError(t, err)
	var found []string
	for _, s := range report.Sites {
		require.Equal(t, migrate.Page+"#"+s.Row, s.URL)
		found = append(found, s.Row)
	}
	slices.Sort(found)
	want := anchors(t)
	slices.Sort(want)
	require.Equal(t, want, slices.Compact(found))
}

// Every name that golang-jwt exports has a row: nothing of it can be used in silence.
func TestNames(t *testing.T) {
	pkgs, err := packages.Load(&packages.Config{Dir: "testdata", Mode: packages.NeedTypes | packages.NeedImports | packages.NeedName},
		"github.com/golang-jwt/jwt/v5", "github.com/golang-jwt/jwt/v5/request", "github.com/golang-jwt/jwt/v4", "github.com/dgrijalva/jwt-go")
	require.NoError(t, err)
	rows := anchors(t)
	for _, pkg := range pkgs {
		require.Empty(t, pkg.Errors)
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); obj.Exported() {
				require.Contains(t, rows, migrate.RowOf(obj), "%s.%s", pkg.PkgPath, name)
			}
		}
	}
}
