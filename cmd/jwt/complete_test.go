package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// Each command has a script in testdata/script, and so has each of its flags. A flag that
// several commands share, with one description, is tried with one of them.
func TestScriptsAreComplete(t *testing.T) {
	lines := scriptLines(t)
	tried := map[string]bool{}
	var flags [][2]string // a command with a flag, and what it shares with others
	for _, cmd := range newRoot(newApp()).Commands() {
		if cmd.Name() == "migrate" { // its tests are in Go
			continue
		}
		runs := strings.Join(lines["jwt "+cmd.Name()], "\n") + "\n"
		require.NotEmpty(t, strings.TrimSpace(runs), "there is no script with jwt %s", cmd.Name())
		for _, f := range flagsOf(cmd) {
			shared := f.Name + ": " + f.Usage
			flags = append(flags, [2]string{"jwt " + cmd.Name() + " --" + f.Name, shared})
			if strings.Contains(runs, "--"+f.Name) || f.Shorthand != "" && strings.Contains(runs, " -"+f.Shorthand+" ") {
				tried[shared] = true
			}
		}
	}
	var missing []string
	for _, f := range flags {
		if !tried[f[1]] {
			missing = append(missing, f[0])
		}
	}
	require.Empty(t, missing, "there is no script with these")
}

// scriptLines returns the lines of all scripts that run a command, by its name with jwt before.
func scriptLines(t *testing.T) map[string][]string {
	files, err := filepath.Glob("testdata/script/*.txtar")
	require.NoError(t, err)
	lines := map[string][]string{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		script, _, _ := strings.Cut(string(data), "\n-- ")
		for line := range strings.Lines(script) {
			if _, command, ok := strings.Cut(line, "jwt "); ok && line[0] != '#' {
				name, _, _ := strings.Cut(strings.TrimSpace(command), " ")
				lines["jwt "+name] = append(lines["jwt "+name], line)
			}
		}
	}
	return lines
}

// flagsOf returns the flags of a command and of those below it, without --help.
func flagsOf(cmd *cobra.Command) (flags []*pflag.Flag) {
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			flags = append(flags, f)
		}
	})
	for _, sub := range cmd.Commands() {
		flags = append(flags, flagsOf(sub)...)
	}
	return flags
}
