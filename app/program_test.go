package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mayday/web/api"
)

// nobody is the user without rights: for root every folder is writable.
const nobody = 65534

// built is the program, once for all tests of this package.
var built struct {
	once    sync.Once
	folder  string
	program string
}

func TestMain(m *testing.M) {
	status := m.Run()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder) // what is left lies among other temporary files
	}
	os.Exit(status)
}

// build builds the program with the race detector, as make test has built its packages before, where everybody may run it.
func build(t *testing.T) string {
	t.Helper()
	built.once.Do(func() { built.program = buildOnce(t) })
	if built.program == "" {
		t.Fatal("the program was not built")
	}
	return built.program
}

func buildOnce(t *testing.T) string {
	t.Helper()
	var err error
	if built.folder, err = os.MkdirTemp("", "mayday"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(built.folder, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(built.folder, "mayday")
	command := exec.CommandContext(t.Context(), "go", "build", "-race", "-o", program, "./cmd/mayday")
	command.Dir = ".."
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return program
}

// openFolder makes a folder that every user may look into.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "mayday")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // what is left lies among other temporary files
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// process is a running program.
type process struct {
	t       *testing.T
	command *exec.Cmd
	http    string
	over    chan struct{} // closed when it has ended
	status  int
	core    bool // the system has written a core file, or has handed one over

	mu  sync.Mutex
	log strings.Builder
}

// run starts the program. It is killed with the test, should it still run then.
func run(t *testing.T, program string, change func(*exec.Cmd), args ...string) (*process, io.Reader) {
	t.Helper()
	p := &process{t: t, command: exec.Command(program, args...), over: make(chan struct{})}
	p.command.Stderr = p
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(p.command)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.command.Process.Kill() // it has mostly ended by itself
		<-p.over
	})
	return p, stdout
}

// Write keeps what the program says on standard error.
func (p *process) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(line)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// wait notes how the program ends; everything on standard output has been read by then.
func (p *process) wait() {
	defer close(p.over)
	err := p.command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Errorf("wait for the program: %v", err)
	}
	p.status = p.command.ProcessState.ExitCode()
	p.core = p.command.ProcessState.Sys().(syscall.WaitStatus).CoreDump()
}

var readyLine = regexp.MustCompile(`^ready http=(http://127\.0\.0\.1:\d+) sip=127\.0\.0\.1:\d+$`)

// serve starts the demo and waits until calls can be placed.
func serve(t *testing.T, program string) *process {
	t.Helper()
	return serveAs(t, program, nil)
}

func serveAs(t *testing.T, program string, change func(*exec.Cmd)) *process {
	t.Helper()
	p, stdout := run(t, program, change, "demo", "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--data", t.TempDir())
	first := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		lines.Scan()
		first <- lines.Text()
		for lines.Scan() {
			t.Errorf("standard output holds more than the ready line: %s", lines.Text())
		}
		p.wait()
	}()
	select {
	case line := <-first:
		ready := readyLine.FindStringSubmatch(line)
		if ready == nil {
			t.Fatalf("the first line on standard output is %q; standard error:\n%s", line, p.said())
		}
		p.http = ready[1]
	case <-time.After(patience):
		t.Fatalf("no ready line after %v; standard error:\n%s", patience, p.said())
	}
	return p
}

func (p *process) signal() {
	p.t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the end of the program and checks its status.
func (p *process) ends(circumstance string, status int) {
	p.t.Helper()
	select {
	case <-p.over:
	case <-time.After(patience):
		p.t.Fatalf("%s: the program still runs after %v; standard error:\n%s", circumstance, patience, p.said())
	}
	if p.status != status {
		p.t.Errorf("%s: exit status %d, want %d; standard error:\n%s", circumstance, p.status, status, p.said())
	}
}

func (p *process) runs(circumstance string) {
	p.t.Helper()
	select {
	case <-p.over:
		p.t.Fatalf("%s: the program has ended with status %d; standard error:\n%s", circumstance, p.status, p.said())
	default:
	}
}

// callsForHelp dials 911 without a browser and waits until the call is connected.
func (p *process) callsForHelp() *feed {
	p.t.Helper()
	f := signIn(p.t, p.http, "alice").feed()
	if code := f.ask(api.Request{Do: api.DoDial, Digits: "911"}); code != "" {
		p.t.Fatalf("911: refused with %s", code)
	}
	f.shows("911 is connected", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallConnected })
	return f
}

