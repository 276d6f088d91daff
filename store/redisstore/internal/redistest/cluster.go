//go:build unix

package redistest

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// masters is the number of masters of a Cluster; each has one replica.
const masters = 3

// nodeTimeout is how long a node may be silent before the others take it for dead.
const nodeTimeout = time.Second

// A Cluster has three masters and three replicas, which take over within a few seconds.
type Cluster struct {
	t testing.TB
	// Nodes begins with those that are masters at first. The replica of Nodes[i] is Nodes[i+3].
	Nodes []*Server
}

// StartCluster starts a cluster whose servers have these settings besides, and stops it when
// t ends.
func StartCluster(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	for range 2 * masters {
		c.Nodes = append(c.Nodes, Start(t, append(settings,
			"cluster-enabled", "yes", "cluster-port", strconv.Itoa(freePort(t)),
			"cluster-node-timeout", strconv.FormatInt(nodeTimeout.Milliseconds(), 10),
			"repl-diskless-sync-delay", "0")...))
	}
	for i, s := range c.Nodes {
		s.Do("cluster", "set-config-epoch", i+1)
		c.Nodes[0].Do("cluster", "meet", "127.0.0.1", s.port, s.clusterPort())
	}
	for i, s := range c.Nodes[:masters] {
		s.Do("cluster", "addslotsrange", i*slots/masters, (i+1)*slots/masters-1)
	}
	c.wait("the nodes know each other", func(s *Server) bool {
		text := s.Do("cluster", "nodes")
		return !strings.Contains(text, "handshake") && strings.Count(text, " connected") == 2*masters
	})
	for i, s := range c.Nodes[masters:] {
		s.Do("cluster", "replicate", c.Nodes[i].Do("cluster", "myid"))
	}
	c.Settle()
	return c
}

// slots is the number of hash slots.
const slots = 16384

// Settle waits until every node serves all slots, and has a replica or a master that it is
// connected to.
func (c *Cluster) Settle() {
	c.t.Helper()
	c.wait("the cluster is whole", func(s *Server) bool {
		replication := s.Do("info", "replication")
		return strings.Contains(s.Do("cluster", "info"), "cluster_state:ok") &&
			strings.Count(s.Do("cluster", "nodes"), "slave ") == masters &&
			!strings.Contains(s.Do("cluster", "nodes"), "fail") &&
			(strings.Contains(replication, "connected_slaves:1") && strings.Contains(replication, "state=online") || strings.Contains(replication, "master_link_status:up"))
	})
}

func (c *Cluster) wait(what string, holds func(*Server) bool) {
	c.t.Helper()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if !slices.ContainsFunc(c.Nodes, func(s *Server) bool { return !holds(s) }) {
			return
		}
		if time.Since(begin) > 60*time.Second {
			c.t.Fatalf("it has taken 60 s and is not so that %s:\n%s", what, c.Nodes[0].Do("cluster", "nodes"))
		}
	}
}

// Pair returns the master and the replica of one third of the slots, for i from 0 to 2.
func (c *Cluster) Pair(i int) (master, replica *Server) {
	c.t.Helper()
	master, replica = c.Nodes[i], c.Nodes[i+masters]
	if !master.IsMaster() {
		master, replica = replica, master
	}
	return master, replica
}

// PairOf returns the i of the Pair that has a key, unless its slot has been moved.
func (c *Cluster) PairOf(key string) int {
	c.t.Helper()
	slot, _ := strconv.Atoi(c.Nodes[0].Do("cluster", "keyslot", key))
	return slot * masters / slots
}

// IsMaster reports whether the server is a master now.
func (s *Server) IsMaster() bool { return strings.Contains(s.Do("info", "replication"), "role:master") }

// Failover lets the replica of Pair(i) take over in agreement with its master, so that nothing
// is lost, and waits until it has.
func (c *Cluster) Failover(i int) {
	c.t.Helper()
	_, replica := c.Pair(i)
	for begin := time.Now(); !replica.IsMaster(); {
		if time.Since(begin) > 60*time.Second {
			c.t.Fatal("the replica has not taken over within 60 s")
		}
		replica.Do("cluster", "failover")
		for tried := time.Now(); !replica.IsMaster() && time.Since(tried) < 6*time.Second; { // it gives up after 5
			time.Sleep(20 * time.Millisecond)
		}
	}
	c.Settle()
}

// Lose cuts Pair(i) apart for a while, and then lets the replica take over, so that what the
// master has done meanwhile is lost.
func (c *Cluster) Lose(i int, while time.Duration) {
	c.t.Helper()
	master, replica := c.Pair(i)
	replica.Do("config", "set", "masteruser", "nobody", "masterauth", "wrong") // so that it is not let in again
	master.Do("client", "kill", "type", "replica")
	time.Sleep(while)
	replica.Do("cluster", "failover", "takeover")
	replica.Do("config", "set", "masteruser", "", "masterauth", "")
	c.Settle()
}

// A Move is the move of a slot from one master to another.
type Move struct {
	c        *Cluster
	slot     string
	from, to *Server
}

// Move begins to move the slot of key. Until Finish, what is not there yet has to be asked of
// the other master (ASK).
func (c *Cluster) Move(key string) *Move {
	c.t.Helper()
	m := &Move{c: c, slot: c.Nodes[0].Do("cluster", "keyslot", key)}
	owner := c.PairOf(key)
	m.from, _ = c.Pair(owner)
	m.to, _ = c.Pair((owner + 1) % masters)
	m.to.Do("cluster", "setslot", m.slot, "importing", m.from.Do("cluster", "myid"))
	m.from.Do("cluster", "setslot", m.slot, "migrating", m.to.Do("cluster", "myid"))
	return m
}

// Finish moves the keys, and then the slot. Clients that do not know it are told (MOVED).
func (m *Move) Finish(keys ...string) {
	m.c.t.Helper()
	for _, key := range keys {
		m.from.Do("migrate", "127.0.0.1", m.to.port, key, 0, 5000)
	}
	for _, s := range []*Server{m.to, m.from} {
		s.Do("cluster", "setslot", m.slot, "node", m.to.Do("cluster", "myid"))
	}
}

// Addrs are the addresses of all nodes.
func (c *Cluster) Addrs() (addrs []string) {
	for _, s := range c.Nodes {
		addrs = append(addrs, s.Addr())
	}
	return addrs
}

func (s *Server) clusterPort() int {
	i := slices.Index(s.settings, "cluster-port")
	port, _ := strconv.Atoi(s.settings[i+1])
	return port
}
