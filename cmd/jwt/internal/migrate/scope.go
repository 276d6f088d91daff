package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// lookup returns what name means at a node.
func (s *source) lookup(n ast.Node, name string) types.Object {
	scope := s.pass.Pkg.Scope().Innermost(n.Pos())
	if scope == nil {
		return nil
	}
	_, obj := scope.LookupParent(name, n.Pos())
	return obj
}

// checkNames checks that the names which the new text of a site uses mean packages, or
// nothing yet.
func (p *plan) checkNames(t *site) {
	if obj := p.s.lookup(t.node, "jwt"); obj != nil {
		pkg, ok := obj.(*types.PkgName)
		if !ok || peers[pkg.Imported().Path()] == 0 && pkg.Imported().Path() != ours {
			t.fail("the name jwt means something else there")
		}
	}
	if !p.s.isPackage(t.node, "context") {
		t.fail("the name context means something else there")
	}
	if t.helper != "" && p.s.lookup(t.node, t.helper) != nil {
		t.fail("the name " + t.helper + " means something else there")
	}
}

// isPackage reports whether the path of a package of the standard library is its name at a
// node, or would be with an import.
func (s *source) isPackage(n ast.Node, path string) bool {
	obj := s.lookup(n, path)
	pkg, ok := obj.(*types.PkgName)
	return obj == nil || ok && pkg.Imported().Path() == path
}

// context returns the text of the context at a node: that of the function around it, of its
// request or of its test, or context.Background().
func (p *plan) context(n ast.Node) string {
	for fn := p.s.enclosing(n); fn != nil; fn = p.s.enclosing(fn) {
		for _, field := range parameters(fn) {
			for _, name := range field.Names {
				obj := p.s.info.Defs[name]
				if obj == nil || name.Name == "_" || p.s.lookup(n, name.Name) != obj {
					continue
				}
				switch obj.Type().String() {
				case "context.Context":
					return name.Name
				case "*net/http.Request":
					return name.Name + ".Context()"
				case "*testing.T", "*testing.B":
					return name.Name + ".Context()"
				}
			}
		}
	}
	return "context.Background()"
}

func parameters(fn ast.Node) []*ast.Field {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Type.Params.List
	case *ast.FuncLit:
		return fn.Type.Params.List
	}
	return nil
}

// freeName returns a name for a variable that holds claims: the one that is wanted, if it
// means nothing at the node, and otherwise the old one.
func (p *plan) freeName(n ast.Node, want string, old types.Object) string {
	if p.s.lookup(n, want) != nil || old.Parent().Lookup(want) != nil {
		return old.Name()
	}
	return want
}

// isPlain reports whether the text of e can be put elsewhere as it is: nothing in it is
// golang-jwt's, or a claims type's, and it has no func.
func (p *plan) isPlain(e ast.Expr) bool {
	plain := p.hasNoClaims(e)
	ast.Inspect(e, func(n ast.Node) bool {
		_, isFunc := n.(*ast.FuncLit)
		plain = plain && !isFunc
		return plain
	})
	return plain
}

// hasNoClaims reports whether nothing in e is golang-jwt's, or a claims type's.
func (p *plan) hasNoClaims(e ast.Expr) bool {
	plain := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			plain = plain && peerName(p.s.info.Uses[n]) == ""
			if name, ok := p.s.info.Uses[n].(*types.TypeName); ok && p.types[name] != nil {
				plain = false
			}
		case *ast.SelectorExpr:
			if sel := p.s.info.Selections[n]; sel != nil && p.typeOf(sel.Recv()) != nil {
				plain = false
			}
		}
		return plain
	})
	return plain
}

// canBeDefined reports whether a variable can be defined where from is, with the name that it
// has where to is: nothing between them has the name of something else.
func (p *plan) canBeDefined(name string, from, to ast.Node) bool {
	outer := p.s.lookup(from, name)
	for _, use := range p.s.uses(p.s.parents[from], outer) {
		if from.End() <= use.Pos() && use.Pos() < to.Pos() {
			return false
		}
	}
	return true
}

// moves reports whether e can be evaluated earlier, at another place: it has no calls except
// conversions, and names only what means the same there.
func (p *plan) moves(e ast.Expr, to ast.Node) bool {
	ok := p.isPlain(e)
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			ok = ok && (p.s.info.Types[n.Fun].IsType() || p.isGetenv(n))
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		case *ast.SelectorExpr:
			ast.Inspect(n.X, func(m ast.Node) bool {
				if id, isIdent := m.(*ast.Ident); isIdent {
					ok = ok && p.sameAt(id, to)
				}
				return ok
			})
			return false
		case *ast.Ident:
			ok = ok && p.sameAt(n, to)
		}
		return ok
	})
	return ok
}

func (p *plan) isGetenv(call *ast.CallExpr) bool {
	fn, ok := p.s.object(call.Fun).(*types.Func)
	return ok && fn.FullName() == "os.Getenv"
}

// sameAt reports whether id means at the node what it means where it stands.
func (p *plan) sameAt(id *ast.Ident, at ast.Node) bool {
	obj := p.s.info.Uses[id]
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		return true
	}
	found := p.s.lookup(at, id.Name)
	if a, ok := obj.(*types.PkgName); ok {
		b, ok := found.(*types.PkgName)
		return ok && a.Imported() == b.Imported()
	}
	return obj == found
}
