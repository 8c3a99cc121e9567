package relay_test

import (
	"math"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"mayday/edge/relay"
)

// talker is somebody's telephone that plays a tone and remembers what it is sent, as the wire has it.
type talker struct {
	farEnd
	to    netip.AddrPort
	codec relay.Codec
	hz    float64

	mu      sync.Mutex
	packets []rtp.Packet
}

const loudness = 8000

// newTalker makes a telephone at a socket; it talks and listens until the test ends.
func newTalker(t *testing.T, at *relay.Socket, codec relay.Codec, hz float64) *talker {
	t.Helper()
	k := &talker{farEnd: newFarEnd(t), to: at.Local(), codec: codec, hz: hz}
	at.SetRemote(k.addr(), relay.Format{Codec: codec, Event: 101})
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { k.talk(done) })
	running.Go(k.listen)
	t.Cleanup(func() {
		close(done)
		k.rtp.Close()
		running.Wait()
	})
	return k
}

func (k *talker) talk(done chan struct{}) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	from := source{payloadType: uint8(k.codec), ssrc: uint32(k.hz)}
	begun, payload := time.Now(), make([]byte, 160)
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
		for int(time.Since(begun)/(20*time.Millisecond)) > int(from.seq) {
			for i := range payload {
				position := float64(int(from.timestamp) + i)
				payload[i] = k.codec.Encode(int16(loudness * math.Sin(2*math.Pi*k.hz*position/8000)))
			}
			if _, err := k.rtp.WriteToUDPAddrPort(from.next(payload...), k.to); err != nil {
				return
			}
		}
	}
}

func (k *talker) listen() {
	raw := make([]byte, 2000)
	for {
		n, _, err := k.rtp.ReadFromUDPAddrPort(raw)
		if err != nil {
			return
		}
		var p rtp.Packet
		if p.Unmarshal(append([]byte(nil), raw[:n]...)) != nil {
			continue
		}
		k.mu.Lock()
		k.packets = append(k.packets, p)
		k.mu.Unlock()
	}
}

func (k *talker) heard() []rtp.Packet {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.packets[:len(k.packets):len(k.packets)]
}

// next answers with the next second of what each telephone is sent, a fifth of a second from now.
func next(t *testing.T, circumstance string, at ...*talker) [][]float64 {
	t.Helper()
	begins, sounds := make([]int, len(at)), make([][]float64, len(at))
	for i, k := range at {
		begins[i] = len(k.heard()) + 10
	}
	for i, k := range at {
		eventually(t, circumstance+": a second of sound", func() bool { return len(k.heard()) >= begins[i]+50 })
		sounds[i] = samples(k.heard()[begins[i] : begins[i]+50])
	}
	return sounds
}

// room is a call with its three ears.
type room struct {
	rep, psap, desk     *talker
	atRep, atPSAP, away *relay.Socket
}

// newRoom lets rep and PSAP talk; the desk, whose law is the other one, is beside.
func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{atRep: openSocket(t), atPSAP: openSocket(t), away: openSocket(t)}
	r.rep = newTalker(t, r.atRep, relay.PCMU, 400)
	r.psap = newTalker(t, r.atPSAP, relay.PCMU, 700)
	r.desk = newTalker(t, r.away, relay.PCMA, 1100)
	relay.Join(r.atPSAP, r.atRep)
	return r
}

// expect fails unless each ear hears what it should of 400, 700 and 1,100 Hz: a letter for each, x is there, - is not.
func (r *room) expect(t *testing.T, circumstance string, wants ...string) {
	t.Helper()
	names := []string{"rep", "PSAP", "desk"}[:len(wants)]
	for at, sound := range next(t, circumstance, []*talker{r.rep, r.psap, r.desk}[:len(wants)]...) {
		for i, hz := range []float64{400, 700, 1100} {
			got := goertzel(sound, hz)
			if there := wants[at][i] == 'x'; there && got < loudness/2 || !there && got > loudness/10 {
				t.Errorf("%s: at the %s's ear %v Hz has amplitude %.0f of %d, want %q for 400, 700 and 1,100", circumstance, names[at], hz, got, loudness, wants[at])
			}
		}
	}
}

// expectWhole fails unless what a telephone was sent is one stream without a gap.
func expectWhole(t *testing.T, name string, packets []rtp.Packet) {
	t.Helper()
	for i, p := range packets[1:] {
		before := packets[i]
		if p.SequenceNumber != before.SequenceNumber+1 || p.Timestamp != before.Timestamp+160 || p.SSRC != before.SSRC {
			t.Errorf("%s: packet %d follows %d, timestamp %d follows %d", name, p.SequenceNumber, before.SequenceNumber, p.Timestamp, before.Timestamp)
		}
	}
}

// TestThreeHearTheOthersAndNotThemselves: real sockets, two laws, and every ear measured while a desk joins, stays muted, speaks, is
// muted again, leaves. For rep and emergency service there is no gap.
func TestThreeHearTheOthersAndNotThemselves(t *testing.T) {
	r := newRoom(t)
	r.expect(t, "before the desk joins", "-x-", "x--")
	guest := relay.NewGuest(r.atPSAP, nil)
	defer guest.Close()
	relay.Join(r.away, guest)
	r.expect(t, "the desk is muted", "-x-", "x--", "xx-")
	guest.Speak(true)
	r.expect(t, "the desk speaks", "-xx", "x-x", "xx-")
	guest.Speak(false)
	r.expect(t, "the desk is muted again", "-x-", "x--", "xx-")
	guest.Speak(true)
	r.expect(t, "the desk speaks again", "-xx", "x-x", "xx-")
	if err := guest.Close(); err != nil {
		t.Fatalf("the desk leaves: %v", err)
	}
	r.expect(t, "the desk has left", "-x-", "x--")
	expectWhole(t, "what the rep was sent", r.rep.heard())
	expectWhole(t, "what the emergency service was sent", r.psap.heard())
}

