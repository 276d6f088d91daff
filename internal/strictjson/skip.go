//go:build !goexperiment.jsonv2 || go1.27

package strictjson

import "errors"

// errSkip leaves a value to the library.
var errSkip = errors.ErrUnsupported
