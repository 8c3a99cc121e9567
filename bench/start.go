package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Start is how long a node takes from the beginning of its process until it says that it is ready, without a database, from what it
// keeps on the disk itself.
type Start struct {
	Reps  int     `json:"reps"`
	Ready Spread  `json:"ready"`
	CPUMS float64 `json:"cpu_ms"` // the median of its CPU time by then, in steps of 10 ms
	// Bare is the same program that prints its version and ends: what the system and the runtime take of it.
	Bare Spread `json:"bare"`
}

// measureStart lets a node of many reps start again and again. The rig's own node ends before, it would share the core.
func measureStart(ctx context.Context, r *rig, report *Report) error {
	if err := r.node.stop(); err != nil {
		return err
	}
	folder := filepath.Join(r.data, "start")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	reps := r.config.Size.StartReps
	center := centerFile(r.sink.address, reps, passwordHash(r.word))
	first, err := startNode(ctx, r.config.Program, folder, center, r.core)
	if err != nil {
		return err
	}
	if err := errors.Join(first.awaitSnapshot(ctx, folder, reps), first.stop()); err != nil {
		return err
	}
	databases, _ := filepath.Glob(filepath.Join(folder, "data", "mayday.db*")) // the pattern is well formed
	for _, file := range databases {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	start := &Start{Reps: reps}
	var took, cpu, bare []time.Duration
	for range r.config.Size.Starts {
		alone, err := runVersion(ctx, r.config.Program, r.core)
		if err != nil {
			return err
		}
		ready, used, err := r.startOnce(ctx, folder)
		if err != nil {
			return err
		}
		took, cpu, bare = append(took, ready), append(cpu, used), append(bare, alone)
	}
	start.Ready, start.Bare, start.CPUMS = spreadOf(took), spreadOf(bare), spreadOf(cpu).P50MS
	report.Start = start
	return nil
}

// runVersion is how long the program takes to say its version.
func runVersion(ctx context.Context, program string, core *int) (time.Duration, error) {
	command := exec.CommandContext(ctx, program, "version")
	begin := time.Now()
	if err := onCore(core, command.Start); err != nil {
		return 0, fmt.Errorf("ask the program for its version: %w", err)
	}
	err := command.Wait()
	return time.Since(begin), err
}

// startOnce starts the node of a folder, and ends it when it is ready.
func (r *rig) startOnce(ctx context.Context, folder string) (ready, used time.Duration, err error) {
	begin := time.Now()
	n, err := serve(ctx, r.config.Program, filepath.Join(folder, "mayday.yaml"), r.core)
	if err != nil {
		return 0, 0, err
	}
	ready = time.Since(begin)
	used, _, err = spent(n.process())
	return ready, used, errors.Join(err, n.stop())
}

// snapshotWithin is how long a node may take to keep its center on the disk.
const snapshotWithin = 30 * time.Second

// awaitSnapshot returns when the node keeps what was applied to it in its folder.
func (n *node) awaitSnapshot(ctx context.Context, folder string, reps int) error {
	ctx, cancel := context.WithTimeout(ctx, snapshotWithin)
	defer cancel()
	last := []byte(repName(reps - 1))
	for {
		files, _ := filepath.Glob(filepath.Join(folder, "data", "blackbox", "snapshot*"))
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, last) {
				return nil
			}
		}
		if err := wait(ctx, packetEvery); err != nil {
			return fmt.Errorf("wait for the node's snapshot: %w; it said: %s", err, n.words())
		}
	}
}
