package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// ErrLoad is in the error of Run if a package cannot be loaded: it does not exist, or does
// not compile.
var ErrLoad = errors.New("packages do not load")

// ErrNotRequired is the error of Run if the module does not require package jwt yet, so that
// what is rewritten cannot be compiled.
var ErrNotRequired = errors.New("run go get github.com/cda17858/jwt first; rewritten code is compiled before it is written")

// A Config says what Run looks at.
type Config struct {
	Dir      string   // where the patterns are read; "" is the current directory
	Patterns []string // packages, as go build takes them
	Whole    bool     // nothing else imports the packages: exported types may change
	Check    bool     // rewrite nothing
	Dry      bool     // nothing is to be written: package jwt need not be required
}

// A Site is one finding, for the user.
type Site struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	EndLine int    `json:"end_line"` // of the last line
	Kind    Kind   `json:"kind"`
	Row     string `json:"row"`
	URL     string `json:"url"`
	Message string `json:"message"`
}

// A Change is the new text of a file.
type Change struct {
	File     string // its path
	Name     string // the same as Site.File
	Old, New []byte
}

// A Report is what Run found. Its sites are in the order of files and lines. It writes
// nothing to disk: see Write.
type Report struct {
	Sites   []Site
	Changes []Change
}

// Run analyses packages, their tests included.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	pkgs, err := load(ctx, cfg)
	if err != nil {
		return nil, err
	}
	actions, err := analyze(pkgs, cfg.Whole)
	if err != nil {
		return nil, err
	}
	broken, err := compile(ctx, cfg, actions)
	if err != nil {
		return nil, err
	}
	report := new(Report)
	for _, action := range actions {
		result := action.Result.(*Result)
		for path, reason := range broken {
			if cfg.Whole || path == action.Package.PkgPath {
				result.takeBack(reason)
			}
		}
		if err := report.add(cfg, action.Package, result); err != nil {
			return nil, err
		}
	}
	report.sort()
	return report, nil
}

// compile checks the types of what is rewritten, and returns the packages in which they are
// wrong, with the first error.
func compile(ctx context.Context, cfg Config, actions []*checker.Action) (map[string]string, error) {
	overlay := make(map[string][]byte)
	for _, action := range actions {
		if action.Err != nil {
			return nil, fmt.Errorf("%s: %w", action.Package.PkgPath, action.Err)
		}
		maps.Copy(overlay, action.Result.(*Result).Files)
	}
	if cfg.Check || len(overlay) == 0 {
		return nil, nil
	}
	if !requires(ctx, cfg) {
		if cfg.Dry {
			return nil, nil
		}
		return nil, ErrNotRequired
	}
	pkgs, err := packages.Load(&packages.Config{
		Context: ctx, Dir: cfg.Dir, Mode: packages.LoadSyntax, Tests: true, Overlay: overlay,
	}, cfg.Patterns...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLoad, err)
	}
	broken := make(map[string]string)
	for _, pkg := range pkgs {
		for _, e := range pkg.Errors {
			if broken[pkg.PkgPath] == "" || e.Kind == packages.TypeError { // those of the go command name temporary files
				broken[pkg.PkgPath] = e.Msg
			}
		}
	}
	return broken, nil
}

// requires reports whether package jwt can be imported.
func requires(ctx context.Context, cfg Config) bool {
	pkgs, err := packages.Load(&packages.Config{Context: ctx, Dir: cfg.Dir, Mode: packages.NeedName | packages.NeedFiles}, ours)
	return err == nil && len(pkgs) == 1 && len(pkgs[0].Errors) == 0 && len(pkgs[0].GoFiles) > 0
}

// takeBack makes work of what was rewritten.
func (r *Result) takeBack(reason string) {
	r.Files = nil
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Kind == Rewrite {
			f.Kind = Work
			f.Message += "; not done, because the package would not compile: " + reason
		}
	}
}

// load loads the packages, each once: with its tests if it has some.
func load(ctx context.Context, cfg Config) ([]*packages.Package, error) {
	all, err := packages.Load(&packages.Config{
		Context: ctx,
		Dir:     cfg.Dir,
		Mode:    packages.LoadSyntax | packages.NeedModule | packages.NeedForTest,
		Tests:   true,
	}, cfg.Patterns...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLoad, err)
	}
	tested := make(map[string]bool)
	for _, pkg := range all {
		if pkg.ForTest == pkg.PkgPath {
			tested[pkg.PkgPath] = true
		}
	}
	var pkgs []*packages.Package
	for _, pkg := range all {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("%w: %w", ErrLoad, pkg.Errors[0])
		}
		if pkg.IllTyped {
			return nil, fmt.Errorf("%w: something that %s imports does not compile", ErrLoad, pkg.PkgPath)
		}
		generatedMain := strings.HasSuffix(pkg.ID, ".test")
		if !generatedMain && (pkg.ForTest != "" || !tested[pkg.PkgPath]) {
			pkgs = append(pkgs, pkg)
		}
	}
	return pkgs, nil
}

// add adds what was found in a package.
func (r *Report) add(cfg Config, pkg *packages.Package, result *Result) error {
	for _, f := range result.Findings {
		at := pkg.Fset.Position(f.Pos)
		r.Sites = append(r.Sites, Site{
			File: cfg.relative(at.Filename), Line: at.Line, Column: at.Column, EndLine: pkg.Fset.Position(f.End).Line,
			Kind: f.Kind, Row: f.Row, URL: Page + "#" + f.Row, Message: f.Message,
		})
	}
	if cfg.Check {
		return nil
	}
	for _, file := range slices.Sorted(maps.Keys(result.Files)) {
		old, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		r.Changes = append(r.Changes, Change{File: file, Name: cfg.relative(file), Old: old, New: result.Files[file]})
	}
	return nil
}

// relative shortens the name of a file below the directory.
func (cfg Config) relative(file string) string {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return file
	}
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return file
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Sites, func(a, b Site) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	r.Sites = slices.Compact(r.Sites)
}

// Write writes the changes to their files. If a file cannot be written, those before it have
// been.
func (r *Report) Write() error {
	for _, c := range r.Changes {
		info, err := os.Stat(c.File)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.File, c.New, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
}

// Count returns how many sites are of a kind.
func (r *Report) Count(kind Kind) int {
	n := 0
	for _, s := range r.Sites {
		if s.Kind == kind {
			n++
		}
	}
	return n
}

// Left returns the sites that are left when the changes have been written.
func (r *Report) Left() []Site {
	return slices.DeleteFunc(slices.Clone(r.Sites), func(s Site) bool { return s.Kind == Rewrite })
}
