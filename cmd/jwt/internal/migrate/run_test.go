package migrate_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

// unused has a variable whose only use is in a test that the rewrite removes.
const unused = `package main

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

var secret = make([]byte, 32)

func parse(raw string) (*jwt.RegisteredClaims, error) {
	text := "invalid claims"
	token, err := jwt.ParseWithClaims(raw, &jwt.RegisteredClaims{}, func(*jwt.Token) (any, error) { return secret, nil },
		jwt.WithValidMethods([]string{"HS256"}))
	if err != nil {
		return nil, err
	}
	claims, ok := token.Claims.(*jwt.RegisteredClaims)
	if !ok {
		return nil, errors.New(text)
	}
	return claims, nil
}

func main() {}
`

// A package that would not compile stays as it is, and the finding says why.
func TestRunTakesBack(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), []byte(unused))
	dir = module(t, dir, "unused.example")
	for _, whole := range []bool{false, true} {
		report, err := migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"."}, Whole: whole})
		require.NoError(t, err)
		require.Empty(t, report.Changes)
		require.NotEmpty(t, report.Sites)
		for _, s := range report.Sites {
			require.Equal(t, migrate.Work, s.Kind)
		}
		require.Contains(t, report.Sites[0].Message, "not done, because the package would not compile: declared and not used: text")
	}
}

func TestRunErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), []byte(unused))
	for _, file := range []string{"go.mod", "go.sum"} {
		write(t, filepath.Join(dir, file), read(t, filepath.Join("testdata", file)))
	}
	_, err := migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"."}})
	require.ErrorIs(t, err, migrate.ErrNotRequired)
	for _, cfg := range []migrate.Config{{Check: true}, {Dry: true}} {
		cfg.Dir, cfg.Patterns = dir, []string{"."}
		_, err = migrate.Run(t.Context(), cfg)
		require.NoError(t, err)
	}
	_, err = migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"./nowhere"}})
	require.ErrorIs(t, err, migrate.ErrLoad)
	write(t, filepath.Join(dir, "main.go"), []byte("package main\n\nvar x int = \"text\"\n"))
	_, err = migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"."}})
	require.ErrorIs(t, err, migrate.ErrLoad)
}

func TestIsVetTool(t *testing.T) {
	for _, args := range [][]string{{"-V=full"}, {"-flags"}, {"/tmp/b001/vet.cfg"}, {"-fix", "-diff", "/tmp/b001/vet.cfg"}} {
		require.True(t, migrate.IsVetTool(args), args)
	}
	for _, args := range [][]string{nil, {"verify"}, {"-V"}, {"decode", "vet.cfg"}, {"--json", "token.txt"}, {"other.cfg"}} {
		require.False(t, migrate.IsVetTool(args), args)
	}
}
