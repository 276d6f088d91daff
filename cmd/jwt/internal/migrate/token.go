package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// token plans what becomes of the variables that hold the token and the claims.
func (t *parsing) token() {
	s := t.p.s
	t.name = "_"
	if id, ok := t.stmt.Lhs[0].(*ast.Ident); ok {
		t.name = id.Name
	}
	tok := s.object(t.stmt.Lhs[0])
	t.claims()
	if t.why != "" {
		return
	}
	t.checkBranches(tok)
	if t.why != "" {
		return
	}
	t.cond(tok)
	left := 0
	for _, use := range s.uses(t.block, tok) {
		if t.isEdited(use) {
			continue
		}
		if t.useOfToken(tok, use) {
			left++
		}
	}
	if t.result != nil {
		left += len(s.uses(t.block, t.result)) - 1
	}
	if left == 0 {
		t.name = "_"
		if s.info.Defs[t.stmt.Lhs[1].(*ast.Ident)] == nil {
			t.edit(t.stmt.TokPos, t.stmt.TokPos+2, "=")
		}
	}
	t.replace(t.stmt.Lhs[0], t.name)
	t.covers = append(t.covers, t.stmt)
}

// claims finds out what the claims are: a type that is made for the call, or a variable of
// the caller's, whose definition goes away.
func (t *parsing) claims() {
	s := t.p.s
	if t.read.claims == nil {
		t.typ = "map[string]any"
		return
	}
	t.passed = append(t.passed, t.read.claims)
	if peerType(s.info.TypeOf(t.read.claims)) == "MapClaims" {
		t.typ = "map[string]any"
	} else if c := t.p.typeOf(s.info.TypeOf(t.read.claims)); c != nil {
		t.needs[c] = true
		t.typ = t.p.typeText(c, t.node)
		if t.typ == "" {
			t.fail("the package of its claims is not imported in the file")
		}
		if c.untagged != "" {
			t.fail("the field " + c.untagged + " of its claims has no name in a tag: golang-jwt reads it in any case, package jwt in one")
		}
	} else {
		t.fail("the claims are of a type that is not rewritten")
		return
	}
	if isFresh(ast.Unparen(t.read.claims)) {
		return
	}
	obj := s.object(stripAddress(ast.Unparen(t.read.claims)))
	if obj == nil {
		t.fail("the claims are not made for the call, nor a variable")
		return
	}
	define := t.emptyDefinition(obj)
	if define == nil || s.parents[define] != t.block || define.Pos() > t.stmt.Pos() {
		t.fail("the variable of the claims is not defined, empty, among the statements before the call")
		return
	}
	t.result, t.name = obj, obj.Name()
	t.edits = append(t.edits, t.p.removal(define))
	t.covers = append(t.covers, define)
	for _, use := range s.uses(s.parents[define], obj) {
		if !within(t.node, use) {
			t.useOfResult(obj, use)
		}
	}
}

// isFresh reports whether e makes empty claims: &T{}, new(T) or jwt.MapClaims{}.
func isFresh(e ast.Expr) bool {
	switch e := stripAddress(e).(type) {
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && id.Name == "new"
	}
	return false
}

// emptyDefinition returns the statement that defines the variable: v := &T{}, v := new(T),
// v := jwt.MapClaims{} or var v T.
func (t *parsing) emptyDefinition(obj types.Object) ast.Stmt {
	s := t.p.s
	var found ast.Stmt
	s.each(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE && len(n.Lhs) == 1 && s.object(n.Lhs[0]) == obj && isFresh(ast.Unparen(n.Rhs[0])) {
				found = n
			}
		case *ast.ValueSpec:
			if len(n.Names) == 1 && s.info.Defs[n.Names[0]] == obj && len(n.Values) == 0 {
				found, _ = s.parents[s.parents[n]].(*ast.DeclStmt)
			}
		}
	})
	return found
}

// useOfResult checks a use of the caller's variable, and rewrites it: it becomes a pointer.
func (t *parsing) useOfResult(obj types.Object, use *ast.Ident) {
	s := t.p.s
	if use.Pos() < t.stmt.End() {
		t.fail("the claims are used before they are parsed, in line " + s.line(use))
		return
	}
	if t.typ == "map[string]any" {
		t.member(use)
		return
	}
	if _, pointer := types.Unalias(obj.Type()).(*types.Pointer); pointer {
		return
	}
	switch outer := s.parents[use].(type) {
	case *ast.SelectorExpr:
	case *ast.UnaryExpr:
		if outer.Op != token.AND {
			t.fail("the claims are used in line " + s.line(use))
			return
		}
		t.replace(outer, use.Name)
	default:
		t.replace(use, "*"+use.Name)
	}
}

