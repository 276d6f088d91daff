package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// sign plans what becomes of a call of SignedString. These forms are rewritten:
//
//	jwt.NewWithClaims(method, claims).SignedString(key)
//
//	token := jwt.NewWithClaims(method, claims)
//	token.Header["kid"] = kid
//	token.SignedString(key)
//
// where method is one of golang-jwt's, the type of the key fits it, and claims are a literal,
// or a variable that is defined by one.
func (p *plan) sign(call *ast.CallExpr) *site {
	t := &site{node: call, row: "signed-string", needs: make(map[*claimsType]bool)}
	made, variable := p.madeBy(t, call)
	if made == nil {
		t.fail("the token is not made here")
		return t
	}
	if len(made.Args) != 2 || p.s.callee(made) != "NewWithClaims" {
		t.fail("the token is not made with NewWithClaims and two arguments")
		return t
	}
	alg, ok := p.s.algOf(made.Args[0])
	if !ok {
		t.fail("the method is not named where the token is made")
		return t
	}
	if p.signHelper(t, alg, call.Args[0]); t.why != "" {
		return t
	}
	kid := `""`
	var token types.Object
	if variable != nil {
		token = p.s.info.Defs[variable.Lhs[0].(*ast.Ident)]
		kid = p.kid(t, call, variable, token)
	}
	p.checkNames(t)
	prefix := t.helper + "(" + p.context(call) + ", jwt." + alg + ", " + kid + ", " + p.s.raw(call.Args[0]) + ", "
	p.signed(t, call, made, variable, token, prefix)
	if !p.isPlain(call.Args[0]) {
		t.fail("the key is made with golang-jwt")
	}
	t.message = "SignedString becomes jwt.Sign, in " + t.helper
	return t
}

// madeBy returns the call that makes the token which call signs, and the statement that
// keeps it in a variable, if there is one.
func (p *plan) madeBy(t *site, call *ast.CallExpr) (*ast.CallExpr, *ast.AssignStmt) {
	x := ast.Unparen(call.Fun.(*ast.SelectorExpr).X)
	if made, ok := x.(*ast.CallExpr); ok {
		return made, nil
	}
	obj := p.s.object(x)
	if obj == nil {
		return nil, nil
	}
	variable := p.definition(obj)
	if variable == nil {
		return nil, nil
	}
	made, ok := ast.Unparen(variable.Rhs[0]).(*ast.CallExpr)
	if !ok || p.s.enclosing(variable) != p.s.enclosing(call) {
		return nil, nil
	}
	return made, variable
}

// definition returns the statement v := … that defines a local variable, if nothing else is
// assigned to it.
func (p *plan) definition(obj types.Object) *ast.AssignStmt {
	value := p.s.initial(obj)
	if value == nil {
		return nil
	}
	assign, ok := p.s.parents[value].(*ast.AssignStmt)
	if !ok || assign.Tok != token.DEFINE || len(assign.Lhs) != 1 || p.s.list(assign) == nil {
		return nil
	}
	return assign
}

// signHelper chooses the function that signs with a key of this type.
func (p *plan) signHelper(t *site, alg string, key ast.Expr) {
	if n, ok := p.s.secretLength(key); ok && n < hashLength(alg) && families[alg] == "HMAC" {
		t.fail("the secret is too short for package jwt")
		return
	}
	typ := p.s.info.TypeOf(key).String()
	fits := map[string]string{
		"HMAC": "[]byte", "RSA": "*crypto/rsa.PrivateKey", "RSAPSS": "*crypto/rsa.PrivateKey",
		"ECDSA": "*crypto/ecdsa.PrivateKey", "Ed25519": "crypto/ed25519.PrivateKey",
	}[families[alg]]
	if typ != fits && (typ != "crypto.Signer" || families[alg] != "Ed25519") {
		t.fail("the key is of type " + typ + ", from which its kind is not certain")
		return
	}
	t.helper = "signKey"
	if families[alg] == "HMAC" {
		t.helper = "signHMAC"
	}
}

// kid returns the text of the kid, and checks that the token in a variable is used for
// nothing but its kid and its signature.
func (p *plan) kid(t *site, call *ast.CallExpr, variable *ast.AssignStmt, token types.Object) string {
	kid := `""`
	for _, use := range p.s.uses(p.s.parents[variable], token) {
		if within(call.Fun, use) {
			continue
		}
		assign, value := p.kidAssign(use)
		if assign == nil || p.s.parents[assign] != p.s.parents[variable] || kid != `""` || assign.Pos() > call.Pos() {
			t.fail("the token is used for something else in line " + p.s.line(use))
			return kid
		}
		if text, constant := p.s.text(value); constant && text == "" || p.s.info.TypeOf(value).String() != "string" || !p.isPlain(value) {
			t.fail("the kid in line " + p.s.line(use) + " is not a string")
			return kid
		}
		kid = p.s.raw(value)
		t.covers = append(t.covers, assign)
		t.edits = append(t.edits, p.removal(assign))
	}
	return kid
}

// kidAssign returns the statement token.Header["kid"] = value that use is part of.
func (p *plan) kidAssign(use *ast.Ident) (*ast.AssignStmt, ast.Expr) {
	header, ok := p.s.parents[use].(*ast.SelectorExpr)
	if !ok || p.s.nameOf(header) != "Token.Header" || !p.s.indexes(header, "kid") || !p.s.isAssigned(header) {
		return nil, nil
	}
	assign := p.s.parents[p.s.parents[header]].(*ast.AssignStmt)
	return assign, assign.Rhs[0]
}

