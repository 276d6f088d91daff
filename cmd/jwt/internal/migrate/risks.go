package migrate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// findRisks reports what is unsafe, whether or not golang-jwt is left.
func (s *source) findRisks() {
	s.each(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			s.riskOfCall(n)
		case *ast.SelectorExpr:
			switch s.nameOf(n) {
			case "SigningMethodNone", "UnsafeAllowNoneSignatureType":
				s.add(Risk, "none", n, `anyone can make a token with the algorithm "none"`)
			}
		case *ast.AssignStmt:
			s.riskOfAssign(n)
		}
	})
}

func (s *source) riskOfCall(call *ast.CallExpr) {
	switch name := s.callee(call); name {
	case "Parse", "ParseWithClaims", "Parser.Parse", "Parser.ParseWithClaims":
		s.riskOfParse(s.readParse(call))
	case "request.ParseFromRequest":
		if len(call.Args) > 2 {
			s.riskOfKeyfunc(call, call.Args[2], nil)
		}
	case "Parser.ParseUnverified":
		s.add(Risk, "parse-unverified", call, "nothing of this token has been verified: what it says must not decide anything")
	case "WithoutClaimsValidation":
		s.add(Risk, "without-claims-validation", call, "neither exp nor nbf is checked: a token is good for ever")
	case "WithIssuer", "WithSubject", "WithAudience", "WithAllAudiences":
		s.riskOfOption(call, name)
	case "WithValidMethods":
		if algs, ok := s.texts(call.Args[0]); ok {
			for _, alg := range algs {
				if strings.EqualFold(alg, "none") {
					s.add(Risk, "none", call, `anyone can make a token with the algorithm "none"`)
				}
			}
		}
	case "Token.SignedString":
		s.riskOfSecret(call.Args[0], s.methodOfSigned(call))
	}
}

// riskOfOption reports an option that switches the check off that it seems to ask for.
func (s *source) riskOfOption(call *ast.CallExpr, name string) {
	if call.Ellipsis.IsValid() {
		return
	}
	row := map[string]string{"WithIssuer": "with-issuer", "WithSubject": "with-subject", "WithAudience": "with-audience", "WithAllAudiences": "with-all-audiences"}[name]
	off := len(call.Args) == 0
	if len(call.Args) == 1 && (name == "WithIssuer" || name == "WithSubject") {
		text, ok := s.text(call.Args[0])
		off = ok && text == ""
	}
	if off {
		s.add(Risk, row, call, name+" of nothing switches the check off: every token passes")
	}
}

// A parse is a call of one of golang-jwt's Parse functions.
type parse struct {
	call    *ast.CallExpr
	token   ast.Expr
	claims  ast.Expr // nil for Parse, which makes MapClaims
	keyfunc ast.Expr
	parser  ast.Expr // the Parser whose method is called; nil for a function
	options []ast.Expr
	known   bool     // options are all there are
	methods []string // of WithValidMethods, nil if it is not there or not constant
	limited bool     // WithValidMethods is there, or may be
}

// readParse reads a call whose callee is one of golang-jwt's Parse functions.
func (s *source) readParse(call *ast.CallExpr) parse {
	name := s.callee(call)
	p := parse{call: call, known: true}
	args := call.Args
	p.token, args = args[0], args[1:]
	if strings.HasSuffix(name, "ParseWithClaims") {
		p.claims, args = args[0], args[1:]
	}
	p.keyfunc, p.options = args[0], args[1:]
	if call.Ellipsis.IsValid() {
		p.known = false
	}
	if strings.HasPrefix(name, "Parser.") {
		p.parser = call.Fun.(*ast.SelectorExpr).X
		p.options, p.known = s.parserOptions(p.parser)
	}
	p.limited = !p.known
	p.options = slices.Clone(p.options)
	for i, option := range p.options {
		o, ok := s.resolve(option).(*ast.CallExpr)
		if !ok || s.callee(o) == "" {
			p.known, p.limited = false, true
			continue
		}
		if s.callee(o) == "WithValidMethods" {
			p.limited = true
			p.methods, _ = s.texts(s.resolve(o.Args[0]))
		}
		p.options[i] = o
	}
	return p
}

