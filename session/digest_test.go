package session

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSubjectID(t *testing.T) {
	sum := sha256.Sum256([]byte("https://a\x00ann"))
	require.Equal(t, subjectID(sum[:16]), newSubjectID("https://a", "ann"))
	require.NotEqual(t, newSubjectID("a", "b"), newSubjectID("ab", ""))
	long := strings.Repeat("x", 300)
	require.NotEqual(t, newSubjectID(long, "a"), newSubjectID(long, "b"))
}

func TestDigest(t *testing.T) {
	d := digest(sha256.Sum256(nil))
	text, err := d.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", string(text))
	var got digest
	require.NoError(t, got.UnmarshalText(text))
	require.True(t, got.equal(d))
	require.False(t, got.equal(digest{}))
	for _, bad := range []string{"", string(text[1:]), string(text) + "A", string(text[:42]) + "V", string(text[:42]) + "="} {
		require.Error(t, got.UnmarshalText([]byte(bad)), bad)
	}
}
