//go:build unix || windows

package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/cda17858/jwt/store/boltstore"
)

// A file that is not one of this package's is an error that says what it is, and stays as
// it is.
func TestForeignFile(t *testing.T) {
	dir := t.TempDir()
	foreign, other, future := filepath.Join(dir, "foreign.db"), filepath.Join(dir, "other.db"), filepath.Join(dir, "future.db")
	withBolt(t, foreign, func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("widgets"))
		return err
	})
	fill(t, other)
	withBolt(t, other, func(tx *bolt.Tx) error {
		name := []byte("jwt boltstore")
		return tx.Bucket(name).Put(name, []byte("2"))
	})
	fill(t, future)
	whole, err := os.ReadFile(future)
	require.NoError(t, err)

	for _, test := range []struct{ name, want, path string }{
		{"another program's", "it is another program's bbolt file", foreign},
		{"another format", `it has format "2", and this version of boltstore reads 1`, other},
		{"another bbolt", "it has bbolt's format 3, and this version of boltstore reads 2", file(t, setMeta(whole, 4, 3))},
		{"not bbolt", "it is not a bbolt file, or its meta pages are damaged", file(t, []byte(strings.Repeat("text", 10_000)))},
		{"short", "it is not a bbolt file, or its meta pages are damaged", file(t, []byte("text"))},
		{"zeros", "it is not a bbolt file, or its meta pages are damaged", file(t, make([]byte, 1<<20))},
		{"damaged meta pages", "it is not a bbolt file, or its meta pages are damaged", file(t, damage(whole, 0, os.Getpagesize()))},
		{"empty", "it is empty: its records are lost, or another program created it; remove it to start without records", file(t, nil)},
		{"folder", "it is not a regular file", dir},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, _ := os.ReadFile(test.path)
			_, err := boltstore.New(t.Context(), boltstore.Config{Path: test.path})
			require.Error(t, err)
			require.Contains(t, []string{
				"boltstore: opening " + test.path + ": " + test.want,
				"boltstore: opening " + test.path + ": open " + test.path + ": is a directory",
			}, err.Error())
			after, _ := os.ReadFile(test.path)
			require.True(t, bytes.Equal(before, after), "the file has changed")
		})
	}
}

func withBolt(t *testing.T, path string, fn func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(fn))
	require.NoError(t, db.Close())
}

func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.db")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// setMeta returns a copy of a file with another number at an offset in both meta pages.
func setMeta(whole []byte, offset int, number uint32) []byte {
	b := bytes.Clone(whole)
	for _, page := range []int{0, os.Getpagesize()} {
		meta := b[page+16:][:64]
		binary.NativeEndian.PutUint32(meta[offset:], number)
		sum := fnv.New64a()
		sum.Write(meta[:56])
		binary.NativeEndian.PutUint64(meta[56:], sum.Sum64())
	}
	return b
}

// damage returns a copy of a file with one bit in the meta pages at offsets the other way
// round.
func damage(whole []byte, offsets ...int) []byte {
	b := bytes.Clone(whole)
	for _, o := range offsets {
		b[o+16+50] ^= 1
	}
	return b
}

// When one of the two meta pages is damaged, as after a crash, the other one counts.
func TestOneMetaPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	fill(t, path)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, offset := range []int{0, os.Getpagesize()} {
		s := openAt(t, file(t, damage(whole, offset)))
		require.NoError(t, useAll(t.Context(), s))
	}
}

// A file whose pages are damaged is an error, when it is opened or used, and not a panic.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	fill(t, path)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	failed := 0
	for page := 2 * os.Getpagesize(); page < len(whole); page += os.Getpagesize() {
		b := bytes.Clone(whole)
		copy(b[page:page+64], bytes.Repeat([]byte{0xff}, 64))
		path := file(t, b)
		s, err := boltstore.New(t.Context(), boltstore.Config{Path: path})
		if err == nil {
			err = useAll(t.Context(), s)
			s.Close()
		}
		if err != nil {
			failed++
		}
	}
	require.Positive(t, failed)
}

// Processes that start at once create one file.
func TestCreateAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "store.db")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s, err := boltstore.New(t.Context(), boltstore.Config{Path: path})
			if !assert.NoError(t, err) {
				return
			}
			ok, err := s.Swap(t.Context(), fmt.Sprint(i), 0, record())
			assert.NoError(t, err)
			assert.True(t, ok)
			assert.NoError(t, s.Close())
		})
	}
	wg.Wait()
	n, err := openAt(t, path).Count(t.Context())
	require.NoError(t, err)
	require.Equal(t, 8, n)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1, "a temporary file is left")
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store.db")
	openAt(t, path)
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
	_, err = boltstore.New(t.Context(), boltstore.Config{Path: filepath.Join(dir, "none", "store.db")})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "boltstore: creating "+filepath.Join(dir, "none", "store.db")+": ")

	t.Chdir(t.TempDir())
	openAt(t, "store.db")
}
