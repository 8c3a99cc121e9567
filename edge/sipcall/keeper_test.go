package sipcall_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mayday/center"
	"mayday/center/trunk"
	"mayday/edge/sipcall"
	"mayday/engine"
	"mayday/sip"
)

// carrier is a far end that answers requests outside of calls as it is told.
type carrier struct {
	*sip.Stack
	at netip.AddrPort

	mu     sync.Mutex
	answer func(*sip.Exchange)
	calls  chan *sip.Dialog
}

func newCarrier(t *testing.T) *carrier {
	t.Helper()
	c := &carrier{calls: make(chan *sip.Dialog, 4), answer: (*sip.Exchange).RespondDefault}
	c.Stack = sip.New(sip.Config{}, c)
	t.Cleanup(func() { _ = c.Close() })
	var err error
	if c.at, err = c.Listen("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *carrier) Invited(d *sip.Dialog) { c.calls <- d }

func (c *carrier) Requested(x *sip.Exchange) {
	c.mu.Lock()
	answer := c.answer
	c.mu.Unlock()
	answer(x)
}

func (c *carrier) answers(as func(*sip.Exchange)) {
	c.mu.Lock()
	c.answer = as
	c.mu.Unlock()
}

// keptCenter has one trunk, asked as often as can be.
func keptCenter(uri string) center.Center {
	c := testCenter(1, []string{uri})
	c.Trunks[0].KeepAliveS = 1
	return c
}

// health waits until the first trunk does so.
func (r *rig) health(want trunk.Health) trunk.Condition {
	r.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		if c := r.engine.Trunks()["trunk0"]; c.Health == want {
			return c
		}
		<-tick.C
	}
	r.t.Fatalf("waiting for a trunk that is %q: it is %+v", want, r.engine.Trunks()["trunk0"])
	return trunk.Condition{}
}

func TestTrunkThatStopsToAnswerIsDownUntilItAnswersAgain(t *testing.T) {
	far := newCarrier(t)
	has := keptCenter(fmt.Sprintf("sip:%s;transport=udp", far.at))
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	r.health(trunk.Up)
	far.answers(func(*sip.Exchange) {})
	if c := r.health(trunk.Down); c.Reason != "no answer in time" || c.Since.IsZero() {
		t.Errorf("trunk that stopped to answer: %+v, want the reason and since when", c)
	}
	far.answers((*sip.Exchange).RespondDefault)
	r.health(trunk.Up)
	far.answers(func(x *sip.Exchange) { _ = x.Respond(503, "", nil, "", nil) })
	if c := r.health(trunk.Down); c.Reason != "answers 503" {
		t.Errorf("trunk that has no room: %+v", c)
	}
	far.answers(func(x *sip.Exchange) { _ = x.Respond(404, "", nil, "", nil) })
	r.health(trunk.Up)
}

// TestTrunkThatStopsToAnswerIsTriedLastAndNotSkipped: two SIPps answer OPTIONS and calls until they are frozen.
func TestTrunkThatStopsToAnswerIsTriedLastAndNotSkipped(t *testing.T) {
	first, second := startSipp(t, "asked", "-m", "1000"), startSipp(t, "asked", "-m", "1000")
	has := testCenter(1, []string{first.uri(), second.uri()})
	for i := range has.Trunks {
		has.Trunks[i].KeepAliveS = 1
	}
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	r.health(trunk.Up)
	first.signal(syscall.SIGSTOP)
	r.health(trunk.Down)
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk that answers has answered", phase(engine.Connected))
	if r.stages.has(engine.StageNextTrunk) {
		t.Error("the trunk that has stopped to answer was tried before the one that answers")
	}
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)

	second.signal(syscall.SIGSTOP)
	first.signal(syscall.SIGCONT)
	dial(r, "c2")
	until(t, w, "the trunk that was not asked again yet, or just now, has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)
}

func TestCallThatIsAnsweredProvesThatATrunkIsUp(t *testing.T) {
	far := newCarrier(t)
	far.answers(func(*sip.Exchange) {})
	has := keptCenter(fmt.Sprintf("sip:%s;transport=udp", far.at))
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	r.health(trunk.Down)
	dial(r, "c1")
	call := <-far.calls
	if err := call.Answer(nil, "application/sdp", []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")); err != nil {
		t.Fatal(err)
	}
	r.health(trunk.Up)
	r.do(engine.End{Rep: repID(0)})
}

func TestTrunkThatIsTakenOutIsAskedNoMore(t *testing.T) {
	far := newCarrier(t)
	asked := make(chan struct{}, 100)
	far.answers(func(x *sip.Exchange) { asked <- struct{}{}; x.RespondDefault() })
	has := keptCenter(fmt.Sprintf("sip:%s;transport=udp", far.at))
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	r.health(trunk.Up)
	has.Trunks[0].KeepAliveS = -1
	r.calls.Watch(has.Trunks)
	r.health(trunk.Unasked)
}

// TestNodeRegistersWithATrunkThatWantsIt: challenged, renewed half-way, and found at its Contact.
func TestNodeRegistersWithATrunkThatWantsIt(t *testing.T) {
	far := newCarrier(t)
	registered := make(chan string, 100)
	far.answers(func(x *sip.Exchange) {
		request := x.Request()
		switch authorization := request.Header("Authorization"); {
		case request.Method() != "REGISTER":
			x.RespondDefault()
		case authorization == "":
			_ = x.Respond(401, "", []sip.Header{{Name: "WWW-Authenticate", Value: `Digest realm="carrier", nonce="n1", algorithm=SHA-256, qop="auth"`}}, "", nil)
		case !strings.Contains(authorization, `username="acme"`):
			_ = x.Respond(403, "", nil, "", nil)
		default:
			contact := request.Header("Contact")
			_ = x.Respond(200, "", []sip.Header{{Name: "Contact", Value: contact + ";expires=2"}}, "", nil)
			registered <- contact
		}
	})
	has := keptCenter(fmt.Sprintf("sip:%s;transport=udp", far.at))
	has.Trunks[0].Register, has.Trunks[0].Username, has.Trunks[0].Password = true, "acme", "secret"
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	contact := <-registered
	r.health(trunk.Up)
	if again := <-registered; again != contact {
		t.Errorf("registration renewed: Contact %q, before %q", again, contact)
	}
	uri, _, _ := strings.Cut(strings.TrimPrefix(contact, "<"), ">")
	call, err := far.Invite(sip.Invite{
		Peer: uri, RequestURI: uri, From: sip.Address{URI: "sip:+12175550000@carrier"}, To: sip.Address{URI: "sip:+12175550101@carrier"},
		ContentType: "application/sdp", Body: []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for e := range call.Events() {
		if failed, ok := e.(sip.Failed); ok {
			if failed.Status != 480 { // ours, and nobody has dialled an emergency number from it
				t.Errorf("call to the registered Contact: %d, want 480", failed.Status)
			}
		}
	}
}

// TestNodeThatStopsEndsItsRegistration: SIPp is the registrar (RFC 3261 §10.2.2).
func TestNodeThatStopsEndsItsRegistration(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			var more []string
			if transport == "tcp" {
				more = []string{"-t", "t1"}
			}
			registrar := startSipp(t, "registrar", more...)
			has := testCenter(1, []string{registrar.uri() + ";transport=" + transport})
			has.Trunks[0].KeepAliveS = -1
			has.Trunks[0].Register, has.Trunks[0].Username, has.Trunks[0].Password = true, "acme", "secret"
			r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
			r.calls.Watch(has.Trunks)
			r.health(trunk.Up)
			if err := r.calls.Close(); err != nil {
				t.Fatal(err)
			}
			registrar.passed()
		})
	}
}

