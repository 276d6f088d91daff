package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a token says cannot reach the terminal as anything but text: neither in the output, as
// JSON too, nor in warnings and errors. U+009B begins a sequence as ESC [ does.
func TestNothingForTheTerminalToObey(t *testing.T) {
	b64 := base64.RawURLEncoding.EncodeToString
	header := b64([]byte(`{"alg":"ES256","kid":"\u009b31m\u202e","\u009b1m":1}`))
	payload := b64([]byte(`{"iss":"\u001b[2J","password_\u001b]0;x\u0007":"\u009b2J","\u202eabc":1,"\udb40\udc01":2,"exp":1}`))
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte(header+"."+payload+"."+b64(make([]byte, 64))), 0o600))
	key := filepath.Join("testdata", "keys", "es256.pem")
	for _, args := range [][]string{
		{"decode", "@" + token},
		{"verify", "--key", key, "--iss", "a", "--aud", "b", "@" + token},
		{"edit", "--key", key, "@" + token, "x=1"},
		{"edit", "--key", key, "@" + token, "exp=no\x1b[2J"},
	} {
		for _, args := range [][]string{args, append([]string{"--json"}, args...)} {
			_, stdout, stderr := onTerminal(t, "", map[string]string{"NO_COLOR": "1"}, args...)
			require.NotEmpty(t, stdout+stderr)
			require.False(t, strings.ContainsAny(stdout+stderr, "\x1b\x07\u009b\u202e\U000e0001"), "%q: %q %q", args, stdout, stderr)
			if args[0] == "--json" {
				require.True(t, json.Valid([]byte(stdout)), stdout)
			}
		}
	}
}

func TestPrintable(t *testing.T) {
	require.Equal(t, `a\u000a\u0009\u009b é …`, printable("a\n\t\u009b é …"))
	require.Equal(t, "a\n\t"+`\u0000\udb40\udc01\u202e`, printableLines("a\n\t\x00\U000e0001\u202e"))
}
