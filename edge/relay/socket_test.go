package relay_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"mayday/edge/relay"
)

func newTone(t testing.TB, sound relay.Sound) *relay.Tone {
	t.Helper()
	tone := relay.NewTone(sound)
	t.Cleanup(func() { tone.Close() })
	return tone
}

func TestAToneArrivesAtTheFarSocket(t *testing.T) {
	t.Parallel()
	for _, codec := range []relay.Codec{relay.PCMU, relay.PCMA} {
		near, far, listener := openSocket(t), openSocket(t), newEar(mu, a)
		near.SetRemote(far.Local(), relay.Format{Codec: codec})
		far.SetRemote(near.Local(), relay.Format{Codec: codec})
		relay.Join(newTone(t, relay.Sound{FrequenciesHz: []float64{440}, LevelDBov: -10}), near)
		relay.Join(far, listener)
		packets := listener.waitFor(t, "a tone to the far socket", 30)
		for _, p := range packets {
			if relay.Codec(p.PayloadType) != codec {
				t.Fatalf("a tone in %v: arrives in %v", codec, relay.Codec(p.PayloadType))
			}
		}
		expectTone(t, "a tone in "+codec.String(), samples(packets)[:25*160], 440, 32768*0.316)
		if s := far.Stats(); s.Level < -11 || s.Level > -9 || s.Lost != 0 {
			t.Errorf("a tone in %v: statistics of the far socket %+v", codec, s)
		}
	}
}

func TestSoundFlowsBothWaysBetweenUnlikeLegs(t *testing.T) {
	t.Parallel()
	left, right := openSocket(t), openSocket(t)
	relay.Join(left, right)
	carrier, phone := openSocket(t), openSocket(t)
	left.SetRemote(carrier.Local(), relay.Format{Codec: relay.PCMU})
	carrier.SetRemote(left.Local(), relay.Format{Codec: relay.PCMU})
	right.SetRemote(phone.Local(), relay.Format{Codec: relay.PCMA})
	phone.SetRemote(right.Local(), relay.Format{Codec: relay.PCMA})
	atCarrier, atPhone := newEar(mu, a), newEar(mu, a)
	// A socket speaks to its wire what is received by the side it is joined with, and hears for it.
	relay.Join(carrier, duplex(t, 440, atCarrier))
	relay.Join(phone, duplex(t, 1000, atPhone))
	expectTone(t, "at the carrier", samples(atCarrier.waitFor(t, "sound at the carrier", 30))[800:4800], 1000, 3277)
	expectTone(t, "at the phone", samples(atPhone.waitFor(t, "sound at the phone", 30))[800:4800], 440, 3277)
}

// duplex makes an ear speak a tone too.
func duplex(t *testing.T, hz float64, e *ear) *ear {
	t.Helper()
	mouth := newEar(mu)
	mouth.end = relay.NewEnd(wire(func(raw []byte) bool { return e.end.Receive(raw) }))
	mouth.end.Agree(mu)
	relay.Join(newTone(t, relay.Sound{FrequenciesHz: []float64{hz}, LevelDBov: -20}), mouth)
	return e
}

type wire func([]byte) bool

func (w wire) SendRTP(raw []byte) bool { return w(raw) }

func TestSoundFlowsOverIPv6(t *testing.T) {
	t.Parallel()
	ports := relay.NewPorts(netip.IPv6Loopback(), 0, 0)
	near, err := ports.Open()
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	defer near.Close()
	far, err := ports.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	listener := newEar(mu)
	near.SetRemote(far.Local(), mu)
	far.SetRemote(near.Local(), mu)
	relay.Join(newTone(t, relay.Sound{}), near)
	relay.Join(far, listener)
	listener.waitFor(t, "silence over IPv6", 5)
}

