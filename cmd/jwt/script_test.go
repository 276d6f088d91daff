package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden parts of testdata/script anew")

// The test binary is the command as well: testscript runs it under the name jwt.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jwt": main})
}

// Each command and each flag has a script in testdata/script, with its output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               setup,
	})
}

// setup gives a script the keys in testdata/keys as $KEYS, and an environment without colour.
func setup(env *testscript.Env) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	env.Setenv("KEYS", dir+"/testdata/keys")
	env.Setenv("NO_COLOR", "")
	return nil
}
