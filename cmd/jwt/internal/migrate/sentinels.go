package migrate

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// errors plans the tests for golang-jwt's errors. They go with the calls of Parse: once
// these are rewritten, no error of this package is golang-jwt's. So a test is tied to the
// calls whose error is in the variable that it tests, or else to all calls.
func (p *plan) errors(parses []*site) []*site {
	var list []*site
	p.s.each(func(n ast.Node) {
		e, ok := n.(ast.Expr)
		if !ok || !p.isSentinel(e) {
			return
		}
		t := &site{node: e, row: "errors", tied: parses}
		if len(parses) == 0 && p.s.world == nil {
			t.fail("the error is that of another package")
		}
		call, sentinel := p.isTest(e), sentinels[p.s.nameOf(e)]
		if call == nil || !sentinel.exact {
			t.fail("no one error of package jwt says the same")
			t.tests = true
		} else {
			about := p.parsesOf(parses, call.Args[0])
			t.tests = about == nil
			if about != nil {
				t.tied = about
			} else if other := p.otherUser(); other != "" {
				t.fail("the error may come from package " + other)
			}
			p.testOf(t, call, sentinel.ours)
		}
		list = append(list, t)
	})
	return list
}

// otherUser returns a package that this one imports and that uses golang-jwt itself, or "".
func (p *plan) otherUser() string {
	for _, pkg := range p.s.pass.Pkg.Imports() {
		if peers[pkg.Path()] == 0 && !p.s.world.has(pkg) && usesPeers(pkg, make(map[*types.Package]bool)) {
			return pkg.Path()
		}
	}
	return ""
}

func usesPeers(pkg *types.Package, seen map[*types.Package]bool) bool {
	if seen[pkg] {
		return false
	}
	seen[pkg] = true
	return peers[pkg.Path()] != 0 || slices.ContainsFunc(pkg.Imports(), func(p *types.Package) bool { return usesPeers(p, seen) })
}

// isSentinel reports whether e, as a whole, is one of golang-jwt's errors, and not what a
// Keyfunc returns.
func (p *plan) isSentinel(e ast.Expr) bool {
	if _, ok := sentinels[p.s.nameOf(e)]; !ok {
		return false
	}
	switch fn := p.s.enclosing(e).(type) {
	case *ast.FuncDecl:
		if p.s.isKeyfunc(fn.Type) {
			return false
		}
	case *ast.FuncLit:
		if p.s.isKeyfunc(fn.Type) {
			return false
		}
	}
	sel, inSelector := p.s.parents[e].(*ast.SelectorExpr)
	return !inSelector || sel.Sel != e
}

// isTest returns the call errors.Is(err, e) that e is in.
func (p *plan) isTest(e ast.Expr) *ast.CallExpr {
	call, ok := p.s.parents[e].(*ast.CallExpr)
	if !ok || len(call.Args) != 2 || call.Args[1] != e {
		return nil
	}
	fn, ok := p.s.object(call.Fun).(*types.Func)
	if !ok || fn.FullName() != "errors.Is" {
		return nil
	}
	return call
}

// parsesOf returns the calls whose error is in the variable e, if it is one of a function
// that has no other errors in it.
func (p *plan) parsesOf(parses []*site, e ast.Expr) []*site {
	var list []*site
	for _, t := range parses {
		if t.err != nil && p.s.object(e) == t.err {
			list = append(list, t)
		}
	}
	return list
}

// testOf rewrites errors.Is(err, jwt.ErrTokenExpired).
func (p *plan) testOf(t *site, call *ast.CallExpr, ours []string) {
	var tests []string
	for _, name := range ours {
		tests = append(tests, p.s.raw(call.Fun)+"("+p.s.raw(call.Args[0])+", jwt."+name+")")
	}
	text := strings.Join(tests, " || ")
	if len(tests) > 1 {
		text = "(" + text + ")"
	}
	t.covers = append(t.covers, call)
	t.replace(call, text)
	t.message = p.s.nameOf(call.Args[1]) + " becomes jwt." + strings.Join(ours, " or jwt.")
	p.checkNames(t)
}
