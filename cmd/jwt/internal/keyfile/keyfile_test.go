package keyfile_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
	"github.com/cda17858/jwt/jws"
)

func read(t *testing.T, name string) *keyfile.File {
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "keys", name))
	require.NoError(t, err)
	f, err := keyfile.Read(data)
	require.NoError(t, err)
	return f
}

// A key in any form signs with its usual algorithm, and verifies what it has signed; the other
// half in another form verifies it as well.
func TestHalvesInAllForms(t *testing.T) {
	for _, test := range []struct {
		private, public string
		alg             jwt.Algorithm
	}{
		{"es256.pem", "es256-public.pem", jwt.ES256},
		{"es256.der", "es256-certificate.pem", jwt.ES256},
		{"ed25519.pem", "ed25519-public.pem", jwt.EdDSA},
		{"rsa.pem", "rsa-public.pem", jwt.RS256},
		{"rsa.pem", "rsa-pkcs1-public.pem", jwt.RS256},
		{"openssh-ed25519", "openssh-ed25519.pub", jwt.EdDSA},
		{"openssh-ecdsa", "openssh-ecdsa.pub", jwt.ES256},
		{"openssh-rsa", "openssh-rsa", jwt.RS256},
		{"secret.txt", "secret.txt", jwt.HS256},
	} {
		t.Run(test.private, func(t *testing.T) {
			signer, err := read(t, test.private).Signer("", "k1")
			require.NoError(t, err)
			require.Equal(t, test.alg, signer.Algorithm())
			require.Equal(t, "k1", signer.KeyID())
			token, err := jws.Sign(context.Background(), signer, jws.Message{Payload: []byte("x")})
			require.NoError(t, err)
			for _, half := range []string{test.private, test.public} {
				set, err := read(t, half).Verifiers()
				require.NoError(t, err)
				val, err := jws.NewValidator(jws.Policy{Algorithms: keyfile.Algorithms()})
				require.NoError(t, err)
				_, err = jws.Verify(context.Background(), token, set, val)
				require.NoError(t, err, half)
			}
		})
	}
}

// A JWK keeps its alg and kid, and what it lacks is given to it.
func TestJWK(t *testing.T) {
	key, err := read(t, "rsa.pem").Key(jwt.PS256, "k1")
	require.NoError(t, err)
	private, err := key.JWK()
	require.NoError(t, err)
	public, err := key.PublicJWK()
	require.NoError(t, err)
	require.NotContains(t, string(public), `"d"`)

	for _, data := range [][]byte{private, public} {
		f, err := keyfile.Read(append([]byte("\ufeff "), data...))
		require.NoError(t, err)
		set, err := f.Verifiers()
		require.NoError(t, err)
		require.Len(t, set, 1)
		require.Equal(t, "k1", set.Keys()[0].KeyID())
		require.Equal(t, jwt.PS256, set.Keys()[0].Algorithm())
		_, err = f.Verifiers(jwt.ES256)
		require.ErrorContains(t, err, "the key is for [PS256], not for [ES256]")
		again, err := f.Key("", "")
		require.NoError(t, err)
		text, err := again.JWK()
		require.NoError(t, err)
		require.JSONEq(t, string(data), string(text))
	}

	bare := without(t, private, "alg", "kid")
	f, err := keyfile.Read(bare)
	require.NoError(t, err)
	signer, err := f.Signer("", "")
	require.NoError(t, err)
	require.Equal(t, jwt.RS256, signer.Algorithm())
	set, err := f.Verifiers(jwt.RS512, jwt.PS512)
	require.NoError(t, err)
	require.Len(t, set, 2)
	k, err := f.Key("", "")
	require.NoError(t, err)
	print, err := k.Thumbprint()
	require.NoError(t, err)
	require.Len(t, print, 43)
}

func without(t *testing.T, data []byte, names ...string) []byte {
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &members))
	for _, name := range names {
		delete(members, name)
	}
	data, err := json.Marshal(members)
	require.NoError(t, err)
	return data
}

