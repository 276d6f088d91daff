package interop

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// values are what stands where something else should.
var values = []string{
	`null`, `true`, `false`, `0`, `1`, `-1`, `5`, `1.5`, `1e3`, `1e400`, `-0`, `9007199254740993`, `9223372036854775807`, `9223372036854775808`, `253402300799`, `253402300800`, `1e-400`,
	`""`, `" "`, `"x"`, `"1"`, `"1795306500"`, `"2026-11-22T00:15:00Z"`, `"alice"`, `"Alice"`, `"orders"`, `"https://issuer.example"`, `"https://issuer.example/"`, `"HTTPS://issuer.example"`,
	`"JWT"`, `"jwt"`, `"application/jwt"`, `"application/JWT"`, `"at+jwt"`, `"JOSE"`, `"JWT "`, `"application/x/jwt"`, `"J\u0057T"`, `"\ud800"`, `"\ud83d\ude00"`, `"\u0000"`, `"é"`, "\"\xff\"", `"` + strings.Repeat("a", 300) + `"`,
	`[]`, `[null]`, `[""]`, `[1]`, `["orders"]`, `["orders","shipping"]`, `["shipping","orders"]`, `["shipping"]`, `["orders",""]`, `["orders",1]`, `[["orders"]]`, `["orders","orders"]`,
	`{}`, `{"a":1}`, `{"a":1,"a":2}`, `{"a":{"b":[{"c":1,"c":2}]}}`, `{"0":"orders"}`, strings.Repeat("[", 31) + strings.Repeat("]", 31), strings.Repeat("[", 32) + strings.Repeat("]", 32),
}

var (
	claimNames  = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "role", "level"}
	headerNames = []string{"alg", "kid", "typ", "cty", "crit", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "nonce", "zip", "x", ""}
)

// catalogue adds every claim and header parameter with every value, in place, twice,
// and under a name in other letters; the keys that no library should take; and forms
// that have a history.
func (m *mutator) catalogue() {
	hs, es := m.keys[0], m.keys[2]
	for i, name := range claimNames {
		for j, value := range values {
			k := m.keys[(i+j)%len(m.keys)]
			good := goodPayload(now)
			put := func(member string, first bool) {
				text := good[:len(good)-1] + "," + member + "}"
				if first {
					text = "{" + member + "," + good[1:]
				}
				m.add("catalogue of claims", k, k.token(k.goodHeader(), text))
			}
			m.add("catalogue of claims", k, k.token(k.goodHeader(), with(good, name, value)))
			put(`"`+name+`":`+value, true)
			put(`"`+name+`":`+value, false)
			put(`"`+strings.ToUpper(name)+`":`+value, false)
			put(`"x":{"`+name+`":`+value+`}`, true)
		}
	}
	for i, name := range headerNames {
		for j, value := range values {
			k := m.keys[(i+j)%len(m.keys)]
			good := k.goodHeader()
			member := `"` + name + `":` + value
			for _, header := range []string{
				with(good, name, value), "{" + member + "," + good[1:], good[:len(good)-1] + "," + member + "}",
				good[:len(good)-1] + `,"` + strings.ToUpper(name) + `":` + value + "}",
				strings.Replace(good, `"typ":"JWT"`, member, 1),
			} {
				m.add("catalogue of header parameters", k, k.token(header, goodPayload(now)))
			}
		}
	}
	for _, k := range []*key{hs, es} {
		for _, header := range []string{
			"", "{}", "null", "[]", `"x"`, "1", "{" + k.goodHeader() + "}", k.goodHeader() + k.goodHeader(), k.goodHeader() + " ", "\ufeff" + k.goodHeader(),
			strings.ReplaceAll(k.goodHeader(), ",", " , "), strings.ReplaceAll(k.goodHeader(), ":", " :\n\t"), `{"typ":"JWT","alg":"` + k.alg + `"}`, `{"alg":"` + k.alg + `"}`,
			`{"crit":["exp"],"exp":1,` + k.goodHeader()[1:], `{"crit":["b64"],"b64":true,` + k.goodHeader()[1:], strings.ReplaceAll(k.goodHeader(), `"`, `'`),
		} {
			m.add("header forms", k, k.token(header, goodPayload(now)))
		}
		for _, header := range []string{k.goodHeader(), strings.Replace(k.goodHeader(), k.alg, "none", 1), `{"alg":"none"}`} {
			m.add("unsigned", k, b64(header)+"."+b64(goodPayload(now))+".")
		}
		m.add("a fraction", k, k.token(k.goodHeader(), with(goodPayload(now), "exp", fmt.Sprintf("%d.999999999", now.Unix()+900))))
		for _, payload := range []string{
			"", "{}", "null", "[]", `"x"`, "1", "true", "[" + goodPayload(now) + "]", goodPayload(now) + "{}", goodPayload(now) + `{"admin":true}`, goodPayload(now) + "\n", " " + goodPayload(now),
			goodPayload(now) + "x", goodPayload(now) + "\x00", "\ufeff" + goodPayload(now), strings.ReplaceAll(goodPayload(now), ",", ",\r\n"), strings.ReplaceAll(goodPayload(now), `"`, `'`),
			goodPayload(now)[:50], strings.Replace(goodPayload(now), "{", "{,", 1), strings.Replace(goodPayload(now), "}", ",}", 1), "/**/" + goodPayload(now),
			strings.Replace(goodPayload(now), "alice", strings.Repeat("a", 12000), 1), strings.Replace(goodPayload(now), "alice", strings.Repeat("a", 13000), 1),
		} {
			m.add("payload forms", k, k.token(k.goodHeader(), payload))
		}
	}
}

