package sip_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"mayday/sip"
)

// stream is a hand-written far end on TCP.
type stream struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dialStream(t *testing.T, p *party) *stream {
	t.Helper()
	conn, err := net.Dial("tcp", p.tcp.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &stream{t, conn, bufio.NewReader(conn)}
}

func (s *stream) write(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.conn, text); err != nil {
		s.t.Fatal(err)
	}
}

// start reads the next message and gives its start line; empty at the end of the stream.
func (s *stream) start() string {
	s.t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	reader := textproto.NewReader(s.in)
	line, err := reader.ReadLine()
	if err != nil {
		return ""
	}
	header, _ := reader.ReadMIMEHeader()
	n, _ := strconv.Atoi(header.Get("Content-Length"))
	_, _ = io.CopyN(io.Discard, s.in, int64(n))
	return line
}

func tcpRequest(method, callID, extra, body string) string {
	return fmt.Sprintf("%s sip:us@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK%s\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:us@b>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\n%s\r\n%s",
		method, callID, callID, method, extra, body)
}

// respondDefault answers everything that reaches the party.
func (p *party) respondDefault(t *testing.T) *party {
	go func() {
		for x := range p.requests {
			x.RespondDefault()
		}
	}()
	t.Cleanup(func() { _ = p.Close(); close(p.requests) })
	return p
}

func TestStreamIsCutIntoItsMessages(t *testing.T) {
	s := dialStream(t, newParty(t, sip.Config{}).respondDefault(t))
	text := "\r\n" + tcpRequest("OPTIONS", "t1", "Content-Length: 3\r\n", "abc") + tcpRequest("OPTIONS", "t2", "l: 0\r\n", "")
	for i := range len(text) {
		s.write(text[i : i+1])
	}
	for range 2 {
		if got := s.start(); got != "SIP/2.0 200 OK" {
			t.Errorf("request that came byte by byte: %q", got)
		}
	}
}

func TestKeepAlivePingGetsItsPong(t *testing.T) {
	s := dialStream(t, newParty(t, sip.Config{}))
	s.write("\r\n\r\n")
	pong := make([]byte, 2)
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(s.in, pong); err != nil || string(pong) != "\r\n" {
		t.Errorf("ping is answered with %q, %v", pong, err)
	}
}

func TestStreamThatLosesItsFramingIsRefusedAndClosed(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no length":        {tcpRequest("OPTIONS", "f1", "", ""), "SIP/2.0 400 Missing Content-Length"},
		"negative length":  {tcpRequest("OPTIONS", "f2", "Content-Length: -1\r\n", ""), "SIP/2.0 400 Malformed Content-Length"},
		"too much to come": {tcpRequest("INVITE", "f3", "Content-Length: 70000\r\n", ""), "SIP/2.0 413 Request Entity Too Large"},
		"garbage":          {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		"endless header":   {"OPTIONS sip:a@b SIP/2.0\r\nX: " + strings.Repeat("x", 70000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := dialStream(t, newParty(t, sip.Config{}))
			s.write(c.text)
			if c.want != "" {
				if got := s.start(); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
			if got := s.start(); got != "" {
				t.Errorf("connection stays open and brings %q", got)
			}
		})
	}
}

func TestSilentClientBlocksNobody(t *testing.T) {
	p := newParty(t, sip.Config{}).respondDefault(t)
	for range 20 {
		dialStream(t, p)
	}
	s := dialStream(t, p)
	s.write(tcpRequest("OPTIONS", "s1", "l: 0\r\n", ""))
	if got := s.start(); got != "SIP/2.0 200 OK" {
		t.Errorf("beside 20 silent clients: %q", got)
	}
}

func TestReaderThatStopsReadingIsCutOffAndDelaysNobody(t *testing.T) {
	p := newParty(t, sip.Config{}).respondDefault(t)
	lazy := dialStream(t, p)
	done := make(chan struct{})
	go func() { // floods and never reads
		defer close(done)
		_ = lazy.conn.SetWriteDeadline(time.Now().Add(patience))
		for i := range 200000 {
			if _, err := io.WriteString(lazy.conn, tcpRequest("OPTIONS", "lazy"+strconv.Itoa(i), "l: 0\r\n", "")); err != nil {
				return
			}
		}
	}()
	for i := range 20 {
		start := time.Now()
		s := dialStream(t, p)
		s.write(tcpRequest("OPTIONS", "busy"+strconv.Itoa(i), "l: 0\r\n", ""))
		if got := s.start(); got != "SIP/2.0 200 OK" || time.Since(start) > 3*time.Second {
			t.Fatalf("beside a reader that does not read: %q after %v", got, time.Since(start))
		}
	}
	select {
	case <-done:
	case <-time.After(patience):
		t.Error("a reader that does not read was not cut off")
	}
}

func TestRefusedConnectionIsUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().String()
	listener.Close()
	a := newParty(t, sip.Config{})
	d := a.invite(t, call("sip:"+at+";transport=tcp"))
	if f := next[sip.Failed](t, d); f.Cause != sip.Unreachable || f.Err == nil {
		t.Errorf("refused connection: %v %v", f.Cause, f.Err)
	}
	over(t, d)
}

