package migrate

import (
	"go/ast"
	"go/types"
	"strconv"
	"strings"
)

// findWork reports each use of golang-jwt that nothing accounts for yet. One finding stands
// for all that is inside a call.
func (s *source) findWork() {
	for _, file := range s.pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil || s.isCovered(n.Pos()) && s.coveredWhole(n) {
				return false
			}
			a, ok := s.workAt(n)
			if !ok {
				return true
			}
			s.addWork(n, a)
			if call, ok := n.(*ast.CallExpr); ok {
				s.workInside(call)
			}
			s.cover(n)
			return false
		})
	}
}

// coveredWhole reports whether n lies in one covered part.
func (s *source) coveredWhole(n ast.Node) bool {
	for _, c := range s.covered {
		if within(c, n) {
			return true
		}
	}
	return false
}

// addWork adds a finding about n, unless there is nothing to say or it has been said.
func (s *source) addWork(n ast.Node, a advice) {
	if a.text != "" && !s.said(n, a) {
		s.add(Work, a.row, n, a.text)
	}
}

// workInside adds what the finding about a call does not say: what becomes of a Keyfunc in
// its arguments, and of an option that has no field in a Policy.
func (s *source) workInside(call *ast.CallExpr) {
	for _, arg := range call.Args {
		ast.Inspect(arg, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				if s.isKeyfunc(n.Type) {
					s.addWork(n, s.keyfuncAdvice(n))
				}
			case *ast.CallExpr:
				switch name := s.callee(n); name {
				case "WithSubject", "WithAllAudiences", "WithPaddingAllowed", "WithoutClaimsValidation":
					s.addWork(n, advices[name].about(name))
				}
			}
			return true
		})
		if obj := s.object(arg); obj != nil && obj.Pkg() != nil && obj.Pkg() != s.pass.Pkg && s.takesToken(obj.Type()) {
			s.addWork(arg, advice{"keyfunc-jwks", obj.Name() + ": becomes a client of package jwks, if it is that of a library for key sets"})
		}
	}
}

// takesToken reports whether t is a Keyfunc.
func (s *source) takesToken(t types.Type) bool {
	if peerType(t) == "Keyfunc" {
		return true
	}
	sig, ok := t.(*types.Signature)
	return ok && sig.Params().Len() == 1 && peerType(sig.Params().At(0).Type()) == "Token"
}

// said reports whether the same finding exists in the line of n.
func (s *source) said(n ast.Node, a advice) bool {
	at := s.pass.Fset.Position(n.Pos())
	for _, f := range s.findings {
		p := s.pass.Fset.Position(f.Pos)
		if f.Row == a.row && f.Message == a.text && p.Line == at.Line && p.Filename == at.Filename {
			return true
		}
	}
	return false
}

// about returns a with the name that it is about in front.
func (a advice) about(name string) advice { return advice{a.row, name + ": " + a.text} }

// workAt returns what is to be said of n, if n is a use of golang-jwt. A text that is empty
// means that nothing is.
func (s *source) workAt(n ast.Node) (advice, bool) {
	switch n := n.(type) {
	case *ast.ImportSpec:
		path, _ := strconv.Unquote(n.Path.Value)
		if v := peers[path]; v != 0 && v < 5 {
			return advice{"v4", "this version is out of support: change to v5 with golang-jwt's own guide, then run this command again"}, true
		}
		return advice{}, peers[path] != 0
	case *ast.FuncDecl:
		if s.isKeyfunc(n.Type) && n.Body != nil {
			return s.keyfuncAdvice(n), true
		}
		if a, ok := s.methodAdvice(n); ok {
			s.add(a.kind, a.row, n.Name, a.text)
		}
	case *ast.FuncLit:
		if s.isKeyfunc(n.Type) {
			return s.keyfuncAdvice(n), true
		}
	case *ast.CallExpr:
		if name := s.callee(n); name != "" {
			a, ok := advices[name]
			if !ok {
				a = advice{"claims-interface", "jwt.Claims[P] has fields for the registered claims"}
			}
			if why := s.reasons[n]; why != "" {
				a.text += "; not done, since " + why
			}
			return a.about(name), true
		}
	case *ast.TypeAssertExpr:
		if a, ok := s.numberAdvice(n); ok {
			return a, true
		}
	case *ast.SelectorExpr:
		if s.nameOf(n) == "Token.Header" && s.isAssigned(n) {
			return advice{"header", "kid is an argument of the function that makes the Signer; other parameters are Claims.Type and Claims.Header"}, true
		}
		a, ok := s.nameAdvice(s.info.Uses[n.Sel])
		if why := s.reasons[n]; ok && why != "" {
			a.text += "; not done, since " + why
		}
		return a, ok
	case *ast.CompositeLit:
		name := peerType(s.info.TypeOf(n))
		if a, ok := advices[name]; ok {
			return a.about(name), true
		}
	case *ast.Ident:
		if v, ok := s.info.Uses[n].(*types.Var); ok && v.IsField() {
			return advice{}, false // the key of a literal
		}
		return s.nameAdvice(s.info.Uses[n])
	}
	return advice{}, false
}

