package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwthttp"
)

func TestMetrics(t *testing.T) {
	s := startService(t, "-account-logins=2")
	b := s.login(t, "alice")
	b.do("POST", "/login", loginBody("alice", "guess")).want(401)
	b.do("POST", "/login", loginBody("alice", testPassword)).want(429)
	b.do("GET", "/orders", nil).want(200)
	b.do("POST", "/refresh", nil).want(204)
	b.do("POST", "/logout", nil).want(204)
	b.do("GET", "/orders", nil).want(401)

	w := httptest.NewRecorder()
	s.metrics.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	for _, want := range []string{
		`service_logins_total{result="success"} 1`, `service_logins_total{result="refused"} 1`, `service_logins_total{result="limited"} 1`,
		`jwt_session_starts_total 1`, `jwt_session_refreshes_total{outcome="rotated"} 1`, `jwt_session_ends_total{reason="logout"} 1`,
		`jwt_authenticate_duration_seconds_count{pattern="GET /orders",reason="accepted"} 1`,
		`jwt_authenticate_duration_seconds_count{pattern="GET /orders",reason="no_credentials"} 1`,
		`jwt_store_duration_seconds_count{op="load",result="ok"}`, `jwt_revocation_staleness_seconds`,
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/orders"} 1`,
	} {
		require.Contains(t, w.Body.String(), want)
	}
	require.NotContains(t, w.Body.String(), "alice")
}

// Nothing that a client sends makes a new series.
func TestMetricsAreBounded(t *testing.T) {
	s := startService(t)
	series := func() int {
		w := httptest.NewRecorder()
		s.metrics.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return strings.Count(w.Body.String(), "\n")
	}
	request := func(i int) {
		r := httptest.NewRequest("GET", fmt.Sprintf("/nothing-%d", i), nil)
		r.Host = fmt.Sprintf("host-%d.example", i)
		r.Method = fmt.Sprintf("METHOD%d", i)
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	request(0)
	before := series()
	for i := range 20 {
		request(i)
	}
	require.Equal(t, before, series())
	// It is not among the routes of users.
	s.browser(t).do("GET", "/metrics", nil).want(404)
}

// The rules of alerts.yml ask for series that there are.
func TestAlerts(t *testing.T) {
	rules, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	s := startService(t, "-account-logins=2")
	b := s.login(t, "alice")
	b.do("POST", "/login", loginBody("alice", "guess")).want(401)
	b.do("POST", "/login", loginBody("alice", testPassword)).want(429)
	b.do("GET", "/orders", nil).want(200)
	w := httptest.NewRecorder()
	s.metrics.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	// These two come with a store or a program that fails.
	series := w.Body.String() + fmt.Sprintf("jwt_authenticate_duration_seconds_count{reason=%q}\njwt_authenticate_duration_seconds_count{reason=%q}\n",
		jwthttp.ReasonUnavailable, jwthttp.ReasonDefect)

	selectors := regexp.MustCompile(`(\w+)\{(\w+)=~?"([^"]*)"\}`).FindAllStringSubmatch(string(rules), -1)
	require.Greater(t, len(selectors), 5)
	for _, selector := range selectors {
		for value := range strings.SplitSeq(selector[3], "|") {
			require.Regexp(t, `(?m)^`+selector[1]+`\{([^}]*,)?`+selector[2]+`="`+value+`"`, series)
		}
	}
}