// TestAGuestThatIsMutedFloodsOrSendsRubbishChangesNoOctet: what passes between the two is held octet by octet against what was said.
func TestAGuestThatIsMutedFloodsOrSendsRubbishChangesNoOctet(t *testing.T) {
	rep, psap, desk := newEar(mu), newEar(mu), newEar(a)
	relay.Join(psap, rep)
	guest := relay.NewGuest(psap, func(byte) {})
	defer guest.Close()
	relay.Join(desk, guest)
	fromRep, fromPSAP, fromDesk := source{ssrc: 1}, source{ssrc: 2}, source{ssrc: 3, payloadType: 8}
	digit := source{ssrc: 4, payloadType: 101}
	for n := range 200 {
		for range 50 {
			desk.End().Receive(fromDesk.next(1, 2, 3))
			desk.End().Receive(digit.next(byte(n), 10, 0, 160))
			desk.End().Receive([]byte{0x80, 8, byte(n)})
		}
		rep.End().Receive(fromRep.next(byte(n), 1))
		psap.End().Receive(fromPSAP.next(byte(n), 2))
	}
	for name, ear := range map[string]struct {
		packets []rtp.Packet
		second  byte
	}{"rep": {rep.heard(), 2}, "PSAP": {psap.heard(), 1}} {
		if len(ear.packets) != 200 {
			t.Fatalf("a desk floods: %d of 200 packets came to the %s", len(ear.packets), name)
		}
		for n, p := range ear.packets {
			if string(p.Payload) != string([]byte{byte(n), ear.second}) {
				t.Errorf("a desk floods, muted: packet %d came to the %s as %v", n, name, p.Payload)
			}
		}
		expectInOrder(t, name, ear.packets)
	}
}

func expectInOrder(t *testing.T, name string, packets []rtp.Packet) {
	t.Helper()
	for i, p := range packets[1:] {
		if p.SequenceNumber != packets[i].SequenceNumber+1 {
			t.Errorf("%s: packet %d follows %d", name, p.SequenceNumber, packets[i].SequenceNumber)
		}
	}
}

// TestAGuestIsHeardByOneWhoIsSentNothingElse: an emergency service that is silent to the wire does not keep the rep from the desk.
func TestAGuestIsHeardByOneWhoIsSentNothingElse(t *testing.T) {
	rep, psap := newEar(mu), newEar(mu)
	relay.Join(psap, rep)
	guest := relay.NewGuest(psap, nil)
	defer guest.Close()
	guest.Speak(true)
	desk := relay.NewTone(relay.Sound{FrequenciesHz: []float64{1000}, LevelDBov: -12})
	defer desk.Close()
	relay.Join(desk, guest)
	for name, at := range map[string]*ear{"rep": rep, "PSAP": psap} {
		if got := goertzel(samples(at.waitFor(t, "nobody but the desk speaks, "+name, 60)[10:60]), 1000); got < loudness/2 {
			t.Errorf("nobody but the desk speaks: at the %s's ear it has amplitude %.0f", name, got)
		}
	}
	from := source{ssrc: 9}
	before := len(rep.heard())
	for range 3 {
		psap.End().Receive(from.next())
	}
	packets := rep.waitFor(t, "the emergency service speaks again", before+3)
	expectInOrder(t, "the emergency service speaks again: rep", packets)
}

func TestKeysOfAGuestAreToldOnceEach(t *testing.T) {
	at, phone := openSocket(t), openSocket(t)
	keys := make(chan byte, 64)
	psap := newEar(mu)
	guest := relay.NewGuest(psap, func(key byte) { keys <- key })
	defer guest.Close()
	relay.Join(at, guest)
	phone.SetRemote(at.Local(), a)
	at.SetRemote(phone.Local(), a)
	if err := phone.SendDigits("*6#"); err != nil {
		t.Fatal(err)
	}
	for _, want := range "*6#" {
		select {
		case got := <-keys:
			if rune(got) != want {
				t.Errorf("*6# is pressed: %q came, want %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("*6# is pressed: %q did not come", want)
		}
	}
	if len(keys) > 0 {
		t.Errorf("*6# is pressed: %d keys more came", len(keys))
	}
}

func TestAGuestGoesWithAnotherWhoTakesTheOnesPlace(t *testing.T) {
	rep, other, psap, desk := newEar(mu), newEar(mu), newEar(mu), newEar(mu)
	relay.Join(psap, rep)
	guest := relay.NewGuest(psap, nil)
	defer guest.Close()
	relay.Join(desk, guest)
	relay.Join(psap, other) // the rep's other tab
	from := source{ssrc: 5}
	loud, sample := steady(0x10)
	var said time.Time
	eventually(t, "the rep goes on in another tab: the desk hears it", func() bool {
		if time.Since(said) >= 20*time.Millisecond { // who speaks faster than that is not listened to
			said = time.Now()
			other.End().Receive(from.next(loud...))
		}
		for _, p := range desk.heard() {
			for _, octet := range p.Payload {
				if relay.PCMU.Decode(octet) == sample {
					return true
				}
			}
		}
		return false
	})
}