// parserOptions returns the options that the Parser e was made with, and whether these are
// certain.
func (s *source) parserOptions(e ast.Expr) ([]ast.Expr, bool) {
	call, ok := s.resolve(e).(*ast.CallExpr)
	if !ok || s.callee(call) != "NewParser" {
		return nil, false
	}
	return call.Args, !call.Ellipsis.IsValid()
}

// resolve returns what e stands for, if e is a variable that is assigned once, and otherwise
// e.
func (s *source) resolve(e ast.Expr) ast.Expr {
	if value := s.initial(s.object(e)); value != nil {
		e = value
	}
	return ast.Unparen(e)
}

// initial returns the expression that the variable obj is defined with, if it is assigned
// nothing else in this package, and otherwise nil.
func (s *source) initial(obj types.Object) ast.Expr {
	v, ok := obj.(*types.Var)
	if !ok || v.IsField() || v.Pkg() != s.pass.Pkg {
		return nil
	}
	var value ast.Expr
	count := 0
	s.each(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if s.object(lhs) == obj {
					count++
					if len(n.Lhs) == len(n.Rhs) {
						value = n.Rhs[i]
					}
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if s.info.Defs[name] == obj && len(n.Names) == len(n.Values) {
					value = n.Values[i]
					count++
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && s.object(n.X) == obj {
				count++
			}
		}
	})
	if count != 1 {
		return nil
	}
	return value
}

func (s *source) riskOfParse(p parse) {
	s.riskOfErrors(p.call)
	s.riskOfKeyfunc(p.call, p.keyfunc, &p)
}

// riskOfKeyfunc reports a token that chooses the algorithm, and secrets that are short.
func (s *source) riskOfKeyfunc(call *ast.CallExpr, e ast.Expr, p *parse) {
	fn := s.keyfuncOf(e)
	var k keyfunc
	if fn != nil {
		k = s.readKeyfunc(fn)
	}
	limited := p != nil && p.limited
	if fn != nil && !k.checked && !limited && p != nil {
		text := "without WithValidMethods the token chooses the algorithm"
		if k.key != nil {
			text += ", and one key serves them all"
		}
		s.add(Risk, "with-valid-methods", call, text)
	}
	if k.key != nil {
		alg := ""
		if p != nil && len(p.methods) == 1 {
			alg = p.methods[0]
		}
		s.riskOfSecret(k.key, alg)
	}
}

// riskOfSecret reports a secret that is a constant shorter than the hash of alg.
func (s *source) riskOfSecret(e ast.Expr, alg string) {
	n, ok := s.secretLength(e)
	if !ok || n >= hashLength(alg) {
		return
	}
	s.add(Risk, "short-secrets", e, fmt.Sprintf("a constant of %d bytes is not a secret: take %d bytes from crypto/rand, and keep them out of the source", n, hashLength(alg)))
}

// hashLength returns the length of the hash of an HMAC algorithm, which is the least length
// of its secret (RFC 7518 section 3.2).
func hashLength(alg string) int {
	switch alg {
	case "HS384":
		return 48
	case "HS512":
		return 64
	}
	return 32
}

// secretLength returns the length of the constant that e is made of: []byte("…"), or a
// variable or constant that is.
func (s *source) secretLength(e ast.Expr) (int, bool) {
	e = ast.Unparen(e)
	if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 1 && s.info.Types[call.Fun].IsType() {
		text, ok := s.text(call.Args[0])
		if !ok {
			if init := s.initial(s.object(call.Args[0])); init != nil {
				text, ok = s.text(init)
			}
		}
		return len(text), ok
	}
	if init := s.initial(s.object(e)); init != nil {
		return s.secretLength(init)
	}
	return 0, false
}

