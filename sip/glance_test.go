package sip

import (
	"bytes"
	"testing"
)

// FuzzLook holds the glance at a message against the whole reading of it: a lane must never be another one for another message of
// the same call.
func FuzzLook(f *testing.F) {
	seeds(f)
	f.Add([]byte("\r\nINVITE sip:us@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTO \t:\t<sip:us@h>;tag=9\r\ncall-id :x \r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g := look(raw)
		m, flaw := scan(raw)
		if m == nil || flaw != nil || bytes.Contains(raw, []byte("\r\n ")) || bytes.Contains(raw, []byte("\r\n\t")) {
			return // refused, or folded as nobody does
		}
		if string(g.callID) != m.key.callID {
			t.Errorf("%q: Call-ID at a glance %q, read %q", raw, g.callID, m.key.callID)
		}
		if string(g.method) != m.method || string(g.uri) != m.uri || string(g.to) != m.Header("To") {
			t.Errorf("%q: at a glance %q %q to %q", raw, g.method, g.uri, g.to)
		}
	})
}
