package sipcall_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"mayday/center/number"
	"mayday/center/rep"
	"mayday/edge/relay"
	"mayday/edge/sipcall"
	"mayday/engine"
	"mayday/sip"
)

// lookUp knows one host.
func lookUp(_ context.Context, host string) ([]netip.Addr, error) {
	if host == "media.far.test" {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	return nil, errors.New("no such host")
}

// farEnd is a trunk that a test answers by hand.
type farEnd struct {
	t     *testing.T
	calls chan *sip.Dialog
	uri   string
	sound *net.UDPConn
}

func (f *farEnd) Invited(d *sip.Dialog)     { f.calls <- d }
func (f *farEnd) Requested(x *sip.Exchange) { x.RespondDefault() }

func newFarEnd(t *testing.T, network string) *farEnd {
	t.Helper()
	f := &farEnd{t: t, calls: make(chan *sip.Dialog, 16)}
	stack := sip.New(sip.Config{}, f)
	t.Cleanup(func() { _ = stack.Close() })
	at, err := stack.Listen(network, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.uri = fmt.Sprintf("sip:%s;transport=%s", at, network)
	if f.sound, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.sound.Close() })
	return f
}

// answer takes the next call.
func (f *farEnd) answer(description string) *sip.Dialog {
	f.t.Helper()
	d := receive(f.t, f.calls, "a call")
	if err := d.Answer(nil, "application/sdp", []byte(description)); err != nil {
		f.t.Fatal(err)
	}
	return d
}

// describe writes what the far end says of its sound.
func (f *farEnd) describe(host, formats, direction string) string {
	port := f.sound.LocalAddr().(*net.UDPAddr).Port
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\na=%s\r\n",
		time.Now().UnixNano(), host, port, formats, direction)
}

// hears says whether sound arrives within the time, and in which codec.
func (f *farEnd) hears(within time.Duration) (payloadType byte, ok bool) {
	f.t.Helper()
	buffer := make([]byte, 2000)
	end := time.Now().Add(within)
	_ = f.sound.SetReadDeadline(end)
	for {
		n, err := f.sound.Read(buffer)
		if err != nil {
			return 0, false
		}
		if !relay.IsRTCP(buffer[:n]) {
			return buffer[1] & 0x7f, true
		}
	}
}

// drain forgets the sound that came before this moment, and a little after it.
func (f *farEnd) drain() {
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		f.hears(time.Until(end))
	}
}

// speak sends a packet of sound to where the INVITE wants it.
func (f *farEnd) speak(d *sip.Dialog) {
	f.t.Helper()
	parts, err := sip.Parts(d.Request().ContentType(), d.Request().Body())
	if err != nil {
		f.t.Fatal(err)
	}
	offer, err := relay.Read(parts[0].Body)
	if err != nil {
		f.t.Fatal(err)
	}
	packet := make([]byte, 172)
	packet[0] = 0x80
	binary.BigEndian.PutUint32(packet[8:], 7)
	if _, err := f.sound.WriteToUDPAddrPort(packet, offer.Addr); err != nil {
		f.t.Fatal(err)
	}
}

// reoffer changes the far end's session and returns what it is answered.
func (f *farEnd) reoffer(d *sip.Dialog, description string) relay.Remote {
	f.t.Helper()
	d.Reoffer("application/sdp", []byte(description))
	remote, err := relay.Read(await[sip.Reanswered](f.t, d).Response.Body())
	if err != nil {
		f.t.Fatal(err)
	}
	return remote
}

func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(15 * time.Second):
		t.Fatalf("waiting for %s: nothing came", what)
		panic("unreachable")
	}
}

// await waits for an event of one kind and passes over others.
func await[E sip.Event](t *testing.T, d *sip.Dialog) E {
	t.Helper()
	for {
		event := receive(t, d.Events(), fmt.Sprintf("%T", *new(E)))
		if e, ok := event.(E); ok {
			return e
		}
		if event == nil {
			t.Fatalf("waiting for %T: the dialog is over", *new(E))
		}
	}
}

// TestAnswerThatNamesAHostKeepsTheCall: sound goes where the name leads, or where the far end's sound comes from.
func TestAnswerThatNamesAHostKeepsTheCall(t *testing.T) {
	for _, host := range []string{"media.far.test", "unknown.far.test"} {
		t.Run(host, func(t *testing.T) {
			far := newFarEnd(t, "udp")
			r := newRig(t, 1, far.uri)
			w := r.watch(0)
			dial(r, "c1")
			d := far.answer(far.describe(host, "8", "sendrecv"))
			until(t, w, "the trunk has answered with a name", phase(engine.Connected))
			if host != "media.far.test" {
				if _, ok := far.hears(200 * time.Millisecond); ok {
					t.Error("a name that nobody knows: sound arrives before the far end has spoken")
				}
				far.speak(d)
			}
			if codec, ok := far.hears(10 * time.Second); !ok || codec != 8 {
				t.Errorf("sound arrives: %t, in codec %d, want PCMA", ok, codec)
			}
			r.do(engine.End{Rep: repID(0)})
			await[sip.Ended](t, d)
		})
	}
}