// checkBranches checks that the token and the claims are used only where the error is nil.
func (t *parsing) checkBranches(tok types.Object) {
	s := t.p.s
	for _, obj := range []types.Object{tok, t.result} {
		for _, use := range s.uses(t.block, obj) {
			switch {
			case t.stmt.End() <= use.Pos() && use.Pos() < t.check.Pos():
				t.fail("line " + s.line(use) + " uses the token or its claims before the error is tested")
			case within(t.check.Body, use):
				t.fail("line " + s.line(use) + " uses the token or its claims although there is an error")
			case use.Pos() > t.check.End() && !s.terminates(t.check.Body):
				t.fail("line " + s.line(use) + " uses the token or its claims, and there may be an error")
			}
		}
	}
}

// terminates reports whether nothing after the block is reached from its end.
func (s *source) terminates(block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	switch last := block.List[len(block.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		if id, ok := call.Fun.(*ast.Ident); ok {
			return s.info.Uses[id] == types.Universe.Lookup("panic")
		}
		fn, ok := s.object(call.Fun).(*types.Func)
		if !ok || fn.Pkg() == nil {
			return false
		}
		switch fn.Pkg().Path() + "." + fn.Name() {
		case "log.Fatal", "log.Fatalf", "log.Fatalln", "os.Exit", "testing.Fatal", "testing.Fatalf", "testing.FailNow", "testing.SkipNow":
			return true
		}
	}
	return false
}

// cond takes || !token.Valid out of the test of the error.
func (t *parsing) cond(tok types.Object) {
	cond, ok := ast.Unparen(t.check.Cond).(*ast.BinaryExpr)
	if !ok || cond.Op != token.LOR {
		return
	}
	if !t.isNotValid(tok, cond.Y) {
		t.fail("the test of the error in line " + t.p.s.line(cond) + " tests more than that")
		return
	}
	t.edit(cond.X.End(), cond.End(), "")
	t.covers = append(t.covers, cond.Y)
}

// isNotValid reports whether e is !token.Valid.
func (t *parsing) isNotValid(tok types.Object, e ast.Expr) bool {
	not, ok := ast.Unparen(e).(*ast.UnaryExpr)
	return ok && not.Op == token.NOT && t.isValid(tok, not.X)
}

// isValid reports whether e is token.Valid.
func (t *parsing) isValid(tok types.Object, e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	return ok && tok != nil && t.p.s.nameOf(sel) == "Token.Valid" && t.p.s.object(sel.X) == tok
}

// variable returns the name of the variable of the claims, which then cannot change.
func (t *parsing) variable() string {
	t.pinned = true
	return t.name
}

func (t *parsing) isEdited(n ast.Node) bool { return contains(t.edits, n.Pos()) }

// useOfToken rewrites a use of the token, and reports whether the new text uses it too.
func (t *parsing) useOfToken(tok types.Object, use *ast.Ident) bool {
	s := t.p.s
	sel, ok := s.parents[use].(*ast.SelectorExpr)
	if !ok {
		t.fail("the token is used for something else in line " + s.line(use))
		return true
	}
	t.covers = append(t.covers, sel)
	switch s.nameOf(sel) {
	case "Token.Valid":
		return t.useOfValid(tok, sel)
	case "Token.Claims":
		assert, ok := s.parents[sel].(*ast.TypeAssertExpr)
		if ok && t.result == nil && assert.Type != nil && t.isTheType(assert.Type) {
			t.covers = append(t.covers, assert)
			return t.useOfClaims(tok, assert)
		}
	}
	t.fail("the token is used for something else in line " + s.line(use))
	return true
}

// isTheType reports whether a type in an assertion is that of the claims.
func (t *parsing) isTheType(e ast.Expr) bool {
	typ := t.p.s.info.TypeOf(e)
	if t.typ == "map[string]any" {
		return peerType(typ) == "MapClaims"
	}
	_, pointer := types.Unalias(typ).(*types.Pointer)
	c := t.p.typeOf(typ)
	return pointer && c != nil && t.needs[c]
}
