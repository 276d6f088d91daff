//lint:file-ignore U1000 fields and methods that nothing uses are what these tests are about
package strictjson_test

import (
	stdjson "encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// tiny has methods that the compiler inlines wherever it can.
type tiny struct{}

func (tiny) MarshalJSON() ([]byte, error) { return nil, nil }
func (*tiny) UnmarshalJSON([]byte) error  { return nil }

type (
	stamped     struct{ time.Time }
	stampedRole struct {
		time.Time
		Role string
	}
	pointerRole struct {
		*time.Time
		Role string
	}
	namedRole struct {
		time.Time `json:"time"`
		Role      string
	}
	tinyRole struct {
		tiny
		Role string
	}
	genericRole[T any] struct {
		tiny
		Role T
	}
	deepRole  struct{ stampedRole }
	otherTime struct {
		Base
		stamped
	}
	Base    struct{ ID int }
	rawRole struct {
		stdjson.Marshaler
		stdjson.Unmarshaler
		Role string
	}
	decoderRole struct {
		reads
		Role string
	}
	encoderRole struct {
		fails
		Role string
	}
	address struct {
		netip.Addr
		Port int
	}
	tagOnly struct {
		time.Time
		Role string `json:"-"`
	}
	hiddenOnly struct {
		time.Time
		role string
		named
		noFields
	}
	noFields struct{ a int }
	cycleA   struct {
		*cycleB
		tiny
		X int
	}
	cycleB   struct{ *cycleA }
	twoTimes struct {
		stamped
		Other
	}
	Other struct{ time.Time }
)

// The same with methods of their own.
type (
	ownRole struct {
		time.Time
		Role string
	}
	ownTiny struct {
		tiny
		Role string
	}
	ownGeneric[T any] struct {
		tiny
		Role T
	}
	ownValue struct {
		time.Time
		Role string
	}
)

func (o ownRole) MarshalJSON() ([]byte, error)  { return stdjson.Marshal(o.Role) }
func (o *ownRole) UnmarshalJSON(b []byte) error { return stdjson.Unmarshal(b, &o.Role) }

func (ownTiny) MarshalJSON() ([]byte, error)  { return nil, nil }
func (*ownTiny) UnmarshalJSON(b []byte) error { return nil }

func (o ownGeneric[T]) MarshalJSON() ([]byte, error)  { return stdjson.Marshal(o.Role) }
func (o *ownGeneric[T]) UnmarshalJSON(b []byte) error { return stdjson.Unmarshal(b, &o.Role) }

func (ownValue) MarshalJSON() ([]byte, error) { return nil, nil }
func (ownValue) UnmarshalJSON([]byte) error   { return nil }

// TestPromotedMethods: where the compiler lends a type the JSON methods of an embedded
// field, its other fields would be lost.
func TestPromotedMethods(t *testing.T) {
	lost := func(method, field string) string {
		return "its " + method + " is that of its embedded field " + field + ", and would lose the other fields; give that field a name"
	}
	for _, tt := range []struct {
		call func() (*strictjson.Type, error)
		want string
	}{
		{call[stampedRole], lost("MarshalJSON", "Time")},
		{call[*stampedRole], lost("MarshalJSON", "Time")},
		{call[pointerRole], lost("MarshalJSON", "Time")},
		{call[namedRole], lost("MarshalJSON", "Time")},
		{call[tinyRole], lost("MarshalJSON", "tiny")},
		{call[genericRole[int]], lost("MarshalJSON", "tiny")},
		{call[deepRole], lost("MarshalJSON", "Time")},
		{call[otherTime], lost("MarshalJSON", "stamped")},
		{call[rawRole], lost("MarshalJSON", "Marshaler")},
		{call[decoderRole], lost("UnmarshalJSON", "reads")},
		{call[encoderRole], lost("MarshalJSON", "fails")},
		{call[address], lost("AppendText", "Addr")},
		{call[cycleA], lost("MarshalJSON", "cycleB")},
		{call[map[string]stampedRole], lost("MarshalJSON", "Time")},
		{call[generic[[]*decoderRole]], lost("UnmarshalJSON", "reads")},
		{call[twoTimes], "field stamped: it is embedded and has JSON methods; give it a name in its tag"},
	} {
		typ, err := tt.call()
		require.Nil(t, typ, tt.want)
		require.ErrorContains(t, err, ": "+tt.want)
	}
	for _, call := range []func() (*strictjson.Type, error){
		call[stamped], call[tagOnly], call[hiddenOnly], call[generic[stamped]], call[generic[map[string]hiddenOnly]],
		call[ownRole], call[*ownRole], call[ownTiny], call[ownGeneric[int]], call[ownGeneric[*string]], call[ownValue],
		call[generic[ownRole]], call[struct {
			ownRole
			role string
		}],
	} {
		_, err := call()
		require.NoError(t, err)
	}
}
