package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/interop/internal/node"
)

// suite is the conformance suite of MCP. It starts servers, runs a client against them, and
// judges what that sends.
var suite = map[string]string{"@modelcontextprotocol/conformance": "0.1.16"}

// wrong is set for a client whose secret and key are not those that the servers know.
const wrong = "JWT_TEST_WRONG_CREDENTIALS"

// The suite runs this binary again, as the client.
func TestMain(m *testing.M) {
	if os.Getenv("MCP_CONFORMANCE_SCENARIO") == "" {
		os.Exit(m.Run())
	}
	if os.Getenv(wrong) != "" {
		os.Setenv("MCP_CONFORMANCE_CONTEXT", forge(os.Getenv("MCP_CONFORMANCE_CONTEXT")))
	}
	main()
}

// forge replaces the secrets in a context of the suite.
func forge(text string) string {
	var c map[string]string
	json.Unmarshal([]byte(text), &c)
	if c["client_secret"] != "" {
		c["client_secret"] = "wrong"
	}
	if c["private_key_pem"] != "" {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		der, _ := x509.MarshalPKCS8PrivateKey(key)
		c["private_key_pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	data, _ := json.Marshal(c)
	return string(data)
}

func TestConformance(t *testing.T) {
	node.Require(t, 22)
	folder := node.Folder(t, "", suite)
	for scenario, check := range map[string]string{
		"auth/client-credentials-jwt":   "client-credentials-jwt-verified",
		"auth/client-credentials-basic": "client-credentials-basic-auth",
	} {
		t.Run(scenario, func(t *testing.T) {
			checks, out, err := judge(t, folder, scenario)
			require.NoError(t, err, out)
			require.Equal(t, "SUCCESS", checks[check], out)
			for id, status := range checks {
				require.Contains(t, []string{"SUCCESS", "INFO"}, status, "%s: %s", id, out)
			}
			require.Contains(t, checks, "prm-pathbased-requested")
			require.Contains(t, checks, "authorization-server-metadata")
			require.Contains(t, checks, "token-request")
		})
		t.Run(scenario+", wrong", func(t *testing.T) {
			t.Setenv(wrong, "1")
			checks, out, err := judge(t, folder, scenario)
			require.Error(t, err, "the suite does not see that the credentials are wrong")
			require.Equal(t, "FAILURE", checks[check], out)
			require.Contains(t, out, `answered 401: "invalid_client"`)
		})
	}
}

// judge runs a scenario, and returns the status of each of its checks. The error says that the
// client does not conform.
func judge(t *testing.T, folder, scenario string) (checks map[string]string, out string, err error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NotContains(t, self, " ", "the suite cuts the command at spaces")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	results := t.TempDir()
	cmd := exec.CommandContext(ctx, "node", filepath.Join(folder, "node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js"),
		"client", "--command", self, "--scenario", scenario, "--output-dir", results)
	cmd.WaitDelay = time.Second
	text, err := cmd.CombinedOutput()
	files, globErr := filepath.Glob(filepath.Join(results, "*", "*", "checks.json")) // a scenario has a slash
	require.NoError(t, globErr)
	require.Len(t, files, 1, string(text))
	data, readErr := os.ReadFile(files[0])
	require.NoError(t, readErr)
	var list []struct{ ID, Status string }
	require.NoError(t, json.Unmarshal(data, &list))
	checks = make(map[string]string)
	for _, c := range list {
		if checks[c.ID] != "FAILURE" {
			checks[c.ID] = c.Status
		}
	}
	return checks, string(text), err
}
