package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// A keyfunc is what a Keyfunc of golang-jwt does, as far as its text tells.
type keyfunc struct {
	// key is what every return that has no error returns. It is nil if there are several
	// such returns, or if the function does something else that can matter.
	key ast.Expr

	// checked says that the function looks at the method of the token. algs are those
	// that it lets pass, if that is certain.
	checked bool
	algs    []string

	byKid, byIssuer, byUser bool // it looks at kid, at the issuer, at other claims
}

// isKeyfunc reports whether ft is func(*jwt.Token) (any, error).
func (s *source) isKeyfunc(ft *ast.FuncType) bool {
	if ft.Params.NumFields() != 1 || ft.Results.NumFields() != 2 {
		return false
	}
	if _, ok := s.info.TypeOf(ft.Params.List[0].Type).(*types.Pointer); !ok {
		return false
	}
	return peerType(s.info.TypeOf(ft.Params.List[0].Type)) == "Token" && types.IsInterface(s.info.TypeOf(ft.Results.List[0].Type))
}

// keyfuncOf finds the function that e names or is, in this package; nil if there is none.
func (s *source) keyfuncOf(e ast.Expr) ast.Node {
	if lit, ok := ast.Unparen(e).(*ast.FuncLit); ok {
		return lit
	}
	obj := s.object(e)
	if obj == nil {
		return nil
	}
	for _, file := range s.pass.Files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && s.info.Defs[fn.Name] == obj {
				return fn
			}
		}
	}
	if lit, ok := ast.Unparen(s.initial(obj)).(*ast.FuncLit); ok {
		return lit
	}
	return nil
}

// readKeyfunc reads fn, a *ast.FuncDecl or a *ast.FuncLit.
func (s *source) readKeyfunc(fn ast.Node) keyfunc {
	var k keyfunc
	block := body(fn)
	ast.Inspect(block, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		switch s.nameOf(sel) {
		case "Token.Method":
			k.checked = true
		case "Token.Header":
			k.checked = k.checked || s.indexes(sel, "alg")
			k.byKid = k.byKid || s.indexes(sel, "kid")
		case "Token.Claims":
			k.byUser = true
		}
		return true
	})
	if k.byUser && mentionsIssuer(block) {
		k.byUser, k.byIssuer = false, true
	}
	s.readSimple(block, &k)
	return k
}

// mentionsIssuer reports whether the text reads the claim iss.
func mentionsIssuer(block *ast.BlockStmt) bool {
	found := false
	ast.Inspect(block, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			found = found || n.Value == `"iss"`
		case *ast.Ident:
			found = found || n.Name == "Issuer" || n.Name == "GetIssuer"
		}
		return true
	})
	return found
}

// indexes reports whether sel is indexed with the constant name.
func (s *source) indexes(sel *ast.SelectorExpr, name string) bool {
	index, ok := s.parents[sel].(*ast.IndexExpr)
	if !ok {
		return false
	}
	text, ok := s.text(index.Index)
	return ok && text == name
}

// readSimple reads a function that is nothing but checks of the method, each of which
// returns an error, and a return of the key.
func (s *source) readSimple(block *ast.BlockStmt, k *keyfunc) {
	for i, stmt := range block.List {
		if ret, ok := stmt.(*ast.ReturnStmt); ok && i == len(block.List)-1 {
			if len(ret.Results) == 2 && isNil(ret.Results[1]) {
				k.key = ast.Unparen(ret.Results[0])
			}
			return
		}
		check, ok := stmt.(*ast.IfStmt)
		if !ok || check.Else != nil || !returnsError(check.Body) {
			return
		}
		algs := s.methodsThatPass(check)
		if algs == nil {
			return
		}
		k.algs = both(k.algs, algs)
	}
}

// both returns what is in a and in b; nil for a stands for everything.
func both(a, b []string) []string {
	if a == nil {
		return b
	}
	list := []string{}
	for _, alg := range a {
		for _, other := range b {
			if alg == other {
				list = append(list, alg)
			}
		}
	}
	return list
}

