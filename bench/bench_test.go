package bench_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/bench"
)

// patience is how long a measurement of a few calls may take on a busy machine.
const patience = 90 * time.Second

// build builds the program with the race detector, as make test has built its packages before.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "mayday")
	command := exec.CommandContext(t.Context(), "go", "build", "-race", "-o", program, "./cmd/mayday")
	command.Dir = ".."
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return program
}

func TestEveryMeasurementIsTaken(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("what a process uses is read from /proc, which this system does not have")
	}
	program := build(t)
	for _, name := range bench.Measurements() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			folder := t.TempDir()
			report, err := bench.Run(ctx, bench.Config{Program: program, Only: []string{name}, Size: bench.Quick(), Folder: folder})
			if err != nil {
				t.Fatalf("measure %s: %v", name, err)
			}
			check(t, name, report)
			written(t, report)
		})
	}
	t.Run("a node that runs already", func(t *testing.T) {
		t.Parallel()
		testGiven(t, program)
	})
}

// check looks whether the calls that were placed came through; how fast they were is for no test to say.
func check(t *testing.T, name string, report *bench.Report) {
	t.Helper()
	size := bench.Quick()
	claim := func(circumstance string, holds bool) {
		t.Helper()
		if !holds {
			text, _ := json.Marshal(report)
			t.Errorf("%s: not so in %s", circumstance, text)
		}
	}
	switch name {
	case "dial":
		claim("every dialled call arrived and was connected", report.Dial.Invite.Count == size.Dials && report.Dial.Connected.Count == size.Dials)
		claim("the node counted the same calls", report.Dial.Inside.Count == size.Dials)
	case "callback":
		claim("every call back rang", report.Callback.Ring.Count == size.Callbacks && report.Callback.Ringing.Count == size.Callbacks)
	case "outgoing":
		claim("every call of a rep was answered", report.Outgoing.Placed > 0 && report.Outgoing.Connected == report.Outgoing.Placed)
	case "start":
		claim("a node without a database was ready each time", report.Start.Reps == size.StartReps && report.Start.Ready.Count == size.Starts && report.Start.Bare.Count == size.Starts)
	case "bridge":
		claim("every call back was bridged", len(report.Bridge) == 1 && report.Bridge[0].Placed == 3 && report.Bridge[0].Connected == 3)
	case "browsers":
		claim("sound reached browser and trunk", len(report.Browsers) == 1 && heard(report.Browsers[0]))
	case "relay":
		claim("sound reached both trunks", len(report.Relay) == 1 && heard(report.Relay[0]))
		bare := report.Relay[0].Bare
		claim("the least code relayed as much", runtime.GOOS != "linux" || bare.Delay.Count > 0 && bare.Lost == 0 && bare.CorePer100 > 0)
	case "overload":
		claim("ordinary calls were answered", report.Overload.Saturation > 0)
		for _, step := range report.Overload.Steps {
			claim("emergency calls beside ordinary ones were completed", step.Completed == size.Emergencies && step.Arrived == size.Emergencies)
		}
	default:
		t.Errorf("nothing is known of measurement %q", name)
	}
}

func heard(s bench.Sound) bool {
	return s.Connected == s.Calls && s.Sent > 0 && s.Delay.Count > s.Sent/2
}

// written checks that a report can be read by people and by programs.
func written(t *testing.T, report *bench.Report) {
	t.Helper()
	var table strings.Builder
	if err := report.Write(&table); err != nil || !strings.Contains(table.String(), "p99 ms") {
		t.Errorf("the table: %v\n%s", err, table.String())
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var again bench.Report
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report, &again); diff != "" {
		t.Errorf("a report written and read again differs:\n%s", diff)
	}
}

func TestAnUnknownMeasurementIsRefused(t *testing.T) {
	if _, err := bench.Run(t.Context(), bench.Config{Only: []string{"luck"}}); err == nil || !strings.Contains(err.Error(), "luck") {
		t.Errorf("a measurement that does not exist: %v, want it named", err)
	}
}

func TestAProgramThatIsNoneIsAFault(t *testing.T) {
	program := filepath.Join(t.TempDir(), "none")
	if _, err := bench.Run(t.Context(), bench.Config{Program: program, Only: []string{"dial"}, Size: bench.Quick()}); err == nil {
		t.Error("a program that does not exist: no error")
	}
}

// demo runs the demo and returns where its screens are.
func demo(t *testing.T, program string) string {
	t.Helper()
	command := exec.Command(program, "demo", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--data", t.TempDir(), "--log", "error")
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // it has done its work
		_ = command.Wait()         // killed, as it was told
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the demo says no ready line: %v", err)
	}
	for field := range strings.FieldsSeq(line) {
		if address, found := strings.CutPrefix(field, "http="); found {
			return address
		}
	}
	t.Fatalf("the ready line %q has no address", line)
	return ""
}

// testGiven places ordinary calls through a node that it has not started itself.
func testGiven(t *testing.T, program string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	address := demo(t, program)
	report, err := bench.RunGiven(ctx, bench.Given{HTTP: address, User: "alice", Password: "mayday", Number: "+12175550155", Calls: 2})
	if err != nil {
		t.Fatalf("calls through the demo: %v", err)
	}
	if report.Given.Placed != 2 || report.Given.Connected != 2 || report.Given.Taken.Count != 2 {
		t.Errorf("two calls through the demo: %+v", report.Given)
	}
	written(t, report)
	if _, err := bench.RunGiven(ctx, bench.Given{HTTP: address, User: "alice", Password: "wrong", Number: "+12175550155"}); err == nil {
		t.Error("a wrong password: no error")
	}
}

func TestOnlyLoopbackAndOrdinaryNumbersAreLoaded(t *testing.T) {
	for _, c := range []struct {
		http, number string
		want         error
	}{
		{"http://192.0.2.1:8080", "+12175550100", bench.ErrNotLoopback},
		{"http://mayday.example:8080", "+12175550100", bench.ErrNotLoopback},
		{"127.0.0.1:8080", "+12175550100", bench.ErrNotLoopback},
		{"ftp://127.0.0.1/", "+12175550100", bench.ErrNotLoopback},
		{"http://127.0.0.1:8080", "911", bench.ErrNotPlus},
		{"http://127.0.0.1:8080", "9911", bench.ErrNotPlus},
		{"http://127.0.0.1:8080", "+911", bench.ErrNotPlus},
		{"http://127.0.0.1:8080", "", bench.ErrNotPlus},
	} {
		_, err := bench.RunGiven(t.Context(), bench.Given{HTTP: c.http, Number: c.number})
		if !errors.Is(err, c.want) {
			t.Errorf("number %q through %s: %v, want %v", c.number, c.http, err, c.want)
		}
	}
}
