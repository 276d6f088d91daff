// Package load holds a test of the service under load: three processes with one Redis, and
// users who call and refresh. docs/performance.md has its figures.
//
//	go test -v ./load                                  # 100 users, a quarter of a minute
//	SERVICE_LOAD=full go test -v -timeout 20m ./load   # 2,000 users, some minutes
package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/examples/service/internal/servicetest"
)

// The processes take turns, so that a user meets another one with each request. Nobody is
// logged out and nobody gets a wrong answer: in peace, when a process is killed and comes
// back, and when the keys rotate.
func TestLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	if ln, err := net.Listen("tcp", "127.1.0.1:0"); err != nil {
		servicetest.Missing(t, "the users have addresses such as 127.1.0.1, which this system does not give them")
	} else {
		ln.Close()
	}
	count, duration, pause, memory := 100, 4*time.Second, time.Second, "1024"
	if os.Getenv("SERVICE_LOAD") == "full" {
		count, duration, pause, memory = 2000, time.Minute, 4*time.Second, "19456"
	}
	f := startFleet(t, 3, "-demo", "-demo-users", fmt.Sprint(count), "-access", "5s", "-hash-memory", memory)
	began := time.Now()
	users := loginAll(t, f, count)
	t.Logf("%d logins in %v", count, time.Since(began).Round(time.Second/10))
	admin := newUser(60000, "admin", f.origin)

	for _, phase := range []struct {
		name    string
		disturb func(t *testing.T)
		mayLose bool // answers
	}{
		{"peace", nil, false},
		{"a process is killed", func(*testing.T) {
			f.processes[1].Kill()
			time.Sleep(time.Second)
			f.start(1)
		}, true},
		{"the keys rotate", func(t *testing.T) { rotate(t, admin) }, false},
	} {
		t.Run(phase.name, func(t *testing.T) {
			found := newFindings()
			ctx, cancel := context.WithTimeout(t.Context(), duration)
			defer cancel()
			var working sync.WaitGroup
			for _, u := range users {
				u.pause = pause
				working.Go(func() { u.work(ctx, found) })
			}
			if phase.disturb != nil {
				time.Sleep(duration / 3)
				phase.disturb(t)
			}
			working.Wait()
			found.report(t)
			require.Empty(t, found.faults)
			require.NotEmpty(t, found.times[refresh])
			require.True(t, phase.mayLose || len(found.lost) == 0, found.example)
		})
	}
	for _, addr := range f.metrics {
		metrics := servicetest.Get("http://" + addr + "/metrics")
		require.Regexp(t, `jwt_session_refreshes_total{[^}]*outcome="rotated"[^}]*} [1-9]`, metrics)
		reused := regexp.MustCompile(`jwt_session_refreshes_total{[^}]*outcome="reused"[^}]*} (\S+)`).FindStringSubmatch(metrics)
		require.Equal(t, "0", reused[1])
	}
}

// loginAll returns users who have logged in, a few at a time: a login costs what the hash of
// a password costs.
func loginAll(t *testing.T, f *fleet, count int) []*user {
	t.Helper()
	users := make([]*user, count)
	turns := make(chan struct{}, 6)
	failed := make(chan error, count)
	var logins sync.WaitGroup
	for i := range users {
		users[i] = newUser(i, fmt.Sprintf("user%04d", i+1), f.origin)
		t.Cleanup(users[i].client.CloseIdleConnections)
		turns <- struct{}{}
		logins.Go(func() {
			defer func() { <-turns }()
			err := users[i].login(t.Context(), servicetest.Password)
			if err == nil {
				err = users[i].order(t.Context())
			}
			if err != nil {
				failed <- err
			}
		})
	}
	logins.Wait()
	close(failed)
	require.NoError(t, <-failed)
	return users
}

// rotate lets the next key sign, once it has been published for long enough. That takes an
// admin who has just given the password again.
func rotate(t *testing.T, admin *user) {
	t.Helper()
	ctx, sent := t.Context(), time.Now()
	require.NoError(t, admin.login(ctx, servicetest.Password))
	a, err := admin.post(ctx, "/confirm", map[string]any{"password": servicetest.Password}, http.StatusNoContent)
	require.NoError(t, err)
	require.NoError(t, admin.keep(a, sent))
	require.Eventually(t, func() bool {
		a, err := admin.send(ctx, "POST", "/admin/keys/rotate", "")
		return err == nil && a.status == http.StatusOK
	}, 15*time.Second, 200*time.Millisecond)
}
