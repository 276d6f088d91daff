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

// format is the version of the format of record.go and feed.go.
const format = 1

// create creates a file without records at path, if there is none. After a crash the file
// is complete or absent, so an empty file is never the result of an interrupted create.
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
	// Unlike a rename, a link does not replace a file that another process has just created.
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

// syncDir makes a new file in dir survive a crash, where directories can be synced.
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

// checkFormat refuses a file of another program, or in another format.
func checkFormat(tx *bolt.Tx) error {
	b := tx.Bucket(bucketFormat)
	if b == nil {
		return errors.New("it is another program's bbolt file")
	}
	if got := string(b.Get(bucketFormat)); got != strconv.Itoa(format) {
		return fmt.Errorf("it has format %.20q, and this version of boltstore reads %d", got, format)
	}
	return nil
}

// checkFile refuses a file that is shorter than its meta page says. Reading past the end of
// a mapped file kills the process (SIGBUS), and bbolt does not check first.
//
// A bbolt file begins with two meta pages, which describe its last two states. The newer
// valid one counts. Only the meta pages record the page size.
func checkFile(file *os.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Size() == 0:
		return errors.New("it is empty: its records are lost, or another program created it; remove it to start without records")
	}
	newest, err := readMeta(file, 0)
	for size := int64(1 << 10); size <= 16<<20; size *= 2 { // the page sizes that bbolt tries
		m, err2 := readMeta(file, size)
		if err2 == nil && (err != nil || m.transaction > newest.transaction) {
			newest, err = m, nil
		}
	}
	if err != nil {
		return err
	}
	// Another process may have the file open: the file grows before its meta page says so.
	if info, err = file.Stat(); err != nil {
		return err
	}
	if need := uint64(newest.pageSize) * newest.pages; uint64(info.Size()) < need {
		return fmt.Errorf("it is truncated: %d bytes are left of at least %d; restore it, or remove it to start without records", info.Size(), need)
	}
	return nil
}

// A meta is the content of a meta page of bbolt.
type meta struct {
	pageSize    uint32
	pages       uint64 // in use; the file ends after them or later
	transaction uint64
}

// errHead is for a file without a valid meta page.
var errHead = errors.New("it is not a bbolt file, or its meta pages are damaged")

// readMeta reads the meta page at offset, in bbolt's format 2. Numbers are in the byte order
// of the machine.
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
		return meta{}, fmt.Errorf("it has bbolt's format %d, and this version of boltstore reads 2", v)
	}
	m := meta{order.Uint32(b[8:]), order.Uint64(b[40:]), order.Uint64(b[48:])}
	sum := fnv.New64a()
	sum.Write(b[:56])
	if sum.Sum64() != order.Uint64(b[56:]) || offset != 0 && offset != int64(m.pageSize) {
		return meta{}, errHead
	}
	return m, nil
}
