//go:build goexperiment.jsonv2

package interop

// experiment is set where encoding/json is not what the peers were written for: then
// only we are asked.
const experiment = true
