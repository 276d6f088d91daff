package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/jwkset"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
	"github.com/cda17858/jwt/jwks"
)

func newJWKS(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "jwks",
		Short: "Fetch, check, merge and serve JWK Sets",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return errors.New("name a command: fetch, lint, merge or serve") },
	}
	cmd.AddCommand(newJWKSFetch(a), newJWKSLint(a), newJWKSMerge(a), newJWKSServe(a))
	return cmd
}

func newJWKSFetch(a *app) *cobra.Command {
	s := setFlags{a: a}
	var raw bool
	cmd := &cobra.Command{
		Use:   "fetch {URL | --issuer URL}",
		Short: "Fetch a key set as a verifier does, and list its keys",
		Long: `Fetch a key set as a verifier does, and list its keys. A key that cannot verify tokens is
listed with the reason.

Exit code: 0 a key can be used, 1 no key can, 2 usage, 3 the set could not be fetched.`,
		Example: `  jwt jwks fetch https://www.googleapis.com/oauth2/v3/certs
  jwt jwks fetch --issuer https://token.actions.githubusercontent.com --raw > jwks.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && !isURL(args[0]) {
				return errors.New("fetch takes a URL; jwt jwks lint reads a file")
			}
			set, err := s.one(cmd.Context(), args)
			if err != nil {
				return err
			}
			switch {
			case raw:
				if _, err := a.out.Write(set.Data); err != nil {
					return err
				}
			case a.json:
				if err := a.printJSON(describe(set)); err != nil {
					return err
				}
			default:
				a.printKeys(set)
			}
			for _, k := range set.Keys {
				if k.Err == nil {
					return nil
				}
			}
			return withCode(exitNo, errors.New("no key of the set can be used"))
		},
	}
	s.add(cmd)
	cmd.Flags().BoolVar(&raw, "raw", false, "write the set as it was served")
	return cmd
}

func newJWKSLint(a *app) *cobra.Command {
	s := setFlags{a: a}
	var strict bool
	cmd := &cobra.Command{
		Use:   "lint {FILE | URL | - | --issuer URL}",
		Short: "Check a key set for problems with common verifiers",
		Long: `Check a key set for what common verifiers refuse, ignore or misinterpret and, if it has a URL,
how it is served.

An error means that a verifier cannot, or must not, verify tokens with the set. A warning means
problems with some verifiers or with key rotation. A note is for information.

Exit code: 0 no errors, 1 errors, or with --strict warnings, 2 usage, or not a JWK Set, 3 the set
could not be fetched.`,
		Example: `  jwt jwks lint jwks.json
  jwt jwks lint https://auth.example.com/.well-known/jwks.json --strict`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := s.one(cmd.Context(), args)
			if err != nil {
				return err
			}
			found := jwkset.Lint(set, a.now())
			if a.json {
				err = a.printJSON(struct {
					Findings []jwkset.Finding `json:"findings"`
					Counts   map[string]int   `json:"counts"`
				}{append([]jwkset.Finding{}, found...), counts(found)})
			} else {
				a.printFindings(found, len(set.Keys))
			}
			n := counts(found)
			if err == nil && (n["error"] > 0 || strict && n["warning"] > 0) {
				err = withCode(exitNo, nil)
			}
			return err
		},
	}
	s.add(cmd)
	a.addClock(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with code 1 for warnings too")
	return cmd
}

// setFlags are the flags that name a set and say how to fetch it.
type setFlags struct {
	a       *app
	issuer  string
	ca      string
	timeout time.Duration
}

func (s *setFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.issuer, "issuer", "", "`URL` of the issuer: its metadata says where its keys are")
	s.addFetch(cmd)
}

func (s *setFlags) addFetch(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.ca, "ca", "", "trust only the certificates in `FILE` for URLs")
	cmd.Flags().DurationVar(&s.timeout, "timeout", 10*time.Second, "time limit for URLs")
}

// one returns the set that --issuer or the only argument names.
func (s *setFlags) one(ctx context.Context, args []string) (*jwkset.Set, error) {
	switch {
	case s.issuer != "" && len(args) > 0:
		return nil, errors.New("name a set or set --issuer, not both")
	case s.issuer != "":
		return s.fetch(ctx, jwks.Config{Issuer: s.issuer})
	case len(args) == 0:
		return nil, errors.New("name a set, or set --issuer")
	}
	return s.open(ctx, args[0])
}

