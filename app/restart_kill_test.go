package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"mayday/psap"
	"mayday/web/api"
)

// killsVariable says how many kills TestKilledNodeForgetsNoLease tries; the more, the likelier it meets a bad moment.
const killsVariable = "MAYDAY_KILLS"

const (
	usualKills  = 15
	furtherReps = 9 // beside alice, bob and sam: as many calls are each at another point of their way when the node is killed
)

var anyReady = regexp.MustCompile(`^ready http=(http://127\.0\.0\.1:\d+) sip=(127\.0\.0\.1:\d+)$`)

// victim is a node as a process of its own that is killed in the middle of its work.
type victim struct {
	*station

	program  string
	settings string // file
	people   []*client
	within   time.Duration // of the dials: everybody's INVITE goes out in this time
	running  *process
	sip      netip.AddrPort
}

// runs starts the program and says how long it took to be ready.
func (v *victim) runs() time.Duration {
	v.t.Helper()
	from := time.Now()
	p, stdout := run(v.t, v.program, nil, "serve", "--config", v.settings)
	first := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		lines.Scan()
		first <- lines.Text()
		_, _ = io.Copy(io.Discard, stdout) // it ends with the program
		p.wait()
	}()
	select {
	case line := <-first:
		ready := anyReady.FindStringSubmatch(line)
		if ready == nil {
			v.t.Fatalf("the first line on standard output is %q; standard error:\n%s", line, p.said())
		}
		v.running, v.process, v.sip = p, ready[1], netip.MustParseAddrPort(ready[2])
	case <-time.After(patience):
		v.t.Fatalf("no ready line after %v; standard error:\n%s", patience, p.said())
	}
	return time.Since(from)
}

// kill ends the program as a power cut would, without a word.
func (v *victim) kill() time.Time {
	v.t.Helper()
	at := time.Now()
	if err := v.running.command.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		v.t.Fatal(err)
	}
	<-v.running.over
	return at
}

// feeds opens the feeds of everybody who has signed in before.
func (v *victim) feeds() []*feed {
	v.t.Helper()
	var all []*feed
	for _, c := range v.people {
		c.url = v.url()
		all = append(all, c.feed())
	}
	return all
}

// newVictim lays a node whose people are signed in, and kills it once; what it leaves is where every try begins.
func newVictim(t *testing.T, settings string, names ...string) (v *victim, data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	return newVictimAt(t, data, settings, names...), data
}

func newVictimAt(t *testing.T, data, settings string, names ...string) *victim {
	t.Helper()
	v := &victim{station: lay(t, data, withFurtherReps), program: build(t), settings: filepath.Join(t.TempDir(), "mayday.yaml")}
	v.write(v.settings, fmt.Sprintf("data: %s\nhttp: {listen: \"127.0.0.1:0\"}\nsip: {listen: [\"udp://127.0.0.1:0\"]}\n"+
		"media: {ports: 36000-36199, browser_port: 0}\nmail: {smtp: \"smtp://%s\"}\n%s", data, v.mailbox.Addr(), settings))
	behave(t, v.provider, psap.Behaviour{Manual: true, Provisionals: []int{180}})
	v.runs()
	for _, name := range names {
		v.people = append(v.people, signIn(t, v.url(), name))
	}
	for _, f := range v.feeds() {
		_ = f.socket.CloseNow()
	}
	t.Cleanup(v.tidies)
	v.ends()
	return v
}

// further are the names of the reps whom the demo's center does not have.
func further() []string {
	var names []string
	for i := range furtherReps {
		names = append(names, fmt.Sprintf("rep%02d", i))
	}
	return names
}

// withFurtherReps adds them to the center, each with a number to be called back on.
func withFurtherReps(center string) string {
	numbers := "numbers:\n"
	for i, name := range further() {
		numbers += fmt.Sprintf("  - {e164: \"+121755502%02d\", kind: direct_offer, use: emergency_callback, site: hq}\n", i)
		center += fmt.Sprintf("  - {id: %s, name: Rep %d, email: %s@acme.example, site: hq, roles: [rep], capacity_profiles: [voice], password: mayday}\n", name, i, name)
	}
	return strings.Replace(center, "numbers:\n", numbers, 1)
}

// tidies lets the node start once more and end in order, so that it leaves nothing in the system's memory.
func (v *victim) tidies() {
	select {
	case <-v.running.over:
		v.runs()
	default:
	}
	v.ends()
}

// ends ends the program in order.
func (v *victim) ends() {
	v.t.Helper()
	if err := v.running.command.Process.Signal(syscall.SIGTERM); err != nil {
		v.t.Fatal(err)
	}
	<-v.running.over
}

func TestKilledNodeForgetsNoLease(t *testing.T) {
	kills := usualKills
	if given := os.Getenv(killsVariable); given != "" {
		var err error
		if kills, err = strconv.Atoi(given); err != nil {
			t.Fatalf("%s: %v", killsVariable, err)
		}
	}
	v, data := newVictim(t, "", append([]string{"alice", "bob", "sam"}, further()...)...)
	origin := filepath.Join(t.TempDir(), "origin")
	copyTree(t, data, origin)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	v.within = v.measures(data, origin)
	sum := tally{}
	for try := range kills {
		v.startsFrom(data, origin)
		v.tries(try, random, &sum)
	}
	t.Logf("%d kills within %v of %d dials: %d INVITEs had gone out, %d of them without a lease afterwards; slowest start %v",
		kills, v.within, kills*len(v.people), sum.invites, sum.lost, sum.slowestStart)
	if kills > 1 && sum.invites == 0 {
		t.Error("no INVITE had gone out at any kill")
	}
}

// tally is what became of the tries.
type tally struct {
	invites, lost int
	slowestStart  time.Duration
}

