package sip_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"mayday/sip"
)

// swallow is a listener whose first connection is read and never answered; the next ones are handed out.
func swallow(t *testing.T) (at string, swallowed, next <-chan net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	first, later := make(chan net.Conn, 1), make(chan net.Conn, 16)
	go func() {
		for i := 0; ; i++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if i == 0 {
				first <- conn
				continue
			}
			later <- conn
		}
	}()
	return listener.Addr().String(), first, later
}

func TestConnectionThatSwallowsACallIsNotUsedForTheNext(t *testing.T) {
	for name, wait := range map[string]time.Duration{"given up after two seconds": 2 * time.Second, "given up at once": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, swallowed, next := swallow(t)
			a := newParty(t, sip.Config{})
			first := a.invite(t, call("sip:"+at+";transport=tcp"))
			dead := &stream{t, receive(t, swallowed, "the first connection"), nil}
			dead.in = bufio.NewReader(dead.conn)
			if got := dead.start(); got != "INVITE sip:911@127.0.0.1 SIP/2.0" {
				t.Fatalf("swallowed connection: got %q", got)
			}
			<-time.After(wait)
			first.End("")
			second := a.invite(t, call("sip:"+at+";transport=tcp"))
			if wait == 0 { // too soon to call the connection dead
				if got := dead.start(); got != "INVITE sip:911@127.0.0.1 SIP/2.0" {
					t.Fatalf("call right after one that was given up at once: got %q on the same connection", got)
				}
				return
			}
			conn := receive(t, next, "a new connection for the second call")
			answerStream(t, conn)
			skip[sip.Answered](t, second)
			if _, err := io.Copy(io.Discard, dead.conn); err != nil {
				t.Errorf("swallowed connection: %v, want it closed", err)
			}
		})
	}
}

// answerStream answers the INVITE that comes over a connection.
func answerStream(t *testing.T, conn net.Conn) {
	t.Helper()
	in := bufio.NewReader(conn)
	var raw string
	for line := ""; line != "\r\n"; raw += line {
		var err error
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if line, err = in.ReadString('\n'); err != nil {
			t.Fatalf("new connection: %v", err)
		}
	}
	m := parse(raw)
	_, err := fmt.Fprintf(conn, "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=x\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:far@%s;transport=tcp>\r\nContent-Length: 0\r\n\r\n",
		m.header("Via"), m.header("From"), m.header("To"), m.header("Call-ID"), m.header("CSeq"), conn.LocalAddr())
	if err != nil {
		t.Fatal(err)
	}
}

// TestSilentCallOverALivingConnectionLeavesItAlone: the far end answers others, so that the connection cannot be dead.
func TestSilentCallOverALivingConnectionLeavesItAlone(t *testing.T) {
	t.Parallel()
	at, swallowed, next := swallow(t)
	a := newParty(t, sip.Config{})
	first := a.invite(t, call("sip:"+at+";transport=tcp"))
	conn := receive(t, swallowed, "the connection")
	s := &stream{t, conn, bufio.NewReader(conn)}
	s.start()
	second := a.invite(t, call("sip:"+at+";transport=tcp"))
	answerStream(t, conn)
	skip[sip.Answered](t, second)
	<-time.After(1500 * time.Millisecond)
	first.End("")
	a.invite(t, call("sip:"+at+";transport=tcp"))
	got := s.start()
	if got != "INVITE sip:911@127.0.0.1 SIP/2.0" { // the ACK of the second call
		got = s.start()
	}
	if got != "INVITE sip:911@127.0.0.1 SIP/2.0" {
		t.Errorf("connection that brings other calls' answers: the third call does not take it, %q", got)
	}
	select {
	case <-next:
		t.Error("connection that brings other calls' answers: another one was opened")
	default:
	}
}
