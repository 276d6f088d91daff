package main

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"

	strict "github.com/go-json-experiment/json"
)

const maxBody = 4 << 10

// readJSON decodes the body of r into v, or answers with an error and returns false. It refuses
// unknown names, duplicate names and names with the wrong case, which another reader of the
// body, such as a firewall, might read differently.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	// A form on another site cannot send a body of this type.
	if typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || typ != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, "the Content-Type must be application/json")
		return false
	}
	err := strict.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxBody), v, strict.RejectUnknownMembers(true))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		writeError(w, http.StatusRequestEntityTooLarge, "the body is too long")
		return false
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "the body is not valid JSON for this request")
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // an error means that the client is gone
}

// writeError answers with a message for people.
func writeError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

// unavailable answers 503. The cause is only logged.
func (s *server) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	s.log.ErrorContext(r.Context(), "the request failed", "path", r.Pattern, "err", err)
	w.Header().Set("Retry-After", "1")
	writeError(w, http.StatusServiceUnavailable, "temporarily unavailable; try again")
}
