package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// check parses the token of header and payload with the policy that change makes of
// laxPolicy, and requires the error want, or none if it is empty.
func check(t *testing.T, change func(p *jwt.Policy), header, payload, want string) {
	t.Helper()
	policy := laxPolicy()
	change(&policy)
	val := must(jwt.NewValidator(policy))
	token := handmade(header, payload)
	claims, err := jwt.Parse[map[string]any](t.Context(), token, testKeys(t)[jwt.HS256].verifier, val)
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.Nil(t, claims)
	require.Equal(t, "jwt: "+want, withoutDetails(err))
	_, ok := errors.AsType[*jwt.TokenError](err)
	require.True(t, ok)
}

// Mutants of validate.go that live: whether an empty list of required claims is looked
// through shows in time alone.

func TestValidateType(t *testing.T) {
	const mismatch = "typ: does not match the policy"
	accessToken := []string{"at+jwt"}
	tests := []struct {
		types []string
		typ   string // as JSON; empty if absent
		want  string
	}{
		{nil, ``, ""},
		{nil, `""`, ""},
		{nil, `"JWT"`, ""},
		{nil, `"jwt"`, ""},
		{nil, `"jWt"`, ""},
		{nil, `"application/jwt"`, ""},
		{nil, `"APPLICATION/JWT"`, ""},
		{nil, `"at+jwt"`, mismatch},
		{nil, `"JOSE"`, mismatch},
		{nil, `"logout+jwt"`, mismatch},
		{nil, `" JWT"`, mismatch},
		{nil, `"JWT "`, mismatch},
		{nil, `"JWT;a=b"`, mismatch},
		{nil, `"JWT\u0000"`, mismatch},
		{nil, `"application/"`, mismatch},
		{nil, `"/JWT"`, mismatch},
		{nil, `"text/JWT"`, mismatch},
		{nil, `"application/application/JWT"`, mismatch},
		{[]string{"application/jwt"}, ``, ""},
		{[]string{"application/jwt"}, `"JWT"`, ""},
		{accessToken, ``, mismatch},
		{accessToken, `""`, mismatch},
		{accessToken, `"JWT"`, mismatch},
		{accessToken, `"at+jwt"`, ""},
		{accessToken, `"AT+JWT"`, ""},
		{accessToken, `"application/at+jwt"`, ""},
		{accessToken, `"Application/At+Jwt"`, ""},
		{accessToken, `"application/at+jwt; charset=utf-8"`, mismatch},
		{accessToken, `"at+jwt;"`, mismatch},
		{accessToken, `"at jwt"`, mismatch},
		{[]string{"application/at+jwt"}, `"at+jwt"`, ""},
		{[]string{"JWT", "at+jwt"}, ``, ""},
		{[]string{"JWT", "at+jwt"}, `"at+jwt"`, ""},
		{[]string{"text/plain"}, `"text/PLAIN"`, ""},
		{[]string{"text/plain"}, `"plain"`, mismatch},
		{[]string{"text/plain"}, `"application/text/plain"`, mismatch},
		{[]string{"kb+jwt"}, `"KB+jwt"`, ""},
		{[]string{"kb+jwt"}, `"\u212ab+jwt"`, mismatch},             // the Kelvin sign folds to k
		{[]string{"secevent+jwt"}, `"\u017fecevent+jwt"`, mismatch}, // the long s to s
		{[]string{"ss+jwt"}, `"\u017f+jwt"`, mismatch},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.types, ",")+" "+test.typ, func(t *testing.T) {
			header := plainHeader
			if test.typ != "" {
				header = `{"alg":"HS256","typ":` + test.typ + "}"
			}
			check(t, func(p *jwt.Policy) { p.Types = test.types }, header, "{}", test.want)
		})
	}
}

