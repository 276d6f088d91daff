package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxInput limits the size of a token, a set or claims, in bytes.
const maxInput = 16 << 20

// readToken returns the token that args name: no argument or - is standard input, @FILE a file,
// env:NAME an environment variable, and anything else the token itself, with a warning.
func (a *app) readToken(args []string) (string, error) {
	text, err := a.readSource(args)
	if err != nil {
		return "", err
	}
	token := bare(text)
	if token == "" {
		return "", errors.New("no token: the input is empty")
	}
	return token, nil
}

func (a *app) readSource(args []string) (string, error) {
	if len(args) == 0 || args[0] == "-" {
		if a.terminalIn {
			fmt.Fprintln(a.err, "Paste a token, then press Enter and Ctrl-D.")
		}
		data, err := a.readInput()
		return string(data), err
	}
	source := args[0]
	if name, ok := strings.CutPrefix(source, "@"); ok {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		data, err := readAll(f)
		return string(data), err
	}
	if name, ok := strings.CutPrefix(source, "env:"); ok {
		value, ok := a.getenv(name)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return value, nil
	}
	if info, err := os.Stat(source); err == nil && info.Mode().IsRegular() {
		return "", errors.New("the argument is the name of a file; write @ before it")
	}
	if !strings.Contains(source, ".") {
		return "", errors.New("the argument is neither a command nor a token (a token has dots); jwt --help lists the commands")
	}
	a.warn("a token in an argument is visible in the process list and the shell history; use @FILE, env:NAME or standard input")
	return source, nil
}

// readInput reads standard input.
func (a *app) readInput() ([]byte, error) { return readAll(a.in) }

func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = fmt.Errorf("the input is longer than %d MiB", maxInput>>20)
	}
	return data, err
}

// bare returns a token without what is often copied with it: white space, quotes, and the name
// and scheme of the Authorization header.
func bare(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		text = text[1 : n-1]
	}
	for _, word := range []string{"Authorization:", "Bearer ", "DPoP "} {
		if len(text) >= len(word) && strings.EqualFold(text[:len(word)], word) {
			text = strings.TrimSpace(text[len(word):])
		}
	}
	return text
}

// An interruptible reads until its context is done.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

var errInterrupted = errors.New("interrupted")

func (i *interruptible) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	buf, done := make([]byte, len(p)), make(chan result, 1)
	go func() {
		n, err := i.r.Read(buf)
		done <- result{n, err}
	}()
	select {
	case <-i.ctx.Done():
		return 0, errInterrupted // the pending Read ends with the process
	case r := <-done:
		return copy(p, buf[:r.n]), r.err
	}
}
