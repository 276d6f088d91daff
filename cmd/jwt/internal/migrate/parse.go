package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A parsing is a call of Parse while it is planned.
type parsing struct {
	*site
	p      *plan
	read   parse
	stmt   *ast.AssignStmt // token, err := jwt.Parse(…)
	check  *ast.IfStmt     // if err != nil {…}, after it or around it
	block  ast.Node        // what they stand in
	result types.Object    // the claims that the caller has made, nil if token.Claims has them
	name   string          // the variable of the claims, in the new text
	typ    string          // P, in the new text

	pinned   bool     // the new text uses name
	required []string // claims that the code asserts to be there
}

// parse plans what becomes of a call of Parse or ParseWithClaims. It is rewritten if
//
//   - it is a statement token, err := …, and err is tested after it or with it,
//   - all of its options are known, and have a field in a Policy,
//   - its Keyfunc does nothing but return one key, of a type that shows its kind, and one
//     algorithm is named, by WithValidMethods or by the Keyfunc,
//   - the token and the claims are only used where err is nil, and in ways that are known.
func (p *plan) parse(call *ast.CallExpr) *site {
	t := &parsing{
		site: &site{node: call, row: "parse", needs: make(map[*claimsType]bool), supports: make(map[types.Object]bool)},
		p:    p, read: p.s.readParse(call),
	}
	if !p.s.isClosed() {
		t.fail("other packages may test its error for golang-jwt's")
		return t.site
	}
	if t.statement(); t.why != "" {
		return t.site
	}
	alg, key := t.key()
	if t.why != "" {
		return t.site
	}
	if t.token(); t.why != "" {
		return t.site
	}
	policy := t.policy(alg)
	p.checkNames(t.site)
	if !p.isPlain(t.read.token) {
		t.fail("the text of the token is made with golang-jwt")
	}
	t.replace(call, t.helper+"["+t.typ+"]("+p.context(call)+", "+p.s.raw(t.read.token)+", "+key+", jwt.Policy{"+policy+"\n})")
	t.message = strings.TrimPrefix(p.s.callee(call), "Parser.") + " becomes Parse of a jwt.Parser, in " + t.helper
	return t.site
}

// statement checks the form of the statement and of the test of its error.
func (t *parsing) statement() {
	s := t.p.s
	stmt, ok := s.parents[t.node].(*ast.AssignStmt)
	if !ok || stmt.Tok != token.DEFINE || len(stmt.Lhs) != 2 {
		t.fail("it is not a statement token, err := …")
		return
	}
	t.stmt, t.block = stmt, s.parents[stmt]
	t.err = s.object(stmt.Lhs[1])
	if check, ok := t.block.(*ast.IfStmt); ok && check.Init == ast.Stmt(stmt) {
		t.check, t.block = check, s.parents[check]
		t.takeOut()
	} else {
		t.check = s.testOf(stmt, t.err)
	}
	if t.err == nil || t.check == nil || !s.testsNotNil(t.check.Cond, t.err) || s.list(t.check) == nil {
		t.fail("no statement after it is if err != nil")
	}
}

// testOf returns the first statement after stmt that tests err, if nothing before it assigns
// another error.
func (s *source) testOf(stmt ast.Stmt, err types.Object) *ast.IfStmt {
	for next := s.next(stmt); next != nil && err != nil; next = s.next(next) {
		if check, ok := next.(*ast.IfStmt); ok && check.Init == nil && s.testsNotNil(check.Cond, err) {
			return check
		}
		if assigns(s, next, err) {
			return nil
		}
	}
	return nil
}

// assigns reports whether n gives the variable another value, or its address away.
func assigns(s *source, n ast.Node, v types.Object) bool {
	found := false
	for _, use := range s.uses(n, v) {
		switch outer := s.parents[use].(type) {
		case *ast.AssignStmt:
			found = found || use.End() <= outer.TokPos
		case *ast.UnaryExpr:
			found = found || outer.Op == token.AND
		}
	}
	return found
}