// open returns the set in a file, from standard input, or at a URL.
func (s *setFlags) open(ctx context.Context, name string) (*jwkset.Set, error) {
	if isURL(name) {
		return s.fetch(ctx, jwks.Config{URL: name})
	}
	var data []byte
	var err error
	if name == "-" {
		name = "standard input"
		data, err = s.a.readInput()
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, err
	}
	set, err := jwkset.Read(data)
	return set, prefix(name, err)
}

func (s *setFlags) fetch(ctx context.Context, cfg jwks.Config) (*jwkset.Set, error) {
	cfg.Algorithms, cfg.Timeout = keyfile.Asymmetric(), s.timeout
	var err error
	if cfg.Transport, err = transport(s.ca); err != nil {
		return nil, err
	}
	set, err := jwkset.Fetch(ctx, cfg)
	if err != nil {
		return nil, withCode(exitUnavailable, inFlags(err))
	}
	return set, nil
}

// A keyLine is what fetch says about a key.
type keyLine struct {
	KeyID      string          `json:"kid,omitempty"`
	Type       string          `json:"kty,omitempty"`
	Kind       string          `json:"kind,omitempty"`
	Algorithms []jwt.Algorithm `json:"algorithms,omitempty"`
	Use        string          `json:"use,omitempty"`
	Thumbprint string          `json:"thumbprint,omitempty"`
	Unusable   string          `json:"unusable,omitempty"`
}

func describe(set *jwkset.Set) any {
	lines := []keyLine{}
	for _, k := range set.Keys {
		line := keyLine{k.KeyID, k.Type, k.Kind, k.Algorithms(), k.Use, k.Thumbprint, ""}
		if k.Err != nil {
			line.Unusable = k.Err.Error()
		}
		lines = append(lines, line)
	}
	return struct {
		Answer *jwkset.Answer `json:"answer,omitempty"`
		Keys   []keyLine      `json:"keys"`
	}{set.Answer, lines}
}

func (a *app) printKeys(set *jwkset.Set) {
	if set.Answer != nil {
		fmt.Fprintf(a.out, "%s\n", a.paint(bold, printable(set.Answer.URL)))
	}
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, k := range set.Keys {
		if k.Err != nil {
			fmt.Fprintf(w, "✗ %s\t%s\t%s\n", k.Label(), printable(k.Type), printable(k.Err.Error()))
			continue
		}
		thumbprint := k.Thumbprint
		if thumbprint == k.KeyID {
			thumbprint = "kid is the thumbprint"
		}
		fmt.Fprintf(w, "✓ %s\t%s\t%s\t%s\n", k.Label(), k.Kind, names(k.Algorithms()), thumbprint)
	}
	w.Flush()
	for line := range strings.Lines(table.String()) {
		mark, rest, _ := strings.Cut(line, " ")
		fmt.Fprint(a.out, a.paint(markStyle(mark), mark)+" "+rest)
	}
}

func names(algs []jwt.Algorithm) string {
	var b strings.Builder
	for i, alg := range algs {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(string(alg))
	}
	return b.String()
}

func markStyle(mark string) style {
	if mark == "✓" {
		return green
	}
	return red
}

func counts(found []jwkset.Finding) map[string]int {
	n := map[string]int{"error": 0, "warning": 0, "note": 0}
	for _, f := range found {
		n[string(f.Level)]++
	}
	return n
}

func (a *app) printFindings(found []jwkset.Finding, keys int) {
	styles := map[jwkset.Level]style{jwkset.Error: red, jwkset.Warning: yellow, jwkset.Note: dim}
	for _, f := range found {
		about := ""
		if label := f.Label(); label != "" {
			about = " key " + label + ":"
		}
		fmt.Fprintf(a.out, "%s%s %s %s\n", a.paint(styles[f.Level], string(f.Level)), about, printable(f.Text), a.paint(dim, "["+f.Rule+"]"))
	}
	n := counts(found)
	fmt.Fprintf(a.out, "%s: %s, %s, %s\n", plural(keys, "key"), plural(n["error"], "error"), plural(n["warning"], "warning"), plural(n["note"], "note"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
