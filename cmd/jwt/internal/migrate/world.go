package migrate

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// A world is what the analysis of a package knows of the others, if the packages are a whole
// program: nothing else imports them, so that exported types can change. It is nil if a
// package is analysed by itself.
type world struct {
	paths map[string]bool // of the packages

	// What was found so far that has to stay as it is. The packages are analysed again until
	// nothing is added.
	stays  map[string]string // claims types, by path and name, and the reasons
	parses string            // why calls of Parse stay, if tests says that others test their errors
	tests  bool
}

// An addition is what the analysis of a package adds to its world.
type addition struct {
	stays  map[string]string
	parses string
	tests  bool
}

// add adds what a package has found, and reports whether it is new.
func (w *world) add(o addition) bool {
	before := len(w.stays)
	for name, why := range o.stays {
		if w.stays[name] == "" {
			w.stays[name] = why
		}
	}
	changed := len(w.stays) > before || o.tests && !w.tests || o.parses != "" && w.parses == ""
	w.tests = w.tests || o.tests
	if w.parses == "" {
		w.parses = o.parses
	}
	return changed
}

// analyze analyses packages, as a whole program if that is what they are.
func analyze(pkgs []*packages.Package, whole bool) ([]*checker.Action, error) {
	var w *world
	if whole {
		w = &world{paths: make(map[string]bool), stays: make(map[string]string)}
		for _, pkg := range pkgs {
			w.paths[pkg.PkgPath] = true
		}
	}
	for {
		graph, err := checker.Analyze([]*analysis.Analyzer{newAnalyzer(w)}, pkgs, nil)
		if err != nil {
			return nil, err
		}
		changed := false
		for _, action := range graph.Roots {
			if result, ok := action.Result.(*Result); ok && w != nil && w.add(result.addition) {
				changed = true
			}
		}
		if !changed {
			return graph.Roots, nil
		}
	}
}

// has reports whether a package is part of the world.
func (w *world) has(pkg *types.Package) bool { return w != nil && pkg != nil && w.paths[pkg.Path()] }

// key is the name of a claims type in a world.
func (c *claimsType) key() string { return c.name.Pkg().Path() + "." + c.name.Name() }

// foreign returns the claims type for a struct of another package of the world, or nil.
func (p *plan) foreign(n *types.Named) *claimsType {
	obj := n.Obj()
	if obj.Pkg() == p.s.pass.Pkg || !p.s.world.has(obj.Pkg()) || !embedsClaims(n) {
		return nil
	}
	c := &claimsType{name: obj, foreign: true}
	p.types[obj] = c
	return c
}

// typeText returns the text of P where n stands, or "" if its package is not imported there.
func (p *plan) typeText(c *claimsType, n ast.Node) string {
	switch {
	case c.registered:
		return "struct{}"
	case !c.foreign:
		return c.name.Name()
	}
	for _, f := range p.s.pass.Files {
		if !within(f, n) {
			continue
		}
		for _, spec := range f.Imports {
			if pkg := p.s.info.PkgNameOf(spec); pkg != nil && pkg.Imported() == c.name.Pkg() {
				return pkg.Name() + "." + c.name.Name()
			}
		}
	}
	return ""
}

// agree takes back what another package has a reason to leave, and returns the reasons that
// this package has.
func (p *plan) agree(parses []*site) addition {
	w := p.s.world
	o := addition{stays: make(map[string]string)}
	if w == nil {
		return o
	}
	for _, c := range p.types {
		if why := w.stays[c.key()]; why != "" {
			c.fail(why)
		}
	}
	for _, t := range p.sites {
		if t.tests || w.tests && slices.Contains(parses, t) {
			if w.parses != "" {
				t.fail(w.parses)
			}
		}
	}
	p.settle()
	for _, c := range p.types {
		if c.why != "" {
			o.stays[c.key()] = c.why
		}
	}
	for _, t := range p.sites {
		o.tests = o.tests || t.tests
		if t.why != "" && (t.tests || slices.Contains(parses, t)) {
			o.parses = "the error may be that of a call that is left, or be tested in a way that is: " + t.why
		}
	}
	return o
}
