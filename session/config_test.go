package session_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store"
)

// A signOnly is a Signer and nothing else.
type signOnly struct{ jwt.Signer }

func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(*config){
		"Config.Signer is nil": func(c *config) { c.Signer = nil },
		"Config.Verifier is nil, and session_test.signOnly is not":      func(c *config) { c.Signer = signOnly{c.Signer} },
		"Config.Algorithms is [ES256], without HS256":                   func(c *config) { c.Algorithms = []jwt.Algorithm{jwt.ES256} },
		"Config.Leeway is negative":                                     func(c *config) { c.Leeway = -1 },
		"Config.Leeway is 11m0s; the longest":                           func(c *config) { c.Leeway = 11 * time.Minute },
		"Config.Issuer is empty":                                        func(c *config) { c.Issuer = " " },
		"Config.Audience is empty":                                      func(c *config) { c.Audience = nil },
		"Config.Audience: element 0 is blank":                           func(c *config) { c.Audience = []string{""} },
		"Config.Keys is empty":                                          func(c *config) { c.Keys = nil },
		"Config.Keys: key 1 has 16 bytes":                               func(c *config) { c.Keys = append(c.Keys, make([]byte, 16)) },
		"Config.Keys: keys 0 and 1 are equal":                           func(c *config) { c.Keys = append(c.Keys, key(1)) },
		"Config.Keys: key 0 is one byte 32 times":                       func(c *config) { c.Keys = [][]byte{make([]byte, 32)} },
		"Config.Store is nil":                                           func(c *config) { c.Store = nil },
		"Config.Claims is nil":                                          func(c *config) { c.Claims = nil },
		"Config.Access is 0":                                            func(c *config) { c.Access = 0 },
		"Config.Access is negative":                                     func(c *config) { c.Access = -time.Minute },
		"Config.Access is 10ns; is a unit missing":                      func(c *config) { c.Access = 10 },
		"Config.Access is 25h0m0s; the longest":                         func(c *config) { c.Access, c.Idle = 25*time.Hour, 25*time.Hour },
		"Config.LongestAccess is 5m0s; the shortest":                    func(c *config) { c.LongestAccess = 5 * time.Minute },
		"Config.Idle is 0":                                              func(c *config) { c.Idle = 0 },
		"Config.Access is 10m0s, longer than Config.Idle":               func(c *config) { c.Idle = time.Minute },
		"Config.Absolute is 0":                                          func(c *config) { c.Absolute = 0 },
		"Config.Idle is 336h0m0s, longer than Config.Absolute":          func(c *config) { c.Absolute = time.Hour },
		"Config.Absolute is 87601h0m0s; the longest":                    func(c *config) { c.Absolute = 87601 * time.Hour },
		"Config.ShortIdle is 360h0m0s, longer than Config.Idle":         func(c *config) { c.ShortIdle = 15 * 24 * time.Hour },
		"Config.Access is 10m0s, longer than Config.ShortIdle":          func(c *config) { c.ShortIdle = time.Minute },
		"Config.ShortAbsolute is 2184h0m0s, longer than":                func(c *config) { c.ShortAbsolute = 91 * 24 * time.Hour },
		"Config.ShortIdle is 24h0m0s, longer than Config.ShortAbsolute": func(c *config) { c.ShortAbsolute = time.Hour },
		"Config.Grace is 2m0s; the longest":                             func(c *config) { c.Grace = 2 * time.Minute },
		"Config.Grace is 500ms; the shortest":                           func(c *config) { c.Grace = time.Second / 2 },
		"Config.Recovery is negative":                                   func(c *config) { c.Recovery, c.RecoveryUnchecked = -1, time.Minute },
		"Config.Grace is 10s, longer than Config.RecoveryUnchecked":     func(c *config) { c.RecoveryUnchecked = time.Second },
		"Config.RecoveryUnchecked is 25h0m0s, longer than":              func(c *config) { c.RecoveryUnchecked = 25 * time.Hour },
		"Config.NotBefore is before 1970":                               func(c *config) { c.NotBefore = time.Unix(-1, 0) },
		"Config.MaxSessions is negative":                                func(c *config) { c.MaxSessions = -1 },
		"Config.MaxSessions is 5, but":                                  func(c *config) { c.MaxSessions, c.Store = 5, struct{ store.Store }{c.Store} },
		"Config.Check.Staleness is negative":                            func(c *config) { c.Check.Staleness = -1 },
		"Config.Check.NotBefore is not Config.NotBefore":                func(c *config) { c.Check.NotBefore = time.Now() },
		"Config.Check.CheckEveryRequest is set beside Staleness":        func(c *config) { c.Check.CheckEveryRequest, c.Check.Staleness = true, time.Second },
		"Config: jwt: Policy.Types":                                     func(c *config) { c.Type = "a b" },
		"Store.Load: store down": func(c *config) {
			s := newFaultyStore()
			s.fail("Load")
			c.Store = s
		},
	} {
		cfg := testConfig(t)
		change(&cfg)
		s, err := session.New(t.Context(), cfg)
		require.ErrorContains(t, err, "session: "+want)
		require.Nil(t, s)
	}
	_, err := session.New(nil, testConfig(t)) //lint:ignore SA1012 it is refused
	require.ErrorContains(t, err, "nil context")
}

