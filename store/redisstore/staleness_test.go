//go:build unix

package redisstore_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/session"
	"github.com/cda17858/jwt/store/redisstore"
)

// A watch is what three processes of one service do at once: each revokes its share of the
// access tokens, so many in a second, and looks again and again whether those that are
// watched are still accepted.
type watch struct {
	Addrs     []string // of the cluster
	Tokens    string   // the file that has them
	Rate      int      // revocations per second, of all processes
	Staleness time.Duration
	Process   int // of the one that reads this

	start time.Time // of the revocations
}

const (
	watchEnv     = "JWT_REDIS_WATCH"
	watchers     = 3
	watchEach    = 10 // one of so many tokens is watched
	watchPeriod  = 50 * time.Millisecond
	watchTimeout = 5 * time.Second // of a revocation
)

// A sighting is what a process knows of a token that is watched.
type sighting struct {
	Revoked  time.Time // when its revocation was acknowledged, if it is of this process
	Accepted time.Time // when it was accepted last
	Refused  bool      // at last
}

// What is revoked is refused by all processes within the bound, also while the node with the
// feed hangs and its replica takes over.
func TestStaleness(t *testing.T) {
	long(t)
	w := watch{Rate: 300, Staleness: time.Second}
	length, hang := 4*time.Second, 3*time.Second
	if thorough() {
		w.Rate, w.Staleness = 1000, 5*time.Second
		length, hang = 60*time.Second, 15*time.Second
	}
	s, _, cluster := openCluster(t)
	w.Addrs = cluster.Addrs()
	for _, stop := range []bool{false, true} {
		n := int(length.Seconds()) * w.Rate
		w.Tokens = manyTokens(t, s, n)
		end := w.begin(t)
		if stop {
			time.Sleep(length / 4)
			node, _ := cluster.Pair(cluster.PairOf("jwt:{feed}"))
			node.Stop()
			time.Sleep(hang)
			node.Continue()
		}
		after := end()
		cluster.Settle()
		require.Len(t, after, n/watchEach)
		slices.Sort(after)
		p := func(percent int) time.Duration { return after[(len(after)-1)*percent/100].Round(time.Millisecond) }
		t.Logf("%d revocations, %d in a second, Staleness %v, a node stops: %v; the last acceptance after the acknowledgement: p50 %v, p99 %v, max %v",
			n, w.Rate, w.Staleness, stop, p(50), p(99), p(100))
		require.LessOrEqual(t, p(100), w.Staleness+2*watchPeriod)
	}
}

// manyTokens returns the name of a file with n access tokens.
func manyTokens(t *testing.T, s *redisstore.Store, n int) string {
	t.Helper()
	service, err := watchSessions(s, staleness)
	require.NoError(t, err)
	defer service.Close()
	tokens := make([]string, n)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			first := login(t, service, fmt.Sprint("user ", i))
			for j := i; j < n; j += callers {
				next, err := service.Refresh(t.Context(), first.RefreshToken) // the same, within Grace
				if err != nil {
					t.Error(err)
					return
				}
				tokens[j] = next.AccessToken
			}
		})
	}
	wg.Wait()
	text, err := json.Marshal(tokens)
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "tokens")
	require.NoError(t, os.WriteFile(name, text, 0o600))
	return name
}

// watchSessions returns Sessions of the service. Its tokens are cheap to verify, since that
// is done again and again.
func watchSessions(s *redisstore.Store, staleness time.Duration) (*sessions, error) {
	signer, err := jwt.NewHMACSigner(jwt.HS256, "1", []byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		return nil, err
	}
	cfg := newConfig(s)
	cfg.Signer, cfg.Grace, cfg.Check.Staleness = signer, time.Minute, staleness
	return session.New(context.Background(), cfg)
}

