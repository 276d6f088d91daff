package strictjson

import "bytes"

// CutMembers calls f for each member of data, which must be one JSON object, in order. It
// finds the end of a value by quotes and brackets only. So a value need not be strict JSON:
// it may have text that is not UTF-8, control characters, unknown escapes, and any depth.
// Each value must be judged on its own.
//
// name is unquoted; a member whose name has an unknown escape is left out. A name that
// occurs twice is passed on twice. value is a part of data; name may not be kept. An error
// from f ends the walk and is returned as it is; any other is [ErrSyntax].
func CutMembers(data []byte, f func(name []byte, value Value) error) error {
	c := cutter{data: data}
	return c.list('{', '}', func() error {
		raw, ok := c.value()
		if !ok || raw.Kind() != '"' || !c.take(':') {
			return ErrSyntax
		}
		value, ok := c.value()
		if !ok {
			return ErrSyntax
		}
		name, err := Text(raw)
		if err != nil {
			return nil
		}
		return f(name, value)
	})
}

// CutElements calls f for each element of data, which must be one JSON array, in order. It
// is as lenient as [CutMembers].
func CutElements(data []byte, f func(value Value) error) error {
	c := cutter{data: data}
	return c.list('[', ']', func() error {
		value, ok := c.value()
		if !ok {
			return ErrSyntax
		}
		return f(value)
	})
}

// A cutter cuts JSON into values.
type cutter struct {
	data []byte // what is left
	open []byte // the closing brackets that are missing within a value
}

// list reads all of data: an opening bracket, items with commas between them, each read by
// item, and the closing bracket.
func (c *cutter) list(open, end byte, item func() error) error {
	if !c.take(open) {
		return ErrSyntax
	}
	for first := true; !c.take(end); first = false {
		if !first && !c.take(',') {
			return ErrSyntax
		}
		if err := item(); err != nil {
			return err
		}
	}
	c.space()
	if len(c.data) > 0 {
		return ErrSyntax
	}
	return nil
}

func (c *cutter) space() { c.data = bytes.TrimLeft(c.data, " \t\r\n") }

// take skips white space and then b, and reports whether b was there.
func (c *cutter) take(b byte) bool {
	c.space()
	if len(c.data) == 0 || c.data[0] != b {
		return false
	}
	c.data = c.data[1:]
	return true
}

// value returns the next value.
func (c *cutter) value() (Value, bool) {
	c.space()
	n := c.end()
	if n <= 0 {
		return nil, false
	}
	value := c.data[:n:n]
	c.data = c.data[n:]
	return Value(value), true
}

// end returns how long the value is that data begins with; 0 or less if it has no end.
func (c *cutter) end() int {
	c.open = c.open[:0]
	for i := 0; i < len(c.data); i++ {
		switch b := c.data[i]; b {
		case '"':
			n := endOfString(c.data[i:])
			if n < 0 {
				return -1
			}
			i += n - 1
		case '{':
			c.open = append(c.open, '}')
			continue
		case '[':
			c.open = append(c.open, ']')
			continue
		case '}', ']':
			last := len(c.open) - 1
			if last < 0 {
				return 0 // the bracket that closes the list
			}
			if c.open[last] != b {
				return -1
			}
			c.open = c.open[:last]
		default:
			if len(c.open) == 0 {
				return endOfWord(c.data)
			}
			continue
		}
		if len(c.open) == 0 {
			return i + 1
		}
	}
	return -1
}

// endOfString returns the length of the string that data begins with, or -1.
func endOfString(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// endOfWord returns the length of the number, true, false or null that data begins with, or
// of what stands in its place.
func endOfWord(data []byte) int {
	if n := bytes.IndexAny(data, " \t\r\n,:{}[]\""); n >= 0 {
		return n
	}
	return len(data)
}
