package main

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/cda17858/jwt/jwthttp"
)

//go:embed web
var web embed.FS

// contentPolicy lets a page load only what this service serves, without inline scripts and
// without scripts made from text.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// withHeaders sets the security headers of every response.
func withHeaders(h http.Handler, tls bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		if tls {
			header.Set("Strict-Transport-Security", "max-age=63072000")
		}
		h.ServeHTTP(w, r)
	})
}

// pages adds the page and its files. The page is the same for all users; what it shows of a user
// comes from the API.
func (s *server) pages(mux *http.ServeMux) error {
	t, err := template.ParseFS(web, "web/index.html")
	if err != nil {
		return err
	}
	var page bytes.Buffer
	err = t.Execute(&page, map[string]any{"Demo": s.cfg.demo, "DemoPassword": s.cfg.demoPassword})
	if err != nil {
		return err
	}
	mux.Handle("GET /{$}", jwthttp.Public(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(page.Bytes())
	})))
	files, err := fs.Sub(web, "web/static")
	if err != nil {
		return err
	}
	static := http.StripPrefix("/static/", http.FileServerFS(files))
	mux.Handle("GET /static/", jwthttp.Public(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") { // no directory listing
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		static.ServeHTTP(w, r)
	})))
	return nil
}
