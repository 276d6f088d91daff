package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

func TestNewVersion(t *testing.T) {
	seen := make(map[uint64]bool)
	for range 1000 {
		v := store.NewVersion()
		require.NotZero(t, v)
		require.False(t, seen[v])
		seen[v] = true
	}
}

func TestCheckKey(t *testing.T) {
	require.EqualError(t, store.CheckKey(""), "store: key has 0 bytes, not 1 to 512")
	require.NoError(t, store.CheckKey("\x00"))
	require.NoError(t, store.CheckKey(strings.Repeat("k", store.MaxKey)))
	require.EqualError(t, store.CheckKey(strings.Repeat("k", store.MaxKey+1)), "store: key has 513 bytes, not 1 to 512")
}

func TestRecordCheck(t *testing.T) {
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	for _, test := range []struct {
		want string
		r    store.Record
	}{
		{"", store.Record{Version: 1}},
		{"", store.Record{Version: 1, Expires: last, Data: make([]byte, store.MaxData), Subject: strings.Repeat("s", store.MaxKey)}},
		{"", store.Record{Version: 1, Expires: time.UnixMilli(1)}},
		{"store: Version is 0: use NewVersion", store.Record{}},
		{"store: Data has 262145 bytes, not 0 to 262144", store.Record{Version: 1, Data: make([]byte, store.MaxData+1)}},
		{"store: Subject has 513 bytes, not 0 to 512", store.Record{Version: 1, Subject: strings.Repeat("s", store.MaxKey+1)}},
		{"store: Expires is not between 1970 and 9999", store.Record{Version: 1, Expires: time.UnixMilli(0)}},
		{"store: Expires is not between 1970 and 9999", store.Record{Version: 1, Expires: last.Add(1)}},
	} {
		requireError(t, test.want, test.r.Check())
	}
}

func TestRevocationCheck(t *testing.T) {
	soon := time.Now().Add(time.Minute)
	for want, r := range map[string]store.Revocation{
		"":                                              {Kind: strings.Repeat("k", 32), ID: strings.Repeat("i", store.MaxKey), NotBefore: soon, Expires: soon},
		"store: Expires of a revocation is zero":        {Kind: "k", ID: "i"},
		"store: Kind has 0 bytes, not 1 to 32":          {ID: "i", Expires: soon},
		"store: Kind has 33 bytes, not 1 to 32":         {Kind: strings.Repeat("k", 33), ID: "i", Expires: soon},
		"store: ID has 0 bytes, not 1 to 512":           {Kind: "k", Expires: soon},
		"store: ID has 513 bytes, not 1 to 512":         {Kind: "k", ID: strings.Repeat("i", store.MaxKey+1), Expires: soon},
		"store: NotBefore is not between 1970 and 9999": {Kind: "k", ID: "i", Expires: soon, NotBefore: time.Unix(-1, 0)},
		"store: Expires is not between 1970 and 9999":   {Kind: "k", ID: "i", Expires: time.Unix(-1, 0)},
	} {
		requireError(t, want, r.Check())
	}
}

func requireError(t *testing.T, want string, err error) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.EqualError(t, err, want)
}