// isAssigned reports whether a member of the map sel is set.
func (s *source) isAssigned(sel *ast.SelectorExpr) bool {
	index, ok := s.parents[sel].(*ast.IndexExpr)
	if !ok {
		return false
	}
	assign, ok := s.parents[index].(*ast.AssignStmt)
	return ok && len(assign.Lhs) == 1 && assign.Lhs[0] == index
}

// nameAdvice returns the advice for a use of obj.
func (s *source) nameAdvice(obj types.Object) (advice, bool) {
	name := peerName(obj)
	if name == "" {
		return advice{}, false
	}
	if a, ok := advices[name]; ok {
		return a.about(name), true
	}
	if sentinel, ok := sentinels[name]; ok {
		text := sentinel.text
		if text == "" {
			text = "becomes jwt." + strings.Join(sentinel.ours, " or jwt.") + " once the token is parsed by package jwt"
		}
		return advice{"errors", text}.about(name), true
	}
	if alg, ok := strings.CutPrefix(name, "SigningMethod"); ok && families[alg] != "" {
		return advice{"signing-method", "becomes jwt." + alg}.about(name), true
	}
	if strings.HasPrefix(name, "ValidationError") {
		return advice{"errors", "the type is *jwt.TokenError; errors.Is tells the reasons apart"}.about(name), true
	}
	if strings.HasPrefix(name, "request.") {
		return advice{"parse-from-request", "package jwthttp finds the token of a request"}.about(name), true
	}
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		return fieldAdvice(name)
	}
	return advice{"claims-interface", "jwt.Claims[P] has fields for the registered claims"}.about(name), true
}

// fieldAdvice returns the advice for a field of golang-jwt's claims.
func fieldAdvice(name string) (advice, bool) {
	_, field, _ := strings.Cut(name, ".")
	switch field {
	case "ExpiresAt", "NotBefore", "IssuedAt", "Time":
		return advice{"numeric-date", "dates are time.Time, and IsZero says that there is none"}.about(name), true
	case "Audience":
		return advice{"claim-strings", "Claims.Audience is []string; one is written as a string"}.about(name), true
	}
	return advice{}, true // a string, there as here
}

// numberAdvice is about the assertion of a claim in a map to a number.
func (s *source) numberAdvice(n *ast.TypeAssertExpr) (advice, bool) {
	index, ok := ast.Unparen(n.X).(*ast.IndexExpr)
	if !ok || n.Type == nil || peerType(s.info.TypeOf(index.X)) != "MapClaims" {
		return advice{}, false
	}
	if b, ok := s.info.TypeOf(n.Type).Underlying().(*types.Basic); !ok || b.Info()&types.IsNumeric == 0 {
		return advice{}, false
	}
	return advice{"float64", "a float64 loses digits of a number over 2^53, and the assertion fails for the json.Number that package jwt returns: give the claim a field in a struct"}, true
}

// A judgement is an advice with the kind of its finding.
type judgement struct {
	kind Kind
	advice
}

// methodAdvice is about the methods of a user's claims that golang-jwt calls, or used to.
func (s *source) methodAdvice(fn *ast.FuncDecl) (judgement, bool) {
	if fn.Recv == nil || len(fn.Recv.List) != 1 || fn.Type.Params.NumFields() != 0 || fn.Type.Results.NumFields() != 1 {
		return judgement{}, false
	}
	if !s.isClaims(s.info.TypeOf(fn.Recv.List[0].Type)) {
		return judgement{}, false
	}
	switch fn.Name.Name {
	case "Valid":
		if s.version() == 5 {
			return judgement{Risk, advice{"valid", "golang-jwt v5 never calls Valid: what it checks is not checked; call it Validate"}}, true
		}
		return judgement{Work, advice{"valid", "rename it to Validate: neither golang-jwt v5 nor package jwt calls Valid"}}, true
	case "Validate":
		return judgement{Work, advice{"validate", "Parse calls Validate of P, which has the private claims only: what it checks of the others goes into the Policy"}}, true
	}
	return judgement{}, false
}

// version returns the newest major version of golang-jwt that the package imports.
func (s *source) version() int {
	v := 0
	for _, p := range s.pass.Pkg.Imports() {
		v = max(v, peers[p.Path()])
	}
	return v
}

// isClaims reports whether t is, or points to, a struct of this package that embeds
// golang-jwt's claims.
func (s *source) isClaims(t types.Type) bool {
	n := namedOf(t)
	return n != nil && n.Obj().Pkg() == s.pass.Pkg && embedsClaims(n)
}

// embedsClaims reports whether n is a struct that embeds golang-jwt's claims.
func embedsClaims(n *types.Named) bool {
	st, ok := n.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range st.Fields() {
		switch peerType(f.Type()) {
		case "RegisteredClaims", "StandardClaims", "MapClaims":
			if f.Embedded() {
				return true
			}
		}
	}
	return false
}
