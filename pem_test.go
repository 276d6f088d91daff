package jwt_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

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
	nothing    = "not PEM: it is empty; is an environment variable unset?"
	noBegin    = "not PEM: it has no BEGIN line"
	noKey      = "neither a key nor a certificate in PEM"
	isPublic   = "it is a public key; signing needs the private key"
	isCert     = "it is a certificate; signing needs the private key"
	isPrivate  = "it has a private key; to verify, only the public key is needed: openssl pkey -in FILE -pubout -out NEW"
	noEnd      = "PEM block 1 cannot be decoded: its END line is missing; is the text cut off?"
	noBase64   = "PEM block 1 cannot be decoded: it is not base64 between a BEGIN line and an END line with the same label"
	isOther    = "PEM block 1 is neither a key nor a certificate"
	malformed  = "the private key is malformed, or its numbers do not fit each other"
	encrypted  = "the private key is encrypted; openssl pkey -in FILE -out NEW decrypts it"
	newEd25519 = ", which is not supported; openssl genpkey -algorithm ed25519 -out NEW makes a key that is"
	newP256    = ", which is not supported; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out NEW makes a key that is"
)

// requirePEM checks what ParsePrivateKey and ParsePublicKey make of data: the error about the
// key, or "" for none.
func requirePEM(t *testing.T, alg jwt.Algorithm, data []byte, private, public string) {
	t.Helper()
	for _, side := range []struct {
		text string
		err  error
	}{
		{private, errOf(jwt.ParsePrivateKey(alg, "k", data))},
		{public, errOf(jwt.ParsePublicKey(alg, "k", data))},
	} {
		if side.text == "" {
			require.NoError(t, side.err)
		} else {
			require.EqualError(t, side.err, "jwt: "+string(alg)+" key: "+side.text)
		}
	}
}

