package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// useOfValid rewrites token.Valid: a token that is there is valid.
func (t *parsing) useOfValid(tok types.Object, sel *ast.SelectorExpr) bool {
	s := t.p.s
	if not, ok := s.parents[sel].(*ast.UnaryExpr); ok {
		if check, ok := s.parents[not].(*ast.IfStmt); ok && check.Init == nil && check.Else == nil && s.list(check) != nil {
			t.edits = append(t.edits, t.p.removal(check))
			t.covers = append(t.covers, check)
			return false
		}
		t.replace(not, t.variable()+" == nil")
		return true
	}
	t.replace(sel, t.variable()+" != nil")
	return true
}

// useOfClaims rewrites token.Claims.(*T), in the forms in which it is written:
//
//	claims, ok := token.Claims.(*T)
//	if !ok || !token.Valid { … }
//
//	if claims, ok := token.Claims.(*T); ok && token.Valid { … }
//
//	claims := token.Claims.(*T)
func (t *parsing) useOfClaims(tok types.Object, assert *ast.TypeAssertExpr) bool {
	s := t.p.s
	assign, ok := s.parents[assert].(*ast.AssignStmt)
	if !ok {
		t.memberOrName(assert)
		return true
	}
	if len(assign.Rhs) != 1 || assign.Tok != token.DEFINE {
		if len(assign.Lhs) != len(assign.Rhs) {
			t.fail("line " + s.line(assert) + " assigns the claims to a variable that was there before")
			return true
		}
		t.replace(assert, t.variable())
		return true
	}
	claims := s.object(assign.Lhs[0])
	if t.typ == "map[string]any" {
		for _, use := range s.uses(s.enclosing(assign), claims) {
			t.member(use)
		}
	}
	if len(assign.Lhs) == 1 {
		return t.defined(tok, assign, claims, nil)
	}
	okObj := s.object(assign.Lhs[1])
	if check, isInit := s.parents[assign].(*ast.IfStmt); isInit && check.Init == ast.Stmt(assign) && okObj != nil && claims != nil {
		if op, plain := t.okCond(tok, okObj, check.Cond); plain && len(s.uses(check, okObj)) == 1 {
			name := assign.Lhs[0].(*ast.Ident).Name
			t.edit(assign.Lhs[0].End(), assign.End(), " := "+t.variable())
			t.replace(check.Cond, name+op+"nil")
			t.covers = append(t.covers, check.Cond)
			return true
		}
	}
	if check, isNext := s.next(assign).(*ast.IfStmt); isNext && check.Init == nil && check.Else == nil && okObj != nil {
		if op, plain := t.okCond(tok, okObj, check.Cond); plain && op == " == " && len(s.uses(s.parents[assign], okObj)) == 1 {
			return t.defined(tok, assign, claims, check)
		}
	}
	t.replace(assert, t.variable()+", "+t.variable()+" != nil")
	return true
}

// okCond reports whether cond is made of ok and token.Valid with &&, or of !ok and
// !token.Valid with ||, and how the claims then compare with nil.
func (t *parsing) okCond(tok, ok types.Object, cond ast.Expr) (op string, plain bool) {
	s := t.p.s
	isNotOK := func(e ast.Expr) bool {
		not, is := ast.Unparen(e).(*ast.UnaryExpr)
		return is && not.Op == token.NOT && s.object(not.X) == ok
	}
	isOK := func(e ast.Expr) bool { return s.object(e) == ok }
	if isOK(cond) {
		return " != ", true
	}
	if isNotOK(cond) {
		return " == ", true
	}
	b, is := ast.Unparen(cond).(*ast.BinaryExpr)
	if !is {
		return "", false
	}
	switch {
	case b.Op == token.LAND && (isOK(b.X) && t.isValid(tok, b.Y) || isOK(b.Y) && t.isValid(tok, b.X)):
		return " != ", true
	case b.Op == token.LOR && (isNotOK(b.X) && t.isNotValid(tok, b.Y) || isNotOK(b.Y) && t.isNotValid(tok, b.X)):
		return " == ", true
	}
	return "", false
}

// defined rewrites a statement that defines the claims, and removes the test after it, which
// always held. If the token is used for nothing else, the statement goes too, and the call
// defines the claims.
func (t *parsing) defined(tok types.Object, assign *ast.AssignStmt, claims types.Object, check *ast.IfStmt) bool {
	s := t.p.s
	if check != nil {
		t.edits = append(t.edits, t.p.removal(check))
		t.covers = append(t.covers, check)
	}
	others := 0
	for _, use := range s.uses(t.block, tok) {
		if !within(assign, use) && !t.isEdited(use) {
			others++
		}
	}
	if claims != nil && others == 0 && !t.pinned && s.parents[assign] == t.block && t.p.canBeDefined(claims.Name(), t.stmt, assign) {
		t.name = claims.Name()
		t.edits = append(t.edits, t.p.removal(assign))
		t.covers = append(t.covers, assign)
		return true
	}
	t.replace(assign, s.raw(assign.Lhs[0])+" := "+t.variable())
	return true
}
