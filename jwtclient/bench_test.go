package jwtclient_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkRoundTrip is what a request costs beside the server's work: with a token that is
// kept, and as it is.
func BenchmarkRoundTrip(b *testing.B) {
	answer := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	transport := newTransport(b, answer, endpointOf(hosts{issuer: new(server).ServeHTTP}))
	for name, url := range map[string]string{"token": orders, "other": "https://other.example.com"} {
		req := httptest.NewRequest("GET", url, nil)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := transport.RoundTrip(req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkToken(b *testing.B) {
	transport := newTransport(b, nil, endpointOf(hosts{issuer: new(server).ServeHTTP}))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := transport.Token(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
