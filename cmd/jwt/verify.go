package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

// verifyFlags are the flags of verify that make a policy.
type verifyFlags struct {
	keys *keyFlags

	iss                        string
	aud, typ, require          []string
	leeway, maxAge, expiredFor time.Duration

	skipIssuer, skipAudience, skipType, noExpiry bool
}

func newVerify(a *app) *cobra.Command {
	v := &verifyFlags{}
	cmd := &cobra.Command{
		Use:   "verify [-|@FILE|env:NAME|TOKEN]",
		Short: "Verify a token, and show each check",
		Long: `Verify a token, and show each check: what was found and what is wanted. Checks after
the first failure are shown too.

The keys come from an issuer (--issuer, through its metadata), a JWK Set (--jwks)
or one key (--key). The issuer and the audience are required, unless an --insecure
flag waives them. Tokens of type JWT, without a type, and access tokens of RFC 9068
(at+jwt) are accepted, unless --typ is given.

Exit code: 0 valid, 1 invalid, 2 usage, 3 could not be checked, for example because
the keys could not be fetched, 4 expired; all other checks passed.`,
		Example: `  kubectl create token app | jwt verify --jwks jwks.json --iss https://kubernetes.default.svc --aud https://kubernetes.default.svc
  jwt verify --issuer https://token.actions.githubusercontent.com --aud sigstore @token.txt
  jwt verify --key public.pem --iss https://auth.example.com --aud orders env:TOKEN`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.verify(cmd, v, args) },
	}
	v.keys = a.addKeys(cmd)
	f := cmd.Flags()
	f.StringVar(&v.iss, "iss", "", "`ISSUER` that iss must be (default: that of --issuer)")
	f.StringArrayVar(&v.aud, "aud", nil, "`AUDIENCE` that aud must contain; can be repeated, for any of them")
	f.StringArrayVar(&v.typ, "typ", []string{"JWT", "at+jwt"}, "`TYPE` that typ may be; can be repeated")
	f.StringArrayVar(&v.require, "require", nil, "`CLAIM` that must be present; can be repeated")
	f.DurationVar(&v.leeway, "leeway", 0, "allowed clock skew")
	f.DurationVar(&v.maxAge, "max-age", 0, "maximum time since iat")
	f.BoolVar(&v.skipIssuer, "insecure-skip-issuer", false, "accept a token from any issuer")
	f.BoolVar(&v.skipAudience, "insecure-skip-audience", false, "accept a token for any audience")
	f.BoolVar(&v.skipType, "insecure-skip-type", false, "accept a token of any type")
	f.BoolVar(&v.noExpiry, "insecure-allow-no-expiry", false, "accept a token without exp")
	f.DurationVar(&v.expiredFor, "insecure-accept-expired", 0, "accept a token for this long after exp")
	cmd.MarkFlagsMutuallyExclusive("insecure-skip-issuer", "iss")
	cmd.MarkFlagsMutuallyExclusive("insecure-skip-audience", "aud")
	cmd.MarkFlagsMutuallyExclusive("insecure-skip-type", "typ")
	cmd.MarkFlagsMutuallyExclusive("insecure-accept-expired", "max-age")
	a.addClock(cmd)
	return cmd
}

// policy returns the policy that the flags make, without its algorithms.
func (v *verifyFlags) policy(now func() time.Time) (jwt.Policy, error) {
	p := jwt.Policy{
		Audiences: v.aud, Types: v.typ, Required: v.require, Leeway: v.leeway, MaxAge: v.maxAge, Now: now,
		InsecureSkipIssuer: v.skipIssuer, InsecureSkipAudience: v.skipAudience, InsecureSkipType: v.skipType,
		InsecureAllowNoExpiry: v.noExpiry, InsecureAcceptExpired: v.expiredFor,
	}
	if v.skipType {
		p.Types = nil
	}
	iss := v.iss
	if iss == "" && !v.skipIssuer {
		iss = v.keys.issuer
	}
	switch {
	case iss == "" && !v.skipIssuer:
		return p, errors.New("--iss is missing; name the issuer of the token, or set --insecure-skip-issuer")
	case len(v.aud) == 0 && !v.skipAudience:
		return p, errors.New("--aud is missing; name the audience of the token, or set --insecure-skip-audience")
	}
	if iss != "" {
		p.Issuers = []string{iss}
	}
	return p, nil
}

