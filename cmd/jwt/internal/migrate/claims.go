package migrate

import (
	"go/ast"
	"go/types"
	"reflect"
	"strconv"
	"strings"
)

// A claimsType is a type that becomes jwt.Claims[P] wherever the package mentions it: a
// struct of the package that embeds jwt.RegisteredClaims, which becomes P, or
// jwt.RegisteredClaims itself, for which P is struct{}.
type claimsType struct {
	name       *types.TypeName
	spec       *ast.TypeSpec // nil if it is not of this package
	registered bool          // it is jwt.RegisteredClaims
	foreign    bool          // it is of another package of the world

	embedded ast.Expr // what the struct embeds: jwt.RegisteredClaims
	untagged string   // a field without a name in a tag
	used     bool
	edits    []edit
	covers   []ast.Node
	passed   []ast.Expr // what golang-jwt is given of this type
	why      string     // why it is not rewritten
}

func (c *claimsType) fail(why string) {
	if c.why == "" {
		c.why = why
	}
}

func (c *claimsType) edit(n ast.Node, text string) {
	c.edits = append(c.edits, edit{n.Pos(), n.End(), text})
}

// typeIn returns the text of the type that c becomes, where n stands.
func (p *plan) typeIn(c *claimsType, n ast.Node) string {
	text := p.typeText(c, n)
	if text == "" {
		c.fail("line " + p.s.line(n) + " is in a file that does not import its package")
	}
	return "jwt.Claims[" + text + "]"
}

// registeredNames are the members that jwt.Claims has.
var registeredNames = map[string]bool{"iss": true, "sub": true, "aud": true, "exp": true, "nbf": true, "iat": true, "jti": true}

// findTypes finds the types of claims, and what is to be changed where they are used.
func (p *plan) findTypes() {
	for _, pkg := range p.s.pass.Pkg.Imports() {
		if obj, ok := pkg.Scope().Lookup("RegisteredClaims").(*types.TypeName); ok && peerName(obj) == "RegisteredClaims" {
			p.types[obj] = &claimsType{name: obj, registered: true}
		}
	}
	p.s.each(func(n ast.Node) {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return
		}
		name, _ := p.s.info.Defs[spec.Name].(*types.TypeName)
		if name != nil && p.s.isClaims(name.Type()) && !name.IsAlias() {
			c := &claimsType{name: name, spec: spec, used: true}
			p.types[name] = c
			p.declaration(c)
		}
	})
	p.s.each(p.typeUse)
	for _, c := range p.types {
		p.checkReach(c)
	}
}

// typeOf returns the claims type that t is or points to, or nil.
func (p *plan) typeOf(t types.Type) *claimsType {
	n := namedOf(t)
	if n == nil {
		return nil
	}
	if c := p.types[n.Obj()]; c != nil {
		return c
	}
	return p.foreign(n)
}

// declaration checks the struct, and removes the embedded field.
func (p *plan) declaration(c *claimsType) {
	st, ok := c.spec.Type.(*ast.StructType)
	if !ok || c.spec.TypeParams != nil {
		c.fail(c.name.Name() + " is not a plain struct")
		return
	}
	if p.s.enclosing(c.spec) != nil {
		c.fail(c.name.Name() + " is declared in a function")
	}
	for _, field := range st.Fields.List {
		if len(field.Names) == 0 && peerType(p.s.info.TypeOf(field.Type)) == "RegisteredClaims" {
			c.embedded = field.Type
		}
		switch {
		case len(field.Names) > 0:
			p.checkTag(c, field)
		case p.s.nameOf(field.Type) == "RegisteredClaims" && field.Tag == nil:
			c.edits = append(c.edits, p.removal(field))
			c.covers = append(c.covers, field)
		default:
			c.fail(c.name.Name() + " embeds " + p.s.raw(field.Type))
		}
	}
}

