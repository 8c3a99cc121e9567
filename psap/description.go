package psap

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// keysPayloadType is what our own offers call telephone-event.
const keysPayloadType = 101

// errNoCommonCodec means that the far end's description holds no G.711 that we may speak.
var errNoCommonCodec = errors.New("session description: no common codec")

// session is what both ends agreed on.
type session struct {
	codec       codec
	payloadType uint8 // of the codec
	keys        uint8 // payload type of telephone-event, 0: none (RFC 4733 §2.4)
	far         netip.AddrPort
	farReports  netip.AddrPort // where the far end takes RTCP
	sends       bool           // whether we may send
	receives    bool           // whether the far end sends
}

// description is the far end's session description, read as far as we need it.
type description struct {
	parsed  sdp.SessionDescription
	audio   int // index of the audio stream that we take
	session session
}

// readDescription reads an offer or an answer. Only G.711 over plain RTP counts; want restricts it to one
// codec, noCodec takes the first that the far end names. A stream that is refused or missing, an address
// that is no IP address and a body that is no session description are errors.
func readDescription(body []byte, want codec) (description, error) {
	var d description
	if err := d.parsed.Unmarshal(body); err != nil {
		return d, fmt.Errorf("read session description: %w", err)
	}
	for i, media := range d.parsed.MediaDescriptions {
		if media.MediaName.Media != "audio" || !slices.Equal(media.MediaName.Protos, []string{"RTP", "AVP"}) || media.MediaName.Port.Value == 0 {
			continue
		}
		d.audio = i
		s, err := readStream(&d.parsed, media, want)
		d.session = s
		return d, err
	}
	return d, errors.New("session description: no audio stream over RTP/AVP")
}

func readStream(whole *sdp.SessionDescription, media *sdp.MediaDescription, want codec) (session, error) {
	var s session
	for _, format := range media.MediaName.Formats {
		pt, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		name := formatName(media, format)
		if c := codecNamed(name); c != noCodec && s.codec == noCodec && (want == noCodec || want == c) {
			s.codec, s.payloadType = c, uint8(pt)
		}
		if name == "TELEPHONE-EVENT" && s.keys == 0 {
			s.keys = uint8(pt)
		}
	}
	if s.codec == noCodec {
		return s, errNoCommonCodec
	}
	far, err := farAddress(whole, media)
	if err != nil {
		return s, err
	}
	s.far = netip.AddrPortFrom(far, uint16(media.MediaName.Port.Value))
	s.farReports = netip.AddrPortFrom(far, reportsPort(media))
	direction := directionOf(whole, media)
	s.sends = !far.IsUnspecified() && (direction == "sendrecv" || direction == "recvonly")
	s.receives = direction == "sendrecv" || direction == "sendonly"
	return s, nil
}

// formatName is the encoding name behind a payload type, in upper case; clock rates other than 8000 Hz
// give none. Types 0 and 8 need no rtpmap (RFC 3551 §6).
func formatName(media *sdp.MediaDescription, format string) string {
	for _, a := range media.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		pt, encoding, ok := strings.Cut(a.Value, " ")
		if !ok || pt != format {
			continue
		}
		name, rate, _ := strings.Cut(strings.TrimSpace(encoding), "/")
		if rate, _, _ = strings.Cut(rate, "/"); rate != strconv.Itoa(sampleRate) {
			return ""
		}
		return strings.ToUpper(name)
	}
	switch format {
	case "0":
		return "PCMU"
	case "8":
		return "PCMA"
	}
	return ""
}

func farAddress(whole *sdp.SessionDescription, media *sdp.MediaDescription) (netip.Addr, error) {
	connection := media.ConnectionInformation
	if connection == nil {
		connection = whole.ConnectionInformation
	}
	if connection == nil || connection.Address == nil {
		return netip.Addr{}, errors.New("session description: no connection address")
	}
	address, err := netip.ParseAddr(connection.Address.Address)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("session description: connection address: %w", err)
	}
	return address, nil
}

// reportsPort is where RTCP goes: the port that a=rtcp names, else the next one (RFC 3605 §2.1).
func reportsPort(media *sdp.MediaDescription) uint16 {
	if value, ok := media.Attribute("rtcp"); ok {
		port, _, _ := strings.Cut(value, " ")
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			return uint16(n)
		}
	}
	return uint16(media.MediaName.Port.Value + 1)
}

// directionOf is the stream's direction as the far end sees it.
func directionOf(whole *sdp.SessionDescription, media *sdp.MediaDescription) string {
	for _, attributes := range [][]sdp.Attribute{media.Attributes, whole.Attributes} {
		for _, a := range attributes {
			switch a.Key {
			case "sendrecv", "sendonly", "recvonly", "inactive":
				return a.Key
			}
		}
	}
	return "sendrecv"
}

// ourSide is what our descriptions say of us.
type ourSide struct {
	id      uint64 // of the session, the same in all its descriptions
	version uint64 // one more for each new description
	address netip.AddrPort
}

// answer describes our side of what the far end offered: its streams in its order, all but the one that we
// take refused (RFC 3264 §6).
func (o ourSide) answer(offer description) ([]byte, error) {
	answer := o.frame()
	for i, offered := range offer.parsed.MediaDescriptions {
		if i == offer.audio {
			answer.MediaDescriptions = append(answer.MediaDescriptions, o.stream(offer.session, []codec{offer.session.codec}))
			continue
		}
		refused := &sdp.MediaDescription{MediaName: offered.MediaName}
		refused.MediaName.Port = sdp.RangedPort{}
		answer.MediaDescriptions = append(answer.MediaDescriptions, refused)
	}
	return answer.Marshal()
}

// offer describes what we would like: the codecs in this order and keys.
func (o ourSide) offer(codecs ...codec) ([]byte, error) {
	s := session{keys: keysPayloadType, sends: true, receives: true}
	offer := o.frame()
	offer.MediaDescriptions = []*sdp.MediaDescription{o.stream(s, codecs)}
	return offer.Marshal()
}

func (o ourSide) frame() *sdp.SessionDescription {
	network := "IP4"
	if o.address.Addr().Is6() {
		network = "IP6"
	}
	address := o.address.Addr().String()
	return &sdp.SessionDescription{
		Origin: sdp.Origin{Username: "-", SessionID: o.id, SessionVersion: o.version,
			NetworkType: "IN", AddressType: network, UnicastAddress: address},
		SessionName:           "-",
		ConnectionInformation: &sdp.ConnectionInformation{NetworkType: "IN", AddressType: network, Address: &sdp.Address{Address: address}},
		TimeDescriptions:      []sdp.TimeDescription{{}},
	}
}

func (o ourSide) stream(s session, codecs []codec) *sdp.MediaDescription {
	media := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(o.address.Port())}, Protos: []string{"RTP", "AVP"},
	}}
	for _, c := range codecs {
		pt := c.payloadType()
		if c == s.codec {
			pt = s.payloadType
		}
		media.WithCodec(pt, c.String(), sampleRate, 0, "")
	}
	if s.keys != 0 {
		media.WithCodec(s.keys, "telephone-event", sampleRate, 0, "0-15")
	}
	return media.WithValueAttribute("ptime", "20").WithPropertyAttribute(ourDirection(s))
}

func ourDirection(s session) string {
	switch {
	case s.sends && s.receives:
		return "sendrecv"
	case s.sends:
		return "sendonly"
	case s.receives:
		return "recvonly"
	}
	return "inactive"
}
