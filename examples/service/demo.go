package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// A demo is what -demo adds: ways to break the service, open to everyone who can reach it.
// Delete this file in your own service; the compiler finds the rest.
type demo struct {
	*server
	store *brokenStore

	mu   sync.Mutex
	loot map[string]string // refresh tokens of the thief, by the ID of the theft
}

func newDemo(s *server, store records) *demo {
	return &demo{server: s, store: &brokenStore{records: store}, loot: map[string]string{}}
}

func (d *demo) routes(mux *http.ServeMux) {
	user := d.auth.Require()
	public := func(f http.HandlerFunc) http.Handler { return d.cookies.Protect(jwthttp.Public(f)) }
	mux.Handle("POST /demo/thief", user.Handler(d.steal))
	mux.Handle("POST /demo/thief/{id}", public(d.useLoot))
	mux.Handle("POST /demo/store", public(d.breakStore))
	mux.Handle("POST /demo/key", user.Handler(d.revokeCurrent))
	mux.Handle("GET /demo/orders", public(d.openOrders))
}

// onThisMachine refuses requests for another host. A page whose name resolves to this machine
// could send them (DNS rebinding), and the password is known.
func (d *demo) onThisMachine(h http.Handler) http.Handler {
	origin, _ := url.Parse(d.cfg.origin) // checked by package jwthttp
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != origin.Host && !isLoopback(r.Host) {
			writeError(w, http.StatusMisdirectedRequest, "the demo is at "+d.cfg.origin)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// steal gives the refresh token of the request to the thief, who is on the server, since a page
// cannot read the cookie.
func (d *demo) steal(w http.ResponseWriter, r *http.Request, c *Claims) {
	token, err := d.cookies.Refresh(r)
	if err != nil || token == "" {
		writeError(w, http.StatusBadRequest, "the request has no refresh token")
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.loot) >= 100 {
		clear(d.loot)
	}
	id := rand.Text()
	d.loot[id] = token
	writeJSON(w, http.StatusOK, map[string]any{"id": id, "generation": session.Generation(c)})
}

// useLoot lets the thief refresh and read the orders, as a client would.
func (d *demo) useLoot(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	d.mu.Lock()
	token := d.loot[id]
	d.mu.Unlock()
	if token == "" {
		writeError(w, http.StatusNotFound, "the thief has no such token")
		return
	}
	tokens, err := d.sessions.Refresh(r.Context(), token)
	var c *Claims
	if err == nil {
		c, err = d.sessions.Parse(r.Context(), tokens.AccessToken)
	}
	if refused, ok := errors.AsType[*jwt.TokenError](err); ok {
		writeJSON(w, http.StatusOK, map[string]any{"caught": refused.Error()})
		return
	}
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	list, _, err := d.orders.load(r.Context(), c.Subject)
	if err != nil {
		d.unavailable(w, r, err)
		return
	}
	d.mu.Lock()
	d.loot[id] = tokens.RefreshToken
	d.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"name": c.Private.Name, "generation": session.Generation(c), "orders": len(list)})
}

// breakStore makes every call of the store fail for some seconds; 0 repairs it.
func (d *demo) breakStore(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Seconds int `json:"seconds"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if in.Seconds < 0 || in.Seconds > 120 {
		writeError(w, http.StatusBadRequest, "use 0 to 120 seconds")
		return
	}
	d.store.until.Store(time.Now().Add(time.Duration(in.Seconds) * time.Second).UnixNano())
	w.WriteHeader(http.StatusNoContent)
}

// revokeCurrent revokes the signing key, as an admin would if it were stolen.
func (d *demo) revokeCurrent(w http.ResponseWriter, r *http.Request, _ *Claims) {
	old := d.ring.KeyID()
	if err := d.ring.Revoke(r.Context(), old); err != nil {
		d.unavailable(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"revoked": old, "signing": d.ring.KeyID()})
}

// openOrders is GET /orders without authentication, to measure what authentication costs.
func (d *demo) openOrders(w http.ResponseWriter, r *http.Request) {
	d.listOrders(w, r, &Claims{Subject: r.FormValue("subject")})
}

var errBroken = errors.New("the store is broken by the demo")

// A brokenStore fails until a given time.
type brokenStore struct {
	records
	until atomic.Int64 // ns since 1970
}

func (b *brokenStore) err() error {
	if time.Now().UnixNano() < b.until.Load() {
		return errBroken
	}
	return nil
}

func (b *brokenStore) Load(ctx context.Context, keys ...string) ([]store.Record, time.Time, error) {
	if err := b.err(); err != nil {
		return nil, time.Time{}, err
	}
	return b.records.Load(ctx, keys...)
}

func (b *brokenStore) Swap(ctx context.Context, key string, old uint64, r store.Record) (bool, error) {
	if err := b.err(); err != nil {
		return false, err
	}
	return b.records.Swap(ctx, key, old, r)
}

func (b *brokenStore) List(ctx context.Context, subject string) ([]string, error) {
	if err := b.err(); err != nil {
		return nil, err
	}
	return b.records.List(ctx, subject)
}

func (b *brokenStore) Append(ctx context.Context, r store.Revocation) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.records.Append(ctx, r)
}

func (b *brokenStore) Since(ctx context.Context, cursor string) ([]store.Revocation, string, error) {
	if err := b.err(); err != nil {
		return nil, "", err
	}
	return b.records.Since(ctx, cursor)
}

// demoAccounts creates the users of the demo. Those with a name are as new at each start. All
// of them have the same hash, to save time; users of a service have a salt each.
func (s *server) demoAccounts(ctx context.Context, out io.Writer) error {
	hash, err := s.hasher.hash(ctx, s.cfg.demoPassword)
	if err != nil {
		return err
	}
	for i := range s.cfg.demoUsers {
		a := account{Name: fmt.Sprintf("user%04d", i+1), Password: hash, Roles: []string{"sales"}}
		if err := s.accounts.create(ctx, a); err != nil && err != errTaken {
			return err
		}
	}
	for name, role := range map[string]string{"alice": "sales", "bob": "support", "admin": "admin"} {
		a := account{Name: name, Password: hash, Roles: []string{role}}
		err := s.accounts.create(ctx, a)
		if err == errTaken {
			_, err = s.accounts.update(ctx, name, func(old *account) error {
				old.Password, old.Roles, old.Disabled = hash, a.Roles, false
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "DEMO: everyone who can reach this service can log in as alice, bob and admin, and break it; the password is %q\n", s.cfg.demoPassword)
	return nil
}
