package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"time"

	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// An identity is what a user may know of the access token that a page cannot read.
type identity struct {
	Name       string    `json:"name"`
	Roles      []string  `json:"roles"`
	Scopes     []string  `json:"scopes"`
	Session    string    `json:"session"`
	Generation uint32    `json:"generation"` // of the refresh token
	Key        string    `json:"key"`        // the kid that has signed
	Issued     time.Time `json:"issued"`
	Expires    time.Time `json:"expires"`
	ExpiresIn  int64     `json:"expires_in"` // ms: the clock of the browser may be wrong
	LoggedIn   time.Time `json:"logged_in"`
	Confirmed  bool      `json:"confirmed"`
}

func newIdentity(c *Claims) identity {
	p := c.Private
	return identity{
		Name: p.Name, Roles: p.Roles(), Scopes: p.Scopes(),
		Session: session.ID(c), Generation: session.Generation(c), Key: c.KeyID,
		Issued: c.IssuedAt, Expires: c.ExpiresAt, ExpiresIn: time.Until(c.ExpiresAt).Milliseconds(),
		LoggedIn:  p.AuthTime(),
		Confirmed: p.ACR() == acrConfirmed && time.Since(p.AuthTime()) < confirmedFor,
	}
}

func (s *server) me(w http.ResponseWriter, _ *http.Request, c *Claims) {
	writeJSON(w, http.StatusOK, newIdentity(c))
}

// An order stands for what a service is about.
type order struct {
	ID    string    `json:"id"`
	Item  string    `json:"item"`
	Added time.Time `json:"added"`
}

const maxOrders = 100

var errFull = errors.New("no more orders are possible")

// orders keeps the orders of each user in one record.
type orders struct{ store records }

func (o *orders) load(ctx context.Context, subject string) (list []order, version uint64, err error) {
	rs, _, err := o.store.Load(ctx, "o:"+subject)
	if err != nil {
		return nil, 0, err
	}
	list = []order{}
	if rs[0].Version != 0 {
		err = json.Unmarshal(rs[0].Data, &list)
	}
	return list, rs[0].Version, err
}

func (o *orders) add(ctx context.Context, subject string, next order) error {
	for range 8 {
		list, version, err := o.load(ctx, subject)
		if err != nil {
			return err
		}
		if len(list) >= maxOrders {
			return errFull
		}
		data, err := json.Marshal(append(list, next))
		if err != nil {
			return err
		}
		ok, err := o.store.Swap(ctx, "o:"+subject, version, store.Record{Version: store.NewVersion(), Data: data})
		if ok || err != nil {
			return err
		}
	}
	return errors.New("the orders change too fast")
}

func (s *server) listOrders(w http.ResponseWriter, r *http.Request, c *Claims) {
	list, _, err := s.orders.load(r.Context(), c.Subject)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"key": c.KeyID, "orders": list})
}

func (s *server) addOrder(w http.ResponseWriter, r *http.Request, c *Claims) {
	var in struct {
		Item string `json:"item"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if in.Item == "" || len(in.Item) > 100 {
		writeError(w, http.StatusBadRequest, "an item has 1 to 100 bytes")
		return
	}
	next := order{ID: rand.Text()[:8], Item: in.Item, Added: time.Now().UTC()}
	err := s.orders.add(r.Context(), c.Subject, next)
	switch {
	case err == errFull:
		writeError(w, http.StatusConflict, err.Error())
	case err != nil:
		s.unavailable(w, r, err)
	default:
		writeJSON(w, http.StatusCreated, next)
	}
}

// newRelay returns the handler that passes requests of pages on to the second process: the
// token leaves its cookie and becomes a bearer. An app talks to the second process itself.
func (s *server) newRelay() http.Handler {
	target, _ := url.Parse(s.cfg.reportsURL) // checked by config
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Cookie")
			if token, _ := s.cookies.Access(r.In); token != "" {
				r.Out.Header.Set("Authorization", "Bearer "+token)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			for _, name := range []string{"Set-Cookie", "Access-Control-Allow-Origin"} {
				r.Header.Del(name)
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			s.log.WarnContext(r.Context(), "the reports service does not answer", "err", err)
			writeError(w, http.StatusBadGateway, "the reports service does not answer; go run ./reports starts it")
		},
	}
}

func isSubset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}
