package jwt_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// goodPolicy is complete, and nothing in it is a default.
func goodPolicy() jwt.Policy {
	return jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256},
		Issuers:    []string{"issuer"},
		Audiences:  []string{"audience", "other audience"},
		Types:      []string{"JWT", "at+jwt"},
		Required:   []string{"sub", "role"},
		Leeway:     30 * time.Second,
		MaxAge:     time.Hour,
		MaxBytes:   4096,
		Now:        func() time.Time { return testTime },
	}
}

type algs = []jwt.Algorithm

func TestNewValidatorRefuses(t *testing.T) {
	const (
		blank    = " is blank; is an environment variable unset?"
		space    = " begins or ends with white space"
		twice    = " is given twice"
		none     = ` is not a signature algorithm`
		letters  = ": algorithm has a character that no algorithm name has"
		media    = ` is not a media type such as "at+jwt" or "application/at+jwt"`
		noAlgs   = "Algorithms: empty; name the algorithms of the issuer's keys, such as ES256"
		noIss    = "Issuers is empty; name them, or set IssuerFunc or InsecureSkipIssuer"
		noAud    = "Audiences is empty; name them, or set InsecureSkipAudience"
		issSkip  = "InsecureSkipIssuer is set beside Issuers, which it cancels; remove one of them"
		audSkip  = "InsecureSkipAudience is set beside Audiences, which it cancels; remove one of them"
		expSkip  = `InsecureAllowNoExpiry is set beside "exp" in Required; remove one of them`
		leeway   = "; the longest is 10m0s"
		maxAge   = "; the longest is 876000h0m0s"
		fullwide = "\uff4e\uff4f\uff4e\uff45" // none, but not in ASCII
	)
	tests := map[string]struct {
		change func(p *jwt.Policy)
		want   string
	}{
		"zero":                      {func(p *jwt.Policy) { *p = jwt.Policy{} }, noAlgs},
		"Algorithms nil":            {func(p *jwt.Policy) { p.Algorithms = nil }, noAlgs},
		"Algorithms empty":          {func(p *jwt.Policy) { p.Algorithms = algs{} }, noAlgs},
		"Algorithms blank":          {func(p *jwt.Policy) { p.Algorithms = algs{""} }, `Algorithms: "": no algorithm`},
		"Algorithms blank, second":  {func(p *jwt.Policy) { p.Algorithms = algs{"HS256", ""} }, `Algorithms: "": no algorithm`},
		"Algorithms space":          {func(p *jwt.Policy) { p.Algorithms = algs{" "} }, `Algorithms: " "` + letters},
		"Algorithms HS256 space":    {func(p *jwt.Policy) { p.Algorithms = algs{"HS256 "} }, `Algorithms: "HS256 "` + letters},
		"Algorithms list":           {func(p *jwt.Policy) { p.Algorithms = algs{"HS256, ES256"} }, `Algorithms: "HS256, ES256"` + letters},
		"Algorithms quote":          {func(p *jwt.Policy) { p.Algorithms = algs{`HS256"`} }, `Algorithms: "HS256\""` + letters},
		"Algorithms none":           {func(p *jwt.Policy) { p.Algorithms = algs{"none"} }, `Algorithms: "none": "none"` + none},
		"Algorithms None":           {func(p *jwt.Policy) { p.Algorithms = algs{"None"} }, `Algorithms: "None": "none"` + none},
		"Algorithms NONE":           {func(p *jwt.Policy) { p.Algorithms = algs{"NONE"} }, `Algorithms: "NONE": "none"` + none},
		"Algorithms nOnE, second":   {func(p *jwt.Policy) { p.Algorithms = algs{"HS256", "nOnE"} }, `Algorithms: "nOnE": "none"` + none},
		"Algorithms none space":     {func(p *jwt.Policy) { p.Algorithms = algs{"none "} }, `Algorithms: "none "` + letters},
		"Algorithms none NUL":       {func(p *jwt.Policy) { p.Algorithms = algs{"none\x00"} }, `Algorithms: "none\x00"` + letters},
		"Algorithms fullwidth none": {func(p *jwt.Policy) { p.Algorithms = algs{fullwide} }, `Algorithms: "` + fullwide + `"` + letters},
		"Algorithms es256":          {func(p *jwt.Policy) { p.Algorithms = algs{"es256"} }, `Algorithms: "es256" is not an algorithm; "ES256" is`},
		"Algorithms Hs512":          {func(p *jwt.Policy) { p.Algorithms = algs{"HS256", "Hs512"} }, `Algorithms: "Hs512" is not an algorithm; "HS512" is`},
		"Algorithms EDDSA":          {func(p *jwt.Policy) { p.Algorithms = algs{"EDDSA"} }, `Algorithms: "EDDSA" is not an algorithm; "EdDSA" is`},
		"Algorithms ed25519":        {func(p *jwt.Policy) { p.Algorithms = algs{"ed25519"} }, `Algorithms: "ed25519" is not an algorithm; "Ed25519" is`},
		"Algorithms twice":          {func(p *jwt.Policy) { p.Algorithms = algs{"HS256", "ES256", "HS256"} }, `Algorithms: "HS256"` + twice},

		"Issuers nil":             {func(p *jwt.Policy) { p.Issuers = nil }, noIss},
		"Issuers empty":           {func(p *jwt.Policy) { p.Issuers = []string{} }, noIss},
		"Issuers blank":           {func(p *jwt.Policy) { p.Issuers = []string{""} }, "Issuers: element 0" + blank},
		"Issuers tab":             {func(p *jwt.Policy) { p.Issuers = []string{"a", "\t"} }, "Issuers: element 1" + blank},
		"Issuers newline":         {func(p *jwt.Policy) { p.Issuers = []string{"a\n"} }, `Issuers: "a\n"` + space},
		"Issuers space":           {func(p *jwt.Policy) { p.Issuers = []string{" a"} }, `Issuers: " a"` + space},
		"Issuers twice":           {func(p *jwt.Policy) { p.Issuers = []string{"a", "b", "a"} }, `Issuers: "a"` + twice},
		"Issuers and skip":        {func(p *jwt.Policy) { p.InsecureSkipIssuer = true }, issSkip},
		"Issuers and skip, blank": {func(p *jwt.Policy) { p.InsecureSkipIssuer, p.Issuers = true, []string{""} }, issSkip},

		"Audiences nil":      {func(p *jwt.Policy) { p.Audiences = nil }, noAud},
		"Audiences empty":    {func(p *jwt.Policy) { p.Audiences = []string{} }, noAud},
		"Audiences blank":    {func(p *jwt.Policy) { p.Audiences = []string{""} }, "Audiences: element 0" + blank},
		"Audiences no-break": {func(p *jwt.Policy) { p.Audiences = []string{"a", "\u00a0"} }, "Audiences: element 1" + blank},
		"Audiences space":    {func(p *jwt.Policy) { p.Audiences = []string{"a "} }, `Audiences: "a "` + space},
		"Audiences twice":    {func(p *jwt.Policy) { p.Audiences = []string{"a", "a"} }, `Audiences: "a"` + twice},
		"Audiences and skip": {func(p *jwt.Policy) { p.InsecureSkipAudience = true }, audSkip},

		"Types blank":        {func(p *jwt.Policy) { p.Types = []string{""} }, `Types: ""` + media},
		"Types space":        {func(p *jwt.Policy) { p.Types = []string{" JWT"} }, `Types: " JWT"` + media},
		"Types parameter":    {func(p *jwt.Policy) { p.Types = []string{"JWT", "at+jwt;v=1"} }, `Types: "at+jwt;v=1"` + media},
		"Types slashes":      {func(p *jwt.Policy) { p.Types = []string{"a/b/c"} }, `Types: "a/b/c"` + media},
		"Types prefix":       {func(p *jwt.Policy) { p.Types = []string{"application/"} }, `Types: "application/"` + media},
		"Types Kelvin":       {func(p *jwt.Policy) { p.Types = []string{"\u212ab+jwt"} }, "Types: \"\u212ab+jwt\"" + media},
		"Types twice":        {func(p *jwt.Policy) { p.Types = []string{"JWT", "JWT"} }, `Types: "JWT"` + twice},
		"Types twice, case":  {func(p *jwt.Policy) { p.Types = []string{"JWT", "jwt"} }, `Types: "jwt"` + twice},
		"Types twice, short": {func(p *jwt.Policy) { p.Types = []string{"application/at+jwt", "AT+JWT"} }, `Types: "AT+JWT"` + twice},
		"Types twice, long":  {func(p *jwt.Policy) { p.Types = []string{"at+jwt", "Application/at+jwt"} }, `Types: "Application/at+jwt"` + twice},

		"Required blank":       {func(p *jwt.Policy) { p.Required = []string{"sub", ""} }, "Required: element 1" + blank},
		"Required space":       {func(p *jwt.Policy) { p.Required = []string{"sub "} }, `Required: "sub "` + space},
		"Required twice":       {func(p *jwt.Policy) { p.Required = []string{"sub", "sub"} }, `Required: "sub"` + twice},
		"Required exp, no exp": {func(p *jwt.Policy) { p.Required, p.InsecureAllowNoExpiry = []string{"exp"}, true }, expSkip},

		"Leeway negative":     {func(p *jwt.Policy) { p.Leeway = -1 }, "Leeway is negative"},
		"Leeway too long":     {func(p *jwt.Policy) { p.Leeway = 10*time.Minute + 1 }, "Leeway is 10m0.000000001s" + leeway},
		"Leeway far too long": {func(p *jwt.Policy) { p.Leeway = math.MaxInt64 }, "Leeway is 2562047h47m16.854775807s" + leeway},
		"MaxAge negative":     {func(p *jwt.Policy) { p.MaxAge = -time.Hour }, "MaxAge is negative"},
		"MaxAge too long":     {func(p *jwt.Policy) { p.MaxAge = 876000*time.Hour + 1 }, "MaxAge is 876000h0m0.000000001s" + maxAge},
		"MaxAge far too long": {func(p *jwt.Policy) { p.MaxAge = math.MaxInt64 }, "MaxAge is 2562047h47m16.854775807s" + maxAge},
		"MaxBytes negative":   {func(p *jwt.Policy) { p.MaxBytes = -1 }, "MaxBytes is negative"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			policy := goodPolicy()
			test.change(&policy)
			val, err := jwt.NewValidator(policy)
			require.Nil(t, val)
			require.EqualError(t, err, "jwt: Policy."+test.want)
			field, _, _ := strings.Cut(name, " ")
			require.True(t, name == "zero" || strings.Contains(test.want, field), "the error does not name the field")
		})
	}
}

