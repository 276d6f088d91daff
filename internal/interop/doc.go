// Package interop holds tests of the module beside the rest of the world: the
// vectors of project Wycheproof, and other JWT libraries for Go. It is a module of
// its own, never tagged, so that none of what it needs is needed by anyone else.
//
//	GOWORK=off go test -v -run Wycheproof .
//	GOWORK=off go test -run Differential . -update
//
// The second command rewrites docs/strictness.md.
package interop