func (a *app) verify(cmd *cobra.Command, v *verifyFlags, args []string) error {
	p, err := v.policy(a.now)
	if err != nil {
		return err
	}
	if (v.keys.jwks == "-" || v.keys.key == "-") && (len(args) == 0 || args[0] == "-") {
		return errors.New("the keys and the token cannot both be standard input; give the token as @FILE or env:NAME")
	}
	token, err := a.readToken(args)
	if err != nil {
		return err
	}
	keys, algs, err := v.keys.load(cmd.Context())
	if err != nil {
		return err
	}
	p.Algorithms = algs
	verdict, err := inspect.Verify(cmd.Context(), token, keys, p)
	if err != nil {
		return errors.New(flagNames.Replace(err.Error()))
	}
	for i := range verdict.Checks {
		if c := &verdict.Checks[i]; c.Name == "signature" {
			c.Wanted = "by a key of " + v.keys.source()
		}
	}
	if err := a.printVerdict(verdict); err != nil {
		return err
	}
	for _, w := range inspect.Decode(token, a.now()).Warnings {
		if w.Code == "cnf" {
			a.warn("cnf: %s", w.Text)
		}
	}
	switch {
	case verdict.Valid:
		return nil
	case verdict.Expired():
		return withCode(exitExpired, nil)
	case verdict.Refused():
		return withCode(exitNo, nil)
	}
	return withCode(exitUnavailable, nil)
}

// flagNames turns the fields of a policy, which its errors name, into flags.
var flagNames = strings.NewReplacer(
	"Policy.Leeway", "--leeway", "Policy.MaxAge", "--max-age", "Policy.Required", "--require", "Policy.Types", "--typ", "Policy.Issuers", "--iss",
	"Policy.Audiences", "--aud", "Policy.Algorithms", "--alg", "Policy.InsecureAllowNoExpiry", "--insecure-allow-no-expiry",
	"Policy.InsecureAcceptExpired", "--insecure-accept-expired", "Policy.IssuerFunc", "--iss",
)

func (a *app) printVerdict(v *inspect.Verdict) error {
	if a.json {
		return a.printJSON(v)
	}
	var b bytes.Buffer
	names, found := 0, 0
	for _, c := range v.Checks {
		names = max(names, width(c.Name))
		if n := width(c.Found); n <= maxFound {
			found = max(found, n)
		}
	}
	for _, c := range v.Checks {
		b.WriteString(a.check(c, names, found))
	}
	b.WriteByte('\n')
	switch {
	case v.Valid:
		fmt.Fprintln(&b, a.paint(green, "valid"))
	case v.Refused():
		fmt.Fprintf(&b, "%s %s\n", a.paint(red, "invalid:"), flagNames.Replace(v.Reason))
		if isExplained(v.Failed) {
			fmt.Fprintln(&b, a.paint(dim, "jwt explain "+v.Failed+" says more"))
		}
	default:
		fmt.Fprintf(&b, "%s %s\n", a.paint(yellow, "could not be checked:"), v.Reason)
	}
	_, err := a.out.Write(b.Bytes())
	return err
}

// isExplained reports whether jwt explain knows a check: not that of a claim which --require
// names.
func isExplained(name string) bool {
	_, ok := inspect.Explain(name)
	return ok
}

// maxFound is the widest value that the column of found values is aligned for.
const maxFound = 48

// check returns the line of a check.
func (a *app) check(c inspect.Check, names, found int) string {
	mark, note := "", ""
	wanted := ""
	if c.Wanted != "" {
		wanted = "wanted: " + c.Wanted
	}
	switch c.State {
	case inspect.Pass:
		mark, note = a.paint(green, "✓"), a.paint(dim, wanted)
	case inspect.Fail:
		mark, note = a.paint(red, "✗"), a.paint(red, failure(c, wanted))
	case inspect.Waived:
		mark, note = "-", a.paint(yellow, "waived: anything is accepted")
	case inspect.Absent:
		mark, note = "-", a.paint(dim, "absent, and not required")
	case inspect.NotRun:
		mark, note = a.paint(yellow, "?"), a.paint(yellow, "not checked: "+c.Reason)
	}
	line := fmt.Sprintf("%s %s%s  %s%s  %s", mark, c.Name, pad(c.Name, names), c.Found, pad(c.Found, found), note)
	return strings.TrimRight(line, " ") + "\n"
}

// failure says what is wanted and, unless that says it all, why the check failed.
func failure(c inspect.Check, wanted string) string {
	reason := c.Reason
	if strings.HasPrefix(reason, "does not match the policy") && c.Name != "max-age" {
		reason = ""
	}
	if reason == "" || wanted == "" {
		return wanted + reason
	}
	return wanted + "; " + reason
}
