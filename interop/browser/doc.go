// Package browser holds tests of package jwthttp in a real browser: Debian's Chromium, driven
// by playwright-core. They show what only a browser can: who gets to read the cookies, and
// which requests carry them.
//
//	GOWORK=off go test -v ./browser   # needs chromium, Node.js 20 and npm
package browser
