package storetest

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/cda17858/jwt/store"
)

func testLoad(t *tester) {
	if records, _ := t.load(); len(records) != 0 {
		t.Fatalf("Load of no keys returned %d records", len(records))
	}
	var keys []string
	want := make(map[string]store.Record)
	for i := range 100 {
		key := t.key(fmt.Sprint("load", i))
		keys = append(keys, key)
		if i%3 > 0 {
			want[key] = t.put(key, store.Record{Expires: time.Now().Add(time.Hour), Data: fmt.Append(nil, i)})
		}
	}
	// Out of order, and some twice.
	for _, keys := range [][]string{keys[:1], keys[:2], {keys[2], keys[1]}, {keys[1], keys[1], keys[0], keys[1]}, append(keys[50:], keys[:60]...)} {
		records, _ := t.load(keys...)
		for i, r := range records {
			if diff := difference(r, want[keys[i]]); diff != "" {
				t.Fatalf("Load of %d keys: record %d: %s", len(keys), i, diff)
			}
		}
	}
}

func testData(t *tester) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	expires := time.Now().Add(time.Hour)
	for _, size := range []int{0, 1, 255, 256, 4 << 10, 64 << 10, store.MaxData - 1, store.MaxData} {
		data := bytes.Repeat(every, size/256+1)[:size]
		key := t.key(fmt.Sprint("size ", size))
		t.want(key, t.put(key, store.Record{Expires: expires, Data: data}))
	}
	t.keys(expires, every)
	t.ownership(expires)
}

// keys tests that keys of any bytes are different keys.
func (t *tester) keys(expires time.Time, every []byte) {
	names := []string{
		"a", "A", "a ", " a", "a\x00", "a\x00b", "á", "a\u0301", "ａ", "\xff", "\xfe", "%", "_", "'", `"`, `\`, `\x41`, "*", "[a]", "?", "{a}", "\n", "\r\n",
		string(every[:128]), string(every[128:]),
	}
	for _, b := range every {
		names = append(names, string([]byte{'k', b}))
	}
	long := strings.Repeat("k", store.MaxKey-1-len(t.prefix))
	names = append(names, long, long+"a", long+"b", strings.Repeat("\xff", len(long)+1))
	want := make(map[string]store.Record)
	for _, name := range names {
		key := t.key(name)
		want[key] = t.put(key, store.Record{Expires: expires, Data: []byte(name)})
	}
	for key, r := range want {
		t.want(key, r)
	}
}

// ownership tests that Swap does not keep or change Data.
func (t *tester) ownership(expires time.Time) {
	key := t.key("ownership")
	backing := []byte("data and more")
	r := t.put(key, store.Record{Expires: expires, Data: backing[:4]})
	if string(backing) != "data and more" {
		t.Fatalf("Swap has changed Data, or what follows it: %q", backing)
	}
	r.Data = []byte("data")
	copy(backing, "DATA AND MORE")
	t.want(key, r)
}
