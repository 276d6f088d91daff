// Package session keeps users logged in: with access tokens that live for minutes, and with
// refresh tokens that expose a thief and do not log out honest users.
//
//	sessions, err := session.New(ctx, session.Config[Claims]{…})
//	tokens, err := sessions.Start(ctx, session.Login{Subject: user.ID, AMR: []string{"pwd"}})
//	mux.Handle("POST /refresh", sessions.NewRefreshHandler(cookies))
//	mux.Handle("POST /logout", sessions.NewLogoutHandler(cookies))
//	auth, err := jwthttp.New(sessions.Parse, jwthttp.Config{Cookies: cookies})
//
// # What it gives
//
//   - A refresh token is good for one refresh. If the answer is lost, the token can be sent
//     again, and the answer is the same new token: for 24 hours if checks have seen the
//     session's access tokens, otherwise for 60 seconds. Tabs and requests at the same time
//     all get the same one.
//   - A stolen refresh token is found at the next refresh of the user, and the session ends.
//     A thief who refreshes as the user does, every 10 minutes, is found after 7 to 10
//     minutes in the median. One who always refreshes shortly before the user is found within
//     three quarters of an hour, in services that check. docs/sessions.md has figures.
//   - After a logout of one session, of another device, or everywhere, Refresh refuses at
//     once, and every service that checks refuses within 5 seconds.
//
// # What it does not give
//
//   - Rotation does not find a thief who refreshes within Config.Grace before or after the
//     user, at least every fourth time. Binding tokens to a key does (DPoP, RFC 9449).
//   - A stolen access token is good until it expires, or until a service that checks finds
//     that it has been revoked.
//   - An old refresh token can still end its session, by Logout. It can do nothing else.
//
// Some honest clients must log in again:
//
//   - a client that uses the new access token before it has saved the refresh token, and
//     then dies;
//   - the slower of two processes with separate copies of one refresh token: a copy up to a
//     minute old loses 29 of 100 refreshes;
//   - a client that gets an answer more than Grace after the next refresh;
//   - a client whose request travels for longer than Grace beside another with the same
//     token.
//
// So a client saves the refresh token first, and has only one refresh under way at a time
// (navigator.locks in a page), and none during a login or a step-up.
//
// # What leaks if something leaks
//
//   - The store, read: no token can be made from it. It has the names of users and what
//     Login said of them.
//   - Config.Keys, read: nothing, without a token of a session.
//   - Both, read: nothing, without a token of a session.
//   - Config.Keys and any token of a session, however old: that session.
//   - The store, written: anyone who can change records can give sessions other scopes and
//     data, and undo logouts. A key ring that is kept in clear in the same store gives away
//     its signing keys: set keyring.Config.Secret.
//
// # Refresh tokens
//
// A refresh token is jrt1_ and 92 characters of base64url: the number of the key, the
// session, the user, a generation, a secret that stays for the life of the session, and an
// HMAC-SHA256 tag. The next one differs in the generation and the tag, so it is derived and not
// stored, and is the same on every instance. A forged one is refused before the store is
// asked.
//
// The store has one record of about 400 bytes for each session, which says which generation
// is the newest and when it was first seen: as a refresh token, or by a check of its access
// token. Until then the generation before it is still good, since the answer may have been
// lost. Afterwards it is good for Grace. At any other time an old generation is a copy: the
// session ends, with the event authn_token_reuse.
//
// # Checks
//
// [Sessions.Parse], and [Checker.Parse] in other services, refuse access tokens that have been
// revoked. If the store is a [store.Feed], each instance reads the revocations of the last
// minutes while requests come, and a check is a look into a map. Otherwise, or with
// CheckEveryRequest, a check is a Load. The sub of a user must never be given to another user.
//
// The Parser of another service needs Types: []string{"at+jwt"} in its policy, or what
// Config.Type is here.
//
// # Clocks
//
// Sessions live by the clock of the store. Only iat and exp are by that of the process: set
// Config.Leeway to the difference that there may be between two instances.
//
// docs/production.md says what to set up, what to watch, and what to do when something leaks.
package session
