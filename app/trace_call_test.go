package app_test

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
)

// stranger is a telephone network in a few lines, which shares no code with us: it calls a number and says who calls.
type stranger struct {
	t       *testing.T
	socket  net.Conn
	node    netip.AddrPort
	head    string // what every message of the call says
	to      string
	heard   chan string
	created string
}

const strangersOffer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"

// strangerCalls lets a network call a number of the node, with a name and a number to show.
func strangerCalls(t *testing.T, node netip.AddrPort, called, name, number string) *stranger {
	t.Helper()
	socket, err := net.Dial("udp", node.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	s := &stranger{t: t, socket: socket, node: node, heard: make(chan string, 16), created: rand.Text()}
	s.to = fmt.Sprintf("<sip:%s@%s>", called, node)
	s.head = fmt.Sprintf("Max-Forwards: 70\r\nFrom: %q <sip:%s@network.example>;tag=%s\r\nCall-ID: %s\r\nContact: <sip:network@%s>\r\n"+
		"P-Asserted-Identity: %q <sip:%s@network.example>\r\n", name, number, s.created[:8], s.created, socket.LocalAddr(), name, number)
	s.send("INVITE", 1, strangersOffer)
	go s.listen()
	return s
}

func (s *stranger) send(method string, number int, body string) {
	s.t.Helper()
	content, branch := "", method
	if body != "" {
		content = "Content-Type: application/sdp\r\n"
	}
	if method == "CANCEL" {
		branch = "INVITE" // which it takes back (RFC 3261 §9.1)
	}
	uri := strings.Trim(s.to[:strings.Index(s.to, ">")+1], "<>")
	if _, err := fmt.Fprintf(s.socket, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s;rport\r\n%sTo: %s\r\nCSeq: %d %s\r\n%sContent-Length: %d\r\n\r\n%s",
		method, uri, s.socket.LocalAddr(), s.created[:10], branch, s.head, s.to, number, method, content, len(body), body); err != nil {
		s.t.Error(err)
	}
}

var (
	toLine  = regexp.MustCompile(`(?mi)^To: *([^\r]*)\r$`)
	viaLine = regexp.MustCompile(`(?mi)^(Via|From|To|Call-ID|CSeq): *[^\r]*\r$`)
)

// listen takes what the node says: it acknowledges the answer and the end of the call.
func (s *stranger) listen() {
	packet := make([]byte, 8192)
	for {
		n, err := s.socket.Read(packet)
		if err != nil {
			return // the test is over
		}
		message := string(packet[:n])
		first, _, _ := strings.Cut(message, "\r\n")
		switch {
		case strings.HasPrefix(first, "SIP/2.0 200") && strings.Contains(message, "INVITE"):
			s.to = toLine.FindStringSubmatch(message)[1]
			s.send("ACK", 1, "")
		case strings.HasPrefix(first, "BYE"):
			kept := strings.Join(viaLine.FindAllString(message, -1), "\n")
			_, _ = fmt.Fprintf(s.socket, "SIP/2.0 200 OK\r\n%s\nContent-Length: 0\r\n\r\n", kept) // the node may have gone
		}
		select {
		case s.heard <- first:
		default:
		}
	}
}

// hears waits until the node has said something that begins with the words.
func (s *stranger) hears(circumstance, words string) {
	s.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case line := <-s.heard:
			if strings.HasPrefix(line, words) {
				return
			}
		case <-limit:
			s.t.Fatalf("%s: the caller has heard no %q after %v", circumstance, words, patience)
		}
	}
}
