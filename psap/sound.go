package psap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

const (
	frameTime      = 20 * time.Millisecond
	reportEvery    = 5 * time.Second
	keyBacklog     = 64
	talkerBacklog  = 25 // frames towards a person's browser: half a second
	socketAttempts = 20
)

// sound is the sound of one call: a pair of UDP sockets, what is said and what is heard. Its goroutines
// are started by [sound.start] and ended by [sound.close].
type sound struct {
	rtp, rtcp *net.UDPConn
	done      chan struct{}
	running   sync.WaitGroup
	keys      chan byte // to be pressed
	meter     meter

	mu        sync.Mutex
	session   session
	voice     voice
	echo      *lane   // nil: no echo
	loop      *int    // how many more packets of the far end's sound go back; nil: it is not looped back
	talker    *talker // nil: no person has taken the call
	in        incoming
	firstTime time.Time // when the first packet came
	sent      uint32
	reports   int // RTCP packets received
}

// talker is a person's browser tab, as the call's sound sees it.
type talker struct {
	said  lane          // what the person says, guarded by sound.mu
	heard chan []int16  // what the far end says; full: the frame is lost
	gone  chan struct{} // closed when the talker is detached
	leave func()        // closes gone once
}

// openSound opens the pair of sockets: RTP on an even port, RTCP on the next (RFC 3550 §11).
func openSound(address netip.Addr) (*sound, error) {
	for range socketAttempts {
		first, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, 0)))
		if err != nil {
			return nil, fmt.Errorf("open sound socket: %w", err)
		}
		port := first.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		second, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, port^1)))
		if err != nil {
			first.Close()
			continue
		}
		if port%2 == 1 {
			first, second = second, first
		}
		return &sound{rtp: first, rtcp: second, done: make(chan struct{}), keys: make(chan byte, keyBacklog)}, nil
	}
	return nil, errors.New("open sound socket: no pair of neighbouring ports is free")
}

// local is where we take RTP.
func (s *sound) local() netip.AddrPort {
	return s.rtp.LocalAddr().(*net.UDPAddr).AddrPort()
}

// start begins to listen and, once a session is agreed, to speak.
func (s *sound) start() {
	s.running.Go(s.listen)
	s.running.Go(s.listenReports)
	s.running.Go(s.speak)
}

// close ends the goroutines, lets the talker go and frees the ports.
func (s *sound) close() {
	close(s.done)
	s.rtp.Close()
	s.rtcp.Close()
	s.running.Wait()
	s.detach(nil)
}

// agree sets what both ends agreed on.
func (s *sound) agree(agreed session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session = agreed
}

// speakAs chooses what is said while no person talks.
func (s *sound) speakAs(v voice, echo bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.voice = v
	if echo {
		s.echo = new(lane)
	}
}

// mostLooped is how many packets a test of the way back may take (RFC 6881 §15).
const mostLooped = 3

// loopBack sends the first packets of the far end's sound back, and nothing else.
func (s *sound) loopBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := mostLooped
	s.echo, s.loop = new(lane), &left
}

// looped returns the frame that is looped back now, if one is.
func (s *sound) looped() (samples []int16, ok bool) {
	if *s.loop == 0 || len(s.echo.frames) == 0 {
		return nil, false
	}
	*s.loop--
	samples, s.echo.frames = s.echo.frames[0], s.echo.frames[1:]
	return samples, true
}

// press sends keys to the far end, one after another.
func (s *sound) press(keys string) error {
	s.mu.Lock()
	agreed := s.session
	s.mu.Unlock()
	if agreed.keys == 0 {
		return errors.New("the far end did not agree to telephone-event")
	}
	if len(keys) > cap(s.keys)-len(s.keys) {
		return fmt.Errorf("more than %d keys are waiting", cap(s.keys))
	}
	for _, key := range []byte(keys) {
		select {
		case s.keys <- key:
		default:
			return fmt.Errorf("more than %d keys are waiting", cap(s.keys))
		}
	}
	return nil
}

// attach lets a person talk instead of the tone, until ctx ends, another person comes or the call ends.
func (s *sound) attach(ctx context.Context) *talker {
	gone := make(chan struct{})
	t := &talker{heard: make(chan []int16, talkerBacklog), gone: gone, leave: sync.OnceFunc(func() { close(gone) })}
	s.mu.Lock()
	earlier := s.talker
	s.talker = t
	s.mu.Unlock()
	if earlier != nil {
		earlier.leave()
	}
	context.AfterFunc(ctx, func() { s.detach(t) })
	select {
	case <-s.done:
		s.detach(t) // the call ended before close could see this talker
	default:
	}
	return t
}

// detach lets the talker go; nil is whoever talks.
func (s *sound) detach(t *talker) {
	s.mu.Lock()
	if t == nil {
		t = s.talker
	}
	if t == s.talker {
		s.talker = nil
	}
	s.mu.Unlock()
	if t != nil {
		t.leave()
	}
}

// say takes a frame of what the person says.
func (s *sound) say(t *talker, frame []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.said.put(frame)
}

// listen reads RTP until the socket is closed.
func (s *sound) listen() {
	buffer := make([]byte, 2048)
	for {
		n, _, err := s.rtp.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP message about a far end that is gone
		}
		s.hear(buffer[:n], time.Now())
	}
}

// hear takes one packet that arrived.
func (s *sound) hear(datagram []byte, at time.Time) {
	var p rtp.Packet
	err := p.Unmarshal(datagram)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || p.Version != 2 {
		s.in.unexpected++
		return
	}
	if s.firstTime.IsZero() {
		s.firstTime = at
	}
	switch {
	case s.session.codec != noCodec && p.PayloadType == s.session.payloadType:
		s.in.take(&p.Header)
		s.hearSamples(s.session.codec.decode(p.Payload), at)
	case s.session.keys != 0 && p.PayloadType == s.session.keys:
		s.in.take(&p.Header)
		s.in.key(p.Timestamp, p.Payload)
	default:
		s.in.unexpected++
	}
}

