// Package keyring rotates the keys of a service that issues tokens.
//
//	ring, err := keyring.New(ctx, keyring.Config{
//		Store:         keyring.NewFolder("/var/lib/auth/keys"),
//		TokenLifetime: 15 * time.Minute,
//		Lead:          time.Hour,
//		Period:        30 * 24 * time.Hour,
//	})
//	defer ring.Close()
//	…
//	parser, err := jwt.NewParser[Session](ring, policy)
//	publish, err := jwks.NewHandler(jwks.HandlerConfig{Source: ring, MaxAge: time.Hour})
//	mux.Handle("GET /.well-known/jwks.json", publish)
//	…
//	token, err := jwt.Sign(ctx, ring, claims)
//	claims, err := parser.Parse(ctx, token)
//
// # The life of a key
//
//   - The next key is published, so that verifiers know it, but does not sign. There is
//     always a next key, so that a compromised current key can be revoked at any time.
//   - The current key signs.
//   - A retired key verifies until the last token that it has signed has expired.
//   - Then the key is gone: it is deleted from the store.
//
// For one minute after it has been retired, a key still signs a token whose header names
// it. So a Sign that began before the rotation succeeds, and so does one in a process
// that has not heard of the rotation. The key verifies for that minute longer.
//
// The first key of an empty store signs at once, since there is no other.
//
// A [Config] has three durations. TokenLifetime is how long a retired key verifies. Lead is
// the shortest time that a next key waits. Period is how long a key signs. New checks what
// it can of these rules:
//
//   - Lead is not shorter than the time for which verifiers cache the published keys.
//     Those that use package jwks keep them for at least a minute, unless they set
//     another MinRefresh.
//   - Period is not shorter than Lead.
//   - Period is not so short, compared with TokenLifetime, that there would be too many
//     keys.
//
// # Several processes
//
// The processes of a service share a [Store]. The time at which the next key takes over
// is stored in advance. So all processes change at the same time, even one that cannot
// reach the store then. A change by Rotate or Revoke reaches the other processes when
// they next look into the store: every 30 seconds, or four times within Lead if that is
// shorter, but at most once a second.
//
// A Store decides which of several changes came first, by compare-and-swap. No process
// overwrites unseen what another has stored. No key is published or signs before it is
// stored.
//
// The clocks of the processes must agree to within a few seconds. If a process with a wrong
// clock has stored times that lie more than 5 minutes ahead, the next process that may
// write takes them as now and logs it, so that rotation goes on. A clock that is not set
// when the machine starts has the same effect on good times: set it first.
//
// # When the store fails
//
// A ring goes on with the keys that it has for MaxStale, and reports every failure to the
// Logger. Then its keys are stale: Sign and Verify return an error that is not about the
// token, and Keys returns nil. Rotate and Revoke return the error of the store.
//
// A store that has become empty, or whose contents cannot be read, counts as failed. It is
// never overwritten. Contents in the clear have a checksum, so that damage is noticed.
//
// # Secrets
//
// The store holds the private keys. With a Secret they are encrypted there by
// AES-256-GCM, so that they cannot be read from a backup or by an administrator of the
// store. Encryption does not stop someone who can write to the store from putting back
// an older state, with a key that has been revoked since. No key appears in an error, in
// a log or in what the types of this package print.
package keyring
