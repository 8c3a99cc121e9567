package app_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mayday/psap"
	"mayday/web/api"
)

// memoryOf is all memory of a process that can be written, as the root of its machine sees it.
func memoryOf(t *testing.T, pid int) []byte {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatalf("look into another process (run the tests as root): %v", err)
	}
	defer memory.Close()
	const most = 1 << 30 // what is larger is reserved and not used
	var all bytes.Buffer
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to uint64
		var permissions string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &permissions); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(permissions, "rw") && to-from <= most {
			_, _ = io.Copy(&all, io.NewSectionReader(memory, int64(from), int64(to-from))) // what cannot be read holds nothing
		}
	}
	return all.Bytes()
}

var givenBack = regexp.MustCompile(`msg="memory given back after a window" took=\S+`)

// TestMemoryForgetsAnEmergencyAfterItsWindow searches all memory of a node, the program as it is used and not one with the race
// detector, while the emergency service is on the line and after the window. Of the ordinary call beside it finds the number all the time.
func TestMemoryForgetsAnEmergencyAfterItsWindow(t *testing.T) {
	t.Parallel()
	v := newVictimAt(t, filepath.Join(t.TempDir(), "data"), "emergency: {lease: 8s}\n")
	behave(t, v.provider, psap.Behaviour{})
	v.program = filepath.Join(t.TempDir(), "mayday")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", v.program, "./cmd/mayday")
	command.Dir = ".."
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	v.runs()
	f := signIn(t, v.url(), "alice").feed()
	f.talks("an ordinary call beside")
	f.ask(api.Request{Do: api.DoPosition, Position: &api.Position{Latitude: latitude, Longitude: longitude, RadiusM: 23}})
	v.emergency(f)
	back := strangerCalls(t, v.sip, f.shown().Window.Number, farName, farNumber)
	f.shows("the call back rings", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.Incoming })
	f.ask(api.Request{Do: api.DoAnswer, Call: f.shown().Emergency.ID})
	back.hears("the call back is answered", "SIP/2.0 200")
	markers := []string{farNumber, farName, "39.723418", "89.812763"}
	during := memoryOf(t, v.running.command.Process.Pid)
	for _, word := range append(markers, ordinaryTo, "Alice Doe") {
		if !found(during, word) {
			t.Errorf("the emergency service is on the line: memory does not hold %q; the search after it proves nothing", word)
		}
	}
	f.ask(api.Request{Do: api.DoEnd})
	f.shows("the call back has ended", func(w api.Workspace) bool { return w.Emergency == nil })
	f.ask(api.Request{Do: api.DoPosition, Position: &api.Position{Latitude: 39.5, Longitude: -89.5, RadiusM: 23}}) // a rep's newest is kept
	f.shows("the window is over", func(w api.Workspace) bool { return w.Window == nil })
	if !within(2*time.Minute, func() bool { return givenBack.MatchString(v.running.said()) }) {
		t.Fatal("the window is over: no memory is given back")
	}
	t.Log(givenBack.FindString(v.running.said()))
	afterwards := memoryOf(t, v.running.command.Process.Pid)
	for _, word := range append(markers, typed) {
		all := forms(word)
		if strings.Contains(word, ".") {
			all = texts(word) // as a number, half a position stays in a stack for a while: docs/privacy.md says so
		}
		for _, form := range all {
			if at := bytes.Index(afterwards, form); at >= 0 {
				t.Errorf("after the window: memory holds %q as %q in %q", word, form, afterwards[max(0, at-200):min(len(afterwards), at+200)])
			}
		}
	}
	for _, word := range []string{ordinaryTo, "Alice Doe"} {
		if !found(afterwards, word) {
			t.Errorf("after the window: memory does not hold %q: the search is blind", word)
		}
	}
}
