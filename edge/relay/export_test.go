package relay

// ReadAlone makes each port of the range have a goroutine of its own, as on systems without a loop.
func (p *Ports) ReadAlone() { p.loops.alone = true }

// Hopper is where a side's sound waits to be mixed.
type Hopper = hopper

// Put takes in a packet's sound.
func (h *hopper) Put(at uint32, sound []byte, codec Codec) { h.put(at, sound, codec) }

// Take takes the next samples out.
func (h *hopper) Take(target []int16) bool { return h.take(target) }

// Skip lets go of samples.
func (h *hopper) Skip(samples uint32) { h.skip(samples) }

// Mixed and Mix add samples.
var (
	Mixed = mixed
	Mix   = mix
)

// What a hopper holds at most, in samples.
const (
	HeldBack = heldBack
	MostHeld = mostHeld
	RoomHeld = roomHeld
)

// Say lets a guest's third side say a packet without a wire before it, however much it has said in this pace.
func Say(g *Guest, raw []byte, timestamp uint32) {
	p, _ := parse(raw)
	p.timestamp = timestamp
	g.toHost.hear(&p)
	g.toOther.hear(&p)
}
