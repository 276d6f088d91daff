package migrate_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

// A program whose claims are a type of one package, used by another: it is rewritten as a
// whole, and its tests pass. If one package has a reason to keep the type, or to test for an
// error that has no counterpart, all of them keep it.
func TestWhole(t *testing.T) {
	for name, test := range map[string]struct {
		file, text string // added to the program
		whole      bool
		kept       string // a row that is then left, "" if none is
	}{
		"whole":      {"", "", true, ""},
		"open world": {"", "", false, "registered-claims"},
		"encoded": {"api/encode.go", `package api

import (
	"encoding/json"

	"whole.example/auth"
)

func encode(c *auth.Claims) ([]byte, error) { return json.Marshal(c) }
`, true, "registered-claims"},
		"tested": {"api/status.go", `package api

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

func forOthers(err error) bool { return errors.Is(err, jwt.ErrTokenInvalidAudience) }
`, true, "parse"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := module(t, "testdata/whole", "whole.example")
			if test.file != "" {
				write(t, filepath.Join(dir, test.file), []byte(test.text))
			}
			report, err := migrate.Run(t.Context(), migrate.Config{Dir: dir, Patterns: []string{"./..."}, Whole: test.whole})
			require.NoError(t, err)
			var left []string
			for _, s := range report.Left() {
				left = append(left, s.Row)
			}
			if test.kept == "" {
				require.Empty(t, left)
				require.Len(t, report.Changes, 5)
				require.NoError(t, report.Write())
				goCommand(t, dir, "test", "./...")
				return
			}
			require.Contains(t, left, test.kept)
			require.Empty(t, report.Changes)
		})
	}
}
