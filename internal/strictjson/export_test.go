package strictjson

import "reflect"

// Analyze is TypeFor for a type that go vet would refuse in a source file.
func Analyze(rt reflect.Type) error {
	_, err := analyze(rt, Reserved{}, nil)
	return err
}
