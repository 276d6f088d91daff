//go:build unix || windows

package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// format is the number of what record.go and feed.go write.
const format = 1

// create creates a file without records at path, unless there is a file. It is whole or not
// there, whenever the machine crashes: so an empty file is never one that was begun.
func create(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir, name := filepath.Split(path)
	file, err := os.CreateTemp(filepath.Clean(dir), name+".new*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := file.Close(); err != nil {
		return err
	}
	db, err := bolt.Open(file.Name(), 0o600, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(initialize), db.Close()); err != nil {
		return err
	}
	// Unlike a rename, a link does not replace what another process has created meanwhile.
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Clean(dir))
}

func initialize(tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketRecords, bucketExpiring, bucketSubjects, bucketRevocations, bucketExpiringRevocations} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	b, err := tx.CreateBucket(bucketFormat)
	if err != nil {
		return err
	}
	return b.Put(bucketFormat, []byte(strconv.Itoa(format)))
}

// syncDir makes a new file in dir survive a crash, where folders can be synced.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// checkFormat refuses a file of another program, or of another version of this one.
func checkFormat(tx *bolt.Tx) error {
	b := tx.Bucket(bucketFormat)
	if b == nil {
		return errors.New("it is a bbolt file of another program")
	}
	if got := string(b.Get(bucketFormat)); got != strconv.Itoa(format) {
		return fmt.Errorf("it has format %.20q, and this version of boltstore reads %d", got, format)
	}
	return nil
}

// checkFile refuses a file that is shorter than what its head says. A read beyond its end
// is a fault that ends the process (SIGBUS), and bbolt does not look before it reads.
//
// A bbolt file has two pages, the first and the second, which describe its last two states.
// The newer one counts, unless the machine crashed while it was written. The size of a page
// is said on these pages only.
func checkFile(file *os.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Size() == 0:
		return errors.New("it is empty: its records have been lost, or another program has made it; remove it to begin without records")
	}
	newest, err := readMeta(file, 0)
	for size := int64(1 << 10); size <= 16<<20; size *= 2 { // as bbolt looks for it
		m, err2 := readMeta(file, size)
		if err2 == nil && (err != nil || m.transaction > newest.transaction) {
			newest, err = m, nil
		}
	}
	if err != nil {
		return err
	}
	// Another process may have the file open: it grows before its head says so.
	if info, err = file.Stat(); err != nil {
		return err
	}
	if need := uint64(newest.pageSize) * newest.pages; uint64(info.Size()) < need {
		return fmt.Errorf("it has been cut: %d bytes are left of at least %d; restore it, or remove it to begin without records", info.Size(), need)
	}
	return nil
}

// A meta is what a meta page of bbolt says.
type meta struct {
	pageSize    uint32
	pages       uint64 // that are in use: none of the file is behind them
	transaction uint64
}

// errHead is for a file without a valid meta page.
var errHead = errors.New("it is not a bbolt file, or its head is damaged")

// readMeta reads a meta page of bbolt's format 2, which is at offset. Numbers are in the byte
// order of the machine.
func readMeta(file *os.File, offset int64) (meta, error) {
	const header = 16 // of each page
	var b [64]byte
	if _, err := file.ReadAt(b[:], offset+header); err != nil {
		return meta{}, errHead
	}
	order := binary.NativeEndian
	if order.Uint32(b[:]) != 0xED0CDAED {
		return meta{}, errHead
	}
	if v := order.Uint32(b[4:]); v != 2 {
		return meta{}, fmt.Errorf("it has format %d of bbolt, and this version of boltstore reads 2", v)
	}
	m := meta{order.Uint32(b[8:]), order.Uint64(b[40:]), order.Uint64(b[48:])}
	sum := fnv.New64a()
	sum.Write(b[:56])
	if sum.Sum64() != order.Uint64(b[56:]) || offset != 0 && offset != int64(m.pageSize) {
		return meta{}, errHead
	}
	return m, nil
}
