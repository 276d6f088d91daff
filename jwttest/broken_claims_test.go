package jwttest_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cda17858/jwt/jwttest"
)

// jsonHoles are what a reader of JSON lets through.
type jsonHoles struct {
	twice, escaped, nested, trailing, badUTF8, surrogates, bom, lax bool
	twiceOnly, twiceExcept                                          string
}

// parse reads one object, strictly except for the holes.
func (j jsonHoles) parse(text string) (map[string]any, error) {
	if j.bom {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	if j.lax {
		text = strings.Replace(strings.Replace(text, "/**/", "", 1), ",}", "}", 1)
	}
	if !utf8.ValidString(text) && !j.badUTF8 {
		return nil, errRefused
	}
	if strings.Contains(text, `\ud`) && !j.surrogates {
		return nil, errRefused
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := j.value(d, 0, strings.Contains(text, `\u00`))
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF && !j.trailing {
		return nil, errRefused
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, errRefused
	}
	return o, nil
}

func (j jsonHoles) value(d *json.Decoder, depth int, escapes bool) (any, error) {
	t, err := d.Token()
	if err != nil || depth > 100 {
		return nil, errors.Join(errRefused, err)
	}
	switch t {
	case json.Delim('{'):
		o := map[string]any{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := j.value(d, depth+1, escapes)
			if err != nil {
				return nil, err
			}
			if _, twice := o[name.(string)]; twice && !j.allows(name.(string), depth, escapes) {
				return nil, errRefused
			}
			o[name.(string)] = v
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := j.value(d, depth+1, escapes)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return t, nil
}

// allows reports whether a name may be there twice.
func (j jsonHoles) allows(name string, depth int, escapes bool) bool {
	switch {
	case depth > 0:
		return j.nested
	case j.twiceOnly != "":
		return name == j.twiceOnly
	case escapes:
		return j.escaped
	}
	return j.twice && name != j.twiceExcept
}

// payload reads the claims and checks them. bad says that the signature was wrong.
func (s *broken) payload(text, issuer string, bad bool) (map[string]any, error) {
	j := jsonHoles{
		twice: s.has(jwttest.JSONClaimTwice), escaped: s.has(jwttest.JSONTwiceByEscape), nested: s.has(jwttest.JSONNestedTwice),
		trailing: s.has(jwttest.JSONTrailingData), badUTF8: s.has(jwttest.FormBadUTF8), surrogates: s.has(jwttest.FormLoneSurrogate),
		bom: s.has(jwttest.FormByteOrderMark), lax: s.has(jwttest.JSONLax),
	}
	c, err := j.parse(text)
	if err != nil {
		if s.has(jwttest.JSONNotObject) && !strings.Contains(text, "{") && !strings.HasPrefix(text, "\xff\xfe") {
			return map[string]any{"sub": "nobody"}, nil
		}
		return nil, errRefused
	}
	if s.has(jwttest.JSONClaimCase) && c["Exp"] != nil {
		c["exp"] = c["Exp"]
	}
	expired, ok := s.dates(c)
	if !ok || bad != (expired && s.has(jwttest.SigForgedAndExpired)) || expired && !bad {
		return nil, errRefused
	}
	if !s.iss(c, issuer) || !s.aud(c) || !s.subject(c) {
		return nil, errRefused
	}
	return c, nil
}

const latest = 253402300799 // the year 9999

// dates checks exp, nbf and iat, and says whether the token has expired.
func (s *broken) dates(c map[string]any) (expired, ok bool) {
	now := float64(time.Now().Unix())
	date := func(name string) (n float64, isNumber, there bool) {
		v, there := c[name]
		number, isNumber := v.(json.Number)
		if isNumber {
			n, _ = number.Float64()
		}
		return n, isNumber, there
	}
	switch exp, isNumber, there := date("exp"); {
	case !there:
		ok = s.has(jwttest.ExpMissing)
	case c["exp"] == nil:
		ok = s.has(jwttest.ExpNull)
	case !isNumber:
		_, isString := c["exp"].(string)
		ok = isString && s.has(jwttest.ExpString)
	case exp < 0:
		ok = s.has(jwttest.ExpNegative) || s.has(jwttest.ExpPast)
	case exp > latest:
		ok = s.has(jwttest.ExpOverflow)
	default:
		late := now - exp - 60
		expired = late > 0 && !s.has(jwttest.ExpPast) && !(s.has(jwttest.ExpJustPast) && late < 300)
		ok = true
	}
	switch nbf, isNumber, there := date("nbf"); {
	case !there:
	case !isNumber:
		ok = ok && s.has(jwttest.NbfUnreadable)
	case nbf > latest:
		ok = ok && (s.has(jwttest.NbfOverflow) || s.has(jwttest.NbfFuture))
	case nbf > now+60:
		ok = ok && s.has(jwttest.NbfFuture)
	}
	switch iat, isNumber, there := date("iat"); {
	case !there:
	case !isNumber:
		ok = ok && s.has(jwttest.IatUnreadable)
	case iat > now+60:
		ok = ok && s.has(jwttest.IatFuture)
	case iat < now-3600-60:
		ok = ok && s.has(jwttest.IatTooOld)
	}
	return expired, ok
}

func (s *broken) iss(c map[string]any, want string) bool {
	v, there := c["iss"]
	iss, isString := v.(string)
	switch {
	case !there:
		return s.has(jwttest.IssMissing)
	case !isString:
		return s.has(jwttest.IssArray)
	case s.has(jwttest.IssOther):
		return true
	case s.has(jwttest.IssOfOtherKey):
		return iss == s.issuer.URL() || iss == s.other.URL()
	case s.has(jwttest.IssPart):
		return iss == want || strings.HasPrefix(iss, want+".")
	case s.has(jwttest.IssCaseOrSlash):
		return strings.EqualFold(strings.TrimSuffix(iss, "/"), want)
	}
	return iss == want
}

func (s *broken) aud(c map[string]any) bool {
	v, there := c["aud"]
	list, isList := v.([]any)
	if name, isString := v.(string); isString {
		list, isList = []any{name}, true
	}
	switch {
	case !there:
		return s.has(jwttest.AudMissing)
	case !isList:
		return s.has(jwttest.AudMistyped)
	case len(list) == 0 || list[0] == "":
		return s.has(jwttest.AudEmptyArray)
	}
	good := false
	for _, v := range list {
		aud, isString := v.(string)
		want := s.issuer.Audience()
		switch {
		case !isString:
			return s.has(jwttest.AudMistyped)
		case aud == want, s.has(jwttest.AudOther):
			good = true
		case s.has(jwttest.AudPart):
			good = good || strings.Contains(aud, want)
		case s.has(jwttest.AudCase):
			good = good || strings.EqualFold(aud, want)
		}
	}
	return good
}

// subject checks sub and jti.
func (s *broken) subject(c map[string]any) bool {
	sub, there := c["sub"]
	_, isString := sub.(string)
	jti, hasID := c["jti"]
	_, isID := jti.(string)
	return (there || s.has(jwttest.SubMissing)) && (isString || !there || s.has(jwttest.SubMistyped)) && (isID || !hasID || s.has(jwttest.JtiMistyped))
}