// badKeys adds good tokens for keys that no library should take.
func (m *mutator) badKeys(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"bad-hs256-empty", "bad-hs256-1-byte", "bad-hs256-31-bytes", "bad-hs256-pem", "bad-hs256-pem-pkcs1", "bad-hs256-pem-space", "bad-hs256-pem-text",
		"bad-hs256-jwk", "bad-hs256-jwks", "bad-hs256-ssh", "bad-rs256-1024", "bad-rs256-ec", "bad-es256-p384", "bad-eddsa-identity",
	} {
		k := readKey(t, name)
		if k.private != nil || k.secret != nil {
			m.add("bad keys", k, k.token(k.goodHeader(), goodPayload(now)))
			continue
		}
		// R = identity, S = 0: a signature of everything by the neutral element.
		sig := append([]byte{1}, make([]byte, 63)...)
		m.add("bad keys", k, b64(k.goodHeader())+"."+b64(goodPayload(now))+"."+b64(string(sig)))
	}
}

// base64 changes the encoding of one part. Header and payload are signed as changed.
func (m *mutator) base64(k *key) {
	parts := strings.Split(k.token(k.goodHeader(), goodPayload(now)), ".")
	// Texts of three lengths, so that each number of unused bits occurs.
	parts[1] = b64(strings.Replace(goodPayload(now), "alice", "alice"+strings.Repeat("e", m.IntN(3)), 1))
	i := m.IntN(3)
	if i == 2 {
		parts[2] = strings.Split(k.signed(parts[0], parts[1]), ".")[2]
	}
	parts[i] = m.respell(parts[i])
	token := strings.Join(parts, ".")
	if i < 2 {
		token = k.signed(parts[0], parts[1])
	}
	m.add("base64", k, token)
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func (m *mutator) respell(part string) string {
	at := m.IntN(len(part) + 1)
	switch m.IntN(9) {
	case 0:
		return part + strings.Repeat("=", 1+m.IntN(3))
	case 1: // the padding of the standard
		return part + strings.Repeat("=", (4-len(part)%4)%4)
	case 2:
		return part[:at] + pick(m, []string{"\n", "\r", "\r\n", " ", "\t", "\x00", "é", "+", "/", "=", "%3D", ",", "\u2028"}) + part[at:]
	case 3, 4: // the bits of the last character that encode nothing
		last := strings.IndexByte(alphabet, part[len(part)-1])
		if free := map[int]int{2: 16, 3: 4}[len(part)%4]; free > 0 {
			last = last - last%free + m.IntN(free)
		}
		return part[:len(part)-1] + alphabet[last:last+1]
	case 5:
		return part + alphabet[m.IntN(64):][:1]
	case 6:
		return part[:max(0, len(part)-1-m.IntN(3))]
	case 7:
		data, _ := base64.RawURLEncoding.DecodeString(part)
		return base64.RawStdEncoding.EncodeToString(data)
	default:
		at = min(at, len(part)-1)
		return part[:at] + alphabet[m.IntN(64):][:1] + part[at+1:]
	}
}

// raw changes the token as a whole, after it has been signed.
func (m *mutator) raw(k *key) {
	token := k.token(k.goodHeader(), goodPayload(now))
	at := m.IntN(len(token))
	parts := strings.Split(token, ".")
	switch m.IntN(8) {
	case 0:
		token = token[:at]
	case 1:
		token = token[:at] + "." + token[at:]
	case 2:
		token = token[:at] + string(byte(m.IntN(256))) + token[at+1:]
	case 3:
		token = pick(m, []string{" ", "\n", "\t", "Bearer ", `"`, "."}) + token
	case 4:
		token += pick(m, []string{" ", "\n", "\r\n", "\x00", `"`, ".", "..", ".e30", ",", ";"})
	case 5:
		data, _ := json.Marshal(map[string]string{"protected": parts[0], "payload": parts[1], "signature": parts[2]})
		token = string(data)
		if m.IntN(2) == 0 {
			token = fmt.Sprintf(`{"payload":"%s","signatures":[{"protected":"%s","signature":"%s"}]}`, parts[1], parts[0], parts[2])
		}
	case 6:
		m.Shuffle(3, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		token = strings.Join(parts[:1+m.IntN(3)], ".")
	case 7:
		token = strings.Join(slices.Insert(parts, m.IntN(4), pick(m, []string{"", "e30", parts[0], parts[2]})), ".")
	}
	m.add("raw text", k, token)
}

// signatures makes what is nearly a signature by the key.
func (m *mutator) signatures(k *key) {
	input := b64(k.goodHeader()) + "." + b64(goodPayload(now))
	sig := k.sign(input)
	if private, ok := k.private.(*rsa.PrivateKey); ok {
		salt := pick(m, []int{rsa.PSSSaltLengthAuto, 1, 20, 31, 33, 48, 64})
		sig, _ = rsa.SignPSS(rand.NewChaCha8([32]byte{}), private, k.hash(), k.digest(input), &rsa.PSSOptions{SaltLength: salt, Hash: k.hash()})
		if m.IntN(4) == 0 {
			sig, _ = rsa.SignPKCS1v15(nil, private, k.hash(), k.digest(input))
		}
	}
	if private, ok := k.private.(*ecdsa.PrivateKey); ok && m.IntN(3) == 0 {
		sig, _ = private.Sign(nil, k.digest(input), k.hash()) // DER
	}
	half := len(sig) / 2
	switch m.IntN(8) {
	case 0:
		sig = sig[:len(sig)-1]
	case 1:
		sig = append(sig, 0)
	case 2:
		sig = append([]byte{0}, sig...)
	case 3:
		clear(sig[:half])
	case 4:
		clear(sig)
	case 5:
		sig = slices.Concat([]byte{0}, sig[:half], []byte{0}, sig[half:])
	}
	m.add("signatures", k, input+"."+b64(string(sig)))
}

// encodings are the forms of a public key that could be taken for a secret.
func (k *key) encodings() [][]byte {
	if k.public == nil {
		return [][]byte{{}, {0}}
	}
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		panic(err)
	}
	list := [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		list = append(list, public.N.Bytes(), x509.MarshalPKCS1PublicKey(public))
	case *ecdsa.PublicKey:
		point, _ := public.Bytes()
		list = append(list, point)
	}
	return list
}