func TestParsePEMRefuses(t *testing.T) {
	raw := firstRaw()
	private, public := privatePEMs(raw, jwt.ES256), publicPEMs(raw, jwt.ES256)
	pkcs8, sec1, spki, cert := private["PKCS#8"], private["SEC 1"], public["SPKI"], public["certificate"]
	block, _ := pem.Decode(pkcs8)
	dekInfo := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw.secret,
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,000102030405060708090A0B0C0D0E0F"}})
	parameters := private["SEC 1 after EC PARAMETERS"][:bytes.Index(private["SEC 1 after EC PARAMETERS"], sec1)]
	for _, tt := range []struct {
		name            string
		data            []byte
		private, public string // "": accepted
	}{
		{"nil", nil, nothing, nothing},
		{"blank", []byte(" \n"), nothing, nothing},
		{"text", []byte("secret"), noBegin, noBegin},
		{"truncated", pkcs8[:len(pkcs8)-10], noBase64, noBase64},
		{"half", pkcs8[:len(pkcs8)/2], noEnd, noEnd},
		{"first line", pkcs8[:28], noEnd, noEnd},
		{"last lines", pkcs8[28:], "PEM block 1 has no BEGIN line", "PEM block 1 has no BEGIN line"},
		{"end of another block", bytes.Replace(pkcs8, []byte("END PRIVATE"), []byte("END PUBLIC"), 1), noBase64, noBase64},
		{"text after END", slices.Concat(bytes.TrimSpace(pkcs8), []byte(";")), noBase64, noBase64},
		{"parameters only", parameters, noKey, noKey},
		{"request", pemBlock("CERTIFICATE REQUEST", raw.secret), noKey, noKey},

		{"SPKI", spki, isPublic, ""},
		{"certificate", cert, isCert, ""},
		{"PKCS#8", pkcs8, "", isPrivate},
		{"SEC 1", sec1, "", isPrivate},

		{"SPKI as a private key", pemBlock("PRIVATE KEY", must(x509.MarshalPKIXPublicKey(raw.ecdsa[jwt.ES256].Public()))), isPublic, ""},
		{"PKCS#8 as a public key", pemBlock("PUBLIC KEY", block.Bytes), "", isPrivate},
		{"PKCS#8 as PKCS#1", pemBlock("RSA PRIVATE KEY", block.Bytes), "", isPrivate},
		{"PKCS#8 as a certificate", pemBlock("CERTIFICATE", block.Bytes), "", isPrivate},
		{"certificate as a public key", bytes.ReplaceAll(cert, []byte("CERTIFICATE"), []byte("PUBLIC KEY")), isCert, ""},
		{"no label", pemBlock("", block.Bytes), "", isPrivate},
		{"lower case", bytes.ReplaceAll(pkcs8, []byte("PRIVATE"), []byte("private")), "", isPrivate},

		{"encrypted PKCS#8", pemBlock("ENCRYPTED PRIVATE KEY", raw.secret), malformed, isPrivate},
		{"DEK-Info", dekInfo, encrypted, isPrivate},
		{"PGP", pemBlock("PGP PRIVATE KEY BLOCK", raw.secret), isOther, isOther},
		{"PKCS#7", pemBlock("PKCS7", raw.secret), isOther, isOther},
		{"CRL", pemBlock("X509 CRL", raw.secret), isOther, isOther},

		{"garbage", pemBlock("PRIVATE KEY", raw.secret), malformed, isPrivate},
		{"empty", pemBlock("EC PRIVATE KEY", nil), malformed, isPrivate},
		{"truncated DER", pemBlock("PRIVATE KEY", block.Bytes[:len(block.Bytes)-1]), malformed, isPrivate},
		{"data after DER", pemBlock("PRIVATE KEY", append(bytes.Clone(block.Bytes), 0)), malformed, isPrivate},
		{"DSA", pemBlock("PUBLIC KEY", dsaPublicKey()), isPublic, "the public key is a DSA key" + newEd25519},
		{"unknown algorithm", pemBlock("PUBLIC KEY", spkiOf(asn1.ObjectIdentifier{1, 2, 3})), isPublic, "the public key is for the algorithm with OID 1.2.3" + newEd25519},
		{"DSA, private", pemBlock("DSA PRIVATE KEY", dsaPrivateKey()), "the private key is a DSA key" + newEd25519, isPrivate},
	} {
		t.Run(tt.name, func(t *testing.T) { requirePEM(t, jwt.ES256, tt.data, tt.private, tt.public) })
	}
	for kind, data := range map[string][]byte{
		"PUBLIC KEY": raw.secret, "RSA PUBLIC KEY": nil, "CERTIFICATE": raw.secret,
		"EC PUBLIC KEY": spkiOf(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}), // names no curve
	} {
		err := errOf(jwt.ParsePublicKey(jwt.ES256, "k", pemBlock(kind, data)))
		require.ErrorContains(t, err, "is malformed: ")
		requireNoSecret(t, err.Error(), raw)
	}
}