func TestProgramStopsWhenTheLastEmergencyCallHasEnded(t *testing.T) {
	program := build(t)
	t.Run("one signal", func(t *testing.T) {
		t.Parallel()
		p := serve(t, program)
		other := signIn(t, p.http, "bob").feed()
		f := p.callsForHelp()
		p.signal()
		eventually(t, "stopping is said", func() bool { return strings.Contains(p.said(), "msg=stopping") })
		eventually(t, "an ordinary call while stopping is refused", func() bool {
			return other.ask(api.Request{Do: api.DoDial, Digits: "+12175550155"}) == "NODE_STOPPING"
		})
		if code := other.ask(api.Request{Do: api.DoDial, Digits: "112"}); code != "" {
			t.Errorf("an emergency call while stopping: refused with %s", code)
		}
		other.shows("an emergency call while stopping", func(w api.Workspace) bool {
			return w.Emergency != nil && w.Emergency.State == api.CallConnected
		})
		f.ask(api.Request{Do: api.DoEnd})
		f.shows("the first emergency call has ended", func(w api.Workspace) bool { return w.Emergency == nil })
		p.runs("one of two emergency calls has ended")
		other.ask(api.Request{Do: api.DoEnd})
		p.ends("the last emergency call has ended", 0)
	})
	t.Run("two signals", func(t *testing.T) {
		t.Parallel()
		p := serve(t, program)
		p.callsForHelp()
		p.signal()
		eventually(t, "stopping is said", func() bool { return strings.Contains(p.said(), "msg=stopping") })
		p.runs("an emergency call goes on")
		p.signal()
		p.ends("a second signal", 1)
	})
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		p := serve(t, program)
		p.signal()
		p.ends("no call goes on", 0)
	})
	t.Run("a drill", func(t *testing.T) {
		t.Parallel()
		testDrills(t, program)
	})
	t.Run("mistakes", func(t *testing.T) { testMistakes(t, program) })
}

// testDrills drills a node that runs from outside, as an administrator does at a terminal.
func testDrills(t *testing.T, program string) {
	p := serve(t, program)
	for _, row := range []struct {
		password, trunk string
		fails           bool
		says            []string
	}{
		{password: "mayday", says: []string{"leased", "INVITE sent to", "call back: answered", "the drill passed"}},
		{password: "mayday", trunk: "no-such-trunk", fails: true, says: []string{"drill", "no trunk has a test service"}},
		{password: "wrong", fails: true, says: []string{"sign in"}},
	} {
		command := exec.CommandContext(t.Context(), program, "drill", "--http", p.http, "--trunk", row.trunk)
		command.Env = append(os.Environ(), "MAYDAY_PASSWORD="+row.password)
		out, err := command.CombinedOutput()
		if (err != nil) != row.fails {
			t.Errorf("a drill by %q with the password %q: %v", row.trunk, row.password, err)
		}
		for _, word := range row.says {
			if !strings.Contains(string(out), word) {
				t.Errorf("a drill by %q with the password %q does not say %q:\n%s", row.trunk, row.password, word, out)
			}
		}
	}
	if f := signIn(t, p.http, "alice").feed(); f.shown().Emergency != nil || f.shown().Window != nil {
		t.Errorf("after drills: a rep is shown %+v", f.shown())
	}
}

// testMistakes starts the program where it cannot run: it names what is wrong and where, and ends with status 1.
func testMistakes(t *testing.T, program string) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenUDP, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer takenUDP.Close()
	locked := filepath.Join(openFolder(t), "locked")
	if err := os.Mkdir(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	const free = `sip: {listen: ["udp://127.0.0.1:0"]}` + "\nmedia: {browser_port: 0}\n"
	for _, mistake := range []struct {
		name, settings string
		names          []string
	}{
		{"HTTP port in use", fmt.Sprintf("data: DATA\nhttp: {listen: %q}\n%s", taken.Addr(), free),
			[]string{"http.listen", taken.Addr().String(), "in use"}},
		{"SIP port in use", fmt.Sprintf("data: DATA\nhttp: {listen: \"127.0.0.1:0\"}\nsip: {listen: [%q]}\n", "udp://"+takenUDP.LocalAddr().String()),
			[]string{"sip.listen[0]", takenUDP.LocalAddr().String(), "in use"}},
		{"wrong keys", "data: DATA\nhtpp: {}\nlog: loud\n", []string{"mayday.yaml:2", "htpp", "mayday.yaml:3", "log"}},
		{"no permission", "data: " + locked + "\nhttp: {listen: \"127.0.0.1:0\"}\n" + free, []string{locked, "permission denied"}},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			folder := openFolder(t)
			data := filepath.Join(folder, "data")
			settings := filepath.Join(folder, "mayday.yaml")
			if err := os.WriteFile(settings, []byte(strings.ReplaceAll(mistake.settings, "DATA", data)), 0o644); err != nil {
				t.Fatal(err)
			}
			p, stdout := run(t, program, func(c *exec.Cmd) {
				if os.Geteuid() == 0 && mistake.name == "no permission" {
					c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
				}
			}, "serve", "--config", settings)
			go func() {
				if out, _ := io.ReadAll(stdout); len(out) > 0 { // it ends with the program
					t.Errorf("standard output: %s", out)
				}
				p.wait()
			}()
			p.ends(mistake.name, 1)
			for _, name := range mistake.names {
				if !strings.Contains(p.said(), name) {
					t.Errorf("%s is not named in:\n%s", name, p.said())
				}
			}
		})
	}
}
