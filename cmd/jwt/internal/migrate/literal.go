package migrate

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// literal rewrites the fields of a literal of a claims type. Its type is rewritten as a
// mention.
func (p *plan) literal(c *claimsType, lit *ast.CompositeLit) {
	if p.embeddedValue(lit) {
		return
	}
	c.covers = append(c.covers, lit)
	var own []*ast.KeyValueExpr
	for i, el := range lit.Elts {
		kv, ok := el.(*ast.KeyValueExpr)
		if !ok {
			c.fail("the literal in line " + p.s.line(lit) + " does not name its fields")
			return
		}
		switch key := kv.Key.(*ast.Ident); {
		case c.registered:
			p.registeredValue(c, key.Name, kv.Value)
		case key.Name == "RegisteredClaims":
			p.flatten(c, kv)
		default:
			if len(own) > 0 && lit.Elts[i-1] != ast.Expr(own[len(own)-1]) {
				c.fail("in the literal in line " + p.s.line(lit) + " the private claims do not stand together")
			}
			own = append(own, kv)
		}
	}
	if len(own) == 0 {
		return
	}
	first, last := own[0].Pos(), own[len(own)-1].End()
	before, after := "Private: "+p.typeText(c, lit)+"{", "}"
	if p.s.lineOf(first) != p.s.lineOf(last) {
		before, after = before+"\n", ",\n}"
	}
	c.edits = append(c.edits, edit{first, first, before}, edit{last, last, after})
}

func (s *source) lineOf(pos token.Pos) int { return s.pass.Fset.Position(pos).Line }

// flatten takes the fields out of RegisteredClaims: jwt.RegisteredClaims{…}.
func (p *plan) flatten(c *claimsType, kv *ast.KeyValueExpr) {
	lit, ok := ast.Unparen(kv.Value).(*ast.CompositeLit)
	if !ok || len(lit.Elts) == 0 {
		p.failWhole(c, "the RegisteredClaims in line "+p.s.line(kv)+" are not a literal with fields")
		return
	}
	for _, el := range lit.Elts {
		inner, ok := el.(*ast.KeyValueExpr)
		if !ok {
			c.fail("the literal in line " + p.s.line(lit) + " does not name its fields")
			return
		}
		p.registeredValue(c, inner.Key.(*ast.Ident).Name, inner.Value)
	}
	c.edits = append(c.edits, edit{kv.Pos(), lit.Elts[0].Pos(), ""}, edit{lit.Elts[len(lit.Elts)-1].End(), kv.End(), ""})
}

// registeredValue rewrites the value that a registered claim is given.
func (p *plan) registeredValue(c *claimsType, field string, value ast.Expr) {
	edits, ok := p.convert(field, value)
	if !ok {
		c.fail("what " + field + " is given in line " + p.s.line(value) + " is not of a form that can be rewritten")
		return
	}
	c.edits = append(c.edits, edits...)
	c.covers = append(c.covers, value)
}

// convert returns the edits that make a value for a field of jwt.Claims of one for a field
// of jwt.RegisteredClaims.
func (p *plan) convert(field string, value ast.Expr) ([]edit, bool) {
	switch field {
	case "Audience":
		return p.convertAudience(value)
	case "ExpiresAt", "NotBefore", "IssuedAt":
		return p.convertDate(value)
	}
	return nil, true
}

func (p *plan) convertAudience(value ast.Expr) ([]edit, bool) {
	if lit, ok := ast.Unparen(value).(*ast.CompositeLit); ok && lit.Type != nil {
		return []edit{{lit.Type.Pos(), lit.Type.End(), "[]string"}}, true
	}
	_, named := types.Unalias(p.s.info.TypeOf(value)).(*types.Named)
	return nil, !named
}

// convertDate takes jwt.NewNumericDate(t) and &jwt.NumericDate{Time: t} for t.
func (p *plan) convertDate(value ast.Expr) ([]edit, bool) {
	var inner ast.Expr
	switch v := ast.Unparen(value).(type) {
	case *ast.CallExpr:
		if p.s.callee(v) == "NewNumericDate" {
			inner = v.Args[0]
		}
	case *ast.UnaryExpr:
		if lit, ok := v.X.(*ast.CompositeLit); ok && peerType(p.s.info.TypeOf(lit)) == "NumericDate" && len(lit.Elts) == 1 {
			inner = lit.Elts[0]
			if kv, ok := inner.(*ast.KeyValueExpr); ok {
				inner = kv.Value
			}
		}
	}
	if inner == nil {
		return nil, false
	}
	return []edit{{value.Pos(), inner.Pos(), ""}, {inner.End(), value.End(), ""}}, true
}

// registered rewrites the use of a registered claim, n, in an expression.
func (p *plan) registered(c *claimsType, n *ast.SelectorExpr, field string) {
	c.covers = append(c.covers, n)
	if _, ok := p.s.info.Uses[n.Sel].(*types.Var); !ok {
		c.fail("line " + p.s.line(n) + " calls " + field)
		return
	}
	if assign, ok := p.s.parents[n].(*ast.AssignStmt); ok && assign.Tok == token.ASSIGN {
		for i, lhs := range assign.Lhs {
			if lhs == ast.Expr(n) {
				if len(assign.Lhs) != len(assign.Rhs) {
					c.fail("line " + p.s.line(n) + " assigns " + field + " along with others")
					return
				}
				p.registeredValue(c, field, assign.Rhs[i])
				return
			}
		}
	}
	switch field {
	case "ExpiresAt", "NotBefore", "IssuedAt":
		if !p.date(c, n) {
			c.fail("line " + p.s.line(n) + " uses " + field + " as a pointer")
		}
	case "Audience":
		if _, ok := p.s.parents[n].(*ast.SelectorExpr); ok {
			c.fail("line " + p.s.line(n) + " calls a method of ClaimStrings")
		}
	}
}

// date rewrites what is done with a date, and reports whether it could.
func (p *plan) date(c *claimsType, n *ast.SelectorExpr) bool {
	switch outer := p.s.parents[n].(type) {
	case *ast.SelectorExpr:
		c.covers = append(c.covers, outer)
		if p.s.nameOf(outer) == "NumericDate.Time" {
			c.edits = append(c.edits, edit{n.End(), outer.End(), ""})
			return true
		}
		obj := p.s.info.Uses[outer.Sel]
		return obj.Pkg() != nil && obj.Pkg().Path() == "time" && !strings.HasPrefix(obj.Name(), "Unmarshal")
	case *ast.BinaryExpr:
		if outer.X != ast.Expr(n) || !isNil(outer.Y) {
			return false
		}
		not := ""
		if outer.Op == token.NEQ {
			not = "!"
		}
		c.edits = append(c.edits, edit{n.Pos(), n.Pos(), not}, edit{n.End(), outer.End(), ".IsZero()"})
		return true
	}
	return false
}