// checkTag checks that a field is none of the registered claims, and that NewParser takes
// its tag. It notes a field without a name: golang-jwt reads it in any case.
func (p *plan) checkTag(c *claimsType, field *ast.Field) {
	text := ""
	if field.Tag != nil {
		text, _ = strconv.Unquote(field.Tag.Value)
	}
	tag, ok := reflect.StructTag(text).Lookup("json")
	name, _, _ := strings.Cut(tag, ",")
	if name == "" && field.Names[0].IsExported() {
		c.untagged = field.Names[0].Name
	}
	if registeredNames[name] {
		c.fail(c.name.Name() + " has the registered claim " + name + " as a field of its own")
	}
	if !ok && text != "" && strings.Contains(text, "json") || ok && !field.Names[0].IsExported() {
		c.fail(c.name.Name() + " has a field whose tag package jwt refuses")
	}
}

// typeUse looks at one node for a use of a claims type.
func (p *plan) typeUse(n ast.Node) {
	switch n := n.(type) {
	case *ast.Ident:
		if name, ok := p.s.info.Uses[n].(*types.TypeName); ok {
			if c := p.typeOf(name.Type()); c != nil && c.name == name {
				p.mention(c, n)
			}
		}
	case *ast.SelectorExpr:
		if sel := p.s.info.Selections[n]; sel != nil {
			if c := p.typeOf(sel.Recv()); c != nil {
				p.selector(c, n, sel)
			}
		}
	case *ast.CompositeLit:
		if c := p.typeOf(p.s.info.TypeOf(n)); c != nil {
			p.literal(c, n)
		}
	case *ast.CallExpr:
		p.call(n)
	case *ast.FuncDecl:
		p.method(n)
	default:
		p.conversions(n)
	}
}

// mention rewrites the name of the type, except where it stays P.
func (p *plan) mention(c *claimsType, id *ast.Ident) {
	var n ast.Node = id
	if sel, ok := p.s.parents[id].(*ast.SelectorExpr); ok {
		n = sel // jwt.RegisteredClaims
	}
	outer := p.s.parents[n]
	star, pointer := outer.(*ast.StarExpr)
	if pointer {
		outer = p.s.parents[star]
	}
	switch outer := outer.(type) {
	case *ast.Field:
		if list, ok := p.s.parents[outer].(*ast.FieldList); ok {
			if fn, ok := p.s.parents[list].(*ast.FuncDecl); ok && fn.Recv == list {
				return // the receiver of a method of P
			}
			if _, ok := p.s.parents[list].(*ast.StructType); ok && len(outer.Names) == 0 {
				if !c.registered || pointer {
					c.fail(c.name.Name() + " is embedded in line " + p.s.line(outer))
				}
				return // embedded in another claimsType, whose matter it is
			}
		}
	case *ast.CallExpr:
		if outer.Fun == n || pointer {
			c.fail("a value is converted to " + c.name.Name() + " in line " + p.s.line(outer))
		}
	case *ast.TypeSpec:
		c.fail("line " + p.s.line(outer) + " makes another type of " + c.name.Name())
	case *ast.IndexExpr, *ast.IndexListExpr:
		c.fail("line " + p.s.line(outer) + " is generic in them")
	case *ast.MapType:
		if outer.Key == n {
			c.fail("line " + p.s.line(outer) + " has them as the key of a map")
		}
	case *ast.CompositeLit:
		if p.embeddedValue(outer) {
			return // part of the literal around it
		}
	case *ast.KeyValueExpr:
		if outer.Key == n {
			return
		}
	}
	c.used = true
	c.edit(n, p.typeIn(c, n))
	c.covers = append(c.covers, n)
}

// embeddedValue reports whether lit is the value of the field RegisteredClaims in a literal
// of another claimsType.
func (p *plan) embeddedValue(lit *ast.CompositeLit) bool {
	kv, ok := p.s.parents[lit].(*ast.KeyValueExpr)
	if !ok || kv.Value != lit {
		return false
	}
	key, ok := kv.Key.(*ast.Ident)
	if !ok || key.Name != "RegisteredClaims" {
		return false
	}
	outer, ok := p.s.parents[kv].(*ast.CompositeLit)
	return ok && p.typeOf(p.s.info.TypeOf(outer)) != nil
}

