package migrating

import (
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exports returns what packages export.
func (s *scope) exports(t *testing.T, paths ...string) (objects []types.Object) {
	t.Helper()
	from := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(s.exported[path]) })
	for _, path := range paths {
		pkg, err := from.Import(path)
		require.NoError(t, err)
		for _, name := range pkg.Scope().Names() {
			if token.IsExported(name) {
				objects = append(objects, pkg.Scope().Lookup(name))
			}
		}
	}
	return objects
}

// members returns the names of the fields and methods of a type.
func members(object types.Object) (names []string) {
	for m := range types.NewMethodSet(types.NewPointer(object.Type())).Methods() {
		names = append(names, m.Obj().Name())
	}
	switch under := object.Type().Underlying().(type) {
	case *types.Struct:
		for f := range under.Fields() {
			names = append(names, f.Name())
		}
	case *types.Interface:
		for m := range under.Methods() {
			names = append(names, m.Name())
		}
	}
	return names
}

var ours = []string{
	"github.com/cda17858/jwt", "github.com/cda17858/jwt/jwk", "github.com/cda17858/jwt/jwks", "github.com/cda17858/jwt/jws",
	"github.com/cda17858/jwt/jwthttp", "github.com/cda17858/jwt/jwttest", "github.com/cda17858/jwt/keyring",
}

var exportedName = regexp.MustCompile(`\b[A-Z]\w*[a-z0-9]\w*\b`)

// What stands in the column "here" of a table, and what docs/agents.md names, exists.
func TestNames(t *testing.T) {
	known := map[string]bool{ // other words
		"Bearer": true, "Role": true, "Insecure": true, "Validate": true, "Number": true, "Time": true,
	}
	for _, object := range openScope(t, "ours.go").exports(t, ours...) {
		known[object.Name()] = true
		for _, name := range members(object) {
			known[name] = true
		}
	}
	var missing []string
	look := func(text string) {
		for _, span := range codeSpan.FindAllStringSubmatch(text, -1) {
			for _, name := range exportedName.FindAllString(span[1], -1) {
				if !known[name] {
					missing = append(missing, name)
				}
			}
		}
	}
	look(fence.ReplaceAllString(readPage(t, "agents.md").text, ""))
	for line := range strings.Lines(section(t, "## The table", "## Refused here, accepted there")) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			look(cells[2])
		}
	}
	require.Empty(t, missing)
}
