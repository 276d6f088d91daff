package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// fieldOf is the field of jwt.Claims for a registered claim.
var fieldOf = map[string]string{
	"iss": "Issuer", "sub": "Subject", "aud": "Audience", "jti": "ID",
	"exp": "ExpiresAt", "nbf": "NotBefore", "iat": "IssuedAt",
}

// mapLiteral rewrites a literal jwt.MapClaims{…} that is signed, and the assignments to its
// members if it is in a variable.
func (p *plan) mapLiteral(t *site, lit *ast.CompositeLit, variable types.Object) {
	t.covers = append(t.covers, lit)
	var sets []*ast.AssignStmt
	if variable != nil {
		var ok bool
		if sets, ok = p.memberSets(t, variable); !ok {
			return
		}
	}
	text := ""
	var private []ast.Expr
	expires := false
	for _, el := range lit.Elts {
		kv := el.(*ast.KeyValueExpr)
		name, ok := p.s.text(kv.Key)
		if !ok {
			t.fail("a name in the map in line " + p.s.line(kv) + " is not a constant")
			return
		}
		if fieldOf[name] == "" {
			private = append(private, kv)
			continue
		}
		value, ok := p.memberValue(name, kv.Value)
		if !ok {
			t.fail("the value of " + name + " in line " + p.s.line(kv) + " is not of a form that can be rewritten")
			return
		}
		expires = expires || name == "exp"
		text += "\n" + fieldOf[name] + ": " + value + ","
	}
	hasPrivate := len(private) > 0
	for _, set := range sets {
		name, _ := p.s.text(set.Lhs[0].(*ast.IndexExpr).Index)
		hasPrivate = hasPrivate || fieldOf[name] == ""
		expires = expires || name == "exp" && p.s.parents[set] == p.s.parents[p.definition(variable)]
		p.memberSet(t, set, name)
	}
	if !expires {
		t.fail("the token never expires: jwt.Sign asks for ExpiresAt, or for InsecureNoExpiry")
	}
	typ := "struct{}"
	if hasPrivate {
		typ = "map[string]any"
		text += "\nPrivate: map[string]any{"
		for _, kv := range private {
			if !p.isPlain(kv) {
				t.fail("a value in the map in line " + p.s.line(kv) + " has golang-jwt in it")
			}
			text += "\n" + p.s.raw(kv) + ","
		}
		if len(private) > 0 {
			text += "\n"
		}
		text += "},"
	}
	t.replace(lit, "jwt.Claims["+typ+"]{"+text+"\n}")
}

// memberSets returns the assignments to members of a map that a variable holds. Every other
// use of the variable, except as claims to be signed, makes the site fail.
func (p *plan) memberSets(t *site, variable types.Object) ([]*ast.AssignStmt, bool) {
	var sets []*ast.AssignStmt
	define := p.definition(variable)
	for _, use := range p.s.uses(p.s.parents[define], variable) {
		if call, ok := p.s.parents[use].(*ast.CallExpr); ok && p.s.callee(call) == "NewWithClaims" {
			continue
		}
		index, ok := p.s.parents[use].(*ast.IndexExpr)
		if ok {
			_, ok = p.s.text(index.Index)
		}
		set, isSet := p.s.parents[p.s.parents[use]].(*ast.AssignStmt)
		if !ok || !isSet || set.Tok != token.ASSIGN || len(set.Lhs) != 1 || set.Lhs[0] != ast.Expr(index) {
			t.fail("the map of claims is used for something else in line " + p.s.line(use))
			return nil, false
		}
		sets = append(sets, set)
	}
	return sets, true
}

// memberSet rewrites claims["name"] = value.
func (p *plan) memberSet(t *site, set *ast.AssignStmt, name string) {
	index := set.Lhs[0].(*ast.IndexExpr)
	t.covers = append(t.covers, set)
	if fieldOf[name] == "" {
		t.edit(index.X.End(), index.X.End(), ".Private")
		return
	}
	value, ok := p.memberValue(name, set.Rhs[0])
	if !ok {
		t.fail("the value of " + name + " in line " + p.s.line(set) + " is not of a form that can be rewritten")
		return
	}
	t.edit(index.X.End(), set.End(), "."+fieldOf[name]+" = "+value)
}

