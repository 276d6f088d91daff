// Package jwthttp puts tokens to use in an HTTP service.
package jwthttp
