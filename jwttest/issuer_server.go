package jwttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cda17858/jwt/jwk"
)

const (
	jwksPath = "/jwks.json"
	oidcPath = "/.well-known/openid-configuration"
	metaPath = "/.well-known/oauth-authorization-server"
)

// A server listens on 127.0.0.1.
type server struct {
	url   string
	close func()
}

func listen(h http.Handler) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}}
	s.Start()
	return &server{s.URL, s.Close}, nil
}

// Handler returns what the issuer serves: the key set, and the metadata at the two
// well-known places.
func (iss *Issuer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+jwksPath, iss.serveKeys)
	mux.HandleFunc("GET "+oidcPath, iss.serveMetadata)
	mux.HandleFunc("GET "+metaPath, iss.serveMetadata)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var down bool
		var slow time.Duration
		iss.set(func() { down, slow = iss.down, iss.slow })
		if slow > 0 {
			timer := time.NewTimer(slow)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
			case <-iss.closed:
			}
		}
		if down {
			panic(http.ErrAbortHandler)
		}
		mux.ServeHTTP(w, r)
	})
}

func (iss *Issuer) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{
		"issuer": iss.name, "jwks_uri": iss.JWKSURL(),
		"authorization_endpoint": iss.name + "/authorize", "token_endpoint": iss.name + "/token",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": iss.cfg.Algorithms,
	})
}

func (iss *Issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	iss.set(func() { iss.fetches++ })
	data, err := iss.JWKS()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "max-age=300")
	w.Write(data)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // an error is one of the connection
}

// JWKS returns the key set as it is published, with the traps of the Config.
func (iss *Issuer) JWKS() ([]byte, error) {
	iss.mu.Lock()
	defer iss.mu.Unlock()
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, k := range iss.keys {
		if k.private == nil {
			continue
		}
		data, err := jwk.Marshal(k)
		if err != nil {
			return nil, fmt.Errorf("jwttest: %w", err)
		}
		set.Keys = append(set.Keys, data)
	}
	for _, trap := range iss.traps {
		set.Keys = append(set.Keys, json.RawMessage(trap.jwk))
	}
	return json.Marshal(set)
}

// Transport returns an [http.RoundTripper] that reaches the issuer without a socket. It
// answers requests to the issuer's URL, in the goroutine of its caller, and fails others.
// With [Issuer.Down] it fails them all.
func (iss *Issuer) Transport() http.RoundTripper { return transport{iss} }

type transport struct{ iss *Issuer }

func (t transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if r.Body != nil {
		r.Body.Close()
	}
	if !strings.HasPrefix(r.URL.String(), t.iss.name+"/") {
		return nil, fmt.Errorf("jwttest: %s is not at the issuer %s", r.URL, t.iss.name)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v == http.ErrAbortHandler {
			resp, err = nil, errors.New("jwttest: the issuer is down")
		} else if v != nil {
			panic(v)
		}
	}()
	in := httptest.NewRequestWithContext(r.Context(), r.Method, strings.TrimPrefix(r.URL.String(), t.iss.name), nil)
	in.Header = r.Header.Clone()
	w := httptest.NewRecorder()
	t.iss.Handler().ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp = w.Result()
	resp.Request = r
	return resp, nil
}
