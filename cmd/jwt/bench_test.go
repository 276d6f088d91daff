package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// From the start of the process to its end.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if err := exec.Command("jwt", "explain", "aud").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

// A token of 1 MiB with 34,000 claims, from its text to the text on the terminal.
func BenchmarkDecode(b *testing.B) {
	var claims bytes.Buffer
	for i := range 34_000 {
		fmt.Fprintf(&claims, `"c%d":"value %d",`, i, i)
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"ES256"}`)) + "." + encode([]byte("{"+claims.String()+`"x":1}`)) + "." + encode(make([]byte, 64))
	for _, args := range [][]string{{"decode"}, {"decode", "--color", "always"}, {"decode", "--json"}} {
		b.Run(strings.Join(args, " "), func(b *testing.B) {
			b.SetBytes(int64(len(token)))
			for b.Loop() {
				run(&app{in: strings.NewReader(token), out: io.Discard, err: io.Discard, getenv: os.LookupEnv}, args)
			}
		})
	}
}
