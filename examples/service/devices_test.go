package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDevices(t *testing.T) {
	s := startService(t)
	here, there, bob := s.login(t, "alice"), s.browser(t), s.login(t, "bob")
	there.header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1")
	time.Sleep(2 * time.Millisecond) // the oldest comes first
	there.do("POST", "/login", loginBody("alice", testPassword)).want(200)

	var list []device
	here.do("GET", "/devices", nil).want(200).into(&list)
	require.Len(t, list, 2)
	require.Equal(t, []string{"Firefox on Linux", "Safari on iPhone"}, []string{list[0].Label, list[1].Label})
	require.Equal(t, []bool{true, false}, []bool{list[0].Here, list[1].Here})
	require.False(t, list[0].LastUsed.IsZero())

	bob.do("DELETE", "/devices/"+list[1].ID, nil).want(404)
	there.do("POST", "/refresh", nil).want(204)
	here.do("DELETE", "/devices/"+list[1].ID, nil).want(204)
	here.do("DELETE", "/devices/nonsense", nil).want(404)
	there.do("POST", "/refresh", nil).want(401)
	here.do("GET", "/devices", nil).want(200).into(&list)
	require.Len(t, list, 1)
}

func TestDescribe(t *testing.T) {
	for agent, want := range map[string]string{
		"": "an app", "curl/8.5.0": "curl/8.5.0", "Go-http-client/1.1 x": "Go-http-client/1.1",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0":                 "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36":                  "Chrome on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1": "Safari on macOS",
		"Mozilla/5.0 Firefox/140.0": "Firefox",
	} {
		require.Equal(t, want, describe(agent))
	}
}
