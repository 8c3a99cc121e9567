package relay_test

import (
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"mayday/edge/relay"
)

var (
	mu = relay.Format{Codec: relay.PCMU, Event: 101}
	a  = relay.Format{Codec: relay.PCMA, Event: 96}
)

func TestLikeCodecsPassUnchanged(t *testing.T) {
	speaker, listener := newEar(mu), newEar(a, mu)
	relay.Join(speaker, listener)
	from := source{payloadType: 0, ssrc: 1}
	from.next()
	payload := make([]byte, 160)
	for i := range payload {
		payload[i] = byte(i)
	}
	speaker.End().Receive(from.next(payload...))
	got := listener.heard()
	if len(got) != 1 || got[0].PayloadType != 0 || string(got[0].Payload) != string(payload) {
		t.Fatalf("PCMU to a side that takes both codecs: arrived as %v", got)
	}
}

func TestUnlikeCodecsAreTranscodedBothWays(t *testing.T) {
	for _, test := range []struct {
		from, to relay.Codec
	}{{relay.PCMU, relay.PCMA}, {relay.PCMA, relay.PCMU}} {
		speaker, listener := newEar(), newEar(relay.Format{Codec: test.to})
		relay.Join(speaker, listener)
		from := source{payloadType: uint8(test.from)}
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		speaker.End().Receive(from.next(every...))
		got := listener.heard()
		if len(got) != 1 || relay.Codec(got[0].PayloadType) != test.to {
			t.Fatalf("%v to %v: arrived as %v", test.from, test.to, got)
		}
		for i, octet := range got[0].Payload {
			want, is := int(test.from.Decode(byte(i))), int(test.to.Decode(octet))
			if abs(want-is) > max(abs(want)/30, 16) {
				t.Errorf("%v octet %#x to %v: %d became %d", test.from, i, test.to, want, is)
			}
		}
	}
}

func TestPayloadTypesOfDigitsAreMappedBothWays(t *testing.T) {
	left, right := newEar(mu), newEar(a)
	relay.Join(left, right)
	fromLeft, fromRight := source{payloadType: 101}, source{payloadType: 96}
	left.End().Receive(fromLeft.next(5, 10, 0, 160))
	right.End().Receive(fromRight.next(6, 10, 0, 160))
	if got := right.heard(); len(got) != 1 || got[0].PayloadType != 96 || got[0].Payload[0] != 5 {
		t.Errorf("a digit from left to right: arrived as %v", got)
	}
	if got := left.heard(); len(got) != 1 || got[0].PayloadType != 101 || got[0].Payload[0] != 6 {
		t.Errorf("a digit from right to left: arrived as %v", got)
	}
}

func TestAMutedEndSendsSilenceAndDigits(t *testing.T) {
	speaker, listener := newEar(mu), newEar(a)
	relay.Join(speaker, listener)
	sound, digit := source{ssrc: 1}, source{ssrc: 2, payloadType: 101}
	listener.End().Mute(true)
	speaker.End().Receive(sound.next(1, 2, 3))
	speaker.End().Receive(digit.next(5, 10, 0, 160))
	listener.End().Mute(false)
	speaker.End().Receive(sound.next(1, 2, 3))
	got := listener.heard()
	if len(got) != 3 {
		t.Fatalf("sound and a digit to a muted end, then sound: %d packets arrived, want 3", len(got))
	}
	if silence := relay.PCMA.Encode(0); !slices.Equal(got[0].Payload, []byte{silence, silence, silence}) {
		t.Errorf("sound to a muted end: arrived as % x", got[0].Payload)
	}
	if got[1].Payload[0] != 5 {
		t.Errorf("a digit to a muted end: arrived as %v", got[1])
	}
	if loud := relay.PCMA.Decode(got[2].Payload[0]); loud > -1000 {
		t.Errorf("sound to an end that is not muted any more: arrived as %d", loud)
	}
}

