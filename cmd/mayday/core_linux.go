package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// leaveNoCore makes sure that no core file of this process is ever written, whatever the machine does with core files: in it would
// stand whose emergency call goes on. Without the second measure a program that takes the machine's core files would be handed one
// all the same. Other programs of the same user cannot look into its memory either.
func leaveNoCore() error {
	if err := errors.Join(unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}), unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)); err != nil {
		return fmt.Errorf("turn core files off: %w", err)
	}
	return nil
}
