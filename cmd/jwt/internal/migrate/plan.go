package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A site is one thing that is rewritten as a whole or not at all.
type site struct {
	node         ast.Node // what its finding is about
	row, message string
	edits        []edit
	covers       []ast.Node            // what it accounts for, beside node
	needs        map[*claimsType]bool  // the types that must be rewritten with it
	passed       []ast.Expr            // the arguments of claims types that it accounts for
	helper       string                // the function that it calls
	supports     map[types.Object]bool // what it needs no longer: Keyfuncs, Parsers, options
	tied         []*site               // what is rewritten only together with it
	err          types.Object          // the error of a Parse
	tests        bool                  // it tests an error that may come from any call
	why          string                // why it is not rewritten
}

// fail says why the site is not rewritten. The first reason stays.
func (t *site) fail(why string) {
	if t.why == "" {
		t.why = why
	}
}

func (t *site) edit(pos, end token.Pos, text string) {
	t.edits = append(t.edits, edit{pos, end, text})
}

// replace replaces a node.
func (t *site) replace(n ast.Node, text string) { t.edit(n.Pos(), n.End(), text) }

// keep removes outer except inner.
func (t *site) keep(outer, inner ast.Node) {
	t.edit(outer.Pos(), inner.Pos(), "")
	t.edit(inner.End(), outer.End(), "")
}

// A plan is what is rewritten in a package.
type plan struct {
	s     *source
	types map[*types.TypeName]*claimsType
	sites []*site

	addition addition
}

// newPlan decides what is rewritten. Only golang-jwt v5 is.
func newPlan(s *source) *plan {
	p := &plan{s: s, types: make(map[*types.TypeName]*claimsType)}
	if v := s.version(); v != 5 && (v != 0 || s.world == nil) {
		return p
	}
	p.findTypes()
	var parses []*site
	s.each(func(n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		switch {
		case s.callee(call) == "Token.SignedString":
			p.sites = append(p.sites, p.sign(call))
		case s.isParse(call):
			t := p.parse(call)
			p.sites, parses = append(p.sites, t), append(parses, t)
		}
	})
	p.settle()
	p.sites = append(p.sites, p.errors(parses)...)
	p.settle()
	p.addition = p.agree(parses)
	p.finish()
	return p
}

// settle takes back what depends on something that is not rewritten, until nothing changes.
func (p *plan) settle() {
	p.skipGenerated()
	for changed := true; changed; {
		changed = false
		accounted := make(map[ast.Expr]bool)
		for _, t := range p.sites {
			for c := range t.needs {
				if t.why == "" && c.why != "" {
					t.fail("its claims stay as they are: " + c.why)
					changed = true
				}
			}
			for _, other := range t.tied {
				if t.why != "" && other.why == "" {
					other.fail("line " + p.s.line(t.node) + " tests its error, and is left")
					changed = true
				}
				if t.why == "" && other.why != "" {
					t.fail("the error may be that of a call in line " + p.s.line(other.node) + ", which is left")
					changed = true
				}
			}
			if t.why == "" {
				for _, e := range t.passed {
					accounted[e] = true
				}
			}
		}
		for _, c := range p.types {
			for _, e := range c.passed {
				if c.why == "" && !accounted[e] {
					c.fail("line " + p.s.line(e) + " gives them to golang-jwt, and is left")
					changed = true
				}
			}
		}
	}
}

// skipGenerated fails what is in a file that is generated, or that the compiler does not
// read as it stands, as with cgo.
func (p *plan) skipGenerated() {
	for _, f := range p.s.pass.Files {
		file := p.s.pass.Fset.File(f.FileStart)
		if !ast.IsGenerated(f) && p.s.pass.Fset.Position(f.Package).Filename == file.Name() {
			continue
		}
		for _, t := range p.sites {
			if within(f, t.node) {
				t.fail("the file is generated")
			}
		}
		for _, c := range p.types {
			if len(inside(c.edits, f)) > 0 {
				c.fail("a generated file uses them")
			}
		}
	}
}

// finish reports what is rewritten, and notes the reasons for the rest.
func (p *plan) finish() {
	for _, t := range p.sites {
		if t.why != "" {
			p.s.reasons[t.node] = t.why
			continue
		}
		p.s.add(Rewrite, t.row, t.node, t.message)
		p.s.cover(t.node)
		p.s.covered = append(p.s.covered, t.covers...)
	}
	for _, c := range p.types {
		if c.why != "" && c.embedded != nil {
			p.s.reasons[c.embedded] = c.why
		}
		if c.why != "" || !c.used {
			continue
		}
		if c.spec != nil {
			p.s.add(Rewrite, "registered-claims", c.spec, c.name.Name()+" becomes the private claims of jwt.Claims["+c.name.Name()+"]")
		}
		p.s.covered = append(p.s.covered, c.covers...)
	}
	p.sites = append(p.sites, p.leftovers()...)
}

// leftovers returns sites that remove what nothing refers to any longer: Keyfuncs, Parsers
// and options that are not exported.
func (p *plan) leftovers() []*site {
	objects := make(map[types.Object]bool)
	for _, t := range p.sites {
		if t.why == "" {
			maps.Copy(objects, t.supports)
		}
	}
	var list []*site
	for obj := range objects {
		if decl := p.removable(obj); decl != nil {
			t := &site{node: decl}
			t.edits = append(t.edits, p.removal(decl))
			p.s.cover(decl)
			list = append(list, t)
		}
	}
	return list
}

// removable returns the declaration or statement that defines obj and nothing else, if all
// uses of obj are rewritten, and nil if there is none.
func (p *plan) removable(obj types.Object) ast.Node {
	if obj.Exported() && p.s.pass.Pkg.Name() != "main" || p.s.inIgnored(obj.Name()) {
		return nil
	}
	var decl ast.Node
	used := false
	p.s.each(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Ident:
			used = used || p.s.info.Uses[n] == obj && !p.s.isCovered(n.Pos())
		case *ast.FuncDecl:
			if p.s.info.Defs[n.Name] == obj {
				decl = n
			}
		case *ast.GenDecl:
			if spec, ok := n.Specs[0].(*ast.ValueSpec); ok && len(n.Specs) == 1 && len(spec.Names) == 1 && p.s.info.Defs[spec.Names[0]] == obj {
				decl = n
			}
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && p.s.object(n.Lhs[0]) == obj {
				decl = n
			}
		}
	})
	if used {
		return nil
	}
	return decl
}

// line returns the line of n as text, with its file if the package has several.
func (s *source) line(n ast.Node) string {
	at := s.pass.Fset.Position(n.Pos())
	if len(s.pass.Files) == 1 {
		return strconv.Itoa(at.Line)
	}
	return strconv.Itoa(at.Line) + " of " + filepath.Base(at.Filename)
}

// isClosed reports whether no unknown package can depend on what this one exports.
func (s *source) isClosed() bool {
	return s.world != nil || s.pass.Pkg.Name() == "main" || strings.HasSuffix(s.pass.Pkg.Name(), "_test")
}

// inIgnored reports whether a file that is left out of this build mentions the name.
func (s *source) inIgnored(name string) bool {
	word := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
	return slices.ContainsFunc(s.pass.IgnoredFiles, func(file string) bool {
		text, err := s.pass.ReadFile(file)
		return strings.HasSuffix(file, ".go") && (err != nil || word.Match(text))
	})
}

// rewritten returns the sites that are rewritten.
func (p *plan) rewritten() []*site {
	return slices.DeleteFunc(slices.Clone(p.sites), func(t *site) bool { return t.why != "" })
}
