//go:build !unix

package main

import "testing"

func startPostgres(t *testing.T) string {
	t.Skip("this test starts PostgreSQL on Unix only")
	return ""
}
