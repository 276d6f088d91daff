package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/interop/internal/node"
)

// Versions of what testdata/driver.mjs imports.
var nodeModules = map[string]string{"playwright-core": "1.65.1"}

// A browser is a process of driver.mjs. Its tabs take turns: one goroutine may use them.
type browser struct {
	commands *json.Encoder
	answers  *bufio.Reader
	stderr   *bytes.Buffer
}

// startBrowser returns when Chromium runs. It ends with the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		node.Missing(t, "chromium is not here: install Debian's package chromium")
	}
	folder := node.Folder(t, "testdata/driver.mjs", nodeModules)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	driver := exec.CommandContext(ctx, "node", "driver.mjs", chromium)
	driver.Dir = folder
	b := &browser{stderr: new(bytes.Buffer)}
	driver.Stderr = b.stderr
	stdin, err := driver.StdinPipe()
	require.NoError(t, err)
	stdout, err := driver.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, driver.Start())
	t.Cleanup(func() {
		stdin.Close() // ends it
		driver.Wait()
		cancel()
	})
	b.commands, b.answers = json.NewEncoder(stdin), bufio.NewReader(stdout)
	t.Log("Chromium", b.answer(t))
	return b
}

// answer returns the value of the next answer: a string, a float64, nil.
func (b *browser) answer(t *testing.T) any {
	t.Helper()
	line, err := b.answers.ReadBytes('\n')
	require.NoError(t, err, "driver.mjs: %s", b.stderr)
	var answer struct {
		Value any
		Error string
	}
	require.NoError(t, json.Unmarshal(line, &answer))
	require.Empty(t, answer.Error)
	return answer.Value
}

// A tab of a browser. The tabs of one profile share their cookies.
type tab struct {
	browser       *browser
	profile, name string
}

// open returns the status of the page at url.
func (b *browser) open(t *testing.T, profile, name, url string) (tab, int) {
	t.Helper()
	require.NoError(t, b.commands.Encode(map[string]any{"profile": profile, "tab": name, "url": url}))
	return tab{b, profile, name}, int(b.answer(t).(float64))
}

// run returns what script, a func of JavaScript, returns for arg in the page.
func (tb tab) run(t *testing.T, script string, arg any) any {
	t.Helper()
	require.NoError(t, tb.browser.commands.Encode(map[string]any{
		"profile": tb.profile, "tab": tb.name, "script": script, "arg": arg,
	}))
	return tb.browser.answer(t)
}