// TestEmergencyCallAnsweredWithoutOurCodecsIsKeptAndOfferedBothAgain: and nothing else happens to it when that is refused as well.
func TestEmergencyCallAnsweredWithoutOurCodecsIsKeptAndOfferedBothAgain(t *testing.T) {
	for name, second := range map[string]string{"then G.711": "8", "and again": "18"} {
		t.Run(name, func(t *testing.T) {
			far := newFarEnd(t, "udp")
			r := newRig(t, 1, far.uri)
			w := r.watch(0)
			dial(r, "c1")
			d := far.answer(far.describe("127.0.0.1", "18", "sendrecv"))
			again := await[sip.Reinvited](t, d)
			offer, err := relay.Read(again.Request().Body())
			if err != nil || len(offer.Formats) != 2 {
				t.Fatalf("second offer: %v, %d formats, want both", err, len(offer.Formats))
			}
			until(t, w, "the trunk has answered without a codec of ours", phase(engine.Connected))
			if err := again.Respond(200, "", nil, "application/sdp", []byte(far.describe("127.0.0.1", second, "sendrecv"))); err != nil {
				t.Fatal(err)
			}
			if second == "18" { // whoever speaks G.711 after all is heard and answered
				far.speak(d)
			}
			if _, ok := far.hears(10 * time.Second); !ok {
				t.Error("no sound arrives")
			}
			r.do(engine.End{Rep: repID(0)})
			if e := await[sip.Ended](t, d); e.By != sip.Remote {
				t.Errorf("ended by %v, want by the rep", e.By)
			}
		})
	}
}

func TestOrdinaryCallAnsweredWithoutOurCodecsEnds(t *testing.T) {
	far := newFarEnd(t, "udp")
	has := testCenter(1, []string{far.uri})
	has.Numbers = append(has.Numbers, number.Number{E164: "+12175550100", Kind: number.DirectOffer, Use: number.Shared, Site: "hq"})
	has.CapacityProfiles = []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1}}
	has.OutboundProfiles = []rep.OutboundProfile{{ID: "out", Number: "+12175550100", CapacityProfiles: []rep.ProfileID{"voice"}}}
	has.Reps[0].CapacityProfiles = []rep.ProfileID{"voice"}
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	r.watch(0)
	r.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: "+12175550123", Call: "c1"})
	d := far.answer(far.describe("127.0.0.1", "18", "sendrecv"))
	await[sip.Ended](t, d)
}

// TestFarEndThatHoldsIsNotSpokenTo: but an address of 0.0.0.0 does not silence an emergency call.
func TestFarEndThatHoldsIsNotSpokenTo(t *testing.T) {
	far := newFarEnd(t, "udp")
	r := newRig(t, 1, far.uri)
	w := r.watch(0)
	dial(r, "c1")
	d := far.answer(far.describe("127.0.0.1", "0", "sendrecv"))
	until(t, w, "the trunk has answered", phase(engine.Connected))
	if _, ok := far.hears(10 * time.Second); !ok {
		t.Fatal("before the hold: no sound arrives")
	}
	for direction, want := range map[string]relay.Direction{"sendonly": relay.RecvOnly, "inactive": relay.Inactive} {
		if got := far.reoffer(d, far.describe("127.0.0.1", "0", direction)); got.Direction != want {
			t.Errorf("hold by %s: answered with %v, want %v", direction, got.Direction, want)
		}
		far.drain()
		if _, ok := far.hears(500 * time.Millisecond); ok { // in its pauses the tone sends silence
			t.Errorf("hold by %s: sound arrives", direction)
		}
		if got := far.reoffer(d, far.describe("127.0.0.1", "0", "sendrecv")); got.Direction != relay.SendRecv {
			t.Errorf("taken up again: answered with %v", got.Direction)
		}
		if _, ok := far.hears(10 * time.Second); !ok {
			t.Errorf("taken up again after %s: no sound arrives", direction)
		}
	}
	far.reoffer(d, far.describe("0.0.0.0", "0", "sendrecv"))
	far.drain()
	if _, ok := far.hears(10 * time.Second); !ok {
		t.Error("emergency call whose far end gives no address: no sound arrives any more")
	}
	r.do(engine.End{Rep: repID(0)})
	await[sip.Ended](t, d)
}
