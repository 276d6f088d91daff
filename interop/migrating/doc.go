// Package migrating holds what docs/migrating.md and docs/agents.md say against the
// libraries: each sample is compiled, each difference is shown by a token, and a fleet is
// moved from golang-jwt to this library and back.
//
//	GOWORK=off go test ./migrating
package migrating
