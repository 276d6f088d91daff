package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

const vaultToken = "hvs.a-secret-that-no-error-shows"

// A fakeVault answers as the transit engine does, with its defaults: testdata/vault.json
// has what the real one said.
type fakeVault struct {
	keys map[string][]crypto.Signer // versions, from 1
	// sign, if not nil, answers requests to sign.
	sign http.HandlerFunc
}

// start serves f until the test ends and returns a client of it.
func (f *fakeVault) start(t *testing.T) *vault {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/transit/keys/{name}", f.readKey)
	mux.HandleFunc("POST /v1/transit/sign/{name}/{hash}", func(w http.ResponseWriter, r *http.Request) {
		if f.sign != nil {
			f.sign(w, r)
			return
		}
		f.signInput(w, r)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Vault-Token") != vaultToken {
			refuse(w, http.StatusForbidden, "permission denied")
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return newVault(server.URL+"/v1/transit", vaultToken)
}

func (f *fakeVault) readKey(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if f.keys[name] == nil {
		refuse(w, http.StatusNotFound)
		return
	}
	versions := map[string]any{}
	for i, key := range f.keys[name] {
		if key == nil { // a symmetric one
			versions[strconv.Itoa(i+1)] = 1763787600
			continue
		}
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			panic(err)
		}
		versions[strconv.Itoa(i+1)] = map[string]any{
			"creation_time": "2026-11-22T05:00:00Z",
			"public_key":    string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		}
	}
	answer(w, map[string]any{"name": name, "keys": versions, "latest_version": len(versions)})
}

func (f *fakeVault) signInput(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Input      []byte `json:"input"`
		Version    int    `json:"key_version"`
		Marshaling string `json:"marshaling_algorithm"`
		Signature  string `json:"signature_algorithm"`
		Salt       string `json:"salt_length"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, "error parsing JSON")
		return
	}
	versions := f.keys[r.PathValue("name")]
	if in.Version == 0 {
		in.Version = len(versions)
	}
	if in.Version < 1 || in.Version > len(versions) {
		refuse(w, http.StatusInternalServerError, "requested version for signing is higher than the latest key version")
		return
	}
	hash, ok := map[string]crypto.Hash{"sha2-256": crypto.SHA256, "sha2-384": crypto.SHA384, "sha2-512": crypto.SHA512}[r.PathValue("hash")]
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid hash algorithm")
		return
	}
	sig, err := vaultSignature(versions[in.Version-1], hash, in.Input, in.Marshaling, in.Signature, in.Salt)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, map[string]any{"key_version": in.Version, "signature": fmt.Sprintf("vault:v%d:%s", in.Version, sig)})
}

// vaultSignature returns the signature of input, encoded.
func vaultSignature(key crypto.Signer, hash crypto.Hash, input []byte, marshaling, algorithm, salt string) (string, error) {
	h := hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	jws := marshaling == "jws"
	encoding := base64.StdEncoding
	if jws {
		encoding = base64.RawURLEncoding
	}
	var opts crypto.SignerOpts = hash
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		if !jws {
			break
		}
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			return "", err
		}
		size := (key.Params().BitSize + 7) / 8
		raw := make([]byte, 2*size)
		r.FillBytes(raw[:size])
		s.FillBytes(raw[size:])
		return encoding.EncodeToString(raw), nil
	case *rsa.PrivateKey:
		switch pss := (&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: hash}); algorithm {
		case "", "pss":
			if salt == "hash" {
				pss.SaltLength = rsa.PSSSaltLengthEqualsHash
			}
			opts = pss
		case "pkcs1v15":
		default:
			return "", fmt.Errorf("unsupported rsa signature algorithm %s", algorithm)
		}
	}
	sig, err := key.Sign(rand.Reader, digest, opts)
	return encoding.EncodeToString(sig), err
}

func answer(w http.ResponseWriter, data any) {
	writeJSON(w, http.StatusOK, map[string]any{
		"request_id": "d6a3a4a2-3b0c-6b0e-1f5e-5b1f0c6a7d11", "lease_id": "", "renewable": false, "lease_duration": 0,
		"data": data, "wrap_info": nil, "warnings": nil, "auth": nil, "mount_type": "transit",
	})
}

func refuse(w http.ResponseWriter, status int, reasons ...string) {
	writeJSON(w, status, map[string]any{"errors": append([]string{}, reasons...)})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