// memberValue returns the text of the value of a registered claim in a map, as a field of
// jwt.Claims takes it.
func (p *plan) memberValue(name string, value ast.Expr) (string, bool) {
	typ := p.s.info.TypeOf(value)
	switch name {
	case "iss", "sub", "jti":
		if b, ok := typ.(*types.Basic); ok && b.Info()&types.IsString != 0 && p.isPlain(value) {
			return p.s.raw(value), true
		}
	case "aud":
		if b, ok := typ.(*types.Basic); ok && b.Info()&types.IsString != 0 && p.isPlain(value) {
			return "[]string{" + p.s.raw(value) + "}", true
		}
		if lit, ok := value.(*ast.CompositeLit); ok && peerType(typ) == "ClaimStrings" {
			return "[]string" + p.s.raw(lit)[int(lit.Lbrace-lit.Pos()):], true
		}
		if typ.String() == "[]string" && p.isPlain(value) {
			return p.s.raw(value), true
		}
	case "exp", "nbf", "iat":
		return p.memberDate(value)
	}
	return "", false
}

// memberDate takes t.Unix(), float64(t.Unix()) and jwt.NewNumericDate(t) for t, and another
// int64 for seconds.
func (p *plan) memberDate(value ast.Expr) (string, bool) {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if ok && len(call.Args) == 1 && p.s.info.Types[call.Fun].IsType() {
		return p.memberDate(call.Args[0])
	}
	if ok && p.s.callee(call) == "NewNumericDate" && p.isPlain(call.Args[0]) {
		return p.s.raw(call.Args[0]), true
	}
	if ok && len(call.Args) == 0 {
		sel, isSel := call.Fun.(*ast.SelectorExpr)
		if isSel && sel.Sel.Name == "Unix" && p.s.info.TypeOf(sel.X).String() == "time.Time" && p.isPlain(sel.X) {
			return p.s.raw(sel.X), true
		}
	}
	if p.s.info.TypeOf(value).String() == "int64" && p.isPlain(value) && p.s.isPackage(value, "time") {
		return "time.Unix(" + p.s.raw(value) + ", 0)", true
	}
	return "", false
}

// memberOrName rewrites an assertion of the claims that stands in an expression.
func (t *parsing) memberOrName(assert *ast.TypeAssertExpr) {
	t.replace(assert, t.variable())
	if t.typ == "map[string]any" {
		t.member(assert)
	}
}

// member rewrites a read of a member of the claims' map: e is the variable that holds it, or
// the expression. The forms are those whose result is the same although numbers are a
// json.Number and the registered claims are fields.
func (t *parsing) member(e ast.Expr) {
	s := t.p.s
	index, ok := s.parents[e].(*ast.IndexExpr)
	if !ok || index.X != e {
		t.fail("the map of claims is used for something else in line " + s.line(e))
		return
	}
	name, ok := s.text(index.Index)
	if !ok {
		t.fail("line " + s.line(e) + " reads a claim whose name is not a constant")
		return
	}
	field := fieldOf[name]
	assert, isAssert := s.parents[index].(*ast.TypeAssertExpr)
	switch {
	case field == "" && (isAssert && isOneOf(s.info.TypeOf(assert.Type), "string", "bool") || t.isCompared(index)):
		t.edit(e.End(), e.End(), ".Private")
		t.covers = append(t.covers, s.parents[index])
	case isAssert && isOneOf(s.info.TypeOf(assert.Type), "string") && (name == "iss" || name == "sub" || name == "jti"):
		t.registeredMember(e, assert, name)
	default:
		t.fail("what line " + s.line(e) + " does with the claim " + name + " is not certain to work with a json.Number, or with a field")
	}
}

func isOneOf(t types.Type, names ...string) bool {
	for _, name := range names {
		if t != nil && t.String() == name {
			return true
		}
	}
	return false
}

// isCompared reports whether index is compared with a constant that is not a number.
func (t *parsing) isCompared(index *ast.IndexExpr) bool {
	b, ok := t.p.s.parents[index].(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL && b.Op != token.NEQ {
		return false
	}
	other := b.X
	if other == ast.Expr(index) {
		other = b.Y
	}
	tv := t.p.s.info.Types[other]
	return isNil(other) || tv.Value != nil && isOneOf(types.Default(tv.Type), "string", "bool")
}

// registeredMember rewrites claims["sub"].(string). An assertion that panics without the
// claim becomes a claim that the policy requires.
func (t *parsing) registeredMember(e ast.Expr, assert *ast.TypeAssertExpr, name string) {
	s := t.p.s
	text := s.raw(e)
	if t.isEdited(e) {
		text = t.variable()
	}
	field := text + "." + fieldOf[name]
	assign, ok := s.parents[assert].(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
		t.require(name)
		t.replace(assert, field)
		return
	}
	if isBlank(assign.Lhs[1]) {
		t.edit(assign.Lhs[0].End(), assign.Lhs[1].End(), "")
		t.replace(assert, field)
		return
	}
	t.replace(assert, field+", "+field+` != ""`)
}
