//go:build unix

package redistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// MasterName is what a Sentinel calls its master.
const MasterName = "main"

// A Sentinel watches a master and its replica.
type Sentinel struct {
	*Server // that of the Sentinel itself
	// Master is the master at first, and Replica its replica.
	Master, Replica *Server
}

// StartSentinel starts a master, a replica and a Sentinel, which lets the replica take over
// when the master has been silent for half a second. They end when t ends.
func StartSentinel(t testing.TB) *Sentinel {
	t.Helper()
	master := Start(t)
	replica := Start(t, "replicaof", "127.0.0.1 "+strconv.Itoa(master.port), "repl-diskless-sync-delay", "0")
	s := &Sentinel{&Server{t: t, program: master.program, dir: t.TempDir(), port: freePort(t)}, master, replica}
	config := filepath.Join(s.dir, "sentinel.conf")
	text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %s 127.0.0.1 %d 1\nsentinel down-after-milliseconds %s 500\nsentinel failover-timeout %s 3000\n",
		s.port, s.dir, MasterName, master.port, MasterName, MasterName)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	if err := s.run(exec.Command(s.program, config, "--sentinel")); err != nil {
		t.Fatal(err)
	}
	s.connect()
	s.Settle()
	return s
}

// Settle waits until there is a master with a replica, and the Sentinel knows both.
func (s *Sentinel) Settle() {
	s.t.Helper()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		replicas := 0
		for _, one := range []*Server{s.Master, s.Replica} {
			replication := one.Do("info", "replication")
			replicas += strings.Count(replication, "state=online")
		}
		known := s.Do("sentinel", "master", MasterName)
		if replicas == 1 && strings.Contains(known, "num-slaves:1") && strings.Contains(known, "flags:master ") {
			return
		}
		if time.Since(begin) > 60*time.Second {
			s.t.Fatalf("after 60 s there is no master with a replica: %s", known)
		}
	}
}
