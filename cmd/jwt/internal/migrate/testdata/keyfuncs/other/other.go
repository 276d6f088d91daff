// Package other does not use golang-jwt.
package other
