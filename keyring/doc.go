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
//	token, err := jwt.Sign(ctx, ring, claims)
//	claims, err := jwt.Parse[Session](ctx, token, ring, validator)
//	handler, err := jwks.NewHandler(jwks.HandlerConfig{Source: ring}) // GET /.well-known/jwks.json
//
// # The life of a key
//
// A key is first the next one: it is published, so that verifiers know it, but does not
// sign. Then it is the current one and signs. It is retired when the next one takes
// over: no new token bears its kid, and it verifies those that do until the last of
// them has expired. Then it is gone: deleted from the store. There is always a next
// key, so that a compromised one can be revoked at any time.
//
// A key that has just been retired still signs for a minute, if the header of a token
// names it: a Sign that has begun before the rotation succeeds, and so does that of a
// process that has not heard of it. The minute is added to the time for which the key
// verifies.
//
// Of the three durations of a [Config], TokenLifetime says how long a retired key
// verifies, Lead how long a next key waits at least, and Period how long a key signs.
// Lead must not be shorter than the time for which verifiers cache the published keys,
// which with package jwks is a minute, unless they set another MinRefresh, and Period not shorter than Lead; a
// Period that is short beside TokenLifetime would make too many keys. New checks what
// it can.
//
// The first key of an empty store signs at once, since there is nothing else to sign
// with.
//
// # Several processes
//
// The processes of a service share a [Store]. When the next key takes over is written
// there in advance, so that all change at the same time, even one that cannot reach the
// store at that time. A change by Rotate or Revoke reaches the other processes when
// they look into the store, every 30 seconds, or four times within Lead if that is
// shorter, but not more than once in a second. Their clocks must agree to within some
// seconds.
//
// A Store decides which of several changes came first: it needs a compare-and-swap.
// Whatever one process has stored, no other can overwrite unseen. No key is published
// or signs before it is stored.
//
// While a store fails, a ring goes on with the keys that it has, and reports it to the
// Logger; Rotate and Revoke return the error. A store that has become empty, or holds
// what cannot be read, is a failure too, and is never written over.
//
// # Secrets
//
// The store holds the private keys. With a Secret, they are encrypted there by
// AES-256-GCM, so that a backup or an administrator of the store does not have them.
// Encryption does not keep anybody who can write to the store from putting an older
// state back, with a key that has been revoked since. No key appears in an error, in a
// log or in what the types of this package print.
package keyring
