package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/claims"
	"github.com/cda17858/jwt/cmd/jwt/internal/loopback"
	"github.com/cda17858/jwt/cmd/jwt/internal/sarif"
	"github.com/cda17858/jwt/jwttest"
)

func newAttack(a *app) *cobra.Command {
	f := attackFlags{a: a}
	cmd := &cobra.Command{
		Use:   "attack URL",
		Short: "Send a service all tokens that it should refuse, and report those that it takes",
		Long: `Send a service all tokens that it should refuse, and report those that it takes. docs/attacks.md
lists what is tried.

There are two ways:

  - With a token that the service accepts, and the public keys of its issuer, what somebody can
    do who has no key of the issuer is tried: --token or --token-command, and --issuer, --jwks
    or --key. The token must stay good for as long as the attack takes.
  - With --as-issuer ADDRESS this command is the issuer, and all faults are tried. Configure the
    service to trust the issuer http://ADDRESS first, and the audience that --audience names.
    --alg, --typ and --claim say what its tokens are like.

Before anything else a good token, none, and garbage are sent. If the answers do not differ,
nothing can be said about the service, and the attack is inconclusive: set --marker then.

A service that is not on this machine needs --i-own-this. Reports show what was sent decoded;
whole tokens only with --show-tokens, since some of them may be good.

Exit code: 0 nothing found, 1 findings, 2 usage, 3 inconclusive: the service does not answer, say,
or the keys could not be fetched.`,
		Example: `  jwt attack http://127.0.0.1:8080/orders --issuer https://auth.example.com \
      --token-command "curl -s -d grant_type=client_credentials -u ci:$SECRET https://auth.example.com/token"
  jwt attack http://127.0.0.1:8080/orders --as-issuer 127.0.0.1:9000 --audience orders --sarif jwt.sarif`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return a.listFaults()
			}
			return f.run(cmd.Context(), args[0])
		},
	}
	f.add(cmd)
	return cmd
}

type attackFlags struct {
	a    *app
	keys *keyFlags
	list bool

	token, command      string // where the good token is from
	asIssuer            string
	audience, typ       string   // of the tokens of --as-issuer
	claims              []string // the same
	method              string
	headers             []string
	marker              string
	only, except        []string
	rate                int
	answer              time.Duration // --answer-timeout
	leeway, maxAge      time.Duration
	wait                time.Duration
	own, showTokens     bool
	junitFile, sarfFile string
}

func (f *attackFlags) add(cmd *cobra.Command) {
	f.keys = f.a.addKeys(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.token, "token", "", "a token that the service accepts: @`FILE`, env:NAME or - for the standard input")
	fl.StringVar(&f.command, "token-command", "", "a `COMMAND` for the shell that prints such a token, or an answer of a token endpoint")
	fl.StringVar(&f.asIssuer, "as-issuer", "", "be the issuer http://`ADDRESS`, such as 127.0.0.1:9000, that the service trusts")
	fl.StringVar(&f.audience, "audience", "test", "aud of tokens, with --as-issuer")
	fl.StringVar(&f.typ, "typ", "JWT", "typ of tokens, with --as-issuer")
	fl.StringArrayVar(&f.claims, "claim", nil, "a further claim of tokens, with --as-issuer: `NAME=VALUE` or NAME:=JSON; can be repeated")
	fl.DurationVar(&f.wait, "wait", 5*time.Second, "how long the service may take until it accepts a good token")
	fl.StringVarP(&f.method, "method", "X", http.MethodGet, "method of the requests")
	fl.StringArrayVarP(&f.headers, "header", "H", nil, "a header `\"NAME: VALUE\"` of all requests; may be given again")
	fl.StringVar(&f.marker, "marker", "", "`TEXT` that only answers to good tokens have, if the status does not tell")
	fl.StringSliceVar(&f.only, "only", nil, "try only these `IDS`, or groups such as alg")
	fl.StringArrayVar(&f.except, "except", nil, "`ID=REASON` of a fault that is known; may be given again")
	fl.IntVar(&f.rate, "rate", 50, "requests in a second")
	fl.DurationVar(&f.answer, "answer-timeout", 5*time.Second, "how long an answer may take")
	fl.DurationVar(&f.leeway, "leeway", time.Minute, "how much clocks may differ for the service")
	fl.DurationVar(&f.maxAge, "max-age", 0, "how old tokens may be since iat for the service, if it asks")
	fl.BoolVar(&f.own, "i-own-this", false, "the service is mine, or its owner has agreed to the attack")
	fl.BoolVar(&f.showTokens, "show-tokens", false, "have whole tokens, and curl lines, in the reports")
	fl.StringVar(&f.junitFile, "junit", "", "write a report in JUnit's XML to `FILE` as well")
	fl.StringVar(&f.sarfFile, "sarif", "", "write a report in SARIF 2.1.0 to `FILE` as well")
	fl.BoolVar(&f.list, "list", false, "list what is tried, and send nothing")
	cmd.MarkFlagsMutuallyExclusive("token", "token-command", "as-issuer")
}

func (f *attackFlags) run(ctx context.Context, url string) error {
	target, err := f.target(url)
	if err != nil {
		return err
	}
	if f.asIssuer != "" {
		return f.beIssuer(ctx, target)
	}
	if target.Token, err = f.goodToken(ctx); err != nil {
		return err
	}
	if target.Keys, _, err = f.keys.load(ctx); err != nil {
		return err
	}
	return f.attack(ctx, target)
}

