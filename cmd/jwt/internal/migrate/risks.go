package migrate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
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
		if !s.isParse(call) {
			return
		}
		p := s.readParse(call)
		s.riskOfErrors(call)
		s.riskOfKeyfunc(call, p.keyfunc, p)
	case "request.ParseFromRequest":
		if len(call.Args) < 3 {
			return
		}
		s.riskOfKeyfunc(call, call.Args[2], s.requestParser(call))
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

// requestParser reads the Parser that a call of ParseFromRequest is given, as readParse does.
func (s *source) requestParser(call *ast.CallExpr) parse {
	p := parse{call: call, known: !call.Ellipsis.IsValid()}
	for _, arg := range call.Args[3:] {
		option, ok := s.resolve(arg).(*ast.CallExpr)
		switch {
		case !ok:
			p.known = false
		case s.callee(option) == "request.WithParser":
			p.options, p.known = s.parserOptions(option.Args[0])
		}
	}
	s.readOptions(&p)
	return p
}

// riskOfKeyfunc reports a token that chooses the algorithm, and secrets that are short.
func (s *source) riskOfKeyfunc(call *ast.CallExpr, e ast.Expr, p parse) {
	var k keyfunc // of a Keyfunc elsewhere nothing is known
	if fn := s.keyfuncOf(e); fn != nil {
		k = s.readKeyfunc(fn)
	}
	if !k.checked && !p.limited {
		text := "without WithValidMethods the token chooses the algorithm"
		if k.key != nil {
			text += ", and one key serves them all"
		}
		s.add(Risk, "with-valid-methods", call, text)
	}
	if k.key != nil {
		alg := ""
		if len(p.methods) == 1 {
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
		if uses := s.uses(check.Body, v); len(uses) > 0 {
			s.add(Risk, "errors", uses[0], "the token has been refused here: what "+v.Name()+" holds may be forged")
			return
		}
	}
	block := body(s.enclosing(call))
	if s.terminates(check.Body) || s.testsValid(block, check.Pos()) {
		return
	}
	for _, v := range vars {
		for _, use := range s.uses(block, v) {
			if use.Pos() > check.End() {
				s.add(Risk, "errors", use, "the token may have been refused: line "+s.line(check)+" tests the error, and goes on")
				return
			}
		}
	}
}

// testsValid reports whether a part of n after pos reads token.Valid.
func (s *source) testsValid(n ast.Node, pos token.Pos) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		found = found || ok && sel.Pos() > pos && s.nameOf(sel) == "Token.Valid"
		return !found
	})
	return found
}

// errorBranch returns the statement that tests whether the error of call is nil, and the
// variables that hold what call returned or filled.
func (s *source) errorBranch(call *ast.CallExpr) (*ast.IfStmt, []types.Object) {
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
	return check, vars
}
