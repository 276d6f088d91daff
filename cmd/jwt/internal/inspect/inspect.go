// Package inspect explains tokens. [Decode] reads a token without a key, even a damaged one.
// [Verify] makes every check of package jwt and reports them all, not only the first that
// fails. Both return plain data, for a terminal, a page or a script.
package inspect

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// A Report is what a token says without verification. Anyone could have made the token.
type Report struct {
	Kind      Kind   `json:"kind"`
	Signature string `json:"signature"` // always NotVerified

	// Header and Payload are JSON objects, as far as they could be read. They are nil if they
	// are not JSON objects. Payload is nil if it is encrypted.
	Header  json.RawMessage `json:"header"`
	Payload json.RawMessage `json:"payload"`

	// Text is a payload that is text but not a JSON object. Hex is one that is not text.
	Text string `json:"text,omitempty"`
	Hex  string `json:"hex,omitempty"`

	Members  []Member  `json:"members"`  // those of the header, then those of the payload
	Warnings []Warning `json:"warnings"` // in the order of the token
	Bytes    Bytes     `json:"bytes"`
}

// NotVerified is what a Report says about every signature.
const NotVerified = "not verified"

// A Kind is what a token is.
type Kind string

// The kinds of tokens.
const (
	JWS     Kind = "JWS" // signed, RFC 7515
	JWE     Kind = "JWE" // encrypted, RFC 7516
	Unknown Kind = "unknown"
)

// Bytes are the lengths of a token as received, and of its parts decoded.
type Bytes struct {
	Token     int `json:"token"`
	Header    int `json:"header"`
	Payload   int `json:"payload"`
	Signature int `json:"signature"`
}

// A Part is one of the three parts of a token.
type Part string

// The parts of a token.
const (
	Header    Part = "header"
	Payload   Part = "payload"
	Signature Part = "signature"
)

// A Member is a header parameter or a claim.
type Member struct {
	Part    Part            `json:"part"`
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Partial bool            `json:"partial,omitempty"` // the value is truncated

	Meaning string `json:"meaning,omitempty"` // what the member is for
	Date    string `json:"date,omitempty"`    // the value as a date, in UTC
	When    string `json:"when,omitempty"`    // how far the date is from now: "expired 3 min ago"
}

// A Warning says what is wrong, risky or unusual about a token.
type Warning struct {
	Code   string `json:"code"` // see Explain
	Part   Part   `json:"part"`
	Member string `json:"member,omitempty"` // the header parameter or claim that it concerns
	Text   string `json:"text"`             // one line
	Note   bool   `json:"note,omitempty"`   // not a fault
}

// Decode reads a token as far as possible. Dates are relative to now.
func Decode(token string, now time.Time) *Report {
	d := &decoder{now: now.UTC().Truncate(time.Second), r: &Report{
		Kind: Unknown, Signature: NotVerified, Bytes: Bytes{Token: len(token)}, Members: []Member{}, Warnings: []Warning{},
	}}
	d.token(token)
	return d.r
}

// A decoder decodes one token.
type decoder struct {
	now time.Time
	r   *Report

	header, payload object // as read
	signature       []byte
	cutOff          bool // parts are missing
}

func (d *decoder) warn(code string, part Part, member, text string) {
	d.r.Warnings = append(d.r.Warnings, Warning{Code: code, Part: part, Member: member, Text: text})
}

func (d *decoder) note(code string, part Part, member, text string) {
	d.r.Warnings = append(d.r.Warnings, Warning{Code: code, Part: part, Member: member, Text: text, Note: true})
}

func (d *decoder) token(token string) {
	if strings.HasPrefix(token, "{") {
		d.warn("json", Header, "", "this is JSON, not a token; if it is the response of a token endpoint, extract the token with jq -r .access_token")
		return
	}
	parts := strings.SplitN(token, ".", 7)
	d.cutOff = len(parts) < 3
	d.header = d.object(Header, parts[0], &d.r.Bytes.Header)
	d.r.Header = d.header.text
	d.kind(parts)
	switch d.r.Kind {
	case JWE:
		d.checkJWE()
	default:
		d.checkAlgorithm()
		if len(parts) > 1 {
			d.claims(parts[1])
		}
		if len(parts) > 2 {
			d.signature = d.base64(Signature, parts[2])
			d.r.Bytes.Signature = len(d.signature)
			d.checkSignature(parts[2] == "")
		}
	}
	d.checkHeader()
	d.checkSize()
	d.describe()
	slices.SortStableFunc(d.r.Warnings, func(a, b Warning) int { return cmp.Compare(order[a.Part], order[b.Part]) })
}

var order = map[Part]int{Header: 0, Payload: 1, Signature: 2}

// kind determines what the token is, and warns if it has too few or too many parts.
func (d *decoder) kind(parts []string) {
	_, encrypted := d.header.get("enc")
	switch n := len(parts); {
	case n == 5 || encrypted && n != 3:
		d.r.Kind = JWE
		if n != 5 {
			d.warn("parts", Header, "", "an encrypted token has five parts, and this one has "+count(n)+": it was truncated")
		}
	case n == 3:
		d.r.Kind = JWS
	case n == 1:
		d.warn("parts", Payload, "", "it has no dot: the payload and the signature are missing")
	case n == 2:
		d.r.Kind = JWS
		d.warn("parts", Signature, "", "it has two parts: the signature is missing")
	default:
		d.warn("parts", Signature, "", "it has "+count(n)+" parts; a signed token has three, an encrypted one five")
	}
}

// claims reads the payload, which need not be JSON.
func (d *decoder) claims(part string) {
	data := d.base64(Payload, part)
	d.r.Bytes.Payload = len(data)
	d.payload = readObject(data)
	d.r.Payload = d.payload.text
	if d.payload.text == nil && len(data) > 0 {
		d.opaque(data)
		return
	}
	d.faults(Payload, d.payload)
	d.checkClaims()
}

// object reads a part that is a JSON object.
func (d *decoder) object(part Part, text string, size *int) object {
	data := d.base64(part, text)
	*size = len(data)
	o := readObject(data)
	d.faults(part, o)
	return o
}
