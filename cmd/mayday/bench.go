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

// benchCommand measures a node of its own on this machine.
type benchCommand struct {
	Only  []string `help:"Measurements to take: ${measurements}; all if none is named." placeholder:"NAME,…"`
	Quick bool     `help:"Touch everything within seconds; the figures say little."`
	Pin   bool     `help:"Give the node one core and the load the others." default:"true" negatable:""`
	JSON  string   `name:"json" help:"File to write the figures to." type:"path" placeholder:"FILE"`
}

// Run implements the command.
func (c benchCommand) Run(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	size := bench.Full()
	if c.Quick {
		size = bench.Quick()
	}
	report, err := bench.Run(ctx, bench.Config{Program: program, Only: c.Only, Size: size, Pin: c.Pin, Told: os.Stderr})
	if report == nil {
		return err
	}
	return errors.Join(err, report.Write(os.Stdout), c.keep(report))
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
