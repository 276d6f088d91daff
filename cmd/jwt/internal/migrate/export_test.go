package migrate

import (
	"go/types"
	"strings"
)

// RowOf returns the row that the tables have for an object of golang-jwt, or "".
func RowOf(obj types.Object) string {
	name := peerName(obj)
	if a, ok := advices[name]; ok {
		return a.row
	}
	if _, ok := sentinels[name]; ok {
		return "errors"
	}
	if families[strings.TrimPrefix(name, "SigningMethod")] != "" {
		return "signing-method"
	}
	if strings.HasPrefix(name, "request.") {
		return "parse-from-request"
	}
	if strings.HasPrefix(name, "ValidationError") {
		return "errors"
	}
	return ""
}

// Rows returns the rows in the tables.
func Rows() []string {
	rows := []string{"errors"}
	for _, a := range advices {
		rows = append(rows, a.row)
	}
	return rows
}
