// Package jwttest is for tests of services that take JSON Web Tokens, whatever library they
// use: an issuer to test with, and an attack on the service.
//
// # An issuer
//
// An [Issuer] is an authorization server within the test. It signs tokens, and publishes its
// keys and its metadata.
//
//	iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders"})
//	service := newService(iss.URL())
//	token := iss.Token(t, map[string]any{"sub": "alice", "role": "admin"})
//
// It can [Issuer.Rotate] and [Issuer.Withdraw] keys, and be [Issuer.Down] or
// [Issuer.Slow]. [Issuer.Bad] returns a token with one thing wrong:
//
//	token := iss.Bad(t, jwttest.AlgNone)
//
// # An attack
//
// [Attack] sends a service all that is known to have gone wrong in services like it, and
// fails the test if it accepts any of that, crashes, or becomes slow.
//
//	func TestAttack(t *testing.T) {
//		iss := jwttest.NewIssuer(t, jwttest.Config{Audience: "orders", Traps: true})
//		jwttest.Attack(t, jwttest.Target{
//			Handler: newService(iss.URL()),
//			Path:    "/orders",
//			Issuer:  iss,
//		})
//	}
//
// Without an issuer that the service trusts, Target.Token and Target.Keys are enough for the
// faults that somebody without a key can make. [Run] is for programs.
//
// What is reported can be trusted as far as these hold:
//
//   - Good tokens are told from bad ones before anything else, again and again in between,
//     and at the end. If that fails the attack is inconclusive, and says nothing.
//   - Good tokens of other forms, the controls, must be accepted, so that a service which
//     refuses everything does not pass for a strict one.
//   - A verdict that is not a refusal must repeat.
//   - A fault that cannot be tried is reported as not applicable, with the reason.
//
// docs/attacks.md in the repository lists the faults.
package jwttest
