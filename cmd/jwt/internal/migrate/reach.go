package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// call looks at the arguments of a call: what golang-jwt is given, what is encoded, and what
// another type is made of.
func (p *plan) call(call *ast.CallExpr) {
	var signature *types.Signature
	if typ := p.s.info.TypeOf(call.Fun); typ != nil {
		signature, _ = typ.Underlying().(*types.Signature)
	}
	for i, arg := range call.Args {
		c := p.typeOf(p.s.info.TypeOf(arg))
		switch {
		case c == nil:
		case p.s.callee(call) != "":
			c.passed = append(c.passed, arg)
		case p.s.info.Types[call.Fun].IsType():
			c.fail("line " + p.s.line(call) + " converts them to another type")
		default:
			p.encodes(c, call)
			if signature != nil && i < signature.Params().Len() {
				p.converted(arg, signature.Params().At(i).Type())
			}
		}
	}
}

// encodes fails c if the call is one of a package that looks into its arguments.
func (p *plan) encodes(c *claimsType, call *ast.CallExpr) {
	fn, ok := p.s.object(call.Fun).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return
	}
	switch fn.Pkg().Path() {
	case "encoding/json", "encoding/gob", "encoding/xml", "reflect":
		c.fail("line " + p.s.line(call) + " encodes or decodes them with " + fn.Pkg().Path())
	}
}

// conversions looks for claims that become another type, or are compared.
func (p *plan) conversions(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if len(n.Lhs) == len(n.Rhs) {
			for i, lhs := range n.Lhs {
				p.converted(n.Rhs[i], p.s.info.TypeOf(lhs))
			}
		}
	case *ast.ValueSpec:
		for _, value := range n.Values {
			if n.Type != nil {
				p.converted(value, p.s.info.TypeOf(n.Type))
			}
		}
	case *ast.ReturnStmt:
		p.returned(n)
	case *ast.BinaryExpr:
		_, pointer := types.Unalias(p.s.info.TypeOf(n.X)).(*types.Pointer)
		if c := p.typeOf(p.s.info.TypeOf(n.X)); c != nil && !pointer && (n.Op == token.EQL || n.Op == token.NEQ) {
			c.fail("line " + p.s.line(n) + " compares them")
		}
	}
}

func (p *plan) returned(ret *ast.ReturnStmt) {
	var results *types.Tuple
	switch fn := p.s.enclosing(ret).(type) {
	case *ast.FuncDecl:
		results = p.s.info.Defs[fn.Name].(*types.Func).Signature().Results()
	case *ast.FuncLit:
		results = p.s.info.TypeOf(fn).(*types.Signature).Results()
	}
	for i, e := range ret.Results {
		if results.Len() == len(ret.Results) {
			p.converted(e, results.At(i).Type())
		}
	}
}

// converted fails the claims type of e if e is converted to an interface with methods, which
// jwt.Claims does not have.
func (p *plan) converted(e ast.Expr, to types.Type) {
	c := p.typeOf(p.s.info.TypeOf(e))
	if c == nil || to == nil {
		return
	}
	if i, ok := to.Underlying().(*types.Interface); ok && i.NumMethods() > 0 {
		c.fail("line " + p.s.line(e) + " uses them as " + types.TypeString(to, types.RelativeTo(p.s.pass.Pkg)))
	}
}

// checkReach checks that the type is only used where it can be seen to be.
func (p *plan) checkReach(c *claimsType) {
	if c.spec != nil && p.s.inIgnored(c.name.Name()) {
		c.fail("a file that is left out of this build mentions " + c.name.Name())
	}
	if !p.s.isClosed() {
		if c.spec != nil && c.name.Exported() {
			c.fail(c.name.Name() + " is exported, and other packages may use it")
		}
		for _, name := range p.s.pass.Pkg.Scope().Names() {
			obj := p.s.pass.Pkg.Scope().Lookup(name)
			if obj.Exported() && obj != c.name && mentions(obj.Type(), c.name) {
				c.fail(name + ", which is exported, has it in its type")
			}
		}
	}
	p.s.each(func(n ast.Node) {
		id, ok := n.(*ast.Ident)
		if !ok {
			return
		}
		obj := p.s.info.Uses[id]
		if obj == nil || obj.Pkg() == nil {
			return
		}
		switch name := peerName(obj); {
		case name == "Claims" || name == "ClaimsValidator":
			c.fail("line " + p.s.line(id) + " uses golang-jwt's interface for claims")
		case name == "" && obj.Pkg() != p.s.pass.Pkg && !p.s.world.has(obj.Pkg()) && mentions(obj.Type(), c.name),
			name == "" && obj.Pkg() != p.s.pass.Pkg && mentionsInterface(obj.Type()):
			c.fail(obj.Name() + " of another package, in line " + p.s.line(id) + ", has golang-jwt's claims in its type")
		}
	})
}

// mentionsInterface reports whether t has golang-jwt's interface for claims in it.
func mentionsInterface(t types.Type) bool {
	return strings.Contains(t.String(), "github.com/golang-jwt/jwt/v5.Claims")
}

// mentions reports whether t has the named type in it. It looks into named structs of the
// type's own package too.
func mentions(t types.Type, name *types.TypeName) bool {
	seen := make(map[types.Type]bool)
	var in func(t types.Type) bool
	in = func(t types.Type) bool {
		if t == nil || seen[t] {
			return false
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			if t.Obj() == name {
				return true
			}
			for m := range t.Methods() {
				if m.Exported() && in(m.Type()) {
					return true
				}
			}
			if _, ok := t.Underlying().(*types.Struct); ok && t.Obj().Pkg() == name.Pkg() {
				return in(t.Underlying())
			}
		case *types.Alias:
			return in(types.Unalias(t))
		case *types.Pointer:
			return in(t.Elem())
		case *types.Slice:
			return in(t.Elem())
		case *types.Array:
			return in(t.Elem())
		case *types.Chan:
			return in(t.Elem())
		case *types.Map:
			return in(t.Key()) || in(t.Elem())
		case *types.Signature:
			return in(t.Params()) || in(t.Results())
		case *types.Tuple:
			for v := range t.Variables() {
				if in(v.Type()) {
					return true
				}
			}
		case *types.Struct:
			for f := range t.Fields() {
				if f.Exported() && in(f.Type()) {
					return true
				}
			}
		}
		return false
	}
	return in(t)
}
