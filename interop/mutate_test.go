package interop

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// A mutator makes broken and odd tokens out of good ones. What it makes depends on
// its seed and on nothing else.
type mutator struct {
	*rand.Rand
	keys    []*key // to sign and to check with; the first ones are used more often
	others  map[string]*key
	samples []sample
}

// mutations returns at least 20,000 of them.
func mutations(t *testing.T) []sample {
	t.Helper()
	m := &mutator{Rand: rand.New(rand.NewPCG(2026, 11)), others: make(map[string]*key)}
	for _, name := range []string{"hs256-1", "hs256-1", "es256-1", "rs256-1", "eddsa-1", "ps256-1"} {
		m.keys = append(m.keys, readKey(t, name))
	}
	bare := *m.keys[0]
	bare.kid = ""
	m.keys = append(m.keys, &bare, &bare)
	for _, name := range []string{"hs256-2", "es256-2", "hs384-1", "hs512-1", "es384-1", "rs384-1", "ps384-1"} {
		m.others[name] = readKey(t, name)
	}
	m.badKeys(t)
	m.catalogue()
	m.repeat(5000, (*mutator).payloadText)
	m.repeat(3500, (*mutator).headerText)
	m.repeat(3000, (*mutator).payloadTree)
	m.repeat(2500, (*mutator).numbers)
	m.repeat(1500, (*mutator).times)
	m.repeat(3000, (*mutator).base64)
	m.repeat(1500, (*mutator).raw)
	m.repeat(1000, (*mutator).wrongKey)
	m.repeat(500, (*mutator).signatures)
	return m.samples
}

func (m *mutator) repeat(n int, f func(*mutator, *key)) {
	for range n {
		f(m, pick(m, m.keys))
	}
}

func pick[T any](m *mutator, list []T) T { return list[m.IntN(len(list))] }

func (m *mutator) add(family string, k *key, token string) {
	m.samples = append(m.samples, sample{newSetup(k), family, token})
}

// dictionary holds pieces of JSON that have broken parsers before.
var dictionary = []string{
	`"`, `\`, `{`, `}`, `[`, `]`, `:`, `,`, ` `, "\n", "\t", "\x00", "\ufeff", "\xff", "\xc0\xaf", "\xed\xa0\x80",
	`\ud800`, `\udc00\ud800`, `\u0000`, `\u0069ss`, `\/`, `null`, `true`, `false`, `0`, `-0`, `1e400`, `1E3`, `-1`, `01`, `.5`, `NaN`,
	`{}`, `[]`, `""`, `"exp":1,`, `"exp":9999999999,`, `"EXP":1,`, `"sub":"admin",`, `"Sub":"admin",`, `"SUB":"admin",`,
	`"aud":[],`, `"aud":"orders",`, `"iss":"https://evil.example",`, `"alg":"none",`, `"alg":"HS256",`, `"ALG":"none",`, `"kid":"x",`, `"typ":"at+jwt",`,
	`"crit":["x"],"x":1,`, `"b64":false,`, `"b64":true,`, `"jwk":{},`, `"jku":"https://evil.example",`, `"x5c":["a"],`, `"nonce":"n",`, `"cty":"JWT",`, `"zip":"DEF",`,
	`"role":"admin",`, `"Role":"admin",`, `"ROLE":"admin",`, `"level":9007199254740993,`, `"x":{"a":1,"a":2},`, `"x":[[[[]]]],`,
	strings.Repeat("[", 33) + strings.Repeat("]", 33), strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
}

// edit changes one to three places of text.
func (m *mutator) edit(text string) string {
	b := []byte(text)
	for range 1 + m.IntN(3)*m.IntN(2) {
		at := m.IntN(len(b) + 1)
		end := min(len(b), at+m.IntN(12))
		switch m.IntN(8) {
		case 0: // a character for another
			if at < len(b) {
				b[at] = byte(m.IntN(256))
			}
		case 1: // another case
			if at < len(b) {
				b[at] ^= 0x20
			}
		case 2: // drop
			b = slices.Delete(b, at, end)
		case 3: // double
			b = slices.Insert(b, at, slices.Clone(b[at:end])...)
		case 4, 5, 6: // insert a word, mostly where a member can begin
			if i := strings.IndexByte(string(b[at:]), '"'); i >= 0 && m.IntN(4) > 0 {
				at += i
			}
			if i := strings.IndexByte(string(b), '{'); i >= 0 && m.IntN(3) == 0 {
				at = i + 1
			}
			b = slices.Insert(b, at, []byte(pick(m, dictionary))...)
		case 7: // move to the end
			b = append(slices.Delete(slices.Clone(b), at, end), b[at:end]...)
		}
	}
	return string(b)
}

func (m *mutator) payloadText(k *key) {
	m.add("JSON of the payload", k, k.token(k.goodHeader(), m.edit(goodPayload(now))))
}

func (m *mutator) headerText(k *key) {
	m.add("JSON of the header", k, k.token(m.edit(k.goodHeader()), goodPayload(now)))
}

// payloadTree changes whole members.
func (m *mutator) payloadTree(k *key) {
	list := split(goodPayload(now))
	for range 1 + m.IntN(2) {
		i := m.IntN(len(list))
		name, value, _ := strings.Cut(list[i], ":")
		switch m.IntN(6) {
		case 0:
			value = pick(m, values)
		case 1:
			name = pick(m, []string{strings.ToUpper(name), name[:1] + strings.ToUpper(name[1:2]) + name[2:], `" ` + name[1:], name[:len(name)-1] + ` "`, `"\u00` + fmt.Sprintf("%02x", name[1]) + name[2:]})
		case 2:
			list = append(list, name+":"+pick(m, values))
		case 3:
			list = slices.Insert(list, 0, strings.ToUpper(name)+":"+pick(m, values))
		case 4:
			value = pick(m, []string{"[" + value + "]", "{" + name + ":" + value + "}", "[" + value + "," + value + "]", `"` + strings.Trim(value, `"`) + `"`})
		case 5:
			list = slices.Delete(list, i, i+1)
			continue
		}
		if j := slices.Index(list, list[i]); j >= 0 {
			list[j] = name + ":" + value
		}
	}
	if m.IntN(3) == 0 {
		m.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	m.add("members", k, k.token(k.goodHeader(), "{"+strings.Join(list, pick(m, []string{",", ",", " ,\n"}))+"}"))
}

