package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each route of server.go is closed to a request without a token, except these.
func TestRoutesAreClosed(t *testing.T) {
	open := map[string]int{
		"POST /login": 415, "POST /token": 415, "POST /refresh": 401, "POST /logout": 204, "GET /healthz": 200, "GET /readyz": 200,
	}
	s := startService(t)
	source, err := os.ReadFile("server.go")
	require.NoError(t, err)
	routes := regexp.MustCompile(`"((?:GET|POST|DELETE) (/[^"]*))"`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(routes), 20)
	for _, route := range routes {
		method, path, _ := strings.Cut(route[1], " ")
		status, isOpen := open[route[1]]
		if !isOpen {
			status = 401
		}
		r := httptest.NewRequest(method, s.url+path, nil)
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		require.Equal(t, status, w.Code, route[1])
	}
}

// A request does not wait for ever.
func TestDeadline(t *testing.T) {
	var deadline time.Time
	h := withDeadline(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { deadline, _ = r.Context().Deadline() }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/orders", nil))
	require.WithinDuration(t, time.Now().Add(requestTimeout), deadline, time.Second)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/events", nil))
	require.Zero(t, deadline)
}
