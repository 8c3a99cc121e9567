package bench

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	headerSize  = 12  // of RTP, in octets
	payloadSize = 160 // 20 ms of G.711
	packetSize  = headerSize + payloadSize
	packetEvery = 20 * time.Millisecond
	lookEvery   = 2 * time.Millisecond // at what has arrived
	slots       = 20                   // packets leave in so many turns, so that not all calls speak at the same instant
	mouths      = 4                    // a few, so that none has to hold too much
)

// sound sends a tone for every voice and listens for it at the other end. Each packet carries in its first samples who sent it and
// when; G.711 that is not transcoded arrives as it left.
type sound struct {
	born    time.Time
	mouths  []*mouth
	next    atomic.Uint32
	tone    [payloadSize]byte
	counted atomic.Bool // packets that are sent now count
	sent    atomic.Int64
	done    chan struct{}
	working sync.WaitGroup

	mu     sync.Mutex
	ids    uint32
	voices [slots][]*voice
	late   []time.Duration // how much too late each turn was

	heardMu sync.Mutex
	delays  []time.Duration
}

// voice is one direction of one call.
type voice struct {
	id   uint32
	seq  uint16
	send func([]byte)
}

// The mark in a packet's payload: eight fixed octets, eight of the time, one that says whether it counts.
const (
	markSize  = 17
	markWords = "MdBench1"
)

// newSound opens the sink's sockets and begins to listen and to send.
func newSound() (*sound, error) {
	s := &sound{born: time.Now(), done: make(chan struct{})}
	for i := range s.tone {
		s.tone[i] = mulaw(8000 * math.Sin(2*math.Pi*1000*float64(i)/8000))
	}
	for range mouths {
		m, err := newMouth()
		if err != nil {
			s.close()
			return nil, fmt.Errorf("open a socket for sound: %w", err)
		}
		s.mouths = append(s.mouths, m)
	}
	s.working.Go(s.listen)
	s.working.Go(s.pace)
	return s, nil
}

func addressOf(conn *net.UDPConn) netip.AddrPort { return conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// listen opens a UDP socket on loopback with room for a burst.
func listen() (*net.UDPConn, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err == nil {
		_ = conn.SetReadBuffer(4 << 20) // the system may give less
	}
	return conn, err
}

func (s *sound) close() {
	close(s.done)
	s.working.Wait()
	for _, m := range s.mouths {
		m.close()
	}
}

// listen looks at every mouth until the sound is closed.
func (s *sound) listen() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for _, m := range s.mouths {
			m.listen(s.hear)
		}
		select {
		case <-tick.C:
		case <-s.done:
			return
		}
	}
}

// mouth returns a socket for a call; nil where there is no sound.
func (s *sound) mouth() *mouth {
	if s == nil {
		return nil
	}
	return s.mouths[int(s.next.Add(1))%len(s.mouths)]
}

// at returns where the sound of a call is to be sent; without a mouth to nowhere.
func (m *mouth) at() netip.AddrPort {
	if m == nil {
		return netip.AddrPortFrom(netip.IPv4Unspecified(), 9)
	}
	return m.address
}

// speak begins a voice that is sent from the socket to the address.
func (s *sound) speak(from *mouth, to netip.AddrPort) *voice {
	return s.begin(from.to(to))
}

// begin begins a voice.
func (s *sound) begin(send func([]byte)) *voice {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids++
	v := &voice{id: s.ids, send: send}
	turn := int(v.id) % slots
	s.voices[turn] = append(s.voices[turn], v)
	return v
}

// hush ends a voice; when it returns nothing more is sent.
func (s *sound) hush(v *voice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	turn := int(v.id) % slots
	s.voices[turn] = slices.DeleteFunc(s.voices[turn], func(other *voice) bool { return other == v })
}

// pace lets every voice speak once in 20 ms. A turn that comes too late is made up for, and noted.
func (s *sound) pace() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := time.Now()
	for turn := 0; ; turn = (turn + 1) % slots {
		due = due.Add(packetEvery / slots)
		timer.Reset(time.Until(due))
		select {
		case <-s.done:
			return
		case <-timer.C:
		}
		s.turn(turn, due)
	}
}

func (s *sound) turn(turn int, due time.Time) {
	var packet [packetSize]byte
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.voices[turn]) == 0 {
		return
	}
	counted := s.counted.Load()
	if counted {
		s.late = append(s.late, time.Since(due))
		s.sent.Add(int64(len(s.voices[turn])))
	}
	for _, v := range s.voices[turn] {
		v.seq++
		packet[0], packet[1] = 2<<6, 0
		binary.BigEndian.PutUint16(packet[2:], v.seq)
		binary.BigEndian.PutUint32(packet[4:], uint32(v.seq)*payloadSize)
		binary.BigEndian.PutUint32(packet[8:], v.id)
		payload := packet[headerSize:]
		copy(payload, s.tone[:])
		copy(payload, markWords)
		payload[16] = 0
		if counted {
			payload[16] = 1
		}
		binary.BigEndian.PutUint64(payload[8:], uint64(time.Since(s.born)))
		v.send(packet[:])
	}
	for _, m := range s.mouths {
		m.flush()
	}
}

// hear notes how long a packet took, if it is one of ours that counts.
func (s *sound) hear(packet []byte, now time.Time) {
	if len(packet) != packetSize {
		return
	}
	payload := packet[headerSize:]
	if string(payload[:8]) != markWords || payload[16] == 0 {
		return
	}
	took := now.Sub(s.born) - time.Duration(binary.BigEndian.Uint64(payload[8:])) // a time of arrival is one of the wall's clock
	s.heardMu.Lock()
	s.delays = append(s.delays, took)
	s.heardMu.Unlock()
}

// straggle is how long packets may be on their way before they count as lost.
const straggle = 500 * time.Millisecond

// count lets packets count for a while and says what became of them.
func (s *sound) count(length time.Duration, wait func(time.Duration) error) (Sound, error) {
	s.mu.Lock()
	s.late = s.late[:0]
	s.mu.Unlock()
	s.heardMu.Lock()
	s.delays = s.delays[:0]
	s.heardMu.Unlock()
	s.sent.Store(0)
	s.counted.Store(true)
	err := wait(length)
	s.counted.Store(false)
	if err == nil {
		err = wait(straggle)
	}
	s.mu.Lock()
	late := spreadOf(s.late)
	s.mu.Unlock()
	s.heardMu.Lock()
	defer s.heardMu.Unlock()
	sent := int(s.sent.Load())
	return Sound{Sent: sent, Lost: sent - len(s.delays), Delay: spreadOf(s.delays), PacedLateMS: late.P99MS}, err
}

// mulaw encodes one sample.
func mulaw(sample float64) byte {
	const bias, most = 132, 32635
	sign := byte(0)
	if sample < 0 {
		sign, sample = 0x80, -sample
	}
	magnitude := int(min(sample, most)) + bias
	exponent := 7
	for mask := 0x4000; magnitude&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(magnitude>>(exponent+3)&0x0f))
}
