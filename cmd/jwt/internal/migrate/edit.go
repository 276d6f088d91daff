package migrate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// ours is the import path of package jwt.
const ours = "github.com/cda17858/jwt"

// An edit replaces the text between two positions.
type edit struct {
	pos, end token.Pos
	text     string
}

// removal returns the edit that removes a statement, a declaration or a field with its
// comment: the lines that it has to itself, or only its text.
func (p *plan) removal(n ast.Node) edit {
	pos, end := n.Pos(), n.End()
	if doc := docOf(n); doc != nil {
		pos = doc.Pos()
	}
	file := p.s.pass.Fset.File(pos)
	src, err := p.s.pass.ReadFile(file.Name())
	if err != nil {
		return edit{pos, end, ""}
	}
	before := string(src[file.Offset(file.LineStart(file.Line(pos))):file.Offset(pos)])
	after, _, _ := strings.Cut(string(src[file.Offset(end):]), "\n")
	rest := strings.TrimSpace(after)
	if strings.TrimSpace(before) == "" && (rest == "" || strings.HasPrefix(rest, "//")) {
		return edit{pos - token.Pos(len(before)), min(end+token.Pos(len(after)+1), token.Pos(file.Base()+file.Size())), ""}
	}
	if strings.HasPrefix(rest, ";") {
		end += token.Pos(strings.IndexByte(after, ';') + 1)
	}
	return edit{pos, end, ""}
}

// docOf returns the comment in front of a declaration or a field.
func docOf(n ast.Node) *ast.CommentGroup {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return n.Doc
	case *ast.GenDecl:
		return n.Doc
	case *ast.Field:
		return n.Doc
	}
	return nil
}

// files returns the new text of the files that change.
func (p *plan) files() (map[string][]byte, error) {
	var edits []edit
	for _, t := range p.rewritten() {
		edits = append(edits, t.edits...)
	}
	for _, c := range p.types {
		if c.why == "" && c.used {
			edits = append(edits, c.edits...)
		}
	}
	if len(edits) == 0 {
		return nil, nil
	}
	appended := p.helpers()
	texts := make(map[string][]byte)
	for _, f := range p.s.pass.Files {
		list := inside(edits, f)
		if len(list) == 0 && appended[f] == "" {
			continue
		}
		text, err := p.rewrite(f, list, appended[f])
		if err != nil {
			return nil, err
		}
		texts[p.s.pass.Fset.File(f.FileStart).Name()] = text
	}
	return texts, nil
}

// inside returns the edits of a file in their order, without those that lie within another.
func inside(edits []edit, f *ast.File) []edit {
	var list []edit
	for _, e := range edits {
		if f.FileStart <= e.pos && e.pos <= f.FileEnd {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b edit) int {
		if a.pos != b.pos {
			return int(a.pos - b.pos)
		}
		if (a.pos == a.end) != (b.pos == b.end) { // what is inserted goes first
			if a.pos == a.end {
				return -1
			}
			return 1
		}
		return int(b.end - a.end)
	})
	var kept []edit
	end := token.NoPos
	for _, e := range list {
		if e.pos < end {
			continue
		}
		kept = append(kept, e)
		end = max(end, e.end)
	}
	return kept
}

// rewrite returns the text of a file with the edits made, more text at its end, and its
// imports put right.
func (p *plan) rewrite(f *ast.File, edits []edit, more string) ([]byte, error) {
	file := p.s.pass.Fset.File(f.FileStart)
	src, err := p.s.pass.ReadFile(file.Name())
	if err != nil {
		return nil, err
	}
	edits = inside(append(edits, p.renames(f, edits)...), f)
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(src[at:file.Offset(e.pos)])
		out.WriteString(e.text)
		at = file.Offset(e.end)
	}
	out.Write(src[at:])
	out.WriteString(more)
	return p.fixImports(f, out.Bytes())
}

// renames returns the edits that change the name of golang-jwt's package where it stays, so
// that the name jwt is free, and those of the imports.
func (p *plan) renames(f *ast.File, edits []edit) []edit {
	var list []edit
	rest := make(map[types.Object]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || contains(edits, id.Pos()) {
			return true
		}
		if pkg, ok := p.s.info.Uses[id].(*types.PkgName); ok && peers[pkg.Imported().Path()] != 0 {
			rest[pkg] = true
			if id.Name == "jwt" {
				list = append(list, edit{id.Pos(), id.End(), "golangjwt"})
			}
		}
		return true
	})
	for _, spec := range f.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		pkg := p.s.info.PkgNameOf(spec)
		switch {
		case peers[path] == 0 || strings.HasSuffix(path, "/request"):
		case !rest[pkg]:
			list = append(list, edit{spec.Pos(), spec.End(), strconv.Quote(ours)})
		case pkg.Name() == "jwt":
			list = append(list, edit{spec.Pos(), spec.End(), "golangjwt " + spec.Path.Value})
		}
	}
	return list
}

func contains(edits []edit, pos token.Pos) bool {
	return slices.ContainsFunc(edits, func(e edit) bool { return e.pos <= pos && pos < e.end })
}

// fixImports adds the imports that text needs, and removes those that it does not need any
// longer.
func (p *plan) fixImports(old *ast.File, text []byte) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("the rewritten text is not Go: %w", err)
	}
	used := usedNames(f)
	for _, spec := range old.Imports {
		name := p.s.info.PkgNameOf(spec).Name()
		path, _ := strconv.Unquote(spec.Path.Value)
		if !used[name] && name != "_" && name != "." && peers[path] == 0 {
			explicit := ""
			if spec.Name != nil {
				explicit = name
			}
			astutil.DeleteNamedImport(fset, f, explicit, path)
		}
	}
	if !used["jwt"] {
		astutil.DeleteImport(fset, f, ours)
	}
	for name, path := range map[string]string{"jwt": ours, "context": "context", "crypto": "crypto", "time": "time"} {
		if used[name] && !imports(f, name, path) {
			astutil.AddImport(fset, f, path)
		}
	}
	var out bytes.Buffer
	if err := format.Node(&out, fset, f); err != nil {
		return nil, err
	}
	return format.Source(separate(out.Bytes()))
}

// separate puts the import of package jwt into a group of its own if it stands among those of
// the standard library.
func separate(text []byte) []byte {
	line := "\t" + strconv.Quote(ours) + "\n"
	block, rest, ok := strings.Cut(string(text), "\n)\n")
	before, after, found := strings.Cut(block+"\n", line)
	if !ok || !found {
		return text
	}
	group := before[strings.LastIndex(before, "\n\n")+1:] + strings.SplitN(after, "\n\n", 2)[0]
	if strings.Contains(group, ".") { // of another module
		return text
	}
	return []byte(before + after + "\n" + line + ")\n" + rest)
}

// imports reports whether f has an import under the name, or of the path.
func imports(f *ast.File, name, path string) bool {
	for _, spec := range f.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		if p == path || spec.Name != nil && spec.Name.Name == name {
			return true
		}
		if spec.Name == nil && p[strings.LastIndexByte(p, '/')+1:] == name {
			return true
		}
	}
	return false
}

// usedNames returns the names in front of a dot that no declaration in the file explains:
// those of packages.
func usedNames(f *ast.File) map[string]bool {
	names := make(map[string]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Obj == nil {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}

// raw returns the text of a node as it stands in the source.
func (s *source) raw(n ast.Node) string {
	file := s.pass.Fset.File(n.Pos())
	src, err := s.pass.ReadFile(file.Name())
	if err != nil {
		return ""
	}
	return string(src[file.Offset(n.Pos()):file.Offset(n.End())])
}