// Files that openssl and ssh-keygen have written. All but the last three groups hold keys that
// are well-formed and not supported.
func TestParsePEMUnsupported(t *testing.T) {
	const (
		bound    = " is bound to RSASSA-PSS (id-RSASSA-PSS), which is not supported; "
		explicit = " has explicit curve parameters, which are not supported; "
	)
	for _, tt := range []struct {
		file, private, public string
		alg                   jwt.Algorithm // if it is not ES256
	}{
		{file: "rsa-pss", private: "the private key" + bound + "openssl rsa -in FILE -traditional -out NEW makes it a plain RSA key"},
		{file: "rsa-pss-public", public: "the public key" + bound + "openssl rsa -pubin -in FILE -RSAPublicKey_out -out NEW makes it a plain RSA key"},
		{file: "rsa-pss-certificate", public: "the key of the certificate" + bound +
			"openssl x509 -in FILE -noout -pubkey | openssl rsa -pubin -RSAPublicKey_out -out NEW makes it a plain RSA key"},
		{file: "ed448", private: "the private key is an Ed448 key" + newEd25519},
		{file: "ed448-public", public: "the public key is an Ed448 key" + newEd25519},
		{file: "ed448-certificate", public: "the key of the certificate is an Ed448 key" + newEd25519},
		{file: "x448", private: "the private key is an X448 key" + newEd25519},
		{file: "x448-public", public: "the public key is an X448 key" + newEd25519},
		{file: "x25519", private: "the private key is an X25519 key" + newEd25519},
		{file: "x25519-public", public: "the public key is an X25519 key" + newEd25519},
		{file: "dsa", private: "the private key is a DSA key" + newEd25519},
		{file: "dsa-public", public: "the public key is a DSA key" + newEd25519},

		{file: "secp256k1", private: "the private key is on the curve secp256k1" + newP256},
		{file: "secp256k1-pkcs8", private: "the private key is on the curve secp256k1" + newP256},
		{file: "secp256k1-public", public: "the public key is on the curve secp256k1" + newP256},
		{file: "secp256k1-certificate", public: "the key of the certificate is on the curve secp256k1" + newP256},
		{file: "brainpool", private: "the private key is on the curve brainpoolP256r1" + newP256},
		{file: "sm2", private: "the private key is on the curve SM2" + newP256},
		{file: "secp160r1", private: "the private key is on the curve with OID 1.3.132.0.8" + newP256},
		{file: "explicit", private: "the private key" + explicit + "openssl ec -in FILE -param_enc named_curve -out NEW names the curve instead"},
		{file: "explicit-pkcs8", private: "the private key" + explicit + "openssl ec -in FILE -param_enc named_curve -out NEW names the curve instead"},
		{file: "explicit-public", public: "the public key" + explicit + "openssl ec -pubin -in FILE -param_enc named_curve -pubout -out NEW names the curve instead"},
		{file: "explicit-certificate", public: "the key of the certificate" + explicit +
			"openssl x509 -in FILE -noout -pubkey | openssl ec -pubin -param_enc named_curve -pubout -out NEW names the curve instead"},

		{file: "encrypted", private: encrypted},
		{file: "encrypted-legacy", private: encrypted},
		{file: "openssh-ecdsa", private: `the private key is in OpenSSH's own form; ssh-keygen -p -m PKCS8 -N "" -f FILE changes the file`},
		{file: "openssh-ed25519", private: "the private key is in OpenSSH's own form, which most versions of ssh-keygen cannot change for Ed25519; " +
			"openssl genpkey -algorithm ed25519 -out NEW makes a new key"},

		// What those commands write.
		{file: "rsa-pss-traditional", alg: jwt.PS256},
		{file: "rsa-pss-traditional-public", alg: jwt.RS256},
		{file: "explicit-named"},
		{file: "explicit-named-public"},

		// Other files of one key.
		{file: "p256"},
		{file: "p256-public"},
		{file: "p256-certificate-text"},    // openssl x509 -text
		{file: "p256-trusted-certificate"}, // openssl x509 -trustout
		{file: "p256-pkcs12"},              // openssl pkcs12 -nodes: a certificate and its key, with attributes
	} {
		t.Run(tt.file, func(t *testing.T) {
			data, err := os.ReadFile("testdata/pem/" + tt.file + ".pem")
			require.NoError(t, err)
			switch {
			case bytes.Contains(data, []byte("PRIVATE KEY")):
				tt.public = isPrivate
			case bytes.Contains(data, []byte("PUBLIC KEY")):
				tt.private = isPublic
			default:
				tt.private = isCert
			}
			requirePEM(t, cmp.Or(tt.alg, jwt.ES256), data, tt.private, tt.public)
		})
	}
}

