package jwttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cda17858/jwt/jwttest"
)

// A broken service checks tokens by the standard library only, and has one hole: the fault
// that it lets through. Without a hole it is right in everything that the faults are about.
type broken struct {
	hole   jwttest.ID
	issuer *jwttest.Issuer
	other  *jwttest.Issuer // the second that it trusts

	mu      sync.Mutex
	keys    map[string]webKey // by kid
	fetched int
	seen    []seen // good tokens
	revoked map[string]bool
	last    string // the sub of the last request
}

// seen is a good token, as caches have it.
type seen struct{ token, header, payload, sig string }

var (
	errRefused     = errors.New("refused")
	errUnavailable = errors.New("the keys cannot be fetched")
)

func newBroken(hole jwttest.ID, iss, other *jwttest.Issuer) *broken {
	return &broken{hole: hole, issuer: iss, other: other, keys: map[string]webKey{}, revoked: map[string]bool{}}
}

func (s *broken) has(id jwttest.ID) bool { return s.hole == id }

// target is s with all that the faults need.
func (s *broken) target() jwttest.Target {
	t := jwttest.Target{Handler: s, Issuer: s.issuer, Other: s.other, MaxAge: time.Hour, Revoke: s.revoke}
	if s.has(jwttest.StateOtherUsersClaims) {
		t.Subject = subject
	}
	return t
}

func (s *broken) revoke(_ context.Context, token string) error {
	claims, err := s.verify(token)
	if err != nil {
		return err
	}
	s.revoked[token] = true // which the other spellings do not have
	s.revoked[claims["jti"].(string)] = !s.has(jwttest.StateRevokedRespelled)
	return nil
}

func (s *broken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := s.credentials(r)
	claims, err := s.verify(token)
	switch {
	case err == nil:
		s.serve(w, claims)
	case errors.Is(err, errUnavailable) && !s.has(jwttest.HTTPKeysDown):
		w.Header().Set("Retry-After", "30")
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	default:
		if !s.has(jwttest.HTTPChallengeMissing) {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		w.WriteHeader(http.StatusUnauthorized)
		if s.has(jwttest.HTTPLeak) {
			io.WriteString(w, "bad token: "+token)
		}
	}
}

func (s *broken) serve(w http.ResponseWriter, claims map[string]any) {
	sub, _ := claims["sub"].(string)
	if s.has(jwttest.StateOtherUsersClaims) {
		s.set(sub)
		time.Sleep(time.Millisecond)
		sub = s.get()
	}
	io.WriteString(w, sub)
}

func (s *broken) set(sub string) { s.mu.Lock(); defer s.mu.Unlock(); s.last = sub }
func (s *broken) get() string    { s.mu.Lock(); defer s.mu.Unlock(); return s.last }

func (s *broken) credentials(r *http.Request) string {
	lines := r.Header.Values("Authorization")
	if len(lines) == 0 && s.has(jwttest.HTTPQueryToken) {
		return r.URL.Query().Get("access_token")
	}
	if len(lines) != 1 && !(len(lines) == 2 && s.has(jwttest.HTTPTwoHeaders)) {
		return ""
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") && !(scheme == "Token" && s.has(jwttest.HTTPOtherScheme)) {
		return ""
	}
	return token
}

// fetch replaces the keys by those that the issuers publish.
func (s *broken) fetch() error {
	keys := map[string]webKey{}
	if s.has(jwttest.KeyWithdrawn) {
		keys = s.keys // and so forgets none
	}
	for _, iss := range []*jwttest.Issuer{s.issuer, s.other} {
		client := http.Client{Transport: iss.Transport()}
		resp, err := client.Get(iss.JWKSURL())
		if err != nil {
			return errUnavailable
		}
		var set struct{ Keys []map[string]any }
		if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
			return errUnavailable
		}
		for _, jwk := range set.Keys {
			if k, ok := s.readKey(jwk); ok {
				k.issuer = iss.URL()
				keys[k.kid] = k
			}
		}
	}
	s.keys = keys
	return nil
}

// key returns the key of a kid.
func (s *broken) key(kid string) (webKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.keys[kid]; ok {
		return k, nil
	}
	if s.fetched++; s.fetched > 8 && !s.has(jwttest.KeyKidFlood) {
		return webKey{}, errUnavailable
	}
	if err := s.fetch(); err != nil {
		return webKey{}, err
	}
	if k, ok := s.keys[kid]; ok {
		return k, nil
	}
	return webKey{}, errRefused
}
