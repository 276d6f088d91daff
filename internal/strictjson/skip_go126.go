//go:build goexperiment.jsonv2 && !go1.27

package strictjson

import json "encoding/json/v2"

// errSkip leaves a value to the library. The standard library of Go 1.26 has an error of
// its own for that.
var errSkip = json.SkipFunc
