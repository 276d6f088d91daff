package verifycache_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/verifycache"
)

// keys are keys that can be withdrawn, as a jwks.Client's can.
type keys struct {
	mu         sync.Mutex
	set        jwt.KeySet
	generation uint64
	calls      int
}

func (k *keys) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	k.mu.Lock()
	set := k.set
	k.calls++
	k.mu.Unlock()
	if len(set) == 0 {
		return jwt.ErrUnknownKey
	}
	return set.Verify(ctx, h, input, sig)
}

func (k *keys) Generation() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.generation
}

func (k *keys) withdraw() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.set, k.generation = nil, k.generation+1
}

type private struct {
	Role string `json:"role"`
}

var secret = []byte(strings.Repeat("verifycache ", 4))

func newKeys(t testing.TB) (*keys, jwt.KeySigner) {
	signer, err := jwt.NewHMACSigner(jwt.HS256, "k", secret)
	require.NoError(t, err)
	return &keys{set: jwt.KeySet{signer.Verifier()}, generation: 1}, signer
}

func policy(now func() time.Time) jwt.Policy {
	return jwt.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}, Issuers: []string{"a"}, Audiences: []string{"x"}, Now: now}
}

func newCache[P any](t testing.TB, k jwt.Verifier, p jwt.Policy, cfg verifycache.Config) (*verifycache.Cache[P], *jwt.Parser[P]) {
	parser, err := jwt.NewParser[P](k, p)
	require.NoError(t, err)
	cache, err := verifycache.New(parser, cfg)
	require.NoError(t, err)
	return cache, parser
}

func sign[P any](t testing.TB, s jwt.Signer, c jwt.Claims[P]) string {
	if c.Issuer == "" {
		c.Issuer = "a"
	}
	if c.Audience == nil {
		c.Audience = []string{"x"}
	}
	token, err := jwt.Sign(context.Background(), s, c)
	require.NoError(t, err)
	return token
}

func TestHitAsksNoKey(t *testing.T) {
	for _, hashed := range []bool{false, true} {
		k, s := newKeys(t)
		cache, parser := newCache[private](t, k, policy(nil), verifycache.Config{HashKeys: hashed})
		token := sign(t, s, jwt.Claims[private]{Subject: "alice", ExpiresAt: time.Now().Add(time.Hour), Private: private{"admin"}})
		want, err := parser.Parse(t.Context(), token)
		require.NoError(t, err)
		k.calls = 0
		for range 3 {
			got, err := cache.Parse(t.Context(), token)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		require.Equal(t, 2, k.calls) // a token is remembered when it comes again
		cache.Clear()
		require.Zero(t, cache.Len())
		for range 3 {
			_, err = cache.Parse(t.Context(), token)
			require.NoError(t, err)
		}
		require.Equal(t, 3, k.calls)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = cache.Parse(ctx, token)
		require.ErrorIs(t, err, context.Canceled)
	}
}

// Errors are never remembered, and a result ends with its token.
func TestCacheOverTime(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	now := start
	k, s := newKeys(t)
	p := policy(func() time.Time { return now })
	p.MaxAge = 30 * time.Minute
	cache, parser := newCache[private](t, k, p, verifycache.Config{})
	token := sign(t, s, jwt.Claims[private]{IssuedAt: start, NotBefore: start.Add(time.Minute), ExpiresAt: start.Add(time.Hour)})
	for _, at := range []time.Duration{0, 2 * time.Minute, 3 * time.Minute, 0, 31 * time.Minute, 20 * time.Minute, 2 * time.Hour, 5 * time.Minute} {
		now = start.Add(at)
		want, wantErr := parser.Parse(t.Context(), token)
		got, err := cache.Parse(t.Context(), token)
		require.Equal(t, want, got, "%v", at)
		require.Equal(t, wantErr, err, "%v", at)
	}
	k.withdraw()
	_, err := cache.Parse(t.Context(), token)
	require.ErrorIs(t, err, jwt.ErrUnknownKey)
}

func TestWithdrawnKey(t *testing.T) {
	k, s := newKeys(t)
	cache, _ := newCache[private](t, k, policy(nil), verifycache.Config{})
	token := sign(t, s, jwt.Claims[private]{ExpiresAt: time.Now().Add(time.Hour)})
	for range 2 {
		_, err := cache.Parse(t.Context(), token)
		require.NoError(t, err)
	}
	require.Equal(t, 1, cache.Len())
	k.withdraw()
	_, err := cache.Parse(t.Context(), token)
	require.ErrorIs(t, err, jwt.ErrUnknownKey)
	require.Zero(t, cache.Len())
}

// blind keys cannot tell when one is withdrawn: MaxAge bounds how long it is not noticed.
type blind struct{ k *keys }

func (b blind) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	return b.k.Verify(ctx, h, input, sig)
}

func TestMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, s := newKeys(t)
		parser, err := jwt.NewParser[private](blind{k}, policy(nil))
		require.NoError(t, err)
		_, err = verifycache.New(parser, verifycache.Config{})
		require.EqualError(t, err, "verifycache: Config.MaxAge is 0, and the keys cannot tell when one stops verifying; set MaxAge to how long a token may be accepted after that")
		cache, err := verifycache.New(parser, verifycache.Config{MaxAge: time.Minute})
		require.NoError(t, err)
		token := sign(t, s, jwt.Claims[private]{ExpiresAt: time.Now().Add(time.Hour)})
		for range 2 {
			_, err = cache.Parse(t.Context(), token)
			require.NoError(t, err)
		}
		k.withdraw()
		time.Sleep(time.Minute - time.Nanosecond)
		_, err = cache.Parse(t.Context(), token)
		require.NoError(t, err)
		time.Sleep(time.Nanosecond)
		_, err = cache.Parse(t.Context(), token)
		require.ErrorIs(t, err, jwt.ErrUnknownKey)
	})
}

func TestConfigRefused(t *testing.T) {
	k, _ := newKeys(t)
	parser, err := jwt.NewParser[private](k, policy(nil))
	require.NoError(t, err)
	for text, cfg := range map[string]verifycache.Config{
		"verifycache: Config.Entries is negative":                                        {Entries: -1},
		"verifycache: Config.Bytes is negative":                                          {Bytes: -1},
		"verifycache: Config.MaxAge is 30ns; it must be between 1s and 24h0m0s, or 0":    {MaxAge: 30},
		"verifycache: Config.MaxAge is 25h0m0s; it must be between 1s and 24h0m0s, or 0": {MaxAge: 25 * time.Hour},
	} {
		_, err := verifycache.New(parser, cfg)
		require.EqualError(t, err, text)
		_, err = verifycache.NewVerifier(k, cfg)
		require.EqualError(t, err, text)
	}
	_, err = verifycache.New[private](nil, verifycache.Config{})
	require.EqualError(t, err, "verifycache: New: nil Parser")
	_, err = verifycache.NewVerifier(nil, verifycache.Config{})
	require.EqualError(t, err, "verifycache: NewVerifier: nil Verifier")
}

// rich has everything that an assignment would share.
type rich struct {
	Roles  []string          `json:"roles,omitempty"`
	Deep   map[string][]int  `json:"deep,omitempty"`
	Any    any               `json:"any,omitempty"`
	Next   *rich             `json:"next,omitempty"`
	Raw    json.RawMessage   `json:"raw,omitempty"`
	Array  [2][]string       `json:"array"`
	Labels map[string]string `json:"labels,omitempty"`
	When   time.Time         `json:"when,omitzero"`
}

func newRich() rich {
	return rich{
		Roles: []string{"a", "b"}, Deep: map[string][]int{"x": {1, 2}}, Any: map[string]any{"l": []any{"y", map[string]any{"z": "1"}}},
		Next: &rich{Roles: []string{"c"}, Array: [2][]string{{}, {}}}, Raw: json.RawMessage(`{"q":1}`), Array: [2][]string{{"m"}, {"n"}},
		Labels: map[string]string{"k": "v"}, When: time.Unix(1, 0).UTC(),
	}
}