// beIssuer attacks with tokens of an issuer that this command is.
func (f *attackFlags) beIssuer(ctx context.Context, target jwttest.Target) error {
	l, err := loopback.Listen(f.asIssuer)
	if err != nil {
		return prefix("--as-issuer", err)
	}
	var set claims.Set
	if err := set.Assign(f.claims, time.Now()); err != nil {
		return prefix("--claim", err)
	}
	target.Claims = &set
	target.Issuer, err = jwttest.OpenIssuer(jwttest.Config{
		Name: l.URL(), Audience: f.audience, Type: f.typ, Algorithms: f.keys.algorithms(), Traps: true,
	})
	if err != nil {
		return err
	}
	defer target.Issuer.Close()
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- l.Serve(serving, target.Issuer.Handler()) }()
	err = f.attack(ctx, target)
	stop()
	return errors.Join(err, <-served)
}

// target returns all of the target except where its good tokens are from.
func (f *attackFlags) target(url string) (jwttest.Target, error) {
	t := jwttest.Target{URL: url, Mine: f.own, Rate: f.rate, Timeout: f.answer, Leeway: f.leeway, MaxAge: f.maxAge, Except: map[jwttest.ID]string{}}
	for _, id := range f.only {
		t.Only = append(t.Only, jwttest.ID(id))
	}
	for _, e := range f.except {
		id, reason, ok := strings.Cut(e, "=")
		if !ok || reason == "" {
			return t, fmt.Errorf("--except: write it as %s=REASON", e)
		}
		t.Except[jwttest.ID(id)] = reason
	}
	if f.marker != "" {
		t.Accepted = func(r *jwttest.Response) bool { return bytes.Contains(r.Body, []byte(f.marker)) }
	}
	if _, err := http.NewRequest(f.method, url, nil); err != nil {
		return t, err
	}
	if f.method == http.MethodGet && len(f.headers) == 0 {
		return t, nil // the attack makes requests of its own for some faults then
	}
	header := http.Header{}
	for _, line := range f.headers {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.EqualFold(name, "Authorization") {
			return t, errors.New(`--header: write it as "NAME: VALUE"; Authorization is the attack's`)
		}
		header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	t.Request = func(token string) *http.Request {
		r, err := http.NewRequest(f.method, url, nil)
		if err != nil {
			panic(err) // checked above
		}
		r.Header = header.Clone()
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return r
	}
	return t, nil
}

// goodToken returns the token that the service accepts.
func (f *attackFlags) goodToken(ctx context.Context) (string, error) {
	switch {
	case f.token != "":
		return f.a.readToken([]string{f.token})
	case f.command == "":
		return "", errors.New("set --token or --token-command, or --as-issuer")
	}
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C"}
	}
	command := exec.CommandContext(ctx, shell[0], shell[1], f.command)
	command.Stderr, command.WaitDelay = f.a.err, time.Second
	out, err := command.Output()
	if err != nil {
		return "", withCode(exitUnavailable, fmt.Errorf("--token-command: %w", err))
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(out, &answer) == nil && answer.AccessToken != "" {
		return answer.AccessToken, nil
	}
	if token := bare(string(out)); token != "" && !strings.HasPrefix(token, "{") {
		return token, nil
	}
	return "", withCode(exitUnavailable, errors.New("--token-command: it has printed neither a token nor JSON with an access_token"))
}

func (f *attackFlags) attack(ctx context.Context, target jwttest.Target) error {
	report, err := f.begin(ctx, target)
	if err != nil {
		return errors.New(targetFlags.Replace(err.Error()))
	}
	report.Inconclusive = targetFlags.Replace(report.Inconclusive)
	if !f.showTokens {
		hideTokens(report)
	}
	if err := f.write(report); err != nil {
		return err
	}
	switch {
	case report.Inconclusive != "":
		return withCode(exitUnavailable, nil)
	case len(report.Findings()) > 0:
		return withCode(exitNo, nil)
	}
	return nil
}

// targetFlags turns the fields of a jwttest.Target, which its errors name, into flags.
var targetFlags = strings.NewReplacer(
	"jwttest: Target: ", "", "jwttest: ", "", "set Mine", "set --i-own-this", "set Target.Accepted", "set --marker", "Only:", "--only:", "Except:", "--except:",
	"Leeway, MaxAge, Timeout or Rate", "--leeway, --answer-timeout or --rate",
)

// begin runs the attack. As long as --wait lasts it begins again if it was inconclusive: the
// service may have to start, or to fetch the keys of an issuer that has only just started.
func (f *attackFlags) begin(ctx context.Context, target jwttest.Target) (*jwttest.Report, error) {
	ready, cancel := context.WithTimeout(ctx, f.wait)
	defer cancel()
	for {
		report, err := jwttest.Run(ctx, target)
		if err != nil || report.Inconclusive == "" {
			return report, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ready.Done():
			return report, nil
		}
	}
}

func hideTokens(r *jwttest.Report) {
	for _, results := range [][]jwttest.Result{r.Controls, r.Results} {
		for i := range results {
			results[i].Token, results[i].Curl = "", ""
		}
	}
}

// write writes the report in all forms that are wanted.
func (f *attackFlags) write(r *jwttest.Report) error {
	var err error
	if f.a.json {
		err = f.a.printJSON(r)
	} else {
		err = r.WriteText(f.a.out)
	}
	err = errors.Join(err, writeFile(f.junitFile, r.WriteJUnit))
	return errors.Join(err, writeFile(f.sarfFile, func(w io.Writer) error { return sarif.Write(w, r) }))
}

// writeFile writes a file, which may hold tokens, for its owner only. It does nothing if
// name is "".
func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// listFaults lists what an attack tries.
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
		who := "anybody"
		if f.AsIssuer {
			who = "--as-issuer"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.ID, f.Severity, who, f.Text)
	}
	return w.Flush()
}
