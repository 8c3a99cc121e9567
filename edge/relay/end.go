// Package relay moves sound between the two legs of a call: what one end says is handed to the
// other at once, in a form that the other understands, and nothing of it is kept.
//
// It knows neither who is talking nor why, and it speaks no SIP. A trunk or a phone is a [Socket], a
// browser is a peer of package webcall, and a [Tone] stands in for whoever has no sound yet.
package relay

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Wire carries finished RTP packets away from an [End], to whatever is behind it.
type Wire interface {
	// SendRTP sends one packet and reports whether it left. The packet is the caller's again on
	// return. Calls never overlap.
	SendRTP(packet []byte) bool
}

// Side is one end of a call's sound: something that can be given sound to send and that hands over
// what it received to the side it is joined with. Socket, Tone and a browser's peer are sides.
type Side interface {
	// End answers with the same end for as long as the side lives.
	End() *End
}

// End is the working part of a [Side]: it checks what arrives, hands it to the end that it is joined
// with, and turns what it is given into one unbroken RTP stream. Nothing on that way takes a lock
// or waits, nor does it allocate after the first packet.
type End struct {
	wire    Wire
	born    time.Time
	other   atomic.Pointer[End]
	formats atomic.Pointer[formats]
	in      inlet
	out     outlet
	reports reports
	guest   atomic.Pointer[Guest] // of whom this end is the host
	muted   atomic.Bool
	dropped atomic.Uint64
}

// formats is what may be sent to an end; it never changes once published.
type formats struct {
	mu, a bool
	first Codec
	event uint8
}

// NewEnd makes the end of a side whose packets leave over wire. It sends nothing before Agree.
func NewEnd(wire Wire) *End {
	e := &End{wire: wire, born: time.Now()}
	e.out.ssrc = rand.Uint32()
	e.out.seq = uint16(rand.Uint32N(1 << 15))
	e.out.timestamp = rand.Uint32()
	e.reports.name = cname()
	return e
}

// End makes an End a [Side] by itself.
func (e *End) End() *End { return e }

// SSRC answers with the identifier of the stream that this end sends; it is the same for its whole life.
func (e *End) SSRC() uint32 { return e.out.ssrc }

// Agree says what may be sent from the next packet on, the preferred format first. Sound in a codec
// that is not among them is transcoded into the first one. No format at all means: send nothing.
func (e *End) Agree(agreed ...Format) {
	if len(agreed) == 0 {
		e.formats.Store(nil)
		return
	}
	f := &formats{first: agreed[0].Codec}
	for _, format := range agreed {
		f.mu = f.mu || format.Codec == PCMU
		f.a = f.a || format.Codec == PCMA
		if f.event == 0 {
			f.event = format.Event
		}
	}
	e.formats.Store(f)
}

// Mute makes this end send silence in place of what the end that it is joined with says, from the next packet on, or
// ends that. Digits are not muted, and the stream goes on, so that nobody takes the silence for a lost call.
func (e *End) Mute(on bool) { e.muted.Store(on) }

// codecFor answers with the codec in which sound of the given codec is to be sent.
func (f *formats) codecFor(from Codec) Codec {
	if from == PCMU && f.mu || from == PCMA && f.a {
		return from
	}
	return f.first
}

// Join makes sound flow both ways between a and b from the next packet on. Whoever either of them
// was joined with before falls silent; joining again what is joined changes nothing.
func Join(a, b Side) {
	x, y := a.End(), b.End()
	if x == y {
		panic("relay: BUG: a side joined with itself")
	}
	if before := x.other.Swap(y); before != nil && before != y {
		before.other.CompareAndSwap(x, nil)
	}
	if before := y.other.Swap(x); before != nil && before != x {
		before.other.CompareAndSwap(y, nil)
	}
}

// Part makes a, and whoever it was joined with, fall silent.
func Part(a Side) {
	x := a.End()
	if before := x.other.Swap(nil); before != nil {
		before.other.CompareAndSwap(x, nil)
	}
}

// Receive takes one RTP packet that arrived over the wire and hands its sound to the end that this one
// is joined with. It reports whether the packet was sound; what was not is counted and dropped. It must
// not be called from two goroutines at once. The packet is the caller's again on return.
func (e *End) Receive(raw []byte) bool {
	p, ok := parse(raw)
	if !ok {
		e.dropped.Add(1)
		return false
	}
	event := e.isEvent(p.payloadType)
	if !event && !known(p.payloadType) {
		e.dropped.Add(1)
		return false
	}
	now := time.Since(e.born)
	e.in.count(&p, now)
	if !event {
		e.in.sound(uint32(peakOf(p.payload, Codec(p.payloadType))))
	}
	// Both must agree that they are joined: while two Joins race, silence is better than a stranger's voice.
	if other := e.other.Load(); other != nil && other.other.Load() == e {
		other.relay(e, &p, event, now+e.born.Sub(other.born))
	}
	return true
}

// isEvent says whether a payload type carries digits: the one that the other side named, or the one
// that our own offers name, since each side chooses what it wants to receive (RFC 3264 §5.1).
func (e *End) isEvent(payloadType uint8) bool {
	f := e.formats.Load()
	return f != nil && f.event != 0 && (payloadType == f.event || payloadType == OfferedEvent)
}
