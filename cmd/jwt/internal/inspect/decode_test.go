package inspect_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
	"github.com/cda17858/jwt/jws"
)

func raw(header, payload string) string {
	b64 := base64.RawURLEncoding
	return b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload)) + "." + b64.EncodeToString(make([]byte, 31)) + "E"
}

const (
	plainHeader  = `{"alg":"HS256","typ":"JWT"}`
	plainPayload = `{"iss":"a","aud":"b","exp":1795854600}` // ten minutes after now
)

func codes(r *inspect.Report) []string {
	var codes []string
	for _, w := range r.Warnings {
		codes = append(codes, strings.TrimSuffix(string(w.Part)+" "+w.Code+" "+w.Member, " "))
	}
	return codes
}

// Each warning, and only that.
func TestDecodeWarns(t *testing.T) {
	for _, test := range []struct {
		want            string
		header, payload string
	}{
		{"", plainHeader, plainPayload},
		{"header alg-none alg", `{"alg":"nOnE"}`, plainPayload},
		{"header alg-missing", `{}`, plainPayload},
		{"header alg-unknown alg", `{"alg":5}`, plainPayload},
		{"header alg-unknown alg", `{"alg":"HS1"}`, plainPayload},
		{"header alg-unknown alg", `{"alg":"hs256"}`, plainPayload},
		{"header alg-unknown alg", `{"alg":"X"}`, plainPayload},
		{"header key-in-header jku", `{"alg":"HS256","jku":"https://x"}`, plainPayload},
		{"header key-in-header x5u", `{"alg":"HS256","x5u":"https://x"}`, plainPayload},
		{"header key-in-header x5c", `{"alg":"HS256","x5c":[]}`, plainPayload},
		{"header key-in-header jwk", `{"alg":"HS256","jwk":{}}`, plainPayload},
		{"header key-in-header jwk, header private-key jwk", `{"alg":"HS256","jwk":{"d":""}}`, plainPayload},
		{"header crit crit", `{"alg":"HS256","crit":["x"]}`, plainPayload},
		{"header crit b64", `{"alg":"HS256","b64":false}`, plainPayload},
		{"header kid-odd kid", `{"alg":"HS256","kid":"../../dev/null"}`, plainPayload},
		{"header twice alg", `{"alg":"HS256","alg":"HS256"}`, plainPayload},
		{"header json-broken", `{"alg":"HS256","typ":"J`, plainPayload},
		{"header json-broken", `[]`, plainPayload},
		{"payload exp-missing", plainHeader, `{"iss":"a","aud":"b"}`},
		{"payload lifetime exp", plainHeader, `{"iss":"a","aud":"b","exp":1795858201}`},
		{"payload lifetime exp", plainHeader, `{"iss":"a","aud":"b","iat":1,"exp":3602}`},
		{"payload exp-order exp", plainHeader, `{"iss":"a","aud":"b","iat":2,"exp":2}`},
		{"payload date exp", plainHeader, `{"iss":"a","aud":"b","exp":0}`},
		{"payload date exp", plainHeader, `{"iss":"a","aud":"b","exp":1795854600000}`},
		{"payload date exp", plainHeader, `{"iss":"a","aud":"b","exp":-1}`},
		{"payload claim-type exp", plainHeader, `{"iss":"a","aud":"b","exp":"1795854600"}`},
		{"payload claim-type iss", plainHeader, `{"iss":1,"aud":"b","exp":1795854600}`},
		{"payload claim-type aud", plainHeader, `{"iss":"a","aud":[1],"exp":1795854600}`},
		{"payload iss-missing, payload aud-missing", plainHeader, `{"exp":1795854600}`},
		{"payload cnf cnf", plainHeader, `{"cnf":{},"iss":"a","aud":"b","exp":1795854600}`},
		{"payload twice a", plainHeader, `{"a":{"b":1,"b":2},"iss":"a","aud":"b","exp":1795854600}`},
		{"payload utf8", plainHeader, `{"a":"\ud800","iss":"a","aud":"b","exp":1795854600}`},
		{"payload utf8", plainHeader, "{\"a\":\"\xff\",\"iss\":\"a\",\"aud\":\"b\",\"exp\":1795854600}"},
		{"payload deep", plainHeader, `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `,"iss":"a","aud":"b","exp":1795854600}`},
		{"payload sensitive user_password", plainHeader, `{"user_password":"x","iss":"a","aud":"b","exp":1795854600}`},
		{"payload sensitive apiKey", plainHeader, `{"apiKey":"x","iss":"a","aud":"b","exp":1795854600}`},
		{"payload sensitive k", plainHeader, `{"k":"-----BEGIN PRIVATE KEY-----","iss":"a","aud":"b","exp":1795854600}`},
		{"payload personal email", plainHeader, `{"email":"x","iss":"a","aud":"b","exp":1795854600}`},
		{"payload json-broken", plainHeader, plainPayload + "x"},
		{"payload not-claims", plainHeader, "hello"},
		{"payload not-claims", plainHeader, "\xff"},
		{"payload nested", plainHeader, "eyJ.eyJ.x"},
		{"header size", plainHeader, `{"x":"` + strings.Repeat("x", 4000) + `","iss":"a","aud":"b","exp":1795854600}`},
		{"header size", plainHeader, `{"x":"` + strings.Repeat("x", 7000) + `","iss":"a","aud":"b","exp":1795854600}`},
		{"header size", plainHeader, `{"x":"` + strings.Repeat("x", 17000) + `","iss":"a","aud":"b","exp":1795854600}`},
	} {
		r := inspect.Decode(raw(test.header, test.payload), now)
		got := strings.Join(codes(r), ", ")
		if !strings.Contains(test.header, "HS256") || strings.Contains(got, "signature") {
			got = strings.Join(removeSignature(codes(r)), ", ")
		}
		require.Equal(t, test.want, got, "%s %s", test.header, clip(test.payload))
	}
}

func removeSignature(codes []string) (kept []string) {
	for _, c := range codes {
		if !strings.HasPrefix(c, "signature") {
			kept = append(kept, c)
		}
	}
	return kept
}

func clip(s string) string { return s[:min(len(s), 100)] }

func TestDecodeWarnsOfForm(t *testing.T) {
	good := raw(plainHeader, plainPayload)
	parts := strings.Split(good, ".")
	for _, test := range []struct{ want, token string }{
		{"", good},
		{"signature parts", parts[0] + "." + parts[1]},
		{"payload parts", parts[0]},
		{"signature parts", good + ".x"},
		{"signature signature-missing", parts[0] + "." + parts[1] + "."},
		{"signature signature-length", parts[0] + "." + parts[1] + ".AAAB"},
		{"signature signature-zero", parts[0] + "." + parts[1] + ".AAAA"},
		{"signature base64", good + "="},
		{"signature base64", good + " "},
		{"signature base64, signature signature-length", parts[0] + "." + parts[1] + ".AQ/"},
		{"signature base64, signature signature-length", parts[0] + "." + parts[1] + ".AQ?"},
		{"signature base64, signature signature-length", parts[0] + "." + parts[1] + ".AR"},
		{"signature base64, signature signature-length", parts[0] + "." + parts[1] + ".AQAAA"},
		{"signature signature-length", strings.Split(raw(`{"alg":"ES256"}`, plainPayload), ".")[0] + "." + parts[1] + ".MAYCAQECAQE"},
		{"signature signature-length", strings.Split(raw(`{"alg":"RS256"}`, plainPayload), ".")[0] + "." + parts[1] + ".MAYCAQECAQE"},
		{"header json", `{"access_token":"x"}`},
		{"header json-broken, payload parts", ""},
		{"payload encrypted", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c"},
		{"header parts, payload encrypted", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b"},
		{"header alg-weak alg, payload encrypted", jwe("PBES2-HS256+A128KW")},
		{"header alg-weak alg, payload encrypted", jwe("RSA-OAEP")},
		{"header alg-unknown alg, payload encrypted", jwe("none")},
		{"payload encrypted", jwe("ECDH-ES+A256KW")},
		{"header alg-weak alg, header alg-unknown enc, header zip zip, payload encrypted",
			base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RSA1_5","enc":"x","zip":"DEF"}`)) + "....."[:4]},
	} {
		require.Equal(t, test.want, strings.Join(codes(inspect.Decode(test.token, now)), ", "), test.token)
	}
}