// takeOut makes a statement of its own of the call in if token, err := …; err != nil {…},
// since the claims are used after it. Its error gets another name, unless none has this one.
func (t *parsing) takeOut() {
	s := t.p.s
	t.edit(t.check.Pos(), t.stmt.Pos(), "")
	t.edit(t.stmt.End(), t.check.Cond.Pos(), "\nif ")
	scope := s.info.Scopes[t.check].Parent()
	isFree := func(name string) bool { return scope.Lookup(name) == nil && s.lookup(t.check, name) == nil }
	if t.err == nil || isFree(t.err.Name()) {
		return
	}
	if !isFree("parseErr") {
		t.fail("the error needs another name")
	}
	t.replace(t.stmt.Lhs[1], "parseErr")
	for _, use := range s.uses(t.check, t.err) {
		t.replace(use, "parseErr")
	}
	if tok := s.object(t.stmt.Lhs[0]); tok != nil && !isFree(tok.Name()) {
		t.fail("the token needs another name")
	}
}

// key finds the key and its algorithm, and chooses the function that parses with it.
func (t *parsing) key() (alg, text string) {
	p, s := t.p, t.p.s
	if !t.read.known {
		t.fail("not all of its options are known")
		return "", ""
	}
	fn := s.keyfuncOf(t.read.keyfunc)
	if fn == nil {
		t.fail("its Keyfunc is not in this package")
		return "", ""
	}
	k := s.readKeyfunc(fn)
	if k.key == nil || k.byKid || k.byIssuer || k.byUser {
		t.fail("its Keyfunc does more than return one key")
		return "", ""
	}
	family := map[string][]string{
		"[]byte":                   algorithms[:3],
		"*crypto/rsa.PublicKey":    algorithms[3:9],
		"*crypto/ecdsa.PublicKey":  algorithms[9:12],
		"crypto/ed25519.PublicKey": algorithms[12:],
	}[s.info.TypeOf(k.key).String()]
	if family == nil {
		t.fail("the key is of type " + s.info.TypeOf(k.key).String() + ", from which its kind is not certain")
		return "", ""
	}
	algs := family
	if k.algs != nil {
		algs = both(algs, k.algs)
	}
	if t.read.limited {
		algs = both(algs, t.read.methods)
	}
	if len(algs) == 0 {
		t.fail("the key is for none of the algorithms that are allowed")
		return "", ""
	}
	if len(algs) > 1 {
		t.fail("one key serves " + strings.Join(algs, ", ") + ": name one algorithm with WithValidMethods, and run this command again")
		return "", ""
	}
	if n, ok := s.secretLength(k.key); ok && n < hashLength(algs[0]) && families[algs[0]] == "HMAC" {
		t.fail("the secret is too short for package jwt")
	}
	text, ok := p.movedKey(k.key, fn, t.read)
	if !ok {
		t.fail("the key cannot be had outside of the Keyfunc")
	}
	t.helper = "parseKey"
	if families[algs[0]] == "HMAC" {
		t.helper = "parseHMAC"
	}
	t.support(t.read.keyfunc)
	if t.read.parser != nil {
		t.support(t.read.parser)
	}
	for _, arg := range t.node.(*ast.CallExpr).Args {
		t.support(arg)
	}
	return algs[0], text
}

// support notes what the site needs no longer, if e names it.
func (t *parsing) support(e ast.Expr) {
	switch obj := t.p.s.object(e).(type) {
	case *types.Func:
		t.supports[obj] = true
	case *types.Var:
		if peerType(obj.Type()) == "Parser" || peerType(obj.Type()) == "ParserOption" || t.p.s.takesToken(obj.Type()) {
			t.supports[obj] = true
		}
	}
}

// movedKey returns the text of the key, as it is written where Parse is called. A Keyfunc
// that is a method has another name for its receiver.
func (p *plan) movedKey(key ast.Expr, fn ast.Node, read parse) (string, bool) {
	decl, ok := fn.(*ast.FuncDecl)
	if ok && decl.Recv != nil && len(decl.Recv.List[0].Names) == 1 {
		recv := p.s.info.Defs[decl.Recv.List[0].Names[0]]
		if sel, ok := ast.Unparen(key).(*ast.SelectorExpr); ok && recv != nil && p.s.object(sel.X) == recv {
			x, ok := ast.Unparen(read.keyfunc).(*ast.SelectorExpr)
			if selection := p.s.info.Selections[x]; selection == nil || len(selection.Index()) > 1 {
				return "", false // a method of an embedded field
			}
			return p.s.raw(read.keyfunc)[:max(0, strings.LastIndexByte(p.s.raw(read.keyfunc), '.'))] + "." + sel.Sel.Name, ok && p.moves(x.X, read.call)
		}
	}
	return p.s.raw(key), p.moves(key, read.call)
}
