// Package neighbours shows package jwthttp beside the routers, transports and policy engines
// that Go services use, one Example for each. It has no code of its own: what is worth copying
// is in the tests, and README.md lists them.
//
// It is a module of its own, never tagged, so that none of what it needs is needed by anyone
// else.
package neighbours
