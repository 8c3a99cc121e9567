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
	usualKills = 15
	killWithin = 12 * time.Millisecond // of the dial: the INVITE goes out and the lease is written in this time
	// beside is how long an INVITE may be ahead of its lease on a machine that does much else: the lease is written beside it, and a kill
	// in between is the one that loses it. On an idle machine it is a fraction of a millisecond.
	beside = 250 * time.Millisecond
)

var anyReady = regexp.MustCompile(`^ready http=(http://127\.0\.0\.1:\d+) sip=(127\.0\.0\.1:\d+)$`)

// victim is a node as a process of its own that is killed in the middle of its work.
type victim struct {
	*station

	program  string
	settings string // file
	people   []*client
	process  *process
	url      string
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
		v.process, v.url, v.sip = p, ready[1], netip.MustParseAddrPort(ready[2])
	case <-time.After(patience):
		v.t.Fatalf("no ready line after %v; standard error:\n%s", patience, p.said())
	}
	return time.Since(from)
}

// kill ends the program as a power cut would, without a word.
func (v *victim) kill() time.Time {
	v.t.Helper()
	at := time.Now()
	if err := v.process.command.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		v.t.Fatal(err)
	}
	<-v.process.over
	return at
}

// feeds opens the feeds of everybody who has signed in before.
func (v *victim) feeds() []*feed {
	v.t.Helper()
	var all []*feed
	for _, c := range v.people {
		c.url = v.url
		all = append(all, c.feed())
	}
	return all
}

// newVictim lays a node whose people are signed in, and kills it once; what it leaves is where every try begins.
func newVictim(t *testing.T, settings string) (v *victim, data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	v = &victim{station: lay(t, data, nil), program: build(t), settings: filepath.Join(t.TempDir(), "mayday.yaml")}
	v.write(v.settings, fmt.Sprintf("data: %s\nhttp: {listen: \"127.0.0.1:0\"}\nsip: {listen: [\"udp://127.0.0.1:0\"]}\n"+
		"media: {ports: 36000-36199, browser_port: 0}\nmail: {smtp: \"smtp://%s\"}\n%s", data, v.mailbox.Addr(), settings))
	behave(t, v.provider, psap.Behaviour{Manual: true, Provisionals: []int{180}})
	v.runs()
	for _, name := range []string{"alice", "bob", "sam"} {
		v.people = append(v.people, signIn(t, v.url, name))
	}
	for _, f := range v.feeds() {
		_ = f.socket.CloseNow()
	}
	if err := v.process.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-v.process.over
	return v, data
}

func TestKilledNodeForgetsNoLease(t *testing.T) {
	kills := usualKills
	if given := os.Getenv(killsVariable); given != "" {
		var err error
		if kills, err = strconv.Atoi(given); err != nil {
			t.Fatalf("%s: %v", killsVariable, err)
		}
	}
	v, data := newVictim(t, "")
	origin := filepath.Join(t.TempDir(), "origin")
	copyTree(t, data, origin)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	sum := tally{}
	for try := range kills {
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
		copyTree(t, origin, data)
		v.tries(try, time.Duration(random.Int64N(int64(killWithin))), &sum)
	}
	dials := kills * len(v.people)
	t.Logf("%d kills within %v of %d dials: %d INVITEs had gone out, %d of them without a lease afterwards: an INVITE is ahead of its lease for about %v; "+
		"the longest lead that lost one %v; slowest start %v", kills, killWithin, dials, sum.invites, sum.lost,
		killWithin*time.Duration(sum.lost)/time.Duration(dials), sum.longestLost, sum.slowestStart)
}

// tally is what became of the tries.
type tally struct {
	invites, lost int
	longestLost   time.Duration
	slowestStart  time.Duration
}

// tries lets everybody dial at once, kills the node a moment later and looks at what it knows when it runs again.
func (v *victim) tries(try int, moment time.Duration, sum *tally) {
	v.t.Helper()
	from := time.Now()
	v.runs()
	feeds := v.feeds()
	for _, f := range feeds {
		f.ask(api.Request{Do: api.DoPresence, Presence: "lunch"})
	}
	for _, f := range feeds {
		if err := f.socket.Write(v.t.Context(), websocket.MessageText, []byte(`{"id":99,"do":"dial","digits":"112"}`)); err != nil {
			v.t.Fatal(err)
		}
	}
	<-time.After(moment)
	killed := v.kill()
	sum.slowestStart = max(sum.slowestStart, v.runs())
	invites := v.invitesSince(from)
	windows := v.windows(v.feeds())
	for _, invite := range invites {
		v.judge(try, invite, killed, windows, sum)
	}
	v.ringsAgain(invites, windows)
	v.kill()
	for _, invite := range invites {
		var over psap.Call
		asks(v.t, v.provider.Handler(), http.MethodPost, "/psap/calls/"+invite.ID+"/hangup", "", &over)
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

// judge checks that the lease of an INVITE is there, unless the kill fell between the two.
func (v *victim) judge(try int, invite psap.Call, killed time.Time, windows map[string]*feed, sum *tally) {
	v.t.Helper()
	sum.invites++
	lead := killed.Sub(invite.Times.Received)
	if windows[invite.CallerID.Number] != nil {
		return
	}
	sum.lost++
	sum.longestLost = max(sum.longestLost, lead)
	if lead > beside {
		v.t.Errorf("try %d: an INVITE as %s went out %v before the kill, and its lease is lost", try, invite.CallerID.Number, lead)
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
	v, _ := newVictim(t, "emergency: {lease: "+window.String()+"}\n")
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
