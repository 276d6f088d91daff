package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// An app holds what all commands share: the streams, the environment, the clock and the global
// flags.
type app struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(name string) (value string, ok bool)

	terminalIn, terminalOut bool // the stream is a terminal

	clock clock // --at, of the commands that check dates
	json  bool  // --json
	color color // --color
}

func newApp() *app {
	return &app{
		in:          os.Stdin,
		out:         os.Stdout,
		err:         os.Stderr,
		getenv:      os.LookupEnv,
		terminalIn:  term.IsTerminal(int(os.Stdin.Fd())),
		terminalOut: term.IsTerminal(int(os.Stdout.Fd())),
	}
}

// The exit codes that mean the same in every command. Each command lists its own in its
// help.
const (
	exitNo          = 1 // the answer is no: a token is invalid, an attack has findings
	exitUsage       = 2 // the command line is wrong, or a file cannot be read or written
	exitUnavailable = 3 // the question cannot be answered: no keys, no answer from a server
	exitExpired     = 4 // verify: the token has expired; all other checks passed

	exitInterrupted = 130 // Ctrl-C, as shells say it
)

// A coded error has an exit code. For any other error the exit code is exitUsage.
type coded struct {
	code int
	err  error // nil if the output already says it
}

func (c *coded) Error() string { return fmt.Sprint(c.err) }
func (c *coded) Unwrap() error { return c.err }

// withCode returns err with an exit code. If err is nil, nothing is printed.
func withCode(code int, err error) error { return &coded{code, err} }

// end reports the error of a command, if it has one, and returns the exit code.
func (a *app) end(err error) int {
	if err == nil {
		return 0
	}
	code := exitUsage
	if errors.Is(err, errInterrupted) {
		code = exitInterrupted
	}
	if c, ok := errors.AsType[*coded](err); ok {
		code = c.code
		if c.err == nil {
			return code
		}
	}
	text := strings.TrimPrefix(err.Error(), "jwt: ")
	if a.json {
		a.printJSON(map[string]string{"error": text})
	}
	fmt.Fprintf(a.err, "jwt: %s\n", printableLines(text))
	return code
}

// warn writes a warning to standard error.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.err, "jwt: warning: %s\n", printableLines(fmt.Sprintf(format, args...)))
}

// printJSON writes v as indented JSON. It escapes what a terminal would obey, which may be in
// any string of v.
func (a *app) printJSON(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(a.out, printableLines(b.String()))
	return err
}

// now is the time at which dates are checked.
func (a *app) now() time.Time { return a.clock.now() }