func TestValidateClaims(t *testing.T) {
	const tooOld = "iat: does not match the policy: older than MaxAge"
	issuer := func(p *jwt.Policy) { p.Issuers, p.InsecureSkipIssuer = []string{"https://a.example"}, false }
	audience := func(p *jwt.Policy) { p.Audiences, p.InsecureSkipAudience = []string{"a", "b"}, false }
	maxAge := func(p *jwt.Policy) { p.MaxAge = time.Minute }
	expiry := func(p *jwt.Policy) { p.InsecureAllowNoExpiry = false }
	required := func(names ...string) func(*jwt.Policy) {
		return func(p *jwt.Policy) { p.Required = names }
	}
	tests := []struct {
		name    string
		change  func(*jwt.Policy)
		payload string
		want    string
	}{
		{"iss", issuer, `{"iss":"https://a.example"}`, ""},
		{"iss escaped", issuer, `{"iss":"https:\/\/a.exampl\u0065"}`, ""},
		{"iss absent", issuer, `{}`, "iss: required, but missing"},
		{"iss empty", issuer, `{"iss":""}`, "iss: required, but missing"},
		{"iss other", issuer, `{"iss":"https://b.example"}`, "iss: does not match the policy"},
		{"iss in another case", issuer, `{"iss":"https://A.example"}`, "iss: does not match the policy"},
		{"iss with a slash", issuer, `{"iss":"https://a.example/"}`, "iss: does not match the policy"},
		{"iss with a space", issuer, `{"iss":"https://a.example "}`, "iss: does not match the policy"},
		{"iss and NUL", issuer, `{"iss":"https://a.example\u0000"}`, "iss: does not match the policy"},
		{"iss, a prefix", issuer, `{"iss":"https://a"}`, "iss: does not match the policy"},
		{"iss in another name", issuer, `{"ISS":"https://a.example"}`, "iss: required, but missing"},
		{"iss skipped", func(*jwt.Policy) {}, `{"iss":"anyone"}`, ""},

		{"aud", audience, `{"aud":"b"}`, ""},
		{"aud, array", audience, `{"aud":["x","b","y"]}`, ""},
		{"aud, both", audience, `{"aud":["b","a"]}`, ""},
		{"aud absent", audience, `{}`, "aud: required, but missing"},
		{"aud empty", audience, `{"aud":""}`, "aud: required, but missing"},
		{"aud empty array", audience, `{"aud":[]}`, "aud: required, but missing"},
		{"aud other", audience, `{"aud":"c"}`, "aud: does not match the policy"},
		{"aud others", audience, `{"aud":["A","ab","a "]}`, "aud: does not match the policy"},
		{"aud list in a string", audience, `{"aud":"a b"}`, "aud: does not match the policy"},
		{"aud skipped", func(*jwt.Policy) {}, `{"aud":["anyone"]}`, ""},

		{"Required, private", required("role"), `{"role":"a"}`, ""},
		{"Required false", required("role"), `{"role":false}`, ""},
		{"Required zero", required("role"), `{"role":0}`, ""},
		{"Required empty array", required("role"), `{"role":[]}`, ""},
		{"Required empty object", required("role"), `{"role":{}}`, ""},
		{"Required escaped name", required("role"), `{"\u0072ole":" "}`, ""},
		{"Required URL", required("https://a.example/r"), `{"https:\/\/a.example\/r":1}`, ""},
		{"Required absent", required("role"), `{}`, "role: required, but missing"},
		{"Required null", required("role"), `{"role":null}`, "role: required, but missing"},
		{"Required empty", required("role"), `{"role":""}`, "role: required, but missing"},
		{"Required in another case", required("role"), `{"Role":"a"}`, "role: required, but missing"},
		{"Required deeper", required("role"), `{"x":{"role":"a"}}`, "role: required, but missing"},
		{"Required, in order", required("b", "a"), `{}`, "b: required, but missing"},
		{"Required, second", required("b", "a"), `{"b":1}`, "a: required, but missing"},
		{"Required, mixed", required("b", "jti", "a"), `{"b":1,"a":1}`, "jti: required, but missing"},
		{"Required, all", func(p *jwt.Policy) {
			expiry(p)
			p.Required = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "a"}
		},
			`{"iss":"a","sub":"b","aud":"c","exp":1700000001,"nbf":0,"iat":0,"jti":"d","a":1}`, ""},
		{"Required iss", required("iss"), `{}`, "iss: required, but missing"},
		{"Required sub", required("sub"), `{"sub":""}`, "sub: required, but missing"},
		{"Required aud", required("aud"), `{"aud":[]}`, "aud: required, but missing"},
		{"Required aud, string", required("aud"), `{"aud":""}`, "aud: required, but missing"},
		{"Required nbf", required("nbf"), `{}`, "nbf: required, but missing"},
		{"Required iat", required("iat"), `{}`, "iat: required, but missing"},
		{"Required jti", required("jti"), `{"jti":""}`, "jti: required, but missing"},
		{"Required exp", func(p *jwt.Policy) { expiry(p); p.Required = []string{"exp"} }, `{}`, "exp: required, but missing"},
		{"Required, no prototype", required("typ"), `{}`, "typ: required, but missing"},

		{"MaxAge", maxAge, `{"iat":1699999940}`, ""},
		{"MaxAge, too old", maxAge, `{"iat":1699999939}`, tooOld},
		{"MaxAge, no iat", maxAge, `{}`, "iat: required, but missing"},
		{"MaxAge, iat zero", maxAge, `{"iat":0}`, tooOld},
		{"no MaxAge", func(*jwt.Policy) {}, `{"iat":0}`, ""},

		{"exp absent", expiry, `{}`, "exp: required, but missing"},
		{"exp zero", expiry, `{"exp":0}`, "exp: token expired"},
		{"EXP", expiry, `{"EXP":1800000000}`, "exp: required, but missing"},
		{"exp past, EXP future", expiry, `{"exp":1,"EXP":1800000000}`, "exp: token expired"},
		{"exp future, EXP past", expiry, `{"exp":1800000000,"EXP":1}`, ""},
		{"exp checked if it need not be there", func(*jwt.Policy) {}, `{"exp":1}`, "exp: token expired"},
		{"nbf in the last second of all", func(*jwt.Policy) {}, `{"nbf":253402300799}`, "nbf: token not valid yet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { check(t, test.change, plainHeader, test.payload, test.want) })
	}
}

