package app_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"mayday/web/api"
)

// TestCrashInTheWindowLeavesNoCore crashes a real node whose memory knows an emergency, on a machine that is told to keep core files of
// any size. Neither a core nor what the program says of its end may tell of it.
func TestCrashInTheWindowLeavesNoCore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := serveAs(t, build(t), func(c *exec.Cmd) {
		allowCores(c)
		c.Dir = folder // where the kernel puts a core unless the machine says otherwise
		c.Env = append(os.Environ(), "GOTRACEBACK=crash", "GORACE=disable_coredump=0")
	})
	f := p.callsForHelp()
	w := f.shown()
	f.ask(api.Request{Do: api.DoEnd})
	f.shows("the emergency call has ended and its window is open", func(w api.Workspace) bool { return w.Emergency == nil && w.Window != nil })
	if err := p.command.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	<-p.over
	if p.core {
		t.Error("a node has crashed inside the window: the system has its core")
	}
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		t.Errorf("a node has crashed inside the window: it has left %s", file.Name())
	}
	if !strings.Contains(p.said(), "SIGABRT: abort") {
		t.Fatalf("the node has not crashed as it should have:\n%s", p.said())
	}
	for _, word := range append(w.Place, w.Emergency.CallbackNumber, "Alice Doe") {
		if found([]byte(p.said()), word) {
			t.Errorf("a node has crashed inside the window: what it said of its end holds %q", word)
		}
	}
}

// TestCoresAreSeen: what the test above goes by does see the core of a program that does nothing against it.
func TestCoresAreSeen(t *testing.T) {
	if pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern"); err != nil || strings.HasPrefix(string(pattern), "|") {
		t.Skipf("this machine hands cores to a program, which may refuse them: %s%v", pattern, err)
	}
	command := exec.CommandContext(t.Context(), "/bin/sh", "-c", "kill -ABRT $$")
	allowCores(command)
	command.Dir = t.TempDir()
	_ = command.Run() // it is killed
	if !command.ProcessState.Sys().(syscall.WaitStatus).CoreDump() {
		t.Error("a program that does nothing against it has crashed: no core is seen")
	}
}

// allowCores lets a program begin without a limit on its cores.
func allowCores(c *exec.Cmd) {
	c.Path, c.Args = "/bin/sh", append([]string{"sh", "-c", `ulimit -c unlimited && exec "$0" "$@"`, c.Path}, c.Args[1:]...)
}
