package webcall_test

import (
	"math"
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"mayday/edge/relay"
	"mayday/edge/webcall"
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

func listen(t testing.TB) *webcall.Gateway {
	t.Helper()
	g, err := webcall.Listen(webcall.Config{Listen: netip.AddrPortFrom(loopback, 0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Errorf("close the gateway: %v", err)
		}
	})
	return g
}

// events remembers what happened to a peer.
type events struct {
	t   testing.TB
	all chan webcall.PeerEvent
}

func newEvents(t testing.TB) *events {
	return &events{t: t, all: make(chan webcall.PeerEvent, 100)}
}

func (e *events) on(event webcall.PeerEvent) { e.all <- event }

// expect waits for an event of the same kind and answers with it; Silent and Heard are stepped over
// unless they are what is waited for.
func (e *events) expect(circumstance string, want webcall.PeerEvent) webcall.PeerEvent {
	e.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case got := <-e.all:
			if reflect.TypeOf(got) == reflect.TypeOf(want) {
				return got
			}
			switch got.(type) {
			case webcall.Silent, webcall.Heard:
			default:
				e.t.Fatalf("%s: %#v came, want %#v", circumstance, got, want)
			}
		case <-deadline:
			e.t.Fatalf("%s: no %#v came", circumstance, want)
		}
	}
}

// connected opens a peer and connects a client to it.
func connected(t testing.TB, g *webcall.Gateway) (*webcall.Peer, *client, *events) {
	t.Helper()
	c, e := newClient(t), newEvents(t)
	p, answer, err := g.Open(c.offer(), e.on)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	c.take(answer)
	if err := c.connect(); err != nil {
		t.Fatal(err)
	}
	e.expect("a client that does all as it should", webcall.Connected{})
	return p, c, e
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
		panic("webcall_test: an end sends what is no RTP: " + err.Error())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.packets = append(e.packets, p)
	return true
}

func (e *ear) heard() []rtp.Packet {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]rtp.Packet(nil), e.packets...)
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
