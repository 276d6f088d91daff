package migrating

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	anchor    = regexp.MustCompile(`<a id="([a-z0-9-]+)"></a>`)
	tableRow  = regexp.MustCompile(`(?m)^\| (.+) \| .+ \| \[([a-z0-9-]+)\]\(#([a-z0-9-]+)\) \|$`)
	link      = regexp.MustCompile(`\]\(([^)]+)\)`)
	heading   = regexp.MustCompile(`(?m)^##+ (.+)$`)
	codeSpan  = regexp.MustCompile("`([^`\n]+)`")
	codeNames = regexp.MustCompile(`\w+`)
)

// The table has each row of the page, and links to it.
func TestTable(t *testing.T) {
	p := readPage(t, "migrating.md")
	var rows, listed []string
	for _, m := range anchor.FindAllStringSubmatch(p.text, -1) {
		if !strings.HasPrefix(m[1], "from-") {
			rows = append(rows, m[1])
		}
	}
	for _, m := range tableRow.FindAllStringSubmatch(p.text, -1) {
		require.Equal(t, m[2], m[3])
		listed = append(listed, m[2])
	}
	require.Greater(t, len(rows), 40)
	require.Equal(t, rows, listed)
}

// Each link leads somewhere.
func TestLinks(t *testing.T) {
	for _, name := range []string{"migrating.md", "agents.md"} {
		p := readPage(t, name)
		prose := fence.ReplaceAllString(p.text, "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			switch target := m[1]; {
			case strings.HasPrefix(target, "https://"):
			case strings.HasPrefix(target, "#"):
				require.Contains(t, p.anchors(), target[1:], name)
			default:
				_, err := os.Stat(filepath.Join("../../docs", target))
				require.NoError(t, err)
			}
		}
	}
}

// anchors returns what a link within the page may lead to, with GitHub's names for headings.
func (p page) anchors() map[string]bool {
	ids := map[string]bool{}
	for _, m := range anchor.FindAllStringSubmatch(p.text, -1) {
		ids[m[1]] = true
	}
	for _, m := range heading.FindAllStringSubmatch(p.text, -1) {
		text := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		ids[strings.ReplaceAll(text, " ", "-")] = true
	}
	return ids
}

// Nothing that golang-jwt exports is missing on the page.
func TestComplete(t *testing.T) {
	p, scope := readPage(t, "migrating.md"), openScope(t, "golangjwt.go")
	named := map[string]bool{}
	for _, span := range codeSpan.FindAllStringSubmatch(p.text, -1) {
		for _, name := range codeNames.FindAllString(span[1], -1) {
			named[name] = true
		}
	}
	for _, s := range p.samplesIn(p.text) {
		for _, name := range codeNames.FindAllString(s.side('-'), -1) {
			named[name] = true
		}
	}
	var missing []string
	for _, object := range scope.exports(t, "github.com/golang-jwt/jwt/v5", "github.com/golang-jwt/jwt/v5/request") {
		if !named[object.Name()] {
			missing = append(missing, object.Name())
		}
	}
	require.Empty(t, missing)
}