// TestRegistrationEndsAfterTheCalls that a stop cuts off: the trunk has the BYE first, and the same Contact goes that came.
func TestRegistrationEndsAfterTheCalls(t *testing.T) {
	far, came := startBareTrunk(t)
	has := keptCenter(fmt.Sprintf("sip:%s;transport=udp", far))
	has.Trunks[0].KeepAliveS, has.Trunks[0].Register, has.Trunks[0].Username = -1, true, "acme"
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	r.health(trunk.Up)
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered", phase(engine.Connected))
	if err := r.calls.Close(); err != nil {
		t.Fatal(err)
	}
	var order []string
	contacts := map[string]bool{}
	for len(came) > 0 {
		switch message := <-came; message.method {
		case "REGISTER":
			contacts[message.fields["Contact"]] = true
			order = append(order, "REGISTER "+message.fields["Expires"])
		case "INVITE", "BYE":
			order = append(order, message.method)
		}
	}
	if want := []string{"REGISTER 600", "INVITE", "BYE", "REGISTER 0"}; !slices.Equal(slices.Compact(order), want) {
		t.Errorf("the node has stopped in the middle of a call: %q came, want %q", order, want)
	}
	if len(contacts) != 1 {
		t.Errorf("what was made known and what has gone: %v, want one Contact", contacts)
	}
}

