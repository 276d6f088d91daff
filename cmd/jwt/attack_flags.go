package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/jwttest"
)

// attackFlags say what is attacked, with what, and what is reported.
type attackFlags struct {
	a    *app
	keys *keyFlags
	list bool

	token, command       string // where the good token is from
	asIssuer             string
	audience, typ        string   // of the tokens of --as-issuer
	claims               []string // the same
	method               string
	headers              []string
	marker               string
	only, except         []string
	rate                 int
	answer               time.Duration // --answer-timeout
	leeway, maxAge       time.Duration
	wait                 time.Duration
	own, showTokens      bool
	junitFile, sarifFile string
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
	fl.StringArrayVarP(&f.headers, "header", "H", nil, "a header `\"NAME: VALUE\"` of all requests; can be repeated")
	fl.StringVar(&f.marker, "marker", "", "`TEXT` that only answers to good tokens have, if the status does not tell")
	fl.StringSliceVar(&f.only, "only", nil, "try only these `IDS`, or groups such as alg")
	fl.StringArrayVar(&f.except, "except", nil, "`ID=REASON` of a fault that is known; can be repeated")
	fl.IntVar(&f.rate, "rate", 50, "requests in a second")
	fl.DurationVar(&f.answer, "answer-timeout", 5*time.Second, "how long an answer may take")
	fl.DurationVar(&f.leeway, "leeway", time.Minute, "how much clocks may differ for the service")
	fl.DurationVar(&f.maxAge, "max-age", 0, "how old tokens may be since iat for the service, if it asks")
	fl.BoolVar(&f.own, "i-own-this", false, "the service is mine, or its owner has agreed to the attack")
	fl.BoolVar(&f.showTokens, "show-tokens", false, "have whole tokens, and curl lines, in the reports")
	fl.StringVar(&f.junitFile, "junit", "", "write a report in JUnit's XML to `FILE` as well")
	fl.StringVar(&f.sarifFile, "sarif", "", "write a report in SARIF 2.1.0 to `FILE` as well")
	fl.BoolVar(&f.list, "list", false, "list what is tried, and send nothing")
	cmd.MarkFlagsMutuallyExclusive("token", "token-command", "as-issuer")
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