func TestValidateMaxBytes(t *testing.T) {
	const byDefault = 16 << 10
	for _, size := range []int{100, byDefault, 1 << 20} {
		token := handmade(plainHeader, `{"a":"`+strings.Repeat("a", (size-65)*3/4-8)+`"}`) // 65 bytes are header, signature and dots
		require.Equal(t, size, len(token))
		for limit, want := range map[int]string{
			size: "", size + 1: "", 0: "", size - 1: "jwt: payload: malformed token: token longer than the limit",
		} {
			if limit == 0 && size > byDefault {
				continue
			}
			policy := laxPolicy()
			policy.MaxBytes = limit
			_, err := jwt.Parse[struct{}](t.Context(), token, testKeys(t)[jwt.HS256].verifier, must(jwt.NewValidator(policy)))
			requireError(t, want, err)
		}
	}
	check(t, func(*jwt.Policy) {}, plainHeader, `{"a":"`+strings.Repeat("a", byDefault*3/4)+`"}`, "payload: malformed token: token longer than the limit")
}

// A token with everything wrong with it, put right step by step in the order of the
// checks.
func TestValidateOrder(t *testing.T) {
	policy := goodPolicy()
	policy.MaxBytes = 500
	val := must(jwt.NewValidator(policy))
	replace := func(old, new string) func(string) string {
		return func(s string) string {
			require.Contains(t, s, old)
			return strings.Replace(s, old, new, 1)
		}
	}
	header := `{"alg":"none","typ":"x","crit":["b64"]}`
	payload := `{"aud":["x"],"exp":1,"nbf":1800000000,"iat":1,"role":{"a":1},"sub":"","sub":"","pad":"` + strings.Repeat("a", 500) + `"}`
	damage := ".=." // more parts, one of them not base64url, and so another signature
	steps := []struct {
		want            string
		header, payload func(string) string
		damage          func(string) string
	}{
		{want: "payload: malformed token: token longer than the limit", payload: replace(strings.Repeat("a", 500), "")},
		{want: "signature: malformed token: more than three parts", damage: replace(".=.", "=")},
		{want: "crit: malformed token: no extension is supported", header: replace(`,"crit":["b64"]`, "")},
		{want: "alg: algorithm not allowed", header: replace("none", "HS256")},
		{want: "signature: malformed token: not canonical base64url", damage: replace("=", "AAAA")},
		{want: "signature: signature does not verify", damage: replace("AAAA", "")},
		{want: "payload: malformed token: duplicate member name", payload: replace(`"sub":"",`, "")},
		{want: "typ: does not match the policy", header: replace(`"x"`, `"at+jwt"`)},
		{want: "iss: required, but missing", payload: replace(`{"aud`, `{"iss":"x","aud`)},
		{want: "iss: does not match the policy", payload: replace(`"iss":"x"`, `"iss":"issuer"`)},
		{want: "aud: does not match the policy", payload: replace(`["x"]`, `["x","audience"]`)},
		{want: "sub: required, but missing", payload: replace(`"sub":""`, `"sub":"a"`)},
		{want: "iat: does not match the policy: older than MaxAge", payload: replace(`"iat":1`, `"iat":1800000000`)},
		{want: "nbf: token not valid yet", payload: replace(`"nbf":1800000000`, `"nbf":1`)},
		{want: "iat: token not valid yet", payload: replace(`"iat":1800000000`, `"iat":1700000000`)},
		{want: "exp: token expired", payload: replace(`"exp":1`, `"exp":1800000000`)},
		{want: "role: malformed token: …", payload: replace(`{"a":1}`, `"a"`)},
	}
	parse := func() (*jwt.Claims[map[string]string], error) {
		return jwt.Parse[map[string]string](t.Context(), handmade(header, payload)+damage, testKeys(t)[jwt.HS256].verifier, val)
	}
	for _, step := range steps {
		claims, err := parse()
		require.Nil(t, claims)
		requireMessage(t, "jwt: "+step.want, err)
		for _, repair := range []struct {
			text *string
			f    func(string) string
		}{{&header, step.header}, {&payload, step.payload}, {&damage, step.damage}} {
			if repair.f != nil {
				*repair.text = repair.f(*repair.text)
			}
		}
	}
	_, err := parse()
	require.NoError(t, err)
}

