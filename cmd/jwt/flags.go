package main

import (
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// A clock is the flag --at.
type clock struct{ at time.Time }

// addClock gives cmd the flag --at.
func (a *app) addClock(cmd *cobra.Command) {
	cmd.Flags().Var(&a.clock, "at", "check dates at this time instead of now: RFC 3339 or Unix seconds")
}

func (c *clock) now() time.Time {
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at
}

func (c *clock) Type() string { return "time" }

func (c *clock) String() string {
	if c.at.IsZero() {
		return ""
	}
	return c.at.Format(time.RFC3339)
}

func (c *clock) Set(s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if sec, e := strconv.ParseInt(s, 10, 64); e == nil {
		t, err = time.Unix(sec, 0).UTC(), nil
	}
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return errors.New("write it as 2026-11-28T08:00:00Z, or in seconds since 1970")
	}
	c.at = t
	return nil
}

// A color is the flag --color.
type color string

func (c *color) Type() string   { return "when" }
func (c *color) String() string { return string(*c) }

func (c *color) Set(s string) error {
	switch s {
	case "auto", "always", "never":
		*c = color(s)
		return nil
	}
	return errors.New("use auto, always or never")
}