// Which of several keys and certificates is meant must be beyond doubt.
func TestParsePEMSeveral(t *testing.T) {
	raw, other := firstRaw(), secondRaw()
	private, public := privatePEMs(raw, jwt.ES256), publicPEMs(raw, jwt.ES256)
	key, spki, cert := private["PKCS#8"], public["SPKI"], public["certificate"]
	otherPublic := publicPEMs(other, jwt.ES256)
	otherKey, otherSPKI, otherCert := privatePEMs(other, jwt.ES256)["PKCS#8"], otherPublic["SPKI"], otherPublic["certificate"]
	rsaCert := publicPEMs(raw, jwt.RS256)["certificate"]

	// A chain: leaf is raw's key, signed by intermediate, an RSA key, signed by root.
	root, intermediate := other.ed25519, other.rsa
	leafCert := issued(raw.ecdsa[jwt.ES256].Public(), intermediate)
	middleCert := issued(intermediate.Public(), root)
	rootCert := issued(root.Public(), root)
	broken := bytes.Replace(cert, []byte("\nM"), []byte("\n*"), 1)
	unknown := must(os.ReadFile("testdata/pem/ed448-certificate.pem"))
	ed448 := must(os.ReadFile("testdata/pem/ed448-public.pem"))
	const noChain = "certificate 2 has not signed certificate 1, but in a chain, leaf first, each has signed the one before: "
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, []byte("# comment\n")) }
	for _, tt := range []struct {
		name            string
		data            []byte
		private, public string // "": accepted
	}{
		{"key and certificate", join(key, cert), "", isPrivate},
		{"certificate and key", join(cert, key), "", isPrivate},
		{"key and certificate of another", join(key, otherCert), "", isPrivate},
		{"key and certificate that is not supported", join(key, unknown), "", isPrivate},
		{"key, chain", join(key, leafCert, middleCert, rootCert), "", isPrivate},
		{"key and public key", join(key, spki), "", isPrivate},
		{"key and public key of another", join(key, otherSPKI), "the public key beside the private key belongs to another key", isPrivate},
		{"key and public key that is not supported", join(key, ed448), "the public key is an Ed448 key" + newEd25519, isPrivate},
		{"two private keys", join(key, otherKey), "2 private keys in PEM; one is wanted", isPrivate},
		{"private key twice", join(key, private["SEC 1"]), "2 private keys in PEM; one is wanted", isPrivate},

		{"public key and certificate", join(spki, cert), isPublic, ""},
		{"certificate and public key", join(cert, spki), isPublic, ""},
		{"chain", join(leafCert, middleCert, rootCert), isCert, ""},
		{"chain without root", join(leafCert, middleCert), isCert, ""},
		{"chain and public key", join(leafCert, middleCert, spki), isPublic, ""},
		{"root twice", join(leafCert, middleCert, rootCert, rootCert), isCert, ""},
		{"chain and public key of another", join(leafCert, middleCert, otherSPKI), isPublic, "the public key beside the certificate belongs to another key"},
		{"certificate and public key of another", join(otherSPKI, cert), isPublic, "the public key beside the certificate belongs to another key"},
		{"certificate and public key that is not supported", join(ed448, cert), isPublic, "the public key is an Ed448 key" + newEd25519},
		{"two public keys", join(spki, otherSPKI), isPublic, "2 public keys in PEM; one is wanted"},
		{"public key twice", join(spki, spki), isPublic, "2 public keys in PEM; one is wanted"},
		{"chain, root first", join(rootCert, middleCert, leafCert), isCert, noChain + "*"},
		{"chain with a gap", join(leafCert, rootCert), isCert, noChain + "*"},
		{"certificates of two keys", join(cert, otherCert), isCert, noChain + "*"},
		{"certificates of two families", join(cert, rsaCert), isCert, noChain + "*"},
		{"end of the chain of another", join(leafCert, middleCert, otherCert), isCert, "certificate 3 has not signed certificate 2*"},

		{"broken certificate, then a key", join(broken, key), noBase64, noBase64},
		{"broken certificate, then a public key", join(broken, spki), noBase64, noBase64},
		{"key, then a broken certificate", join(key, broken), strings.Replace(noBase64, "1", "2", 1), strings.Replace(noBase64, "1", "2", 1)},
		{"half a key, then another", join(key[:len(key)/2], []byte("\n"), otherKey), noBase64, noBase64},
		{"end of a key, then another", join(key[len(key)/2:], otherKey), "PEM block 1 has no BEGIN line", "PEM block 1 has no BEGIN line"},
		{"key, then the end of one", join(key, otherKey[len(key)/2:]), "PEM block 2 has no BEGIN line", "PEM block 2 has no BEGIN line"},
		{"malformed certificate, then a key", join(pemBlock("CERTIFICATE", raw.secret), key), "", isPrivate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if text, ok := strings.CutSuffix(tt.public, "*"); ok { // the reason is the library's
				require.ErrorContains(t, errOf(jwt.ParsePublicKey(jwt.ES256, "k", tt.data)), text)
				require.EqualError(t, errOf(jwt.ParsePrivateKey(jwt.ES256, "k", tt.data)), "jwt: ES256 key: "+tt.private)
				return
			}
			requirePEM(t, jwt.ES256, tt.data, tt.private, tt.public)
			if tt.private == "" {
				s := must(jwt.ParsePrivateKey(jwt.ES256, "k1", tt.data))
				require.NoError(t, parseToken(t, signToken(t, s), testKeys(t)[jwt.ES256].verifier))
			}
			if tt.public == "" {
				v := must(jwt.ParsePublicKey(jwt.ES256, "k1", tt.data))
				require.NoError(t, parseToken(t, signToken(t, testKeys(t)[jwt.ES256].signer), v))
			}
		})
	}
}

