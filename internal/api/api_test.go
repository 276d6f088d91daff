// Package api compares the exported API of each package with its api.txt, so that
// nothing is exported, changed or removed by accident.
package api

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the api.txt files")

// packages are the folders of the root module that others import.
var packages = []string{".", "jws", "jwk", "jwks", "keyring", "store", "store/storetest", "session", "jwthttp", "jwtclient"}

func TestAPI(t *testing.T) {
	for _, dir := range packages {
		t.Run(dir, func(t *testing.T) {
			dir := filepath.Join("..", "..", dir)
			got := exported(t, dir)
			file := filepath.Join(dir, "api.txt")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "the exported API has changed; if that is meant, run go test ./internal/api -update")
		})
	}
}

// exported returns the exported declarations of the package in dir, without comments,
// in order.
func exported(t *testing.T, dir string) string {
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, dir)
	require.NoError(t, err)

	var decls []string
	add := func(nodes ...ast.Node) {
		for _, n := range nodes {
			var b bytes.Buffer
			require.NoError(t, format.Node(&b, fset, n))
			decls = append(decls, blankLines.ReplaceAllString(b.String(), "\n"))
		}
	}
	values := func(vs []*doc.Value) {
		for _, v := range vs {
			stripComments(v.Decl)
			add(v.Decl)
		}
	}
	funcs := func(fs []*doc.Func) {
		for _, f := range fs {
			f.Decl.Doc, f.Decl.Body = nil, nil
			add(f.Decl)
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	funcs(pkg.Funcs)
	for _, typ := range pkg.Types {
		stripComments(typ.Decl)
		add(typ.Decl)
		values(typ.Consts)
		values(typ.Vars)
		funcs(typ.Funcs)
		funcs(typ.Methods)
	}
	sort.Strings(decls)
	return fmt.Sprintf("package %s\n\n%s\n", pkg.Name, strings.Join(decls, "\n\n"))
}

// blankLines are what is left of comments.
var blankLines = regexp.MustCompile(`\n(\s*\n)+`)

func stripComments(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GenDecl:
			n.Doc = nil
		case *ast.Field:
			n.Doc, n.Comment = nil, nil
		case *ast.ValueSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.TypeSpec:
			n.Doc, n.Comment = nil, nil
		}
		return true
	})
}
