package session

// A state is what the store holds of a session and decide needs to know. It is comparable,
// so that a test can search all states that can be reached. The zero state is that of a
// session of which the store holds nothing.
type state struct {
	Subject string `json:"sub"`
	Secret  digest `json:"fsh"` // of the secret that all refresh tokens of the session hold

	Gen        uint32 `json:"gen"`              // the newest generation, from 1
	Rotated    millis `json:"rot"`              // when Gen was made
	Seen       millis `json:"seen,omitzero"`    // when Gen was first seen
	ParentSeen millis `json:"pseen,omitzero"`   // when Gen-1 was first seen
	Checked    bool   `json:"checked,omitzero"` // a check has seen an access token of the session
	Late       uint32 `json:"late,omitzero"`    // the newest generation whose parent came late
	Run        uint32 `json:"run,omitzero"`     // how many generations in a row, up to Late, that are
	Again      millis `json:"again,omitzero"`   // when a parent of Gen last came late
	Adopted    millis `json:"adopted,omitzero"` // when the store was last found to have lost rotations
	Start      millis `json:"start"`            // the first login
	Auth       millis `json:"auth"`             // the last login
	Absolute   millis `json:"abs"`              // the end, whatever happens
	Idle       millis `json:"idle"`             // the end, unless there is a refresh before
	Persistent bool   `json:"persistent,omitzero"`
	End        ending `json:"end,omitzero"`
	Told       bool   `json:"told,omitzero"` // the feed has the end
}

// An ending says when a session ended and why.
type ending struct {
	At     millis `json:"at"`
	Reason Reason `json:"reason"`
}

// ended returns s as it is after it has ended.
func (s state) ended(reason Reason, now millis) state {
	s.End, s.Told = ending{now, reason}, false
	return s
}

// A subject is what the store holds of a user, beside the sessions.
type subject struct {
	NotBefore millis `json:"nb"` // all logins before it have ended
	Told      bool   `json:"told,omitzero"`
}

// presented is what decide needs to know of a refresh token whose tag is right.
type presented struct {
	gen     uint32
	secret  digest
	subject subjectID
	at      millis // when the request found the session first, by the store's clock
}

// rules are what decide needs to know of a Config.
type rules struct {
	issuer            string
	grace             millis
	recovery          millis // of a session that checks see
	recoveryUnchecked millis // of all others
	idle, shortIdle   millis // of a session that is Persistent, and of one that is not
	notBefore         millis
}

// lastGen is the generation that has no successor.
const lastGen = 1<<32 - 1

// maxRun is how many generations in a row may have a parent that came late. A thief who
// refreshes shortly before the user each time makes the user the one who comes late.
const maxRun = 3

// An answer is what the client hears.
type answer int

const (
	rotated   answer = iota + 1 // the refresh token of a new generation
	repeated                    // that of the newest generation, again
	adopted                     // the same token: the store had lost its generation
	malformed                   // ErrMalformed
	unknown                     // ErrUnknown
	ended                       // ErrEnded
	expired                     // ErrExpired
	reused                      // ErrReused
)

// good reports whether the answer has tokens, of the generation in the new state.
func (a answer) good() bool { return a <= adopted }

// An outcome is what is to be done about a refresh.
type outcome struct {
	row    string // of the table in decide
	answer answer
	swap   bool // the new state has to be stored
}

// decide is the whole of refreshing except tokens and storage: what becomes of session s
// of user u when the refresh token p comes in at the time now. All times are the store's.
// It returns the new state of the session, which is s unless the outcome says swap.
//
// A generation is seen when it has come back as a refresh token, or when its access token
// has passed a check. Until then its parent may come again, since the answer may have been
// lost; and for the grace period after that, since requests overtake each other. The child
// is the same each time. A parent that comes at any other time is a copy.
//
//	row  condition                                      new state         answer
//	T1   no session                                     –                 unknown
//	T2   another secret or user                         –                 malformed
//	T3   ended                                          –                 ended
//	T4   past its absolute or idle end; last generation –                 expired
//	T5   login before the user's NotBefore, or ours     end everywhere    ended
//	T6   newest generation, not the first, made or      –                 repeated
//	     given to a late parent within grace
//	T7   newest generation                              next generation   rotated
//	T8   newer than the newest                          p is the newest   adopted
//	T9a  parent of an unseen child, within grace of     –                 repeated
//	     its making or of another late one
//	T9b  the same, within recovery                      late              repeated
//	T9c  the same, for the fourth time in a row         end reuse         reused
//	T9d  the same, later                                end stale         expired
//	T10  the child was first seen within grace, or the  –                 repeated
//	     store was found to have lost rotations
//	T11  all else                                       end reuse         reused
//
// The first row that applies decides. (T0 is a token whose tag is wrong, and T12 a user
// who may not go on: neither gets here.)
func decide(s state, u subject, p presented, now millis, r rules) (state, outcome) {
	if o, ok := refuse(s, u, p, now, r); ok {
		if o.swap {
			s = s.ended(EndedEverywhere, now)
			s.Told = true // the user's NotBefore has been announced
		}
		return s, o
	}
	switch {
	case p.gen == s.Gen:
		return present(s, p, now, r)
	case p.gen > s.Gen:
		s.Gen, s.Rotated, s.Seen, s.ParentSeen, s.Adopted, s.Again = p.gen, now, now, 0, now, 0
		return s, outcome{"T8", adopted, true}
	case p.gen == s.Gen-1 && s.Seen == 0:
		return late(s, p, now, r)
	case within(p.at, s.childSeen(p.gen), r.grace), within(p.at, s.Adopted, r.grace):
		return s, outcome{"T10", repeated, false}
	}
	return s.ended(EndedReuse, now), outcome{"T11", reused, true}
}

