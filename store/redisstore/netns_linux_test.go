package redisstore_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store/redisstore/internal/redistest"
)

// The same with a network of its own for each process, so that packets are lost and
// connections hang as they do between machines. It needs root, and runs with
// REDIS_FAULTS=full.
func TestPartitionNetworks(t *testing.T) {
	if !thorough() {
		t.Skip("REDIS_FAULTS is not full")
	}
	var networks [2]*network
	bind := "127.0.0.1"
	for i := range networks {
		networks[i] = newNetwork(t, i)
		bind += " " + networks[i].host
	}
	server := redistest.Start(t, "bind", bind, "protected-mode", "no")
	_, port, _ := strings.Cut(server.Addr(), ":")
	key := newKey(t)
	var instances [2]*instance
	var links [2]link
	for i, n := range networks {
		cfg := instanceConfig{Addr: n.host + ":" + port, Key: key, Timeout: instanceTimeout}
		instances[i], links[i] = startInstance(t, cfg, "ip", "netns", "exec", n.name), n
	}
	partition(t, instances, links)
}

// A network is a network namespace, with a cable to the test's own.
type network struct {
	t    testing.TB
	name string
	end  string // of the cable, on this side
	host string // the address of that
}

func newNetwork(t testing.TB, i int) *network {
	t.Helper()
	id := fmt.Sprintf("%d-%d", os.Getpid()%10_000, i)
	n := &network{t, "jwt-" + id, "jwt" + id, fmt.Sprintf("10.213.%d.1", i)}
	ip(t, "netns add "+n.name)
	t.Cleanup(func() { ip(t, "netns del "+n.name) })
	ip(t, "link add "+n.end+" type veth peer name eth0 netns "+n.name)
	ip(t, "addr add "+n.host+"/30 dev "+n.end)
	ip(t, "link set "+n.end+" up")
	ip(t, "-n "+n.name+" addr add "+fmt.Sprintf("10.213.%d.2/30", i)+" dev eth0")
	ip(t, "-n "+n.name+" link set eth0 up")
	return n
}

func (n *network) Cut()  { ip(n.t, "link set "+n.end+" down") }
func (n *network) Heal() { ip(n.t, "link set "+n.end+" up") }

func ip(t testing.TB, args string) {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	require.NoError(t, err, "ip %s: %s", args, out)
}
