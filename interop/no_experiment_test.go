//go:build !goexperiment.jsonv2

package interop

const experiment = false
