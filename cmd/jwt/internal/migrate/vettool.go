package migrate

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"
)

// IsVetTool reports whether args, the arguments of the program, are those with which go vet
// -vettool and go fix -fixtool call a tool: -V=full, -flags, or flags and a file vet.cfg.
func IsVetTool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	if slices.Equal(args, []string{"-V=full"}) || slices.Equal(args, []string{"-flags"}) {
		return true
	}
	flags, last := args[:len(args)-1], args[len(args)-1]
	return filepath.Base(last) == "vet.cfg" &&
		!slices.ContainsFunc(flags, func(s string) bool { return !strings.HasPrefix(s, "-") })
}

// VetTool does what go vet or go fix asks, and ends the program.
func VetTool() { unitchecker.Main(Analyzer) }
