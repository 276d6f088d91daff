package inspect_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

// What is wrong with the form of a token does not hide what is wrong with its claims.
func TestVerifyOfBrokenTokens(t *testing.T) {
	header, payload := good()
	token := mint(header, payload)
	parts := strings.Split(token, ".")
	payload["iss"] = "x"
	wrong := mint(header, payload)
	wrongPayload := strings.Split(wrong, ".")[1]

	for _, test := range []struct {
		name, token string
		failed      []string
		notRun      int
	}{
		{"good", token, nil, 0},
		{"signature cut off", parts[0] + "." + wrongPayload, []string{"form", "iss"}, 1},
		{"a part too many", wrong + ".x", []string{"form", "iss"}, 1},
		{"no signature", parts[0] + "." + parts[1] + ".", []string{"signature"}, 0},
		{"signature padded", token + "=", []string{"signature"}, 0},
		{"signature of another token", parts[0] + "." + wrongPayload + "." + parts[2], []string{"iss", "signature"}, 0},
		{"header padded", parts[0] + "=." + wrongPayload + "." + parts[2], []string{"header", "iss"}, 1},
		{"no header", "." + wrongPayload + "." + parts[2], []string{"header", "iss"}, 2},
		{"payload padded", sign(parts[0] + "." + wrongPayload + "="), []string{"iss", "payload"}, 0},
		{"payload broken", sign(parts[0] + "." + parts[1][:40]), []string{"payload"}, 7},
		{"a name twice", sign(parts[0] + ".eyJhIjoxLCJhIjoyfQ"), []string{"payload"}, 7},
		{"header only", parts[0], []string{"form"}, 13},
		{"empty", "", []string{"form"}, 13},
		{"encrypted", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c", []string{"form"}, 13},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := inspect.Verify(context.Background(), test.token, keys(t), policy())
			require.NoError(t, err)
			require.Equal(t, test.name == "good", v.Valid)
			require.ElementsMatch(t, test.failed, failed(v), "%+v", v.Checks)
			n := 0
			for _, c := range v.Checks {
				if c.State == inspect.NotRun {
					n++
				}
			}
			require.Equal(t, test.notRun, n, "%+v", v.Checks)
		})
	}
}

// A token that is too long is checked all the same.
func TestVerifyOfLongToken(t *testing.T) {
	header, payload := good()
	payload["x"], payload["typ"] = strings.Repeat("x", 20_000), "JWT"
	payload["aud"] = "x"
	v, err := inspect.Verify(context.Background(), mint(header, payload), keys(t), policy())
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"form", "aud"}, failed(v))
}

// A fault in the settings is an error, and not a verdict.
func TestVerifyRefusesSettings(t *testing.T) {
	p := policy()
	p.Audiences = nil
	_, err := inspect.Verify(context.Background(), "a.b.c", keys(t), p)
	require.ErrorContains(t, err, "Audiences")
}

// Keys that cannot tell leave one check open, and say nothing about the others.
func TestVerifyWithoutAnswer(t *testing.T) {
	header, payload := good()
	payload["aud"] = "x"
	v, err := inspect.Verify(context.Background(), mint(header, payload), jwt.KeySet{down{}}, policy())
	require.NoError(t, err)
	require.False(t, v.Valid)
	require.False(t, v.Refused())
	require.False(t, v.Expired())
	require.Equal(t, []string{"aud"}, failed(v))
	for _, c := range v.Checks {
		require.Equal(t, c.Name == "signature", c.State == inspect.NotRun)
		if c.Name == "signature" {
			require.Contains(t, c.Reason, "the KMS does not answer")
		}
	}
}

type down struct{}

func (down) Verify(context.Context, jwt.Header, []byte, []byte) error {
	return errors.New("the KMS does not answer")
}
