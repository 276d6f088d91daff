// Command report measures this module beside other libraries and the practical
// floor, and prints the figures as a table in Markdown. docs/performance.md says
// what they mean.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/cda17858/jwt/bench"
	"github.com/cda17858/jwt/bench/timing"
)

func main() {
	err := report(os.Stdout, os.Stderr, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp), errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

func report(out, progress io.Writer, args []string) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	flags.SetOutput(progress)
	rounds := flags.Int("rounds", 101, "how often each row is timed")
	slice := flags.Duration("slice", 2*time.Millisecond, "how long a row is run in one round")
	only := flags.String("cases", "", "regular expression for the names of the cases to run")
	peers := flags.Bool("peers", true, "measure other libraries as well")
	quick := flags.Bool("quick", false, "few and short rounds: shows that everything runs, and little more; no target is checked")
	check := flags.Bool("check", false, "exit with status 1 if a target is missed")
	if err := flags.Parse(args); err != nil {
		return errUsage
	}
	if *quick {
		*rounds, *slice = 5, 200*time.Microsecond
	}
	if *rounds < 1 || flags.NArg() > 0 || *quick && *check {
		flags.Usage()
		return errUsage
	}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-cases: %w", err)
	}

	cases, err := bench.Cases()
	if err != nil {
		return err
	}
	printHead(out, *rounds, *slice, *peers)
	var missed []string
	for _, c := range cases {
		if !pattern.MatchString(c.Name) {
			continue
		}
		fmt.Fprintln(progress, c.Name)
		rows := c.Rows
		if !*peers {
			rows = rows[:2]
		}
		figures, err := timing.Measure(rows, timing.Options{Rounds: *rounds, Slice: *slice, Parallel: c.Parallel})
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		printCase(out, c, figures, *peers)
		if err := c.Must.Met(figures[1]); err != nil && !*quick {
			missed = append(missed, fmt.Sprintf("%s: %v", c.Name, err))
		}
	}
	if len(missed) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\nTargets missed:\n\n- %s\n", strings.Join(missed, "\n- "))
	if *check {
		return fmt.Errorf("%d targets missed", len(missed))
	}
	return nil
}

func printHead(out io.Writer, rounds int, slice time.Duration, peers bool) {
	fmt.Fprintf(out, "%s, %s/%s, %d cores%s; %d rounds of %v.\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), processor(), rounds, slice)
	columns := []string{"case", "must", "base", bench.Ours}
	if peers {
		columns = append(columns, "lead")
		columns = append(columns, bench.Names()[1:]...)
	}
	fmt.Fprintln(out, "| "+strings.Join(columns, " | ")+" |")
	fmt.Fprintln(out, strings.Repeat("|---", len(columns))+"|")
}

// processor returns the name of the processor where the system tells it.
func processor() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return ", " + strings.TrimSpace(value)
		}
	}
	return ""
}

func printCase(out io.Writer, c bench.Case, figures []timing.Figure, peers bool) {
	base, own := figures[0], figures[1]
	cells := []string{c.Name, target(c.Must), c.Base + " " + span(base.Time), figure(c, own)}
	if c.Must.Met(own) != nil {
		cells[3] = "**" + cells[3] + "**"
	}
	if peers {
		byName := make(map[string]timing.Figure)
		fastest := 0.0
		for _, f := range figures[2:] {
			byName[f.Name] = f
			if fastest == 0 || f.Ratio < fastest {
				fastest = f.Ratio
			}
		}
		lead := ""
		if fastest > 0 {
			lead = times(fastest / own.Ratio)
		}
		cells = append(cells, lead)
		for _, name := range bench.Names()[1:] {
			cell := ""
			if f, ok := byName[name]; ok {
				cell = figure(c, f)
			}
			cells = append(cells, cell)
		}
	}
	fmt.Fprintln(out, "| "+strings.Join(cells, " | ")+" |")
}

func target(t bench.Target) string {
	var parts []string
	if t.Ratio > 0 {
		parts = append(parts, fmt.Sprintf("%.2f", t.Ratio))
	}
	if t.Time > 0 {
		parts = append(parts, span(t.Time))
	}
	if n, ok := t.MaxAllocs(); ok {
		parts = append(parts, fmt.Sprint(n))
	}
	return strings.Join(parts, ", ")
}

func figure(c bench.Case, f timing.Figure) string {
	if c.Must.Time > 0 {
		return fmt.Sprintf("%s, %.0f", span(f.Time), f.Allocs)
	}
	return fmt.Sprintf("%.2f, %.0f", f.Ratio, f.Allocs)
}

func times(r float64) string {
	if r < 100 {
		return fmt.Sprintf("%.2f", r)
	}
	return fmt.Sprintf("%.0f", r)
}

// span returns d with three digits.
func span(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	default:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
}
