package migrate

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// policy returns the fields of the Policy that the options become. What golang-jwt did not
// check is said with the Insecure fields.
func (t *parsing) policy(alg string) string {
	p := t.p
	fields := map[string]string{"Algorithms": "[]jwt.Algorithm{jwt." + alg + "}"}
	for _, option := range t.read.options {
		call := option.(*ast.CallExpr)
		for _, arg := range call.Args {
			inPlace := within(t.node, call) && p.hasNoClaims(arg)
			if p.s.callee(call) != "WithValidMethods" && !inPlace && !p.moves(arg, t.node) {
				t.fail("what " + p.s.callee(call) + " is given cannot be had where Parse is called")
			}
		}
		t.option(fields, call)
	}
	return t.fields(fields)
}

// option adds the field that an option becomes.
func (t *parsing) option(fields map[string]string, call *ast.CallExpr) {
	arg := func() string { return t.p.s.raw(call.Args[0]) }
	switch name := t.p.s.callee(call); name {
	case "WithValidMethods", "WithIssuedAt", "WithJSONNumber", "WithStrictDecoding":
	case "WithIssuer":
		if text, ok := t.p.s.text(call.Args[0]); !ok || text != "" {
			fields["Issuers"] = "[]string{" + arg() + "}"
		}
	case "WithAudience":
		t.audience(fields, call)
	case "WithAllAudiences":
		if len(call.Args) != 1 || call.Ellipsis.IsValid() {
			t.fail("a Policy asks for one of several audiences, not for all of them")
		}
		t.audience(fields, call)
	case "WithLeeway":
		t.leeway(fields, call)
	case "WithExpirationRequired":
		fields["InsecureAllowNoExpiry"] = ""
	case "WithNotBeforeRequired":
		t.require("nbf")
	case "WithTimeFunc":
		fields["Now"] = arg()
	default:
		t.fail("a Policy has no field for " + name)
	}
}

func (t *parsing) audience(fields map[string]string, call *ast.CallExpr) {
	var list []string
	for _, arg := range call.Args {
		list = append(list, t.p.s.raw(arg))
	}
	switch {
	case call.Ellipsis.IsValid():
		fields["Audiences"] = list[0]
	case len(list) > 0:
		fields["Audiences"] = "[]string{" + strings.Join(list, ", ") + "}"
	}
}

// leeway takes a constant that a Policy takes.
func (t *parsing) leeway(fields map[string]string, call *ast.CallExpr) {
	value := t.p.s.info.Types[call.Args[0]].Value
	if value == nil {
		t.fail("the leeway is not a constant, and a Policy takes 10 minutes at most")
		return
	}
	n, err := strconv.ParseInt(value.ExactString(), 10, 64)
	if err != nil || n != 0 && n < 1e9 || n > 600e9 {
		t.fail("the leeway is not one that a Policy takes: 0, or 1 second to 10 minutes")
	}
	fields["Leeway"] = t.p.s.raw(call.Args[0])
}

// require notes a claim that must be there.
func (t *parsing) require(name string) {
	if !slices.Contains(t.required, name) {
		t.required = append(t.required, name)
	}
}

// fields returns the text of the fields, in the order of jwt.Policy.
func (t *parsing) fields(fields map[string]string) string {
	for field, insecure := range map[string]string{"Issuers": "InsecureSkipIssuer", "Audiences": "InsecureSkipAudience"} {
		if fields[field] == "" {
			fields[insecure] = "true"
		}
	}
	if _, required := fields["InsecureAllowNoExpiry"]; !required {
		fields["InsecureAllowNoExpiry"] = "true"
	}
	if len(t.required) > 0 {
		quoted := make([]string, len(t.required))
		for i, name := range t.required {
			quoted[i] = strconv.Quote(name)
		}
		fields["Required"] = "[]string{" + strings.Join(quoted, ", ") + "}"
	}
	text := ""
	for _, name := range []string{"Algorithms", "Issuers", "Audiences", "Required", "Leeway", "InsecureSkipIssuer", "InsecureSkipAudience", "InsecureAllowNoExpiry", "Now"} {
		if fields[name] != "" {
			text += "\n" + name + ": " + fields[name] + ","
		}
	}
	return text
}
