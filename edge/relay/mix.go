package relay

// The arithmetic of three who talk: no socket, no clock, no lock.

const (
	// heldBack is how much of what a side says waits before it is mixed, so that a packet that comes late still comes in time.
	heldBack = 2 * ticksOfPacket
	// mostHeld is how much may wait on top of that before the oldest is let go: a side that sends too fast, or whose clock does.
	mostHeld = 8 * ticksOfPacket
	// roomHeld is more than both and the longest packet; a power of two, since timestamps go round in it.
	roomHeld = 4096
)

// mixed answers with the sum of two samples, as loud as a sample can be at most.
func mixed(one, other int16) int16 {
	return int16(min(max(int32(one)+int32(other), -32768), 32767))
}

// mix writes source, which is in the codec from, together with the samples of somebody else to target in the codec to. There are as many
// samples as octets.
func mix(target, source []byte, from, to Codec, samples []int16) {
	linear := from.linear()
	for i, octet := range source {
		target[i] = to.Encode(mixed(linear[octet], samples[i]))
	}
}

// hopper holds what one side says, sample by sample in the order of its timestamps, until it is mixed. What never comes is silence.
type hopper struct {
	ring [roomHeld]int16 // silent but for what lies between read and end
	read uint32          // timestamp of the sample that is taken next
	end  uint32          // timestamp behind the newest sample
}

// empty says whether nothing is left to take.
func (h *hopper) empty() bool { return int32(h.end-h.read) <= 0 }

// put takes in the sound of one packet. One that comes twice, too late or in disorder harms nothing but itself.
func (h *hopper) put(at uint32, sound []byte, codec Codec) {
	if len(sound) > maxPacket {
		return
	}
	ahead := int32(at - h.read)
	switch {
	case h.empty(), ahead > heldBack+mostHeld, ahead < -roomHeld:
		h.begin(at)
	case ahead < 0: // too late, or the end of it is not
		late := int(-ahead)
		if late >= len(sound) {
			return
		}
		at, sound = h.read, sound[late:]
	}
	linear := codec.linear()
	for i, octet := range sound {
		h.ring[(at+uint32(i))%roomHeld] = linear[octet]
	}
	if end := at + uint32(len(sound)); int32(end-h.end) > 0 {
		h.end = end
	}
}

// begin forgets what waits and starts so far before a packet as is held back.
func (h *hopper) begin(at uint32) {
	if !h.empty() {
		clear(h.ring[:])
	}
	h.read, h.end = at-heldBack, at
}

// clear forgets what waits.
func (h *hopper) clear() {
	clear(h.ring[:])
	h.end = h.read
}

// take moves the next samples to target, and silence behind the last one. It answers false, and target is as it was, when there are none.
func (h *hopper) take(target []int16) bool {
	if h.empty() {
		return false
	}
	for i := range target {
		at := &h.ring[(h.read+uint32(i))%roomHeld]
		target[i], *at = *at, 0
	}
	h.read += uint32(len(target))
	return true
}

// skip lets go of so many samples.
func (h *hopper) skip(samples uint32) {
	for range min(samples, roomHeld) {
		if h.empty() {
			return
		}
		h.ring[h.read%roomHeld] = 0
		h.read++
	}
}
