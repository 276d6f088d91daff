package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// setIssuers gives a script the folder testdata as $DATA, a time as $AT, and the URLs of two
// issuers of the keys in testdata/keys: $ISSUER, and $SECURE_ISSUER which needs --ca ca.pem.
func setIssuers(env *testscript.Env) error {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		return err
	}
	plain, secure := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	for _, s := range []*httptest.Server{plain, secure} {
		s.Config.Handler = issuer(s)
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		env.Defer(s.Close)
	}
	plain.Start()
	secure.StartTLS()
	env.Setenv("DATA", dir)
	env.Setenv("AT", "2026-11-28T08:00:00Z")
	env.Setenv("ISSUER", plain.URL)
	env.Setenv("SECURE_ISSUER", secure.URL)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	return os.WriteFile(filepath.Join(env.WorkDir, "ca.pem"), ca, 0o600)
}

// issuer publishes the metadata of an issuer whose server is s, and the keys in testdata/keys.
func issuer(s *httptest.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, s.URL, s.URL+"/keys")
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		var set struct {
			Keys []json.RawMessage `json:"keys"`
		}
		for _, k := range []struct {
			file string
			alg  jwt.Algorithm
		}{{"es256-public.pem", jwt.ES256}, {"ed25519-public.pem", jwt.EdDSA}, {"rsa-public.pem", jwt.RS256}} {
			data, err := os.ReadFile(filepath.Join("testdata", "keys", k.file))
			if err == nil {
				data, err = jwk.FromPEM(k.alg, string(k.alg), data)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			set.Keys = append(set.Keys, data)
		}
		json.NewEncoder(w).Encode(set)
	})
	return mux
}

// mode MODE FILE checks who may read a file.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode MODE FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("the mode is %s", got)
	}
}

// mint HEADER CLAIMS FILE signs what stands in two files, byte for byte, with the RSA key:
// headers that jwt sign does not write.
func mint(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: mint HEADER CLAIMS FILE")
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(ts.ReadFile(args[0]))) + "." + encode([]byte(ts.ReadFile(args[1])))
	text, err := os.ReadFile(filepath.Join("testdata", "keys", "rsa.pem"))
	ts.Check(err)
	key, err := jwt.ParsePrivateKey(jwt.RS256, "", text)
	ts.Check(err)
	sig, err := key.Sign(context.Background(), jwt.Header{Algorithm: jwt.RS256}, []byte(input))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(input+"."+encode(sig)), 0o600))
}