func TestConnectionLostBeforeAnyAnswerIsUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	a := newParty(t, sip.Config{})
	d := a.invite(t, call("sip:"+listener.Addr().String()+";transport=tcp"))
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Read(make([]byte, 100))
	conn.Close()
	if f := next[sip.Failed](t, d); f.Cause != sip.Unreachable {
		t.Errorf("connection closed without an answer: %v", f.Cause)
	}
}

func TestLongMessageTriesTCPOnlyWhereTheURILeavesItOpen(t *testing.T) {
	a, b, w := newParty(t, sip.Config{}), newParty(t, sip.Config{}), newWire(t)
	long := call(w.uri())
	long.Body = []byte(offerSDP + strings.Repeat("a=x\r\n", 400))
	a.invite(t, long)
	if m := w.expect("INVITE"); len(m.body) != len(long.Body) {
		t.Errorf("long message by UDP arrives with %d bytes, want %d", len(m.body), len(long.Body))
	}
	long.Peer = "sip:" + w.addr.String() // nobody listens for TCP there
	a.invite(t, long)
	if m := w.expect("INVITE"); !strings.Contains(m.header("Via"), "SIP/2.0/UDP") {
		t.Errorf("after TCP was refused: Via %q", m.header("Via"))
	}
	long.Peer = "sip:" + b.tcp.String()
	a.invite(t, long)
	if via := b.invited(t).Request().Header("Via"); !strings.Contains(via, "SIP/2.0/TCP") {
		t.Errorf("long message where TCP is there: Via %q", via)
	}
}

func TestCallOverTCPUsesItsConnectionAgain(t *testing.T) {
	a, b := newParty(t, sip.Config{}), newParty(t, sip.Config{})
	caller, callee := connect(t, a, b, "tcp")
	callee.Reoffer("application/sdp", []byte(offerSDP))
	x := next[sip.Reinvited](t, caller)
	if x.Source() != b.tcp && x.Network() != "tcp" {
		t.Errorf("re-INVITE comes from %v over %s", x.Source(), x.Network())
	}
	_ = x.Respond(200, "", nil, "application/sdp", []byte(offerSDP))
	next[sip.Reanswered](t, callee)
	callee.Send("INFO", nil, "application/dtmf-relay", []byte("Signal=1"))
	r := next[sip.Received](t, caller)
	if string(r.Request().Body()) != "Signal=1" {
		t.Errorf("INFO brings %q", r.Request().Body())
	}
	_ = r.Respond(200, "", nil, "", nil)
	callee.End("")
	over(t, callee)
	over(t, caller)
}