func (v *victim) startsFrom(data, origin string) {
	v.t.Helper()
	if err := os.RemoveAll(data); err != nil {
		v.t.Fatal(err)
	}
	copyTree(v.t, origin, data)
	v.runs()
}

// measures lets everybody dial, and returns how long it takes on this machine now until all INVITEs have arrived.
func (v *victim) measures(data, origin string) time.Duration {
	v.t.Helper()
	v.startsFrom(data, origin)
	feeds := v.feeds()
	from := time.Now()
	v.dials(feeds, func() time.Duration { return 0 })()
	eventually(v.t, "everybody's INVITE arrives", func() bool { return len(v.invitesSince(from)) == len(v.people) })
	var latest time.Duration
	for _, invite := range v.invitesSince(from) {
		latest = max(latest, invite.Times.Received.Sub(from))
	}
	v.kill()
	v.hangsUp(v.invitesSince(from))
	return latest
}

// dials lets everybody dial after a while of their own, and returns what waits until all have.
func (v *victim) dials(feeds []*feed, after func() time.Duration) (wait func()) {
	v.t.Helper()
	var dialling sync.WaitGroup
	for _, f := range feeds {
		moment := after()
		dialling.Go(func() {
			<-time.After(moment)
			_ = f.socket.Write(v.t.Context(), websocket.MessageText, []byte(`{"id":99,"do":"dial","digits":"112"}`)) // a killed node does not hear it
		})
	}
	return dialling.Wait
}

// tries lets everybody dial at about the same time, kills the node meanwhile and looks at what it knows when it runs again.
func (v *victim) tries(try int, random *rand.Rand, sum *tally) {
	v.t.Helper()
	from := time.Now()
	moment := func() time.Duration { return time.Duration(random.Int64N(int64(v.within))) }
	feeds := v.feeds()
	for _, f := range feeds {
		f.ask(api.Request{Do: api.DoPresence, Presence: "lunch"})
	}
	wait := v.dials(feeds, moment)
	<-time.After(moment() * 3 / 2)
	v.kill()
	wait()
	sum.slowestStart = max(sum.slowestStart, v.runs())
	invites := v.invitesSince(from)
	windows := v.windows(v.feeds())
	for _, invite := range invites {
		v.judge(try, invite, windows, sum)
	}
	v.ringsAgain(invites, windows)
	v.kill()
	v.hangsUp(invites)
}

func (v *victim) hangsUp(calls []psap.Call) {
	v.t.Helper()
	for _, call := range calls {
		var over psap.Call
		asks(v.t, v.provider.Handler(), http.MethodPost, "/psap/calls/"+call.ID+"/hangup", "", &over)
	}
}

// invitesSince are the emergency calls that have arrived since then.
func (v *victim) invitesSince(from time.Time) []psap.Call {
	v.t.Helper()
	return slices.DeleteFunc(callsAt(v.t, v.provider), func(c psap.Call) bool { return c.Times.Received.Before(from) })
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// windows are the numbers that are leased now, each with whom it is leased to.
func (v *victim) windows(feeds []*feed) map[string]*feed {
	v.t.Helper()
	held := map[string]*feed{}
	for _, f := range feeds {
		w := f.shown()
		if w.Window == nil {
			continue
		}
		if held[w.Window.Number] != nil {
			v.t.Errorf("after a kill: %s is leased to two people", w.Window.Number)
		}
		held[w.Window.Number] = f
		if w.Presence.Current != "lunch" || w.Presence.Locked {
			v.t.Errorf("after a kill: the presence of %s is %+v, and was lunch before the call", w.Rep.ID, w.Presence.Current)
		}
	}
	return held
}

// judge checks that the lease of an INVITE is there.
func (v *victim) judge(try int, invite psap.Call, windows map[string]*feed, sum *tally) {
	v.t.Helper()
	sum.invites++
	if windows[invite.CallerID.Number] == nil {
		sum.lost++
		v.t.Errorf("try %d: an INVITE as %s had gone out before the kill, and its lease is lost", try, invite.CallerID.Number)
	}
}

// ringsAgain lets the emergency service call one of the leased numbers.
func (v *victim) ringsAgain(invites []psap.Call, windows map[string]*feed) {
	v.t.Helper()
	at := slices.IndexFunc(invites, func(c psap.Call) bool { return windows[c.CallerID.Number] != nil })
	if at < 0 {
		return
	}
	number := invites[at].CallerID.Number
	strangerCalls(v.t, v.sip, number, "", "anonymous").hears("after a kill", "SIP/2.0 180")
	windows[number].shows("after a kill: the call back rings", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.Incoming })
}

func TestLeaseWhoseCallWasCutOffIsOpenForAWindowMore(t *testing.T) {
	t.Parallel()
	const window = 6 * time.Second
	v, _ := newVictim(t, "emergency: {lease: "+window.String()+"}\n", "alice")
	behave(t, v.provider, psap.Behaviour{})
	v.runs()
	f := v.feeds()[0]
	dialled := time.Now()
	if code := f.ask(api.Request{Do: api.DoDial, Digits: "911"}); code != "" {
		t.Fatalf("911: refused with %s", code)
	}
	f.shows("911 is connected", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallConnected })
	number := f.shown().Emergency.CallbackNumber
	eventually(t, "the call has lasted longer than its window", func() bool { return time.Since(dialled) > window })
	v.kill()
	v.runs()
	v.feeds()[0].shows("started anew after the call was cut off: the window is open", func(w api.Workspace) bool {
		return w.Window != nil && w.Window.Number == number
	})
	strangerCalls(t, v.sip, number, "", "anonymous").hears("started anew after the call was cut off", "SIP/2.0 180")
	v.feeds()[0].shows("the call back rings", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.Incoming })
}
