package relay

import "encoding/binary"

const (
	headerSize = 12   // of an RTP packet without extras, in octets (RFC 3550 §5.1)
	maxPacket  = 1500 // longer than any packet of sound, in octets
	// maxDatagram is longer than that, so that one that is too long is seen to be.
	maxDatagram = 2048
	// OfferedEvent is the payload type of telephone-event that Offer names.
	OfferedEvent = 101

	clockRate     = 8000 // ticks a second of both codecs and of telephone-event
	ticksOfPacket = clockRate / 50
)

// packet is an RTP packet that has been looked at; payload points into the buffer it came in.
type packet struct {
	marker      bool
	payloadType uint8
	seq         uint16
	timestamp   uint32
	ssrc        uint32
	payload     []byte
}

// parse reads the fixed header and steps over contributing sources, extension and padding
// (RFC 3550 §5.1). It answers false for what is truncated or of another version.
func parse(raw []byte) (p packet, ok bool) {
	if len(raw) < headerSize || len(raw) > maxPacket || raw[0]>>6 != 2 {
		return packet{}, false
	}
	begin := headerSize + 4*int(raw[0]&0x0f)
	if raw[0]&0x10 != 0 {
		if len(raw) < begin+4 {
			return packet{}, false
		}
		begin += 4 + 4*int(binary.BigEndian.Uint16(raw[begin+2:]))
	}
	end := len(raw)
	if raw[0]&0x20 != 0 {
		padding := int(raw[end-1])
		if padding == 0 {
			return packet{}, false
		}
		end -= padding
	}
	if begin >= end {
		return packet{}, false
	}
	return packet{
		marker:      raw[1]&0x80 != 0,
		payloadType: raw[1] & 0x7f,
		seq:         binary.BigEndian.Uint16(raw[2:]),
		timestamp:   binary.BigEndian.Uint32(raw[4:]),
		ssrc:        binary.BigEndian.Uint32(raw[8:]),
		payload:     raw[begin:end],
	}, true
}

// putHeader writes the fixed header of p, and nothing of its payload.
func putHeader(to []byte, p *packet) {
	to[0] = 2 << 6
	to[1] = p.payloadType
	if p.marker {
		to[1] |= 0x80
	}
	binary.BigEndian.PutUint16(to[2:], p.seq)
	binary.BigEndian.PutUint32(to[4:], p.timestamp)
	binary.BigEndian.PutUint32(to[8:], p.ssrc)
}

// IsRTCP says whether a packet that arrived where RTP and RTCP share a port is RTCP (RFC 5761 §4).
func IsRTCP(raw []byte) bool {
	return len(raw) >= 2 && raw[1] >= 192 && raw[1] <= 223
}
