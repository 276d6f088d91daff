//go:build unix || js

package keyring

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkOwner refuses a file that belongs neither to the effective user nor to root.
func checkOwner(name string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if uid := os.Geteuid(); ok && stat.Uid != 0 && int(stat.Uid) != uid {
		return fmt.Errorf("%s belongs to user %d, who may put keys there; it must belong to user %d, who runs this process, or to root", name, stat.Uid, uid)
	}
	return nil
}

// inherit gives file the group, and the rights of owner and group, of old. If it may not
// give it to that group, the group gets no rights.
func inherit(file *os.File, old fs.FileInfo) error {
	mode := old.Mode().Perm() & 0o770
	if stat, ok := old.Sys().(*syscall.Stat_t); !ok || file.Chown(-1, int(stat.Gid)) != nil {
		mode &= 0o700
	}
	return file.Chmod(mode)
}