// split returns the members of a flat object without commas in its strings.
func split(text string) []string { return strings.Split(text[1:len(text)-1], ",") }

// numbers puts odd numbers into the dates and the level.
func (m *mutator) numbers(k *key) {
	n := now.Unix()
	base := pick(m, []int64{0, 1, n - 1, n, n + 1, n + 900, 253402300799, 253402300800, 1 << 31, 1 << 53, 1<<63 - 1, 9e18})
	var number string
	switch m.IntN(7) {
	case 0:
		number = fmt.Sprint(base)
	case 1:
		number = fmt.Sprintf("%d.%0*d", base, 1+m.IntN(18), m.IntN(1000))
	case 2:
		number = fmt.Sprintf("%de%d", base%1000, m.IntN(30))
	case 3:
		number = fmt.Sprintf("%.*e", m.IntN(20), float64(base))
	case 4:
		number = fmt.Sprintf("-%d", base)
	case 5:
		number = fmt.Sprintf("%d%0*d", 1+m.IntN(9), 15+m.IntN(20), m.IntN(1000000))
	case 6:
		number = fmt.Sprintf("%d%se-%d", base, strings.Repeat("0", 5), 5)
	}
	name := pick(m, []string{"exp", "nbf", "iat", "level"})
	m.add("numbers", k, k.token(k.goodHeader(), with(goodPayload(now), name, number)))
}

// with returns the object text with another value for one member.
func with(text, name, value string) string {
	list := split(text)
	for i, member := range list {
		if strings.HasPrefix(member, `"`+name+`":`) {
			list[i] = `"` + name + `":` + value
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

// times moves the clock and the dates about each other.
func (m *mutator) times(k *key) {
	text := goodPayload(now)
	for _, name := range []string{"exp", "nbf", "iat"} {
		if m.IntN(2) == 0 {
			date := now.Unix() + pick(m, []int64{-1e9, -3600, -61, -30, -2, -1, 0, 1, 2, 30, 59, 60, 61, 3600, 1e9})
			text = with(text, name, fmt.Sprint(date)+pick(m, []string{"", "", ".0", ".25", ".5", ".999"}))
		}
	}
	s := newSetup(k)
	s.now = now.Add(pick(m, []time.Duration{0, 0, 0, 1, 250, 499, 500, 501, 999}) * time.Millisecond)
	m.samples = append(m.samples, sample{s, "time", k.token(k.goodHeader(), text)})
}

// wrongKey signs with a key other than the one that is named.
func (m *mutator) wrongKey(k *key) {
	header := k.goodHeader()
	switch m.IntN(4) {
	case 0: // another key
		other := m.others[pick(m, []string{"hs256-2", "es256-2", "hs384-1", "hs512-1", "es384-1", "rs384-1", "ps384-1"})]
		if m.IntN(2) == 0 {
			header = strings.Replace(header, k.alg, other.alg, 1)
		}
		if k.kid != "" && m.IntN(2) == 0 {
			header = strings.Replace(header, k.kid, other.kid, 1)
		}
		m.add("keys", k, other.token(header, goodPayload(now)))
	case 1: // another kid
		kid := pick(m, []string{`"x"`, `""`, `null`, `1`, `["` + k.kid + `"]`, `"` + strings.ToUpper(k.kid) + `"`, `"` + k.kid + ` "`, `"../../dev/null"`, `"' or 1=1--"`})
		m.add("keys", k, k.token(strings.Replace(header, `"typ"`, `"kid":`+kid+`,"typ"`, m.IntN(2)), goodPayload(now)))
		if k.kid != "" {
			m.add("keys", k, k.token(strings.Replace(header, `"`+k.kid+`"`, kid, 1), goodPayload(now)))
		}
	case 2: // the public key as a secret
		confused := &key{alg: pick(m, []string{"HS256", "HS384", "HS512"}), secret: k.encodings()[m.IntN(len(k.encodings()))]}
		m.add("keys", k, confused.token(strings.Replace(header, k.alg, confused.alg, 1), goodPayload(now)))
	case 3: // another algorithm in the header, the right signature
		alg := pick(m, append([]string{"none", "None", "", "hs256", "es256", " " + k.alg, k.alg + " ", "EdDSA", "Ed25519"}, slices.Sorted(maps.Keys(katarasAlgs))...))
		m.add("keys", k, k.token(strings.Replace(header, k.alg, alg, 1), goodPayload(now)))
	}
}
