package strictjson_test

import (
	"strings"

	"github.com/cda17858/jwt/internal/strictjson"
)

func nest(open, inner, end string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
}

// strictTexts are taken.
var strictTexts = []string{
	`{}`, " \t\r\n{ \t\r\n} \t\r\n", `{"":""}`, `{"a":1,"A":2}`, `{"a":null,"b":true,"c":false}`,
	`{"a":0,"b":-0,"c":1e5,"d":1E-5,"e":123456789012345678901234567890.5,"f":1e400}`,
	`{"a":[],"b":{},"c":[[],{}],"d":[1,"2",null,{"a":[true]}]}`,
	`{"a":"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00\uFFFD\ufeff é😀"}`,
	`{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":1}]}`,
	`{"a\\":1,"a":2,"a\"":3}`,
	`{"\u00e9":1,"e\u0301":2}`, // composed and not: two names
	`{"a":` + nest("[", "", "]", 31) + `}`,
	`{"a":` + nest(`{"x":`, "1", "}", 31) + `}`,
	`{"a":"` + nest("[", `\"[{\\`, "{", 100) + `"}`, // brackets in strings do not count
	`{"` + nest("{", `\"`, "[", 100) + `":1}`,
	`{"a":[` + strings.Repeat("[[]],", 50) + `{"b":{}}]}`, // many, but not deep
}

