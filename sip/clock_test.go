package sip

import (
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// These tests live inside the package because hours pass in them: they run in a bubble of synctest, where no
// real socket may be, so the far end is a flow that writes down what it was sent.

var farEnd = netip.MustParseAddrPort("127.0.0.1:5080")

const someSDP = "v=0\r\ns=x\r\n"

// notebook is a far end that writes down what it gets.
type notebook struct {
	mu   sync.Mutex
	got  []*Message
	when []time.Time
	flaw *defect // the first in what it got
}

func (n *notebook) send(b []byte, _ netip.AddrPort) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, flaw := scan(b)
	n.got, n.when, n.flaw = append(n.got, m), append(n.when, time.Now()), worst(n.flaw, flaw)
	return nil
}

func (n *notebook) network() string                     { return "UDP" }
func (n *notebook) alive() bool                         { return true }
func (n *notebook) local(netip.AddrPort) netip.AddrPort { return n.bound() }
func (n *notebook) serves(netip.Addr) bool              { return true }
func (n *notebook) bound() netip.AddrPort               { return netip.MustParseAddrPort("127.0.0.1:5060") }
func (n *notebook) close()                              {}

// all gives what came of one method or status class and forgets everything.
func (n *notebook) all(start string) []*Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	var found []*Message
	for _, m := range n.got {
		if strings.HasPrefix(m.StartLine(), start) {
			found = append(found, m)
		}
	}
	n.got = nil
	return found
}

// keeper is a handler that keeps what it is given.
type keeper struct {
	dialogs   []*Dialog
	exchanges []*Exchange
}

func (k *keeper) Invited(d *Dialog)     { k.dialogs = append(k.dialogs, d) }
func (k *keeper) Requested(x *Exchange) { k.exchanges = append(k.exchanges, x) }

type bubble struct {
	*Stack
	*keeper
	far *notebook
}

// inBubble runs a test where time is told, and checks that nothing is remembered ten minutes after it.
func inBubble(t *testing.T, test func(*testing.T, *bubble)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{keeper: &keeper{}, far: &notebook{}}
		b.Stack = New(Config{Logger: strictLog(t), Resolver: NewResolver("127.0.0.1:1")}, b.keeper)
		b.udp = append(b.udp, b.far)
		test(t, b)
		pass(10 * time.Minute)
		if n := len(b.strands); n != 0 {
			t.Errorf("ten minutes after the end: %d strands are left", n)
		}
		_ = b.Close()
	})
}

// strictLog fails the test when the stack logs an error: it does so for panics only.
func strictLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(failing{t}, &slog.HandlerOptions{Level: slog.LevelError}))
}

type failing struct{ t testing.TB }

func (f failing) Write(line []byte) (int, error) {
	f.t.Errorf("the stack logs: %s", line)
	return len(line), nil
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (b *bubble) place(t *testing.T) (*Dialog, *Message) {
	t.Helper()
	d, err := b.Invite(Invite{
		Peer: "sip:127.0.0.1:5080", RequestURI: "sip:911@far", From: Address{URI: "sip:a@b"}, To: Address{URI: "sip:911@far"},
		ContentType: "application/sdp", Body: []byte(someSDP),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, b.far.all("INVITE")[0]
}

// answer lets the far end respond to a request of ours.
func (b *bubble) answer(request *Message, status int, headers ...Header) {
	m := b.response(request, route{b.far, farEnd}, response{status: status, toTag: "far", contact: "<sip:far@127.0.0.1:5080>", headers: headers})
	b.received(m.raw, route{b.far, farEnd})
	synctest.Wait()
}

// ask lets the far end send a request; to is empty for one outside a dialog.
func (b *bubble) ask(method, branch, to string, cseq string, headers ...Header) {
	m := &Message{method: method, uri: "sip:us@127.0.0.1:5060"}
	m.add("Via", "SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK"+branch)
	m.add("From", "<sip:far@b>;tag=far")
	if to == "" {
		to = "<sip:us@b>"
	}
	m.add("To", to)
	m.add("Call-ID", "from-outside")
	m.add("CSeq", cseq+" "+method)
	m.add("Contact", "<sip:far@127.0.0.1:5080>")
	m.headers = append(m.headers, headers...)
	b.received(m.encode().raw, route{b.far, farEnd})
	synctest.Wait()
}

// told gives the events that are there now.
func told(d *Dialog) []Event {
	synctest.Wait()
	var events []Event
	for {
		select {
		case e, ok := <-d.Events():
			if !ok {
				return events
			}
			events = append(events, e)
		default:
			return events
		}
	}
}

func TestSilentPeerIsGivenUpAfter32Seconds(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		d, _ := b.place(t)
		pass(32*time.Second - time.Millisecond)
		if events := told(d); len(events) != 0 {
			t.Fatalf("before timer B: %v", events)
		}
		if n := len(b.far.all("INVITE")); n != 6 {
			t.Errorf("silent peer: INVITE was repeated %d times, want 6", n)
		}
		pass(time.Millisecond)
		events := told(d)
		if f, ok := events[0].(Failed); !ok || f.Cause != NoResponse || f.Status != 0 {
			t.Errorf("silent peer: %+v, want Failed with NoResponse", events[0])
		}
	})
}

func TestCallRingsForAsLongAsTheFarEndLikes(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		d, invite := b.place(t)
		b.answer(invite, 180)
		pass(time.Hour)
		if events := told(d); len(events) != 1 {
			t.Fatalf("after an hour of ringing: %v", events)
		}
		d.End("")
		pass(33 * time.Second)
		if len(told(d)) != 0 {
			t.Error("unanswered CANCEL: ended before its guard")
		}
		pass(time.Second)
		if events := told(d); len(events) != 2 {
			t.Errorf("unanswered CANCEL: %v, want Failed and Ended after 34 s", events)
		}
		if len(b.far.all("CANCEL")) != 11 {
			t.Error("unanswered CANCEL was not repeated 11 times")
		}
	})
}

func TestRingingIsRepeatedEveryMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		b.ask("INVITE", "i", "", "1")
		d := b.dialogs[0]
		if err := d.Ring(180, nil, "", nil); err != nil {
			t.Fatal(err)
		}
		pass(5*time.Minute + time.Second)
		if n := len(b.far.all("SIP/2.0 180")); n != 6 {
			t.Errorf("five minutes of ringing: 180 was sent %d times, want 6", n)
		}
		d.End("")
	})
}

func TestAnswerWithoutAckIsHungUpAfter32Seconds(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		b.ask("INVITE", "i", "", "1")
		d := b.dialogs[0]
		if err := d.Answer(nil, "application/sdp", []byte(someSDP)); err != nil {
			t.Fatal(err)
		}
		pass(32 * time.Second)
		if n := len(b.far.all("SIP/2.0 200")); n != 11 {
			t.Errorf("200 without ACK was sent %d times, want 11", n)
		}
		events := told(d)
		if e, ok := events[len(events)-1].(Ended); !ok || e.By != Timeout {
			t.Errorf("200 without ACK: %v", events)
		}
		pass(time.Second)
		if len(b.far.all("BYE")) == 0 {
			t.Error("200 without ACK: no BYE")
		}
	})
}

func TestRequestThatNobodyAnswersGets500(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		b.ask("MESSAGE", "m", "", "1")
		pass(32 * time.Second)
		if len(b.far.all("SIP/2.0 500")) != 1 {
			t.Error("a request that the user forgot was not answered with 500")
		}
		if err := b.exchanges[0].Respond(200, "", nil, "", nil); err == nil {
			t.Error("answering it afterwards: no error")
		}
	})
}

func TestSessionIsRefreshedWhenTheFarEndAsks(t *testing.T) {
	for _, c := range []struct{ allow, method string }{{"INVITE, UPDATE", "UPDATE"}, {"INVITE", "INVITE"}} {
		inBubble(t, func(t *testing.T, b *bubble) {
			d, invite := b.place(t)
			timer := []Header{{"Session-Expires", "1800;refresher=uac"}, {"Allow", c.allow}}
			b.answer(invite, 200, timer...)
			for turn := range 3 {
				pass(15*time.Minute + time.Second)
				refreshes := b.far.all(c.method)
				if len(refreshes) == 0 {
					t.Fatalf("turn %d: no %s after half the interval", turn, c.method)
				}
				if got := refreshes[0].Header("Session-Expires"); got != "1800;refresher=uac" {
					t.Errorf("refresh says %q", got)
				}
				if c.method == "INVITE" && string(refreshes[0].Body()) != someSDP {
					t.Errorf("refresh by re-INVITE has body %q, want our last SDP", refreshes[0].Body())
				}
				b.answer(refreshes[0], 200, timer...)
			}
			if events := told(d); len(events) != 1 {
				t.Errorf("refreshing told %v, want Answered alone", events)
			}
			pass(31 * time.Minute) // refreshes get no answer any more
			events := told(d)
			if e, ok := events[len(events)-1].(Ended); !ok || e.By != Timeout {
				t.Errorf("unrefreshed session: %v", events)
			}
		})
	}
}

