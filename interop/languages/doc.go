// Package languages runs libraries of other languages beside ours: each signs what we
// parse, verifies what we sign, and reads and writes JWKs and JWK Sets.
//
//	./run
//
// installs them, prints a table of what was tried, and removes what it can. The test
// alone, go test, skips the peers that it does not find, unless CI=true.
package languages