// issued returns a certificate for key, signed by issuer.
func issued(key crypto.PublicKey, issuer crypto.Signer) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)}
	return pemBlock("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, key, issuer)))
}

// What becomes of PEM in environment variables, and in files that other systems have written.
func TestParsePEMDamaged(t *testing.T) {
	const cannot = "PEM block 1 cannot be decoded: "
	text := func(s string) func([]byte) []byte {
		return func(data []byte) []byte { return bytes.ReplaceAll(bytes.TrimSpace(data), []byte("\n"), []byte(s)) }
	}
	before := func(s string) func([]byte) []byte {
		return func(data []byte) []byte { return append([]byte(s), data...) }
	}
	for _, tt := range []struct {
		name   string
		change func(pem []byte) []byte
		text   string
	}{
		{`\n`, text(`\n`), cannot + `its line breaks are written as \n, as in a quoted environment variable`},
		{`\r\n`, text(`\r\n`), cannot + `its line breaks are written as \n, as in a quoted environment variable`},
		{`"\n"`, func(data []byte) []byte { return slices.Concat([]byte(`"`), text(`\n`)(data), []byte("\"\n")) },
			cannot + `its line breaks are written as \n, as in a quoted environment variable`},
		{"spaces", text(" "), cannot + "its line breaks have become spaces, as in an environment variable without quotes"},
		{"spaces, line break at the end", func(data []byte) []byte { return append(text(" ")(data), '\n') },
			cannot + "its line breaks have become spaces, as in an environment variable without quotes"},
		{"no line breaks", text(""), cannot + "its line breaks are gone"},
		{"CR", text("\r"), cannot + "its line breaks are CR; they must be LF or CR LF"},
		{"BOM", before("\ufeff"), cannot + "a byte order mark (BOM) stands before it; save the file without one"},
		{"name", before("KEY="), cannot + "other text stands before BEGIN on its line"},
		{"quotation mark", before("'"), cannot + "other text stands before BEGIN on its line"},
		{"indented", text("\n  "), cannot + noBase64[len(cannot):]},
		{"indented, all", func(data []byte) []byte { return before("  ")(text("\n  ")(data)) }, cannot + "other text stands before BEGIN on its line"},
		{"base64", func(data []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(data)) },
			"not PEM but a PEM file in base64; decode it first"},
		{"base64, in lines", func(data []byte) []byte { return pemBody(data) }, "not PEM but a PEM file in base64; decode it first"},
		{"base64, twice", func(data []byte) []byte { return pemBody(pemBody(data)) }, "not PEM but a PEM file in base64 in base64; decode it first"},
		{"hexadecimal", func(data []byte) []byte { return []byte(hex.EncodeToString(data)) }, "not PEM but a PEM file in hexadecimal; decode it first"},
		{"UTF-16", func(data []byte) []byte { return utf16Text(binary.LittleEndian, "\ufeff"+string(data)) }, "not PEM but a PEM file in UTF-16; decode it first"},
		{"UTF-16, big-endian", func(data []byte) []byte { return utf16Text(binary.BigEndian, string(data)) }, "not PEM but a PEM file in UTF-16; decode it first"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, alg := range []jwt.Algorithm{jwt.RS256, jwt.ES256, jwt.EdDSA} {
				for _, data := range privatePEMs(firstRaw(), alg) {
					if !bytes.HasPrefix(data, []byte("-----BEGIN EC PARAMETERS")) {
						requirePEM(t, alg, tt.change(data), tt.text, tt.text)
					}
				}
				for _, data := range publicPEMs(firstRaw(), alg) {
					requirePEM(t, alg, tt.change(data), tt.text, tt.text)
				}
			}
		})
	}
}