// Nothing that is written to a terminal can command it.
func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"a\"b\\c":      `"a\"b\\c"`,
		"1\n2\t3":      `"1\n2\u00093"`,
		"\x1b[31m\x7f": `"\u001b[31m\u007f"`,
		"\u009b\u202e": `"\u009b\u202e"`,
		"\U000e0001":   `"\udb40\udc01"`,
		"é 漢 😀":        `"é 漢 😀"`,
		"\xff":         "\"�\"",
	} {
		got := inspect.Quote(text)
		require.Equal(t, want, got)
		var back string
		require.NoError(t, json.Unmarshal([]byte(got), &back))
		require.Equal(t, strings.ToValidUTF8(text, "�"), back)
	}
}

// JSON that is too deep is read as deep as it can be.
func TestDecodeOfDeepJSON(t *testing.T) {
	r := inspect.Decode(raw(plainHeader, `{"a":1,"b":`+strings.Repeat("[", 2000)), now)
	require.Equal(t, []string{"payload json-broken", "payload deep"}, codes(r))
	require.Equal(t, 999, strings.Count(string(r.Payload), "["))
	require.True(t, r.Members[3].Partial)
}

// Names that occur twice are found among many, and not all of them are reported.
func TestDecodeOfManyNames(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, `"a%d":1,`, i%30)
	}
	r := inspect.Decode(raw(plainHeader, "{"+b.String()+plainPayload[1:]), now)
	require.Len(t, r.Warnings, 20)
	require.Equal(t, "payload twice a0", codes(r)[0])
	require.Len(t, r.Members, 65)
}

