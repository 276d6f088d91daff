package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A style is how text looks on a terminal, as an SGR sequence of ECMA-48.
type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	blue   style = "34"
	cyan   style = "36"
)

// colored reports whether the output has colour: --color, else NO_COLOR (no-color.org), else
// whether it is a terminal.
func (a *app) colored() bool {
	if a.color == "" || a.color == "auto" {
		a.color = "never"
		no, _ := a.getenv("NO_COLOR")
		dumb, _ := a.getenv("TERM")
		if no == "" && dumb != "dumb" && a.terminalOut {
			a.color = "always"
		}
	}
	return a.color == "always"
}

// paint returns text in a style if the output has colour. text must hold nothing that a
// terminal would obey.
func (a *app) paint(s style, text string) string {
	if text == "" || !a.colored() {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// printable returns text with escapes for what a terminal would obey: control characters, and
// those that change the direction of text. The escapes are those of JSON.
func printable(text string) string { return escape(text, "") }

// printableLines is printable for text of several lines: line ends and tabs stay.
func printableLines(text string) string { return escape(text, "\n\t") }

func escape(text, except string) string {
	var b strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) || strings.ContainsRune(except, r) {
			b.WriteRune(r)
			continue
		}
		for _, half := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, half)
		}
	}
	return b.String()
}