// begin starts the processes. The func that it returns waits for them, and returns for each
// token that was watched how long after its revocation any process has accepted it.
func (w watch) begin(t *testing.T) (end func() []time.Duration) {
	t.Helper()
	var cmds [watchers]*exec.Cmd
	var ins [watchers]*json.Encoder
	var outs [watchers]*json.Decoder
	for i := range watchers {
		w.Process = i
		config, err := json.Marshal(w)
		require.NoError(t, err)
		cmds[i] = exec.CommandContext(t.Context(), os.Args[0])
		cmds[i].Env, cmds[i].Stderr = append(os.Environ(), watchEnv+"="+string(config)), os.Stderr
		in, err := cmds[i].StdinPipe()
		require.NoError(t, err)
		out, err := cmds[i].StdoutPipe()
		require.NoError(t, err)
		ins[i], outs[i] = json.NewEncoder(in), json.NewDecoder(out)
		require.NoError(t, cmds[i].Start())
	}
	for _, out := range outs {
		var ready bool
		require.NoError(t, out.Decode(&ready))
	}
	for _, in := range ins {
		require.NoError(t, in.Encode(time.Now()))
	}
	return func() []time.Duration {
		t.Helper()
		revoked, accepted := make(map[int]time.Time), make(map[int]time.Time)
		for i := range watchers {
			var seen map[int]sighting
			require.NoError(t, outs[i].Decode(&seen))
			require.NoError(t, cmds[i].Wait())
			for token, s := range seen {
				require.True(t, s.Refused)
				if !s.Revoked.IsZero() {
					revoked[token] = s.Revoked
				}
				if s.Accepted.After(accepted[token]) {
					accepted[token] = s.Accepted
				}
			}
		}
		var after []time.Duration
		for token, at := range revoked {
			after = append(after, max(accepted[token].Sub(at), 0))
		}
		return after
	}
}

// runWatch is what one of the processes does. It ends when all that are watched are refused.
func runWatch(config string) error {
	var w watch
	if err := json.Unmarshal([]byte(config), &w); err != nil {
		return err
	}
	ctx := context.Background()
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: w.Addrs, ContextTimeoutEnabled: true})
	defer client.Close()
	st, err := redisstore.New(ctx, redisstore.Config{Client: client, WaitReplicas: 1})
	if err != nil {
		return err
	}
	s, err := watchSessions(st, w.Staleness)
	if err != nil {
		return err
	}
	defer s.Close()
	text, err := os.ReadFile(w.Tokens)
	if err != nil {
		return err
	}
	var tokens []string
	if err := json.Unmarshal(text, &tokens); err != nil {
		return err
	}
	claims := make([]*jwt.Claims[jwthttp.AccessToken], len(tokens))
	for i := w.Process; i < len(tokens); i += watchers {
		if claims[i], err = s.Parse(ctx, tokens[i]); err != nil {
			return err
		}
	}
	out := json.NewEncoder(os.Stdout)
	if err := cmp.Or(out.Encode(true), json.NewDecoder(os.Stdin).Decode(&w.start)); err != nil {
		return err
	}

	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := make(map[int]sighting)
	wg.Go(func() {
		for i := w.Process; i < len(tokens); i += watchers {
			time.Sleep(time.Until(w.at(i)))
			wg.Go(func() {
				revoke := func() error {
					ctx, cancel := context.WithTimeout(ctx, watchTimeout)
					defer cancel()
					return s.Revoke(ctx, claims[i].ID, claims[i].ExpiresAt)
				}
				for revoke() != nil {
					time.Sleep(watchPeriod)
				}
				if i%watchEach == 0 {
					mu.Lock()
					defer mu.Unlock()
					one := seen[i]
					one.Revoked = time.Now()
					seen[i] = one
				}
			})
		}
	})
	for first := 0; first < len(tokens); time.Sleep(watchPeriod) {
		for i := first; i < len(tokens) && time.Now().After(w.at(i)); i += watchEach {
			mu.Lock()
			one := seen[i]
			mu.Unlock()
			if one.Refused {
				continue
			}
			ctx, cancel := context.WithTimeout(ctx, watchPeriod)
			_, err := s.Parse(ctx, tokens[i])
			cancel()
			mu.Lock()
			one = seen[i]
			if err == nil {
				one.Accepted = time.Now()
			}
			one.Refused = isVerdict(err)
			seen[i] = one
			mu.Unlock()
		}
		mu.Lock()
		for first < len(tokens) && seen[first].Refused {
			first += watchEach
		}
		mu.Unlock()
	}
	wg.Wait()
	return out.Encode(seen)
}

// at is when token i is revoked.
func (w watch) at(i int) time.Time {
	return w.start.Add(time.Duration(i) * time.Second / time.Duration(w.Rate))
}