func TestTheFirstAddressIsLearnedAndKept(t *testing.T) {
	t.Parallel()
	s, listener := openSocket(t), newEar(mu)
	relay.Join(s, listener)
	signalled, nat, stranger := newFarEnd(t), newFarEnd(t), newFarEnd(t)
	s.SetRemote(signalled.addr(), mu)
	from, own := source{ssrc: 1}, source{ssrc: 77}
	nat.say(t, s.Local(), from.next())
	listener.waitFor(t, "the first packet, from behind a NAT", 1)
	stranger.say(t, s.Local(), (&source{ssrc: 2}).next())
	eventually(t, "a packet of a stranger", func() bool { return s.Stats().Dropped == 1 })
	if n := len(listener.heard()); n != 1 {
		t.Errorf("a stranger after the address was learned: %d packets heard, want 1", n)
	}
	expectSpokenTo(t, "learned", listener, &own, nat)

	signalled.say(t, s.Local(), from.next())
	listener.waitFor(t, "a packet from the signalled address", 2)
	expectSpokenTo(t, "the signalled address turned up", listener, &own, signalled)

	s.SetRemote(stranger.addr(), mu)
	expectSpokenTo(t, "another address was signalled", listener, &own, stranger)
	nat.say(t, s.Local(), from.next())
	listener.waitFor(t, "learned again after SetRemote", 3)
	expectSpokenTo(t, "learned again", listener, &own, nat)
	s.SetRemote(stranger.addr(), mu)
	expectSpokenTo(t, "the same was signalled again", listener, &own, nat)
}

// expectSpokenTo fails unless what the listener says arrives at one far end.
func expectSpokenTo(t *testing.T, circumstance string, listener *ear, own *source, f farEnd) {
	t.Helper()
	listener.End().Receive(own.next())
	if _, _, ok := hear(t, f.rtp, patience); !ok {
		t.Errorf("%s: what is said does not arrive there", circumstance)
	}
}

func TestEarlyMediaAndAnswerFromTwoHostsAreOneStream(t *testing.T) {
	t.Parallel()
	s, listener := openSocket(t), newEar(mu)
	relay.Join(s, listener)
	announcing, answering := newFarEnd(t), newFarEnd(t)
	early, late := source{ssrc: 1, seq: 60000}, source{ssrc: 2, seq: 3, timestamp: 1 << 31}
	s.SetRemote(announcing.addr(), mu) // 183
	for range 5 {
		announcing.say(t, s.Local(), early.next())
	}
	listener.waitFor(t, "early media", 5)
	s.SetRemote(answering.addr(), mu) // 200
	for range 5 {
		answering.say(t, s.Local(), late.next())
	}
	listener.waitFor(t, "the answering host", 10)
	announcing.say(t, s.Local(), early.next())
	eventually(t, "the announcing host after the answer", func() bool { return s.Stats().Dropped == 1 })
	packets := listener.heard()
	expectOneStream(t, packets)
	for i, p := range packets {
		if p.Marker != (i == 0 || i == 5) {
			t.Errorf("packet %d: marker bit is %t", i, p.Marker)
		}
	}
}

func TestNothingIsSentToWhoHolds(t *testing.T) {
	t.Parallel()
	s, speaker, far := openSocket(t), newEar(mu), newFarEnd(t)
	relay.Join(s, speaker)
	from := source{}
	for _, nowhere := range []netip.AddrPort{
		{}, netip.MustParseAddrPort("0.0.0.0:4000"), netip.AddrPortFrom(loopback, 0),
	} {
		s.SetRemote(nowhere, mu)
		far.say(t, s.Local(), (&source{ssrc: 5}).next())
		eventually(t, "music while held", func() bool { return len(speaker.heard()) > 0 })
		speaker.End().Receive(from.next())
		if sent := s.Stats().Sent; sent != 0 {
			t.Errorf("remote %v: %d packets sent", nowhere, sent)
		}
	}
	s.SetRemote(far.addr(), mu)
	speaker.End().Receive(from.next())
	if _, _, ok := hear(t, far.rtp, patience); !ok {
		t.Error("taken off hold: nothing is sent")
	}
}

func TestSoundIsHeardBeforeTheAnswerCame(t *testing.T) {
	t.Parallel()
	s, listener, far := openSocket(t), newEar(mu), newFarEnd(t)
	relay.Join(s, listener)
	far.say(t, s.Local(), (&source{}).next())
	listener.waitFor(t, "sound before any description", 1)
}

func TestGarbageIsCountedAndHarmsNothing(t *testing.T) {
	t.Parallel()
	s, listener, far := openSocket(t), newEar(mu), newFarEnd(t)
	relay.Join(s, listener)
	s.SetRemote(far.addr(), mu)
	for _, raw := range [][]byte{{1}, []byte("hello, is this the emergency service?"), {0x80, 200, 0, 9, 0, 0, 0, 0}} {
		far.say(t, s.Local(), raw)
	}
	if _, err := far.rtcp.WriteToUDPAddrPort([]byte("no report"), rtcpOf(s)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "garbage", func() bool { return s.Stats().Dropped == 4 })
	far.say(t, s.Local(), (&source{}).next())
	listener.waitFor(t, "sound after garbage", 1)
}