func (s *sound) hearSamples(samples []int16, at time.Time) {
	s.meter.add(samples, at)
	if s.echo != nil && len(samples) == frameSamples {
		s.echo.put(samples)
	}
	if s.talker == nil {
		return
	}
	select {
	case s.talker.heard <- samples:
	default:
	}
}

// listenReports counts the RTCP packets that arrive.
func (s *sound) listenReports() {
	buffer := make([]byte, 2048)
	for {
		n, _, err := s.rtcp.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if _, err := rtcp.Unmarshal(buffer[:n]); err == nil {
			s.mu.Lock()
			s.reports++
			s.mu.Unlock()
		}
	}
}

// speak sends a frame every 20 ms, and frames that it slept through at once, so that the far end's clock
// and ours stay together.
func (s *sound) speak() {
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	out, began, frames := newOutgoing(), time.Now(), uint64(0)
	nextReport := began.Add(reportEvery)
	for {
		select {
		case <-s.done:
			return
		case now := <-ticker.C:
			for ; frames < uint64(now.Sub(began)/frameTime); frames++ {
				s.speakFrame(&out, frames*frameSamples)
			}
			if now.After(nextReport) {
				nextReport = now.Add(reportEvery)
				s.report(&out, now)
			}
		}
	}
}

// speakFrame sends what belongs into one frame's time.
func (s *sound) speakFrame(out *outgoing, after uint64) {
	s.mu.Lock()
	agreed := s.session
	var samples []int16
	speaks := true
	switch {
	case s.talker != nil:
		samples = s.talker.said.take()
	case s.loop != nil:
		samples, speaks = s.looped()
	case s.echo != nil:
		samples = s.echo.take()
	default:
		samples = s.voice.frame(after)
	}
	s.mu.Unlock()
	if !agreed.sends || !agreed.far.IsValid() || !speaks {
		out.skip()
		return
	}
	if !out.pressing() && agreed.keys != 0 {
		select {
		case key := <-s.keys:
			out.press(key)
		default:
		}
	}
	if out.pressing() {
		s.send(agreed, out.keyPackets(agreed)...)
		return
	}
	s.send(agreed, out.sound(agreed, samples))
}

func (s *sound) send(agreed session, packets ...rtp.Packet) {
	for _, p := range packets {
		datagram, err := p.Marshal()
		if err != nil {
			panic("psap: BUG: our own RTP packet cannot be written: " + err.Error())
		}
		// A far end that is not there yet, or no more, is the far end's affair.
		if _, err := s.rtp.WriteToUDPAddrPort(datagram, agreed.far); err == nil {
			s.mu.Lock()
			s.sent++
			s.mu.Unlock()
		}
	}
}

// report sends an RTCP sender report (RFC 3550 §6.4.1).
func (s *sound) report(out *outgoing, now time.Time) {
	s.mu.Lock()
	agreed := s.session
	s.mu.Unlock()
	if !agreed.sends || !agreed.farReports.IsValid() || out.packets == 0 {
		return
	}
	const from1900To1970 = 2208988800
	seconds := uint64(now.Unix()+from1900To1970) << 32
	datagram, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: out.ssrc, NTPTime: seconds | uint64(now.Nanosecond())<<32/1e9,
			RTPTime: out.timestamp, PacketCount: out.packets, OctetCount: out.octets},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: out.ssrc,
			Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "psap"}}}}},
	})
	if err != nil {
		panic("psap: BUG: our own RTCP packet cannot be written: " + err.Error())
	}
	s.rtcp.WriteToUDPAddrPort(datagram, agreed.farReports) //nolint:errcheck // a report that is lost is followed by the next
}

// Hearing is what a call's sound was found to be.
type Hearing struct {
	LevelDBov   float64    `json:"level_dbov"`         // of the last 200 ms; -127 is silence, 0 as loud as it gets
	FrequencyHz float64    `json:"frequency_hz"`       // strongest one of the last 200 ms; 0: silence
	Packets     int        `json:"packets"`            // RTP packets received
	Lost        int        `json:"lost"`               // RTP packets that never came
	Unexpected  int        `json:"unexpected_packets"` // neither the agreed codec nor keys, or no RTP
	Reports     int        `json:"rtcp_packets"`       // RTCP packets received
	Sent        int        `json:"sent_packets"`       // RTP packets sent
	Digits      string     `json:"digits"`             // keys that the far end pressed
	FirstPacket *time.Time `json:"first_packet"`       // when the first RTP packet came
	FirstSound  *time.Time `json:"first_sound"`        // when sound louder than -50 dBov came first
	Talking     bool       `json:"talking"`            // whether a person talks from a browser tab
}

// hearing says what the sound is now.
func (s *sound) hearing(now time.Time) Hearing {
	h := Hearing{FirstSound: whenSet(s.meter.firstHeard())}
	h.LevelDBov, h.FrequencyHz = s.meter.read(now)
	s.mu.Lock()
	defer s.mu.Unlock()
	h.Packets, h.Lost, h.Unexpected = s.in.packets, s.in.lost(), s.in.unexpected
	h.Reports, h.Sent = s.reports, int(s.sent)
	h.Digits, h.FirstPacket, h.Talking = string(s.in.digits), whenSet(s.firstTime), s.talker != nil
	return h
}

// whenSet is nil for the zero time.
func whenSet(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
