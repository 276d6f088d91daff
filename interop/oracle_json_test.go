package interop

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object with its members as they stand, duplicates included.
type object []member

type member struct {
	name string
	raw  json.RawMessage
}

// parseObject reads data. The object is nil if it is none; what is a header or a
// payload only in the eyes of others has a fault.
func parseObject(where string, data []byte) (object, []fault) {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case !utf8.Valid(data):
		return nil, []fault{{where + "-utf8", ""}}
	case !bytes.HasPrefix(trimmed, []byte("{")) || !json.Valid(data):
		return nil, []fault{{where + "-json", ""}}
	case hasLoneSurrogate(data):
		return nil, []fault{{where + "-utf8", ""}}
	}
	o := members(data)
	switch duplicate, depth := shape(data); {
	case depth > 32:
		return o, []fault{{where + "-depth", ""}}
	case duplicate:
		return o, []fault{{where + "-names", ""}}
	}
	return o, nil
}

// members returns the members of the object data.
func members(data []byte) object {
	o := object{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.Token()
	for dec.More() {
		name, _ := dec.Token()
		m := member{name: name.(string)}
		dec.Decode(&m.raw)
		o = append(o, m)
	}
	return o
}

// shape reports whether any object within data has two members of one name, and how
// deep data is.
func shape(data []byte) (duplicate bool, depth int) {
	inner := func(raw []byte) {
		dup, n := shape(raw)
		duplicate, depth = duplicate || dup, max(depth, n)
	}
	switch data = bytes.TrimSpace(data); data[0] {
	case '{':
		names := make(map[string]bool)
		for _, m := range members(data) {
			duplicate = duplicate || names[m.name]
			names[m.name] = true
			inner(m.raw)
		}
	case '[':
		var elements []json.RawMessage
		json.Unmarshal(data, &elements)
		for _, e := range elements {
			inner(e)
		}
	default:
		return false, 0
	}
	return duplicate, depth + 1
}

// hasLoneSurrogate looks for half a character outside the basic plane, in escapes:
// UTF-8 cannot hold one.
func hasLoneSurrogate(data []byte) bool {
	high := false // the last escape was the first half of a pair
	for i := 0; i < len(data); {
		unit := uint64(0)
		width := 1
		if data[i] == '\\' {
			width = 2
			if data[i+1] == 'u' {
				width = 6
				unit, _ = strconv.ParseUint(string(data[i+2:i+6]), 16, 16)
			}
		}
		low := unit >= 0xdc00 && unit < 0xe000
		if high != low {
			return true
		}
		high = unit >= 0xd800 && unit < 0xdc00
		i += width
	}
	return high
}

// kind is the first character of the value, 0 for a number.
func (m member) kind() byte {
	c := m.raw[0]
	if c == '-' || c >= '0' && c <= '9' {
		return '0'
	}
	return c
}

func (m member) text() (s string) {
	json.Unmarshal(m.raw, &s)
	return s
}

func (o object) get(name string) *member {
	for i := range o {
		if o[i].name == name {
			return &o[i]
		}
	}
	return nil
}

// texts returns the members that are strings.
func (o object) texts() map[string]string {
	texts := make(map[string]string)
	for _, m := range o {
		if m.kind() == '"' {
			texts[m.name] = m.text()
		}
	}
	return texts
}

func (m member) audience() (list []any) {
	var v any
	json.Unmarshal(m.raw, &v)
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	return list
}

func (m member) isAudience() bool {
	for _, e := range m.audience() {
		if _, ok := e.(string); !ok {
			return false
		}
	}
	return true
}

func (m member) holds(audience string) bool {
	for _, e := range m.audience() {
		if e == audience {
			return true
		}
	}
	return false
}

// date returns the whole seconds of a date that is in range.
func (m member) date() (int64, bool) {
	r, ok := new(big.Rat).SetString(string(m.raw))
	if !ok || r.Sign() < 0 {
		return 0, false
	}
	n := new(big.Int).Quo(r.Num(), r.Denom())
	return n.Int64(), n.Cmp(big.NewInt(253402300799)) <= 0
}

func (m member) isInt64() bool {
	_, err := strconv.ParseInt(string(m.raw), 10, 64)
	return err == nil
}
