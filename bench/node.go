package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// node is a node that runs as a process of its own.
type node struct {
	command *exec.Cmd
	http    string
	sip     netip.AddrPort
	over    chan struct{} // closed when the process has ended

	mu   sync.Mutex
	said bytes.Buffer // on standard error, the first part
}

const (
	readyWithin = 30 * time.Second
	endsWithin  = 10 * time.Second
	mostSaid    = 64 << 10
)

// startNode applies the center and starts a node with it, on loopback and ports that are free.
func startNode(ctx context.Context, program, folder, center string, core *int) (*node, error) {
	settings := filepath.Join(folder, "mayday.yaml")
	file := filepath.Join(folder, "center.yaml")
	if err := errors.Join(os.WriteFile(settings, []byte(settingsFile(folder)), 0o600), os.WriteFile(file, []byte(center), 0o600)); err != nil {
		return nil, fmt.Errorf("write the node's files: %w", err)
	}
	if out, err := exec.CommandContext(ctx, program, "apply", "--config", settings, file).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("apply the center: %w: %s", err, out)
	}
	return serve(ctx, program, settings, core)
}

// serve starts a node with the settings and returns when it is ready.
func serve(ctx context.Context, program, settings string, core *int) (*node, error) {
	n := &node{command: exec.Command(program, "serve", "--config", settings), over: make(chan struct{})}
	n.command.Stderr = n
	stdout, err := n.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := onCore(core, n.command.Start); err != nil {
		return nil, fmt.Errorf("start the node: %w", err)
	}
	ready := make(chan string, 1)
	go n.follow(stdout, ready)
	return n, n.await(ctx, ready)
}

// follow passes the ready line on, and lives as long as the process.
func (n *node) follow(stdout io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(stdout)
	if lines.Scan() {
		ready <- lines.Text()
	}
	_, _ = io.Copy(io.Discard, stdout) // nothing else is said there
	_ = n.command.Wait()               // killed or not, it is over
	close(n.over)
}

func (n *node) await(ctx context.Context, ready <-chan string) error {
	select {
	case line := <-ready:
		return n.readReady(line)
	case <-n.over:
		return fmt.Errorf("start the node: it ended and said: %s", n.words())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), n.stop())
	case <-time.After(readyWithin):
		return errors.Join(fmt.Errorf("start the node: not ready after %v; it said: %s", readyWithin, n.words()), n.stop())
	}
}

func (n *node) readReady(line string) error {
	for field := range strings.FieldsSeq(line) {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "http":
			n.http = value
		case "sip":
			at, err := netip.ParseAddrPort(value)
			if err != nil {
				return errors.Join(fmt.Errorf("read the ready line %q: %w", line, err), n.stop())
			}
			n.sip = at
		}
	}
	if n.http == "" || !n.sip.IsValid() {
		return errors.Join(fmt.Errorf("read the ready line %q: no address in it", line), n.stop())
	}
	return nil
}

// Write keeps the first of what the node says on standard error.
func (n *node) Write(said []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said.Write(said[:min(len(said), max(0, mostSaid-n.said.Len()))])
	return len(said), nil
}

func (n *node) words() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.said.String()
}

// stop ends the process: in order where it can, else at once.
func (n *node) stop() error {
	if err := n.command.Process.Signal(syscall.SIGTERM); err == nil {
		select {
		case <-n.over:
			return nil
		case <-time.After(endsWithin):
		}
	}
	if err := n.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the node: %w", err)
	}
	<-n.over
	return nil
}

// clockTicks is the unit of CPU time in /proc on every Linux that Go runs on.
const clockTicks = 100

// usage is what the node has used so far.
type usage struct {
	at         time.Time
	cpu        time.Duration
	bench      time.Duration // CPU time of this process
	starved    time.Duration // its threads could have run and had no core
	memoryMB   float64
	goroutines int
}

// cores is how many cores the node used since before.
func (u usage) cores(before usage) float64 {
	return ratio(float64(u.cpu-before.cpu), float64(u.at.Sub(before.at)))
}

// load is how many cores this process used since before: where it is near one, the bench is what was measured.
func (u usage) load(before usage) float64 {
	return ratio(float64(u.bench-before.bench), float64(u.at.Sub(before.at)))
}

// starvation is how much of the time since before a thread of the node waited for a core. Where that is much, others kept the machine
// busy and the times that were measured are theirs.
func (u usage) starvation(before usage) float64 {
	return ratio(float64(u.starved-before.starved), float64(u.at.Sub(before.at)))
}

// starved adds up how long the threads of a process have waited for a core; zero where the system does not tell.
func starved(process string) time.Duration {
	threads, _ := filepath.Glob(filepath.Join(process, "task", "*", "schedstat")) // the pattern is well formed
	total := time.Duration(0)
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		fields := strings.Fields(string(text))
		if err != nil || len(fields) < 2 {
			continue // it has just ended
		}
		if waited, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			total += time.Duration(waited)
		}
	}
	return total
}

const (
	restsFor    = 200 * time.Millisecond
	restsWithin = 10 * time.Second
)

// rest returns when the node has used next to nothing for a moment: what it does beside its start, such as drawing its map, is over.
// One that never rests is measured as it is.
func (n *node) rest(ctx context.Context) error {
	process := filepath.Join("/proc", strconv.Itoa(n.command.Process.Pid))
	before, _, err := spent(process)
	for begin := time.Now(); err == nil && time.Since(begin) < restsWithin; {
		if err = wait(ctx, restsFor); err != nil {
			return err
		}
		var now time.Duration
		if now, _, err = spent(process); now-before <= restsFor/20 {
			return err
		}
		before = now
	}
	return err
}

// usage reads what the node has used from the system, and its goroutines from its metrics.
func (n *node) usage(ctx context.Context) (usage, error) {
	all, err := scrape(ctx, n.http)
	if err != nil {
		return usage{}, err
	}
	process := n.process()
	u := usage{at: time.Now(), starved: starved(process), goroutines: int(all["go_goroutines"])}
	if u.bench, _, err = spent("/proc/self"); err != nil {
		return usage{}, err
	}
	u.cpu, u.memoryMB, err = spent(process)
	return u, err
}

// process is where the system tells of the node.
func (n *node) process() string { return filepath.Join("/proc", strconv.Itoa(n.command.Process.Pid)) }

// spent reads how much CPU time a process has used and how much memory it has.
func spent(process string) (cpu time.Duration, memoryMB float64, err error) {
	stat, err := os.ReadFile(filepath.Join(process, "stat"))
	if err != nil {
		return 0, 0, fmt.Errorf("read what a process uses: %w", err)
	}
	_, after, _ := bytes.Cut(stat, []byte(") ")) // the name before it may hold anything
	fields := strings.Fields(string(after))
	if len(fields) < 22 {
		return 0, 0, fmt.Errorf("read what a process uses: /proc has %d fields", len(fields))
	}
	var numbers [3]int64 // user time, system time, pages in memory
	for i, at := range [...]int{11, 12, 21} {
		if numbers[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return 0, 0, fmt.Errorf("read what a process uses: %w", err)
		}
	}
	cpu = time.Duration(numbers[0]+numbers[1]) * time.Second / clockTicks
	return cpu, float64(numbers[2]) * float64(os.Getpagesize()) / (1 << 20), nil
}
