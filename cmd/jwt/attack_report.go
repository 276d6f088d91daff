package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/cda17858/jwt/cmd/jwt/internal/sarif"
	"github.com/cda17858/jwt/jwttest"
)

// hideTokens removes whole tokens from a report, since some may be valid.
func hideTokens(r *jwttest.Report) {
	for _, results := range [][]jwttest.Result{r.Controls, r.Results} {
		for i := range results {
			results[i].Token, results[i].Curl = "", ""
		}
	}
}

// write writes the report in all formats that the flags ask for.
func (f *attackFlags) write(r *jwttest.Report) error {
	var err error
	if f.a.json {
		err = f.a.printJSON(r)
	} else {
		err = r.WriteText(f.a.out)
	}
	err = errors.Join(err, writeFile(f.junitFile, r.WriteJUnit))
	return errors.Join(err, writeFile(f.sarifFile, func(w io.Writer) error { return sarif.Write(w, r) }))
}

// writeFile writes a file, which may contain tokens, with mode 0600, also if there is one with
// another mode. It does nothing if name is "".
func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		if err := file.Chmod(0o600); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return errors.Join(write(file), file.Close())
}

// listFaults lists the faults of an attack.
func (a *app) listFaults() error {
	type fault struct {
		ID        jwttest.ID       `json:"id"`
		Text      string           `json:"text"`
		Severity  jwttest.Severity `json:"severity"`
		AsIssuer  bool             `json:"asIssuer"` // needs --as-issuer
		Reference string           `json:"reference"`
		Advisory  string           `json:"advisory,omitempty"`
	}
	var list []fault
	for _, f := range jwttest.Faults() {
		list = append(list, fault{f.ID, f.Text, f.Severity, f.Signed, f.Reference, f.Advisory})
	}
	if a.json {
		return a.printJSON(list)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, f := range list {
		who := "anyone"
		if f.AsIssuer {
			who = "--as-issuer"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.ID, f.Severity, who, f.Text)
	}
	return w.Flush()
}
