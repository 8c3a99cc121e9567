package blackbox_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mayday/center/rep"
	"mayday/engine/blackbox"
)

// childFolder is the variable that makes the test binary a node which leases until it is killed.
const childFolder = "BLACKBOX_CHILD_FOLDER"

// childHangs is the variable that makes its disk hang in every write once the box is open.
const childHangs = "BLACKBOX_CHILD_HANGS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		leaseUntilKilled(dir)
	}
	os.Exit(m.Run())
}

const childReps = 24

// deed is one thing that the child hands over: the lease of a rep, number by number, or its end.
type deed struct {
	number int
	rep    rep.ID
	wiped  bool
}

// kept is the lease that the deed hands over; its number stands in its beginning.
func (d deed) kept() blackbox.Kept {
	k := lease(string(d.rep))
	k.Lease.From = noon.Add(time.Duration(d.number))
	k.Lease.Until = noon.Add(time.Hour)
	return k
}

// hangingDisk is a disk whose writes do not come back once it hangs.
type hangingDisk struct {
	blackbox.Disk
	hangs *atomic.Bool
}

func (d hangingDisk) Open(name string, readOnly bool) (blackbox.File, error) {
	opened, err := d.Disk.Open(name, readOnly)
	return hangingFile{opened, d.hangs}, err
}

type hangingFile struct {
	blackbox.File
	hangs *atomic.Bool
}

func (f hangingFile) WriteAt(octets []byte, at int64) (int, error) {
	if f.hangs.Load() {
		select {}
	}
	return f.File.WriteAt(octets, at)
}

// leaseUntilKilled hands over what comes to its mind, and says each deed before it is done and when it has returned.
func leaseUntilKilled(dir string) {
	disk := hangingDisk{blackbox.DiskOf(dir), new(atomic.Bool)}
	box, err := blackbox.OpenOnWithTray(disk, dir, blackbox.Config{Slots: 64, Now: at(noon)})
	if err != nil {
		panic(err)
	}
	disk.hangs.Store(os.Getenv(childHangs) != "")
	for number := 1; ; number++ {
		d := deed{number: number, rep: rep.ID(fmt.Sprintf("rep-%04d", rand.N(childReps))), wiped: rand.N(4) == 0}
		fmt.Printf("d %d %s %v\n", d.number, d.rep, d.wiped)
		if d.wiped {
			box.Wipe(d.rep)
		} else {
			box.Keep(d.kept())
		}
		fmt.Printf("w %d\n", number)
		if rand.N(8) == 0 {
			<-time.After(time.Duration(rand.N(500)) * time.Microsecond)
		}
	}
}

// TestKilledAtAnyInstantNothingHandedOverIsLost kills a process that leases, opens its folder, and goes on with the next one there. What
// Keep or Wipe has returned from must be as it was handed over.
func TestKilledAtAnyInstantNothingHandedOverIsLost(t *testing.T) {
	kills := 200
	if testing.Short() {
		kills = 30
	}
	killAgainAndAgain(t, kills)
}

// TestKilledWhileTheDiskHangsNothingHandedOverIsLost does the same with a disk that has taken none of it.
func TestKilledWhileTheDiskHangsNothingHandedOverIsLost(t *testing.T) {
	killAgainAndAgain(t, 30, childHangs+"=yes")
}