// Keys that are good, in another form than PEM.
func TestParsePEMOtherForms(t *testing.T) {
	raw := firstRaw()
	key := raw.ecdsa[jwt.ES256]
	pkcs8, spki := must(x509.MarshalPKCS8PrivateKey(key)), must(x509.MarshalPKIXPublicKey(key.Public()))
	for _, tt := range []struct {
		name string
		data []byte
		text string
	}{
		{"PKCS#8", pkcs8, "not PEM but a private key in DER; openssl pkey -inform DER -in FILE -out NEW writes it as PEM"},
		{"SPKI", spki, "not PEM but a public key in DER; openssl pkey -pubin -inform DER -in FILE -out NEW writes it as PEM"},
		{"certificate", certificate(key), "not PEM but a certificate in DER; openssl x509 -inform DER -in FILE -out NEW writes it as PEM"},
		{"body of PEM", pemBody(spki), "not PEM but a public key in DER in base64; its BEGIN and END lines are missing"},
		{"JWK", []byte(` {"kty":"oct"}`), "not PEM but a JWK; package jwk reads it"},
		{"JWK in base64", pemBody([]byte(`{"kty":"oct"}`)), "not PEM but a JWK in base64; decode it first"},
		{"SSH", []byte(sshKeys(raw)[0]), "not PEM but an SSH key; ssh-keygen -e -m PKCS8 -f FILE writes RSA and ECDSA keys as PEM"},
	} {
		t.Run(tt.name, func(t *testing.T) { requirePEM(t, jwt.ES256, tt.data, tt.text, tt.text) })
	}
}

// pemBody returns data in base64, in the lines of PEM.
func pemBody(data []byte) []byte {
	lines := bytes.SplitAfter(pemBlock("X", data), []byte("\n"))
	return bytes.Join(lines[1:len(lines)-2], nil)
}

// sshKeys returns lines as in authorized_keys (RFC 4253 section 6.6, RFC 5656, RFC 8709).
func sshKeys(raw rawKeys) []string {
	line := func(name string, parts ...[]byte) string {
		blob := append(binary.BigEndian.AppendUint32(nil, uint32(len(name))), name...)
		for _, part := range parts {
			blob = append(binary.BigEndian.AppendUint32(blob, uint32(len(part))), part...)
		}
		return name + " " + base64.StdEncoding.EncodeToString(blob)
	}
	point := must(must(raw.ecdsa[jwt.ES256].PublicKey.ECDH()).Bytes(), nil)
	ed25519 := raw.ed25519[32:]
	return []string{
		line("ssh-rsa", []byte{1, 0, 1}, append([]byte{0}, raw.rsa.N.Bytes()...)) + " ann@example",
		line("ssh-ed25519", ed25519),
		line("ecdsa-sha2-nistp256", []byte("nistp256"), point),
		line("ssh-dss", []byte{23}, []byte{11}, []byte{2}, []byte{4}),
		line("ssh-ed25519-cert-v01@openssh.com", make([]byte, 32), ed25519),
		line("sk-ssh-ed25519@openssh.com", ed25519, []byte("ssh:")),
		line("sk-ecdsa-sha2-nistp256@openssh.com", []byte("nistp256"), point, []byte("ssh:")),
		`restrict,command="ls -l" ` + line("ssh-ed25519", ed25519),
		"host.example " + line("ssh-ed25519", ed25519),
		strings.Fields(line("ssh-ed25519", ed25519))[1],
	}
}

func utf16Text(order binary.AppendByteOrder, text string) (data []byte) {
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return data
}

// spkiOf returns a public key, 4, for an algorithm with that OID and those parameters.
func spkiOf(oid asn1.ObjectIdentifier, parameters ...any) []byte {
	algorithm := must(asn1.Marshal(append([]any{oid}, parameters...)))
	y := must(asn1.Marshal(big.NewInt(4)))
	return must(asn1.Marshal([]any{asn1.RawValue{FullBytes: algorithm}, asn1.BitString{Bytes: y, BitLength: 8 * len(y)}}))
}