// selector rewrites x.Field and x.Method of a claims type.
func (p *plan) selector(c *claimsType, n *ast.SelectorExpr, sel *types.Selection) {
	if p.isReceiver(c, n.X) {
		if len(sel.Index()) > 1 || n.Sel.Name == "RegisteredClaims" {
			c.fail("its method in line " + p.s.line(n) + " reads a registered claim, and P has the private claims only")
		}
		return
	}
	if outer, ok := n.X.(*ast.SelectorExpr); ok && outer.Sel.Name == "RegisteredClaims" && c.registered {
		if around := p.s.info.Selections[outer]; around != nil && p.typeOf(around.Recv()) != nil {
			return // x.RegisteredClaims.Field: the matter of the type of x
		}
	}
	own := len(sel.Index()) == 1 && !c.registered
	c.used = true
	switch {
	case own && n.Sel.Name == "RegisteredClaims":
		inner, ok := p.s.parents[n].(*ast.SelectorExpr)
		if !ok {
			p.failWhole(c, "RegisteredClaims are used as a whole in line "+p.s.line(n))
			return
		}
		c.edits = append(c.edits, edit{n.X.End(), n.End(), ""})
		p.registered(c, inner, inner.Sel.Name)
	case own:
		c.edits = append(c.edits, edit{n.Sel.Pos(), n.Sel.Pos(), "Private."})
	default:
		p.registered(c, n, n.Sel.Name)
	}
}

// failWhole fails c, and the type RegisteredClaims, of which c's are used as a whole.
func (p *plan) failWhole(c *claimsType, why string) {
	c.fail(why)
	for _, other := range p.types {
		if other.registered {
			other.fail(why)
		}
	}
}

// isReceiver reports whether e is the receiver of a method of c.
func (p *plan) isReceiver(c *claimsType, e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok || c.spec == nil {
		return false
	}
	for fn := p.s.enclosing(id); fn != nil; fn = p.s.enclosing(fn) {
		if decl, ok := fn.(*ast.FuncDecl); ok && decl.Recv != nil && len(decl.Recv.List[0].Names) == 1 {
			return p.s.info.Defs[decl.Recv.List[0].Names[0]] == p.s.info.Uses[id]
		}
	}
	return false
}

// method checks the methods of the type: they become those of P.
func (p *plan) method(fn *ast.FuncDecl) {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return
	}
	c := p.typeOf(p.s.info.TypeOf(fn.Recv.List[0].Type))
	if c == nil {
		return
	}
	name := fn.Name.Name
	switch signature := types.TypeString(p.s.info.TypeOf(fn.Name), nil); {
	case name == "Valid", peerMethod(name), name == "MarshalJSON", name == "UnmarshalJSON":
		c.fail("it has a method " + name)
	case name == "Validate" && signature != "func() error":
		c.fail("its method Validate is not a func() error")
	}
	if len(fn.Recv.List[0].Names) == 0 || fn.Body == nil {
		return
	}
	for _, use := range p.s.uses(fn.Body, p.s.info.Defs[fn.Recv.List[0].Names[0]]) {
		if _, ok := p.s.parents[use].(*ast.SelectorExpr); !ok {
			c.fail("its method " + name + " uses more than its fields")
		}
	}
	if name == "Validate" {
		c.covers = append(c.covers, fn.Name)
	}
}

// peerMethod reports whether name is a method of golang-jwt's interface Claims.
func peerMethod(name string) bool {
	switch name {
	case "GetExpirationTime", "GetIssuedAt", "GetNotBefore", "GetIssuer", "GetSubject", "GetAudience":
		return true
	}
	return false
}