func rtcpOf(s *relay.Socket) netip.AddrPort {
	return netip.AddrPortFrom(s.Local().Addr(), s.Local().Port()+1)
}

// readReport waits for a compound packet and answers with its parts.
func readReport(t *testing.T, raw []byte) (packets []rtcp.Packet) {
	t.Helper()
	packets, err := rtcp.Unmarshal(raw)
	if err != nil {
		t.Fatalf("a report: %v", err)
	}
	if err := rtcp.CompoundPacket(packets).Validate(); err != nil {
		t.Fatalf("a report: %v", err)
	}
	return packets
}

func TestReportsGoToTheTrunk(t *testing.T) {
	t.Parallel()
	s, speaker, far := openSocket(t), newEar(mu), newFarEnd(t)
	relay.Join(s, speaker)
	s.SetRemote(far.addr(), mu)
	theirs := source{ssrc: 4711, seq: 10}
	for n := range 20 {
		if raw := theirs.next(); n < 5 || n >= 10 {
			far.say(t, s.Local(), raw)
		}
	}
	ours := source{}
	for range 7 {
		speaker.End().Receive(ours.next())
	}
	sender, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 4711, NTPTime: 0x1122334455667788}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := far.rtcp.WriteToUDPAddrPort(sender, rtcpOf(s)); err != nil {
		t.Fatal(err)
	}
	raw, _, ok := hear(t, far.rtcp, patience)
	if !ok {
		t.Fatal("a call of ten seconds: no report came")
	}
	packets := readReport(t, raw)
	report, ok := packets[0].(*rtcp.SenderReport)
	if !ok || report.PacketCount != 7 || report.OctetCount != 7*160 || len(report.Reports) != 1 {
		t.Fatalf("after seven packets sent: the report says %v", packets[0])
	}
	if skew := time.Since(ntpTime(report.NTPTime)).Abs(); skew > time.Minute {
		t.Errorf("the report's clock: is off by %v", skew)
	}
	block := report.Reports[0]
	if block.SSRC != 4711 || block.TotalLost != 5 || block.FractionLost != 256*5/20 || block.LastSequenceNumber&0xffff != 29 {
		t.Errorf("five of twenty lost: the report says %+v", block)
	}
	if block.LastSenderReport != 0x33445566 || block.Delay == 0 {
		t.Errorf("after a sender report: the report says %+v", block)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, _, _ = hear(t, far.rtcp, patience)
	if packets = readReport(t, raw); len(packets) != 3 {
		t.Errorf("at the end of a call: %v instead of a goodbye", packets)
	}
}

func ntpTime(n uint64) time.Time { return time.Unix(int64(n>>32)-2208988800, 0) }

func TestReportsShareThePortOfWhoSharesIt(t *testing.T) {
	t.Parallel()
	s, far := openSocket(t), newFarEnd(t)
	s.SetRemote(far.addr(), mu)
	far.say(t, s.Local(), (&source{ssrc: 9}).next())
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 9}})
	if err != nil {
		t.Fatal(err)
	}
	far.say(t, s.Local(), report)
	eventually(t, "a report on the port of sound", func() bool { return s.Stats().Reports == 1 })
	raw, from, ok := hear(t, far.rtp, patience)
	if !ok || from != s.Local() {
		t.Fatalf("a call of ten seconds with a shared port: report came %t, from %v", ok, from)
	}
	readReport(t, raw)
}

func TestDigitsAreSentInTheStreamOfSound(t *testing.T) {
	t.Parallel()
	s, speaker, far := openSocket(t), newEar(mu), newFarEnd(t)
	relay.Join(s, speaker)
	s.SetRemote(far.addr(), relay.Format{Codec: relay.PCMU, Event: 96})
	from := source{}
	speaker.End().Receive(from.next())
	if err := s.SendDigits("9#d"); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // sound goes on meanwhile, and must not disturb the digits
		defer close(done)
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for range 40 {
			speaker.End().Receive(from.next())
			<-ticker.C
		}
	}()
	var packets []rtp.Packet
	for {
		raw, _, ok := hear(t, far.rtp, 500*time.Millisecond)
		if !ok {
			break
		}
		var p rtp.Packet
		if err := p.Unmarshal(raw); err != nil {
			t.Fatal(err)
		}
		packets = append(packets, p)
	}
	<-done
	expectOneStream(t, packets)
	expectEvents(t, packets, 9, 11, 15)
}

