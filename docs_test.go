package jwt_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
	testName = regexp.MustCompile(`^(?:([a-z/]+)\.)?((?:Test|Fuzz)\w+)(?:/(.+))?$`)
	fileName = regexp.MustCompile(`^[a-z0-9+-]+\.txt$`)
	advisory = regexp.MustCompile(`\b(?:CVE-\d{4}-\d+|GO-\d{4}-\d+|GHSA(?:-\w{4}){3}|echo-P968|fast-jwt-636)\b`)
	fileLink = regexp.MustCompile(`\]\(([^):#]+)\)`)
)

// What docs/threats.md names exists.
func TestThreats(t *testing.T) {
	text, err := os.ReadFile("docs/threats.md")
	require.NoError(t, err)
	tests, files := 0, 0
	for _, span := range codeSpan.FindAllStringSubmatch(string(text), -1) {
		switch name := testName.FindStringSubmatch(span[1]); {
		case name != nil:
			requireTest(t, name[1], name[2], name[3])
			tests++
		case fileName.MatchString(span[1]):
			require.FileExists(t, "testdata/tokens/"+span[1])
			files++
		}
	}
	require.Greater(t, tests, 150)
	require.Greater(t, files, 100)
	requireLinks(t, string(text))
}

// Each attack has a proof, and each advisory of the corpus stands where its file does.
func TestThreatsProofs(t *testing.T) {
	text, err := os.ReadFile("docs/threats.md")
	require.NoError(t, err)
	shown := map[string][]string{} // by file, the advisories with an attack that the corpus has there
	for _, f := range loadCorpus(t) {
		shown[f.name+".txt"] = f.peers
	}
	proved := map[string]bool{}
	attacks := 0
	table := false // within a table of attacks
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| ") {
			table = table && strings.HasPrefix(line, "|")
			continue
		}
		if strings.HasPrefix(cells[2], "Proof") {
			table = true
			continue
		}
		require.True(t, table, line)
		attacks++
		attack, proofs := cells[0], codeSpan.FindAllStringSubmatch(cells[2], -1)
		require.NotEmpty(t, proofs, line)
		var ids []string
		for _, span := range proofs {
			require.True(t, testName.MatchString(span[1]) || fileName.MatchString(span[1]), "%s is not a proof", span[1])
			ids = append(ids, shown[span[1]]...)
		}
		for _, id := range advisory.FindAllString(attack, -1) {
			proved[id] = proved[id] || slices.Contains(ids, id)
		}
	}
	require.Greater(t, attacks, 80)
	for _, id := range corpusAdvisories {
		require.True(t, proved[id], "no attack names %s, with its file of testdata/tokens as a proof", id)
	}
}

// requireLinks checks that the files to which a page of docs links are there.
func requireLinks(t *testing.T, text string) {
	t.Helper()
	for _, link := range fileLink.FindAllStringSubmatch(text, -1) {
		_, err := os.Stat(filepath.Join("docs", link[1]))
		require.NoError(t, err)
	}
}

// requireTest checks that a test stands in dir, and in it the name of its subtest, if there
// is one.
func requireTest(t *testing.T, dir, name, subtest string) {
	t.Helper()
	for _, file := range testFiles(t, dir) {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv != nil || f.Name.Name != name {
				continue
			}
			param, _ := f.Type.Params.List[0].Type.(*ast.StarExpr)
			require.NotNil(t, param, name)
			require.Equal(t, name[:1], param.X.(*ast.SelectorExpr).Sel.Name, name) // *testing.T or F
			require.True(t, subtest == "" || hasLiteral(f, subtest), "%s.%s has no subtest %s", dir, name, subtest)
			return
		}
	}
	if _, err := os.Stat("interop"); err != nil && dir == "interop" && os.Getenv("CI") != "true" {
		return // another module, which is missing where this one is a dependency
	}
	t.Errorf("no test %s in %q", name, dir)
}

// parsedTests are the test files of a folder.
var parsedTests = map[string][]*ast.File{}

func testFiles(t *testing.T, dir string) []*ast.File {
	t.Helper()
	if files, ok := parsedTests[dir]; ok {
		return files
	}
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		parsedTests[dir] = append(parsedTests[dir], file)
	}
	return parsedTests[dir]
}

// hasLiteral reports whether text is a string literal in n.
func hasLiteral(n ast.Node, text string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			value, _ := strconv.Unquote(lit.Value)
			found = found || value == text
		}
		return !found
	})
	return found
}

var (
	apiName   = regexp.MustCompile(`^(jwt|jwks|jwthttp|keyring|session|store)\.([A-Z]\w*)(?:\.([A-Z]\w*))?$`)
	eventName = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`) // or that of a Reason of jwthttp
)

// What docs/production.md names exists, and its samples are those that
// session.TestProduction runs.
func TestProduction(t *testing.T) {
	requireSamples(t, "docs/production.md", "session/production_test.go", "PRODUCTION")
	text, err := os.ReadFile("docs/production.md")
	require.NoError(t, err)
	events, err := os.ReadFile("session/event.go")
	require.NoError(t, err)
	reasons, err := os.ReadFile("jwthttp/observe.go")
	require.NoError(t, err)
	others := []string{"auth_time", "synchronous_standby_names"}
	tests, words := 0, 0
	for _, span := range codeSpan.FindAllStringSubmatch(string(text), -1) {
		switch name := span[1]; {
		case testName.MatchString(name):
			parts := testName.FindStringSubmatch(name)
			requireTest(t, parts[1], parts[2], parts[3])
			tests++
		case apiName.MatchString(name):
			requireExported(t, name)
		case eventName.MatchString(name) && !slices.Contains(others, name):
			require.Contains(t, string(events)+string(reasons), strconv.Quote(name))
			words++
		}
	}
	require.Greater(t, tests, 20)
	require.Greater(t, words, 10)
	requireLinks(t, string(text))
}

// requireExported checks that a name such as session.Config.Keys is in the API.
func requireExported(t *testing.T, name string) {
	t.Helper()
	parts := apiName.FindStringSubmatch(name)
	dir, object, member := parts[1], parts[2], parts[3]
	if dir == "jwt" {
		dir = "."
	}
	api, err := os.ReadFile(filepath.Join(dir, "api.txt"))
	require.NoError(t, err)
	pattern := `(?m)^(func |type |var |\t)` + object + `\b`
	if member != "" {
		pattern = `(?m)^type ` + object + `\b.* struct \{(\n\t.*)*\n\t(\w+, )*` + member + `\b|^func \(\w+ \*?` + object + `(\[P\])?\) ` + member + `\(`
	}
	require.Regexp(t, pattern, string(api), name)
}
