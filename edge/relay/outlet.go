package relay

import (
	"runtime"
	"sync/atomic"
	"time"
)

const (
	seenBefore = 64  // how many packets may overtake one that is still passed on
	jumpAhead  = 500 // a sequence number farther ahead is another stream, not loss: ten seconds
	lateInARow = 3   // so many packets from far behind are a stream that started anew
	jumpTicks  = 10 * clockRate
)

// outlet turns what several sources say, one after the other, into one RTP stream. The gate admits one
// sender at a time. It is not a lock: a packet that finds it closed is dropped, which can only happen to
// the source that is just being replaced.
type outlet struct {
	gate atomic.Bool

	ssrc      uint32
	seq       uint16 // highest that was sent
	timestamp uint32 // of that packet
	since     time.Duration
	seen      uint64 // bit n: seq-n was sent
	started   bool
	playing   bool // digits are being sent, and sound waits
	mark      bool // the next packet of sound begins a talkspurt

	source         *End
	sourceSSRC     uint32
	seqShift       uint16
	timestampShift uint32
	late           int

	packets, octets atomic.Uint64
	clock           atomic.Uint64 // timestamp, and the ticks of our clock when it was sent, 32 bits each
	buffer          []byte        // of the packet that is sent; nil: none was yet
}

// room answers with the buffer's part for a payload. Most calls are over before anybody says a word, so it is made for the first one.
func (o *outlet) room() []byte {
	if o.buffer == nil {
		o.buffer = make([]byte, maxPacket+64)
	}
	return o.buffer[headerSize:]
}

// enter waits until the gate is free. It is for digits, during which sound is held back; sound does not wait.
func (o *outlet) enter() {
	for !o.gate.CompareAndSwap(false, true) {
		runtime.Gosched()
	}
}

func (o *outlet) leave() { o.gate.Store(false) }

// relay sends to this end what its joined end received, now by this end's clock.
func (e *End) relay(from *End, p *packet, event bool, now time.Duration) {
	ear := e.heardBy(from, p, event)
	f := e.formats.Load()
	if f == nil || event && f.event == 0 {
		return
	}
	if !e.out.gate.CompareAndSwap(false, true) {
		if ear == nil {
			e.dropped.Add(1)
			return
		}
		e.out.enter() // a guest is in it, for as long as it takes to send one packet
	}
	defer e.out.leave()
	if e.out.playing {
		return
	}
	sent := *p
	if !e.out.place(from, &sent, now) {
		e.dropped.Add(1)
		return
	}
	if event {
		sent.payloadType = f.event
		copy(e.out.room(), p.payload)
	} else {
		sent.marker = sent.marker || e.out.mark
		e.out.mark = false
		codec := f.codecFor(Codec(p.payloadType))
		sent.payloadType = uint8(codec)
		e.fill(p, codec, ear, sent.timestamp)
	}
	e.emit(&sent, len(p.payload))
}

// fill writes the sound of a packet into the buffer, or as much silence, and what a third side says on top. The caller is inside the gate.
func (e *End) fill(p *packet, codec Codec, ear *ear, timestamp uint32) {
	room := e.out.room()
	if !e.muted.Load() {
		if ear != nil && ear.mixInto(room, p, codec, timestamp) {
			return
		}
		transcode(room, p.payload, Codec(p.payloadType), codec)
		return
	}
	silence := codec.Encode(0)
	for i := range p.payload {
		room[i] = silence
	}
}

// emit sends the packet whose payload already stands in the buffer. The caller is inside the gate.
func (e *End) emit(p *packet, payload int) {
	whole := e.out.buffer[:headerSize+payload]
	putHeader(whole, p)
	if e.wire.SendRTP(whole) {
		e.out.packets.Add(1)
		e.out.octets.Add(uint64(payload))
	}
}

// place gives a packet of a source its sequence number, timestamp and SSRC in the stream, and answers
// false for a packet that must not be sent: one sent already, or one far too late. Loss and small
// disorder pass through as they are, so that the far end can conceal them.
func (o *outlet) place(from *End, p *packet, now time.Duration) bool {
	if from != o.source || p.ssrc != o.sourceSSRC || !o.started {
		o.source, o.sourceSSRC = from, p.ssrc
		o.seam(p, now)
	}
	step := int16(p.seq + o.seqShift - o.seq)
	jump := int32(p.timestamp+o.timestampShift-o.timestamp) - int32(ticks(now-o.since))
	switch {
	case step > jumpAhead, step > 0 && (jump > jumpTicks || jump < -jumpTicks):
		o.seam(p, now)
		step = 1
	case step <= -seenBefore:
		if o.late++; o.late < lateInARow {
			return false
		}
		o.seam(p, now)
		step = 1
	}
	o.late = 0
	p.ssrc = o.ssrc
	p.seq += o.seqShift
	p.timestamp += o.timestampShift
	return o.advance(step, p, now)
}

// advance notes that a packet so many steps after the highest one is being sent.
func (o *outlet) advance(step int16, p *packet, now time.Duration) bool {
	if step <= 0 {
		bit := uint64(1) << -step
		if o.seen&bit != 0 {
			return false
		}
		o.seen |= bit
		return true
	}
	o.seen = o.seen<<uint16(step) | 1
	o.seq = p.seq
	// The packets of one digit share a timestamp: its clock time is that of the first of them.
	if p.timestamp != o.timestamp {
		o.timestamp, o.since = p.timestamp, now
		o.clock.Store(uint64(p.timestamp)<<32 | uint64(ticks(now)))
	}
	return true
}

// seam fits the next packet of a new source behind the last one of the old: the sequence goes on by
// one, the timestamp by the time that has passed, and the marker bit tells the receiver that a
// talkspurt begins (RFC 3551 §4.1).
func (o *outlet) seam(p *packet, now time.Duration) {
	o.seqShift = o.seq + 1 - p.seq
	o.timestampShift = o.next(now) - p.timestamp
	o.started, o.mark, o.late = true, true, 0
}

// next answers with the timestamp of a packet that is sent now and follows the last one.
func (o *outlet) next(now time.Duration) uint32 {
	return o.timestamp + max(ticksOfPacket, ticks(now-o.since))
}

// ticks counts the ticks of the sound clock in a duration that is not negative.
func ticks(d time.Duration) uint32 {
	return uint32(d / (time.Second / clockRate))
}
