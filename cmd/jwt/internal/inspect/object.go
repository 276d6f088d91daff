package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// An object is a JSON object as far as it could be read.
type object struct {
	text    json.RawMessage // valid JSON, what is broken completed; nil if it is no object
	members []Member        // without Part
	twice   []string        // names that occur twice, with the names that lead there
	fault   *fault          // where it breaks, or nil
	depth   int
	badText bool // it has text that is not UTF-8, or half a surrogate pair
}

// A fault is where text stops being JSON.
type fault struct {
	offset int
	reason string
	rest   string // what could not be read, at most maxRest bytes
}

const (
	maxRest  = 120
	maxDepth = 1000 // no deeper is anything read
	maxTwice = 20   // no more names are reported that occur twice
	maxAgain = 1000 // no more are compared with those that have been reported
)

// get returns the value of the first member of a name.
func (o object) get(name string) (json.RawMessage, bool) {
	for _, m := range o.members {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// str returns a member that is a string.
func (o object) str(name string) (value string, ok bool) {
	raw, _ := o.get(name)
	return value, len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &value) == nil
}

// readObject reads data as a JSON object. It takes everything up to the first fault.
func readObject(data []byte) object {
	w := &walk{data: data, dec: jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	w.out = make([]byte, 0, len(data)+len(data)/8)
	w.o.badText = !utf8.Valid(data)
	w.run()
	return w.o
}

// A walk goes through JSON token by token, and writes what it reads, as valid JSON.
type walk struct {
	data []byte
	dec  *jsontext.Decoder
	out  []byte
	open []level
	o    object

	again int // names that occurred before in their object
}

// A level is an object or an array that has been opened.
type level struct {
	object  bool
	name    string // of the member whose value comes next, or that is being read
	value   bool   // a value comes next, not a name
	start   int    // where in out that member begins, its comma included
	content int    // where its value begins
	names   names
	n       int
}

func (w *walk) run() {
	for {
		t, err := w.dec.ReadToken()
		switch {
		case err == io.EOF && len(w.open) == 0:
			w.breakOff("it is empty")
			return
		case err != nil:
			w.breakOff(reasonOf(err))
			return
		case len(w.open) == 0 && t.Kind() != '{':
			return // no object
		case len(w.open) >= maxDepth:
			w.breakOff("it is nested too deeply")
			return
		}
		w.take(t)
		if len(w.open) == 0 {
			break
		}
	}
	w.o.text = w.out
	if end := int(w.dec.InputOffset()); len(bytes.TrimSpace(w.data[end:])) > 0 {
		w.faultAt(end, "something follows the object")
	}
}

// take writes a token.
func (w *walk) take(t jsontext.Token) {
	kind := t.Kind()
	switch n := len(w.open); {
	case kind == '}' || kind == ']':
		w.open = w.open[:n-1]
		w.out = append(w.out, byte(kind))
		w.valueEnds(false)
		return
	case n > 0 && w.open[n-1].object && !w.open[n-1].value:
		w.name(t.String())
		return
	}
	w.comma()
	switch kind {
	case '{', '[':
		w.out = append(w.out, byte(kind))
		w.open = append(w.open, level{object: kind == '{'})
		w.o.depth = max(w.o.depth, len(w.open))
		return
	case '"':
		w.out = w.quote(t.String())
	default:
		w.out = append(w.out, t.String()...) // a number as it stands there, true, false or null
	}
	w.valueEnds(false)
}

// comma separates the elements of an array.
func (w *walk) comma() {
	if n := len(w.open); n > 0 && !w.open[n-1].object {
		if w.open[n-1].n++; w.open[n-1].n > 1 {
			w.out = append(w.out, ',')
		}
	}
}

// name begins a member.
func (w *walk) name(name string) {
	l := &w.open[len(w.open)-1]
	l.start = len(w.out)
	if l.n++; l.n > 1 {
		w.out = append(w.out, ',')
	}
	l.name, l.value = name, true
	if !l.names.add(name) && w.again < maxAgain {
		w.again++
		if path := w.path(); len(w.o.twice) < maxTwice && !slices.Contains(w.o.twice, path) {
			w.o.twice = append(w.o.twice, path)
		}
	}
	w.out = append(w.quote(name), ':')
	l.content = len(w.out)
}

// names are those of an object. Most have few.
type names struct {
	few  []string
	many map[string]bool
}

// add reports whether the name is a new one.
func (n *names) add(name string) bool {
	switch {
	case n.many[name] || slices.Contains(n.few, name):
		return false
	case len(n.few) < 8:
		n.few = append(n.few, name)
	case n.many == nil:
		n.many = map[string]bool{name: true}
	default:
		n.many[name] = true
	}
	return true
}

// path returns the names that lead to the member that is being read.
func (w *walk) path() string {
	var names []string
	for _, l := range w.open {
		if l.object {
			names = append(names, l.name)
		}
	}
	return strings.Join(names, ".")
}

// valueEnds ends a member, if what ended is the value of one. Those of the outermost object
// are kept.
func (w *walk) valueEnds(partial bool) {
	n := len(w.open)
	if n == 0 || !w.open[n-1].object {
		return
	}
	l := &w.open[n-1]
	l.value = false
	if n == 1 {
		w.o.members = append(w.o.members, Member{Name: l.name, Value: json.RawMessage(w.out[l.content:len(w.out):len(w.out)]), Partial: partial})
	}
}

// breakOff ends the reading before its time: what is open is closed, and a name without a
// value dropped.
func (w *walk) breakOff(reason string) {
	w.faultAt(int(w.dec.InputOffset()), reason)
	if len(w.open) == 0 {
		return
	}
	if n := len(w.o.members); n > 0 && int(w.dec.InputOffset()) == len(w.data) && isNumber(w.o.members[n-1].Value) {
		w.o.members[n-1].Partial = true // further digits may have followed
	}
	for n := len(w.open); n > 0; n-- {
		l := w.open[n-1]
		if l.object && l.value && l.content == len(w.out) {
			w.out, w.open[n-1].value = w.out[:l.start], false
		}
		w.open = w.open[:n-1]
		if l.object {
			w.out = append(w.out, '}')
		} else {
			w.out = append(w.out, ']')
		}
		if n > 1 && w.open[n-2].object {
			w.valueEnds(true)
		}
	}
	w.o.text = w.out
}

func isNumber(value json.RawMessage) bool {
	return value[0] == '-' || '0' <= value[0] && value[0] <= '9'
}

func (w *walk) faultAt(offset int, reason string) {
	rest := w.data[min(offset, len(w.data)):]
	w.o.fault = &fault{offset, reason, string(rest[:min(len(rest), maxRest)])}
}

func reasonOf(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && e.Err != nil {
		return e.Err.Error()
	}
	return strings.TrimPrefix(err.Error(), "jsontext: ")
}

// quote appends text as a JSON string.
func (w *walk) quote(text string) []byte {
	if strings.ContainsRune(text, utf8.RuneError) && !bytes.ContainsRune(w.data, utf8.RuneError) {
		w.o.badText = true
	}
	return appendQuoted(w.out, text)
}

// appendQuoted appends text as a JSON string in which everything that does not print is
// escaped, since it ends up on a terminal: control characters, and those that change the
// direction of text.
func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == ' ' || strconv.IsPrint(r):
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			hi, lo := surrogates(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, hi, lo)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return append(dst, '"')
}

func surrogates(r rune) (hi, lo rune) {
	r -= 0x10000
	return 0xd800 + r>>10, 0xdc00 + r&0x3ff
}

// Quote returns text as a JSON string that is safe on a terminal.
func Quote(text string) string { return string(appendQuoted(nil, text)) }
