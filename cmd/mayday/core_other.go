//go:build unix && !linux

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// leaveNoCore makes sure that no core file of this process is written: in it would stand whose emergency call goes on.
func leaveNoCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turn core files off: %w", err)
	}
	return nil
}