// signed rewrites the claims and the call. variable is the statement that keeps the token,
// or nil.
func (p *plan) signed(t *site, call, made *ast.CallExpr, variable *ast.AssignStmt, tok types.Object, prefix string) {
	claims := ast.Unparen(made.Args[1])
	t.passed = append(t.passed, made.Args[1])
	if lit, ok := stripAddress(claims).(*ast.CompositeLit); ok {
		p.signedLiteral(t, lit)
		if variable == nil {
			t.edit(call.Pos(), lit.Pos(), prefix)
			t.edit(lit.End(), call.End(), ")")
			return
		}
		t.keep(made, lit)
		name := p.freeName(call, "claims", tok)
		for _, id := range append(p.s.uses(p.s.parents[variable], tok), variable.Lhs[0].(*ast.Ident)) {
			if !within(call, id) {
				t.replace(id, name)
			}
		}
		t.replace(call, prefix+name+")")
		t.covers = append(t.covers, made)
		return
	}
	obj := p.s.object(stripAddress(claims))
	if obj == nil {
		t.fail("the claims are not a literal, nor a variable that is defined by one")
		return
	}
	p.signedVariable(t, made, call, obj)
	value := obj.Name()
	if _, pointer := types.Unalias(obj.Type()).(*types.Pointer); pointer {
		value = "*" + value
	}
	t.replace(call, prefix+value+")")
	if variable != nil {
		t.edits = append(t.edits, p.removal(variable))
		t.covers = append(t.covers, variable)
	}
}

// signedLiteral checks the literal that is signed.
func (p *plan) signedLiteral(t *site, lit *ast.CompositeLit) {
	typ := p.s.info.TypeOf(lit)
	if peerType(typ) == "MapClaims" {
		p.mapLiteral(t, lit, nil)
		return
	}
	c := p.typeOf(typ)
	if c == nil {
		t.fail("the claims are of a type that is not rewritten")
		return
	}
	if c.registered {
		p.island(t, c, lit)
	} else {
		t.needs[c] = true
	}
	if !p.hasExpiry(lit) {
		t.fail("the token never expires: jwt.Sign asks for ExpiresAt, or for InsecureNoExpiry")
	}
}

// island rewrites a literal of jwt.RegisteredClaims that is used for nothing else, whether
// or not the type is rewritten elsewhere.
func (p *plan) island(t *site, c *claimsType, lit *ast.CompositeLit) {
	alone := &claimsType{name: c.name, registered: true}
	alone.edit(lit.Type, p.typeIn(alone, lit))
	p.literal(alone, lit)
	t.edits = append(t.edits, alone.edits...)
	t.covers = append(t.covers, alone.covers...)
	if alone.why != "" {
		t.fail(alone.why)
	}
}

// hasExpiry reports whether a literal of a claimsType sets ExpiresAt.
func (p *plan) hasExpiry(lit *ast.CompositeLit) bool {
	for _, el := range lit.Elts {
		kv, ok := el.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch key, _ := kv.Key.(*ast.Ident); {
		case key != nil && key.Name == "ExpiresAt":
			return true
		case key != nil && key.Name == "RegisteredClaims":
			if inner, ok := ast.Unparen(kv.Value).(*ast.CompositeLit); ok && p.hasExpiry(inner) {
				return true
			}
		}
	}
	return false
}

// signedVariable checks the variable that holds the claims: a literal defines it, and it
// does not change between the making of the token and the signature.
func (p *plan) signedVariable(t *site, made, call *ast.CallExpr, obj types.Object) {
	define := p.definition(obj)
	if define == nil || p.s.enclosing(define) != p.s.enclosing(call) {
		t.fail("the claims are not a literal, nor a variable that is defined by one")
		return
	}
	lit, ok := stripAddress(ast.Unparen(define.Rhs[0])).(*ast.CompositeLit)
	if !ok {
		t.fail("the claims are not a literal, nor a variable that is defined by one")
		return
	}
	for _, use := range p.s.uses(p.s.parents[define], obj) {
		if made.End() <= use.Pos() && use.Pos() < call.Pos() {
			t.fail("the claims are used between the making of the token and its signature")
		}
	}
	if peerType(obj.Type()) == "MapClaims" {
		p.mapLiteral(t, lit, obj)
		return
	}
	c := p.typeOf(obj.Type())
	if c == nil {
		t.fail("the claims are of a type that is not rewritten")
		return
	}
	t.needs[c] = true
	if !p.hasExpiry(lit) && !p.setsExpiry(define, made, obj) {
		t.fail("the token never expires: jwt.Sign asks for ExpiresAt, or for InsecureNoExpiry")
	}
}

// setsExpiry reports whether a statement among those of define, before made, sets ExpiresAt
// of obj.
func (p *plan) setsExpiry(define *ast.AssignStmt, made *ast.CallExpr, obj types.Object) bool {
	for _, use := range p.s.uses(p.s.parents[define], obj) {
		sel, ok := p.s.parents[use].(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "ExpiresAt" || use.Pos() > made.Pos() {
			continue
		}
		if assign, ok := p.s.parents[sel].(*ast.AssignStmt); ok && assign.Lhs[0] == ast.Expr(sel) && p.s.parents[assign] == p.s.parents[define] {
			return true
		}
	}
	return false
}
