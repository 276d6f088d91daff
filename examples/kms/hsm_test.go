//go:build cgo

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ThalesGroup/crypto11"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

const (
	tokenLabel = "jwt"
	tokenPIN   = "87654321"
)

// A softHSM is a token of SoftHSM2 in a folder of the test.
type softHSM struct {
	module  string
	pinFile string
}

// newSoftHSM makes a token with a key pair for each label.
func newSoftHSM(t *testing.T, keyTypes map[string]string) softHSM {
	hsm := softHSM{module: softHSMModule(t), pinFile: filepath.Join(t.TempDir(), "pin")}
	require.NoError(t, os.WriteFile(hsm.pinFile, []byte(tokenPIN+"\n"), 0o600))
	tokens, conf := t.TempDir(), filepath.Join(t.TempDir(), "softhsm2.conf")
	require.NoError(t, os.WriteFile(conf, []byte("directories.tokendir = "+tokens+"\nobjectstore.backend = file\n"), 0o600))
	t.Setenv("SOFTHSM2_CONF", conf)
	command(t, "softhsm2-util", "--init-token", "--free", "--label", tokenLabel, "--pin", tokenPIN, "--so-pin", "12345678")
	for label, keyType := range keyTypes {
		hsm.generate(t, label, keyType)
	}
	return hsm
}

// softHSMModule returns the path of SoftHSM's library. Without SoftHSM the test is
// skipped, but fails in CI.
func softHSMModule(t *testing.T) string {
	_, noUtil := exec.LookPath("softhsm2-util")
	_, noTool := exec.LookPath("pkcs11-tool")
	for _, pattern := range []string{"/usr/lib*/softhsm", "/usr/lib/*/softhsm", "/usr/lib*/pkcs11", "/usr/local/lib/softhsm", "/opt/homebrew/lib/softhsm"} {
		if found, _ := filepath.Glob(pattern + "/libsofthsm2.so"); found != nil && noUtil == nil && noTool == nil {
			return found[0]
		}
	}
	const missing = "no SoftHSM; install it: apt-get install softhsm2 opensc"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

func (h softHSM) generate(t *testing.T, label, keyType string) {
	h.tool(t, "--keypairgen", "--key-type", keyType, "--usage-sign", "--label", label, "--id", fmt.Sprintf("%x", label))
}

func (h softHSM) tool(t *testing.T, args ...string) string {
	return command(t, "pkcs11-tool", append([]string{"--module", h.module, "--login", "--pin", tokenPIN, "--token-label", tokenLabel}, args...)...)
}

func command(t *testing.T, name string, args ...string) string {
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func (h softHSM) open(t *testing.T) *hsm {
	hsm, err := openHSM(h.module, tokenLabel, tokenPIN)
	require.NoError(t, err)
	t.Cleanup(func() { hsm.Close() })
	return hsm
}

func TestHSM(t *testing.T) {
	hsm := newSoftHSM(t, map[string]string{"es256": "EC:prime256v1", "rs256": "rsa:2048"}).open(t)
	for alg, label := range map[jwt.Algorithm]string{jwt.ES256: "es256", jwt.RS256: "rs256", jwt.PS256: "rs256"} {
		t.Run(string(alg), func(t *testing.T) {
			key, err := hsm.FindKeyPair(nil, []byte(label))
			require.NoError(t, err)
			for attribute, want := range map[crypto11.AttributeType]byte{
				crypto11.CkaSensitive: 1, crypto11.CkaAlwaysSensitive: 1, crypto11.CkaExtractable: 0, crypto11.CkaNeverExtractable: 1, crypto11.CkaLocal: 1,
			} {
				got, err := hsm.GetAttribute(key, attribute)
				require.NoError(t, err)
				require.Equal(t, []byte{want}, got.Value, "attribute %v", attribute)
			}
			secret := crypto11.CkaValue // of an EC key
			if alg != jwt.ES256 {
				secret = crypto11.CkaPrivateExponent
			}
			_, err = hsm.GetAttribute(key, secret)
			require.ErrorContains(t, err, "CKR_ATTRIBUTE_SENSITIVE")

			signer, err := hsm.signer(alg, label)
			require.NoError(t, err)
			requireVerifiedElsewhere(t, signer)
			requireCancelled(t, signer)
		})
	}
}

func TestHSMConcurrently(t *testing.T) {
	hsm := newSoftHSM(t, map[string]string{"es256": "EC:prime256v1"}).open(t)
	signer, err := hsm.signer(jwt.ES256, "es256")
	require.NoError(t, err)
	parser, err := jwt.NewParser[struct{}](signer.Verifier(), policy)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			subject := fmt.Sprint("user ", i)
			for range 10 {
				token, err := jwt.Sign(t.Context(), signer, claimsOf(subject))
				if err != nil {
					t.Error(err)
					return
				}
				claims, err := parser.Parse(t.Context(), token)
				if err != nil || claims.Subject != subject {
					t.Error(claims, err)
				}
			}
		})
	}
	wg.Wait()
}

