package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"mayday/bench"
)

// benchCommand measures a node of its own on this machine, or places ordinary calls through one that runs already.
type benchCommand struct {
	Only  []string `help:"Measurements to take: ${measurements}; all if none is named." placeholder:"NAME,…"`
	Quick bool     `help:"Touch everything within seconds; the figures say little."`
	Pin   bool     `help:"Give the node one core and the load the others." default:"true" negatable:""`
	Rates []int    `help:"Set-ups a second to try with bridge, one step after the other; the usual ones if none is named." placeholder:"N,…"`
	JSON  string   `name:"json" help:"File to write the figures to." type:"path" placeholder:"FILE"`

	HTTP     string `help:"A node on loopback that runs already: it gets ordinary calls, one after the other, and nothing else." placeholder:"http://127.0.0.1:8080"`
	User     string `help:"Rep to sign in as, with --http." placeholder:"NAME"`
	Password string `help:"The rep's password, with --http." env:"MAYDAY_PASSWORD" placeholder:"…"`
	Number   string `help:"Number to call, with --http; with its plus." placeholder:"+1…"`
	Calls    int    `help:"How many calls, with --http." default:"20"`
}

// Run implements the command.
func (c benchCommand) Run(ctx context.Context) error {
	report, err := c.measure(ctx)
	if report == nil {
		return err
	}
	return errors.Join(err, report.Write(os.Stdout), c.keep(report))
}

func (c benchCommand) measure(ctx context.Context) (*bench.Report, error) {
	if c.HTTP != "" {
		return bench.RunGiven(ctx, bench.Given{HTTP: c.HTTP, User: c.User, Password: c.Password, Number: c.Number, Calls: c.Calls})
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	size := bench.Full()
	if c.Quick {
		size = bench.Quick()
	}
	if len(c.Rates) > 0 {
		size.BridgeRates = c.Rates
	}
	return bench.Run(ctx, bench.Config{Program: program, Only: c.Only, Size: size, Pin: c.Pin, Told: os.Stderr})
}

func (c benchCommand) keep(report *bench.Report) error {
	if c.JSON == "" {
		return nil
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.JSON, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

// measurements is what help says of --only.
func measurements() string { return strings.Join(bench.Measurements(), ", ") }