// Every kind of new key can be read again, as both halves.
func TestMake(t *testing.T) {
	for _, alg := range keyfile.Algorithms() {
		switch alg {
		case jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384: // RSA keys take long to make; RS256 and PS512 will do
			continue
		}
		for _, asJWK := range []bool{true, false} {
			made, err := keyfile.Spec{Algorithm: alg, Bits: 2048, KeyID: "k1"}.Make(asJWK)
			require.NoError(t, err)
			f, err := keyfile.Read(made.Private)
			require.NoError(t, err)
			signer, err := f.Signer(alg, "")
			require.NoError(t, err)
			require.Equal(t, alg, signer.Algorithm())
			if made.Public == nil {
				require.True(t, f.IsSecret())
				require.Nil(t, made.PublicJWK)
				continue
			}
			public, err := keyfile.Read(made.Public)
			require.NoError(t, err)
			_, err = public.Verifiers(alg)
			require.NoError(t, err)
			_, err = public.Signer(alg, "")
			require.Error(t, err)
		}
	}
}

func TestMakeRefuses(t *testing.T) {
	_, err := keyfile.Spec{Algorithm: "none"}.Make(true)
	require.ErrorContains(t, err, `unknown algorithm "none"`)
	for _, bits := range []int{0, 1024, 16384} {
		_, err := keyfile.Spec{Algorithm: jwt.RS256, Bits: bits}.Make(true)
		require.ErrorContains(t, err, "an RSA key must have 2048 to 8192 bits")
	}
}

// What is wrong with a key is said without the algorithms that nobody asked for, and without
// anything of the key.
func TestFaults(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{"encrypted.pem", "the private key is encrypted; openssl pkey -in FILE -out NEW decrypts it"},
		{"rsa-1024.pem", "modulus of 1024 bits; 2048 to 8192 are allowed"},
		{"es256-public.pem", "it is a public key; signing needs the private key"},
		{"es256-certificate.pem", "it is a certificate; signing needs the private key"},
	} {
		_, err := read(t, test.file).Signer("", "")
		require.EqualError(t, err, test.want)
	}
	for _, test := range []struct{ data, want string }{
		{" \n", "the key is empty"},
		{"-----BEGIN OPENSSH PRIVATE KEY-----\nx", "the OpenSSH private key cannot be read"},
		{"ssh-ed25519 AAAA", "the OpenSSH public key cannot be read"},
	} {
		_, err := keyfile.Read([]byte(test.data))
		require.EqualError(t, err, test.want)
	}
	f, err := keyfile.Read([]byte(`{"keys":[]}`))
	require.NoError(t, err)
	_, err = f.Signer("", "")
	require.ErrorContains(t, err, "JWK Set")
}

// A secret in a text file ends before the end of the line; one that is not text keeps every
// byte.
func TestSecrets(t *testing.T) {
	text := "0123456789abcdef0123456789abcdef"
	want, err := jwt.NewHMACSigner(jwt.HS256, "", []byte(text))
	require.NoError(t, err)
	token, err := jws.Sign(context.Background(), want, jws.Message{Payload: []byte("x")})
	require.NoError(t, err)
	val, err := jws.NewValidator(jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}})
	require.NoError(t, err)
	for data, good := range map[string]bool{text: true, text + "\n": true, text + "\r\n": true, text + "\n\n": false, " " + text: false, "\xff" + text + "\n": false} {
		f, err := keyfile.Read([]byte(data))
		require.NoError(t, err)
		require.True(t, f.IsSecret())
		require.False(t, f.Short())
		set, err := f.Verifiers()
		require.NoError(t, err)
		_, err = jws.Verify(context.Background(), token, set, val)
		require.Equal(t, good, err == nil, "%q", data)
	}

	short := keyfile.Secret([]byte("hunter2hunter2"))
	require.True(t, short.Short())
	_, err = short.Signer("", "")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2hunter2")
	short.AllowShort(true)
	_, err = short.Signer("", "")
	require.NoError(t, err)
	k, err := short.Key("", "")
	require.NoError(t, err)
	_, err = k.JWK()
	require.Error(t, err, "package jwk writes no weak secret")
	_, err = k.PublicJWK()
	require.EqualError(t, err, "a secret has no public half")
}

// Whatever a key file holds, it is a key or an error.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("../../testdata/keys/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"kty":"oct","k":"AAAA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := keyfile.Read(data)
		if err != nil {
			return
		}
		if set, err := file.Verifiers(); err == nil {
			for _, k := range set.Keys() {
				require.NotNil(t, k)
			}
		}
		if k, err := file.Key("", ""); err == nil && !file.IsSecret() {
			_, err = k.PublicPEM()
			require.NoError(t, err)
			_, err = k.JWK()
			require.NoError(t, err)
		}
	})
}