// What goes wrong in the HSM while the service runs is an error of Sign.
func TestHSMFails(t *testing.T) {
	soft := newSoftHSM(t, map[string]string{"deleted": "EC:prime256v1", "kept": "EC:prime256v1"})
	hsm, err := openHSM(soft.module, tokenLabel, tokenPIN)
	require.NoError(t, err)
	deleted, err := hsm.signer(jwt.ES256, "deleted")
	require.NoError(t, err)
	kept, err := hsm.signer(jwt.ES256, "kept")
	require.NoError(t, err)

	sign(t, deleted, "alice")
	soft.tool(t, "--delete-object", "--type", "privkey", "--label", "deleted")
	token, err := jwt.Sign(t.Context(), deleted, claimsOf("alice"))
	require.ErrorContains(t, err, "CKR_")
	require.Empty(t, token)

	sign(t, kept, "alice")
	require.NoError(t, hsm.Close())
	token, err = jwt.Sign(t.Context(), kept, claimsOf("alice"))
	require.ErrorContains(t, err, "context is closed")
	require.Empty(t, token)
}

func TestHSMRefuses(t *testing.T) {
	soft := newSoftHSM(t, map[string]string{"es256": "EC:prime256v1", "rs256": "rsa:2048", "es384": "EC:secp384r1"})
	soft.generate(t, "es256 twice", "EC:prime256v1")
	soft.generate(t, "es256 twice", "EC:prime256v1")
	for name, test := range map[string]struct{ module, token, pin, want string }{
		"module": {"/nowhere.so", tokenLabel, tokenPIN, "failed to open module"},
		"token":  {soft.module, "other", tokenPIN, "could not find PKCS#11 token"},
		"PIN":    {soft.module, tokenLabel, "12312312", "CKR_PIN_INCORRECT"},
		"no PIN": {soft.module, tokenLabel, "", "CKR_"},
	} {
		_, err := openHSM(test.module, test.token, test.pin)
		require.ErrorContains(t, err, test.want, name)
		if test.pin != "" {
			require.NotContains(t, err.Error(), test.pin)
		}
	}
	hsm := soft.open(t)
	for _, test := range []struct {
		alg         jwt.Algorithm
		label, want string
	}{
		{jwt.ES256, "none", `hsm: 0 key pairs are labelled "none"; there must be one`},
		{jwt.ES256, "es256 twice", `hsm: 2 key pairs are labelled "es256 twice"; there must be one`},
		{jwt.ES256, "", "cannot both be empty"},
		{jwt.ES256, "es384", "jwt: ES256 key: curve P-384"},
		{jwt.ES256, "rs256", `jwt: "ES256" is not for an RSA key`},
		{jwt.RS256, "es256", `jwt: "RS256" is not for an ECDSA key`},
		{jwt.HS256, "rs256", `jwt: "HS256" is not for an RSA key`},
	} {
		_, err := hsm.signer(test.alg, test.label)
		require.ErrorContains(t, err, test.want)
	}
}

func TestRunHSM(t *testing.T) {
	soft := newSoftHSM(t, map[string]string{"es256": "EC:prime256v1"})
	args := []string{"-module", soft.module, "-token", tokenLabel, "-pin-file", soft.pinFile, "-key", "es256"}
	requireRuns(t, args...)
	require.ErrorContains(t, run(t.Context(), append(args, "-alg", "RS256"), new(strings.Builder)), "RS256")
	require.ErrorContains(t, run(t.Context(), append(args, "-pin-file", "/nowhere"), new(strings.Builder)), "/nowhere")
}
