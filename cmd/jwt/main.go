// Command jwt reads, verifies, makes and edits JSON Web Tokens, and the keys that sign
// them. docs/cli.md in the repository shows a session with each of its commands.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

func main() {
	if migrate.IsVetTool(os.Args[1:]) {
		migrate.VetTool()
	}
	os.Exit(run(newApp(), os.Args[1:]))
}

// run runs the command that args name and returns its exit code. Ctrl-C cancels the command's
// context and ends reading.
func run(a *app, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a.in = &interruptible{ctx, a.in}
	root := newRoot(a)
	root.SetArgs(args)
	return a.end(root.ExecuteContext(ctx))
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "jwt [-|@FILE|env:NAME|TOKEN]",
		Short: "Read, verify, make and edit JSON Web Tokens",
		Long: `Read, verify, make and edit JSON Web Tokens. Without a command, jwt decodes a token.

Nothing is sent over the network, except to a URL that you give. There is no
configuration file.`,
		Example: `  pbpaste | jwt
  jwt verify --issuer https://auth.example.com --aud orders @token.txt
  jwt sign --key key.pem --ttl 15m sub=alice role=admin`,
		Version:       version(),
		Args:          cobra.MaximumNArgs(1),
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,

		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && a.terminalIn {
				return cmd.Help()
			}
			return a.decode(cmd, args)
		},
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().BoolVar(&a.json, "json", false, "write JSON; the exit code is the same")
	root.PersistentFlags().Var(&a.color, "color", "auto, always or never; auto means on a terminal, unless NO_COLOR is set")
	a.addClock(root)
	for _, group := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Tokens", []*cobra.Command{newDecode(a), newVerify(a), newSign(a), newEdit(a), newDebug(a)}},
		{"Keys", []*cobra.Command{newKeygen(a), newJWK(a), newJWKS(a)}},
		{"Services", []*cobra.Command{newDev(a), newAttack(a), newMigrate(a)}},
		{"Help", []*cobra.Command{newExplain(a), newMan(a)}},
	} {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title + ":"})
		for _, cmd := range group.commands {
			cmd.GroupID = group.title
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID("Help")
	root.SetCompletionCommandGroupID("Help")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return cmp.Or(misspelt(cmd, cmd.Flags().Args()), err)
	})
	showUsage(root)
	check := root.Args
	root.Args = func(cmd *cobra.Command, args []string) error {
		return cmp.Or(misspelt(cmd, args), check(cmd, args))
	}
	return root
}

// misspelt returns an error if args, which the root command got, begin with what is almost the
// name of another command.
func misspelt(cmd *cobra.Command, args []string) error {
	if cmd.HasParent() || len(args) == 0 || strings.Contains(args[0], ".") {
		return nil
	}
	if names := cmd.SuggestionsFor(args[0]); len(names) > 0 {
		return fmt.Errorf("unknown command; did you mean %s?", names[0])
	}
	return nil
}

// showUsage makes cmd and those below it say what their arguments are if there are too few or
// too many.
func showUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return fmt.Errorf("%w; usage: %s", err, cmd.UseLine())
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		showUsage(c)
	}
}

// version returns the version of the module, and of the Go release that built it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return fmt.Sprintf("%s (%s)", info.Main.Version, info.GoVersion)
}