func TestDigitsAreNotSentToWhoDidNotAgree(t *testing.T) {
	left, right := newEar(mu), newEar(relay.Format{Codec: relay.PCMU})
	relay.Join(left, right)
	from := source{payloadType: 101}
	left.End().Receive(from.next(5, 10, 0, 160))
	if got := right.heard(); len(got) != 0 {
		t.Errorf("a digit to a side without telephone-event: arrived as %v", got)
	}
}

func TestANewSourceContinuesTheStream(t *testing.T) {
	speaker, second, listener := newEar(mu), newEar(mu), newEar(mu)
	first := source{ssrc: 1, seq: 65530, timestamp: 1<<32 - 320}
	restarted := source{ssrc: 2, seq: 7, timestamp: 99}
	other := source{ssrc: 3, seq: 40000, timestamp: 5e8}
	relay.Join(speaker, listener)
	for range 10 {
		speaker.End().Receive(first.next())
	}
	for range 5 {
		speaker.End().Receive(restarted.next())
	}
	relay.Join(second, listener)
	for range 5 {
		second.End().Receive(other.next())
		speaker.End().Receive(restarted.next()) // is not joined any more
	}
	got := listener.heard()
	if len(got) != 20 {
		t.Fatalf("three sources, one after the other: %d packets arrived, want 20", len(got))
	}
	for i, p := range got {
		seam := i == 0 || i == 10 || i == 15
		if p.Marker != seam {
			t.Errorf("packet %d: marker bit is %t", i, p.Marker)
		}
		if p.SSRC != got[0].SSRC {
			t.Errorf("packet %d: SSRC changes", i)
		}
		if i == 0 {
			continue
		}
		if step := p.SequenceNumber - got[i-1].SequenceNumber; step != 1 {
			t.Errorf("packet %d: sequence goes on by %d", i, step)
		}
		if step := p.Timestamp - got[i-1].Timestamp; step < 160 || step > 8000 || !seam && step != 160 {
			t.Errorf("packet %d: timestamp goes on by %d", i, step)
		}
	}
}

func TestAJumpWithinASourceIsASeam(t *testing.T) {
	for name, jump := range map[string]func(*source){
		"sequence ahead":  func(s *source) { s.seq += 2000 },
		"sequence back":   func(s *source) { s.seq -= 2000 },
		"timestamp ahead": func(s *source) { s.timestamp += 1 << 30 },
		"timestamp back":  func(s *source) { s.timestamp -= 1 << 30 },
	} {
		speaker, listener := newEar(), newEar(mu)
		relay.Join(speaker, listener)
		from := source{seq: 5000, timestamp: 1 << 31}
		for range 3 {
			speaker.End().Receive(from.next())
		}
		jump(&from)
		for range 6 {
			speaker.End().Receive(from.next())
		}
		got := listener.heard()
		if len(got) < 7 {
			t.Errorf("%s: %d packets of 9 arrived", name, len(got))
		}
		for i := 1; i < len(got); i++ {
			if step := got[i].SequenceNumber - got[i-1].SequenceNumber; step != 1 {
				t.Errorf("%s: sequence goes on by %d at packet %d", name, step, i)
			}
			if step := got[i].Timestamp - got[i-1].Timestamp; step < 160 || step > 8000 {
				t.Errorf("%s: timestamp goes on by %d at packet %d", name, step, i)
			}
		}
	}
}

