package bench

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mayday/sip"
)

// sink is the trunk: it takes every call and answers it at once, and it places call backs.
type sink struct {
	stack   *sip.Stack
	address netip.AddrPort
	calls   sync.WaitGroup
	ears    atomic.Pointer[sound] // where sound goes; nil: calls have none

	mu      sync.Mutex
	arrived map[string]func(arrival) // by the number that calls
}

// arrival is an INVITE that has come to the sink.
type arrival struct {
	at     time.Time
	called string
}

func newSink() (*sink, error) {
	s := &sink{arrived: make(map[string]func(arrival))}
	s.stack = sip.New(sip.Config{UserAgent: "mayday-bench"}, s)
	var err error
	s.address, err = s.stack.Listen("udp", "127.0.0.1:0")
	return s, err
}

func (s *sink) close() error {
	err := s.stack.Close()
	s.calls.Wait()
	return err
}

// expect has f told of every INVITE that the number places; nil ends that. f is called by the reader of the socket.
func (s *sink) expect(caller string, f func(arrival)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived[caller] = f
}

// Invited implements sip.Handler.
func (s *sink) Invited(d *sip.Dialog) {
	now := time.Now()
	caller, called := userOf(d.Request().Header("From")), userOf(d.Request().URI())
	s.mu.Lock()
	tell := s.arrived[caller]
	s.mu.Unlock()
	if tell != nil {
		tell(arrival{now, called})
	}
	s.calls.Go(func() { s.serve(d) })
}

// Requested implements sip.Handler.
func (s *sink) Requested(x *sip.Exchange) { x.RespondDefault() }

// serve answers a call and sends sound until it ends, where sound is wanted.
func (s *sink) serve(d *sip.Dialog) {
	carrying := s.ears.Load()
	through := carrying.mouth()
	if err := d.Answer(nil, sdpType, describe(through.at())); err != nil {
		return // the caller has gone
	}
	if to, ok := soundAddress(d.Request()); ok && carrying != nil {
		defer carrying.hush(carrying.speak(through, to))
	}
	for event := range d.Events() {
		if x, ok := event.(sip.Reinvited); ok {
			_ = x.Respond(200, "", nil, sdpType, describe(through.at())) // the far end asks again if it is lost
		}
	}
}

// call places a call to the node and returns it; its sound goes through the socket, nil for none.
func (s *sink) call(node netip.AddrPort, caller, called string, through *mouth) (*sip.Dialog, error) {
	uri := "sip:" + called + "@" + node.String()
	return s.stack.Invite(sip.Invite{
		Peer: "sip:" + node.String() + ";transport=udp", RequestURI: uri, To: sip.Address{URI: uri},
		From: sip.Address{URI: "sip:" + caller + "@" + s.address.String()}, ContentType: sdpType, Body: describe(through.at()),
	})
}

const sdpType = "application/sdp"

// describe writes a session of one G.711 stream to the socket; without one the far end is to send nothing.
func describe(at netip.AddrPort) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n",
		at.Addr(), at.Port())
}

// soundAddress finds where the sender of a message wants its sound.
func soundAddress(m *sip.Message) (netip.AddrPort, bool) {
	parts, err := sip.Parts(m.ContentType(), m.Body())
	if err != nil {
		return netip.AddrPort{}, false
	}
	for _, part := range parts {
		if strings.HasPrefix(part.ContentType, sdpType) {
			return describedAddress(string(part.Body))
		}
	}
	return netip.AddrPort{}, false
}

func describedAddress(description string) (netip.AddrPort, bool) {
	media := strings.Fields(line(description, "m=audio "))
	if len(media) == 0 {
		return netip.AddrPort{}, false
	}
	at, err := netip.ParseAddrPort(line(description, "c=IN IP4 ") + ":" + media[0])
	return at, err == nil
}

// line returns the rest of the first line that begins so.
func line(text, prefix string) string {
	for l := range strings.Lines(text) {
		if rest, found := strings.CutPrefix(strings.TrimSpace(l), prefix); found {
			return rest
		}
	}
	return ""
}

// userOf returns the user of the first SIP URI in a header or a URI.
func userOf(value string) string {
	_, after, _ := strings.Cut(value, "sip:")
	user, _, _ := strings.Cut(after, "@")
	return user
}
