package psap

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"

	"github.com/pion/rtp"
)

// keypad holds the keys of telephone-event in the order of their codes (RFC 4733 §3.2).
const keypad = "0123456789*#ABCD"

// How a key is pressed towards the far end, in frames.
const (
	keyFrames    = 6 // 120 ms down
	keyEnds      = 3 // the last packet is sent three times (RFC 4733 §2.5.1.4)
	keyGapFrames = 4 // 80 ms between keys
	keyVolume    = 10
)

// outgoing makes our RTP packets. It belongs to one goroutine.
type outgoing struct {
	sequence  uint16
	timestamp uint32
	ssrc      uint32
	packets   uint32
	octets    uint32
	began     bool // whether a packet was made since the last pause

	key      byte // being pressed, 0: none
	keyFrame int  // how many frames of it have passed
	keyStart uint32
}

func newOutgoing() outgoing {
	return outgoing{sequence: uint16(rand.Uint32()), timestamp: rand.Uint32(), ssrc: rand.Uint32()}
}

// skip lets a frame's time pass without a packet.
func (o *outgoing) skip() {
	o.timestamp += frameSamples
	o.began = false
}

// sound makes the packet of one frame.
func (o *outgoing) sound(s session, samples []int16) rtp.Packet {
	p := o.packet(s.payloadType, o.timestamp, s.codec.encode(samples))
	p.Marker = !o.began
	o.began = true
	o.timestamp += frameSamples
	return p
}

// press begins a key.
func (o *outgoing) press(key byte) { o.key, o.keyFrame, o.keyStart = key, 0, o.timestamp }

// pressing says whether a key, or the gap after it, still takes the place of sound.
func (o *outgoing) pressing() bool { return o.key != 0 }

// keyPackets makes the packets of one frame while a key is pressed: none in the gap after it.
func (o *outgoing) keyPackets(s session) []rtp.Packet {
	o.keyFrame++
	o.timestamp += frameSamples
	if o.keyFrame > keyFrames {
		if o.keyFrame == keyFrames+keyGapFrames {
			o.key, o.began = 0, false
		}
		return nil
	}
	times := 1
	payload := make([]byte, 4)
	payload[0], payload[1] = byte(strings.IndexByte(keypad, o.key)), keyVolume
	if o.keyFrame == keyFrames {
		times = keyEnds
		payload[1] |= 0x80
	}
	binary.BigEndian.PutUint16(payload[2:], uint16(o.keyFrame*frameSamples))
	packets := make([]rtp.Packet, times)
	for i := range packets {
		packets[i] = o.packet(s.keys, o.keyStart, payload)
		packets[i].Marker = o.keyFrame == 1
	}
	return packets
}

func (o *outgoing) packet(payloadType uint8, timestamp uint32, payload []byte) rtp.Packet {
	o.sequence++
	o.packets++
	o.octets += uint32(len(payload))
	return rtp.Packet{
		Header: rtp.Header{Version: 2, PayloadType: payloadType, SequenceNumber: o.sequence,
			Timestamp: timestamp, SSRC: o.ssrc},
		Payload: payload,
	}
}

// incoming counts the RTP packets that arrive.
type incoming struct {
	began    bool
	ssrc     uint32
	first    uint32 // sequence number with which the source began
	highest  uint32 // highest one so far, with the turns of its 16 bits above them
	received uint32 // of this source
	before   int    // packets lost of earlier sources

	packets    int // good ones, all sources
	unexpected int // neither the agreed codec nor keys, or no RTP at all

	keyed   bool
	keyTime uint32 // timestamp of the last key
	digits  []byte
}

// take counts a packet by its header, so that those that never come can be told (RFC 3550 §6.4.1).
func (i *incoming) take(h *rtp.Header) {
	i.packets++
	sequence := uint32(h.SequenceNumber)
	if !i.began || h.SSRC != i.ssrc {
		i.before = i.lost()
		i.began, i.ssrc, i.first, i.highest, i.received = true, h.SSRC, sequence, sequence, 1
		return
	}
	i.received++
	if step := uint16(sequence) - uint16(i.highest); step < 1<<15 {
		i.highest += uint32(step)
	}
}

// lost is how many packets never came.
func (i *incoming) lost() int {
	if !i.began {
		return 0
	}
	expected := int(i.highest-i.first) + 1
	return i.before + max(expected-int(i.received), 0)
}

// key notes a key; the packets of one key press share their timestamp and count once.
func (i *incoming) key(timestamp uint32, payload []byte) {
	if len(payload) < 4 || int(payload[0]) >= len(keypad) || i.keyed && timestamp == i.keyTime {
		return
	}
	i.keyed, i.keyTime = true, timestamp
	if len(i.digits) < 256 {
		i.digits = append(i.digits, keypad[payload[0]])
	}
}

// lane is a short queue of frames between two clocks. It begins to give after laneFill frames, gives
// silence when it is empty, and forgets the oldest when it is full, so that delay never grows.
type lane struct {
	frames  [][]int16
	flowing bool
}

const (
	laneFill = 2  // 40 ms
	laneFull = 10 // 200 ms
)

func (l *lane) put(frame []int16) {
	if len(l.frames) == laneFull {
		l.frames = l.frames[1:]
	}
	l.frames = append(l.frames, frame)
	if len(l.frames) >= laneFill {
		l.flowing = true
	}
}

func (l *lane) take() []int16 {
	if !l.flowing || len(l.frames) == 0 {
		l.flowing = false
		return make([]int16, frameSamples)
	}
	frame := l.frames[0]
	l.frames = l.frames[1:]
	return frame
}
