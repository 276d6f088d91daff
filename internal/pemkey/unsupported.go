package pemkey

import (
	"bytes"
	"encoding/asn1"
	"strings"
)

// An unsupportedError is about a well-formed key that this module does not support.
type unsupportedError string

func (e unsupportedError) Error() string { return string(e) }

const (
	oidDSA     = "1.2.840.10040.4.1"
	oidEC      = "1.2.840.10045.2.1"
	oidEd25519 = "1.3.101.112"
	oidPSS     = "1.2.840.113549.1.1.10"
	oidRSA     = "1.2.840.113549.1.1.1"
)

// otherAlgorithms are those whose keys are not for this module, by their OID.
var otherAlgorithms = map[string]string{
	oidDSA:                    "a DSA key",
	"1.2.840.113549.1.1.7":    "an RSAES-OAEP key",
	"1.2.840.113549.1.3.1":    "a Diffie-Hellman key",
	"1.2.840.10046.2.1":       "a Diffie-Hellman key",
	"1.3.132.1.12":            "an ECDH key",
	"1.3.101.110":             "an X25519 key",
	"1.3.101.111":             "an X448 key",
	"1.3.101.113":             "an Ed448 key",
	"2.16.840.1.101.3.4.3.17": "an ML-DSA-44 key",
	"2.16.840.1.101.3.4.3.18": "an ML-DSA-65 key",
	"2.16.840.1.101.3.4.3.19": "an ML-DSA-87 key",
}

var otherCurves = map[string]string{
	"1.3.132.0.10":          "secp256k1",
	"1.2.840.10045.3.1.1":   "P-192",
	"1.2.156.10197.1.301":   "SM2",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
}

// Commands that write the same key in a form that is supported.
var (
	plainRSA = map[kind]string{
		privateKey:  "openssl rsa -in FILE -traditional -out NEW",
		publicKey:   "openssl rsa -pubin -in FILE -RSAPublicKey_out -out NEW",
		certificate: "openssl x509 -in FILE -noout -pubkey | openssl rsa -pubin -RSAPublicKey_out -out NEW",
	}
	namedCurve = map[kind]string{
		privateKey:  "openssl ec -in FILE -param_enc named_curve -out NEW",
		publicKey:   "openssl ec -pubin -in FILE -param_enc named_curve -pubout -out NEW",
		certificate: "openssl x509 -in FILE -noout -pubkey | openssl ec -pubin -param_enc named_curve -pubout -out NEW",
	}
)

// Commands that make a new key.
const (
	newEd25519 = "openssl genpkey -algorithm ed25519 -out NEW"
	newP256    = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out NEW"
)

// unsupported says why the key in der is not supported. It returns nil for one that is,
// and where it cannot tell.
func unsupported(k kind, der []byte) error {
	algorithm, parameters := keyAlgorithm(elements(der))
	reason := ""
	switch {
	case algorithm == oidPSS:
		reason = "is bound to RSASSA-PSS (id-RSASSA-PSS), which is not supported; " + plainRSA[k] + " makes it a plain RSA key"
	case algorithm == oidEC && parameters.Tag == asn1.TagSequence:
		reason = "has explicit curve parameters, which are not supported; " + namedCurve[k] + " names the curve instead"
	case algorithm == oidEC && otherCurve(oid(parameters)) != "":
		reason = "is on the curve " + otherCurve(oid(parameters)) + ", which is not supported; " + newP256 + " makes a key that is"
	case algorithm == oidEC, algorithm == oidRSA, algorithm == oidEd25519, algorithm == "":
		return nil
	case otherAlgorithms[algorithm] != "":
		reason = "is " + otherAlgorithms[algorithm] + ", which is not supported; " + newEd25519 + " makes a key that is"
	default:
		reason = "is for the algorithm with OID " + algorithm + ", which is not supported; " + newEd25519 + " makes a key that is"
	}
	if k == certificate {
		return unsupportedError("the key of the certificate " + reason)
	}
	return unsupportedError("the " + string(k) + " " + reason)
}

// otherCurve returns the name of a curve that is not supported, or "" for one that is.
func otherCurve(oid string) string {
	switch oid {
	case "", "1.3.132.0.33", "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35": // P-224 to P-521
		return ""
	}
	if name, ok := otherCurves[oid]; ok {
		return name
	}
	return "with OID " + oid
}

// keyAlgorithm returns the OID and the parameters of the algorithm that a key names, of
// whose DER these are the elements, or "".
func keyAlgorithm(parts []asn1.RawValue) (algorithm string, parameters asn1.RawValue) {
	var id []asn1.RawValue
	switch s := shape(parts); {
	case s == "SB":
		id = elements(parts[0].FullBytes)
	case s == "SSB": // a certificate, with the SPKI in it
		tbs := elements(parts[0].FullBytes)
		if len(tbs) > 0 && tbs[0].Class == asn1.ClassContextSpecific { // the version
			tbs = tbs[1:]
		}
		if len(tbs) > 5 {
			return keyAlgorithm(elements(tbs[5].FullBytes))
		}
	case strings.HasPrefix(s, "ISO"):
		id = elements(parts[1].FullBytes)
	case s == "IIIIII" && len(parts[2].Bytes) >= 20: // q; in PKCS #1 the exponent stands there
		return oidDSA, parameters
	case strings.HasPrefix(s, "IO") && len(parts) > 2: // SEC 1: [0] parameters
		if _, err := asn1.Unmarshal(parts[2].Bytes, &parameters); err == nil {
			return oidEC, parameters
		}
	}
	if len(id) > 1 {
		parameters = id[1]
	}
	if len(id) > 0 {
		algorithm = oid(id[0])
	}
	return algorithm, parameters
}

func oid(v asn1.RawValue) string {
	var id asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(v.FullBytes, &id); err != nil {
		return ""
	}
	return id.String()
}

// openSSHError is about a key in OpenSSH's own form, which ssh-keygen changes for some.
func openSSHError(data []byte) error {
	if bytes.Contains(data, []byte("ssh-ed25519")) {
		return unsupportedError("the private key is in OpenSSH's own form, which most versions of ssh-keygen cannot change for Ed25519; " + newEd25519 + " makes a new key")
	}
	return unsupportedError(`the private key is in OpenSSH's own form; ssh-keygen -p -m PKCS8 -N "" -f FILE changes the file`)
}
