package session

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

func fullRecord() record {
	s := testState()
	s.Seen, s.Late, s.Run, s.Again, s.Adopted = noon, 4, 2, noon-2, noon-1
	s.End = ending{noon, EndedLogout}
	s.Told = true
	return record{
		Version: recordVersion, state: s,
		ACR: "urn:acr", AMR: []string{"pwd"}, Scope: []string{"a", "b"}, Label: "Firefox", Data: []byte{0, 0xff}, JKT: "thumb",
	}
}

// The form in the store is written down, since instances of several versions share it.
func TestRecordForm(t *testing.T) {
	r, err := fullRecord().encode()
	require.NoError(t, err)
	require.NotZero(t, r.Version)
	require.Equal(t, fullRecord().Absolute.time(), r.Expires)
	require.True(t, r.Durable)
	require.JSONEq(t, `{
		"v": 1, "sub": "ann", "fsh": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"gen": 5, "rot": 1000000000, "seen": 1000000000, "pseen": 999400000, "checked": true,
		"late": 4, "run": 2, "again": 999999998, "adopted": 999999999,
		"start": 996400000, "auth": 996400000, "abs": 8776000000, "idle": 1086400000, "persistent": true,
		"end": {"at": 1000000000, "reason": "logout"}, "told": true,
		"acr": "urn:acr", "amr": ["pwd"], "scope": ["a","b"], "label": "Firefox", "data": "AP8=", "jkt": "thumb"
	}`, string(r.Data))
	got, err := decodeSession(r)
	require.NoError(t, err)
	require.Equal(t, fullRecord(), got)

	live := fullRecord()
	live.End = ending{}
	r, err = live.encode()
	require.NoError(t, err)
	require.False(t, r.Durable)

	r, err = subject{NotBefore: noon, Told: true}.encode(noon.time())
	require.NoError(t, err)
	require.True(t, r.Durable)
	require.JSONEq(t, `{"v": 1, "nb": 1000000000, "told": true}`, string(r.Data))
	u, err := decodeSubject(r)
	require.NoError(t, err)
	require.Equal(t, subject{NotBefore: noon, Told: true}, u)
}

func TestRecordAbsent(t *testing.T) {
	r, err := decodeSession(store.Record{})
	require.NoError(t, err)
	require.Zero(t, r)
	u, err := decodeSubject(store.Record{})
	require.NoError(t, err)
	require.Zero(t, u)
}

// What cannot be read is an error that quotes none of it.
func TestRecordUnreadable(t *testing.T) {
	good, err := fullRecord().encode()
	require.NoError(t, err)
	without := func(name string, value any) string {
		var m map[string]any
		require.NoError(t, json.Unmarshal(good.Data, &m))
		if m[name] = value; value == nil {
			delete(m, name)
		}
		data, err := json.Marshal(m)
		require.NoError(t, err)
		return string(data)
	}
	text := string(good.Data)
	for name, data := range map[string]string{
		"empty": "", "null": "null", "array": "[]", "cut": text[:len(text)-1], "more": text + "x",
		"no version": without("v", nil), "version 2": without("v", 2), "generation 0": without("gen", 0),
		"generation -1": without("gen", -1), "generation too large": without("gen", 1e10), "no user": without("sub", ""),
		"no end": without("abs", nil), "no idle end": without("idle", nil), "no login": without("auth", nil), "no start": without("start", -1),
		"short secret": without("fsh", "AQ"), "text as a number": without("rot", "secret"), "twice": `{"v":1,` + text[1:],
	} {
		_, err := decodeSession(store.Record{Version: 1, Data: []byte(data)})
		require.ErrorContains(t, err, "session: the store's record of a session cannot be read", name)
		require.NotContains(t, err.Error(), "secret", name)
		_, err = decodeSubject(store.Record{Version: 1, Data: []byte(data)})
		require.ErrorContains(t, err, "session: the store's record of a user cannot be read", name)
	}
}

// FuzzRecord reads any bytes without a panic, and what it can read it writes again.
func FuzzRecord(f *testing.F) {
	r, err := fullRecord().encode()
	require.NoError(f, err)
	f.Add(r.Data)
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := decodeSession(store.Record{Version: 1, Data: data})
		if err != nil {
			require.Zero(t, rec)
			return
		}
		again, err := rec.encode()
		require.NoError(t, err)
		got, err := decodeSession(again)
		require.NoError(t, err)
		require.Equal(t, rec, got)
	})
}

// What is stored of a session that has an average login, and of the largest.
func TestRecordSize(t *testing.T) {
	r := record{
		state: testState(), AMR: []string{"pwd", "otp"}, Scope: []string{"orders:read", "orders:write"},
		Label: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	}
	r.Subject = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
	s, err := r.encode()
	require.NoError(t, err)
	require.Less(t, len(s.Data), 480)
	t.Logf("%d bytes: %s", len(s.Data), s.Data)

	r.Subject, r.Label = strings.Repeat("\x01", maxSubject), strings.Repeat("\x01", maxLabel)
	r.ACR, r.Data = strings.Repeat("\x01", maxTexts), make([]byte, maxLogin)
	s, err = r.encode()
	require.NoError(t, err)
	require.NoError(t, s.Check())
}
