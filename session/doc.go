// Package session keeps users logged in: short access tokens, and refresh tokens that find
// a thief and never log out the honest.
package session