// A P that cannot hold claims is found when the program starts.
func TestNewRefusesP(t *testing.T) {
	type bad struct {
		Subject string `json:"sub"`
	}
	c := testConfig(t)
	_, err := session.New(t.Context(), session.Config[bad]{
		Signer: c.Signer, Issuer: c.Issuer, Audience: c.Audience, Keys: c.Keys, Store: c.Store,
		Access: c.Access, Idle: c.Idle, Absolute: c.Absolute,
		Claims: func(context.Context, session.Session) (bad, error) { return bad{}, nil },
	})
	require.ErrorContains(t, err, "sub")
}

// The Verifier is the Signer's, or the Config's; a token by another algorithm is accepted
// while its key is there.
func TestVerifier(t *testing.T) {
	old := newSigner(t)
	next, err := jwt.NewHMACSigner(jwt.HS512, "2", append(key(3), key(4)...))
	require.NoError(t, err)
	shared := store.NewMemory()
	before := newSessions(t, func(c *config) { c.Store, c.Signer = shared, old })
	after := newSessions(t, func(c *config) {
		c.Store, c.Signer = shared, signOnly{next}
		c.Verifier = jwt.KeySet{next.Verifier(), old.Verifier()}
		c.Algorithms = []jwt.Algorithm{jwt.HS512, jwt.HS256}
	})
	_, err = after.Parse(t.Context(), start(t, before).AccessToken)
	require.NoError(t, err)
	_, err = after.Parse(t.Context(), start(t, after).AccessToken)
	require.NoError(t, err)
	_, err = before.Parse(t.Context(), start(t, after).AccessToken)
	requireRefused(t, err, jwt.ErrAlgorithm)
}

// The key list is rotated while tokens of both keys are about.
func TestKeyRotation(t *testing.T) {
	in(t, func(t *testing.T) {
		shared := store.NewMemory()
		instance := func(keys ...[]byte) *session.Sessions[userClaims] {
			return newSessions(t, func(c *config) { c.Store, c.Keys = shared, keys })
		}
		a, b := key(1), key(2)
		old := start(t, instance(a)).RefreshToken
		for _, keys := range [][][]byte{{a}, {a, b}, {b, a}, {b}} {
			for range 2 {
				time.Sleep(time.Minute)
				old = refresh(t, instance(keys...), old).RefreshToken
			}
		}
		_, err := instance(a).Refresh(t.Context(), old)
		requireRefused(t, err, jwt.ErrMalformed)
	})
}

// Nothing that prints shows a token or a key, and no error does.
func TestSecrets(t *testing.T) {
	in(t, func(t *testing.T) {
		var log bytes.Buffer
		st := newFaultyStore()
		cfg := testConfig(t)
		cfg.Store, cfg.Logger = st, newLogger(&log)
		s, err := session.New(t.Context(), cfg)
		require.NoError(t, err)
		defer s.Close()
		tokens := start(t, s)
		first := tokens.RefreshToken
		secrets := []string{tokens.AccessToken, tokens.RefreshToken, string(key(1)), fmt.Sprintf("%x", key(1)), fmt.Sprint(key(1))}
		clean := func(what string, v any) {
			for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				text := fmt.Sprintf(format, v)
				for _, secret := range secrets {
					require.NotContains(t, text, secret, what+" "+format)
				}
			}
		}
		clean("tokens", tokens)
		clean("tokens", *tokens)
		clean("config", cfg)
		clean("config", &cfg)
		clean("sessions", s)
		clean("session", tokens.Session)
		clean("login", session.Login{Subject: "ann", Previous: tokens.RefreshToken})
		data, err := json.Marshal(tokens)
		require.NoError(t, err)
		clean("JSON", data)

		parse(t, s, tokens.AccessToken)
		time.Sleep(time.Minute)
		next := refresh(t, s, first)
		secrets = append(secrets, next.RefreshToken, next.AccessToken)
		parse(t, s, next.AccessToken)
		time.Sleep(time.Minute)
		var errs []error
		add := func(err error) { require.Error(t, err); errs = append(errs, err) }
		for _, method := range []string{"Load", "Swap"} {
			st.fail(method)
			_, err = s.Refresh(t.Context(), next.RefreshToken)
			add(err)
			add(s.Logout(t.Context(), next.RefreshToken))
			_, err = s.Start(t.Context(), session.Login{Subject: "ann", Previous: next.RefreshToken})
			add(err)
			_, err = s.Reauthenticate(t.Context(), next.RefreshToken, session.Login{Subject: "ann"})
			add(err)
		}
		st.fail()
		_, err = s.Refresh(t.Context(), next.RefreshToken, session.Narrow("x\n"))
		add(err)
		_, err = s.Refresh(t.Context(), strings.Repeat(first, 2))
		add(err)
		_, err = s.Refresh(t.Context(), first)
		add(err)
		_, err = s.Refresh(t.Context(), first)
		add(err)
		_, err = s.Refresh(t.Context(), next.RefreshToken)
		add(err)
		time.Sleep(5 * time.Second)
		_, err = s.Parse(t.Context(), next.AccessToken)
		add(err)
		for _, err := range errs {
			clean("error", err)
		}
		require.Contains(t, log.String(), session.EventReuse)
		clean("log", log.String())
	})
}

// The Sessions keep what they were given, whatever the caller does with it afterwards.
func TestConfigIsCopied(t *testing.T) {
	in(t, func(t *testing.T) {
		cfg := testConfig(t)
		s, err := session.New(t.Context(), cfg)
		require.NoError(t, err)
		defer s.Close()
		tokens := start(t, s)
		clear(cfg.Keys[0])
		cfg.Audience[0] = "other"
		time.Sleep(time.Minute)
		parse(t, s, refresh(t, s, tokens.RefreshToken).AccessToken)
	})
}

func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
