package webcall_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/stun/v4"

	"mayday/edge/relay"
	"mayday/edge/webcall"
)

var (
	mu = relay.Format{Codec: relay.PCMU, Event: 101}
	a  = relay.Format{Codec: relay.PCMA, Event: 101}
)

// speech makes the nth packet of a client's sound.
func speech(n int) rtp.Packet {
	return rtp.Packet{
		Header: rtp.Header{
			Version: 2, SequenceNumber: uint16(n), Timestamp: uint32(n * 160), SSRC: 99,
		},
		Payload: make([]byte, 160),
	}
}

func TestSoundFlowsBothWaysEncrypted(t *testing.T) {
	t.Parallel()
	p, c, e := connected(t, listen(t))
	trunk := newEar(a)
	relay.Join(p, trunk)
	for n := range 10 {
		c.say(speech(n))
	}
	eventually(t, "ten packets of a browser", func() bool { return len(trunk.heard()) == 10 })
	if got := trunk.heard()[0]; got.PayloadType != 8 {
		t.Errorf("a browser's PCMU at a PCMA trunk: arrives as payload type %d", got.PayloadType)
	}
	event := speech(10)
	event.PayloadType, event.Payload = 126, []byte{5, 10, 0, 160}
	c.say(event)
	eventually(t, "a digit of a browser", func() bool { return len(trunk.heard()) == 11 })
	if got := trunk.heard()[10]; got.PayloadType != 101 {
		t.Errorf("a browser's digit at the trunk: arrives as payload type %d", got.PayloadType)
	}
	for n := range 10 {
		said := speech(n)
		said.PayloadType = 8
		if n == 5 {
			said.PayloadType, said.Payload = 101, []byte{6, 10, 0, 160}
		}
		raw, err := said.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		trunk.End().Receive(raw)
	}
	eventually(t, "ten packets of the trunk", func() bool { return len(c.heard()) == 10 })
	for n, want := range []uint8{8, 8, 8, 8, 8, 126, 8, 8, 8, 8} {
		if got := c.heard()[n]; got.PayloadType != want || got.SSRC != p.End().SSRC() {
			t.Errorf("packet %d of the trunk: arrives at the browser as payload type %d, SSRC %d", n, got.PayloadType, got.SSRC)
		}
	}
	if s := p.Stats(); s.Received != 11 || s.Sent != 10 || s.Lost != 0 {
		t.Errorf("statistics: %+v", s)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if closed := e.expect("closed", webcall.Closed{}).(webcall.Closed); closed.Cause != nil {
		t.Errorf("closed by us: cause is %v", closed.Cause)
	}
}

func TestAToneIsHeardByTheBrowser(t *testing.T) {
	t.Parallel()
	p, c, _ := connected(t, listen(t))
	tone := relay.NewTone(relay.Sound{FrequenciesHz: []float64{440}, LevelDBov: -20})
	defer tone.Close()
	relay.Join(p, tone)
	eventually(t, "a tone", func() bool { return len(c.heard()) >= 30 })
	sound := samples(c.heard())[:25*160]
	if there, not := goertzel(sound, 440), goertzel(sound, 660); there < 3000 || not > 150 {
		t.Errorf("a tone of 440 Hz: amplitudes at 440 and 660 Hz are %.0f and %.0f", there, not)
	}
}

func TestABrowserWithAnotherCertificateNeverGetsMedia(t *testing.T) {
	t.Parallel()
	g := listen(t)
	c, e := newClient(t), newEvents(t)
	p, answer, err := g.Open(c.offer(), e.on)
	if err != nil {
		t.Fatal(err)
	}
	tone := relay.NewTone(relay.Sound{FrequenciesHz: []float64{440}})
	defer tone.Close()
	relay.Join(p, tone)
	c.take(answer)
	c.nominate()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := selfsign.SelfSign(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.secure(other); err == nil {
		t.Error("another certificate: the handshake succeeds")
	}
	closed := e.expect("another certificate", webcall.Closed{}).(webcall.Closed)
	if !errors.Is(closed.Cause, webcall.ErrWrongFingerprint) {
		t.Errorf("another certificate: cause is %v", closed.Cause)
	}
	if s := p.Stats(); s.Sent != 0 || s.Received != 0 {
		t.Errorf("another certificate: sound flowed, %+v", s)
	}
}

func TestTwoSecondsOfLostHandshakeRecover(t *testing.T) {
	t.Parallel()
	g := listen(t)
	c, e := newClient(t), newEvents(t)
	_, answer, err := g.Open(c.offer(), e.on)
	if err != nil {
		t.Fatal(err)
	}
	c.take(answer)
	c.deaf.Store(true)
	time.AfterFunc(2*time.Second, func() { c.deaf.Store(false) })
	if err := c.connect(); err != nil {
		t.Fatalf("two seconds of handshake lost: %v", err)
	}
	e.expect("two seconds of handshake lost", webcall.Connected{})
}

func TestLostAndSilentBrowsersAreTold(t *testing.T) {
	t.Parallel()
	p, c, e := connected(t, listen(t))
	e.expect("a second without sound", webcall.Silent{})
	c.say(speech(0))
	e.expect("sound again", webcall.Heard{})
	e.expect("sound ends", webcall.Silent{})
	e.expect("five seconds of nothing", webcall.Lost{})
	c.nominate()
	e.expect("a check comes back", webcall.Connected{})
	c.say(speech(1))
	eventually(t, "sound after that", func() bool { return p.Stats().Received == 2 })
}

func TestRestartOfICEKeepsTheCall(t *testing.T) {
	t.Parallel()
	g := listen(t)
	p, c, _ := connected(t, g)
	trunk := newEar(mu)
	relay.Join(p, trunk)
	c.say(speech(0))
	eventually(t, "sound before the network changes", func() bool { return len(trunk.heard()) == 1 })

	before := c.server
	same, err := p.Reopen(c.offer())
	if err != nil || line(same, "a=ice-ufrag:") != before.ufrag {
		t.Errorf("an offer without a restart: %v, credentials change", err)
	}
	c.ufrag = "newufrag"
	answer, err := p.Reopen(c.offer())
	if err != nil {
		t.Fatal(err)
	}
	c.say(speech(1))
	eventually(t, "sound before the new way is checked", func() bool { return len(trunk.heard()) == 2 })

	old := c.conn
	defer old.Close()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.take(answer)
	if c.server.ufrag == before.ufrag || c.server.password == before.password {
		t.Error("a restart: credentials stay")
	}
	if line(answer, "a=ssrc:") != line(before.whole, "a=ssrc:") {
		t.Error("a restart: the stream changes its name")
	}
	c.conn = conn
	go c.read()
	c.nominate()
	fresh := c.server
	c.server = before
	if r := c.answerTo(c.ask(flag(stun.AttrUseCandidate))); r.Type != stun.BindingError {
		t.Errorf("credentials of before the restart: answered with %v", r)
	}
	c.server = fresh
	c.say(speech(2))
	eventually(t, "sound on the new way", func() bool { return len(trunk.heard()) == 3 })
	raw, err := speech(0).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	trunk.End().Receive(raw)
	eventually(t, "sound back on the new way", func() bool { return len(c.heard()) == 1 })

	if _, err := p.Reopen(newClient(t).offer()); !errors.Is(err, webcall.ErrOtherBrowser) {
		t.Errorf("a re-offer of another browser: %v", err)
	}
}

func TestTheBrowserIsReportedTo(t *testing.T) {
	t.Parallel()
	p, c, _ := connected(t, listen(t))
	trunk := newEar(mu)
	relay.Join(p, trunk)
	raw, err := speech(0).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	trunk.End().Receive(raw)
	c.say(speech(0))
	eventually(t, "a report", func() bool { return len(c.reported()) > 0 })
	report, ok := c.reported()[0][0].(*rtcp.SenderReport)
	if !ok || report.SSRC != p.End().SSRC() || report.PacketCount != 1 || len(report.Reports) != 1 || report.Reports[0].SSRC != 99 {
		t.Errorf("one packet each way: the report says %v", c.reported()[0])
	}
}

func TestChecksAreAnsweredAsICERequires(t *testing.T) {
	t.Parallel()
	g := listen(t)
	c := newClient(t)
	_, answer, err := g.Open(c.offer(), newEvents(t).on)
	if err != nil {
		t.Fatal(err)
	}
	c.take(answer)
	success := c.answerTo(c.ask(flag(stun.AttrICEControlling)))
	var mapped stun.XORMappedAddress
	if err := mapped.GetFrom(success); err != nil || mapped.Port != c.conn.LocalAddr().(*net.UDPAddr).Port || !mapped.IP.IsLoopback() {
		t.Errorf("a check: mapped address %v, %v", mapped, err)
	}
	if err := stun.NewShortTermIntegrity(c.server.password).Check(success); err != nil {
		t.Errorf("a check: response is not protected: %v", err)
	}
	if err := stun.Fingerprint.Check(success); err != nil {
		t.Errorf("a check: response has no fingerprint: %v", err)
	}
	for name, test := range map[string]struct {
		request *stun.Message
		want    stun.ErrorCode
	}{
		"both controlled": {c.ask(flag(stun.AttrICEControlled)), stun.CodeRoleConflict},
		"wrong password": {stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.server.ufrag+":"+c.ufrag),
			stun.NewShortTermIntegrity("guess"), stun.Fingerprint), stun.CodeUnauthorized},
		"wrong fragment of ours": {stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername("none:"+c.ufrag),
			stun.NewShortTermIntegrity(c.server.password), stun.Fingerprint), stun.CodeUnauthorized},
		"wrong fragment of theirs": {stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.server.ufrag+":none"),
			stun.NewShortTermIntegrity(c.server.password), stun.Fingerprint), stun.CodeUnauthorized},
		"no password":          {stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.Fingerprint), stun.CodeBadRequest},
		"an unknown attribute": {c.ask(flag(0x7abc)), stun.CodeUnknownAttribute},
	} {
		var code stun.ErrorCodeAttribute
		if err := code.GetFrom(c.answerTo(test.request)); err != nil || code.Code != test.want {
			t.Errorf("%s: answered with %v, %v, want %v", name, code, err, test.want)
		}
	}
}