func TestNewValidatorAccepts(t *testing.T) {
	for name, change := range map[string]func(p *jwt.Policy){
		"complete": func(*jwt.Policy) {},
		"least": func(p *jwt.Policy) {
			*p = jwt.Policy{Algorithms: p.Algorithms, Issuers: p.Issuers, Audiences: p.Audiences}
		},
		"all skipped": func(p *jwt.Policy) { *p = laxPolicy() },
		"empty lists": func(p *jwt.Policy) {
			*p = laxPolicy()
			p.Issuers, p.Audiences, p.Types, p.Required = []string{}, []string{}, []string{}, []string{}
		},
		"another algorithm":   func(p *jwt.Policy) { p.Algorithms = algs{"ML-DSA-65", "ES256K", "HS256"} },
		"all algorithms":      func(p *jwt.Policy) { p.Algorithms = allAlgorithms },
		"issuers by case":     func(p *jwt.Policy) { p.Issuers = []string{"A", "a", "a b"} },
		"longest durations":   func(p *jwt.Policy) { p.Leeway, p.MaxAge = 10*time.Minute, 876000*time.Hour },
		"shortest durations":  func(p *jwt.Policy) { p.Leeway, p.MaxAge = time.Second, time.Second },
		"shortest token":      func(p *jwt.Policy) { p.MaxBytes = 64 },
		"requires registered": func(p *jwt.Policy) { p.Required = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"} },
		"requires strange":    func(p *jwt.Policy) { p.Required = []string{"https://a.example/b", "alg", "Exp"} },
	} {
		policy := goodPolicy()
		change(&policy)
		val, err := jwt.NewValidator(policy)
		require.NoError(t, err, name)
		require.NotNil(t, val, name)
	}
}

// A Validator keeps no part of the Policy that a caller can reach.
func TestNewValidatorCopies(t *testing.T) {
	policy := goodPolicy()
	val := must(jwt.NewValidator(policy))
	policy.Algorithms[0] = jwt.ES256
	policy.Issuers[0] = "changed"
	policy.Audiences[0] = "changed"
	policy.Types[1] = "changed"
	policy.Required[0], policy.Required[1] = "changed", "changed"
	policy.Now = nil
	verifier := testKeys(t)[jwt.HS256].verifier
	token := handmade(`{"alg":"HS256","typ":"at+jwt"}`, `{"iss":"issuer","aud":"audience","sub":"a","role":"b","iat":1700000000,"exp":1700000001}`)
	for range 2 {
		_, err := jwt.Parse[struct{}](t.Context(), token, verifier, val)
		require.NoError(t, err)
	}
}

func TestUnitMissing(t *testing.T) {
	for text, set := range map[string]func(*jwt.Policy){
		"jwt: Policy.Leeway is 30ns; is a unit missing, such as time.Second?":          func(p *jwt.Policy) { p.Leeway = 30 },
		"jwt: Policy.MaxAge is 60ns; is a unit missing, such as time.Second?":          func(p *jwt.Policy) { p.MaxAge = 60 },
		"jwt: Policy.MaxBytes is 10, which is too small for any token; 0 means 16 KiB": func(p *jwt.Policy) { p.MaxBytes = 10 },
	} {
		p := laxPolicy()
		set(&p)
		_, err := jwt.NewValidator(p)
		requirePlainError(t, err, text)
	}
}