// expectOneStream fails unless packets are what one source would have sent.
func expectOneStream(t *testing.T, packets []rtp.Packet) {
	t.Helper()
	for i := 1; i < len(packets); i++ {
		before, p := packets[i-1], packets[i]
		if p.SSRC != before.SSRC || p.SequenceNumber != before.SequenceNumber+1 {
			t.Errorf("packet %d: SSRC %d then %d, sequence %d then %d", i, before.SSRC, p.SSRC, before.SequenceNumber, p.SequenceNumber)
		}
		if step := int32(p.Timestamp - before.Timestamp); step < 0 || step > 8000 {
			t.Errorf("packet %d: timestamp goes on by %d", i, step)
		}
		if p.PayloadType == 0 && before.PayloadType == 96 && !p.Marker {
			t.Errorf("packet %d: sound after a digit has no marker bit", i)
		}
	}
}

// expectEvents fails unless exactly these event codes came, each as RFC 4733 has it.
func expectEvents(t *testing.T, packets []rtp.Packet, want ...byte) {
	t.Helper()
	var got []byte
	durations, ends := map[uint32]uint16{}, map[uint32]int{}
	for _, p := range packets {
		if p.PayloadType != 96 {
			continue
		}
		if p.Marker {
			got = append(got, p.Payload[0])
		}
		durations[p.Timestamp] = max(durations[p.Timestamp], uint16(p.Payload[2])<<8|uint16(p.Payload[3]))
		if p.Payload[1]&0x80 != 0 {
			ends[p.Timestamp]++
		}
	}
	if string(got) != string(want) {
		t.Errorf("digits: events %v came, want %v", got, want)
	}
	for timestamp, duration := range durations {
		if duration != 800 || ends[timestamp] != 3 {
			t.Errorf("a digit: lasts %d ticks and ends %d times, want 800 and 3", duration, ends[timestamp])
		}
	}
}

func TestDigitsAreRefusedForAReason(t *testing.T) {
	t.Parallel()
	s := openSocket(t)
	if err := s.SendDigits("1"); !errors.Is(err, relay.ErrNoEvents) {
		t.Errorf("before any format: %v", err)
	}
	s.SetRemote(netip.MustParseAddrPort("127.0.0.1:9"), relay.Format{Codec: relay.PCMA})
	if err := s.SendDigits("1"); !errors.Is(err, relay.ErrNoEvents) {
		t.Errorf("without telephone-event: %v", err)
	}
	s.SetRemote(netip.MustParseAddrPort("127.0.0.1:9"), a)
	if err := s.SendDigits("1x"); !errors.Is(err, relay.ErrNotADigit) {
		t.Errorf("a letter beyond D: %v", err)
	}
	if err := s.SendDigits(strings.Repeat("0123456789", 7)); !errors.Is(err, relay.ErrTooManyDigits) {
		t.Errorf("seventy digits at once: %v", err)
	}
}

func TestAToneKeepsItsCadence(t *testing.T) {
	t.Parallel()
	listener := newEar(a)
	beep := relay.Sound{FrequenciesHz: []float64{400, 450}, LevelDBov: -20, On: 100 * time.Millisecond, Off: 100 * time.Millisecond}
	tone := newTone(t, beep)
	relay.Join(tone, listener)
	begun := time.Now()
	sound := samples(listener.waitFor(t, "a tone with a cadence", 50))
	if took := time.Since(begun); took < 800*time.Millisecond || took > 5*time.Second {
		t.Errorf("fifty packets: took %v", took)
	}
	loud, quiet := 0, 0
	for at := 0; at+160 <= len(sound); at += 160 {
		if goertzel(sound[at:at+160], 400) > 200 {
			loud++
		} else {
			quiet++
		}
	}
	if loud < quiet/2 || quiet < loud/2 {
		t.Errorf("100 ms on, 100 ms off: %d packets loud, %d quiet", loud, quiet)
	}
	if err := tone.Close(); err != nil {
		t.Error(err)
	}
	if err := tone.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