func jwe(alg string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+alg+`","enc":"A256GCM"}`)) + ".a.b.c.d"
}

// Of a token that breaks off, everything before the break is there.
func TestDecodeReadsWhatThereIs(t *testing.T) {
	for _, test := range []struct{ payload, want, fault string }{
		{`{"a":1,"b":{"c":[1,2,{"d":"e`, `{"a":1,"b":{"c":[1,2,{}]}}`, `at byte 26: it ends too early; the rest: ":\"e"`},
		{`{"a":1,"b":`, `{"a":1}`, `at byte 11: it ends too early; the rest: ":"`},
		{`{"a":1,"b`, `{"a":1}`, `at byte 7: it ends too early; the rest: ",\"b"`},
		{`{"a":1,'b':2}`, `{"a":1}`, `at byte 7: invalid character`},
		{`{"a":1}{}`, `{"a":1}`, `at byte 8: something follows the object; the rest: "{}"`},
		{`{"a":NaN}`, `{}`, `invalid character 'N'`},
	} {
		r := inspect.Decode(raw(plainHeader, test.payload), now)
		require.Equal(t, test.want, string(r.Payload))
		require.Contains(t, r.Warnings[0].Text, test.fault)
	}
}

func TestDecodeShowsDates(t *testing.T) {
	for _, test := range []struct {
		name string
		at   time.Duration
		want string
	}{
		{"exp", 14 * time.Minute, "expires in 14 min"},
		{"exp", -3 * time.Minute, "expired 3 min ago"},
		{"exp", 0, "expired now"},
		{"exp", -49 * time.Hour, "expired 2 days 1 h ago"},
		{"exp", 26 * time.Hour, "expires in 1 day 2 h"},
		{"exp", 1000 * 24 * time.Hour, "expires in 2 years 270 days"},
		{"nbf", 90 * time.Second, "not valid yet, in 1 min 30 s"},
		{"nbf", -time.Second, "1 s ago"},
		{"iat", time.Hour, "in 1 h, in the future"},
		{"auth_time", -5 * time.Second, "5 s ago"},
	} {
		r := inspect.Decode(mint(map[string]any{"alg": "HS256"}, map[string]any{test.name: now.Add(test.at).Unix()}), now)
		require.Equal(t, test.want, r.Members[1].When)
		require.Equal(t, now.Add(test.at).Format("2006-01-02 15:04:05 UTC"), r.Members[1].Date)
	}
}

// Whatever a token is, Decode returns JSON without anything that a terminal would obey, and
// the claims that package jws reads as well.
func FuzzDecode(f *testing.F) {
	f.Add(raw(plainHeader, plainPayload))
	f.Add(raw(plainHeader, "{\"a\":\"\u009b\u202e\x7f\",\"b\":[{\"c\":1e400}],\"c\":"))
	f.Add("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		r := inspect.Decode(token, now)
		text, err := json.Marshal(r)
		require.NoError(t, err)
		for _, part := range []json.RawMessage{r.Header, r.Payload} {
			require.True(t, part == nil || json.Valid(part) && part[0] == '{', string(part))
			require.Equal(t, -1, bytes.IndexFunc(part, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x202e }))
		}
		require.NotContains(t, string(text), `"valid"`)
		m, err := jws.Unverified(token)
		if err != nil || bytes.Count(m.Payload, []byte("[")) > 100 || len(bytes.TrimSpace(m.Payload)) == 0 {
			return
		}
		warned := strings.Join(codes(r), " ")
		if isObject := json.Valid(m.Payload) && bytes.TrimSpace(m.Payload)[0] == '{'; !isObject {
			require.Regexp(t, "payload (json-broken|not-claims|nested)", warned)
			return
		}
		require.NotContains(t, warned, "payload json-broken")
		var want, got map[string]any
		if json.Unmarshal(m.Payload, &want) == nil && !strings.Contains(warned, "utf8") {
			require.NoError(t, json.Unmarshal(r.Payload, &got))
			require.Equal(t, want, got)
		}
	})
}

// The time to decode grows no faster than the token. Each of these took minutes.
func TestDecodeHostileSize(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 900) + `{` + strings.Repeat(`"b":1,`, 100_000) + `"b":1}` + strings.Repeat(`}`, 900)
	for name, payload := range map[string]string{
		"a long name":          `{"` + strings.Repeat("_", 4<<20) + `":1}`,
		"a name often, deep":   deep,
		"names often, in many": `{"a":[` + strings.Repeat(`{"b":1,"b":1},`, 100_000) + `1]}`,
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			r := inspect.Decode(raw(plainHeader, payload), time.Now())
			require.NotEmpty(t, r.Members)
			require.Less(t, time.Since(start), 20*time.Second)
		})
	}
}
