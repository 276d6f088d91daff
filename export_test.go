package jwt

import "reflect"

// CheckValidate is what NewParser asks of P's Validate.
func CheckValidate[P any]() error { return checkValidate(reflect.TypeFor[P]()) }
