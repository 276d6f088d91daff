package main

import (
	"errors"
	"flag"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the golden parts of testdata/script anew")

// The test binary is the command as well: testscript runs it under the name jwt. The others
// are what an attack needs.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jwt": main, "service": serviceMain, "token": tokenMain})
}

// Each command and each flag has a script in testdata/script, with its output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               setup,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":     exits,
			"listening": listening,
			"mode":      mode,
			"mint":      mint,
		},
	})
}

// exits CODE COMMAND... is exec, and wants that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS...]")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = e.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("the exit code is %d; standard error: %s", code, ts.ReadFile("stderr"))
	}
}

// listening PORT waits until a command that runs in the background listens.
func listening(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listening PORT")
	}
	for range 500 {
		conn, err := net.Dial("tcp", "127.0.0.1:"+args[0])
		if err == nil {
			conn.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("nothing listens on port %s", args[0])
}

// setup gives a script the keys in testdata/keys as $KEYS, free ports as $PORT and $PORT2, and an
// environment without colour.
func setup(env *testscript.Env) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	env.Setenv("KEYS", dir+"/testdata/keys")
	env.Setenv("NO_COLOR", "")
	for _, name := range []string{"PORT", "PORT2"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		env.Setenv(name, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return setIssuers(env)
}
