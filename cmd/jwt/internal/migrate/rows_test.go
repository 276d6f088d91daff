package migrate_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

// anchors returns the rows of docs/migrating.md.
func anchors(t *testing.T) []string {
	page, err := os.ReadFile("../../../../docs/migrating.md")
	require.NoError(t, err)
	var list []string
	for _, m := range regexp.MustCompile(`<a id="([^"]+)"></a>`).FindAllStringSubmatch(string(page), -1) {
		list = append(list, m[1])
	}
	require.NotEmpty(t, list)
	return list
}

// Every link that a finding has leads to a row of the page, and for every row that the
// analyzer knows there is a package in testdata with a finding.
func TestRows(t *testing.T) {
	report, err := migrate.Run(t.Context(), migrate.Config{Dir: "testdata", Patterns: []string{"./..."}, Dry: true})
	require.NoError(t, err)
	rows := anchors(t)
	found := make(map[string]bool)
	for _, s := range report.Sites {
		require.Equal(t, migrate.Page+"#"+s.Row, s.URL)
		require.Contains(t, rows, s.Row)
		found[s.Row] = true
	}
	others := []string{
		"float64", "header", "keyfunc-by-issuer", "keyfunc-by-kid", "keyfunc-by-user", "keyfunc-jwks", "keyfunc-one-key",
		"short-secrets", "valid", "with-valid-methods",
	}
	for _, row := range append(migrate.Rows(), others...) {
		require.Contains(t, found, row)
	}
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
