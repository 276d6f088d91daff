package jwks_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// tenant returns the name of an issuer.
func tenant(n int) string { return fmt.Sprintf("https://t%d.example", n) }

// trustTenants trusts all of them, and nobody else.
func trustTenants(issuer string) bool {
	return strings.HasPrefix(issuer, "https://t") && strings.HasSuffix(issuer, ".example")
}

// tenantKeys is where a tenant has its set.
func tenantKeys(issuer string) string { return issuer + "/keys" }

// pool returns a Pool of tenants whose sets i serves.
func (i *issuer) pool(t *testing.T, changes ...func(*jwks.PoolConfig)) *jwks.Pool {
	t.Helper()
	cfg := jwks.PoolConfig{Trust: trustTenants, URL: tenantKeys,
		Client: jwks.Config{Algorithms: validAlgorithms, Transport: i}}
	for _, change := range changes {
		change(&cfg)
	}
	p, err := jwks.NewPool(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, p.Close())
		require.Zero(t, i.open, "answers left open")
	})
	return p
}

// an inPool is the Verifier that p has for an issuer when it is asked.
type inPool struct {
	p      *jwks.Pool
	issuer string
}

func (v inPool) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	inner, err := v.p.Verifier(ctx, v.issuer)
	if err != nil {
		return err
	}
	return inner.Verify(ctx, h, input, sig)
}

func TestPool(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		p := i.pool(t)
		i.set(site{tenantKeys(tenant(1)): setOf(keyA), tenantKeys(tenant(2)): setOf(keyB)}.answer)
		expect(t, "ok", inPool{p, tenant(1)}, keyA)
		expect(t, "ok", inPool{p, tenant(2)}, keyB)
		expect(t, "ok", inPool{p, tenant(1)}, keyA)
		require.Equal(t, 2, i.count())
		expect(t, unknown, inPool{p, tenant(1)}, keyB)
		expect(t, forged, inPool{p, tenant(1)}, forger)
		require.Equal(t, "jwks.Pool(2)", fmt.Sprintf("%#v", p))

		// An issuer without a set is one that could not be checked.
		expect(t, uncheck+"jwks: no set has been fetched: https://t3.example/keys answered 404", inPool{p, tenant(3)}, keyA)
		n := i.count()
		for range 10 {
			expect(t, uncheck+"jwks: no set has been fetched: https://t3.example/keys answered 404", inPool{p, tenant(3)}, keyA)
		}
		require.Equal(t, n, i.count())

		require.NoError(t, p.Close())
		expect(t, "ok", inPool{p, tenant(1)}, keyA)
		expect(t, closed, inPool{p, tenant(4)}, keyA)
		require.Equal(t, n, i.count())
	})
}

// The zero Pool accepts nothing, and nothing panics.
func TestZeroPool(t *testing.T) {
	p := new(jwks.Pool)
	expect(t, uncheck+"jwks: the Pool is zero; NewPool makes one", inPool{p, tenant(1)}, keyA)
	require.Equal(t, "jwks.Pool(0)", fmt.Sprint(p))
	require.NoError(t, p.Close())
}

// TestPoolMetadata is read where no URL is given.
func TestPoolMetadata(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		p := i.pool(t, func(cfg *jwks.PoolConfig) { cfg.URL = nil })
		i.set(site{tenant(1) + "/.well-known/openid-configuration": metadata(tenant(1), setURL), setURL: setOf(keyA)}.answer)
		expect(t, "ok", inPool{p, tenant(1)}, keyA)
	})
}

// TestPoolUntrusted costs nothing.
func TestPoolUntrusted(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		p := i.pool(t, func(cfg *jwks.PoolConfig) {
			cfg.URL = nil
			cfg.Trust = func(issuer string) bool { return issuer != "https://mallory.example" }
		})
		for _, issuer := range []string{"https://mallory.example", "", "x", "http://t1.example", "https://t1.example#a",
			"https://t1.example?a=b", "file:///etc/passwd", "https://a:b@t1.example", "https://" + strings.Repeat("a", 3000)} {
			v, err := p.Verifier(t.Context(), issuer)
			require.ErrorIs(t, err, jwt.ErrUnknownKey, issuer)
			require.NotContains(t, err.Error(), "mallory")
			require.True(t, v == nil)
		}
		require.Empty(t, p.Members())
		require.Zero(t, i.count())
	})
}

