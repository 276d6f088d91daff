package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/examples/service/internal/servicetest"
)

// nodeModules are what the scripts import.
var nodeModules = []string{"playwright-core@1.65.1", "axe-core@4.14.1"}

// nodeFolder returns a new folder with the scripts and what they import, which npm fetches.
func nodeFolder(t *testing.T) string {
	t.Helper()
	version, err := exec.Command("node", "--print", "parseInt(process.versions.node)").Output()
	if major, _ := strconv.Atoi(strings.TrimSpace(string(version))); err != nil || major < 20 {
		servicetest.Missing(t, "node is not here, or too old: install Node.js, 20 or later, with npm")
	}
	folder := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", append([]string{"install", "--prefix", folder,
		"--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"}, nodeModules...)...)
	if out, err := npm.CombinedOutput(); err != nil {
		servicetest.Missing(t, "npm could not install what the scripts import: "+string(out))
	}
	scripts, err := filepath.Glob("testdata/*.mjs")
	require.NoError(t, err)
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(script)), text, 0o600))
	}
	return folder
}