// dsaPublicKey returns an SPKI whose algorithm signs, but in no JWS.
func dsaPublicKey() []byte {
	return spkiOf(asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, []int{23, 11, 2})
}

// dsaPrivateKey returns a key as openssl dsa -traditional writes it.
func dsaPrivateKey() []byte {
	p, q := new(big.Int).Lsh(big.NewInt(1), 1023), new(big.Int).Lsh(big.NewInt(1), 159)
	return must(asn1.Marshal([]*big.Int{new(big.Int), p, q, big.NewInt(2), big.NewInt(4), big.NewInt(2)}))
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
		"jwt: RS256 key: "+malformed)
}

// RFC 8725 section 2.1: a public key is no HMAC secret, and never becomes one here.
func TestParsePEMForHMAC(t *testing.T) {
	for _, alg := range allAlgorithms[:3] {
		texts := [][]byte{nil, firstRaw().secret}
		for _, text := range keyTexts()["a PEM file"] {
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

// Reading a private RSA key takes time in proportion to the square of its length, and
// the signature of a certificate is checked with a key of any length. So sizes are limited before
// anything is calculated.
func TestParsePEMLimits(t *testing.T) {
	const tooLong = "65537 bytes; at most 65536 are read as PEM"
	private := privatePEMs(firstRaw(), jwt.ES256)["PKCS#8"]
	public := publicPEMs(firstRaw(), jwt.ES256)["SPKI"]
	filled := func(data []byte, size int) []byte {
		return append(bytes.Repeat([]byte("#"), size-len(data)-1), append([]byte("\n"), data...)...)
	}
	requirePEM(t, jwt.ES256, filled(private, 1<<16), "", isPrivate)
	requirePEM(t, jwt.ES256, filled(public, 1<<16), isPublic, "")
	requirePEM(t, jwt.ES256, filled(public, 1<<16+1), tooLong, tooLong)

	// An RSA key that takes minutes to calculate with, just above and below the limit.
	der := func(n int) []byte {
		numbers := []*big.Int{new(big.Int), modulus(2048), big.NewInt(65537)}
		for range 6 {
			numbers = append(numbers, new(big.Int).Lsh(big.NewInt(1), 8*2600))
		}
		for len(must(asn1.Marshal(numbers))) < n {
			numbers[3].Lsh(numbers[3], 8)
		}
		return must(asn1.Marshal(numbers))
	}
	const text = "PEM block 1 holds 16385 bytes; at most 16384 are supported"
	requirePEM(t, jwt.RS256, pemBlock("RSA PRIVATE KEY", der(16385)), text, text)
	requirePEM(t, jwt.RS256, pemBlock("RSA PRIVATE KEY", der(16384)), malformed, isPrivate)

	// A modulus that is too long for us, and for x509 is none.
	long := must(asn1.Marshal([]*big.Int{modulus(16384), big.NewInt(65537)}))
	requirePEM(t, jwt.RS256, pemBlock("RSA PUBLIC KEY", long), isPublic, "modulus of 16384 bits; 2048 to 8192 are allowed")

	for _, data := range []string{
		strings.Repeat("-----BEGIN PRIVATE KEY-----\n", 2000),
		strings.Repeat("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", 1000),
		"-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("A", 60_000),
		string(pemBlock("CERTIFICATE", bytes.Repeat([]byte{0x30, 0x80}, 8000))),
	} {
		require.Error(t, errOf(jwt.ParsePrivateKey(jwt.ES256, "", []byte(data))))
		require.Error(t, errOf(jwt.ParsePublicKey(jwt.ES256, "", []byte(data))))
	}
}

// The issuer of a certificate may have a key of any length.
func TestParsePEMChainOfHugeKey(t *testing.T) {
	leaf := issued(firstRaw().ecdsa[jwt.ES256].Public(), secondRaw().rsa)
	huge := issued(&rsa.PublicKey{N: modulus(8193), E: 65537}, secondRaw().ed25519)
	err := errOf(jwt.ParsePublicKey(jwt.ES256, "", append(leaf, huge...)))
	require.EqualError(t, err, "jwt: ES256 key: certificate 2 has a modulus of 8193 bits; at most 8192 are supported")
}