// Errors in the set-up are not faults of the token.
func TestParseBadSetUp(t *testing.T) {
	verifier := testKeys(t)[jwt.HS256].verifier
	val := must(jwt.NewValidator(laxPolicy()))
	noTime := laxPolicy()
	noTime.Now = func() time.Time { return time.Time{} }
	var nilFunc verifierFunc
	var nilPointer *nilVerifier
	const nilVal = "jwt: Parse: the Validator is nil or zero; NewValidator makes one"
	for name, test := range map[string]struct {
		ctx      context.Context
		verifier jwt.Verifier
		val      *jwt.Validator
		want     string
	}{
		"nil context":    {nil, verifier, val, "jwt: Parse: nil context"},
		"nil Validator":  {t.Context(), verifier, nil, nilVal},
		"zero Validator": {t.Context(), verifier, new(jwt.Validator), nilVal},
		"nil Verifier":   {t.Context(), nil, val, "jwt: Parse: nil Verifier"},
		"nil pointer":    {t.Context(), nilPointer, val, "jwt: Parse: nil Verifier"},
		"nil func":       {t.Context(), nilFunc, val, "jwt: Parse: nil Verifier"},
		"nil KeySet":     {t.Context(), jwt.KeySet(nil), val, "jwt: could not check the signature: empty KeySet"},
		"no time":        {t.Context(), verifier, must(jwt.NewValidator(noTime)), "jwt: the clock is not between the years 1970 and 9999"},
	} {
		t.Run(name, func(t *testing.T) {
			var claims *jwt.Claims[struct{}]
			var err error
			require.NotPanics(t, func() {
				claims, err = jwt.Parse[struct{}](test.ctx, handmade(plainHeader, `{"exp":1800000000}`), test.verifier, test.val)
			})
			require.Nil(t, claims)
			require.EqualError(t, err, test.want)
			_, ok := errors.AsType[*jwt.TokenError](err)
			require.False(t, ok)
		})
	}
}

type nilVerifier struct{ keyPair }

func (v *nilVerifier) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	return v.verifier.Verify(ctx, h, input, sig)
}

// A boundary is a claim alone, and the last moment at which it is one thing and the
// first at which it is another.
type boundary struct {
	claim         string
	maxAge        time.Duration
	offset        time.Duration // from the claim to the first moment of after
	before, after string        // errors; empty for none
}

// boundaries are those of a policy with that leeway.
func boundaries(leeway time.Duration) []boundary {
	return []boundary{
		{claim: "exp", offset: leeway, after: "jwt: exp: token expired"},
		{claim: "nbf", offset: -leeway, before: "jwt: nbf: token not valid yet"},
		{claim: "iat", offset: -leeway, before: "jwt: iat: token not valid yet"},
		{claim: "iat", maxAge: time.Hour, offset: -leeway, before: "jwt: iat: token not valid yet"},
		// A token is as old as MaxAge, but no older.
		{claim: "iat", maxAge: time.Hour, offset: time.Hour + leeway + 1, after: "jwt: iat: does not match the policy: older than MaxAge"},
	}
}

var leeways = []time.Duration{0, 30 * time.Second, 10 * time.Minute}

func (b boundary) String() string { return fmt.Sprint(b.claim, " ", b.maxAge, " ", b.offset) }

