// Command mayday is the call server: one binary that runs a node, checks and applies what it is told, and brings a pretend emergency
// service along.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is this program's; the changelog says what is in it.
const version = "0.1.0"

// commands is the command line.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"Run everything on this machine: a node, a pretend emergency service and carrier, and a center with people in it."`
	Serve   serveCommand   `cmd:"" help:"Run one node."`
	Psap    psapCommand    `cmd:"" help:"Run the pretend emergency service and carrier alone."`
	Drill   drillCommand   `cmd:"" help:"Place a test call through the whole chain of a running node and print the evidence."`
	Check   checkCommand   `cmd:"" help:"Say every mistake in the settings and in center files, each with its line."`
	Apply   applyCommand   `cmd:"" help:"Bring the center to what a center file says."`
	Export  exportCommand  `cmd:"" help:"Write the center as a center file."`
	Bench   benchCommand   `cmd:"" help:"Measure a node of its own on this machine: calls, sound, overload."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	line := kong.Parse(&commands{}, kong.Name("mayday"),
		kong.Description("A call server for contact centers whose first duty is the emergency call."), kong.UsageOnError(),
		kong.Vars{"measurements": measurements()})
	ctx, stop := untilSignal()
	defer stop()
	line.BindTo(ctx, (*context.Context)(nil))
	if err := line.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "mayday:", err)
		stop()
		os.Exit(1)
	}
}

// untilSignal returns a context that the first SIGTERM or SIGINT ends; the second one ends the program at once.
func untilSignal() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(1)
	}()
	return ctx, cancel
}

// versionCommand prints the version.
type versionCommand struct{}

// Run implements the command.
func (versionCommand) Run() error {
	fmt.Println("mayday", version)
	return nil
}

// errMistakes ends a check that found mistakes, which have been printed.
var errMistakes = errors.New("there are mistakes")