func killAgainAndAgain(t *testing.T, kills int, environment ...string) {
	t.Helper()
	dir := t.TempDir()
	openFor(t, dir) // makes the files
	state := map[rep.ID]blackbox.Kept{}
	deeds, killedAtWork := 0, 0
	for i := range kills {
		said := killChild(t, dir, time.Duration(rand.Int64N(int64(60*time.Millisecond))), environment...)
		state = judge(t, fmt.Sprintf("kill %d", i), said, state, openFor(t, dir))
		if deeds += len(said.deeds); len(said.deeds) > 0 {
			killedAtWork++
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d while leasing, %d leases and wipes handed over", kills, killedAtWork, deeds)
	if killedAtWork == 0 {
		t.Error("no child had begun to lease when it was killed")
	}
}

// openFor opens the box of a folder as the next node would, and returns what is restored.
func openFor(t *testing.T, dir string) map[rep.ID]blackbox.Kept {
	t.Helper()
	box := openBox(t, dir, noon)
	settle(t, box)
	healthy(t, box)
	restored := map[rep.ID]blackbox.Kept{}
	for _, k := range box.Restored() {
		restored[k.Lease.Rep] = k
	}
	if len(leasesIn(t, dir)) != len(restored) {
		t.Errorf("%d leases are restored and %d slots hold one", len(restored), len(leasesIn(t, dir)))
	}
	shut(t, box)
	return restored
}

// said is what a child said before it died.
type said struct {
	deeds   []deed
	written int // of the deeds, the first ones, so many have returned
}

func killChild(t *testing.T, dir string, after time.Duration, environment ...string) said {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), childFolder+"="+dir), environment...)
	var stderr bytes.Buffer
	child.Stderr = &stderr
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var s said
	begun := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if len(s.deeds) == 0 {
				close(begun)
			}
			s.hear(lines.Text())
		}
	}()
	select {
	case <-begun: // most children die at work, some before it
	case <-ended:
		t.Fatalf("the child ended by itself: %s", stderr.String())
	case <-time.After(5*time.Millisecond + 20*after):
	}
	<-time.After(after)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	_ = child.Wait()
	if strings.Contains(stderr.String(), "panic") {
		t.Fatalf("the child ended by itself: %s", stderr.String())
	}
	return s
}

func (s *said) hear(line string) {
	var d deed
	if n, _ := fmt.Sscanf(line, "d %d %s %t", &d.number, &d.rep, &d.wiped); n == 3 {
		s.deeds = append(s.deeds, d)
		return
	}
	written := 0
	if n, _ := fmt.Sscanf(line, "w %d", &written); n == 1 {
		s.written = max(s.written, written)
	}
}

// judge compares what is restored with what was said: of each rep it is what the last deed that returned has left, or a later one's.
func judge(t *testing.T, circumstance string, s said, before, restored map[rep.ID]blackbox.Kept) map[rep.ID]blackbox.Kept {
	t.Helper()
	for i := range childReps {
		id := rep.ID(fmt.Sprintf("rep-%04d", i))
		possible := []deed{{rep: id, wiped: true}}
		if k, held := before[id]; held {
			possible[0] = deed{number: int(k.Lease.From.Sub(noon)), rep: id}
		}
		for _, d := range s.deeds {
			if d.rep == id && d.number <= s.written {
				possible = nil
			}
			if d.rep == id {
				possible = append(possible, d)
			}
		}
		got, held := restored[id]
		fits := false
		for _, d := range possible {
			fits = fits || d.wiped && !held || !d.wiped && held && got == d.kept()
		}
		if !fits {
			t.Errorf("%s: of %s %v is restored (held: %v); %d deeds had returned, possible are %v", circumstance, id, got, held, s.written, possible)
		}
	}
	return restored
}

// BenchmarkKeep is what a call pays.
func BenchmarkKeep(b *testing.B) {
	box := openBox(b, b.TempDir(), noon)
	var leases []blackbox.Kept
	for i := range 32 {
		leases = append(leases, lease(fmt.Sprintf("rep-%04d", i)))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		box.Keep(leases[i%len(leases)])
	}
}

// BenchmarkKeepToFile is the window in which the end of the process would lose a lease: from Keep's return until the file has it.
func BenchmarkKeepToFile(b *testing.B) {
	box := openBox(b, b.TempDir(), noon)
	var windows []time.Duration
	for i := 0; b.Loop(); i++ {
		box.Keep(lease(fmt.Sprintf("rep-%04d", i%32)))
		began := time.Now()
		for handed := box.Handed(); box.Written() < handed; {
		}
		windows = append(windows, time.Since(began))
	}
	reportPercentiles(b, windows)
}

// BenchmarkKeepToDisk is how long it takes until a power cut would not lose it either.
func BenchmarkKeepToDisk(b *testing.B) {
	box := openBox(b, b.TempDir(), noon)
	var windows []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		box.Keep(lease(fmt.Sprintf("rep-%04d", i%32)))
		settle(b, box)
		windows = append(windows, time.Since(began))
	}
	reportPercentiles(b, windows)
}
