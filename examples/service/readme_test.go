package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The map of the files is whole, and each file, flag and variable that the README names exists.
func TestREADME(t *testing.T) {
	data, err := os.ReadFile("README.md")
	require.NoError(t, err)
	readme := string(data)
	all := func(pattern, text string) (found []string) {
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found = append(found, match[1])
		}
		return found
	}
	for _, path := range all(`\]\(([^)#:]+)\)`, readme) {
		_, err := os.Stat(path)
		require.NoError(t, err)
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			require.Contains(t, readme, "]("+file+")")
		}
	}

	var help strings.Builder
	_, err = readConfig([]string{"-h"}, noEnv, &help)
	require.Error(t, err)
	flags := append(all(`(?m)^  -([a-z-]+)`, help.String()), "h")
	require.Subset(t, flags, all(" -([a-z-]+)`", strings.ReplaceAll(readme, "`-", "` -")))

	source, err := os.ReadFile("config.go")
	require.NoError(t, err)
	variables := append(all(`"([A-Z_]+)"`, string(source)), "METRICS_ADDR")
	require.Subset(t, variables, all(`(?:SERVICE_|\b)((?:DATABASE|REDIS|REFRESH|KEYRING|DEMO|METRICS)_[A-Z]+)`, readme))
}
