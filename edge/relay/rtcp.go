package relay

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"
)

const (
	typeSR, typeRR, typeSDES, typeBYE = 200, 201, 202, 203 // RFC 3550 §12.1

	reportEvery = 5 * time.Second // the least interval of RFC 3550 §6.2
	// unixToNTP is how many seconds the NTP era began before the Unix one.
	unixToNTP = 2208988800
)

// reports is what an end needs for RTCP. Only who reports, one at a time, writes the two prior counts.
type reports struct {
	name          string // canonical name of this end, random so that it tells nothing (RFC 7022 §5)
	received      atomic.Uint64
	heard         atomic.Pointer[senderReport]
	expectedPrior uint32
	gotPrior      uint32
	packetsPrior  uint64
}

// senderReport is the last one that the other side sent.
type senderReport struct {
	ssrc uint32
	ntp  uint32 // the middle half of its 64 bits
	at   time.Duration
}

func cname() string {
	var random [12]byte
	rand.Read(random[:])
	return base64.RawStdEncoding.EncodeToString(random[:])
}

// NextReport answers how long to wait before the next report: five seconds, made uneven by half so that
// many calls do not report in step (RFC 3550 §6.2).
func NextReport() time.Duration {
	return reportEvery/2 + mathrand.N(reportEvery)
}

// AppendReport appends one compound RTCP packet: a sender report if anything was sent since the last
// one, else a receiver report, with a reception block when something was received, and the canonical
// name (RFC 3550 §6.1). It must not be called from two goroutines at once.
func (e *End) AppendReport(to []byte) []byte {
	start, blocks := len(to), 0
	if sent := e.out.packets.Load(); sent != e.reports.packetsPrior {
		e.reports.packetsPrior = sent
		to = e.appendSender(append(to, 0, typeSR, 0, 0))
	} else {
		to = binary.BigEndian.AppendUint32(append(to, 0, typeRR, 0, 0), e.out.ssrc)
	}
	if e.in.got.Load() > 0 {
		to, blocks = e.appendBlock(to), 1
	}
	closePacket(to[start:], blocks)
	start = len(to)
	to = binary.BigEndian.AppendUint32(append(to, 0, typeSDES, 0, 0), e.out.ssrc)
	to = append(to, 1, byte(len(e.reports.name)))
	to = append(to, e.reports.name...)
	to = append(to, 0)
	for (len(to)-start)%4 != 0 {
		to = append(to, 0)
	}
	closePacket(to[start:], 1)
	return to
}

// AppendGoodbye appends the compound RTCP packet with which an end leaves (RFC 3550 §6.6).
func (e *End) AppendGoodbye(to []byte) []byte {
	to = e.AppendReport(to)
	start := len(to)
	to = binary.BigEndian.AppendUint32(append(to, 0, typeBYE, 0, 0), e.out.ssrc)
	closePacket(to[start:], 1)
	return to
}

// closePacket fills in the first octet and the length of an RTCP packet that is otherwise complete.
func closePacket(raw []byte, count int) {
	raw[0] = 2<<6 | byte(count)
	binary.BigEndian.PutUint16(raw[2:], uint16(len(raw)/4-1))
}

// appendSender appends the sender's part: the same instant on the wall clock and on the stream's own.
func (e *End) appendSender(to []byte) []byte {
	now := time.Now()
	clock := e.out.clock.Load()
	timestamp := uint32(clock>>32) + ticks(now.Sub(e.born)) - uint32(clock)
	to = binary.BigEndian.AppendUint32(to, e.out.ssrc)
	to = binary.BigEndian.AppendUint64(to, ntp(now))
	to = binary.BigEndian.AppendUint32(to, timestamp)
	to = binary.BigEndian.AppendUint32(to, uint32(e.out.packets.Load()))
	return binary.BigEndian.AppendUint32(to, uint32(e.out.octets.Load()))
}

func ntp(t time.Time) uint64 {
	fraction := uint64(t.Nanosecond()) << 32 / uint64(time.Second)
	return uint64(t.Unix()+unixToNTP)<<32 | fraction
}

// appendBlock appends a reception report about the source in progress (RFC 3550 §6.4.1).
func (e *End) appendBlock(to []byte) []byte {
	ssrc, expected, got := e.in.ssrc.Load(), e.in.expected(), e.in.got.Load()
	missed := int64(expected-e.reports.expectedPrior) - int64(got-e.reports.gotPrior)
	var fraction int64
	if span := int64(expected - e.reports.expectedPrior); expected > e.reports.expectedPrior && missed > 0 {
		fraction = min(missed<<8/span, 255)
	}
	e.reports.expectedPrior, e.reports.gotPrior = expected, got
	cumulative := max(min(int64(expected)-int64(got), 1<<23-1), 0)
	to = binary.BigEndian.AppendUint32(to, ssrc)
	to = binary.BigEndian.AppendUint32(to, uint32(fraction)<<24|uint32(cumulative))
	to = binary.BigEndian.AppendUint32(to, e.in.highest.Load()-1<<16)
	to = binary.BigEndian.AppendUint32(to, e.in.jitter.Load()>>4)
	heard := e.reports.heard.Load()
	if heard == nil || heard.ssrc != ssrc {
		return append(to, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	to = binary.BigEndian.AppendUint32(to, heard.ntp)
	delay := time.Since(e.born) - heard.at
	return binary.BigEndian.AppendUint32(to, uint32(uint64(delay)<<16/uint64(time.Second)))
}

// ReceiveReport takes one compound RTCP packet. It reports whether the packet was well formed; what was
// not is counted and dropped (RFC 3550 §A.2).
func (e *End) ReceiveReport(raw []byte) bool {
	if !compound(raw) {
		e.dropped.Add(1)
		return false
	}
	e.reports.received.Add(1)
	if raw[1] == typeSR && len(raw) >= 28 {
		e.reports.heard.Store(&senderReport{
			ssrc: binary.BigEndian.Uint32(raw[4:]),
			ntp:  binary.BigEndian.Uint32(raw[10:]),
			at:   time.Since(e.born),
		})
	}
	return true
}

// compound checks that a datagram is a chain of RTCP packets that begins with a report.
func compound(raw []byte) bool {
	if len(raw) < 8 || raw[1] != typeSR && raw[1] != typeRR {
		return false
	}
	for len(raw) > 0 {
		if len(raw) < 4 || raw[0]>>6 != 2 {
			return false
		}
		size := 4 * (int(binary.BigEndian.Uint16(raw[2:])) + 1)
		if size > len(raw) {
			return false
		}
		raw = raw[size:]
	}
	return true
}
