package relay

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// aloneAfter is how many paces a side is sent nothing by the other before the guest's sound travels to it by itself.
	aloneAfter = 25
	// guestBurst is how many packets of a guest are listened to within one pace; the others are a flood.
	guestBurst = 16
	// keyEvery is how many paces lie between two keys of a guest at least.
	keyEvery = 2
)

// Guest lets a third side take part in what two that are joined say to each other: the host and whoever that is joined with, now or later.
// The third side hears both, and both hear it while it may speak. What the two say to each other goes its direct way as if there were no
// guest: it is neither held back nor paced, and the guest's sound is added to the packets as they pass. The third side is joined with
// the guest's own end (ADR 18).
type Guest struct {
	end  *End
	host *End
	key  func(byte)

	toHost, toOther     ear   // in which the two hear the third side
	fromHost, fromOther voice // what the two say

	speaks atomic.Bool
	budget atomic.Int32  // packets that are still listened to in this pace
	paces  atomic.Uint32 // since the guest came

	// The last key: whoever receives from the third side alone touches these.
	keyed     bool
	keyedIn   uint32 // its timestamp
	keyedPace uint32

	seq     uint16
	packet  packet
	raw     [headerSize + ticksOfPacket]byte
	done    chan struct{}
	close   sync.Once
	running sync.WaitGroup
}

// voice is what one side says until it is mixed. Whoever reads packets never waits for the lock: what cannot be put or taken at this
// instant is silence for the third side, or from it, and for nobody else.
type voice struct {
	mu sync.Mutex
	hopper
}

// ear is what one of the two hears of the third side.
type ear struct {
	voice
	next    uint32      // timestamp that follows what was sent last; whoever is in the gate of the end alone touches it
	carried atomic.Bool // something was sent in this pace
	alone   int         // paces since; it and seq are the guest's own
	seq     uint16
	samples [maxPacket]int16
}

// NewGuest makes a guest of the host's call, silent at first, until Close. A host has one guest: the last. A key that the third side presses
// is told to key, which must not wait.
func NewGuest(host Side, key func(digit byte)) *Guest {
	g := &Guest{host: host.End(), key: key, done: make(chan struct{}), packet: packet{ssrc: rand.Uint32()}}
	g.end = NewEnd((*mouth)(g))
	g.end.Agree(Format{Codec: PCMU, Event: OfferedEvent}, Format{Codec: PCMA})
	g.budget.Store(guestBurst)
	g.host.guest.Store(g)
	g.running.Go(g.run)
	return g
}

// End makes a guest a [Side], with which the third side is joined.
func (g *Guest) End() *End { return g.end }

// Speak lets the two hear the third side from the next packet on, or no longer, within one pace. It waits for nothing.
func (g *Guest) Speak(on bool) { g.speaks.Store(on) }

// Leave ends the third side's part at once and waits for nothing. The two notice nothing.
func (g *Guest) Leave() {
	g.close.Do(func() {
		g.host.guest.CompareAndSwap(g, nil)
		Part(g)
		close(g.done)
	})
}

// Close leaves, and returns when nothing of the guest runs any more.
func (g *Guest) Close() error {
	g.Leave()
	g.running.Wait()
	return nil
}

// mouth is the wire of a guest's end: what the third side says arrives there in one unbroken stream.
type mouth Guest

// SendRTP implements [Wire].
func (m *mouth) SendRTP(raw []byte) bool {
	g := (*Guest)(m)
	if g.budget.Add(-1) < 0 {
		return false
	}
	p, ok := parse(raw)
	switch {
	case !ok:
		return false
	case p.payloadType == OfferedEvent:
		g.press(&p)
	case g.speaks.Load():
		g.toHost.hear(&p)
		g.toOther.hear(&p)
	}
	return true
}

// press tells of a key. All packets of one share a timestamp (RFC 4733 §2.5.1.2).
func (g *Guest) press(p *packet) {
	pace := g.paces.Load()
	if g.keyed && (p.timestamp == g.keyedIn || pace-g.keyedPace < keyEvery) || int(p.payload[0]) >= len(digits) {
		return
	}
	g.keyed, g.keyedIn, g.keyedPace = true, p.timestamp, pace
	if g.key != nil {
		g.key(digits[p.payload[0]])
	}
}

