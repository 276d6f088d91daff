package api

import (
	"debug/buildinfo"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const consumer = `package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cda17858/jwt"
)

type session struct {
	Role string
}

func main() {
	ctx, secret := context.Background(), make([]byte, 32)
	signer, err := jwt.NewHMACSigner(jwt.HS256, "", secret)
	check(err)
	verifier, err := jwt.NewHMACVerifier(jwt.HS256, "", secret)
	check(err)
	validator, err := jwt.NewValidator(jwt.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"i"}, Audiences: []string{"a"}})
	check(err)
	token, err := jwt.Sign(ctx, signer, jwt.Claims[session]{
		Issuer: "i", Audience: []string{"a"}, ExpiresAt: time.Now().Add(time.Hour), Private: session{"reader"},
	})
	check(err)
	claims, err := jwt.Parse[session](ctx, token, verifier, validator)
	check(err)
	fmt.Print(claims.Private.Role)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
`

// A program that imports package jwt alone links two modules of others, and none of those
// that tests and the other packages need.
func TestConsumer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there are no processes")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.go": consumer,
		"go.sum":  string(sums), // so that nothing needs to be asked
		"go.mod": "module consumer\n\ngo 1.26.0\n\nrequire github.com/cda17858/jwt v0.0.0\n\n" +
			"replace github.com/cda17858/jwt => " + `"` + filepath.ToSlash(root) + `"` + "\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	exe := filepath.Join(dir, "consumer.exe")
	run(t, dir, "go", "build", "-buildvcs=false", "-o", exe)
	require.Equal(t, "reader", run(t, dir, exe))

	info, err := buildinfo.ReadFile(exe)
	require.NoError(t, err)
	var modules []string
	for _, dep := range info.Deps {
		modules = append(modules, dep.Path)
	}
	require.Contains(t, modules, "github.com/cda17858/jwt")
	require.Subset(t, []string{"github.com/cda17858/jwt", "golang.org/x/crypto", "github.com/go-json-experiment/json"}, modules)
}

// run runs a program in dir for this machine, whatever the tests are built for, and
// returns what it prints.
func run(t *testing.T, dir string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOOS=", "GOARCH=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case errors.Is(err, syscall.ENOEXEC):
		t.Skip("the test runs in an emulator, which this machine cannot start a process in")
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true":
		t.Skip("install Go, and put it into the PATH")
	}
	require.NoError(t, err, "%s %s\n%s", name, args, &stderr)
	return string(out)
}