// returnsError reports whether block is one return whose last result is not nil.
func returnsError(block *ast.BlockStmt) bool {
	if len(block.List) != 1 {
		return false
	}
	ret, ok := block.List[0].(*ast.ReturnStmt)
	return ok && len(ret.Results) == 2 && isNil(ret.Results[0]) && !isNil(ret.Results[1])
}

func isNil(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && id.Name == "nil"
}

// methodsThatPass returns the algorithms for which the condition of check is false, of the
// forms that golang-jwt's users write; nil if it is something else.
//
//	if _, ok := t.Method.(*jwt.SigningMethodHMAC); !ok
//	if t.Method != jwt.SigningMethodHS256
//	if t.Method.Alg() != "HS256"
//	if t.Header["alg"] != "HS256"
func (s *source) methodsThatPass(check *ast.IfStmt) []string {
	if assign, ok := check.Init.(*ast.AssignStmt); ok {
		return s.familyThatPasses(assign, check.Cond)
	}
	cond, ok := ast.Unparen(check.Cond).(*ast.BinaryExpr)
	if !ok || check.Init != nil || cond.Op != token.NEQ || !s.isMethod(cond.X) {
		return nil
	}
	if alg, ok := s.algOf(cond.Y); ok {
		return []string{alg}
	}
	if alg, ok := s.text(cond.Y); ok && families[alg] != "" {
		return []string{alg}
	}
	return nil
}

// isMethod reports whether e is t.Method, t.Method.Alg() or t.Header["alg"].
func (s *source) isMethod(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Alg" && s.nameOf(sel.X) == "Token.Method"
	case *ast.IndexExpr:
		sel, ok := e.X.(*ast.SelectorExpr)
		return ok && s.nameOf(sel) == "Token.Header" && s.indexes(sel, "alg")
	case *ast.SelectorExpr:
		return s.nameOf(e) == "Token.Method"
	}
	return false
}

// familyThatPasses is methodsThatPass for an assertion of the method's type.
func (s *source) familyThatPasses(assign *ast.AssignStmt, cond ast.Expr) []string {
	not, ok := ast.Unparen(cond).(*ast.UnaryExpr)
	if !ok || not.Op != token.NOT || len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
		return nil
	}
	assert, ok := assign.Rhs[0].(*ast.TypeAssertExpr)
	if !ok || s.nameOf(assert.X) != "Token.Method" || s.object(assign.Lhs[1]) == nil || s.object(not.X) != s.object(assign.Lhs[1]) {
		return nil
	}
	family := strings.TrimPrefix(peerType(s.info.TypeOf(assert.Type)), "SigningMethod")
	var algs []string
	for _, alg := range algorithms {
		if families[alg] == family {
			algs = append(algs, alg)
		}
	}
	return algs
}

// algorithms are the keys of families, in their usual order.
var algorithms = strings.Fields("HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA")

// keyfuncAdvice says what becomes of a Keyfunc.
func (s *source) keyfuncAdvice(fn ast.Node) advice {
	k := s.readKeyfunc(fn)
	switch {
	case k.byIssuer:
		return advice{"keyfunc-by-issuer", "Keyfunc: becomes jwt.IssuerKeys, or a jwt.KeyFunc if the issuers are not known when the program starts"}
	case k.byUser:
		return advice{"keyfunc-by-user", "Keyfunc: becomes a jwt.KeyFunc: what it reads from the token is not verified yet"}
	case k.byKid:
		return advice{"keyfunc-by-kid", "Keyfunc: becomes a jwt.KeySet of keys with a kid, or a client of package jwks"}
	case len(k.algs) > 1:
		return advice{"keyfunc-one-key", "Keyfunc: one key serves " + strings.Join(k.algs, ", ") + ": a key has one algorithm here, so name it, with WithValidMethods([]string{" + strconv.Quote(k.algs[0]) + "}) for example, and run this command again"}
	}
	return advice{"keyfunc-one-key", "Keyfunc: becomes one key with its algorithm, such as jwt.NewVerifier makes"}
}
