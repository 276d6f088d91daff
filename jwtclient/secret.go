package jwtclient

import (
	"fmt"
	"io"
	"log/slog"
)

// A Secret is the password of a client. It is printed, logged and encoded as "[secret]";
// string(s) is its text.
type Secret string

const hidden = "[secret]"

// Format implements [fmt.Formatter].
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// MarshalText implements [encoding.TextMarshaler], which package encoding/json uses.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
