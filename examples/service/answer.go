package main

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"

	strict "github.com/go-json-experiment/json"
)

const maxBody = 4 << 10

// readJSON decodes the body of r into v, or answers and returns false. A name in another
// case, a name twice and a name that v does not have are refused: another reader of the same
// body, such as a firewall, might take another of them.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	// A form on another site can send no body of this type.
	if typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || typ != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, "application/json is wanted")
		return false
	}
	err := strict.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxBody), v, strict.RejectUnknownMembers(true))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		writeError(w, http.StatusRequestEntityTooLarge, "the body is too long")
		return false
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "the body is not the JSON that is wanted")
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // an error means that the client has gone
}

// writeError answers with a text for people.
func writeError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

// unavailable answers that the fault is ours and may pass. What it was is for the log only.
func (s *server) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	s.log.ErrorContext(r.Context(), "the request could not be answered", "path", r.Pattern, "err", err)
	w.Header().Set("Retry-After", "1")
	writeError(w, http.StatusServiceUnavailable, "this is not possible now; try again")
}
