//go:build unix

package redistest

import (
	"net"
	"sync"
	"testing"
)

// A Proxy is a network between its clients and a server, which can fail.
type Proxy struct {
	t      testing.TB
	target string
	l      net.Listener
	wg     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // nil after the end of the test
	open  chan struct{}     // closed unless the network is cut
	lose  bool              // the next answer
}

// NewProxy starts a Proxy to the server at target. It ends when t ends.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, target: target, l: l, conns: make(map[net.Conn]bool), open: make(chan struct{})}
	close(p.open)
	t.Cleanup(p.close)
	p.wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.connect(client) })
		}
	})
	return p
}

// Addr is the address for clients.
func (p *Proxy) Addr() string { return p.l.Addr().String() }

// Cut holds back all that is sent either way, and new connections too, until Heal.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = make(chan struct{})
}

// Heal delivers what Cut has held back, and lets everything pass.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
	default:
		close(p.open)
	}
}

// LoseAnswer breaks a connection instead of delivering the next answer.
func (p *Proxy) LoseAnswer() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = true
}

func (p *Proxy) close() {
	p.l.Close()
	p.Heal()
	p.mu.Lock()
	for c := range p.conns {
		c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *Proxy) connect(client net.Conn) {
	defer client.Close()
	<-p.opened()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	if p.conns == nil {
		p.mu.Unlock()
		return
	}
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	p.wg.Go(func() {
		defer server.Close()
		p.pass(server, client, false)
	})
	p.pass(client, server, true)
	p.mu.Lock()
	delete(p.conns, client)
	delete(p.conns, server)
	p.mu.Unlock()
}

// pass sends to one side what comes from the other.
func (p *Proxy) pass(to, from net.Conn, answers bool) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		<-p.opened()
		p.mu.Lock()
		lost := answers && p.lose
		p.lose = p.lose && !lost
		p.mu.Unlock()
		if lost {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) opened() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}
