package strictjson

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A scanner checks that a text in UTF-8 follows the grammar of RFC 8259, and that no object
// in it has two members of one name. FuzzStrictJSON compares it with the JSON library.
//
// Each method reads one thing that begins at index i. It returns the index behind that thing,
// or -1 if the thing is not there.
type scanner struct {
	data    []byte
	text    []byte   // data, and behind it, unquoted, the names that are escaped in it
	members []member // of the outermost object
	names   []span   // of the objects around i
}

// document reads the whole text: one object.
func (s *scanner) document() bool {
	i := s.space(0)
	if s.at(i) != '{' {
		return false
	}
	i = s.object(i, 1)
	return i > 0 && s.space(i) == len(s.data)
}

func (s *scanner) value(i, depth int) int {
	switch s.at(i) {
	case '"':
		i, _ = s.str(i)
		return i
	case '{':
		return s.object(i, depth+1)
	case '[':
		return s.array(i, depth+1)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	}
	return s.number(i)
}

// object reads an object that is depth levels deep.
func (s *scanner) object(i, depth int) int {
	if depth > MaxDepth {
		return -1
	}
	first := len(s.names)
	var seen, again uint64
	for i = s.space(i + 1); s.at(i) != '}'; i = s.space(i) {
		if len(s.names) > first {
			if s.at(i) != ',' {
				return -1
			}
			i = s.space(i + 1)
		}
		end, escaped := s.str(i)
		if end < 0 {
			return -1
		}
		quoted, name := span{i, end}, span{i + 1, end - 1}
		if escaped {
			text, _ := Text(quoted.of(s.data))
			name = span{len(s.text), len(s.text) + len(text)}
			s.text = append(s.text, text...)
		}
		s.names = append(s.names, name)
		bit := spread(name.of(s.text))
		again |= seen & bit
		seen |= bit
		if i = s.space(end); s.at(i) != ':' {
			return -1
		}
		i = s.space(i + 1)
		if end = s.value(i, depth); end < 0 {
			return -1
		}
		if depth == 1 {
			s.members = append(s.members, member{name, quoted, span{i, end}})
		}
		i = end
	}
	if again != 0 && !s.distinct(s.names[first:]) {
		return -1
	}
	s.names = s.names[:first]
	return i + 1
}

// spread returns a word with one bit set. Different names have different bits as a rule.
func spread(name []byte) uint64 {
	if len(name) == 0 {
		return 1
	}
	return 1 << ((len(name)<<3 ^ int(name[0]) ^ int(name[len(name)-1])<<1) & 63)
}

// distinct reports whether all names are different. It changes their order if there are
// many.
func (s *scanner) distinct(names []span) bool {
	same := func(a, b span) bool { return string(a.of(s.text)) == string(b.of(s.text)) }
	if len(names) > 16 {
		slices.SortFunc(names, func(a, b span) int { return bytes.Compare(a.of(s.text), b.of(s.text)) })
		return len(slices.CompactFunc(names, same)) == len(names)
	}
	for i, name := range names {
		if slices.ContainsFunc(names[:i], func(other span) bool { return same(name, other) }) {
			return false
		}
	}
	return true
}

func (s *scanner) array(i, depth int) int {
	if depth > MaxDepth {
		return -1
	}
	if i = s.space(i + 1); s.at(i) == ']' {
		return i + 1
	}
	for {
		if i = s.value(i, depth); i < 0 {
			return -1
		}
		i = s.space(i)
		switch s.at(i) {
		case ']':
			return i + 1
		case ',':
			i = s.space(i + 1)
		default:
			return -1
		}
	}
}

// str reads a string, and reports whether anything in it is escaped.
func (s *scanner) str(i int) (end int, escaped bool) {
	if s.at(i) != '"' {
		return -1, false
	}
	i++
	for {
		i += plain(s.data[i:])
		switch s.at(i) {
		case '"':
			return i + 1, escaped
		case '\\':
			escaped = true
			if i = s.escape(i + 1); i < 0 {
				return -1, true
			}
		default:
			return -1, escaped
		}
	}
}

// plain returns how many bytes of data stand before the first that is a quotation mark, a
// backslash or a control character.
func plain(data []byte) int {
	n := 0
	for ; n+8 <= len(data); n += 8 { // eight at once
		w := binary.LittleEndian.Uint64(data[n:])
		if special := below(w, ' ') | below(w^ones*'"', 1) | below(w^ones*'\\', 1); special != 0 {
			return n + bits.TrailingZeros64(special)/8
		}
	}
	for n < len(data) && data[n] >= ' ' && data[n] != '"' && data[n] != '\\' {
		n++
	}
	return n
}

const ones = 0x0101010101010101

// below returns a word whose lowest bit that is set is in the first byte of w that is less
// than c, at most 128. It is zero if there is none.
func below(w, c uint64) uint64 { return (w - ones*c) &^ w & (ones << 7) }

// escape reads what follows a backslash.
func (s *scanner) escape(i int) int {
	switch s.at(i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
	default:
		return -1
	}
	half, i := s.hex(i + 1)
	switch {
	case i < 0 || half>>10 == 0xdc00>>10: // a second half of a character
		return -1
	case half>>10 != 0xd800>>10:
		return i
	}
	if i = s.word(i, `\u`); i < 0 {
		return -1
	}
	if half, i = s.hex(i); half>>10 != 0xdc00>>10 {
		return -1
	}
	return i
}

// hex reads four hexadecimal digits, the number n.
func (s *scanner) hex(i int) (n, end int) {
	for end = i; end < i+4; end++ {
		c := s.at(end)
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, -1
		}
		n = n<<4 | int(c)
	}
	return n, end
}

func (s *scanner) number(i int) int {
	if s.at(i) == '-' {
		i++
	}
	if s.at(i) == '0' {
		i++
	} else if i = s.digits(i); i < 0 {
		return -1
	}
	if s.at(i) == '.' {
		if i = s.digits(i + 1); i < 0 {
			return -1
		}
	}
	if s.at(i)|0x20 == 'e' {
		i++
		if c := s.at(i); c == '+' || c == '-' {
			i++
		}
		return s.digits(i)
	}
	return i
}

// digits reads one digit or more.
func (s *scanner) digits(i int) int {
	start := i
	for i < len(s.data) && s.data[i] >= '0' && s.data[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func (s *scanner) word(i int, w string) int {
	if !bytes.HasPrefix(s.data[i:], []byte(w)) {
		return -1
	}
	return i + len(w)
}

// at returns the byte at i, or 0 behind the end.
func (s *scanner) at(i int) byte {
	if i < len(s.data) {
		return s.data[i]
	}
	return 0
}

// space skips white space.
func (s *scanner) space(i int) int {
	for i < len(s.data) && s.data[i] <= ' ' {
		if c := s.data[i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			break
		}
		i++
	}
	return i
}
