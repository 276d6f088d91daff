package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/cda17858/jwt/store"
)

// An order stands for the data of a real service.
type order struct {
	ID    string    `json:"id"`
	Item  string    `json:"item"`
	Added time.Time `json:"added"`
}

const maxOrders = 100

var errFull = errors.New("too many orders")

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
	return errors.New("the orders are changed too often")
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
		writeError(w, http.StatusBadRequest, "an item must have 1 to 100 bytes")
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
