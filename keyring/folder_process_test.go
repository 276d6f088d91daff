//go:build !js && !wasip1 && !plan9

package keyring_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// childFolder is set in the environment of a child process, which is this test binary
// again.
const childFolder = "KEYRING_TEST_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir); err != nil {
			fmt.Println("error", err)
		}
		return
	}
	os.Exit(m.Run())
}

// processConfig is for rings that rotate as fast as they are told to.
func processConfig(dir string) keyring.Config {
	return keyring.Config{Store: keyring.NewFolder(dir), TokenLifetime: time.Hour, Lead: noLead}
}

// child obeys the commands on its standard input, one a line:
//
//	rotate      answers "ok KID", the new current key
//	look        answers "ok KID,KID,…", the published keys, read anew from the store
//	run         rotates and revokes for ever, and says what it does (see run)
func child(dir string) error {
	ctx := context.Background()
	ring, err := keyring.New(ctx, processConfig(dir))
	if err != nil {
		return err
	}
	defer ring.Close()
	ring.Hasten()
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		switch commands.Text() {
		case "rotate":
			if err := rotate(ring); err != nil {
				return err
			}
			fmt.Println("ok", ring.KeyID())
		case "look":
			ring.Revoke(ctx, "no such key") // it makes the ring look into the store
			fmt.Println("ok", strings.Join(published(ring), ","))
		case "run":
			return run(ctx, ring)
		}
	}
	return nil
}

// run prints "revoke KID" before it revokes a key, and "have KID,KID,… TOKEN" after each
// change.
func run(ctx context.Context, ring *keyring.Ring) error {
	for {
		token, err := jwt.Sign(ctx, ring, jwt.Claims[struct{}]{ExpiresAt: time.Now().Add(time.Hour)})
		if err != nil {
			return err
		}
		kids := published(ring)
		fmt.Println("have", strings.Join(kids, ","), token)
		if len(kids) < 10 {
			err = rotate(ring)
		} else {
			victim := kids[len(kids)-1]
			fmt.Println("revoke", victim)
			err = ring.Revoke(ctx, victim)
		}
		if err != nil {
			return err
		}
	}
}

// A process is a child and both ends of its conversation.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(t *testing.T, dir string) *process {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	err = cmd.Start()
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skip("the test runs in an emulator, which this machine cannot start a process in")
	}
	require.NoError(t, err)
	p := &process{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func (p *process) tell(t *testing.T, command string) {
	t.Helper()
	_, err := fmt.Fprintln(p.in, command)
	require.NoError(t, err)
}

// answer returns what follows "ok".
func (p *process) answer(t *testing.T) string {
	t.Helper()
	require.True(t, p.out.Scan(), "the child has ended")
	ok, rest, _ := strings.Cut(p.out.Text(), " ")
	require.Equal(t, "ok", ok, p.out.Text())
	return rest
}

// TestKill kills a child at random moments while it rotates and revokes. Each time the
// next process signs and verifies, and has every key that has been published.
func TestKill(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 4
	}
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	tokens := make(map[string]string) // by kid
	have := make(map[string]bool)
	val := validator(t, jwt.ES256)
	lines := 0
	for range kills {
		p := start(t, dir)
		p.tell(t, "run")
		revoking := ""
		read := func() bool {
			if !p.out.Scan() {
				return false
			}
			lines++
			word, rest, _ := strings.Cut(p.out.Text(), " ")
			kids, token, _ := strings.Cut(rest, " ")
			switch word {
			case "revoke":
				revoking = rest
			case "have":
				delete(have, revoking)
				delete(tokens, revoking)
				for kid := range strings.SplitSeq(kids, ",") {
					have[kid] = true
				}
				tokens[kids[:strings.Index(kids, ",")]] = token
			default:
				t.Fatal(p.out.Text())
			}
			return true
		}
		for range rng.IntN(12) {
			require.True(t, read())
		}
		for range rng.IntN(200_000) { // up to about a millisecond, the time of a change
			rng.Uint64()
		}
		p.cmd.Process.Kill()
		for read() { // what it has said before its end
		}
		p.kill()

		ring := newRing(t, processConfig(dir))
		signsAndVerifies(t, ring)
		kids := published(ring)
		for kid := range have {
			if kid != revoking {
				require.Contains(t, kids, kid)
			}
		}
		for kid, token := range tokens {
			if kid != revoking {
				_, err := jwt.Parse[struct{}](t.Context(), token, ring, val)
				require.NoError(t, err)
			}
		}
		if !slices.Contains(kids, revoking) {
			delete(have, revoking)
			delete(tokens, revoking)
		}
		require.NoError(t, ring.Close())
	}
	require.Greater(t, lines, kills)
}

// TestEightProcesses: processes that share a folder agree on the current key, and none
// writes over what another has stored.
func TestEightProcesses(t *testing.T) {
	processes, rounds := 8, 10
	if testing.Short() {
		processes, rounds = 3, 2
	}
	dir := t.TempDir()
	var all []*process
	for range processes {
		all = append(all, start(t, dir))
	}
	was := make(map[string]bool) // the current key, at some time
	for range rounds {
		for _, p := range all {
			p.tell(t, "rotate")
		}
		for _, p := range all {
			kid := p.answer(t)
			require.False(t, was[kid], "two processes made a key the current one")
			was[kid] = true
		}
		for _, p := range all {
			p.tell(t, "look")
		}
		first := all[0].answer(t)
		for _, p := range all[1:] {
			require.Equal(t, first, p.answer(t))
		}
		kids := strings.Split(first, ",")
		require.Len(t, kids, len(was)+2, "all that were the current one, the first of all, and the next")
		require.True(t, was[kids[0]])
		for kid := range was {
			require.Contains(t, kids, kid)
		}
	}
}

// TestReadsWhileAnotherWrites: a process that only reads follows one that rotates.
func TestReadsWhileAnotherWrites(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	p.tell(t, "rotate")
	kid := p.answer(t)
	cfg := processConfig(dir)
	cfg.ReadOnly = true
	require.Equal(t, kid, newRing(t, cfg).KeyID())
	signsAndVerifies(t, newRing(t, cfg))
	p.tell(t, "rotate")
	kid = p.answer(t)
	require.Equal(t, kid, newRing(t, cfg).KeyID())
}
