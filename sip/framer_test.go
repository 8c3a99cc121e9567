package sip

import (
	"bytes"
	"testing"
)

// TestAFramerKeepsNothingOfAMessage: what was said in a call does not stay in the buffer of a connection that goes on.
func TestAFramerKeepsNothingOfAMessage(t *testing.T) {
	said := []byte("MESSAGE sip:us@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:us@h>\r\n" +
		"Call-ID: x\r\nCSeq: 1 MESSAGE\r\nContent-Length: 5\r\n\r\nwords")
	buffer := append(bytes.Clone(said), "\r\n\r\nOPT"...)
	frames := framer{buffer: buffer, maxBody: 1000}
	m, flaw, ok, err := frames.next()
	if !ok || flaw != nil || err != nil || string(m.Body()) != "words" || m.CallID() != "x" {
		t.Fatalf("a whole message: %v, %v, %v, %v", m, flaw, ok, err)
	}
	if left := bytes.Trim(buffer[:len(said)], "\x00"); len(left) > 0 {
		t.Errorf("the message was taken: its buffer still holds %q", left)
	}
	if frames.pongs() != 1 || string(frames.buffer) != "OPT" {
		t.Errorf("what came behind it: %q", frames.buffer)
	}
}
