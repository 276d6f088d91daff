package keyring_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/keyring"
)

// fileModes reports whether the modes of files mean anything here.
const fileModes = runtime.GOOS != "windows"

func folderConfig(dir string) keyring.Config {
	cfg := config()
	cfg.Store, cfg.Lead = keyring.NewFolder(dir), noLead
	return cfg
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	cfg := folderConfig(dir)
	ring := newRing(t, cfg)
	require.NoError(t, rotate(ring))
	signsAndVerifies(t, ring)
	require.Equal(t, published(ring), published(newRing(t, cfg)))
	if fileModes {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, "drwx------", info.Mode().String())
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		require.Contains(t, []string{"keyring.json", "keyring.lock"}, entry.Name())
		info, err := entry.Info()
		require.NoError(t, err)
		if fileModes {
			require.Equal(t, "-rw-------", info.Mode().String())
		}
	}
}

func TestFolderModes(t *testing.T) {
	if !fileModes {
		t.Skip("Windows has no modes")
	}
	dir := t.TempDir()
	cfg := folderConfig(dir)
	ring := newRing(t, cfg)
	name := filepath.Join(dir, "keyring.json")
	for _, mode := range []os.FileMode{0o604, 0o602, 0o601, 0o666} {
		require.NoError(t, os.Chmod(name, mode))
		want := fmt.Sprintf("keyring: Load: %s has mode %04o: everybody may use the keys; revoke them, and chmod 600 it", name, mode)
		_, err := keyring.New(t.Context(), cfg)
		require.EqualError(t, err, want)
		require.EqualError(t, rotate(ring), want)
	}
	for _, mode := range []os.FileMode{0o660, 0o640, 0o400, 0o600} {
		require.NoError(t, os.Chmod(name, mode))
		newRing(t, cfg)
		require.NoError(t, rotate(ring))
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), "the rights of the group stay")
	}
	for _, mode := range []os.FileMode{0o777, 0o702} {
		require.NoError(t, os.Chmod(dir, mode))
		want := fmt.Sprintf("keyring: Load: %s has mode %04o: everybody may put keys there; chmod 700 it, or name a folder in it", dir, mode&0o777)
		_, err := keyring.New(t.Context(), cfg)
		require.EqualError(t, err, want)
		require.EqualError(t, rotate(ring), want)
	}
	for _, mode := range []os.FileMode{0o755, 0o770, 0o700} {
		require.NoError(t, os.Chmod(dir, mode))
		newRing(t, cfg)
	}
	require.NoError(t, os.Remove(name))
	require.NoError(t, os.Mkdir(name, 0o700))
	_, err := keyring.New(t.Context(), cfg)
	require.EqualError(t, err, "keyring: Load: "+name+" is not a regular file")
}

// TestFolderLeftovers: what a process that was killed left behind is removed. A symbolic
// link in its place is not followed.
func TestFolderLeftovers(t *testing.T) {
	dir := t.TempDir()
	cfg := folderConfig(dir)
	ring := newRing(t, cfg)
	temp := filepath.Join(dir, "keyring.tmp")
	for _, name := range []string{temp, filepath.Join(dir, "keyring123.tmp")} {
		require.NoError(t, os.WriteFile(name, []byte("half a st"), 0o644))
		require.NoError(t, rotate(ring))
		require.NoFileExists(t, name)
	}
	require.Equal(t, published(ring), published(newRing(t, cfg)))

	victim := filepath.Join(t.TempDir(), "victim")
	require.NoError(t, os.WriteFile(victim, []byte("untouched"), 0o644))
	err := os.Symlink(victim, temp)
	if err != nil && runtime.GOOS == "windows" {
		t.Skip("on Windows only administrators make symbolic links")
	}
	require.NoError(t, err)
	require.NoError(t, rotate(ring))
	data, err := os.ReadFile(victim)
	require.NoError(t, err)
	require.Equal(t, "untouched", string(data))
}

func TestFolderErrors(t *testing.T) {
	t.Run("no name", func(t *testing.T) {
		_, err := keyring.New(t.Context(), folderConfig(""))
		require.EqualError(t, err, "keyring: Load: NewFolder was given no name")
	})
	// Each puts something that is in the way into a folder with keys.
	for name, test := range map[string]struct {
		obstacle string
		make     func(name string) error
	}{
		"lock":  {"keyring.lock", func(name string) error { return os.Mkdir(name, 0o700) }},
		"state": {"keyring.json", func(name string) error { return os.Mkdir(name, 0o700) }},
		"temp":  {"keyring.tmp", func(name string) error { return os.MkdirAll(filepath.Join(name, "x"), 0o700) }},
		"dir":   {"", func(name string) error { return os.WriteFile(name, nil, 0o600) }},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "js" && name == "lock" {
				t.Skip("there are no locks")
			}
			dir := filepath.Join(t.TempDir(), "keys")
			ring := newRing(t, folderConfig(dir))
			kid := ring.KeyID()
			path := filepath.Join(dir, test.obstacle)
			require.NoError(t, os.RemoveAll(path))
			require.NoError(t, test.make(path))
			require.Error(t, rotate(ring))
			require.Equal(t, kid, ring.KeyID())
			require.NoError(t, os.RemoveAll(path))
		})
	}
	t.Run("cut off", func(t *testing.T) {
		dir := t.TempDir()
		cfg := folderConfig(dir)
		newRing(t, cfg)
		name := filepath.Join(dir, "keyring.json")
		for _, size := range []int64{100, 0} {
			require.NoError(t, os.Truncate(name, size))
			_, err := keyring.New(t.Context(), cfg)
			require.EqualError(t, err, "keyring: what the store holds: not one JSON object")
			info, err := os.Stat(name)
			require.NoError(t, err)
			require.Equal(t, size, info.Size())
		}
	})
}

func TestFolderEncrypted(t *testing.T) {
	dir := t.TempDir()
	cfg := folderConfig(dir)
	cfg.Secret = []byte("0123456789abcdef0123456789abcdef")
	ring := newRing(t, cfg)
	require.NoError(t, rotate(ring))
	data, err := os.ReadFile(filepath.Join(dir, "keyring.json"))
	require.NoError(t, err)
	requireSealed(t, string(data), ring)
	require.Equal(t, published(ring), published(newRing(t, cfg)))
}

// TestFolderReaders: a reader sees whole states only, and none twice after another.
func TestFolderReaders(t *testing.T) {
	store := keyring.NewFolder(t.TempDir())
	state := func(i int) string { return strings.Repeat(fmt.Sprintf("%06d", i), 1000) }
	const last = 30
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for seen := 0; seen < last; {
				data, _, err := store.Load(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				n := 0
				if len(data) > 0 {
					fmt.Sscanf(string(data[:6]), "%d", &n)
					if string(data) != state(n) || n < seen {
						t.Errorf("after %d came %q", seen, data)
						return
					}
				}
				seen = n
				time.Sleep(time.Millisecond) // on Windows, no process can write while all read
			}
		})
	}
	version := ""
	for i := range last {
		require.NoError(t, store.CompareAndSwap(t.Context(), version, []byte(state(i+1))))
		_, version, _ = store.Load(t.Context())
	}
	wg.Wait()
}