// spoil writes to everything that v leads to.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			spoil(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				spoil(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			spoil(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			spoil(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
		}
	}
	if v.CanSet() {
		v.SetZero()
	}
}

func TestCallersAreApart(t *testing.T) {
	k, s := newKeys(t)
	check := func(t *testing.T, parse func() (any, error)) {
		want, err := parse()
		require.NoError(t, err)
		encoded, err := json.Marshal(want)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 8 { // with -race, writing to what another one reads shows
			wg.Go(func() {
				for range 20 {
					got, err := parse()
					if err != nil {
						t.Error(err)
						return
					}
					data, err := json.Marshal(got)
					if err != nil || string(data) != string(encoded) {
						t.Errorf("%s, %v instead of %s", data, err, encoded)
					}
					spoil(reflect.ValueOf(got))
				}
			})
		}
		wg.Wait()
	}
	exp := time.Now().Add(time.Hour)
	header := map[string]any{"x5t": "1", "l": []any{"m"}}
	t.Run("struct", func(t *testing.T) {
		cache, _ := newCache[rich](t, k, policy(nil), verifycache.Config{})
		token := sign(t, s, jwt.Claims[rich]{ExpiresAt: exp, Private: newRich(), Header: header, Audience: []string{"x", "y"}})
		check(t, func() (any, error) { return cache.Parse(t.Context(), token) })
	})
	t.Run("pointer", func(t *testing.T) {
		cache, _ := newCache[*rich](t, k, policy(nil), verifycache.Config{})
		r := newRich()
		token := sign(t, s, jwt.Claims[*rich]{ExpiresAt: exp, Private: &r})
		check(t, func() (any, error) { return cache.Parse(t.Context(), token) })
	})
	t.Run("map", func(t *testing.T) {
		cache, _ := newCache[map[string]any](t, k, policy(nil), verifycache.Config{})
		token := sign(t, s, jwt.Claims[map[string]any]{ExpiresAt: exp, Private: map[string]any{"a": []any{"b", map[string]any{"c": "d"}}}})
		check(t, func() (any, error) { return cache.Parse(t.Context(), token) })
	})
	t.Run("raw", func(t *testing.T) {
		cache, _ := newCache[json.RawMessage](t, k, policy(nil), verifycache.Config{})
		token := sign(t, s, jwt.Claims[json.RawMessage]{ExpiresAt: exp, Private: json.RawMessage(`{"a":1}`)})
		check(t, func() (any, error) { return cache.Parse(t.Context(), token) })
	})
	t.Run("flat", func(t *testing.T) {
		cache, _ := newCache[private](t, k, policy(nil), verifycache.Config{})
		token := sign(t, s, jwt.Claims[private]{ExpiresAt: exp, Private: private{"r"}})
		check(t, func() (any, error) { return cache.Parse(t.Context(), token) })
	})
}

// hidden holds a map that no copy can reach.
type hidden struct {
	Role  string `json:"role"`
	cache map[string]int
}

func (h hidden) MarshalJSON() ([]byte, error) { return []byte(`{"role":"x"}`), nil }
func (h *hidden) UnmarshalJSON([]byte) error  { h.cache = map[string]int{}; return nil }

func TestUncopiable(t *testing.T) {
	k, _ := newKeys(t)
	parser, err := jwt.NewParser[hidden](k, policy(nil))
	require.NoError(t, err)
	_, err = verifycache.New(parser, verifycache.Config{})
	require.EqualError(t, err, "verifycache: New: verifycache_test.hidden: field cache: it is not exported and holds what callers could change for each other")
}

