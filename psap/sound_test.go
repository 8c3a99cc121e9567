package psap

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// newSound opens the sound of a call on loopback.
func newSound(t *testing.T) *sound {
	t.Helper()
	s, err := openSound(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	s.start()
	t.Cleanup(s.close)
	return s
}

func newSocket(t *testing.T) *net.UDPConn {
	t.Helper()
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return socket
}

func addressOf(socket *net.UDPConn) netip.AddrPort {
	return socket.LocalAddr().(*net.UDPAddr).AddrPort()
}

func TestSoundTakesNeighbouringPorts(t *testing.T) {
	s := newSound(t)
	if sound, reports := s.local().Port(), addressOf(s.rtcp).Port(); sound%2 != 0 || reports != sound+1 {
		t.Errorf("RTP at port %d, RTCP at %d", sound, reports)
	}
}

func TestEveryFrameFollowsTheOneBefore(t *testing.T) {
	s, far := newSound(t), newSocket(t)
	s.speakAs(voice{hz: 440, volume: clearVolume}, false)
	s.agree(session{codec: pcma, payloadType: 8, far: addressOf(far), sends: true})
	var before rtp.Header
	buffer := make([]byte, 2048)
	for i := range 20 {
		n, err := readWithin(far, buffer, patience)
		if err != nil {
			t.Fatal(err)
		}
		var p rtp.Packet
		if err := p.Unmarshal(buffer[:n]); err != nil {
			t.Fatal(err)
		}
		if p.PayloadType != 8 || len(p.Payload) != frameSamples || p.Marker != (i == 0) {
			t.Fatalf("frame %d: payload type %d, %d bytes, marker %v", i, p.PayloadType, len(p.Payload), p.Marker)
		}
		if i > 0 && (p.SequenceNumber != before.SequenceNumber+1 || p.Timestamp != before.Timestamp+frameSamples || p.SSRC != before.SSRC) {
			t.Fatalf("frame %d: %+v after %+v", i, p.Header, before)
		}
		before = p.Header
	}
}

func TestReportsGoBothWays(t *testing.T) {
	s, far := newSound(t), newSocket(t)
	s.agree(session{codec: pcmu, farReports: addressOf(far), sends: true})
	out := newOutgoing()
	out.sound(session{codec: pcmu}, make([]int16, frameSamples))
	s.report(&out, time.Unix(0, 0))
	buffer := make([]byte, 2048)
	n, err := readWithin(far, buffer, patience)
	if err != nil {
		t.Fatal(err)
	}
	packets, err := rtcp.Unmarshal(buffer[:n])
	if err != nil || len(packets) != 2 {
		t.Fatalf("a report of %d packets: %v", len(packets), err)
	}
	report, ok := packets[0].(*rtcp.SenderReport)
	if !ok || report.PacketCount != 1 || report.OctetCount != frameSamples || report.NTPTime>>32 != 2208988800 {
		t.Errorf("after one frame, in 1970: %+v", packets[0])
	}
	for _, datagram := range [][]byte{buffer[:n], []byte("no report")} {
		if _, err := far.WriteToUDPAddrPort(datagram, addressOf(s.rtcp)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the report is counted", func() bool { return s.hearing(time.Now()).Reports == 1 })
}

func TestPacketsOfAnotherCodecAreCountedApart(t *testing.T) {
	s := newSound(t)
	s.agree(session{codec: pcmu, keys: 101})
	for payloadType, datagram := range map[uint8][]byte{0: nil, 8: nil, 13: nil, 99: []byte("x")} {
		if datagram == nil {
			p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: payloadType}, Payload: make([]byte, frameSamples)}
			var err error
			if datagram, err = p.Marshal(); err != nil {
				t.Fatal(err)
			}
		}
		s.hear(datagram, whenever)
	}
	if h := s.hearing(whenever); h.Packets != 1 || h.Unexpected != 3 {
		t.Errorf("one packet of μ-law, three others: %d and %d", h.Packets, h.Unexpected)
	}
}

func TestTooManyKeysAreRefused(t *testing.T) {
	s := newSound(t)
	if err := s.press("1"); err == nil {
		t.Error("without telephone-event: keys are taken")
	}
	s.agree(session{codec: pcmu, keys: 101})
	if err := s.press(string(make([]byte, keyBacklog+1))); err == nil {
		t.Errorf("%d keys at once are taken", keyBacklog+1)
	}
}
