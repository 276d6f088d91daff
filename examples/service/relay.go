package main

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

// newRelay returns a handler that forwards requests of the page to the second process. It moves
// the access token from the cookie to a bearer token. Apps call the second process directly.
func (s *server) newRelay() http.Handler {
	target, _ := url.Parse(s.cfg.reportsURL) // checked by config
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Header.Del("Cookie")
			if token, _ := s.cookies.Access(r.In); token != "" {
				r.Out.Header.Set("Authorization", "Bearer "+token)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			for _, name := range []string{"Set-Cookie", "Access-Control-Allow-Origin"} {
				r.Header.Del(name)
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			s.log.WarnContext(r.Context(), "the reports service does not answer", "err", err)
			writeError(w, http.StatusBadGateway, "the reports service does not answer; start it with go run ./reports")
		},
	}
}
