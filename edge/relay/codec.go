package relay

import "math"

// Codec is one of the two ways in which telephone sound travels, named by its static RTP payload
// type (RFC 3551 §6).
type Codec uint8

const (
	// PCMU is G.711 µ-law, customary in North America and Japan.
	PCMU Codec = 0
	// PCMA is G.711 A-law, customary everywhere else.
	PCMA Codec = 8
)

// String answers with the name that a session description uses.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	}
	return "unknown codec"
}

// Decode answers with the 16-bit linear sample that an octet of this codec stands for (ITU-T G.711).
func (c Codec) Decode(octet byte) int16 {
	return c.linear()[octet]
}

// Encode answers with the octet in whose interval a 16-bit linear sample lies (ITU-T G.711).
func (c Codec) Encode(sample int16) byte {
	if c == PCMA {
		return encodeA(sample)
	}
	return encodeMu(sample)
}

func (c Codec) linear() *[256]int16 {
	if c == PCMA {
		return &linearOfA
	}
	return &linearOfMu
}

// known says whether a payload type is one of the two codecs.
func known(payloadType uint8) bool {
	return payloadType == uint8(PCMU) || payloadType == uint8(PCMA)
}

// Format is what is sent to one end of a call.
type Format struct {
	Codec Codec
	// Event is the RTP payload type of telephone-event (RFC 4733 §2.1); 0 means that none was agreed.
	Event uint8
}

// The tables are computed once from the definition and never written again.
var (
	linearOfMu = tableOf(decodeMu)
	linearOfA  = tableOf(decodeA)
	aOfMu      = tableOf(func(octet byte) byte { return encodeA(decodeMu(octet)) })
	muOfA      = tableOf(func(octet byte) byte { return encodeMu(decodeA(octet)) })
)

func tableOf[T any](of func(byte) T) (table [256]T) {
	for i := range table {
		table[i] = of(byte(i))
	}
	return table
}

// transcode writes source, which is in the codec from, to target in the codec to.
func transcode(target, source []byte, from, to Codec) {
	if from == to {
		copy(target, source)
		return
	}
	table := &aOfMu
	if from == PCMA {
		table = &muOfA
	}
	for i, octet := range source {
		target[i] = table[octet]
	}
}

const (
	muBias = 33   // what µ-law adds so that every segment starts at a power of two
	muClip = 8158 // the largest 14-bit magnitude that µ-law tells apart
)

// decodeMu works in the 14 bits of the definition and answers in 16.
func decodeMu(octet byte) int16 {
	octet = ^octet
	magnitude := (int(octet&0x0f)<<1+muBias)<<(octet>>4&7) - muBias
	if octet&0x80 != 0 {
		magnitude = -magnitude
	}
	return int16(magnitude * 4)
}

func encodeMu(sample int16) byte {
	magnitude, sign := int(sample), byte(0)
	if magnitude < 0 {
		magnitude, sign = -magnitude-1, 0x80
	}
	magnitude = min(magnitude>>2, muClip) + muBias
	segment := 0
	for limit := 64; magnitude >= limit && segment < 7; limit <<= 1 {
		segment++
	}
	return ^(sign | byte(segment)<<4 | byte(magnitude>>(segment+1))&0x0f)
}

// decodeA works in the 13 bits of the definition and answers in 16.
func decodeA(octet byte) int16 {
	octet ^= 0x55
	magnitude, segment := int(octet&0x0f)<<1+1, octet>>4&7
	if segment > 0 {
		magnitude = (magnitude + 32) << (segment - 1)
	}
	if octet&0x80 == 0 {
		magnitude = -magnitude
	}
	return int16(magnitude * 8)
}

func encodeA(sample int16) byte {
	magnitude, sign := int(sample), byte(0x80)
	if magnitude < 0 {
		magnitude, sign = -magnitude-1, 0
	}
	magnitude = min(magnitude>>3, 4095)
	segment := 0
	for limit := 32; magnitude >= limit && segment < 7; limit <<= 1 {
		segment++
	}
	return (sign | byte(segment)<<4 | byte(magnitude>>max(segment, 1))&0x0f) ^ 0x55
}

// silenceDBov is the level of no sound at all (RFC 6465 §4).
const silenceDBov = -127

// dBov answers with the level of a peak sample relative to overload, from -127 to 0 (RFC 6465 §4).
func dBov(peak int) int {
	if peak <= 0 {
		return silenceDBov
	}
	level := math.Round(20 * math.Log10(float64(peak)/32768))
	return int(max(level, silenceDBov))
}

// peakOf answers with the largest magnitude in a payload. Both codecs number their magnitudes: the louder, the higher, once the bits
// that the line turns over are turned back. So numbers are compared, and only the highest is looked up.
func peakOf(payload []byte, codec Codec) int {
	turned := byte(0x7f)
	if codec == PCMA {
		turned = 0x55
	}
	loudest := byte(0)
	for _, octet := range payload {
		loudest = max(loudest, (octet^turned)&0x7f)
	}
	// With the sign bit set a magnitude is positive.
	return int(codec.linear()[loudest^turned|0x80])
}
