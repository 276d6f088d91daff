package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const cliDoc = "../../docs/cli.md"

// The sessions of docs/cli.md, run one after the other in one folder, say what stands there,
// except for what is random or depends on the time. -update writes them anew.
func TestSessions(t *testing.T) {
	doc, err := os.ReadFile(cliDoc)
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("docs/cli.md is in the repository, and not in the module")
	}
	require.NoError(t, err)
	for _, program := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") == "" {
			t.Skip("apt-get install " + program)
		}
	}
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/doc")))
	block := regexp.MustCompile("(?s)```console\n(.*?)```")
	text := block.ReplaceAllStringFunc(string(doc), func(b string) string {
		session := block.FindStringSubmatch(b)[1]
		got := runSession(t, dir, session)
		if !*update {
			require.Equal(t, masked(session), masked(got))
		}
		return "```console\n" + got + "```"
	})
	if *update {
		require.NoError(t, os.WriteFile(cliDoc, []byte(text), 0o600))
	}
}

// runSession runs the lines of a session that begin with $, in one shell, and returns them with
// their output. A command with & at its end is stopped at the end of the session; its output is
// as many lines as the session has.
func runSession(t *testing.T, dir, session string) string {
	ports := strings.NewReplacer(":9000", ":"+freePort(t))
	var script strings.Builder
	var commands []string
	parts := strings.Split("\n"+session, "\n$ ")
	for i, part := range parts[1:] {
		command, output, _ := strings.Cut(part, "\n")
		commands = append(commands, command)
		fmt.Fprintf(&script, "echo '%s %d'\n", marker, i)
		if server, ok := strings.CutSuffix(command, " &"); ok {
			lines := strings.Count(strings.TrimSuffix(output, "\n")+"\n", "\n")
			fmt.Fprintf(&script, ": >out.log\n%s >>out.log 2>&1 & pid=$!\nfor i in $(seq 200); do [ $(wc -l <out.log) -ge %d ] && break; sleep 0.05; done; cat out.log\n", ports.Replace(server), lines)
			continue
		}
		fmt.Fprintf(&script, "(exit $s); %s\ns=$?\n", ports.Replace(command))
	}
	script.WriteString("[ -z \"$pid\" ] || kill $pid\n")
	cmd := exec.Command("bash", "-c", "s=0\n"+script.String())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=", "HOME="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))

	var got strings.Builder
	for i, output := range strings.Split(string(out), marker)[1:] {
		_, output, _ = strings.Cut(output, "\n")
		got.WriteString("$ " + commands[i] + "\n" + regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(output, "127.0.0.1:9000"))
	}
	return got.String()
}

const marker = "-- command"

// masked returns output without what changes from one time to another.
func masked(text string) string {
	for _, m := range []struct{ pattern, with string }{
		{`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d( UTC|Z)`, "DATE"},
		{`\b1[789]\d{8}\b`, "SECONDS"},
		{`[\w+/=-]{40,}`, "BASE64"},
		{`\b(now|(less than )?\d+ s ago)`, "NOW"},
		{`\b14 min( \d+ s)?`, "15 min"},
		{`\b4 min( \d+ s)?`, "5 min"},
		{`\b59 min`, "1 h"},
		{` +`, " "},
	} {
		text = regexp.MustCompile(m.pattern).ReplaceAllString(text, m.with)
	}
	return text
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