// bareMessage is a request as it stands in a datagram.
type bareMessage struct {
	method string
	fields map[string]string
}

// startBareTrunk takes every request at one socket, and so in the order in which they were sent, and answers it with 200.
func startBareTrunk(t *testing.T) (at net.Addr, came <-chan bareMessage) {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	all := make(chan bareMessage, 100)
	go func() {
		datagram := make([]byte, 1<<16)
		for {
			n, from, err := socket.ReadFrom(datagram)
			if err != nil {
				return // the test is over
			}
			message := readBare(string(datagram[:n]))
			all <- message
			if message.method != "ACK" {
				_, _ = socket.WriteTo(message.ok(socket.LocalAddr()), from)
			}
		}
	}()
	return socket.LocalAddr(), all
}

func readBare(text string) bareMessage {
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	method, _, _ := strings.Cut(lines[0], " ")
	m := bareMessage{method, map[string]string{}}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		m.fields[name] = value
	}
	return m
}

// ok answers a request with 200, an INVITE with sound, and REGISTER with what it asks for.
func (m bareMessage) ok(at net.Addr) []byte {
	answer, body := "SIP/2.0 200 OK\r\n", ""
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq", "Expires"} {
		if value, has := m.fields[name]; has {
			answer += name + ": " + value + "\r\n"
		}
	}
	to, contact := m.fields["To"], fmt.Sprintf("<sip:%s>", at)
	if !strings.Contains(to, ";tag=") {
		to += ";tag=bare"
	}
	switch m.method {
	case "INVITE":
		body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
		answer += "Content-Type: application/sdp\r\n"
	case "REGISTER":
		contact = m.fields["Contact"]
	}
	return fmt.Appendf(nil, "%sTo: %s\r\nContact: %s\r\nContent-Length: %d\r\n\r\n%s", answer, to, contact, len(body), body)
}

// TestTrunkThatIsSilentKeepsNoNodeFromStopping for more than about a second.
func TestTrunkThatIsSilentKeepsNoNodeFromStopping(t *testing.T) {
	far, has, seen := newRegistrar(t)
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	<-seen
	r.health(trunk.Up)
	far.answers(func(*sip.Exchange) {})
	from := time.Now()
	if err := r.calls.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(from); took > 3*time.Second {
		t.Errorf("the trunk does not answer the end of the registration: the node took %v to stop, want about a second", took)
	}
}

// newRegistrar is a carrier over UDP that lets anybody register, with the center that leads to it, and tells each REGISTER.
func newRegistrar(t *testing.T) (*carrier, center.Center, <-chan *sip.Message) {
	t.Helper()
	seen := make(chan *sip.Message, 100)
	far := newCarrier(t)
	far.answers(func(x *sip.Exchange) {
		if x.Request().Method() != "REGISTER" {
			x.RespondDefault()
			return
		}
		seen <- x.Request()
		_ = x.Respond(200, "", []sip.Header{{Name: "Contact", Value: x.Request().Header("Contact") + ";expires=600"}}, "", nil)
	})
	has := keptCenter(fmt.Sprintf("sip:%s;transport=udp", far.at))
	has.Trunks[0].Register, has.Trunks[0].Username = true, "acme"
	return far, has, seen
}

func TestRefusedRegistrationMakesATrunkSick(t *testing.T) {
	far := newCarrier(t)
	far.answers(func(x *sip.Exchange) {
		if x.Request().Method() == "REGISTER" {
			_ = x.Respond(403, "", nil, "", nil)
			return
		}
		x.RespondDefault()
	})
	has := keptCenter(fmt.Sprintf("sip:%s;transport=udp", far.at))
	has.Trunks[0].Register, has.Trunks[0].Username = true, "acme"
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.calls.Watch(has.Trunks)
	if c := r.health(trunk.Down); c.Reason != "registration answered with 403" {
		t.Errorf("refused registration: %+v", c)
	}
}
