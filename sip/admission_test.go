package sip_test

import (
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mayday/sip"
)

// comeBackIn refuses every ordinary call, and counts how often it is asked.
type comeBackIn struct {
	after time.Duration
	asked atomic.Int32
}

func (c *comeBackIn) admit(sip.Arrival) time.Duration {
	c.asked.Add(1)
	return c.after
}

func TestACallBeyondTheLimitGets503WithRetryAfter(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			gate := &comeBackIn{after: 6500 * time.Millisecond}
			us, far := newParty(t, sip.Config{Admit: gate.admit}), newParty(t, sip.Config{})
			failed := skip[sip.Failed](t, far.invite(t, call(us.uri(transport))))
			if failed.Status != 503 || failed.Response.Header("Retry-After") != "7" {
				t.Errorf("a call beyond the limit: %d, Retry-After %q, want 503 and 7", failed.Status, failed.Response.Header("Retry-After"))
			}
			if len(us.calls) != 0 || gate.asked.Load() != 1 {
				t.Errorf("a call beyond the limit: reached the handler %d times, was asked about %d times", len(us.calls), gate.asked.Load())
			}
			if n := us.Shed()[sip.ShedRefused]; n != 1 {
				t.Errorf("a call beyond the limit: counted %d times", n)
			}
		})
	}
}

func TestAnUrgentCallIsNeverToldToComeBack(t *testing.T) {
	gate := &comeBackIn{after: time.Second}
	us := newParty(t, sip.Config{Admit: gate.admit, Urgent: func(uri, _ string) bool { return uri == "sip:911@127.0.0.1" }})
	for _, transport := range []string{"udp", "tcp"} {
		far := newParty(t, sip.Config{})
		caller, callee := connect(t, far, us, transport)
		caller.End("")
		over(t, callee)
	}
	if gate.asked.Load() != 0 {
		t.Errorf("an urgent call: the limit was asked %d times", gate.asked.Load())
	}
}

func TestARepeatedInviteIsNotCountedTwice(t *testing.T) {
	gate := &comeBackIn{}
	us, far := newParty(t, sip.Config{Admit: gate.admit}), newWire(t)
	for range 3 {
		far.ask(us.udp, "INVITE", "one", "<sip:far@x>;tag=f", "<sip:us@x>", "repeated", 1, "Content-Type: application/sdp\r\n", offerSDP)
		far.expect("SIP/2.0 100")
	}
	if gate.asked.Load() != 1 {
		t.Errorf("an INVITE that came three times: the limit was asked %d times", gate.asked.Load())
	}
}

// TestUrgentCallsGoOnWhileEveryLaneStandsStill: whatever becomes of ordinary calls, those that are urgent are placed, taken and ended.
func TestUrgentCallsGoOnWhileEveryLaneStandsStill(t *testing.T) {
	stuck, let := make(chan struct{}, 1<<16), make(chan struct{})
	us := newParty(t, sip.Config{
		Admit: func(sip.Arrival) time.Duration {
			stuck <- struct{}{}
			<-let
			return time.Second
		},
		Urgent: func(uri, _ string) bool { return uri == "sip:911@127.0.0.1" },
	})
	free := sync.OnceFunc(func() { close(let) })
	t.Cleanup(free)
	flood, far := newWire(t), newParty(t, sip.Config{})
	far.talk(t)
	sent := fillLanes(flood, us, stuck)
	for range 20 {
		i := call(far.uri("udp"))
		i.Urgent = true
		out := us.invite(t, i)
		skip[sip.Answered](t, out)
		out.End("")
		in := far.invite(t, call(us.uri("udp")))
		d := us.invited(t)
		if err := d.Answer(nil, "application/sdp", []byte(offerSDP)); err != nil {
			t.Fatal(err)
		}
		skip[sip.Answered](t, in)
		in.End("")
		over(t, d)
	}
	if n := us.Shed()[sip.ShedDropped]; n == 0 || n >= uint64(sent) {
		t.Errorf("%d ordinary calls while nobody takes them: %d dropped", sent, n)
	}
	free()
	skip[sip.Failed](t, far.invite(t, ordinary(us)))
}

func ordinary(us *party) sip.Invite {
	i := call(us.uri("udp"))
	i.RequestURI, i.To.URI = "sip:desk@127.0.0.1", "sip:desk@127.0.0.1"
	return i
}

// fillLanes sends ordinary calls until every worker is stuck and their lanes are full, and says how many.
func fillLanes(flood *wire, us *party, stuck <-chan struct{}) int {
	most := 4000 * runtime.GOMAXPROCS(0)
	for n := range most {
		flood.ask(us.udp, "INVITE", fmt.Sprint(n), "<sip:far@x>;tag=f", "<sip:us@x>", fmt.Sprint("flood", n), 1, "", "")
		if n%64 == 0 { // the system's buffer is not what is tested
			look := time.NewTimer(time.Millisecond)
			<-look.C
		}
	}
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		<-stuck
	}
	return most
}

func TestAFullLaneIsSurvivedByOtherCalls(t *testing.T) {
	us := newParty(t, sip.Config{Admit: (&comeBackIn{after: time.Second}).admit})
	flood, err := net.Dial("udp", us.udp.String())
	if err != nil {
		t.Fatal(err)
	}
	defer flood.Close()
	for n := range 20_000 {
		fmt.Fprintf(flood, "INVITE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK%d\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: %d\r\nCSeq: 1 INVITE\r\n\r\n", n, n)
	}
	far := newParty(t, sip.Config{})
	if failed := skip[sip.Failed](t, far.invite(t, ordinary(us))); failed.Status != 503 {
		t.Errorf("a call after a flood: %d, want 503", failed.Status)
	}
}
