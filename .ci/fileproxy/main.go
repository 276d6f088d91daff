// Fileproxy writes a module, as it is at a commit, into a folder that can stand in
// GOPROXY (see https://go.dev/ref/mod#goproxy-protocol).
//
//	fileproxy REPOSITORY COMMIT FOLDER-OF-MODULE VERSION PROXY
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: fileproxy REPOSITORY COMMIT FOLDER-OF-MODULE VERSION PROXY")
		os.Exit(2)
	}
	if err := publish(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]); err != nil {
		fmt.Fprintln(os.Stderr, "fileproxy:", err)
		os.Exit(1)
	}
}

func publish(repo, commit, folder, version, proxy string) error {
	mod, err := git(repo, "show", commit+":"+path.Join(folder, "go.mod"))
	if err != nil {
		return err
	}
	file, err := modfile.Parse("go.mod", mod, nil)
	if err != nil {
		return err
	}
	for _, r := range file.Replace {
		return fmt.Errorf("%s replaces %s: go install refuses it", file.Module.Mod.Path, r.Old.Path)
	}
	m := module.Version{Path: file.Module.Mod.Path, Version: version}
	if err := module.Check(m.Path, m.Version); err != nil {
		return err
	}
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	if folder == "." {
		folder = ""
	}
	if err := zip.CreateFromVCS(&archive, m, repo, commit, folder); err != nil {
		return err
	}
	date, err := git(repo, "show", "-s", "--format=%cI", commit)
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(date)))
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{version, at.UTC()})
	if err != nil {
		return err
	}
	dir := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	versions, err := list(filepath.Join(dir, "list"), version)
	if err != nil {
		return err
	}
	err = os.MkdirAll(dir, 0o755)
	for name, data := range map[string][]byte{"list": versions, version + ".info": info, version + ".mod": mod, version + ".zip": archive.Bytes()} {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	return err
}

// list returns the versions in a file, and one more.
func list(name, version string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	versions := append(strings.Fields(string(data)), version)
	semver.Sort(versions)
	return []byte(strings.Join(slices.Compact(versions), "\n") + "\n"), nil
}

func git(repo string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", repo}, args...)...)
	cmd.Stderr = os.Stderr
	return cmd.Output()
}
