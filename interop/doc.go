// Package interop holds tests of the module beside the rest of the world: the
// vectors of project Wycheproof, other JWT libraries for Go, and OpenID Connect
// software. It is a module of its own, never tagged, so that none of what it needs is
// needed by anyone else.
//
//	GOWORK=off go test -v -run Wycheproof .
//	GOWORK=off go test -v -run OIDC .                # needs Node.js 20 and npm
//	GOWORK=off go test -run Differential . -update   # rewrites docs/strictness.md
//
// In folders of this module, package languages is about other languages, package browser
// about Chromium, package mcp about the Model Context Protocol, and package migrating about
// docs/migrating.md.
package interop
