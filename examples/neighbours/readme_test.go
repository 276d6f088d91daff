package neighbours_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// README.md names each file that has an Example, and no Example has more than 40 lines.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	examples := 0
	for _, name := range files {
		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, name, nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Example") {
				continue
			}
			examples++
			require.Contains(t, string(readme), "("+name+")")
			lines := positions.Position(f.End()).Line - positions.Position(f.Pos()).Line + 1
			require.LessOrEqual(t, lines, 40, f.Name.Name)
		}
	}
	require.Equal(t, 13, examples)
}
