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

// attackFlags are the flags of attack.
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
	fl.StringVar(&f.token, "token", "", "token that the service accepts: @`FILE`, env:NAME or - for standard input")
	fl.StringVar(&f.command, "token-command", "", "shell `COMMAND` that prints such a token, or the response of a token endpoint")
	fl.StringVar(&f.asIssuer, "as-issuer", "", "act as the issuer http://`ADDRESS`, such as 127.0.0.1:9000, which the service trusts")
	fl.StringVar(&f.audience, "audience", "test", "aud of tokens, with --as-issuer")
	fl.StringVar(&f.typ, "typ", "JWT", "typ of tokens, with --as-issuer")
	fl.StringArrayVar(&f.claims, "claim", nil, "additional claim of tokens, with --as-issuer: `NAME=VALUE` or NAME:=JSON; can be repeated")
	fl.DurationVar(&f.wait, "wait", 5*time.Second, "how long to wait until the service accepts a valid token")
	fl.StringVarP(&f.method, "method", "X", http.MethodGet, "method of the requests")
	fl.StringArrayVarP(&f.headers, "header", "H", nil, "header `\"NAME: VALUE\"` of all requests; can be repeated")
	fl.StringVar(&f.marker, "marker", "", "`TEXT` that only responses to valid tokens contain, if the status does not tell")
	fl.StringSliceVar(&f.only, "only", nil, "try only the faults with these `IDS`, or groups such as alg")
	fl.StringArrayVar(&f.except, "except", nil, "`ID=REASON` of a known fault; can be repeated")
	fl.IntVar(&f.rate, "rate", 50, "requests per second")
	fl.DurationVar(&f.answer, "answer-timeout", 5*time.Second, "time limit of a request")
	fl.DurationVar(&f.leeway, "leeway", time.Minute, "clock skew that the service allows")
	fl.DurationVar(&f.maxAge, "max-age", 0, "maximum time since iat that the service allows, if it has one")
	fl.BoolVar(&f.own, "i-own-this", false, "the service is mine, or its owner has agreed to the attack")
	fl.BoolVar(&f.showTokens, "show-tokens", false, "include whole tokens and curl commands in reports")
	fl.StringVar(&f.junitFile, "junit", "", "also write a JUnit XML report to `FILE`")
	fl.StringVar(&f.sarifFile, "sarif", "", "also write a SARIF 2.1.0 report to `FILE`")
	fl.BoolVar(&f.list, "list", false, "list the faults, and send nothing")
	cmd.MarkFlagsMutuallyExclusive("token", "token-command", "as-issuer")
}

// target returns the target without its source of valid tokens.
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
			return t, errors.New(`--header: write it as "NAME: VALUE"; the attack sets Authorization itself`)
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

// goodToken returns the token of --token or --token-command.
func (f *attackFlags) goodToken(ctx context.Context) (string, error) {
	switch {
	case f.token != "":
		return f.a.readToken([]string{f.token})
	case f.command == "":
		return "", errors.New("set --token, --token-command or --as-issuer")
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
	return "", withCode(exitUnavailable, errors.New("--token-command: it printed neither a token nor JSON with an access_token"))
}