func TestBounds(t *testing.T) {
	k, s := newKeys(t)
	tokens := 20_000
	if testing.Short() {
		tokens = 2_000
	}
	cache, _ := newCache[struct{}](t, k, policy(nil), verifycache.Config{Entries: 100})
	exp := time.Now().Add(time.Hour)
	parse := func(c *verifycache.Cache[struct{}], times int, id string) {
		token := sign(t, s, jwt.Claims[struct{}]{ID: id, ExpiresAt: exp})
		for range times {
			_, err := c.Parse(t.Context(), token)
			require.NoError(t, err)
		}
	}
	for i := range tokens {
		parse(cache, 2, fmt.Sprint(i))
		require.LessOrEqual(t, cache.Len(), 200) // some may wait for their eviction
	}
	require.LessOrEqual(t, cache.Len(), 110)
	require.Greater(t, cache.Len(), 50)
	small, _ := newCache[struct{}](t, k, policy(nil), verifycache.Config{Bytes: 100_000})
	for i := range 500 {
		parse(small, 2, strings.Repeat("x", 5000)+fmt.Sprint(i))
	}
	require.LessOrEqual(t, small.Len(), 20)
}

// Tokens that come once push out none that come again, and take no memory.
func TestOnce(t *testing.T) {
	k, s := newKeys(t)
	cache, _ := newCache[struct{}](t, k, policy(nil), verifycache.Config{Entries: 1000})
	exp := time.Now().Add(time.Hour)
	for i := range 1000 {
		_, err := cache.Parse(t.Context(), sign(t, s, jwt.Claims[struct{}]{ID: fmt.Sprint(i), ExpiresAt: exp}))
		require.NoError(t, err)
	}
	require.Less(t, cache.Len(), 125)
}

func TestAllocations(t *testing.T) {
	k, s := newKeys(t)
	cache, _ := newCache[private](t, k, policy(nil), verifycache.Config{})
	token := sign(t, s, jwt.Claims[private]{ExpiresAt: time.Now().Add(time.Hour), Private: private{"admin"}})
	for range 2 {
		_, err := cache.Parse(t.Context(), token)
		require.NoError(t, err)
	}
	ctx, err := context.Background(), error(nil)
	got := testing.AllocsPerRun(1000, func() { _, err = cache.Parse(ctx, token) })
	require.NoError(t, err)
	if !raceEnabled {
		require.LessOrEqual(t, got, 1.0)
	}
}

// With and without a cache the answers are the same, whatever happens in between.
func FuzzSame(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 200, 100})
	f.Fuzz(func(t *testing.T, steps []byte) {
		start := time.Unix(1_800_000_000, 0)
		now := start
		signer, err := jwt.NewHMACSigner(jwt.HS256, "k", secret)
		require.NoError(t, err)
		k := &keys{set: jwt.KeySet{signer.Verifier()}, generation: 1}
		cache, parser := newCache[rich](t, k, policy(func() time.Time { return now }), verifycache.Config{Entries: 4})
		var tokens []string
		for i := range 6 {
			tokens = append(tokens, sign(t, signer, jwt.Claims[rich]{
				NotBefore: start.Add(time.Duration(i) * time.Minute), ExpiresAt: start.Add(time.Duration(2*i+1) * time.Minute), Private: newRich(),
			}))
		}
		for _, step := range steps[:min(len(steps), 200)] {
			switch {
			case step < 180:
				token := tokens[int(step)%len(tokens)]
				want, wantErr := parser.Parse(t.Context(), token)
				got, err := cache.Parse(t.Context(), token)
				require.Equal(t, wantErr, err)
				require.Equal(t, want, got)
			case step < 240: // clocks go forwards and back
				now = start.Add(time.Duration(step-180) * 20 * time.Second)
			case step < 248:
				k.withdraw()
			default:
				k.set = jwt.KeySet{signer.Verifier()} // a key that comes changes no generation
			}
		}
	})
}

// Entries may be as large as an int is: Bytes is the limit then.
func TestEntriesBeyondBytes(t *testing.T) {
	for _, bytes := range []int{1, 1 << 20} {
		keys, signer := newKeys(t)
		cache, _ := newCache[private](t, keys, policy(nil), verifycache.Config{Entries: math.MaxInt, Bytes: bytes})
		token := sign(t, signer, jwt.Claims[private]{ExpiresAt: time.Now().Add(time.Hour)})
		for range 3 {
			_, err := cache.Parse(t.Context(), token)
			require.NoError(t, err)
		}
	}
}