func TestLossAndDisorderPassThroughAndDuplicatesDoNot(t *testing.T) {
	speaker, listener := newEar(), newEar(mu)
	relay.Join(speaker, listener)
	from := source{seq: 100}
	var all [][]byte
	for range 8 {
		all = append(all, from.next())
	}
	for _, i := range []int{0, 1, 3, 2, 3, 1, 7} { // 4 to 6 are lost
		speaker.End().Receive(all[i])
	}
	got := listener.heard()
	want := []uint16{0, 1, 3, 2, 7}
	if len(got) != len(want) {
		t.Fatalf("five packets, two of them twice: %d arrived", len(got))
	}
	for i, p := range got {
		if is := p.SequenceNumber - got[0].SequenceNumber; is != want[i] {
			t.Errorf("packet %d: has place %d, want %d", i, is, want[i])
		}
	}
	s := speaker.End().Stats()
	if s.Received != 7 || s.Lost != 1 { // seven came of eight: a duplicate hides a loss (RFC 3550 §A.3)
		t.Errorf("statistics of the speaker: %+v", s)
	}
}

func TestJoiningAnewSilencesTheOneBefore(t *testing.T) {
	x, y, z := newEar(mu), newEar(mu), newEar(mu)
	sx, sy := source{ssrc: 1}, source{ssrc: 2}
	relay.Join(x, y)
	relay.Join(x, z)
	x.End().Receive(sx.next())
	y.End().Receive(sy.next())
	if len(x.heard()) != 0 || len(y.heard()) != 0 || len(z.heard()) != 1 {
		t.Errorf("x joined with y, then with z: heard %d, %d, %d", len(x.heard()), len(y.heard()), len(z.heard()))
	}
	relay.Part(z)
	x.End().Receive(sx.next())
	if len(z.heard()) != 1 {
		t.Error("z parted: it still hears x")
	}
}

func TestRacingJoinsNeverLetAStrangerHear(t *testing.T) {
	x, y, z := newEar(mu), newEar(mu), newEar(mu)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1000 {
			relay.Join(x, y)
		}
	}()
	for range 1000 {
		relay.Join(x, z)
	}
	<-done
	sy, sz := source{ssrc: 2}, source{ssrc: 3}
	y.End().Receive(sy.next())
	z.End().Receive(sz.next())
	if n := len(x.heard()); n > 1 {
		t.Errorf("after racing joins: x hears %d sides", n)
	}
}

