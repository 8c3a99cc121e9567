package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"mayday/app"
	"mayday/center"
	"mayday/center/trunk"
	"mayday/config"
	"mayday/config/centerfile"
	"mayday/engine/store"
)

// checkCommand says every mistake in settings and center files.
type checkCommand struct {
	Config string   `help:"Settings file." placeholder:"mayday.yaml"`
	Files  []string `arg:"" optional:"" name:"center" help:"Center files; - is standard input."`
}

// Run implements the command.
func (c checkCommand) Run() error {
	wrong := false
	var settings config.Settings
	if c.Config != "" || len(c.Files) == 0 {
		var err error
		settings, err = config.Load(c.Config)
		wrong = report(err) || wrong
		wrong = reportCertificates(c.Config, app.CertificatesIn(settings, time.Now())) || wrong
	}
	for _, file := range c.Files {
		var parsed center.Center
		data, err := read(file)
		if err == nil {
			parsed, err = centerfile.Parse(file, data)
		}
		wrong = report(err) || wrong
		if err == nil {
			wrong = lint(file, parsed) || wrong
			wrong = reportCertificates(file, app.CertificatesOf(parsed.Trunks, time.Now())) || wrong
			warnOfKeys(parsed.Trunks)
			for _, warning := range app.Warnings(parsed) {
				fmt.Printf("warning: %s\n", warning)
			}
		}
		if c.Config != "" {
			noteReferences(parsed.Trunks, settings.HTTP)
		}
	}
	if wrong {
		return errMistakes
	}
	fmt.Println("no mistakes")
	return nil
}

// lint prints what could come between a dialled string and an emergency service, and reports whether anything does.
func lint(file string, c center.Center) (clashes bool) {
	for _, finding := range center.Lint(c) {
		fmt.Printf("%s: %s\n", file, finding)
		clashes = clashes || finding.Level == center.Clash
	}
	return clashes
}

// reportCertificates prints what is wrong with the certificates of a file, and reports whether they cannot be used.
func reportCertificates(file string, found app.Certificates) bool {
	for _, mistake := range found.Mistakes {
		fmt.Fprintf(os.Stderr, "%s: %s\n", file, mistake)
	}
	for _, warning := range found.Warnings {
		fmt.Printf("%s: warning: %s\n", file, warning)
	}
	return len(found.Mistakes) > 0
}

// warnOfKeys says which trunks are given the keys of the sound in the clear.
func warnOfKeys(trunks []trunk.Trunk) {
	for _, carrier := range trunks {
		if carrier.Seals() && !carrier.Secure() {
			fmt.Printf("warning: trunk %s has srtp %s, and its uri asks for no TLS: the keys of the sound travel in the clear\n", carrier.ID, carrier.SRTP)
		}
	}
}

// noteReferences says which trunks want a place by reference that this node cannot give: they get it by value.
func noteReferences(trunks []trunk.Trunk, settings config.HTTP) {
	for _, carrier := range trunks {
		if carrier.Conveys() == trunk.ByReference && settings.LocationReference == "" {
			fmt.Printf("note: trunk %s wants the place by_reference; http.location_reference is empty, so it gets it by_value\n", carrier.ID)
		}
	}
}

func report(err error) bool {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return err != nil
}

// applyCommand brings the center to what a center file says.
type applyCommand struct {
	Config string `help:"Settings file of the node." placeholder:"mayday.yaml"`
	DryRun bool   `help:"Print what would change and change nothing."`
	By     string `help:"Whom the audit list names." default:"command line"`
	File   string `arg:"" name:"center" help:"Center file; - is standard input."`
}

// Run implements the command.
func (c applyCommand) Run(ctx context.Context) error {
	data, err := read(c.File)
	if err != nil {
		return err
	}
	opened, err := openStore(ctx, c.Config)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }() // what was applied is on disk
	changes, err := app.Apply(ctx, opened, c.By, c.File, data, c.DryRun)
	if err != nil {
		return err
	}
	for _, change := range changes {
		fmt.Println(change)
	}
	if len(changes) == 0 {
		fmt.Println("no change")
	}
	return nil
}

// exportCommand writes the center as a center file.
type exportCommand struct {
	Config  string `help:"Settings file of the node." placeholder:"mayday.yaml"`
	Secrets bool   `help:"Write password hashes and trunk passwords too."`
}

// Run implements the command.
func (c exportCommand) Run(ctx context.Context) error {
	opened, err := openStore(ctx, c.Config)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }() // nothing was written
	current, _, err := opened.Center(ctx)
	if err != nil {
		return err
	}
	file, err := centerfile.Write(current, c.Secrets)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(file)
	return err
}

func openStore(ctx context.Context, settingsFile string) (*store.Store, error) {
	settings, err := config.Load(settingsFile)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Location{Data: settings.Data, Database: settings.Database}, logger(slog.LevelWarn))
}

func read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}