// refuse is T1 to T5: what does not depend on the generation, except the last one.
func refuse(s state, u subject, p presented, now millis, r rules) (o outcome, ok bool) {
	switch {
	case s.Gen == 0:
		return outcome{"T1", unknown, false}, true
	case !p.secret.equal(s.Secret), p.subject != newSubjectID(r.issuer, s.Subject):
		return outcome{"T2", malformed, false}, true
	case s.End != ending{}:
		return outcome{"T3", ended, false}, true
	case now >= s.Absolute, now >= s.Idle, p.gen == lastGen:
		return outcome{"T4", expired, false}, true
	case u.NotBefore > s.Auth, r.notBefore > s.Auth:
		return outcome{"T5", ended, true}, true
	}
	return outcome{}, false
}

// present is T6 and T7: the token is of the newest generation.
//
// T6 is for tabs that share one cookie jar: a late answer to one of them may put an older
// cookie back, and it must not be behind by two generations then.
func present(s state, p presented, now millis, r rules) (state, outcome) {
	if p.gen > 1 && within(p.at, s.handedOut(), r.grace) {
		return s, outcome{"T6", repeated, false}
	}
	if s.Seen == 0 {
		s.Seen = now
	}
	s.ParentSeen, s.Seen, s.Again = s.Seen, 0, 0
	s.Gen++
	s.Rotated = now
	s.Idle = min(now+r.idleOf(s), s.Absolute)
	return s, outcome{"T7", rotated, true}
}

// late is T9: the token is the parent of a generation that nobody has been seen with.
func late(s state, p presented, now millis, r rules) (state, outcome) {
	switch {
	case within(p.at, s.handedOut(), r.grace):
		return s, outcome{"T9a", repeated, false}
	case !within(now, s.Rotated, r.recoveryOf(s)):
		return s.ended(EndedStale, now), outcome{"T9d", expired, true}
	}
	if s.Late != s.Gen {
		if s.Late != s.Gen-1 {
			s.Run = 0
		}
		if s.Run == maxRun {
			return s.ended(EndedReuse, now), outcome{"T9c", reused, true}
		}
		s.Late, s.Run = s.Gen, s.Run+1
	}
	s.Again = now
	return s, outcome{"T9b", repeated, true}
}

// handedOut returns when the newest generation was made, or last given to a parent that came
// late. Requests that were sent together may still bring it within grace of that.
func (s state) handedOut() millis { return max(s.Rotated, s.Again) }

// childSeen returns when the child of generation gen was first seen, and 0 if that is not
// known: only the two newest generations are remembered.
func (s state) childSeen(gen uint32) millis {
	switch gen {
	case s.Gen - 1:
		return s.Seen
	case s.Gen - 2:
		return s.ParentSeen
	}
	return 0
}

// mark returns s after a check has seen an access token of generation gen, and whether
// that changes anything.
func (s state) mark(gen uint32, now millis) (state, bool) {
	if s.Gen == 0 || s.End != (ending{}) || gen != s.Gen || s.Seen != 0 {
		return s, false
	}
	s.Seen, s.Checked = now, true
	return s, true
}

// within reports whether t is a time not longer than d before now.
func within(now, t, d millis) bool { return t != 0 && now-t <= d }

func (r rules) idleOf(s state) millis {
	if s.Persistent {
		return r.idle
	}
	return r.shortIdle
}

func (r rules) recoveryOf(s state) millis {
	if s.Checked {
		return r.recovery
	}
	return r.recoveryUnchecked
}
