package api

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// comparers are functions that compare bytes. Only the last two take the same time
// wherever the first difference is.
var comparers = []string{
	"bytes.Equal", "bytes.EqualFold", "bytes.Compare", "reflect.DeepEqual",
	"slices.Equal", "slices.EqualFunc", "slices.Compare", "slices.CompareFunc",
	"crypto/hmac.Equal", "crypto/subtle.ConstantTimeCompare",
}

// comparisons are all that the module makes outside of tests, each with what it compares.
// For one that stops at the first difference that says why nobody learns a secret by it.
var comparisons = map[string]string{
	"signer_hmac.go: hmacVerifier.Verify: crypto/hmac.Equal":                  "the MAC of a token",
	"examples/login/users.go: users.check: crypto/subtle.ConstantTimeCompare": "the hash of a password",
	"session/digest.go: digest.equal: crypto/subtle.ConstantTimeCompare":      "the hash of a refresh token's secret",
	"session/token.go: newTokenKeys: crypto/hmac.Equal":                       "keys of the configuration",
	"session/token.go: tokenKeys.check: crypto/hmac.Equal":                    "the tag of a refresh token",

	"internal/strictjson/scan.go: scanner.distinct: bytes.Compare": "names of claims",
	"internal/strictjson/scan.go: scanner.distinct: string ==":     "names of claims",

	"keyring/codec.go: intact: bytes.Equal":            "a checksum of the process's own store; it guards against damage, not against people",
	"keyring/ring.go: snapshot.material: bytes.Equal":  "a key in memory and in the process's own store; nobody else sends either",
	"keyring/update.go: Ring.update: slices.EqualFunc": "kids and times of keys",

	"store/storetest/context.go: tester.interrupted: bytes.Equal": "data of a test",
	"store/storetest/storetest.go: difference: bytes.Equal":       "data of a test",
}

// A MAC is compared with hmac.Equal, and no bytes are compared otherwise without a reason
// (CVE-2015-10004).
func TestConstantTime(t *testing.T) {
	var found, macs []string
	for _, s := range sources(t) {
		if slices.Contains(slices.Collect(maps.Values(s.imports)), "crypto/hmac") {
			macs = append(macs, s.name)
		}
		for _, decl := range s.file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				if how := s.comparison(n); how != "" {
					found = append(found, fmt.Sprintf("%s: %s: %s", s.name, declName(decl), how))
				}
				return true
			})
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(comparisons)), found)
	require.Equal(t, []string{"internal/mint/main.go", "session/token.go", "signer_hmac.go"}, macs, "where MACs are made")
}

// comparison says how n compares bytes, or "" if it does not.
func (s *source) comparison(n ast.Node) string {
	switch n := n.(type) {
	case *ast.SelectorExpr: // even if it is not called here
		if pkg, ok := n.X.(*ast.Ident); ok {
			if name := s.imports[pkg.Name] + "." + n.Sel.Name; slices.Contains(comparers, name) {
				return name
			}
		}
	case *ast.BinaryExpr:
		if (n.Op == token.EQL || n.Op == token.NEQ) && isStringOf(n.X) && isStringOf(n.Y) {
			return "string " + n.Op.String()
		}
	}
	return ""
}

// isStringOf reports whether e is string(…).
func isStringOf(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "string"
}

// unwanted are packages that no file imports, except those named.
var unwanted = map[string][]string{
	"C": nil, "unsafe": nil, "plugin": nil, "math/rand": nil,
	"regexp": nil, // the writer of the text chooses the time (CVE-2026-35041)
	// The order of fetches, of tries and of the calls of a test; keys come from crypto/rand.
	"math/rand/v2": {"jwks/fresh.go", "jwtclient/cache.go", "keyring/update.go", "store/storetest/context.go", "store/storetest/linearizable.go"},
}

// quiet are the folders that read nothing but their arguments, and what they may not
// import: so a kid cannot be a path, nor a jku be fetched.
var (
	quiet = []string{".", "jws", "jwk", "internal/compact", "internal/pemkey", "internal/strictjson"}
	loud  = []string{"net", "net/http", "net/url", "os", "os/exec", "os/signal", "path/filepath", "io/fs", "syscall", "log", "embed"}
)

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		dir := path.Dir(s.name)
		seen[dir] = true
		for name, p := range s.imports {
			require.False(t, strings.HasPrefix(name, "."), "%s hides where names come from", s.name)
			if files, ok := unwanted[p]; ok {
				require.Contains(t, files, s.name, "imports %s", p)
			}
			if slices.Contains(quiet, dir) {
				require.NotContains(t, loud, p, "in %s", s.name)
			}
		}
	}
	for _, dir := range quiet {
		require.True(t, seen[dir], "no source in %s", dir)
	}
}

// A source is a file of the module that is not a test.
type source struct {
	name    string // from the root of the module, with slashes
	file    *ast.File
	imports map[string]string // from the name in this file to the path
}

func sources(t *testing.T) []*source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []*source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root {
			_, err := os.Stat(filepath.Join(name, "go.mod")) // another module
			if err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, name)
		all = append(all, &source{filepath.ToSlash(short), file, importsOf(file)})
		return err
	})
	require.NoError(t, err)
	require.Greater(t, len(all), 40)
	return all
}

func importsOf(file *ast.File) map[string]string {
	paths := make(map[string]string)
	for _, spec := range file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(p)
		if strings.HasPrefix(name, "v") && len(name) == 2 { // math/rand/v2
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "_" || name == "." {
			name += p // there may be several
		}
		paths[name] = p
	}
	return paths
}

func declName(decl ast.Decl) string {
	f, ok := decl.(*ast.FuncDecl)
	if !ok {
		return "var"
	}
	if f.Recv == nil {
		return f.Name.Name
	}
	recv := f.Recv.List[0].Type
	if star, ok := recv.(*ast.StarExpr); ok {
		recv = star.X
	}
	if name, ok := recv.(*ast.Ident); ok {
		return name.Name + "." + f.Name.Name
	}
	return f.Name.Name // of a generic type
}