func TestSessionExpiresWhenTheFarEndStopsRefreshing(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		b.ask("INVITE", "i", "", "1", Header{"Session-Expires", "90;refresher=uac"}, Header{"Supported", "timer"})
		d := b.dialogs[0]
		if err := d.Answer(nil, "application/sdp", []byte(someSDP)); err != nil {
			t.Fatal(err)
		}
		ok := b.far.all("SIP/2.0 200")[0]
		if ok.Header("Session-Expires") != "90;refresher=uac" || !ok.has("Require", "timer") {
			t.Errorf("200 says Session-Expires %q, Require %q", ok.Header("Session-Expires"), ok.Header("Require"))
		}
		b.ask("ACK", "a", ok.Header("To"), "1")
		pass(50 * time.Second)
		b.ask("UPDATE", "u", ok.Header("To"), "2", Header{"Session-Expires", "90;refresher=uac"}, Header{"Supported", "timer"})
		pass(59 * time.Second)
		if events := told(d); len(events) != 1 {
			t.Fatalf("refreshed session: %v", events)
		}
		pass(2 * time.Second)
		if e, is := told(d)[0].(Ended); !is || e.By != Timeout {
			t.Error("session that was not refreshed did not end after 60 s")
		}
		if len(b.far.all("BYE")) == 0 {
			t.Error("expired session: no BYE")
		}
	})
}

func TestReinviteThatIsNeverAnsweredIsForgottenWithItsDialog(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		d, invite := b.place(t)
		b.answer(invite, 200)
		d.Reoffer("application/sdp", []byte(someSDP))
		reinvite := b.far.all("INVITE")[0]
		b.answer(reinvite, 100)
		d.End("")
		b.answer(b.far.all("BYE")[0], 200)
	}) // which checks that nothing is left
}

func TestOfferThatOurUserForgetsDoesNotBlockTheNext(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		d, invite := b.place(t)
		b.answer(invite, 200)
		theirs := func(branch, cseq string) {
			m := &Message{method: "INVITE", uri: "sip:us@127.0.0.1:5060", body: []byte(someSDP)}
			m.headers = []Header{
				{"Via", "SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK" + branch}, {"From", invite.Header("To") + ";tag=far"},
				{"To", invite.Header("From")}, {"Call-ID", d.CallID()}, {"CSeq", cseq + " INVITE"}, {"Content-Type", "application/sdp"},
			}
			b.received(m.encode().raw, route{b.far, farEnd})
			synctest.Wait()
		}
		theirs("one", "1")
		pass(33 * time.Second)
		if len(b.far.all("SIP/2.0 500")) == 0 {
			t.Error("an offer that the user forgot was not answered with 500")
		}
		theirs("two", "2")
		if n := len(told(d)); n != 3 {
			t.Errorf("%d events, want Answered and two Reinvited", n)
		}
		d.End("")
		if len(b.far.all("SIP/2.0 487")) == 0 {
			t.Error("hung up with their offer open: no 487")
		}
	})
}

func TestAnswerWhoseContactCannotBeReachedIsNotHungUp(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		d, invite := b.place(t)
		for range 3 {
			m := b.response(invite, route{b.far, farEnd}, response{status: 200, toTag: "far", contact: "<sips:far@127.0.0.1>"})
			b.received(m.raw, route{b.far, farEnd})
		}
		if events := told(d); len(events) != 1 {
			t.Errorf("answered three times: %v, want Answered alone", events)
		}
		if n := len(b.far.all("")); n != 0 {
			t.Errorf("Contact that asks for TLS: %d messages went out in the clear", n)
		}
		d.End("")
	})
}

func TestFloodOnOneCallIDIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		for i := range 1000 {
			b.ask("OPTIONS", "flood"+strconv.Itoa(i), "", strconv.Itoa(i+1))
		}
		if n := len(b.exchanges); n != maxServers {
			t.Errorf("1,000 requests on one Call-ID: %d reached the user, want %d", n, maxServers)
		}
	})
}

func TestCloseWithAFullQueueClosesTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{keeper: &keeper{}, far: &notebook{}}
		b.Stack = New(Config{}, b.keeper)
		b.udp = append(b.udp, b.far)
		full, invite := b.place(t)
		for range 64 {
			b.answer(invite, 180)
		}
		over, invite := b.place(t)
		for range 100 {
			b.answer(invite, 180)
		}
		_ = b.Close()
		for range full.Events() {
		}
		for range over.Events() {
		}
	})
}

func TestEventsOfASlowReaderAreKept(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		d, invite := b.place(t)
		for range 1000 {
			b.answer(invite, 180)
		}
		b.answer(invite, 486)
		pass(time.Minute)
		n := 0
		for range d.Events() {
			n++
		}
		if n != 1002 {
			t.Errorf("slow reader: %d events, want 1002", n)
		}
	})
}

func TestCloseEndsEveryDialog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{keeper: &keeper{}, far: &notebook{}}
		b.Stack = New(Config{}, b.keeper)
		b.udp = append(b.udp, b.far)
		d, _ := b.place(t)
		_ = b.Close()
		_ = b.Close()
		if events := told(d); len(events) != 1 {
			t.Errorf("closed stack: %v, want Ended", events)
		}
		d.End("")
		if _, err := b.Invite(Invite{Peer: "sip:127.0.0.1", RequestURI: "sip:a@b", From: Address{URI: "sip:a@b"}, To: Address{URI: "sip:a@b"}}); err == nil {
			t.Error("inviting on a closed stack: no error")
		}
	})
}
