package strictjson_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/strictjson"
)

// TestMalformedTags: a tag that package reflect cannot read would count as none.
func TestMalformedTags(t *testing.T) {
	for tag, ok := range map[reflect.StructTag]bool{
		`json:"role"`: true, `json:"role" db:"x"`: true, ` db:"x"  json:"role,omitempty"`: true, `db:"json:x"`: true, `db:x`: true, "": true,
		"x": true, "json": true, `gorm:type:jsonb`: true, `db:"a" yaml`: true, `db:"a" json:"b"`: true,
		`json:role`: false, `json: "role"`: false, `json:"role`: false, `json:`: false, `json:'role'`: false,
		`db:"\d" json:"role"`: true, "db:\"x\"\tjson:\"role\"": false, "db:\"x\"\n\tjson:\"role\"": false,
		`x json:"role"`: false, `"x"json:"role"`: false,
		`db:x json:"role"`: false, `db:"x" json:role`: false, "json:`role`": false, `json:"a\x"`: false,
	} {
		err := strictjson.Analyze(reflect.StructOf([]reflect.StructField{{Name: "Role", Type: reflect.TypeFor[string](), Tag: tag}}))
		if ok {
			require.NoError(t, err, "%s", tag)
		} else {
			require.EqualError(t, err, "field Role: the tag is malformed; `json:\"name\"` is the form", "%s", tag)
		}
	}
}

// TestConflict: one name for two fields, at any depth.
func TestConflict(t *testing.T) {
	number := reflect.TypeFor[int]()
	inner := reflect.StructOf([]reflect.StructField{{Name: "A", Type: number, Tag: `json:"x"`}, {Name: "B", Type: number, Tag: `json:"x"`}})
	err := strictjson.Analyze(reflect.StructOf([]reflect.StructField{{Name: "List", Type: reflect.SliceOf(inner)}}))
	require.ErrorContains(t, err, "field List: ")
	require.ErrorContains(t, err, `fields A and B conflict over JSON object name "x"`)
}
