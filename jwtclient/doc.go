// Package jwtclient adds access tokens to the requests of an HTTP client. It signs them itself,
// or gets them from an authorization server, and keeps each one until shortly before it expires.
//
//	transport, err := jwtclient.New(jwtclient.Config{
//		Origins: []string{"https://orders.example.com"},
//		Source: jwtclient.Endpoint{
//			URL:      "https://auth.example.com/token",
//			ClientID: "billing",
//			Secret:   jwtclient.Secret(os.Getenv("CLIENT_SECRET")),
//			Scopes:   []string{"orders:read"},
//		},
//	})
//	…
//	client := &http.Client{Transport: transport}
//	resp, err := client.Get("https://orders.example.com/orders")
//
// A [Transport] is an [http.RoundTripper]. For anything else, such as gRPC or a database,
// [Transport.Token] returns the token.
//
// # Where tokens come from
//
//   - [SelfSigned]: a [jwt.Signer] signs each token here.
//   - [Endpoint]: an authorization server issues it. What is asked for is a [Grant]:
//     client credentials (RFC 6749 section 4.4), which is the default; [JWTBearer], an
//     assertion (RFC 7523 section 2.1); or [Exchange], another token (RFC 8693).
//
// To an authorization server a client authenticates with a secret (client_secret_basic and
// client_secret_post, RFC 6749 section 2.3.1) or with what its key signs (private_key_jwt,
// RFC 7523 section 2.2).
//
// # How long a token is kept
//
// A token is renewed after 72 to 80 percent of its lifetime, chosen at random. Requests go
// on with the old one meanwhile, and wait only if there is no good token. All requests that
// wait share one call. The context of a request ends its own waiting, but not the call.
//
// If a call fails, the next request after 1 second repeats it, then after 2, 4, and so on up
// to 30 seconds. Until then a good token is used, and without one the error is returned at
// once.
//
// A request that is answered with 401 is sent once more with a new token, if its body can be
// had again. If not, the next request has the new token. Answers cause at most one new token in
// 10 seconds.
//
// # Where a token goes
//
// Only to [Config].Origins, over https or to this machine. A redirect to another origin gets
// none. Credentials go to the URL of the Endpoint, which is never left for a redirect. No error
// and no printed value holds a secret or a token.
package jwtclient
