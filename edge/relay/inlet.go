package relay

import (
	"sync/atomic"
	"time"
)

// inlet counts what arrives, for Stats and for reception reports (RFC 3550 §6.4.1). One goroutine
// writes, any may read.
type inlet struct {
	packets    atomic.Uint64 // of all sources
	lostBefore atomic.Uint64 // of sources that are gone
	at         atomic.Int64  // when the last packet came, as a duration since the end was made
	peak       atomic.Uint32 // of the last packet of sound
	loudest    atomic.Uint32 // of all packets of sound since somebody asked

	ssrc    atomic.Uint32
	begin   atomic.Uint32 // extended sequence number of the first packet of this source
	highest atomic.Uint32 // and of the highest so far
	got     atomic.Uint32 // packets of this source
	jitter  atomic.Uint32 // in ticks, times 16

	transit uint32 // of the last packet, the writer's own
	late    int
}

// count notes one valid packet (RFC 3550 §A.1, §A.3 and §A.8).
func (i *inlet) count(p *packet, now time.Duration) {
	i.packets.Add(1)
	i.at.Store(int64(now))
	arrival := ticks(now)
	step := int16(p.seq - uint16(i.highest.Load()))
	if step <= -seenBefore {
		i.late++
	} else {
		i.late = 0
	}
	if i.got.Load() == 0 || p.ssrc != i.ssrc.Load() || step > jumpAhead || i.late >= lateInARow {
		i.restart(p, arrival)
		return
	}
	i.got.Add(1)
	if step > 0 {
		i.highest.Add(uint32(step))
	}
	transit := arrival - p.timestamp
	deviation := int32(transit - i.transit)
	i.transit = transit
	if deviation < 0 {
		deviation = -deviation
	}
	jitter := i.jitter.Load()
	i.jitter.Store(jitter + uint32(deviation) - (jitter+8)>>4)
}

// restart begins the count of a new source. Its first sequence number is lifted by one cycle, so that
// a packet from before it never makes the extended number negative.
func (i *inlet) restart(p *packet, arrival uint32) {
	i.lostBefore.Store(i.lost())
	i.ssrc.Store(p.ssrc)
	i.begin.Store(1<<16 | uint32(p.seq))
	i.highest.Store(1<<16 | uint32(p.seq))
	i.got.Store(1)
	i.jitter.Store(0)
	i.transit, i.late = arrival-p.timestamp, 0
}

// expected answers how many packets the source in progress has sent, as far as we can know.
func (i *inlet) expected() uint32 {
	if i.got.Load() == 0 {
		return 0
	}
	return i.highest.Load() - i.begin.Load() + 1
}

// lost answers how many packets of all sources never came.
func (i *inlet) lost() uint64 {
	missing := int32(i.expected() - i.got.Load())
	return i.lostBefore.Load() + uint64(max(missing, 0))
}

// Stats is what an end has seen so far.
type Stats struct {
	// Received and Sent count RTP packets of sound and digits.
	Received, Sent uint64
	// Dropped counts packets that were no sound, came from a wrong address, twice or too late.
	Dropped uint64
	// Lost counts packets that were sent to us and never came.
	Lost uint64
	// Reports counts the RTCP packets that were received.
	Reports uint64
	// Level is the peak of the last packet of sound in dBov: 0 is the loudest, -127 is silence, which
	// is also the answer when no sound arrived for a fifth of a second (RFC 6465 §4).
	Level int
	// Jitter is how unevenly packets arrive (RFC 3550 §6.4.1).
	Jitter time.Duration
	// LastReceived is zero when nothing was received.
	LastReceived time.Time
}

// sound notes how loud a packet of sound is.
func (i *inlet) sound(peak uint32) {
	i.peak.Store(peak)
	if peak > i.loudest.Load() {
		i.loudest.Store(peak)
	}
}

// Loudest answers with the level in dBov of the loudest packet of sound since it was asked last, or since the end was made; -127 is
// silence (RFC 6465 §4). It is what tells speech, which has pauses, from silence.
func (e *End) Loudest() int { return dBov(int(e.in.loudest.Swap(0))) }

// levelHolds is how long the level of the last packet is worth telling.
const levelHolds = 200 * time.Millisecond

// Stats answers with what this end has seen so far.
func (e *End) Stats() Stats {
	s := Stats{
		Received: e.in.packets.Load(),
		Sent:     e.out.packets.Load(),
		Dropped:  e.dropped.Load(),
		Lost:     e.in.lost(),
		Reports:  e.reports.received.Load(),
		Level:    silenceDBov,
		Jitter:   time.Duration(e.in.jitter.Load()>>4) * time.Second / clockRate,
	}
	if s.Received == 0 {
		return s
	}
	s.LastReceived = e.born.Add(time.Duration(e.in.at.Load()))
	if time.Since(s.LastReceived) < levelHolds {
		s.Level = dBov(int(e.in.peak.Load()))
	}
	return s
}
