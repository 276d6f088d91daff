package api

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/cda17858/jwt"

// rooms are the packages of the module, and what each may import beside the standard library
// and the small rooms.
var rooms = map[string]string{
	".":                   "internal/compact internal/strictjson internal/pemkey golang.org/x/crypto/cryptobyte",
	"internal/strictjson": "github.com/go-json-experiment/json",
	"internal/compact":    "internal/strictjson",
	"internal/pemkey":     "internal/strictjson golang.org/x/crypto/cryptobyte",
	"internal/api":        "",
	"internal/mint":       "",
	"jws":                 ". internal/compact",
	"jwk":                 ". internal/compact internal/strictjson internal/pemkey",
	"jwks":                ". jwk internal/compact internal/strictjson golang.org/x/sync golang.org/x/time",
	"keyring":             ". jwk store internal/strictjson",
	"store":               "",
	"store/storetest":     "store github.com/anishathalye/porcupine",
	"jwthttp":             ".",
	"jwtclient":           ". golang.org/x/sync",
	"session":             ". jwthttp store internal/strictjson golang.org/x/sync",
	"jwttest":             ". jwk jwks",
	"dpop":                ". jwk internal/compact",
	"jwe":                 ". jwk internal/compact",
	"examples/quickstart": ".",
	"examples/login":      ". jwk jwthttp golang.org/x/crypto/argon2",
}

// smallRooms may be imported by everything, and import only the standard library.
var smallRooms = []string{"internal/alg", "internal/base64url", "internal/check"}

// tagged are the modules that are released. They import only public packages of the root.
var tagged = []string{"store/sqlstore", "store/redisstore", "store/boltstore", "cmd/jwt", "verifycache"}

// Arrows between rooms run downwards only.
func TestRooms(t *testing.T) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no processes")
	}
	out := run(t, filepath.Join("..", ".."), "go", "list", "-json=ImportPath,Imports,Standard", "./...")
	decoder := json.NewDecoder(strings.NewReader(out))
	for decoder.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		require.NoError(t, decoder.Decode(&p))
		room := roomOf(p.ImportPath)
		allowed, known := rooms[room]
		require.True(t, known || slices.Contains(smallRooms, room), "%s is not in the table of rooms", room)
		for _, i := range p.Imports {
			if first, _, _ := strings.Cut(i, "/"); !strings.Contains(first, ".") {
				continue // the standard library
			}
			require.True(t, mayImport(strings.Fields(allowed), roomOf(i)), "%s imports %s", room, i)
		}
	}
}

// roomOf returns the place of a package of this module, or the path of another.
func roomOf(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

func mayImport(allowed []string, room string) bool {
	return slices.Contains(smallRooms, room) || slices.ContainsFunc(allowed, func(a string) bool {
		return room == a || a != "." && strings.Contains(a, ".") && strings.HasPrefix(room, a+"/")
	})
}

// Nothing in the root module imports a module within it, which TestRooms shows, and what is
// released imports only what users can.
func TestTaggedModules(t *testing.T) {
	for _, dir := range tagged {
		root := filepath.Join("..", "..", filepath.FromSlash(dir))
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
			continue // not written yet, or not part of the module as it was downloaded
		}
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			require.NoError(t, err)
			for _, i := range f.Imports {
				path, err := strconv.Unquote(i.Path.Value)
				require.NoError(t, err)
				require.False(t, strings.HasPrefix(path, module+"/internal/"), "%s imports %s", name, path)
			}
			return nil
		})
		require.NoError(t, err)
	}
}
