// Package jwthttp authenticates HTTP requests by their tokens: it finds the token of a request,
// has it checked, and passes the request on with the claims or answers it as RFC 6750 says.
//
//	auth, err := jwthttp.New(parser.Parse, jwthttp.Config{Resource: "https://api.example.com"})
//	…
//	mux.Handle("GET /orders", auth.Require(jwthttp.Scope("orders:read")).Handler(orders))
//	mux.Handle("POST /transfer", auth.Require(jwthttp.Scope("pay"), jwthttp.MaxAge(5*time.Minute)).Handler(transfer))
//	mux.Handle("/", auth.Optional()(home))
//
//	func orders(w http.ResponseWriter, r *http.Request, c *jwt.Claims[Claims]) { … }
//
// An [Auth] is made from a func that turns a token into claims, such as the Parse method of a
// [jwt.Parser]. Its middleware has the form func(http.Handler) http.Handler. Handlers that
// take the claims as an argument cannot be registered without it, and [Auth.DefaultDeny]
// closes the other routes for which it was forgotten.
//
// # Where a token comes from
//
//   - The Authorization header, with the scheme Bearer in any case (RFC 6750 section 2.1).
//   - The cookie of [Config].Cookies.
//   - What [Config].Extract finds.
//
// Nothing is taken from a query or a form. A request with two tokens, or with something that
// cannot be one, is answered with 400. Another scheme counts as no credentials.
//
// # How requests are answered
//
//	status  challenge                               when
//	400     invalid_request                         the credentials are malformed, or there are several
//	401     without an error                        there are none
//	401     invalid_token                           the token is refused
//	401     insufficient_user_authentication        ACR or MaxAge does not hold (RFC 9470)
//	403     insufficient_scope                      Scope or AnyScope does not hold
//	403     none                                    another rule does not hold, or a page of another
//	                                                origin has sent the cookie
//	500     none                                    a defect: parse panicked, or returned neither
//	                                                claims nor an error
//	503     none, with Retry-After                  the token or a rule could not be checked
//
// Challenges say where the metadata of the resource are (RFC 9728) if [Config].Resource is set,
// and which scopes the route needs. The body is JSON and has no token, claim or reason of ours.
// A refusal is not cached. An answer to a request with a cookie is private to its user, unless
// the handler says otherwise.
//
// A token that is bound to a key of its sender (RFC 7800) is refused unless a [Confirm] has
// checked that the sender has the key.
//
// # Cookies
//
// Browsers send cookies with requests that pages of other sites make. If such a page has made a
// request with the cookie, it is refused unless its method is GET, HEAD or OPTIONS. For a
// WebSocket it is refused whatever the method. So GET must change nothing. [Cookies.Protect]
// does the same for the handlers that set and clear the cookies.
package jwthttp
