package relay_test

import (
	"encoding/binary"
	"math"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"mayday/edge/relay"
)

const patience = 10 * time.Second

var loopback = netip.MustParseAddr("127.0.0.1")

// eventually waits until a claim holds, and fails the test in the words given if it never does.
func eventually(t testing.TB, circumstance string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("%s: not so after %v", circumstance, patience)
		}
	}
}

// newPorts makes a range of the system's choice; for the claims of TestTheSameHoldsWithoutALoop one without loops.
func newPorts(t testing.TB) *relay.Ports {
	ports := relay.NewPorts(loopback, 0, 0)
	if strings.HasPrefix(t.Name(), "TestTheSameHoldsWithoutALoop/") {
		ports.ReadAlone()
	}
	return ports
}

// openSocket opens a socket on any port and closes it at the end of the test.
func openSocket(t testing.TB) *relay.Socket {
	t.Helper()
	s, err := newPorts(t).Open()
	if err != nil {
		t.Fatalf("open a socket: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// ear is a side that remembers what it is given to send.
type ear struct {
	end *relay.End

	mu      sync.Mutex
	packets []rtp.Packet
}

func newEar(formats ...relay.Format) *ear {
	e := &ear{}
	e.end = relay.NewEnd(e)
	e.end.Agree(formats...)
	return e
}

func (e *ear) End() *relay.End { return e.end }

func (e *ear) SendRTP(raw []byte) bool {
	var p rtp.Packet
	if err := p.Unmarshal(append([]byte(nil), raw...)); err != nil {
		panic("relay_test: an end sends what is no RTP: " + err.Error())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.packets = append(e.packets, p)
	return true
}

// heard answers with what was sent to this side so far.
func (e *ear) heard() []rtp.Packet {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]rtp.Packet(nil), e.packets...)
}

// waitFor waits until so many packets came.
func (e *ear) waitFor(t testing.TB, circumstance string, n int) []rtp.Packet {
	t.Helper()
	eventually(t, circumstance, func() bool { return len(e.heard()) >= n })
	return e.heard()
}

// samples decodes the sound of packets.
func samples(packets []rtp.Packet) []float64 {
	var out []float64
	for _, p := range packets {
		for _, octet := range p.Payload {
			out = append(out, float64(relay.Codec(p.PayloadType).Decode(octet)))
		}
	}
	return out
}

// goertzel answers with the amplitude of one frequency in sound of 8,000 samples a second.
func goertzel(sound []float64, hz float64) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*hz/8000)
	var before, last float64
	for _, x := range sound {
		before, last = last, x+coefficient*last-before
	}
	power := before*before + last*last - coefficient*before*last
	return 2 * math.Sqrt(max(power, 0)) / float64(len(sound))
}

// expectTone fails unless a frequency is there with about the amplitude given and its neighbours are not.
func expectTone(t *testing.T, circumstance string, sound []float64, hz, amplitude float64) {
	t.Helper()
	if got := goertzel(sound, hz); math.Abs(got-amplitude) > amplitude/10 {
		t.Errorf("%s: amplitude of %v Hz is %.0f, want about %.0f", circumstance, hz, got, amplitude)
	}
	for _, other := range []float64{hz / 2, hz * 1.5, hz * 2, hz * 3} {
		if got := goertzel(sound, other); got > amplitude/20 {
			t.Errorf("%s: amplitude of %v Hz is %.0f, want nearly none", circumstance, other, got)
		}
	}
}

// source makes the packets of one RTP stream.
type source struct {
	payloadType uint8
	ssrc        uint32
	seq         uint16
	timestamp   uint32
}

func (s *source) next(payload ...byte) []byte {
	if len(payload) == 0 {
		payload = make([]byte, 160)
	}
	raw := make([]byte, 12+len(payload))
	raw[0], raw[1] = 0x80, s.payloadType
	binary.BigEndian.PutUint16(raw[2:], s.seq)
	binary.BigEndian.PutUint32(raw[4:], s.timestamp)
	binary.BigEndian.PutUint32(raw[8:], s.ssrc)
	copy(raw[12:], payload)
	s.seq++
	s.timestamp += uint32(len(payload))
	return raw
}

// farEnd is a plain pair of UDP ports: somebody else's telephone.
type farEnd struct {
	rtp, rtcp *net.UDPConn
}

func newFarEnd(t testing.TB) farEnd {
	t.Helper()
	for range 100 {
		r, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
		if err != nil {
			t.Fatalf("open a far end: %v", err)
		}
		above := netip.AddrPortFrom(loopback, addrOf(r).Port()+1)
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(above))
		if err != nil {
			r.Close()
			continue
		}
		t.Cleanup(func() { r.Close(); c.Close() })
		return farEnd{r, c}
	}
	t.Fatal("open a far end: no pair of ports is free")
	return farEnd{}
}

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func (f farEnd) addr() netip.AddrPort { return addrOf(f.rtp) }

func (f farEnd) say(t testing.TB, to netip.AddrPort, raw []byte) {
	t.Helper()
	if _, err := f.rtp.WriteToUDPAddrPort(raw, to); err != nil {
		t.Fatalf("send to %v: %v", to, err)
	}
}

// hear answers with the next packet, or false when none came within the time given.
func hear(t testing.TB, c *net.UDPConn, within time.Duration) ([]byte, netip.AddrPort, bool) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Fatalf("set a deadline: %v", err)
	}
	raw := make([]byte, 2000)
	n, from, err := c.ReadFromUDPAddrPort(raw)
	return raw[:n], from, err == nil
}
