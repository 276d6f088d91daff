package migrate

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// peers are the import paths of golang-jwt, with its major version, and its predecessor's.
var peers = map[string]int{
	"github.com/golang-jwt/jwt/v5":         5,
	"github.com/golang-jwt/jwt/v5/request": 5,
	"github.com/golang-jwt/jwt/v4":         4,
	"github.com/golang-jwt/jwt/v4/request": 4,
	"github.com/golang-jwt/jwt":            3,
	"github.com/golang-jwt/jwt/request":    3,
	"github.com/dgrijalva/jwt-go":          3,
	"github.com/dgrijalva/jwt-go/request":  3,
	"github.com/dgrijalva/jwt-go/v4":       4,
}

// A source is a package, with what is needed to find one's way in it, and the findings.
type source struct {
	pass     *analysis.Pass
	world    *world // nil if the package is all that is known
	info     *types.Info
	parents  map[ast.Node]ast.Node
	findings []Finding
	reasons  map[ast.Node]string // why a call is not rewritten

	// covered are the parts of the source that a finding or a rewrite accounts for.
	covered []ast.Node
}

func newSource(pass *analysis.Pass, w *world) *source {
	s := &source{pass: pass, world: w, info: pass.TypesInfo, parents: make(map[ast.Node]ast.Node), reasons: make(map[ast.Node]string)}
	for _, f := range pass.Files {
		var stack []ast.Node
		ast.Inspect(f, func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			if len(stack) > 0 {
				s.parents[n] = stack[len(stack)-1]
			}
			stack = append(stack, n)
			return true
		})
	}
	return s
}

// usesPeer reports whether a file of the package imports golang-jwt.
func (s *source) usesPeer() bool {
	for _, p := range s.pass.Pkg.Imports() {
		if peers[p.Path()] != 0 {
			return true
		}
	}
	return false
}

func (s *source) add(kind Kind, row string, n ast.Node, message string) {
	s.findings = append(s.findings, Finding{Pos: n.Pos(), End: n.End(), Row: row, Kind: kind, Message: message})
}

// each calls f for every node of the package.
func (s *source) each(f func(ast.Node)) {
	for _, file := range s.pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				f(n)
			}
			return true
		})
	}
}

// peerName returns the name by which the tables know an object of golang-jwt, such as
// "ParseWithClaims", "Token.Valid" or "request.ParseFromRequest"; "" for other objects.
func peerName(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil || peers[obj.Pkg().Path()] == 0 {
		return ""
	}
	name := obj.Name()
	if fn, ok := obj.(*types.Func); ok {
		if recv := fn.Signature().Recv(); recv != nil {
			if t := namedOf(recv.Type()); t != nil {
				name = t.Obj().Name() + "." + name
			}
		}
	}
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		name = fieldOwner(v) + "." + name
	}
	if strings.HasSuffix(obj.Pkg().Path(), "/request") {
		name = "request." + name
	}
	return name
}

// fieldOwner returns the name of the type of golang-jwt that has the field v.
func fieldOwner(v *types.Var) string {
	scope := v.Pkg().Scope()
	for _, name := range scope.Names() {
		tn, ok := scope.Lookup(name).(*types.TypeName)
		if !ok {
			continue
		}
		if st, ok := tn.Type().Underlying().(*types.Struct); ok {
			for f := range st.Fields() {
				if f == v {
					return name
				}
			}
		}
	}
	return ""
}

// namedOf returns the named type that t is or points to, or nil.
func namedOf(t types.Type) *types.Named {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	return n
}

// peerType returns the name of the type of golang-jwt that t is or points to, or "".
func peerType(t types.Type) string {
	if n := namedOf(t); n != nil {
		return peerName(n.Obj())
	}
	return ""
}

// callee returns peerName of what call calls.
func (s *source) callee(call *ast.CallExpr) string { return s.nameOf(call.Fun) }

// nameOf returns peerName of what e names.
func (s *source) nameOf(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return peerName(s.info.Uses[e])
	case *ast.SelectorExpr:
		return peerName(s.info.Uses[e.Sel])
	}
	return ""
}

// object returns the object that e, an identifier or a selector, names.
func (s *source) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if obj := s.info.Uses[e]; obj != nil {
			return obj
		}
		return s.info.Defs[e]
	case *ast.SelectorExpr:
		return s.info.Uses[e.Sel]
	}
	return nil
}

// text returns the constant string that e is, if it is one.
func (s *source) text(e ast.Expr) (string, bool) {
	if tv := s.info.Types[e]; tv.Value != nil && tv.Value.Kind() == constant.String {
		return constant.StringVal(tv.Value), true
	}
	return "", false
}

// texts returns the constant strings of a literal []string{…}, if that is what e is.
func (s *source) texts(e ast.Expr) ([]string, bool) {
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	var list []string
	for _, el := range lit.Elts {
		text, ok := s.text(el)
		if !ok {
			if text, ok = s.algOf(el); !ok {
				return nil, false
			}
		}
		list = append(list, text)
	}
	return list, true
}

// algOf returns the alg of jwt.SigningMethodHS256, and of jwt.SigningMethodHS256.Alg() and
// .Name, for all methods.
func (s *source) algOf(e ast.Expr) (string, bool) {
	e = ast.Unparen(e)
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 0 {
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Alg" {
			return s.algOf(sel.X)
		}
		return "", false
	}
	if sel, ok := e.(*ast.SelectorExpr); ok && sel.Sel.Name == "Name" {
		return s.algOf(sel.X)
	}
	alg, ok := strings.CutPrefix(s.nameOf(e), "SigningMethod")
	if _, known := families[alg]; !ok || !known {
		return "", false
	}
	return alg, true
}

// families are the algorithms that golang-jwt has, and the families of keys they need.
var families = map[string]string{
	"HS256": "HMAC", "HS384": "HMAC", "HS512": "HMAC",
	"RS256": "RSA", "RS384": "RSA", "RS512": "RSA",
	"PS256": "RSAPSS", "PS384": "RSAPSS", "PS512": "RSAPSS",
	"ES256": "ECDSA", "ES384": "ECDSA", "ES512": "ECDSA",
	"EdDSA": "Ed25519",
}

// enclosing returns the innermost function that n is in: a *ast.FuncDecl, a *ast.FuncLit or
// nil.
func (s *source) enclosing(n ast.Node) ast.Node {
	for n = s.parents[n]; n != nil; n = s.parents[n] {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return n
		}
	}
	return nil
}

func body(fn ast.Node) *ast.BlockStmt {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Body
	case *ast.FuncLit:
		return fn.Body
	}
	return nil
}

// uses returns the identifiers in n that refer to obj, its definition left out.
func (s *source) uses(n ast.Node, obj types.Object) []*ast.Ident {
	var list []*ast.Ident
	if n == nil || obj == nil {
		return nil
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.info.Uses[id] == obj {
			list = append(list, id)
		}
		return true
	})
	return list
}

// within reports whether n lies in outer.
func within(outer ast.Node, n ast.Node) bool {
	return outer.Pos() <= n.Pos() && n.End() <= outer.End()
}

func (s *source) cover(n ast.Node) { s.covered = append(s.covered, n) }

func (s *source) isCovered(pos token.Pos) bool {
	for _, n := range s.covered {
		if n.Pos() <= pos && pos < n.End() {
			return true
		}
	}
	return false
}