func TestWhatFollowsTheProtectionOfACheckIsNotBelieved(t *testing.T) {
	t.Parallel()
	p, c, _ := connected(t, listen(t))
	trunk := newEar(mu)
	relay.Join(p, trunk)
	thief := newClient(t)
	thief.server, thief.ufrag = c.server, c.ufrag
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.server.ufrag+":"+c.ufrag), priority{},
		stun.NewShortTermIntegrity(c.server.password), flag(stun.AttrUseCandidate), stun.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	thief.answerTo(m)
	raw, err := speech(0).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	trunk.End().Receive(raw)
	eventually(t, "a nomination added behind the protection", func() bool { return len(c.heard()) == 1 })
}

func TestNoBrowserNoService(t *testing.T) {
	t.Parallel()
	g := listen(t)
	c := newClient(t)
	c.server.addr = g.Local()
	for _, raw := range [][]byte{{22, 254, 253}, {0x80, 0, 0, 1}, {1, 1}, {64}, {255}, make([]byte, 1500)} {
		c.send(raw)
	}
	eventually(t, "garbage from nobody", func() bool { return g.Dropped() == 6 })
}

func TestAThousandBrowsersLeaveNothingBehind(t *testing.T) {
	g := listen(t)
	before := runtime.NumGoroutine()
	offer := newClient(t).offer()
	for range 1000 {
		closed := make(chan struct{})
		p, _, err := g.Open(offer, func(e webcall.PeerEvent) {
			if _, ok := e.(webcall.Closed); ok {
				close(closed)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
		p.Close()
		<-closed
		if _, err := p.Reopen(offer); !errors.Is(err, webcall.ErrClosed) {
			t.Fatalf("a closed peer: is opened again, %v", err)
		}
	}
	eventually(t, "goroutines after 1,000 browsers", func() bool { return runtime.NumGoroutine() <= before+1 })
}

func TestAConnectedBrowserCostsFewGoroutines(t *testing.T) {
	g := listen(t)
	connected(t, g)
	before := runtime.NumGoroutine()
	for range 10 {
		connected(t, g)
	}
	// Five are ours; the client has its reader and its own half of DTLS.
	if each := (runtime.NumGoroutine() - before) / 10; each > 9 {
		t.Errorf("a connected browser and its client: %d goroutines", each)
	}
}

func TestAnAnswerNamesWhatTheBrowserNeeds(t *testing.T) {
	t.Parallel()
	g, err := webcall.Listen(webcall.Config{
		Listen:    netip.AddrPortFrom(loopback, 0),
		Advertise: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	offer := newClient(t).offer(func(o string) string {
		return strings.Replace(o, "BUNDLE 0", "BUNDLE 0 1", 1) + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\n"
	})
	_, answer, err := g.Open(offer, newEvents(t).on)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"a=ice-lite", "a=group:BUNDLE 0", "a=setup:passive", "a=rtcp-mux", "a=end-of-candidates", "a=mid:0", "a=sendrecv",
		"a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:126 telephone-event/8000", "a=mid:1",
		"m=video 0 UDP/TLS/RTP/SAVPF 96", "m=audio " + port(g) + " UDP/TLS/RTP/SAVPF 0 8 126",
		"a=candidate:1 1 udp 2130706431 192.0.2.1 " + port(g) + " typ host",
		"a=candidate:2 1 udp 2130706175 2001:db8::1 " + port(g) + " typ host",
	} {
		if !strings.Contains(answer, want+"\r\n") {
			t.Errorf("answer lacks %q:\n%s", want, answer)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Open(offer, newEvents(t).on); !errors.Is(err, webcall.ErrClosed) {
		t.Errorf("a closed gateway: opens a peer, %v", err)
	}
}

func port(g *webcall.Gateway) string {
	_, p, _ := net.SplitHostPort(g.Local().String())
	return p
}

func TestOffersAreRefusedForAReason(t *testing.T) {
	t.Parallel()
	g := listen(t)
	c := newClient(t)
	replace := func(old, new string) string { return strings.Replace(c.offer(), old, new, 1) }
	for name, test := range map[string]struct {
		offer string
		want  webcall.OfferError
	}{
		"nothing":                  {"", webcall.ErrMalformed},
		"no description":           {"{}", webcall.ErrMalformed},
		"oversize":                 {c.offer() + strings.Repeat("a=x\r\n", 20000), webcall.ErrTooLong},
		"too many streams":         {c.offer() + strings.Repeat("m=video 0 UDP/TLS/RTP/SAVPF 96\r\n", 20), webcall.ErrTooLong},
		"video alone":              {replace("m=audio", "m=video"), webcall.ErrNoAudio},
		"not encrypted":            {replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), webcall.ErrNoAudio},
		"no G.711":                 {replace(" 0 8 13 110 126", " 13 110 126"), webcall.ErrNoG711},
		"no fingerprint":           {replace("a=fingerprint:sha-256 "+c.fingerprint()+"\r\n", ""), webcall.ErrFingerprint},
		"a fingerprint of SHA-1":   {replace("a=fingerprint:sha-256", "a=fingerprint:sha-1"), webcall.ErrFingerprint},
		"no fragment":              {replace("a=ice-ufrag:"+c.ufrag+"\r\n", ""), webcall.ErrTransport},
		"a password of two":        {replace("a=ice-pwd:0123456789012345678901", "a=ice-pwd:01"), webcall.ErrTransport},
		"two ports":                {replace("a=rtcp-mux\r\n", ""), webcall.ErrTransport},
		"we as the client of DTLS": {replace("a=setup:actpass", "a=setup:passive"), webcall.ErrTransport},
	} {
		_, _, err := g.Open(test.offer, newEvents(t).on)
		var refused webcall.OfferError
		if !errors.As(err, &refused) || refused != test.want || refused.Code() == "" {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestAPortInUseIsAClearFault(t *testing.T) {
	t.Parallel()
	g := listen(t)
	if _, err := webcall.Listen(webcall.Config{Listen: g.Local()}); err == nil || !strings.Contains(err.Error(), port(g)) {
		t.Errorf("a port in use: %v", err)
	}
}

func FuzzOffer(f *testing.F) {
	g := listen(f)
	f.Add(newClient(f).offer())
	f.Fuzz(func(t *testing.T, offer string) {
		closed := make(chan struct{})
		p, answer, err := g.Open(offer, func(webcall.PeerEvent) { close(closed) })
		if err != nil {
			return
		}
		defer func() {
			p.Close()
			<-closed
		}()
		if again, err := p.Reopen(offer); err != nil || line(again, "a=ice-ufrag:") != line(answer, "a=ice-ufrag:") {
			t.Errorf("%q: is answered, but not again: %v", offer, err)
		}
	})
}

func BenchmarkRelayBrowserToTrunkAndBack(b *testing.B) {
	g := listen(b)
	p, c, _ := connected(b, g)
	trunk, err := relay.NewPorts(loopback, 0, 0).Open()
	if err != nil {
		b.Fatal(err)
	}
	defer trunk.Close()
	echo, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		b.Fatal(err)
	}
	defer echo.Close()
	c.deaf.Store(true) // what comes back is of no interest here
	trunk.SetRemote(echo.LocalAddr().(*net.UDPAddr).AddrPort(), a)
	relay.Join(p, trunk)
	raw, err := speech(0).Marshal()
	if err != nil {
		b.Fatal(err)
	}
	var header rtp.Header
	sealed, buffer := make([]byte, 0, 2000), make([]byte, 2000)
	if err := echo.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		raw[2], raw[3] = byte(n>>8), byte(n)
		if sealed, err = c.out.EncryptRTP(sealed[:0], raw, &header); err != nil {
			b.Fatal(err)
		}
		c.send(sealed)
		size, _, err := echo.ReadFromUDPAddrPort(buffer)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := echo.WriteToUDPAddrPort(buffer[:size], trunk.Local()); err != nil {
			b.Fatal(err)
		}
	}
}
