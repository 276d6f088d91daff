package main

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPage(t *testing.T) {
	s := startService(t)
	b := s.browser(t)
	page := b.do("GET", "/", nil).want(200)
	require.Contains(t, page.Header.Get("Content-Type"), "text/html")
	require.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "nosniff", page.Header.Get("X-Content-Type-Options"))
	for _, match := range regexp.MustCompile(`(?:href|src)="(/[^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		b.do("GET", match[1], nil).want(200)
	}
	b.do("GET", "/static/", nil).want(404)
	b.do("GET", "/nothing", nil).want(404)
}

// Nothing is inline, which the policy would not allow, and no script makes HTML of text.
func TestPageKeepsItsPolicy(t *testing.T) {
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|javascript:|<script(?:[^>]*)>[^<]`)
	risky := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|document\.cookie`)
	err := fs.WalkDir(web, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(web, path)
		require.NoError(t, err)
		switch {
		case strings.HasSuffix(path, ".html"):
			require.NotRegexp(t, inline, string(text), path)
		case strings.HasSuffix(path, ".js"):
			require.NotRegexp(t, risky, string(text), path)
		}
		return nil
	})
	require.NoError(t, err)
}

// Each id that a script looks for is on the page, and each is there once.
func TestPageHasItsElements(t *testing.T) {
	page, err := fs.ReadFile(web, "web/index.html")
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, match := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		require.False(t, ids[match[1]], match[1])
		ids[match[1]] = true
	}
	used := regexp.MustCompile(`(?:\$|on|submit)\('([a-z-]+)'`)
	scripts, err := fs.Glob(web, "web/static/*.js")
	require.NoError(t, err)
	for _, path := range scripts {
		text, err := fs.ReadFile(web, path)
		require.NoError(t, err)
		for _, match := range used.FindAllStringSubmatch(string(text), -1) {
			require.True(t, ids[match[1]], "%s: %s", path, match[1])
		}
	}
}