// hear takes what a side has said.
func (v *voice) hear(p *packet) {
	if v.mu.TryLock() {
		v.put(p.timestamp, p.payload, Codec(p.payloadType))
		v.mu.Unlock()
	}
}

// forget lets go of what has not been mixed yet.
func (v *voice) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.empty() {
		v.clear()
	}
}

// heardBy answers with the ear in which e hears a third side beside what comes from the other end; nil: there is none. What that end says
// is heard by the third side on the way.
func (e *End) heardBy(from *End, p *packet, event bool) *ear {
	if g := e.guest.Load(); g != nil && g.end != from {
		if !event {
			g.fromOther.hear(p)
		}
		return &g.toHost
	}
	if g := from.guest.Load(); g != nil {
		if !event {
			g.fromHost.hear(p)
		}
		return &g.toOther
	}
	return nil
}

// mixInto writes a packet's sound together with the third side's to target, and answers false when there is nothing to add. The caller
// is inside the gate of the end that hears it; timestamp is that of the packet in what the end is sent.
func (e *ear) mixInto(target []byte, p *packet, codec Codec, timestamp uint32) bool {
	e.carried.Store(true)
	gap := int32(timestamp - e.next)
	if gap < 0 && gap > -roomHeld {
		return false // it was overtaken: its instant is over
	}
	e.next = timestamp + uint32(len(p.payload))
	if !e.mu.TryLock() {
		return false
	}
	defer e.mu.Unlock()
	if gap > 0 && gap < roomHeld {
		e.skip(uint32(gap)) // those packets are lost
	}
	samples := e.samples[:len(p.payload)]
	if !e.take(samples) {
		return false
	}
	mix(target, p.payload, Codec(p.payloadType), codec, samples)
	return true
}

// run keeps the pace by the clock and not by counting ticks, so that a late tick is made up for.
func (g *Guest) run() {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	begun, done := time.Now(), 0
	for {
		select {
		case <-g.done:
			return
		case <-ticker.C:
		}
		due := int(time.Since(begun) / pace)
		if due-done > 5 { // the machine slept
			g.packet.timestamp += uint32(due-done-1) * ticksOfPacket
			done = due - 1
		}
		for ; done < due; done++ {
			g.step()
		}
	}
}

// step is one pace: the third side is sent what both have said, and whoever of them is sent nothing else hears it all the same.
func (g *Guest) step() {
	g.budget.Store(guestBurst)
	g.paces.Add(1)
	if !g.speaks.Load() {
		g.toHost.forget()
		g.toOther.forget()
	}
	g.carry(&g.toHost, g.host)
	if other := g.host.other.Load(); other != nil {
		g.carry(&g.toOther, other)
	}
	var both, one [ticksOfPacket]int16
	for _, v := range [...]*voice{&g.fromHost, &g.fromOther} {
		v.mu.Lock()
		some := v.take(one[:])
		v.mu.Unlock()
		for i := 0; some && i < len(both); i++ {
			both[i] = mixed(both[i], one[i])
		}
	}
	g.send(both[:])
	g.packet.timestamp += ticksOfPacket
}

// send sends the third side 20 ms of sound, in the codec that it likes best.
func (g *Guest) send(samples []int16) {
	codec := PCMU
	if third := g.end.other.Load(); third != nil {
		if f := third.formats.Load(); f != nil {
			codec = f.first
		}
	}
	g.seq++
	g.end.Receive(g.write(samples, codec, g.seq))
}

// write makes a packet of this pace.
func (g *Guest) write(samples []int16, codec Codec, seq uint16) []byte {
	for i, sample := range samples {
		g.raw[headerSize+i] = codec.Encode(sample)
	}
	g.packet.payloadType, g.packet.seq = uint8(codec), seq
	putHeader(g.raw[:], &g.packet)
	return g.raw[:]
}

// carry sends the third side's sound to one of the two who is sent nothing by the other: one that holds, or that is silent to the wire.
func (g *Guest) carry(e *ear, to *End) {
	if e.carried.Swap(false) {
		e.alone = 0
	} else {
		e.alone++
	}
	if e.alone < aloneAfter {
		return
	}
	var samples [ticksOfPacket]int16
	e.mu.Lock()
	some := e.take(samples[:])
	e.mu.Unlock()
	if !some {
		return
	}
	e.seq++
	if p, ok := parse(g.write(samples[:], PCMU, e.seq)); ok {
		to.relay(g.end, &p, false, time.Since(to.born))
	}
}