// methodOfSigned returns the algorithm of the token that call, a SignedString, signs, as far
// as it can be seen.
func (s *source) methodOfSigned(call *ast.CallExpr) string {
	x := s.resolve(call.Fun.(*ast.SelectorExpr).X)
	if made, ok := x.(*ast.CallExpr); ok && len(made.Args) > 0 {
		alg, _ := s.algOf(made.Args[0])
		return alg
	}
	return ""
}

// riskOfAssign reports an error that is thrown away.
func (s *source) riskOfAssign(assign *ast.AssignStmt) {
	if len(assign.Rhs) != 1 || len(assign.Lhs) < 2 {
		return
	}
	call, ok := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
	if !ok || !isBlank(assign.Lhs[len(assign.Lhs)-1]) {
		return
	}
	switch name := s.callee(call); name {
	case "Parse", "ParseWithClaims", "Parser.Parse", "Parser.ParseWithClaims", "Parser.ParseUnverified", "request.ParseFromRequest":
		s.add(Risk, "errors", assign, "the error is ignored: golang-jwt returns the token, and fills the claims, of a token that it refuses")
	case "Token.SignedString":
		s.add(Risk, "errors", assign, "the error is ignored: the token may be empty")
	}
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// riskOfErrors reports that the token or the claims of call are used where its error is not
// nil: golang-jwt returns them for a token that it refuses.
func (s *source) riskOfErrors(call *ast.CallExpr) {
	check, vars := s.errorBranch(call)
	if check == nil {
		return
	}
	for _, v := range vars {
		if uses := s.uses(check, v); len(uses) > 0 {
			s.add(Risk, "errors", uses[0], "the token has been refused here: what "+v.Name()+" holds may be forged")
			return
		}
	}
}

// errorBranch returns the block that is run if the error of call is not nil, and the
// variables that hold what call returned or filled.
func (s *source) errorBranch(call *ast.CallExpr) (*ast.BlockStmt, []types.Object) {
	assign, ok := s.parents[call].(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 2 || len(assign.Rhs) != 1 {
		return nil, nil
	}
	errObj := s.object(assign.Lhs[1])
	check, ok := s.parents[assign].(*ast.IfStmt)
	if !ok {
		check, ok = s.next(assign).(*ast.IfStmt)
	}
	if !ok || errObj == nil || !s.testsNotNil(check.Cond, errObj) {
		return nil, nil
	}
	var vars []types.Object
	if obj := s.object(assign.Lhs[0]); obj != nil {
		vars = append(vars, obj)
	}
	if p := s.readParse(call); p.claims != nil {
		if obj := s.object(stripAddress(p.claims)); obj != nil {
			vars = append(vars, obj)
		}
	}
	return check.Body, vars
}

// testsNotNil reports whether cond is err != nil, or begins with it and goes on with ||.
func (s *source) testsNotNil(cond ast.Expr, err types.Object) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return false
	}
	if b.Op == token.LOR {
		return s.testsNotNil(b.X, err)
	}
	return b.Op == token.NEQ && s.object(b.X) == err && isNil(b.Y)
}

func stripAddress(e ast.Expr) ast.Expr {
	if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && u.Op == token.AND {
		return u.X
	}
	return e
}

// next returns the statement after stmt in its block, or nil.
func (s *source) next(stmt ast.Stmt) ast.Stmt {
	list := s.list(stmt)
	for i, other := range list {
		if other == stmt && i+1 < len(list) {
			return list[i+1]
		}
	}
	return nil
}

// list returns the statements that stmt stands among.
func (s *source) list(stmt ast.Stmt) []ast.Stmt {
	switch p := s.parents[stmt].(type) {
	case *ast.BlockStmt:
		return p.List
	case *ast.CaseClause:
		return p.Body
	case *ast.CommClause:
		return p.Body
	}
	return nil
}
