package sip

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// seeds adds the torture messages and a few of our own.
func seeds(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join(tortureDir(f), "*", "*.dat"))
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil {
			f.Add(raw)
		}
	}
	f.Add([]byte("INVITE sip:us@h SIP/2.0\r\nVia: SIP/2.0/UDP h:5060 ;branch=z9hG4bKx;rport\r\nf: \"A\\\"\" <sip:a@b>;tag=1\r\nt: <sip:us@h>\r\ni: x\r\nCSeq: 1 INVITE\r\nm: <sip:a@1.2.3.4>\r\nc: application/sdp\r\nl: 3\r\n\r\nv=0"))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP / 2.0 / UDP [::1]:9;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:us@h>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n"))
	f.Add([]byte("REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n , SIP/2.0/UDP g\r\nFrom: sip:a@b\r\nTo: sip:a@b\r\nCall-ID: y\r\nCSeq: 2 REGISTER\r\nContact: *\r\nContent-Length: 0\r\n\r\n"))
}

// FuzzIntake feeds raw datagrams to a stack: it must not panic, and what it answers must be SIP.
func FuzzIntake(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, far := &keeper{}, &notebook{}
		s := New(Config{Logger: strictLog(t)}, k)
		defer s.Close()
		s.udp = append(s.udp, far)
		m, flaw := scan(raw)
		if m == nil {
			return
		}
		from := route{far, netip.MustParseAddrPort("192.0.2.7:5099")}
		s.received(raw, from)
		for _, d := range k.dialogs {
			_ = d.Answer(nil, "application/sdp", []byte(someSDP))
			d.End("")
		}
		for _, answer := range far.got {
			if answer == nil {
				t.Errorf("%q: answered with what is not SIP", raw)
			}
		}
		if flaw == nil && far.flaw != nil {
			t.Errorf("%q: answered with what we would not take ourselves: %v", raw, far.flaw)
		}
	})
}

// FuzzFramer feeds a byte stream in two pieces: the cut must not matter.
func FuzzFramer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		whole := drained(raw)
		for _, cut := range []int{len(raw) / 3, len(raw) / 2} {
			if split := drained(raw[:cut], raw[cut:]); split != whole {
				t.Errorf("stream cut at %d of %d: %d messages, in one piece %d", cut, len(raw), split, whole)
			}
		}
	})
}

func drained(pieces ...[]byte) int {
	frames, n := framer{maxBody: 1000}, 0
	for _, piece := range pieces {
		frames.buffer = append(frames.buffer, piece...)
		for {
			frames.pongs()
			_, _, ok, err := frames.next()
			if ok {
				n++
			}
			if err != nil {
				return n
			}
			if !ok {
				break
			}
		}
	}
	return n
}

// FuzzVia: what is read as a Via must survive being amended and read again.
func FuzzVia(f *testing.F) {
	for _, seed := range []string{"SIP/2.0/UDP h:5060 ;branch=z9hG4bKx", "SIP / 2.0 / UDP [::1];rport", "SIP/2.0/TCP h;received=1.2.3.4;x=\"a;b\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parseVia(text)
		if err != nil {
			return
		}
		amended := amendVia(v, text, netip.MustParseAddrPort("192.0.2.1:99"))
		again, err := parseVia(amended)
		if err != nil || again.branch != v.branch || again.host != v.host {
			t.Errorf("%q amended to %q: branch %q host %q, %v", text, amended, again.branch, again.host, err)
		}
	})
}

// FuzzParts: what is read as parts can be written and read again.
func FuzzParts(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", []byte("--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n"))
	f.Add("application/sdp", []byte("v=0"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		parts, err := Parts(contentType, body)
		if err != nil {
			return
		}
		again, err := Parts(Multipart(parts))
		if len(parts) > 0 && (err != nil || len(again) != len(parts)) {
			t.Errorf("%d parts are read again as %d: %v", len(parts), len(again), err)
		}
	})
}

// FuzzChallenge: a challenge never makes credentials that break a header.
func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="a", nonce="b", qop="auth,auth-int", algorithm=SHA-256, stale=TRUE`)
	f.Fuzz(func(t *testing.T, value string) {
		c, err := parseChallenge(value)
		if err != nil {
			return
		}
		if err := validHeaders([]Header{{"Authorization", c.answer(Credentials{"u", "p"}, "INVITE", "sip:a@b", "c")}}, ""); err != nil {
			t.Errorf("%q: credentials with a line break", value)
		}
	})
}

// FuzzAddress: addresses and URIs never panic, and an accepted one has a scheme.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{`"A" <sip:a@b;lr>;tag=1`, "sip:a@[::1]:5060;transport=tcp", "<urn:service:sos>", "tel:+1;ext=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = parseURI(text)
		a, err := parseNameAddr(text)
		if err == nil && schemeOf(a.uri) == "" {
			t.Errorf("%q: address without a scheme %q", text, a.uri)
		}
	})
}
