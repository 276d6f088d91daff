package strictjson

import "unicode/utf8"

// An Object is a strict JSON object that has been cut into its members. It refers to the
// text, and the next Scan uses its memory again.
type Object struct {
	text    []byte // and behind it, unquoted, the names that are escaped in it
	members []member
	names   []span
}

// A member is where a member stands in the text. It has no pointers, so that it costs the
// garbage collector nothing.
type member struct {
	name, quoted, value span
}

type span struct{ start, end int }

func (s span) of(text []byte) []byte { return text[s.start:s.end] }

// Scan cuts data, which must be exactly one JSON object, into its members. It takes the same
// texts as [Members], and returns the same errors.
func (o *Object) Scan(data []byte) error {
	s := scanner{data: data, text: data[:len(data):len(data)], members: o.members[:0], names: o.names[:0]}
	ok := utf8.Valid(data) && s.document()
	*o = Object{s.text, s.members, s.names}
	if ok {
		return nil
	}
	o.members = o.members[:0]
	if err := Members(data, func([]byte, Value) error { return nil }); err != nil {
		return err // the library tells what is wrong
	}
	return ErrSyntax
}

// Len returns the number of members.
func (o *Object) Len() int { return len(o.members) }

// Name returns the name of member i, unquoted.
func (o *Object) Name(i int) []byte { return o.members[i].name.of(o.text) }

// Value returns the value of member i, without white space around it.
func (o *Object) Value(i int) Value { return o.members[i].value.of(o.text) }

// Get returns the value of the member of that name, or nil.
func (o *Object) Get(name string) Value {
	for i := range o.members {
		if string(o.Name(i)) == name {
			return o.Value(i)
		}
	}
	return nil
}

// AppendMember appends member i to dst, which ends inside of an object.
func (o *Object) AppendMember(dst []byte, i int) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, o.members[i].quoted.of(o.text)...)
	dst = append(dst, ':')
	return append(dst, o.Value(i)...)
}

// maxMembers is how many members an Object keeps memory for.
const maxMembers = 256

// Reset lets go of the text.
func (o *Object) Reset() {
	o.text, o.members = nil, o.members[:0]
	if cap(o.members) > maxMembers || cap(o.names) > maxMembers {
		*o = Object{}
	}
}
