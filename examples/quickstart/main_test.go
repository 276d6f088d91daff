package main

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	start := time.Now()
	require.NoError(t, run(&out))

	got := map[string]string{}
	for line := range strings.Lines(out.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		got[name] = strings.TrimSpace(value)
	}
	parts := strings.Split(got["token"], ".")
	require.Len(t, parts, 3)
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"alg":"ES256","kid":"2026-11","typ":"JWT"}`, string(header))

	require.Equal(t, "https://auth.example.com", got["issuer"])
	require.Equal(t, "alice", got["subject"])
	require.Equal(t, "orders", got["audience"])
	require.Equal(t, "reader", got["role"])
	expires, err := time.Parse(time.RFC3339, got["expires"])
	require.NoError(t, err)
	require.WithinDuration(t, start.Add(15*time.Minute), expires, time.Minute)

	require.Equal(t, "jwt: signature: signature does not verify", got["tampered"])
	require.Regexp(t, "^jwt: exp: token expired: since [0-9TZ:-]+$", got["expired"])
}

func TestPromote(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	token := "h." + encode([]byte(`{"sub":"alice","role":"reader"}`)) + ".s"
	require.Equal(t, "h."+encode([]byte(`{"sub":"alice","role":"admin"}`))+".s", promote(token))
}
