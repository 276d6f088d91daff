package jwttest

import "strings"

// Faults that show only in several requests.
const (
	StateRevoked          ID = "state.revoked"
	StateRevokedRespelled ID = "state.revoked-respelled"
	StateOtherUsersClaims ID = "state.other-users-claims"
	StateCacheConfusion   ID = "state.cache-confusion"
)

func stateFaults() []Fault {
	return []Fault{
		{ID: StateRevoked, Text: "The token has been revoked.", Severity: Replay, Signed: true,
			Reference: "RFC 7009 section 2.1", Advice: takeBack, run: (*attack).revoked},
		{ID: StateRevokedRespelled, Text: "The token has been revoked, and is sent in another spelling.", Severity: Replay, Signed: true,
			Reference: "RFC 7009 section 2.1", Advice: takeBack,
			Implies: []ID{FormBase64UnusedBits}, run: (*attack).revokedRespelled},
		{ID: StateOtherUsersClaims, Text: "Of a thousand requests at once, one is answered with the claims of another.", Severity: Widen, Signed: true,
			Reference: "RFC 6750 section 5", Advice: checkSignature, run: (*attack).otherUsersClaims},
		{ID: StateCacheConfusion, Text: "A token is like a good one that was sent before, in its length, its beginning, its end and its signature.", Severity: Forge,
			Reference: "RFC 7515 section 5.2", Advisory: "GHSA-rp9m-7r4c-75qg", Advice: checkSignature, probes: lookalike},
	}
}

// lookalike changes one character in the middle of the payload: a letter of sub, or of
// another claim.
func lookalike(f *forge) ([]probe, error) {
	sub := f.payload.text("sub")
	if sub == "" {
		return nil, absent("the good token has no sub")
	}
	other := strings.Repeat("m", len(sub))
	token := b64(f.header.String()) + "." + b64(f.payload.with("sub", quote(other)).String()) + "." + b64(string(f.sig))
	return []probe{{token: token, warm: []string{f.token}}}, nil
}