// TestPoolBounded passes 10,000 issuers through a Pool of 100.
func TestPoolBounded(t *testing.T) {
	issuers := 10_000
	if testing.Short() {
		issuers = 1_000
	}
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		p := i.pool(t)
		good := token(keyA)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		goroutines := runtime.NumGoroutine()
		refused := 0
		for n := range issuers {
			for {
				_, err := jwt.Parse[struct{}](t.Context(), good, inPool{p, tenant(n)}, validator)
				if err == nil {
					break
				}
				require.ErrorIs(t, err, jwks.ErrLimited)
				var wait interface{ RetryAfter() time.Duration }
				require.ErrorAs(t, err, &wait)
				refused++
				time.Sleep(wait.RetryAfter())
			}
			require.LessOrEqual(t, runtime.NumGoroutine(), goroutines+1)
		}
		require.Positive(t, refused)
		require.Equal(t, issuers, i.count(), "one fetch each")
		require.Len(t, p.Members(), 100)
		i.requests = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(100*20<<10))
	})
}

// TestPoolFlood: forged tokens for issuers that are not in use, or not trusted, cost no
// fetch beyond the budget, and neither evict nor delay an issuer that is in use.
func TestPoolFlood(t *testing.T) {
	minutes := 10
	if testing.Short() {
		minutes = 2
	}
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=86400")
		p := i.pool(t, func(cfg *jwks.PoolConfig) { cfg.Limit, cfg.Budget = 10, 30 })
		for n := range 5 {
			expect(t, "ok", inPool{p, tenant(n)}, keyA)
		}
		begin, n := i.count(), 5
		for range minutes * 60 {
			for range 3 {
				n++
				go func(n int) {
					assert.Error(t, verify(inPool{p, tenant(n)}, "a"))                   // a known kid
					assert.Error(t, verify(inPool{p, tenant(n)}, fmt.Sprint("kid-", n))) // an unknown one
					assert.Error(t, verify(inPool{p, fmt.Sprint("https://mallory.example/", n)}, "a"))
				}(n)
			}
			for n := range 5 {
				now := time.Now()
				expect(t, "ok", inPool{p, tenant(n)}, keyA)
				require.Zero(t, time.Since(now))
			}
			sleep(time.Second)
		}
		require.LessOrEqual(t, i.count()-begin, 30+30*minutes)
		require.GreaterOrEqual(t, i.count()-begin, 30*minutes-5, "nor is it less")
		require.Len(t, p.Members(), 10)
		for n := range 5 {
			require.Contains(t, p.Members(), tenant(n))
		}
		for _, r := range i.seen()[begin:] {
			for n := range 5 {
				require.NotEqual(t, tenantKeys(tenant(n)), r.url)
			}
		}
	})
}

// TestPoolFull of issuers that are in use has no room for another one for a minute.
func TestPoolFull(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA))
		p := i.pool(t, func(cfg *jwks.PoolConfig) { cfg.Limit = 2 })
		expect(t, "ok", inPool{p, tenant(1)}, keyA)
		sleep(20 * time.Second)
		expect(t, "ok", inPool{p, tenant(2)}, keyA)
		err := parse(inPool{p, tenant(3)}, keyA)
		require.ErrorIs(t, err, jwks.ErrLimited)
		require.ErrorContains(t, err, "jwks: the Pool is full of issuers in use, and fetches are limited: the next one may begin in 41s")
		sleep(41 * time.Second)
		expect(t, "ok", inPool{p, tenant(3)}, keyA)
		require.ElementsMatch(t, []string{tenant(2), tenant(3)}, p.Members())
		require.Equal(t, 3, i.count())

		// A bad signature does not count as use; of those never verified the first goes.
		sleep(2 * time.Minute)
		expect(t, "ok", inPool{p, tenant(3)}, keyA)
		for n := range 5 {
			sleep(time.Second)
			expect(t, forged, inPool{p, tenant(10 + n)}, forger)
		}
		require.ElementsMatch(t, []string{tenant(3), tenant(14)}, p.Members())
	})
}

// TestPoolInUse: the set of an issuer in use is refreshed, and its unknown kids are looked
// for, as with a Client of its own, whatever has become of the budget.
func TestPoolInUse(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=300")
		p := i.pool(t, func(cfg *jwks.PoolConfig) { cfg.Budget = 1 })
		v := inPool{p, tenant(1)}
		expect(t, "ok", v, keyA)
		i.serve(setOf(keyA, keyB), "Cache-Control", "max-age=300")
		expect(t, "ok", v, keyB)
		require.Equal(t, 2, i.count())
		expect(t, limited, inPool{p, tenant(2)}, keyA)

		// A refresh, which takes three seconds, delays nobody.
		i.set(func(*http.Request) (*http.Response, error) {
			time.Sleep(3 * time.Second)
			return response(200, setOf(keyB), "Cache-Control", "max-age=300"), nil
		})
		for range 29 {
			now := time.Now()
			expect(t, "ok", v, keyB)
			require.Zero(t, time.Since(now))
			sleep(10 * time.Second)
		}
		require.Equal(t, 3, i.count(), "one at 80 percent of the lifetime")
		require.ErrorIs(t, parse(v, keyA), jwt.ErrUnknownKey)

		// While fetches fail, the last good set goes on, and nobody waits.
		i.hang("")
		for range 100 {
			now := time.Now()
			expect(t, "ok", v, keyB)
			require.Zero(t, time.Since(now))
			sleep(30 * time.Second)
		}
		require.Greater(t, i.count(), 20)
	})
}

