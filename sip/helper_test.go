package sip_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mayday/sip"
)

// patience is the longest that a test waits for anything.
const patience = 10 * time.Second

const offerSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

// user is a handler that passes everything on to the test.
type user struct {
	calls    chan *sip.Dialog
	requests chan *sip.Exchange
}

func newUser() *user {
	return &user{make(chan *sip.Dialog, 4096), make(chan *sip.Exchange, 4096)}
}

func (u *user) Invited(d *sip.Dialog)     { u.calls <- d }
func (u *user) Requested(x *sip.Exchange) { u.requests <- x }

// party is a stack on loopback with its user.
type party struct {
	*sip.Stack
	*user
	udp, tcp netip.AddrPort
}

type failing struct{ t testing.TB }

func (f failing) Write(line []byte) (int, error) {
	f.t.Errorf("the stack logs: %s", line)
	return len(line), nil
}

func newParty(t testing.TB, config sip.Config) *party {
	t.Helper()
	return newPartyAt(t, config, "127.0.0.1:0")
}

func newPartyAt(t testing.TB, config sip.Config, address string) *party {
	t.Helper()
	p := &party{user: newUser()}
	if config.Logger == nil { // errors are logged for panics only
		config.Logger = slog.New(slog.NewTextHandler(failing{t}, &slog.HandlerOptions{Level: slog.LevelError}))
	}
	p.Stack = sip.New(config, p.user)
	t.Cleanup(func() { _ = p.Close() })
	var err error
	if p.udp, err = p.Listen("udp", address); err != nil {
		t.Fatalf("listening on udp: %v", err)
	}
	if p.tcp, err = p.Listen("tcp", address); err != nil {
		t.Fatalf("listening on tcp: %v", err)
	}
	return p
}

func (p *party) uri(transport string) string {
	at := p.udp
	if transport == "tcp" {
		at = p.tcp
	}
	return fmt.Sprintf("sip:%s;transport=%s", at, transport)
}

// call gives an INVITE to a peer.
func call(peer string) sip.Invite {
	return sip.Invite{
		Peer: peer, RequestURI: "sip:911@127.0.0.1",
		From: sip.Address{Display: `Desk "A"`, URI: "sip:+15550100@127.0.0.1"}, To: sip.Address{URI: "sip:911@127.0.0.1"},
		ContentType: "application/sdp", Body: []byte(offerSDP),
	}
}

func (p *party) invite(t testing.TB, i sip.Invite) *sip.Dialog {
	t.Helper()
	d, err := p.Invite(i)
	if err != nil {
		t.Fatalf("placing a call: %v", err)
	}
	return d
}

func (p *party) invited(t testing.TB) *sip.Dialog { t.Helper(); return receive(t, p.calls, "a call") }

func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v, ok := <-from:
		if !ok {
			t.Fatalf("waiting for %s: channel is closed", what)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("waiting for %s: nothing came", what)
		panic("unreachable")
	}
}

// next waits for an event that must be of type E.
func next[E sip.Event](t testing.TB, d *sip.Dialog) E {
	t.Helper()
	var want E
	got := receive(t, d.Events(), fmt.Sprintf("%T", want))
	e, ok := got.(E)
	if !ok {
		t.Fatalf("waiting for %T: got %T %+v", want, got, got)
	}
	return e
}

// skip waits for an event of type E and passes over others.
func skip[E sip.Event](t testing.TB, d *sip.Dialog) E {
	t.Helper()
	var want E
	for {
		if e, ok := receive(t, d.Events(), fmt.Sprintf("%T", want)).(E); ok {
			return e
		}
	}
}

// over waits for Ended and for the channel to close.
func over(t testing.TB, d *sip.Dialog) sip.Ended {
	t.Helper()
	e := skip[sip.Ended](t, d)
	select {
	case _, ok := <-d.Events():
		if ok {
			t.Fatal("after Ended: another event came")
		}
	case <-time.After(patience):
		t.Fatal("after Ended: channel is not closed")
	}
	return e
}

// connect sets a call up between two parties.
func connect(t testing.TB, a, b *party, transport string) (caller, callee *sip.Dialog) {
	t.Helper()
	caller = a.invite(t, call(b.uri(transport)))
	callee = b.invited(t)
	if err := callee.Answer(nil, "application/sdp", []byte(offerSDP)); err != nil {
		t.Fatalf("answering: %v", err)
	}
	skip[sip.Answered](t, caller)
	next[sip.Confirmed](t, callee)
	return caller, callee
}

// wire is a far end that the test writes by hand.
type wire struct {
	t    testing.TB
	conn *net.UDPConn
	addr netip.AddrPort

	contact string // what its responses give as Contact; empty: its address
}

func newWire(t testing.TB) *wire {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &wire{t: t, conn: conn, addr: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
}

func (w *wire) uri() string { return fmt.Sprintf("sip:%s;transport=udp", w.addr) }

// message is a message as the hand-written far end sees it.
type message struct {
	start   string
	headers []sip.Header
	body    string
	from    netip.AddrPort
}

func (m message) header(name string) string {
	for _, h := range m.headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

func parse(raw string) message {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	m := message{start: lines[0], body: body}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		m.headers = append(m.headers, sip.Header{Name: name, Value: strings.TrimSpace(value)})
	}
	return m
}

// read waits for the next message; ok is false when none comes within the time.
func (w *wire) read(within time.Duration) (message, bool) {
	w.t.Helper()
	buffer := make([]byte, 64<<10)
	_ = w.conn.SetReadDeadline(time.Now().Add(within))
	n, from, err := w.conn.ReadFromUDPAddrPort(buffer)
	if err != nil {
		return message{}, false
	}
	m := parse(string(buffer[:n]))
	m.from = from
	return m, true
}

// expect waits for a message that begins so, and passes over repeats of others.
func (w *wire) expect(start string) message {
	w.t.Helper()
	end := time.Now().Add(patience)
	for time.Now().Before(end) {
		if m, ok := w.read(time.Until(end)); ok && strings.HasPrefix(m.start, start) {
			return m
		}
	}
	w.t.Fatalf("far end waiting for %q: nothing came", start)
	return message{}
}

func (w *wire) send(to netip.AddrPort, text string) {
	w.t.Helper()
	if _, err := w.conn.WriteToUDPAddrPort([]byte(text), to); err != nil {
		w.t.Fatal(err)
	}
}

// reply answers a request; extra lines end with CRLF each.
func (w *wire) reply(m message, status, tag, extra, body string) {
	w.t.Helper()
	to := m.header("To")
	if tag != "" && !strings.Contains(to, "tag=") {
		to += ";tag=" + tag
	}
	contact := ""
	if strings.HasPrefix(status, "2") || strings.HasPrefix(status, "18") {
		contact = fmt.Sprintf("Contact: <sip:far@%s>\r\n", w.addr)
		if w.contact != "" {
			contact = "Contact: <" + w.contact + ">\r\n"
		}
	}
	w.send(m.from, fmt.Sprintf("SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%s%sContent-Length: %d\r\n\r\n%s",
		status, m.header("Via"), m.header("From"), to, m.header("Call-ID"), m.header("CSeq"), contact, extra, len(body), body))
}

// ask sends a request; extra lines end with CRLF each.
func (w *wire) ask(to netip.AddrPort, method, branch, from, toHeader, callID string, cseq int, extra, body string) {
	w.t.Helper()
	w.send(to, fmt.Sprintf("%s sip:us@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:far@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, to, w.addr, branch, from, toHeader, callID, cseq, method, w.addr, extra, len(body), body))
}
