// Package migrate finds the uses of golang-jwt in a package, rewrites those whose meaning is
// certain for package jwt, and says for each other use what to do. It implements the command
// jwt migrate, and an analyzer for go vet -vettool and go fix -fixtool.
//
// A use is rewritten only if everything that belongs to it can be: the type of its claims
// wherever the package mentions it, the variables that hold the token, the tests of its
// error. The result means the same, or is stricter in a way that docs/migrating.md
// describes. In case of doubt the source is not changed.
package migrate

import (
	"go/token"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// Page is the address of the page whose rows the findings refer to.
const Page = "https://github.com/cda17858/jwt/blob/main/docs/migrating.md"

// A Kind says what a Finding is about.
type Kind string

const (
	Rewrite Kind = "rewrite" // the source can be rewritten, and the fix does it
	Risk    Kind = "risk"    // the source is unsafe as it is, with golang-jwt too
	Work    Kind = "work"    // to be changed by hand when golang-jwt is left
)

// A Finding is one place in the source, and what is to be said about it.
type Finding struct {
	Pos, End token.Pos
	Row      string // the anchor on the page
	Kind     Kind
	Message  string // without the address
}

// A Result is what the analysis of a package found.
type Result struct {
	Findings []Finding
	// Files holds the new text of each file that is rewritten, by its name. They compile
	// only together.
	Files map[string][]byte

	addition addition
}

// Analyzer reports every use of golang-jwt. The first rewrite of a package has a suggested
// fix, which makes all rewrites of the package.
var Analyzer = newAnalyzer(nil)

func newAnalyzer(w *world) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:       "jwtmigrate",
		Doc:        "find uses of golang-jwt that are unsafe, and move them to github.com/cda17858/jwt",
		URL:        Page,
		Run:        func(pass *analysis.Pass) (any, error) { return run(pass, w) },
		ResultType: reflect.TypeFor[*Result](),
	}
}

func run(pass *analysis.Pass, w *world) (any, error) {
	s := newSource(pass, w)
	if !s.usesPeer() && w == nil {
		return &Result{}, nil
	}
	s.findRisks()
	plan := newPlan(s)
	files, err := plan.files()
	if err != nil {
		return nil, err
	}
	s.findWork()
	slices.SortStableFunc(s.findings, func(a, b Finding) int { return int(a.Pos - b.Pos) })
	s.report(files)
	return &Result{Findings: s.findings, Files: files, addition: plan.addition}, nil
}

// report makes diagnostics of the findings.
func (s *source) report(files map[string][]byte) {
	fix := s.fix(files)
	for _, f := range s.findings {
		d := analysis.Diagnostic{
			Pos: f.Pos, End: f.End,
			Category: f.Row,
			Message:  f.Message + " (" + Page + "#" + f.Row + ")",
			URL:      Page + "#" + f.Row,
		}
		if f.Kind == Rewrite {
			d.SuggestedFixes, fix = fix, nil
		}
		s.pass.Report(d)
	}
}

// fix returns the suggested fix that gives each file its new text, or nil if there is none.
func (s *source) fix(files map[string][]byte) []analysis.SuggestedFix {
	var edits []analysis.TextEdit
	for _, f := range s.pass.Files {
		file := s.pass.Fset.File(f.FileStart)
		if text, ok := files[file.Name()]; ok {
			edits = append(edits, analysis.TextEdit{Pos: f.FileStart, End: f.FileEnd, NewText: text})
		}
	}
	if edits == nil {
		return nil
	}
	return []analysis.SuggestedFix{{Message: "Move to github.com/cda17858/jwt", TextEdits: edits}}
}
