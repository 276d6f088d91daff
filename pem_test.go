package jwt_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// certificate returns a certificate, long expired, that key has signed for itself.
func certificate(key crypto.Signer) []byte {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Unix(1, 0),
	}
	return must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
}

// privatePEMs returns the private key of raw for alg in every form that there is.
func privatePEMs(raw rawKeys, alg jwt.Algorithm) map[string][]byte {
	forms := map[string][]byte{"PKCS#8": pemBlock("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(raw.privateKey(alg))))}
	switch key := raw.privateKey(alg).(type) {
	case *rsa.PrivateKey:
		forms["PKCS#1"] = pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	case *ecdsa.PrivateKey:
		forms["SEC 1"] = pemBlock("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key)))
		oid := map[jwt.Algorithm]asn1.ObjectIdentifier{jwt.ES256: {1, 2, 840, 10045, 3, 1, 7}, jwt.ES384: {1, 3, 132, 0, 34}, jwt.ES512: {1, 3, 132, 0, 35}}
		forms["SEC 1 after EC PARAMETERS"] = append(pemBlock("EC PARAMETERS", must(asn1.Marshal(oid[alg]))), forms["SEC 1"]...)
	}
	return forms
}

// publicPEMs does the same for the public key.
func publicPEMs(raw rawKeys, alg jwt.Algorithm) map[string][]byte {
	private := raw.privateKey(alg)
	forms := map[string][]byte{
		"SPKI":        pemBlock("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(private.Public()))),
		"certificate": pemBlock("CERTIFICATE", certificate(private)),
	}
	if key, ok := private.Public().(*rsa.PublicKey); ok {
		forms["PKCS#1"] = pemBlock("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(key))
	}
	return forms
}

// around returns data as it may come from an editor, a mail or another system.
func around(data []byte) [][]byte {
	return [][]byte{
		data,
		bytes.TrimSpace(data),
		bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
		append([]byte("Some text.\n\n"), data...),
		append(bytes.Clone(data), "\n \t\r\n"...),
	}
}

func TestParsePEM(t *testing.T) {
	for _, alg := range allAlgorithms[3:] {
		k := testKeys(t)[alg]
		for form, data := range privatePEMs(firstRaw(), alg) {
			for _, data := range around(data) {
				s, err := jwt.ParsePrivateKey(alg, "k1", data)
				require.NoError(t, err, "%s %s", alg, form)
				require.Equal(t, "k1", s.KeyID())
				require.NoError(t, parseToken(t, signToken(t, s), k.verifier))
			}
		}
		token := signToken(t, k.signer)
		for form, data := range publicPEMs(firstRaw(), alg) {
			for _, data := range around(data) {
				v, err := jwt.ParsePublicKey(alg, "k1", data)
				require.NoError(t, err, "%s %s", alg, form)
				require.NoError(t, parseToken(t, token, v))
			}
		}
	}
}

const (
	nothing   = "no PEM block but nothing; is an environment variable unset?"
	lineFeeds = `no PEM block: its line breaks are written as \n`
	noPrivate = "the PEM block is none of PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE KEY"
	noPublic  = "the PEM block is none of PUBLIC KEY, RSA PUBLIC KEY and CERTIFICATE"
	encrypted = "the private key is encrypted; decrypt it first, with openssl pkey for example"
)

func TestParsePEMRefuses(t *testing.T) {
	raw := firstRaw()
	private, public := privatePEMs(raw, jwt.ES256), publicPEMs(raw, jwt.ES256)
	pkcs8, sec1, spki, cert := private["PKCS#8"], private["SEC 1"], public["SPKI"], public["certificate"]
	block, _ := pem.Decode(pkcs8)
	dekInfo := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw.secret,
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,000102030405060708090A0B0C0D0E0F"}})
	parameters := private["SEC 1 after EC PARAMETERS"][:bytes.Index(private["SEC 1 after EC PARAMETERS"], sec1)]
	type test struct {
		name            string
		data            []byte
		private, public string // "": accepted
	}
	tests := []test{
		{"nil", nil, nothing, nothing},
		{"blank", []byte(" \n"), nothing, nothing},
		{"text", []byte("secret"), "no PEM block", "no PEM block"},
		{"DER", block.Bytes, "no PEM block", "no PEM block"},
		{"JWK", []byte(` {"kty":"oct"}`), "no PEM block but JSON; package jwk reads keys in JSON", "no PEM block but JSON; package jwk reads keys in JSON"},
		{"truncated", pkcs8[:len(pkcs8)-10], "no PEM block", "no PEM block"},
		{"first line", pkcs8[:28], "no PEM block", "no PEM block"},
		{"end of another block", bytes.Replace(pkcs8, []byte("END PRIVATE"), []byte("END PUBLIC"), 1), "no PEM block", "no PEM block"},
		{"escaped line feeds", bytes.ReplaceAll(pkcs8, []byte("\n"), []byte(`\n`)), lineFeeds, lineFeeds},
		{"parameters alone", parameters, "no PEM block", "no PEM block"},

		{"two private keys", append(bytes.Clone(pkcs8), sec1...), "data after the PEM block", "data after the PEM block"},
		{"two public keys", append(bytes.Clone(spki), spki...), "data after the PEM block", "data after the PEM block"},
		{"key and certificate", append(bytes.Clone(pkcs8), cert...), "data after the PEM block", "data after the PEM block"},
		{"chain", append(bytes.Clone(cert), cert...), "data after the PEM block", "data after the PEM block"},
		{"text after", append(bytes.Clone(pkcs8), 'x'), "data after the PEM block", "data after the PEM block"},
		{"text after the certificate", append(bytes.Clone(cert), "# end"...), "data after the PEM block", "data after the PEM block"},

		{"SPKI", spki, "the PEM block is a PUBLIC KEY; signing needs the private key", ""},
		{"RSA PUBLIC KEY", pemBlock("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&raw.rsa.PublicKey)),
			"the PEM block is a RSA PUBLIC KEY; signing needs the private key", "not ECDSA"},
		{"certificate", cert, "the PEM block is a CERTIFICATE; signing needs the private key", ""},
		{"PKCS#8", pkcs8, "", "the PEM block is a PRIVATE KEY; whoever verifies needs the public key alone"},
		{"SEC 1", sec1, "", "the PEM block is a EC PRIVATE KEY; whoever verifies needs the public key alone"},
		{"RSA", pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(raw.rsa)), "not ECDSA",
			"the PEM block is a RSA PRIVATE KEY; whoever verifies needs the public key alone"},

		{"encrypted PKCS#8", pemBlock("ENCRYPTED PRIVATE KEY", raw.secret), encrypted,
			"the PEM block is a ENCRYPTED PRIVATE KEY; whoever verifies needs the public key alone"},
		{"DEK-Info", dekInfo, encrypted, "the PEM block is a EC PRIVATE KEY; whoever verifies needs the public key alone"},

		{"OpenSSH", pemBlock("OPENSSH PRIVATE KEY", raw.secret),
			"the private key is in OpenSSH's own form; ssh-keygen -p -m PKCS8 -f FILE changes the file", noPublic},
		{"PGP", pemBlock("PGP PRIVATE KEY BLOCK", raw.secret), noPrivate, noPublic},
		{"request", pemBlock("CERTIFICATE REQUEST", raw.secret), noPrivate, noPublic},
		{"no name", pemBlock("", block.Bytes), noPrivate, noPublic},
		{"lower case", bytes.ReplaceAll(pkcs8, []byte("PRIVATE"), []byte("private")), noPrivate, noPublic},

		{"garbage", pemBlock("PRIVATE KEY", raw.secret), "the PRIVATE KEY is malformed",
			"the PEM block is a PRIVATE KEY; whoever verifies needs the public key alone"},
		{"empty", pemBlock("EC PRIVATE KEY", nil), "the EC PRIVATE KEY is malformed",
			"the PEM block is a EC PRIVATE KEY; whoever verifies needs the public key alone"},
		{"wrong name", pemBlock("RSA PRIVATE KEY", block.Bytes), "the RSA PRIVATE KEY is malformed",
			"the PEM block is a RSA PRIVATE KEY; whoever verifies needs the public key alone"},
		{"truncated DER", pemBlock("PRIVATE KEY", block.Bytes[:len(block.Bytes)-1]), "the PRIVATE KEY is malformed",
			"the PEM block is a PRIVATE KEY; whoever verifies needs the public key alone"},
		{"DSA", pemBlock("PUBLIC KEY", dsaPublicKey()),
			"the PEM block is a PUBLIC KEY; signing needs the private key", "no signature algorithm uses a *dsa.PublicKey"},
	}
	if key, err := ecdh.X25519().NewPrivateKey(pseudorandom(1)); err == nil { // FIPS 140-3 does not know it
		tests = append(tests,
			test{"X25519", pemBlock("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))),
				"no signature algorithm uses a *ecdh.PrivateKey",
				"the PEM block is a PRIVATE KEY; whoever verifies needs the public key alone"},
			test{"X25519, public", pemBlock("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.PublicKey()))),
				"the PEM block is a PUBLIC KEY; signing needs the private key",
				"no signature algorithm uses a *ecdh.PublicKey"})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, side := range []struct {
				text string
				err  error
			}{
				{tt.private, errOf(jwt.ParsePrivateKey(jwt.ES256, "k", tt.data))},
				{tt.public, errOf(jwt.ParsePublicKey(jwt.ES256, "k", tt.data))},
			} {
				switch side.text {
				case "":
					require.NoError(t, side.err)
				case "not ECDSA":
					require.EqualError(t, side.err, `jwt: "ES256" is not for an RSA key; RS256, RS384, RS512, PS256, PS384 and PS512 are`)
				default:
					require.EqualError(t, side.err, "jwt: ES256 key: "+side.text)
				}
			}
		})
	}
	for kind, data := range map[string][]byte{"PUBLIC KEY": raw.secret, "RSA PUBLIC KEY": nil, "CERTIFICATE": block.Bytes} {
		err := errOf(jwt.ParsePublicKey(jwt.ES256, "k", pemBlock(kind, data)))
		require.ErrorContains(t, err, "jwt: ES256 key: the "+kind+" is malformed")
		requireNoSecret(t, err.Error(), raw)
	}
}

// dsaPublicKey returns an SPKI whose algorithm signs, but in no JWS.
func dsaPublicKey() []byte {
	type parameters struct{ P, Q, G *big.Int }
	type algorithm struct {
		OID        asn1.ObjectIdentifier
		Parameters parameters
	}
	y := must(asn1.Marshal(big.NewInt(4)))
	return must(asn1.Marshal(struct {
		Algorithm algorithm
		Key       asn1.BitString
	}{
		algorithm{asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, parameters{big.NewInt(23), big.NewInt(11), big.NewInt(2)}},
		asn1.BitString{Bytes: y, BitLength: 8 * len(y)},
	}))
}

// The refusals of the constructors hold for PEM as well.
func TestParsePEMWeakKeys(t *testing.T) {
	public := func(key any) []byte { return pemBlock("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key))) }
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	for _, tt := range []struct {
		alg  jwt.Algorithm
		data []byte
		text string
	}{
		{jwt.RS256, public(&rsa.PublicKey{N: modulus(1024), E: 65537}), "jwt: RS256 key: modulus of 1024 bits; 2048 to 8192 are allowed"},
		{jwt.RS256, public(&rsa.PublicKey{N: modulus(2048), E: 2}), "jwt: RS256 key: exponent 2; it must be odd and at least 3"},
		{jwt.ES256, public(p224.Public()), "jwt: ES256 key: curve P-224; ES256 wants P-256"},
		{jwt.ES384, public(firstRaw().ecdsa[jwt.ES256].Public()), "jwt: ES384 key: curve P-256; ES384 wants P-384"},
		{jwt.ES256, public(firstRaw().ed25519.Public()), `jwt: "ES256" is not for an Ed25519 key; EdDSA and Ed25519 are`},
		{jwt.EdDSA, public(firstRaw().rsa.Public()), `jwt: "EdDSA" is not for an RSA key; RS256, RS384, RS512, PS256, PS384 and PS512 are`},
		{jwt.PS512, public(firstRaw().ecdsa[jwt.ES256].Public()), `jwt: "PS512" is not for an ECDSA key; ES256, ES384 and ES512 are`},
	} {
		require.EqualError(t, errOf(jwt.ParsePublicKey(tt.alg, "k", tt.data)), tt.text)
	}
	require.EqualError(t, errOf(jwt.ParsePrivateKey(jwt.ES256, "k", pemBlock("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(p224))))),
		"jwt: ES256 key: curve P-224; ES256 wants P-256")

	// A key whose halves do not fit, well-formed otherwise.
	key := copyOfRSA(firstRaw().rsa)
	key.D = secondRaw().rsa.D
	require.EqualError(t, errOf(jwt.ParsePrivateKey(jwt.RS256, "k", pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)))),
		"jwt: RS256 key: the RSA PRIVATE KEY is malformed")
}

// RFC 8725 section 2.1: a public key is no HMAC secret, and never becomes one here.
func TestParsePEMForHMAC(t *testing.T) {
	for _, alg := range allAlgorithms[:3] {
		texts := [][]byte{nil, firstRaw().secret}
		for _, text := range keyTexts()["PEM"] {
			texts = append(texts, []byte(text))
		}
		for _, a := range allAlgorithms[3:] {
			for _, data := range privatePEMs(firstRaw(), a) {
				texts = append(texts, data)
			}
			for _, data := range publicPEMs(firstRaw(), a) {
				texts = append(texts, data)
			}
		}
		for _, data := range texts {
			const text = " key: HMAC takes a secret, not PEM; NewHMACSigner and NewHMACVerifier do"
			require.EqualError(t, errOf(jwt.ParsePrivateKey(alg, "k", data)), "jwt: "+string(alg)+text)
			require.EqualError(t, errOf(jwt.ParsePublicKey(alg, "k", data)), "jwt: "+string(alg)+text)
		}
	}
}

// Damaged PEM is refused or is another good key; no error shows any of it.
func TestParsePEMMutations(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.ES256, jwt.ES512, jwt.EdDSA} {
		var texts [][]byte
		for _, forms := range []map[string][]byte{privatePEMs(firstRaw(), alg), publicPEMs(firstRaw(), alg)} {
			for _, form := range slices.Sorted(maps.Keys(forms)) {
				texts = append(texts, forms[form])
			}
		}
		for _, data := range texts {
			for n := range rounds {
				mutant := mutate(random, data, n%2 == 0)
				s, err := jwt.ParsePrivateKey(alg, "k", mutant)
				if err == nil {
					_, err := s.Sign(t.Context(), jwt.Header{Algorithm: alg}, []byte("a.b"))
					require.NoError(t, err)
				} else {
					requireNoSecret(t, err.Error(), firstRaw())
				}
				if v, err := jwt.ParsePublicKey(alg, "k", mutant); err == nil {
					require.ErrorIs(t, v.Verify(t.Context(), jwt.Header{Algorithm: alg}, nil, make([]byte, 64)), jwt.ErrSignature)
				} else {
					requireNoSecret(t, err.Error(), firstRaw())
				}
			}
		}
	}
}

// mutate changes a few bytes of data, a PEM text, or of what its last block holds.
func mutate(random *mathrand.Rand, data []byte, inside bool) []byte {
	if inside {
		start := bytes.LastIndex(data, []byte("-----BEGIN"))
		block, _ := pem.Decode(data[start:])
		return slices.Concat(data[:start], pemBlock(block.Type, mutate(random, block.Bytes, false)))
	}
	data = bytes.Clone(data)
	for n := 1 + random.IntN(3); n > 0 && len(data) > 0; n-- {
		place := random.IntN(len(data))
		switch random.IntN(4) {
		case 0:
			data = slices.Delete(data, place, place+1)
		case 1:
			data = slices.Insert(data, place, byte(random.Uint32()))
		case 2:
			data = data[:place+1]
		default:
			data[place] ^= 1 << random.IntN(8)
		}
	}
	return data
}

func TestParsePEMLarge(t *testing.T) {
	for _, data := range []string{
		strings.Repeat("-----BEGIN PRIVATE KEY-----\n", 10_000),
		"-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("A", 1<<20),
		string(pemBlock("PRIVATE KEY", make([]byte, 1<<20))),
		string(pemBlock("CERTIFICATE", bytes.Repeat([]byte{0x30, 0x80}, 1<<16))),
	} {
		require.Error(t, errOf(jwt.ParsePrivateKey(jwt.ES256, "", []byte(data))))
		require.Error(t, errOf(jwt.ParsePublicKey(jwt.ES256, "", []byte(data))))
	}
}
