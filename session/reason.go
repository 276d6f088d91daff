package session

// A Reason says why a session has ended.
type Reason string

// The reasons, all that there are.
const (
	EndedLogout     Reason = "logout"     // Logout
	EndedEverywhere Reason = "everywhere" // EndAll, EndOthers, or Config.NotBefore
	EndedReplaced   Reason = "replaced"   // by Login.Previous or Reauthenticate
	EndedReuse      Reason = "reuse"      // a copy of a refresh token was used
	EndedStale      Reason = "stale"      // an answer was lost and the client came back too late
	EndedDenied     Reason = "denied"     // Config.Claims returned ErrEnd
	EndedByID       Reason = "ended"      // End
	EndedExcess     Reason = "excess"     // there were more than Config.MaxSessions
)
