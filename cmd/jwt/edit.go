package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/claims"
	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
	"github.com/cda17858/jwt/jws"
)

func newEdit(a *app) *cobra.Command {
	var ttl time.Duration
	var key *signerFlags
	cmd := &cobra.Command{
		Use:   "edit --key FILE [-|@FILE|env:NAME|TOKEN] [NAME=VALUE|NAME:=JSON]...",
		Short: "Change a token, and sign it again",
		Long: `Change a token, and sign it again. Arguments NAME=VALUE and NAME:=JSON set claims, as
for sign; NAME:= removes a claim. Without them, the header and the claims are opened in
an editor ($VISUAL, $EDITOR or vi).

The result is signed as it is, without the checks of jwt sign. alg comes from the key,
and so does kid, if the key has one or --kid is given.

Exit code: 0, or 2 if no token was made.`,
		Example: "  pbpaste | jwt edit --key key.pem\n  jwt edit --key key.pem --ttl 15m @token.txt role=admin",
		RunE: func(cmd *cobra.Command, args []string) error {
			source, changes := splitSource(args)
			token, err := a.readToken(source)
			if err != nil {
				return err
			}
			d, err := newDraft(inspect.Decode(token, a.now()))
			if err != nil {
				return err
			}
			if err := d.payload.Assign(changes, a.now()); err != nil {
				return err
			}
			if ttl > 0 {
				d.payload.SetDate("iat", a.now())
				d.payload.SetDate("exp", a.now().Add(ttl))
			}
			if len(changes) == 0 && ttl == 0 {
				if err := a.editor(d); err != nil {
					return err
				}
			}
			return a.signDraft(cmd, key, d)
		},
	}
	key = a.addSigner(cmd)
	cmd.Flags().DurationVar(&ttl, "ttl", 0, "set iat to now, and exp to this much later")
	a.addClock(cmd)
	return cmd
}

// splitSource separates the source of the token from the changes.
func splitSource(args []string) (source, changes []string) {
	if len(args) > 0 && (!strings.Contains(strings.TrimRight(args[0], "="), "=") || strings.HasPrefix(args[0], "@")) {
		return args[:1], args[1:]
	}
	return nil, args
}

// A draft is a token that is being changed.
type draft struct{ header, payload *claims.Set }

func newDraft(r *inspect.Report) (*draft, error) {
	if r.Kind == inspect.JWE {
		return nil, errors.New("the token is encrypted, so its claims cannot be changed")
	}
	for _, w := range r.Warnings {
		if w.Code == "json-broken" || w.Code == "twice" {
			return nil, fmt.Errorf("the %s of the token cannot be changed: %s", w.Part, w.Text)
		}
	}
	if r.Payload == nil {
		return nil, errors.New("the token has no claims to change")
	}
	header, err := claims.Parse(r.Header)
	if err != nil {
		return nil, prefix("header", err)
	}
	payload, err := claims.Parse(r.Payload)
	return &draft{header, payload}, prefix("claims", err)
}

// editor opens the draft in an editor.
func (a *app) editor(d *draft) error {
	text, err := json.MarshalIndent(map[string]*claims.Set{"header": d.header, "payload": d.payload}, "", "  ")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "jwt")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "token.json")
	if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
		return err
	}
	if err := a.runEditor(file); err != nil {
		return err
	}
	if text, err = os.ReadFile(file); err != nil {
		return err
	}
	return d.read(text)
}

// runEditor runs the editor on the terminal, even if the token came from standard input.
// Ctrl-C does not kill the editor.
func (a *app) runEditor(file string) error {
	editor := "vi"
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if value, _ := a.getenv(name); value != "" {
			editor = value
		}
	}
	c := exec.Command("sh", "-c", editor+` "$1"`, "sh", file)
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(editor), file)
		c = exec.Command(words[0], words[1:]...)
	}
	c.Stdout, c.Stderr = a.err, a.err // only the token goes to standard output
	if a.terminalIn {
		c.Stdin = os.Stdin
	} else if tty, err := os.Open("/dev/tty"); err == nil {
		defer tty.Close()
		c.Stdin = tty
	}
	if err := c.Run(); err != nil {
		return fmt.Errorf("the editor (%s) failed: %w; set EDITOR to another one", editor, err)
	}
	return nil
}

// read replaces the draft with the edited text.
func (d *draft) read(text []byte) error {
	set, err := claims.Parse(text)
	if err != nil {
		return fmt.Errorf("the edited text is not JSON: %w", err)
	}
	for name, part := range map[string]**claims.Set{"header": &d.header, "payload": &d.payload} {
		if !set.Has(name) {
			return fmt.Errorf("the edited text has no %s", name)
		}
		if *part, err = claims.Parse(set.Get(name)); err != nil {
			return prefix(name, err)
		}
	}
	return nil
}

// signDraft signs a draft as it is.
func (a *app) signDraft(cmd *cobra.Command, key *signerFlags, d *draft) error {
	signer, err := a.draftSigner(key, d)
	if err != nil {
		return err
	}
	m := jws.Message{Type: d.text("typ")}
	if m.Type == "" {
		m.Type = "JWT"
	}
	for _, name := range []string{"alg", "kid", "typ"} {
		d.header.Delete(name)
	}
	data, err := json.Marshal(d.header)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&m.Header); err != nil {
		return err
	}
	if m.Payload, err = json.Marshal(d.payload); err != nil {
		return err
	}
	token, err := jws.Sign(cmd.Context(), signer, m)
	if err != nil {
		return err
	}
	return a.printToken(token)
}

// text returns a header parameter that is a string, or "".
func (d *draft) text(name string) (value string) {
	if json.Unmarshal(d.header.Get(name), &value) != nil {
		return ""
	}
	return value
}

// draftSigner returns the Signer of a draft. It keeps the alg and kid of the token if the key
// allows it and the flags do not override them.
func (a *app) draftSigner(key *signerFlags, d *draft) (jwt.KeySigner, error) {
	f, err := a.readSigningKey(key)
	if err != nil {
		return nil, err
	}
	alg := key.alg
	if alg == "" {
		alg = d.text("alg")
	}
	s, err := f.Signer(jwt.Algorithm(alg), key.kid)
	if err != nil {
		alg = key.alg
		s, err = a.signerOf(f, key)
	}
	if err == nil && s.KeyID() == "" && d.text("kid") != "" {
		return f.Signer(jwt.Algorithm(alg), d.text("kid"))
	}
	return s, err
}