// texts are refused.
var texts = []struct {
	text string
	err  error
}{
	{``, strictjson.ErrSyntax},
	{` `, strictjson.ErrSyntax},
	{`null`, strictjson.ErrSyntax},
	{`[]`, strictjson.ErrSyntax},
	{`"{}"`, strictjson.ErrSyntax},
	{`1`, strictjson.ErrSyntax},
	{`true`, strictjson.ErrSyntax},
	{`{`, strictjson.ErrSyntax},
	{`}`, strictjson.ErrSyntax},
	{`{]`, strictjson.ErrSyntax},
	{`{}{}`, strictjson.ErrSyntax},
	{`{},`, strictjson.ErrSyntax},
	{`{}x`, strictjson.ErrSyntax},
	{`{} null`, strictjson.ErrSyntax},
	{"{}\x00", strictjson.ErrSyntax},
	{"{}\x0b", strictjson.ErrSyntax},
	{"{}\u00a0", strictjson.ErrSyntax},
	{"\x0c{}", strictjson.ErrSyntax},
	{"\ufeff{}", strictjson.ErrSyntax},
	{"{}\ufeff", strictjson.ErrSyntax},
	{"\x00{}", strictjson.ErrSyntax},
	{`{"a"}`, strictjson.ErrSyntax},
	{`{"a":}`, strictjson.ErrSyntax},
	{`{"a":1,}`, strictjson.ErrSyntax},
	{`{,"a":1}`, strictjson.ErrSyntax},
	{`{"a":1 "b":2}`, strictjson.ErrSyntax},
	{`{"a":1;"b":2}`, strictjson.ErrSyntax},
	{`{"a" 1}`, strictjson.ErrSyntax},
	{`{"a"::1}`, strictjson.ErrSyntax},
	{`{"a":1`, strictjson.ErrSyntax},
	{`{"a":"x`, strictjson.ErrSyntax},
	{`{"a":"x\`, strictjson.ErrSyntax},
	{`{a:1}`, strictjson.ErrSyntax},
	{`{'a':1}`, strictjson.ErrSyntax},
	{`{1:1}`, strictjson.ErrSyntax},
	{`{null:1}`, strictjson.ErrSyntax},
	{`{[]:1}`, strictjson.ErrSyntax},
	{`{"a":[1,]}`, strictjson.ErrSyntax},
	{`{"a":[,1]}`, strictjson.ErrSyntax},
	{`{"a":[1 2]}`, strictjson.ErrSyntax},
	{`{"a":[1}`, strictjson.ErrSyntax},
	{`{"a":{]}`, strictjson.ErrSyntax},
	{`{"a":01}`, strictjson.ErrSyntax},
	{`{"a":+1}`, strictjson.ErrSyntax},
	{`{"a":.5}`, strictjson.ErrSyntax},
	{`{"a":1.}`, strictjson.ErrSyntax},
	{`{"a":1e}`, strictjson.ErrSyntax},
	{`{"a":1e+}`, strictjson.ErrSyntax},
	{`{"a":-}`, strictjson.ErrSyntax},
	{`{"a":- 1}`, strictjson.ErrSyntax},
	{`{"a":0x1}`, strictjson.ErrSyntax},
	{`{"a":1_0}`, strictjson.ErrSyntax},
	{`{"a":NaN}`, strictjson.ErrSyntax},
	{`{"a":Infinity}`, strictjson.ErrSyntax},
	{`{"a":True}`, strictjson.ErrSyntax},
	{`{"a":nul}`, strictjson.ErrSyntax},
	{`{"a":undefined}`, strictjson.ErrSyntax},
	{`{"a":1/**/}`, strictjson.ErrSyntax},
	{"{\"a\":1//\n}", strictjson.ErrSyntax},
	{`{"a":"\x41"}`, strictjson.ErrSyntax},
	{`{"a":"\u12"}`, strictjson.ErrSyntax},
	{`{"a":"\u12g4"}`, strictjson.ErrSyntax},
	{`{"a":"\U0041"}`, strictjson.ErrSyntax},
	{`{"a":"\'"}`, strictjson.ErrSyntax},
	{"{\"a\":\"\n\"}", strictjson.ErrSyntax},
	{"{\"a\":\"\x00\"}", strictjson.ErrSyntax},
	{"{\"a\":\"\x1f\"}", strictjson.ErrSyntax},

	// Surrogates that are half a character, in names too.
	{`{"a":"\ud800"}`, strictjson.ErrSyntax},
	{`{"a":"\udc00"}`, strictjson.ErrSyntax},
	{`{"a":"\ud800\ud800"}`, strictjson.ErrSyntax},
	{`{"a":"\ud800x"}`, strictjson.ErrSyntax},
	{`{"a":"\udc00\ud800"}`, strictjson.ErrSyntax},
	{`{"a":"\ud83d\\ude00"}`, strictjson.ErrSyntax},
	{`{"\ud800":1}`, strictjson.ErrSyntax},
	{`{"a":[{"\udfff":1}]}`, strictjson.ErrSyntax},

	{"{\"a\":\"\xff\"}", strictjson.ErrUTF8},
	{"{\"\xc3\":1}", strictjson.ErrUTF8},
	{"{\"a\":\"\xc0\xaf\"}", strictjson.ErrUTF8},     // overlong
	{"{\"a\":\"\xed\xa0\x80\"}", strictjson.ErrUTF8}, // a surrogate
	{"{\"a\":\"\xf4\x90\x80\x80\"}", strictjson.ErrUTF8},
	{"{\"a\":\"\xe2\x82\"}", strictjson.ErrUTF8}, // cut short
	{"{\"a\":[{\"b\":\"\xfe\"}]}", strictjson.ErrUTF8},

	{`{"a":1,"a":1}`, strictjson.ErrDuplicate},
	{`{"a":1,"\u0061":1}`, strictjson.ErrDuplicate},
	{`{"\u0061":1,"a":1}`, strictjson.ErrDuplicate},
	{`{"/":1,"\/":1}`, strictjson.ErrDuplicate},
	{`{"\n":1,"\u000A":1}`, strictjson.ErrDuplicate},
	{`{"😀":1,"\ud83d\ude00":1}`, strictjson.ErrDuplicate},
	{`{"":1,"":1}`, strictjson.ErrDuplicate},
	{`{"a":1,"b":{"c":1,"d":2,"c":3}}`, strictjson.ErrDuplicate},
	{`{"a":[[{"b":[{"c":1,"\u0063":1}]}]]}`, strictjson.ErrDuplicate},
	{`{"a":` + nest(`{"x":`, `{"a":1,"a":2}`, "}", 30) + `}`, strictjson.ErrDuplicate},

	{`{"a":` + nest("[", "", "]", 32) + `}`, strictjson.ErrDepth},
	{`{"a":` + nest(`{"x":`, "1", "}", 32) + `}`, strictjson.ErrDepth},
	{`{"a":"\"","b":` + nest("[", "", "]", 32) + `}`, strictjson.ErrDepth},
	{`{"a":"\\","b":` + nest("[", "", "]", 32) + `}`, strictjson.ErrDepth},
	{`{"a":"[\\\"]","b":` + nest("[", "", "]", 32) + `}`, strictjson.ErrDepth},
	{nest(`{"a":`, "1", "}", 100_000), strictjson.ErrDepth},
	{strings.Repeat(`{"a":`, 10_000), strictjson.ErrDepth},
	{`{"a":` + strings.Repeat("[", 100_000), strictjson.ErrDepth},
}