func (b boundary) token(at time.Time) string {
	return handmade(plainHeader, fmt.Sprintf(`{"%s":%d}`, b.claim, at.Unix()))
}

func (b boundary) policy(leeway time.Duration) jwt.Policy {
	policy := laxPolicy()
	policy.Leeway, policy.MaxAge = leeway, b.maxAge
	return policy
}

func TestTimeBoundaries(t *testing.T) {
	for _, leeway := range leeways {
		for _, b := range boundaries(leeway) {
			t.Run(fmt.Sprint(b, " ", leeway), func(t *testing.T) {
				token, first := b.token(testTime), testTime.Add(b.offset)
				for distance, want := range map[time.Duration]string{
					-time.Second: b.before, -1: b.before, 0: b.after, 1: b.after, time.Second: b.after,
				} {
					for _, zone := range []*time.Location{time.UTC, time.FixedZone("east", 12*3600)} {
						policy := b.policy(leeway)
						policy.Now = func() time.Time { return first.Add(distance).In(zone) }
						claims, err := jwt.Parse[struct{}](t.Context(), token, testKeys(t)[jwt.HS256].verifier, must(jwt.NewValidator(policy)))
						requireError(t, want, err)
						require.Equal(t, want == "", claims != nil)
					}
				}
			})
		}
	}
}

func requireError(tb testing.TB, want string, err error) {
	tb.Helper()
	if want == "" {
		require.NoError(tb, err)
		return
	}
	require.Error(tb, err)
	require.Equal(tb, want, withoutDetails(err))
}

// The same with the clock that a policy without Now reads, one validator for all.
func TestTimeBoundariesSystemClock(t *testing.T) {
	verifier := testKeys(t)[jwt.HS256].verifier
	for _, leeway := range leeways {
		for _, b := range boundaries(leeway) {
			t.Run(fmt.Sprint(b, " ", leeway), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					policy := b.policy(leeway)
					policy.Now = nil
					val := must(jwt.NewValidator(policy))
					at := time.Now().Add(time.Hour)
					token, first := b.token(at), at.Add(b.offset)
					for _, step := range []struct {
						distance time.Duration
						want     string
					}{{-time.Second, b.before}, {-1, b.before}, {0, b.after}, {time.Second, b.after}, {time.Minute, b.after}} {
						time.Sleep(time.Until(first.Add(step.distance)))
						_, err := jwt.Parse[struct{}](t.Context(), token, verifier, val)
						requireError(t, step.want, err)
					}
				})
			})
		}
	}
}

// No date overflows, at either end of the clock.
func TestTimeExtremes(t *testing.T) {
	const noClock = "jwt: the clock is not between the years 1970 and 9999"
	for _, test := range []struct {
		now     time.Time
		payload string
		want    string
	}{
		{time.Unix(253402300798, 0), `{"exp":253402300799,"nbf":0,"iat":253402300798}`, ""},
		{time.Unix(253402300799+600, 0), `{"exp":253402300799}`, noClock},
		{time.Unix(253402300799, 0), `{"exp":253402300199}`, "jwt: exp: token expired"},
		{time.Unix(0, 1), `{"nbf":253402300799}`, "jwt: nbf: token not valid yet"},
		{time.Unix(1<<55, 0), `{"exp":253402300799}`, noClock},
		{time.Unix(1<<63-1, 0), `{"exp":5}`, noClock}, // it wraps around
		{time.Unix(-1, 0), `{"exp":5}`, noClock},
		{time.Time{}.Add(1), `{"exp":5}`, noClock},
		{time.Unix(0, 0), `{"exp":0,"iat":0}`, ""}, // not expired until the leeway has passed
	} {
		policy := laxPolicy()
		policy.Leeway, policy.MaxAge = 10*time.Minute, 876000*time.Hour
		policy.Now = func() time.Time { return test.now }
		if test.payload[2] != 'i' {
			policy.MaxAge = 0
		}
		_, err := jwt.Parse[struct{}](t.Context(), handmade(plainHeader, test.payload), testKeys(t)[jwt.HS256].verifier, must(jwt.NewValidator(policy)))
		requireError(t, test.want, err)
	}
}

// A Validator changes while Parse uses it, so fmt may not look into it.
func TestValidatorPrints(t *testing.T) {
	for _, val := range []*jwt.Validator{nil, {}, must(jwt.NewValidator(laxPolicy()))} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			require.Equal(t, "jwt.Validator", fmt.Sprintf(verb, val))
		}
	}
}