// TestPoolIdle: after a time without tokens that is longer than the lifetime of its set, an
// issuer may have withdrawn a key. The first token waits until that is known.
func TestPoolIdle(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(keyA), "Cache-Control", "max-age=300")
		p := i.pool(t, func(cfg *jwks.PoolConfig) { cfg.Budget = 1 })
		v := inPool{p, tenant(1)}
		expect(t, "ok", v, keyA)
		sleep(time.Hour)
		require.Equal(t, 1, i.count(), "nothing is fetched without a token")
		i.set(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return response(200, setOf(keyB), "Cache-Control", "max-age=300"), nil
		})
		begin := time.Now()
		expect(t, unknown, v, keyA)
		require.Equal(t, time.Second, time.Since(begin))
		expect(t, "ok", v, keyB)

		// If the budget is spent, it could not be checked.
		sleep(time.Hour)
		i.serve(setOf(keyC))
		expect(t, "ok", inPool{p, tenant(2)}, keyC)
		expect(t, limited, v, keyB)
		sleep(time.Minute)

		// If the fetch fails, the last good set goes on.
		i.set(nil)
		expect(t, "ok", v, keyB)
		expect(t, "ok", v, keyB)
	})
}

// TestPoolIdleWithoutKid is TestPoolIdle for a key that has no kid, while the tokens have one.
// That is remembered as a kid that the set does not have, and must not keep the set in use.
func TestPoolIdleWithoutKid(t *testing.T) {
	bubble(t, func(t *testing.T, i *issuer) {
		i.serve(setOf(newKey("", 1)), "Cache-Control", "max-age=300")
		p := i.pool(t, func(cfg *jwks.PoolConfig) { cfg.Client.Cooldown = time.Hour })
		v, signer := inPool{p, tenant(1)}, newKey("x", 1)
		for range 2 { // the second time, a fetch has looked for the kid
			expect(t, "ok", v, signer)
			sleep(10 * time.Minute)
		}
		i.serve(setOf(keyB), "Cache-Control", "max-age=300")
		expect(t, unknown, v, signer)
	})
}

func TestPoolConfigRefused(t *testing.T) {
	good := jwks.PoolConfig{Trust: trustTenants, Client: jwks.Config{Algorithms: validAlgorithms}}
	for _, tt := range []struct {
		name   string
		change func(*jwks.PoolConfig)
		text   string
	}{
		{"no Trust", func(c *jwks.PoolConfig) { c.Trust = nil }, "jwks: PoolConfig.Trust is nil; it says whose tokens may be accepted"},
		{"URL", func(c *jwks.PoolConfig) { c.Client.URL = setURL }, "jwks: PoolConfig.Client has a URL or Issuer, which differ for each issuer; use PoolConfig.URL and Trust"},
		{"Issuer", func(c *jwks.PoolConfig) { c.Client.Issuer = self }, "jwks: PoolConfig.Client has a URL or Issuer, which differ for each issuer; use PoolConfig.URL and Trust"},
		{"no algorithms", func(c *jwks.PoolConfig) { c.Client.Algorithms = nil }, "jwks: Config.Algorithms: empty; name the algorithms of the issuer's keys, such as ES256 (in PoolConfig.Client)"},
		{"Cooldown", func(c *jwks.PoolConfig) { c.Client.Cooldown = -1 }, "jwks: Config.Cooldown is negative (in PoolConfig.Client)"},
		{"Limit", func(c *jwks.PoolConfig) { c.Limit = -1 }, "jwks: PoolConfig.Limit is -1; 1 to 100000 are allowed, and 0 means 100"},
		{"large Limit", func(c *jwks.PoolConfig) { c.Limit = 100_001 }, "jwks: PoolConfig.Limit is 100001; 1 to 100000 are allowed, and 0 means 100"},
		{"Budget", func(c *jwks.PoolConfig) { c.Budget = -1 }, "jwks: PoolConfig.Budget is -1; 1 to 60000 are allowed, and 0 means 60"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good
			tt.change(&cfg)
			p, err := jwks.NewPool(t.Context(), cfg)
			require.EqualError(t, err, tt.text)
			require.Nil(t, p)
		})
	}
	//lint:ignore SA1012 the mistake is the point
	_, err := jwks.NewPool(nil, good)
	require.EqualError(t, err, "jwks: NewPool: nil context")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = jwks.NewPool(ctx, good)
	require.EqualError(t, err, "jwks: NewPool: context canceled")
}
