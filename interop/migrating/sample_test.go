package migrating

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A page is a document of ../../docs.
type page struct{ name, text string }

func readPage(t *testing.T, name string) page {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	require.NoError(t, err)
	return page{name, string(text)}
}

// A sample is a fenced block of a page.
type sample struct {
	lang string
	at   string // file and line
	text string
}

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// samplesIn returns the samples in a part of the page.
func (p page) samplesIn(part string) []sample {
	before, _, _ := strings.Cut(p.text, part)
	first := 1 + strings.Count(before, "\n")
	var list []sample
	for _, m := range fence.FindAllStringSubmatchIndex(part, -1) {
		at := fmt.Sprintf("%s:%d", p.name, first+strings.Count(part[:m[4]], "\n"))
		list = append(list, sample{part[m[2]:m[3]], at, part[m[4]:m[5]]})
	}
	return list
}

// side returns the lines of a diff that begin with mark or a space, with an empty line for
// each other one. It returns "" if no line begins with mark.
func (s sample) side(mark byte) string {
	var b strings.Builder
	marked := false
	for line := range strings.Lines(s.text) {
		marked = marked || line[0] == mark
		if line[0] == mark || line[0] == ' ' {
			b.WriteString(line[1:])
		} else {
			b.WriteByte('\n')
		}
	}
	if !marked {
		return ""
	}
	return b.String()
}

// A scope has the imports and the names that samples may use: those of a file of testdata.
type scope struct {
	imports  string // as source
	text     string
	exported map[string]string // by path, where the compiler has put what a package exports
}

var importBlock = regexp.MustCompile(`(?s)import \(.*?\n\)`)

func openScope(t *testing.T, name string) *scope {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	s := &scope{text: string(text), imports: string(importBlock.Find(text)), exported: map[string]string{}}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	require.NoError(t, err)
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		args = append(args, path)
	}
	list, err := exec.Command("go", args...).Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(list)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		s.exported[path] = file
	}
	return s
}

var topLevel = regexp.MustCompile(`(?m)^func `)

// check type-checks a text of Go as the compiler does, except that a name may be unused.
// Text that begins a line with func is declarations; any other is the body of a func.
func (s *scope) check(at, text string) (faults []error) {
	if !topLevel.MatchString(text) {
		text = "func _() {\n//line " + at + "\n" + text + "}\n"
	}
	fset := token.NewFileSet()
	names, err := parser.ParseFile(fset, "names.go", s.text, 0)
	if err != nil {
		return []error{err}
	}
	file, err := parser.ParseFile(fset, "sample.go", "package "+names.Name.Name+"\n"+s.imports+"\n//line "+at+"\n"+text, 0)
	if err != nil {
		return []error{err}
	}
	hide(names, file)
	config := types.Config{
		Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(s.exported[path]) }),
		Error: func(err error) {
			if e := err.(types.Error); !e.Soft {
				faults = append(faults, e)
			}
		},
	}
	config.Check(names.Name.Name, fset, []*ast.File{names, file}, nil)
	return faults
}

// hide removes from names what file declares as well.
func hide(names, file *ast.File) {
	declared := map[string]bool{}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			declared[d.Name.Name] = true
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if name := specName(s); name != "" {
					declared[name] = true
				}
			}
		}
	}
	for _, d := range names.Decls {
		if gen, ok := d.(*ast.GenDecl); ok {
			gen.Specs = slices.DeleteFunc(gen.Specs, func(s ast.Spec) bool { return declared[specName(s)] })
		}
	}
}

// specName returns the first name that a type or a variable has in its declaration.
func specName(s ast.Spec) string {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.Name
	case *ast.ValueSpec:
		return s.Names[0].Name
	}
	return "" // an import
}

// The libraries that one leaves, by the heading of their part of the page.
var leaving = []struct{ heading, scope string }{
	{"## The table", "golangjwt.go"}, {"## From jwx", "jwx.go"}, {"## From go-jose", "gojose.go"},
}

func TestSamples(t *testing.T) {
	p, after := readPage(t, "migrating.md"), openScope(t, "ours.go")
	for i, from := range leaving {
		before := openScope(t, from.scope)
		_, part, found := strings.Cut(p.text, "\n"+from.heading+"\n")
		require.True(t, found, from.heading)
		if i+1 < len(leaving) {
			part, _, _ = strings.Cut(part, "\n"+leaving[i+1].heading+"\n")
		}
		samples := p.samplesIn(part)
		require.NotEmpty(t, samples)
		for _, s := range samples {
			if s.lang == "diff" {
				require.Empty(t, before.check(s.at, s.side('-')))
				require.Empty(t, after.check(s.at, s.side('+')))
			} else {
				require.Empty(t, after.check(s.at, s.text))
			}
		}
	}
}

// The test of samples can fail.
func TestSamplesFault(t *testing.T) {
	after := openScope(t, "ours.go")
	for text, want := range map[string]string{
		"x := policy.Issuer\n":                    `page.md:7: policy.Issuer undefined (type "github.com/cda17858/jwt".Policy has no field or method Issuer)`,
		"func f() {\n\tpolicy.Issuers = 1\n}\n":   "page.md:8: cannot use 1 (untyped int constant) as []string value in assignment",
		"parser.Parse(ctx\n":                      "page.md:7: missing ',' before newline in argument list (and 1 more errors)",
		"claims, err := parser.Parse(ctx, raw)\n": "",
	} {
		faults := after.check("page.md:7", text)
		if want == "" {
			require.Empty(t, faults)
			continue
		}
		require.Len(t, faults, 1, text)
		require.EqualError(t, faults[0], want)
	}
}
