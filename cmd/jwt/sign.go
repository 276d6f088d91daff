package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/claims"
	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

// signFlags are the flags of sign.
type signFlags struct {
	key           *signerFlags
	claims, typ   string
	header        []string
	ttl           time.Duration
	ttlGiven      bool
	jti, noExpiry bool
}

func newSign(a *app) *cobra.Command {
	s := &signFlags{}
	cmd := &cobra.Command{
		Use:   "sign --key FILE [NAME=VALUE|NAME:=JSON]...",
		Short: "Make a token",
		Long: `Make a token from claims, and sign it.

  NAME=VALUE   a string; for exp, nbf and iat a date: RFC 3339, seconds since
               1970, or +15m for 15 minutes from now
  NAME:=JSON   a number, true, an array, an object ...

A name that is given twice becomes an array. With --claims, a JSON object is read
first. Unless the claims contain them, iat is now, and exp is --ttl after iat.

Exit code: 0, or 2 if no token was made.`,
		Example: `  jwt sign --key key.pem --ttl 15m iss=https://auth.example.com sub=alice aud=orders role=admin
  jwt sign --key env:SECRET --alg HS256 --claims claims.json level:=3`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.ttlGiven = cmd.Flags().Changed("ttl")
			token, err := a.sign(cmd, s, args)
			if err != nil {
				return err
			}
			return a.printToken(token)
		},
	}
	s.key = a.addSigner(cmd)
	f := cmd.Flags()
	f.StringVar(&s.claims, "claims", "", "`FILE` with a JSON object of claims; - is standard input")
	f.DurationVar(&s.ttl, "ttl", 15*time.Minute, "time from iat to exp")
	f.StringVar(&s.typ, "typ", "JWT", "`TYPE` of the token, in typ")
	f.StringArrayVar(&s.header, "header", nil, "a further header parameter, `NAME=VALUE` or NAME:=JSON; can be repeated")
	f.BoolVar(&s.jti, "jti", false, "add a random jti")
	f.BoolVar(&s.noExpiry, "insecure-no-expiry", false, "make a token without exp, which never expires")
	cmd.MarkFlagsMutuallyExclusive("ttl", "insecure-no-expiry")
	a.addClock(cmd)
	return cmd
}

func (a *app) sign(cmd *cobra.Command, s *signFlags, args []string) (string, error) {
	signer, err := a.signer(s.key)
	if err != nil {
		return "", err
	}
	set, err := a.claims(s, args)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(set)
	if err != nil {
		return "", err
	}
	var c jwt.Claims[json.RawMessage]
	if err := c.UnmarshalJSON(data); err != nil {
		return "", fmt.Errorf("invalid claims: %s", strings.TrimPrefix(err.Error(), "jwt: "))
	}
	c.InsecureNoExpiry, c.Type = s.noExpiry, s.typ
	if c.Header, err = headerMap(s.header); err != nil {
		return "", err
	}
	return jwt.Sign(cmd.Context(), signer, c)
}

// claims returns the claims of --claims and the arguments, with dates.
func (a *app) claims(s *signFlags, args []string) (*claims.Set, error) {
	set := &claims.Set{}
	if s.claims != "" {
		data, err := a.readFile(s.claims)
		if err != nil {
			return nil, prefix("--claims", err)
		}
		if set, err = claims.Parse(data); err != nil {
			return nil, prefix("--claims", err)
		}
	}
	now := a.now()
	if err := set.Assign(args, now); err != nil {
		return nil, err
	}
	if !set.Has("iat") {
		set.SetDate("iat", now)
	}
	switch {
	case set.Has("exp") && (s.ttlGiven || s.noExpiry):
		return nil, errors.New("the claims already contain exp; remove --ttl or --insecure-no-expiry")
	case !set.Has("exp") && !s.noExpiry:
		var iat int64
		if json.Unmarshal(set.Get("iat"), &iat) != nil {
			return nil, errors.New("iat is not a date, so exp cannot be computed from it; set exp")
		}
		set.SetDate("exp", time.Unix(iat, 0).Add(s.ttl))
	}
	if s.jti {
		if set.Has("jti") {
			return nil, errors.New("the claims already contain jti; remove --jti")
		}
		set.Set("jti", json.RawMessage(`"`+rand.Text()+`"`))
	}
	return set, nil
}

// headerMap returns assignments as header parameters.
func headerMap(args []string) (map[string]any, error) {
	set := &claims.Set{}
	if err := set.Assign(args, time.Time{}); err != nil {
		return nil, prefix("--header", err)
	}
	data, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	return m, json.Unmarshal(data, &m)
}

// readFile reads a file, or standard input for -.
func (a *app) readFile(name string) ([]byte, error) {
	if name == "-" {
		return a.readInput()
	}
	return os.ReadFile(name)
}

// printToken writes a new token, after its warnings.
func (a *app) printToken(token string) error {
	for _, w := range inspect.Decode(token, a.now()).Warnings {
		if !w.Note {
			a.warn("%s: %s", strings.TrimSpace(string(w.Part)+" "+w.Member), w.Text)
		}
	}
	if a.json {
		return a.printJSON(map[string]string{"token": token})
	}
	_, err := fmt.Fprintln(a.out, token)
	return err
}