func TestSwitchingSourcesUnderLoadNeverBreaksTheStream(t *testing.T) {
	t.Parallel()
	s, far := openSocket(t), newFarEnd(t)
	s.SetRemote(far.addr(), mu)
	if err := far.rtp.SetReadBuffer(1 << 20); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var speakers [2]*ear
	var speaking sync.WaitGroup
	for i := range speakers {
		speakers[i] = newEar(mu)
		speaking.Go(func() {
			from := source{ssrc: uint32(i), seq: uint16(i) * 30000}
			ticker := time.NewTicker(time.Millisecond)
			defer ticker.Stop()
			for {
				select {
				case <-stop:
					return
				case <-ticker.C:
					speakers[i].End().Receive(from.next())
				}
			}
		})
	}
	seen := map[uint16]bool{}
	listen := func(within time.Duration) bool {
		raw, _, ok := hear(t, far.rtp, within)
		if !ok {
			return false
		}
		seq := binary.BigEndian.Uint16(raw[2:])
		if seen[seq] || binary.BigEndian.Uint32(raw[8:]) != s.End().SSRC() {
			t.Errorf("sequence number %d: came twice, or from another SSRC", seq)
		}
		seen[seq] = true
		return true
	}
	for n := range 200 {
		relay.Join(s, speakers[n%2])
		if !listen(patience) {
			t.Fatalf("joined with another source for the %dth time: nothing is heard", n)
		}
		if n == 100 {
			if err := s.SendDigits("1"); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	speaking.Wait()
	for listen(50 * time.Millisecond) {
	}
}

func TestWhatIsNoSoundIsDroppedAndCounted(t *testing.T) {
	speaker, listener := newEar(mu), newEar(mu)
	relay.Join(speaker, listener)
	good := (&source{}).next()
	edit := func(change func([]byte) []byte) []byte { return change(append([]byte(nil), good...)) }
	bad := map[string][]byte{
		"nothing":                nil,
		"eleven octets":          good[:11],
		"a header alone":         good[:12],
		"version 1":              edit(func(b []byte) []byte { b[0] = 0x40; return b }),
		"contributing sources":   edit(func(b []byte) []byte { b[0] |= 15; return b[:40] }),
		"an endless extension":   edit(func(b []byte) []byte { b[0] |= 0x10; binary.BigEndian.PutUint16(b[14:], 60000); return b }),
		"a cut extension":        edit(func(b []byte) []byte { b[0] |= 0x10; return b[:14] }),
		"padding of all":         edit(func(b []byte) []byte { b[0] |= 0x20; b[len(b)-1] = 160; return b }),
		"padding of none":        edit(func(b []byte) []byte { b[0] |= 0x20; return b }),
		"an unknown codec":       edit(func(b []byte) []byte { b[1] = 111; return b }),
		"far too long a payload": append(good, make([]byte, 1500)...),
	}
	for name, raw := range bad {
		if speaker.End().Receive(raw) {
			t.Errorf("%s: is taken for sound", name)
		}
	}
	if s := speaker.End().Stats(); s.Dropped != uint64(len(bad)) || s.Received != 0 || len(listener.heard()) != 0 {
		t.Errorf("%d bad packets: statistics %+v, %d passed on", len(bad), s, len(listener.heard()))
	}
}

func TestExtrasOfAPacketAreSteppedOver(t *testing.T) {
	speaker, listener := newEar(mu), newEar(mu)
	relay.Join(speaker, listener)
	raw := []byte{0xb1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, // version 2, padding, extension, one contributing source
		9, 9, 9, 9, 0xbe, 0xde, 0, 1, 8, 8, 8, 8, 1, 2, 3, 0, 2}
	speaker.End().Receive(raw)
	got := listener.heard()
	if len(got) != 1 || string(got[0].Payload) != "\x01\x02\x03" || got[0].Padding || got[0].Extension {
		t.Errorf("a packet with extras: passed on as %v", got)
	}
}

func TestLevelIsThatOfTheLastPacket(t *testing.T) {
	speaker := newEar()
	from := source{}
	if got := speaker.End().Stats(); got.Level != -127 || !got.LastReceived.IsZero() {
		t.Errorf("nothing received: %+v", got)
	}
	for peak, want := range map[int16]int{32124: 0, 16384: -6, 3277: -20, 0: -127} {
		speaker.End().Receive(from.next(relay.PCMU.Encode(0), relay.PCMU.Encode(-peak), 0xff))
		if got := speaker.End().Stats(); got.Level != want || got.LastReceived.IsZero() {
			t.Errorf("a peak of %d: level is %d dBov, want %d", peak, got.Level, want)
		}
	}
}

func FuzzReceive(f *testing.F) {
	f.Add((&source{}).next())
	f.Add((&source{payloadType: 101}).next(1, 2, 3, 4))
	f.Add([]byte{0xb1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 8, 8, 8, 8, 1, 2, 3, 0, 2})
	f.Fuzz(func(t *testing.T, raw []byte) {
		speaker, listener := newEar(mu), newEar(a)
		relay.Join(speaker, listener)
		taken := speaker.End().Receive(raw)
		s := speaker.End().Stats()
		if taken != (s.Received == 1) || taken == (s.Dropped == 1) || taken != (len(listener.heard()) == 1) {
			t.Errorf("%x: taken is %t, %+v, %d passed on", raw, taken, s, len(listener.heard()))
		}
	})
}

func FuzzReceiveReport(f *testing.F) {
	f.Add(newEar(mu).End().AppendReport(nil))
	f.Add(newEar(mu).End().AppendGoodbye(nil))
	f.Add([]byte{0x80, 200, 0, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		e := newEar(mu).End()
		if e.ReceiveReport(raw) != (e.Stats().Reports == 1) {
			t.Errorf("%x: is counted wrongly: %+v", raw, e.Stats())
		}
		e.AppendReport(nil)
	})
}
