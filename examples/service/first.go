package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
)

// firstAccounts creates an admin if there are no accounts yet, and prints the password, which is
// not stored.
func (s *server) firstAccounts(ctx context.Context, out io.Writer) error {
	if s.cfg.demo {
		return s.demoAccounts(ctx, out)
	}
	found, _, err := s.accounts.list(ctx, "", 1)
	if err != nil || len(found) > 0 {
		return err
	}
	password := rand.Text()
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	err = s.accounts.create(ctx, account{Name: "admin", Password: hash, Roles: []string{"admin"}})
	if err == errTaken { // another process was faster
		return nil
	}
	if err == nil {
		fmt.Fprintf(out, "the first user is admin, with the password %s\n", password)
	}
	return err
}
