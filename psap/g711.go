package psap

import "math/bits"

// Sound is mono, 8000 samples a second, in frames of 20 ms.
const (
	sampleRate   = 8000
	frameSamples = 160
)

// codec is one of the two variants of ITU-T G.711.
type codec uint8

const (
	// noCodec means that no session has been agreed yet.
	noCodec codec = iota
	// pcmu is μ-law, spoken in North America and Japan; its static payload type is 0 (RFC 3551 §6).
	pcmu
	// pcma is A-law, spoken elsewhere; its static payload type is 8 (RFC 3551 §6).
	pcma
)

// codecNamed finds a codec by the name that session descriptions give it.
func codecNamed(name string) codec {
	switch name {
	case "PCMU":
		return pcmu
	case "PCMA":
		return pcma
	}
	return noCodec
}

// String is the codec's name in session descriptions, empty for none.
func (c codec) String() string {
	switch c {
	case pcmu:
		return "PCMU"
	case pcma:
		return "PCMA"
	case noCodec:
	}
	return ""
}

// payloadType is the codec's static RTP payload type.
func (c codec) payloadType() uint8 {
	if c == pcma {
		return 8
	}
	return 0
}

// decode turns G.711 bytes into linear samples.
func (c codec) decode(payload []byte) []int16 {
	samples := make([]int16, len(payload))
	for i, b := range payload {
		if c == pcma {
			samples[i] = decodeALaw(b)
		} else {
			samples[i] = decodeMuLaw(b)
		}
	}
	return samples
}

// encode turns linear samples into G.711 bytes.
func (c codec) encode(samples []int16) []byte {
	payload := make([]byte, len(samples))
	for i, s := range samples {
		if c == pcma {
			payload[i] = encodeALaw(s)
		} else {
			payload[i] = encodeMuLaw(s)
		}
	}
	return payload
}

// The μ-law curve is eight segments, each twice as steep as the one before, shifted by a bias so that
// the segment is the position of the highest bit.
const (
	muBias = 0x84
	muClip = 32635
)

func encodeMuLaw(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, muClip) + muBias
	segment := bits.Len(uint(v)) - 8
	step := v >> (segment + 3) & 0x0f
	return ^(sign | byte(segment<<4) | byte(step))
}

func decodeMuLaw(b byte) int16 {
	b = ^b
	segment, step := int(b>>4&7), int(b&0x0f)
	v := (step<<3+muBias)<<segment - muBias
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

// aLawToggle inverts every other bit, so that silence is not a long row of zeros on the line.
const aLawToggle = 0x55

func encodeALaw(s int16) byte {
	v, sign := int(s)>>3, byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	segment := max(bits.Len(uint(v))-5, 0)
	step := v >> 1 & 0x0f
	if segment > 0 {
		step = v >> segment & 0x0f
	}
	return (sign | byte(segment<<4) | byte(step)) ^ aLawToggle
}

func decodeALaw(b byte) int16 {
	b ^= aLawToggle
	segment, step := int(b>>4&7), int(b&0x0f)
	v := step<<4 + 8
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}
