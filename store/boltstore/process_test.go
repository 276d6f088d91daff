//go:build unix || windows

package boltstore_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
)

// These are set in the environment of a child process, which is this test binary again:
// what it does, and with which file.
const (
	childTask = "BOLTSTORE_TEST_TASK"
	childPath = "BOLTSTORE_TEST_PATH"
)

func TestMain(m *testing.M) {
	tasks := map[string]func(context.Context, string) error{"": nil, "write": write, "use": use, "cut": cut}
	task := tasks[os.Getenv(childTask)]
	if task == nil {
		os.Exit(m.Run())
	}
	if err := task(context.Background(), os.Getenv(childPath)); err != nil {
		fmt.Println("error:", err)
	}
}

// child returns a process that does a task.
func child(t *testing.T, task, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childTask+"="+task, childPath+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

const writers = 8

// write counts up under a key for each of 8 writers, and appends each count to the feed.
// It prints "begin WRITER COUNT" before it stores a count, "stored WRITER COUNT" when that is
// acknowledged, and "revoked WRITER COUNT" when the revocation is.
func write(ctx context.Context, path string) error {
	s, err := boltstore.New(ctx, boltstore.Config{Path: path})
	if err != nil {
		return err
	}
	defer s.Close()
	failed := make(chan error)
	for w := range writers {
		go func() { failed <- countUp(ctx, s, w) }()
	}
	return <-failed
}

func countUp(ctx context.Context, s *boltstore.Store, w int) error {
	for {
		records, now, err := s.Load(ctx, key(w))
		if err != nil {
			return err
		}
		count := countOf(records[0]) + 1
		fmt.Println("begin", w, count)
		ok, err := s.Swap(ctx, key(w), records[0].Version, store.Record{
			Version: store.NewVersion(), Expires: now.Add(time.Hour), Subject: "writers",
			Data: binary.BigEndian.AppendUint64(make([]byte, 0, 300), count),
		})
		if err != nil || !ok {
			return fmt.Errorf("Swap returned %v, %v", ok, err)
		}
		fmt.Println("stored", w, count)
		if err := s.Append(ctx, revocation(fmt.Sprint(w, " ", count))); err != nil {
			return err
		}
		fmt.Println("revoked", w, count)
		// These expire at once, so that records are deleted as well.
		if _, err := s.Swap(ctx, fmt.Sprint("old ", w, count), 0, store.Record{Version: 1, Expires: now.Add(time.Millisecond)}); err != nil {
			return err
		}
	}
}

func countOf(r store.Record) uint64 {
	if len(r.Data) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(r.Data)
}

// A process is killed at random moments while it writes, and the next one opens the file:
// what was acknowledged is there, and nothing that was not asked for.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 40
	if testing.Short() {
		kills = 4
	}
	path := filepath.Join(t.TempDir(), "store.db")
	var begun, stored [writers]uint64
	revoked := make(map[string]bool)
	for range kills {
		cmd := child(t, "write", path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines, enough := bufio.NewScanner(out), rand.IntN(2000)
		for n := 0; lines.Scan(); n++ { // and what it has said before its end
			var verb string
			var w int
			var count uint64
			_, err := fmt.Sscan(lines.Text(), &verb, &w, &count)
			require.NoError(t, err, lines.Text())
			switch verb {
			case "begin":
				begun[w] = count
			case "stored":
				stored[w] = count
			case "revoked":
				revoked[fmt.Sprint(w, " ", count)] = true
			}
			if n == enough {
				require.NoError(t, cmd.Process.Kill())
			}
		}
		require.Error(t, cmd.Wait())
		verify(t, path, begun, stored, revoked)
	}
	require.Positive(t, stored[0])
}

func verify(t *testing.T, path string, begun, stored [writers]uint64, revoked map[string]bool) {
	t.Helper()
	s, ctx := openAt(t, path), t.Context()
	defer s.Close()
	keys, err := s.List(ctx, "writers")
	require.NoError(t, err)
	for w := range writers {
		records, _, err := s.Load(ctx, key(w))
		require.NoError(t, err)
		count := countOf(records[0])
		require.True(t, stored[w] <= count && count <= begun[w], "%d is stored; %d was acknowledged, and %d begun", count, stored[w], begun[w])
		if count > 0 {
			require.Contains(t, keys, key(w))
		}
	}
	found, cursor := make(map[string]bool), ""
	for more := true; more; {
		var rs []store.Revocation
		rs, cursor, err = s.Since(ctx, cursor)
		require.NoError(t, err)
		for _, r := range rs {
			found[r.ID] = true
		}
		more = len(rs) == store.FeedPage
	}
	for id := range revoked {
		require.True(t, found[id], "a revocation is lost")
	}
}
