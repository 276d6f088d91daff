package jwthttp

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// AccessToken has the private claims of an OAuth 2.0 access token (RFC 9068 section 2.2).
// Embed it, by value, in the type of the private claims:
//
//	type Claims struct {
//		jwthttp.AccessToken
//		Tenant string `json:"tenant"`
//	}
//
// The rules of this package call its methods. If your claims have other names, write these
// methods for your own type.
type AccessToken struct {
	ClientID string `json:"client_id,omitempty"` // RFC 8693 section 4.3

	// Scope is written as one string (RFC 8693 section 4.2). SCP is the same by the name
	// that Entra and Okta give it. Both are read as a string or as an array.
	Scope ScopeList `json:"scope,omitempty"`
	SCP   ScopeList `json:"scp,omitempty"`

	AuthenticatedAt int64    `json:"auth_time,omitempty"` // in seconds since 1970
	AuthContext     string   `json:"acr,omitempty"`
	AuthMethods     []string `json:"amr,omitempty"` // RFC 8176

	// RFC 9068 section 2.2.3.1.
	UserRoles    ValueList `json:"roles,omitempty"`
	Groups       ValueList `json:"groups,omitempty"`
	Entitlements ValueList `json:"entitlements,omitempty"`

	Confirmation *Confirmation `json:"cnf,omitempty"`
	Actor        *Actor        `json:"act,omitempty"`
}

// Scopes returns scope, or scp if scope is absent.
func (t AccessToken) Scopes() []string {
	if t.Scope != nil {
		return t.Scope
	}
	return t.SCP
}

// Roles returns roles.
func (t AccessToken) Roles() []string { return t.UserRoles }

// ACR returns acr, or "" if it is absent.
func (t AccessToken) ACR() string { return t.AuthContext }

// AuthTime returns auth_time, or the zero time if it is absent.
func (t AccessToken) AuthTime() time.Time {
	if t.AuthenticatedAt == 0 {
		return time.Time{}
	}
	return time.Unix(t.AuthenticatedAt, 0).UTC()
}

// A Confirmation says which key the sender of a token must prove to have (RFC 7800).
type Confirmation struct {
	JKT     string `json:"jkt,omitempty"`      // thumbprint of a DPoP key, RFC 9449 section 6.1
	X5TS256 string `json:"x5t#S256,omitempty"` // hash of a certificate, RFC 8705 section 3.1
}

// An Actor is who acts for the subject of a token (RFC 8693 section 4.1). The Actor within
// it is the one before it in the chain of delegation. Only the outermost counts for
// decisions about access.
type Actor struct {
	Subject  string `json:"sub,omitempty"`
	Issuer   string `json:"iss,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	Actor    *Actor `json:"act,omitempty"`
}

// A ScopeList is a set of scopes (RFC 6749 section 3.3). It is written as one string with
// a space between scopes, and read from that or from an array of strings.
type ScopeList []string

// MarshalJSON returns the scopes as one string.
func (l ScopeList) MarshalJSON() ([]byte, error) {
	for _, scope := range l {
		if !isScope(scope) {
			return nil, errors.New("jwthttp: a scope is empty or has a space, a quote, a backslash or a character that is not ASCII")
		}
	}
	return json.Marshal(strings.Join(l, " "))
}

// UnmarshalJSON takes a string or an array of strings. A null leaves l unchanged.
func (l *ScopeList) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		if string(data) != "null" {
			*l = append(ScopeList{}, strings.FieldsFunc(text, isSpace)...)
		}
		return nil
	}
	var list []string
	if json.Unmarshal(data, &list) != nil {
		return errors.New("jwthttp: scopes are neither a string nor an array of strings")
	}
	*l = list
	return nil
}

func isSpace(r rune) bool { return r == ' ' }

// isScope reports whether s is a scope-token of RFC 6749 section 3.3.
func isScope(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == '"' || r == '\\'
	})
}

// A ValueList is a claim with any number of values. It is written as an array of strings,
// and read from that, from one string, or from an array of objects as SCIM has them, whose
// members named value are taken (RFC 7643 section 2.4).
type ValueList []string

// UnmarshalJSON takes the three forms. A null leaves l unchanged.
func (l *ValueList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		if string(data) != "null" {
			*l = ValueList{one}
		}
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(data, &items) != nil {
		return errValues
	}
	list := make(ValueList, len(items))
	for i, item := range items {
		// A map, since the names of a struct would match in any case.
		var object map[string]json.RawMessage
		if json.Unmarshal(item, &object) == nil {
			item = object["value"]
		}
		if len(item) == 0 || item[0] != '"' || json.Unmarshal(item, &list[i]) != nil {
			return errValues
		}
	}
	*l = list
	return nil
}

var errValues = errors.New("jwthttp: values are neither a string, an array of strings nor an array of objects with a value")
