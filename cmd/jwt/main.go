// Command jwt reads, verifies, makes and edits JSON Web Tokens, and the keys that sign
// them. docs/cli.md in the repository shows a session with each of its commands.
package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt/cmd/jwt/internal/migrate"
)

func main() {
	if migrate.IsVetTool(os.Args[1:]) {
		migrate.VetTool()
	}
	os.Exit(run(newApp(), os.Args[1:]))
}

// run runs the command that args name and returns its exit code.
func run(a *app, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := newRoot(a)
	root.SetArgs(args)
	return a.end(root.ExecuteContext(ctx))
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "jwt",
		Short:         "Read, verify, make and edit JSON Web Tokens",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().BoolVar(&a.json, "json", false, "write JSON; the exit code is the same")
	root.PersistentFlags().Var(&a.color, "color", "auto, always or never; auto heeds NO_COLOR and whether the output is a terminal")
	root.AddCommand(newJWKS(a), newAttack(a), newDebug(a), newMigrate(a), newMan(a))
	return root
}
