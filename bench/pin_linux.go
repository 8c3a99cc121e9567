package bench

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// share gives the node a core of its own and this process the others, until free is called. Without two cores, or unasked, core
// is nil and everything runs where it likes.
func share(pin bool) (core *int, free func(), err error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, nil, fmt.Errorf("read which cores there are: %w", err)
	}
	if !pin || all.Count() < 2 {
		return nil, func() {}, nil
	}
	first := 0
	for !all.IsSet(first) {
		first++
	}
	rest := all
	rest.Clear(first)
	if err := confine(rest); err != nil {
		return nil, nil, fmt.Errorf("leave core %d to the node: %w", first, err)
	}
	return &first, func() { _ = confine(all) }, nil // the process goes on with fewer cores
}

// confine puts every thread of this process on the cores; threads that begin later inherit that.
func confine(cores unix.CPUSet) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			continue
		}
		if err := unix.SchedSetaffinity(id, &cores); err != nil {
			return err
		}
	}
	return nil
}

// onCore runs start, which starts a process, so that the process has this core alone.
func onCore(core *int, start func() error) error {
	if core == nil {
		return start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, only unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	only.Set(*core)
	if err := unix.SchedSetaffinity(0, &only); err != nil {
		return err
	}
	err := start()
	if back := unix.SchedSetaffinity(0, &before); back != nil && err == nil {
		err = back
	}
	return err
}

// cores counts the cores of the machine that may be used, this process's own and the node's.
func cores() int {
	var mine unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		return runtime.NumCPU()
	}
	return mine.Count() + 1
}
