package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/devissuer"
	"github.com/cda17858/jwt/cmd/jwt/internal/jwkset"
	"github.com/cda17858/jwt/cmd/jwt/internal/loopback"
)

func newJWKSMerge(a *app) *cobra.Command {
	s := setFlags{a: a}
	cmd := &cobra.Command{
		Use:   "merge {FILE | URL | -}...",
		Short: "Merge key sets into one",
		Long: `Write one key set with the keys of several, in order and unchanged. A key that is in several
sets is written once. A file may also contain a single key in any form that jwt jwk reads: its
public half is written, with its thumbprint as kid if it has none.

Keys that cannot verify tokens are left out, with a warning. A private key in a set is an error.

Exit code: 0 written, 1 two keys have the same kid, a key is private, or no key is left, 2 usage,
3 a set could not be fetched.`,
		Example: `  jwt jwks merge current.json next.pem > jwks.json`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := s.merge(cmd.Context(), args)
			if err == nil {
				_, err = a.out.Write(data)
			}
			return err
		},
	}
	s.addFetch(cmd)
	return cmd
}

// merge returns one set from the sets that names name, and warns of keys that it leaves out.
func (s *setFlags) merge(ctx context.Context, names []string) ([]byte, error) {
	var sets []*jwkset.Set
	for _, name := range names {
		set, err := s.open(ctx, name)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	data, left, err := jwkset.Merge(sets)
	for _, k := range left {
		s.a.warn("key %s left out: %s", k.Label(), printable(k.Err.Error()))
	}
	if err != nil {
		return nil, withCode(exitNo, err)
	}
	return data, nil
}

func newJWKSServe(a *app) *cobra.Command {
	s := setFlags{a: a}
	var listen string
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:   "serve {FILE | URL | -}...",
		Short: "Serve key sets on this machine, with issuer metadata",
		Long: `Serve the keys of several sets as one set, like the output of jwt jwks merge, until Ctrl-C. Files
are read again for each request; if that fails, the response is 503.

Issuer metadata is served too, so that a service can find the keys from the issuer's URL. Only
this machine can connect.

Exit code: 0 stopped by Ctrl-C; 1, 2 and 3 as for jwt jwks merge.`,
		Example: `  jwt jwks serve jwks.json --listen 127.0.0.1:9000`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if maxAge < 0 || maxAge%time.Second != 0 {
				return errors.New("--max-age: use whole seconds, such as 60s")
			}
			first, err := s.merge(cmd.Context(), args)
			if err != nil {
				return err
			}
			rereadable := true
			for _, name := range args {
				rereadable = rereadable && name != "-" && !isURL(name)
			}
			read := func(ctx context.Context) ([]byte, error) {
				if rereadable {
					return s.merge(ctx, args)
				}
				return first, nil
			}
			l, err := loopback.Listen(listen)
			if err != nil {
				return prefix("--listen", err)
			}
			issuer := l.URL()
			if err := a.announceSet(issuer); err != nil {
				return err
			}
			return l.Serve(cmd.Context(), serveSet(issuer, maxAge, read, func(err error) {
				a.warn("%v", err)
			}))
		},
	}
	s.addFetch(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback `ADDRESS` to listen on; port 0 picks a free port")
	cmd.Flags().DurationVar(&maxAge, "max-age", time.Minute, "how long verifiers may cache the set")
	return cmd
}

func (a *app) announceSet(issuer string) error {
	if a.json {
		return a.printJSON(map[string]string{"issuer": issuer, "jwks_uri": issuer + devissuer.KeysPath})
	}
	_, err := fmt.Fprintf(a.out, "Keys    %s\nIssuer  %s\n", issuer+devissuer.KeysPath, issuer)
	return err
}

// serveSet answers with the set that read returns, and with the metadata of the issuer.
func serveSet(issuer string, maxAge time.Duration, read func(context.Context) ([]byte, error), failed func(error)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+devissuer.KeysPath, func(w http.ResponseWriter, r *http.Request) {
		data, err := read(r.Context())
		if err != nil {
			failed(err)
			http.Error(w, "the key set cannot be read", http.StatusServiceUnavailable)
			return
		}
		sum := sha256.Sum256(data)
		h := w.Header()
		h.Set("Content-Type", "application/jwk-set+json")
		h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(maxAge.Seconds())))
		h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
		h.Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
	metadata := map[string]string{"issuer": issuer, "jwks_uri": issuer + devissuer.KeysPath}
	for _, path := range devissuer.MetadataPaths {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Access-Control-Allow-Origin", "*")
			json.NewEncoder(w).Encode(metadata)
		})
	}
	return mux
}
