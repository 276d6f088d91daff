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
	for _, link := range fileLink.FindAllStringSubmatch(string(text), -1) {
		_, err := os.Stat(filepath.Join("docs", link[1]))
		require.NoError(t, err)
	}
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
