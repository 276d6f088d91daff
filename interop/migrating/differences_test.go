package migrating

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A difference is an item of a list on the page, and what shows that it is true.
type difference struct {
	text string
	show func(t *testing.T)
}

// A row holds the differences of a row, in the page's order.
type row struct {
	id          string
	differences []difference
}

// TestDifferences shows all that the page says about run time, and nothing else.
func TestDifferences(t *testing.T) {
	rows := slices.Concat(signRows, parseRows, keyRows, hmacRows, optionRows, dateRows, claimRows, methodRows, errorRows, jwxRows, goJOSERows)
	var said, shown []string
	for id, items := range readPage(t, "migrating.md").lists() {
		for _, item := range items {
			said = append(said, id+": "+item)
		}
	}
	for _, r := range rows {
		for _, d := range r.differences {
			shown = append(shown, r.id+": "+d.text)
			t.Run(r.id, d.show)
		}
	}
	require.ElementsMatch(t, said, shown)
}

var (
	item    = regexp.MustCompile(`(?m)^- (.+(?:\n  .+)*)`)
	chapter = regexp.MustCompile(`(?m)^##+ `)
)

// lists returns the items of the lists of each row.
func (p page) lists() map[string][]string {
	lists := map[string][]string{}
	for _, part := range chapter.Split(fence.ReplaceAllString(p.text, ""), -1) {
		id := anchor.FindStringSubmatch(part)
		if id == nil {
			continue
		}
		for _, m := range item.FindAllStringSubmatch(part, -1) {
			lists[id[1]] = append(lists[id[1]], strings.Join(strings.Fields(m[1]), " "))
		}
	}
	return lists
}
