package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

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

// isParse reports whether call calls one of golang-jwt's Parse functions, with its arguments
// one by one.
func (s *source) isParse(call *ast.CallExpr) bool {
	switch s.callee(call) {
	case "Parse", "Parser.Parse":
		return len(call.Args) >= 2
	case "ParseWithClaims", "Parser.ParseWithClaims":
		return len(call.Args) >= 3
	}
	return false
}

// readParse reads a call for which isParse holds.
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
	s.readOptions(&p)
	return p
}

// readOptions looks for WithValidMethods, and checks that all options are known.
func (s *source) readOptions(p *parse) {
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
