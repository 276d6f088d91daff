package main

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	var out bytes.Buffer
	err := report(&out, io.Discard, []string{"-rounds", "1", "-slice", "1us", "-cases", "into a struct|dots", "-peers=false"})
	require.NoError(t, err)
	require.Regexp(t, `(?m)^\| Verify HS256 into a struct \| 3\.60, 8 \| floor `, out.String())
	require.Regexp(t, `(?m)^\| Refuse 1 MiB of dots \| 200 ns, 1 \| floor `, out.String())
	require.NotContains(t, out.String(), "golang-jwt")
}

func TestReportRefusesBadFlags(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"-nonsense"}, {"file"}} {
		require.ErrorIs(t, report(io.Discard, io.Discard, args), errUsage)
	}
	require.Error(t, report(io.Discard, io.Discard, []string{"-cases", "("}))
}
