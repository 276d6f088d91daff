package main

import (
	"flag"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const testSecret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func env(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestConfigDefaults(t *testing.T) {
	c, err := readConfig(nil, noEnv, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", c.addr)
	require.Equal(t, 10*time.Minute, c.access)
	require.Equal(t, 10*time.Second, c.grace)
	require.False(t, c.demo)

	c, err = readConfig([]string{"-demo"}, noEnv, io.Discard)
	require.NoError(t, err)
	require.Equal(t, 20*time.Second, c.access)
}

// A flag prevails over its variable.
func TestConfigSources(t *testing.T) {
	variables := env(map[string]string{
		"SERVICE_ACCESS": "5s", "SERVICE_GRACE": "2s", "SERVICE_TRUSTED_PROXIES": "10.0.0.0/8, ::1/128",
		"REDIS_URL": "redis://127.0.0.1", "SERVICE_REFRESH_KEYS": testSecret + "," + testSecret, "SERVICE_KEYRING_SECRET": testSecret,
	})
	c, err := readConfig([]string{"-access=7s"}, variables, io.Discard)
	require.NoError(t, err)
	require.Equal(t, 7*time.Second, c.access)
	require.Equal(t, 2*time.Second, c.grace)
	require.True(t, c.trustedProxies.contain(netip.MustParseAddr("10.1.2.3")))
	require.Len(t, c.refreshKeys, 2)
	require.Len(t, c.keyringSecret, secretBytes)
}

// An error names the variable, and never quotes a secret.
func TestConfigErrors(t *testing.T) {
	for _, test := range []struct {
		name      string
		args      string
		variables map[string]string
		want      string
	}{
		{"a flag", "-access=x", nil, "-access"},
		{"a variable", "", map[string]string{"SERVICE_ACCESS": "x"}, "SERVICE_ACCESS"},
		{"another flag", "-unknown", nil, "-unknown"},
		{"an argument", "serve", nil, `"serve"`},
		{"two stores", "", map[string]string{"REDIS_URL": "x", "DATABASE_URL": "y"}, "REDIS_URL"},
		{"no keys", "", map[string]string{"REDIS_URL": "x"}, "SERVICE_REFRESH_KEYS"},
		{"no secret", "", map[string]string{"REDIS_URL": "x", "SERVICE_REFRESH_KEYS": testSecret}, "SERVICE_KEYRING_SECRET"},
		{"a short key", "", map[string]string{"SERVICE_REFRESH_KEYS": testSecret + ",c2hvcnQtc2VjcmV0"}, "SERVICE_REFRESH_KEYS"},
		{"a bad secret", "", map[string]string{"SERVICE_KEYRING_SECRET": "short-secret"}, "SERVICE_KEYRING_SECRET"},
		{"half of TLS", "-tls-cert=x", nil, "SERVICE_TLS_KEY"},
		{"networks", "-trusted-proxies=10.0.0.1", nil, "-trusted-proxies"},
		{"memory", "-hash-memory=1", nil, "SERVICE_HASH_MEMORY"},
		{"logins", "-account-logins=0", nil, "SERVICE_ACCOUNT_LOGINS"},
		{"users", "-demo-users=-1", nil, "SERVICE_DEMO_USERS"},
		{"a URL", "-reports-url=127.0.0.1:8090", nil, "SERVICE_REPORTS_URL"},
		{"replicas of nothing", "-redis-replicas=1", nil, "SERVICE_REDIS_REPLICAS"},
		{"a short life", "-access=1ms", nil, "SERVICE_ACCESS"},
		{"a long grace", "-grace=2m", nil, "SERVICE_GRACE"},
		{"an open demo", "-demo -addr=0.0.0.0:8080", nil, "SERVICE_ADDR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := readConfig(strings.Fields(test.args), env(test.variables), io.Discard)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "c2hvcnQtc2VjcmV0")
			require.NotContains(t, err.Error(), "short-secret")
		})
	}
}

// No environment turns the demo on.
func TestDemoIsAFlag(t *testing.T) {
	c, err := readConfig(nil, env(map[string]string{"SERVICE_DEMO": "true"}), io.Discard)
	require.NoError(t, err)
	require.False(t, c.demo)
	_, err = readConfig([]string{"-demo", "-addr=localhost:0"}, noEnv, io.Discard)
	require.NoError(t, err)
}

func TestHelp(t *testing.T) {
	var out strings.Builder
	_, err := readConfig([]string{"-h"}, noEnv, &out)
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, out.String(), "DANGEROUS")
}
