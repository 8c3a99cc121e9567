package relay

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

var (
	// ErrNoCommonCodec says that a session description has no sound that we could take part in: no
	// G.711, no audio stream, or one that is refused. In SIP that is a 488.
	ErrNoCommonCodec = errors.New("no common codec")
	// ErrMalformed says that a session description cannot be read.
	ErrMalformed = errors.New("malformed session description")
)

const (
	maxDescription = 16 << 10 // octets; a description of a call has less than two thousand
	maxStreams     = 16
)

// SessionID names a session and the version of its description (RFC 8866 §5.2).
type SessionID struct {
	ID, Version uint64
}

// NewSession answers with a random name, in its first version.
func NewSession() SessionID {
	return SessionID{ID: rand.Uint64N(1 << 62), Version: 1}
}

// Next answers with the version that a changed description must carry (RFC 3264 §8).
func (s SessionID) Next() SessionID {
	s.Version++
	return s
}

// Direction says which way sound is to flow, seen from whoever wrote the description (RFC 8866 §6.7).
type Direction uint8

const (
	// SendRecv is a conversation, and what holds when nothing is said.
	SendRecv Direction = iota
	// SendOnly is a side that holds the other and perhaps plays music to it.
	SendOnly
	// RecvOnly is a side that only listens.
	RecvOnly
	// Inactive is a side that holds and listens to nothing.
	Inactive
)

// String answers with the attribute that a session description uses.
func (d Direction) String() string {
	switch d {
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	case SendRecv:
	}
	return "sendrecv"
}

// Mirrored answers with the same direction seen from the other side (RFC 3264 §6.1).
func (d Direction) Mirrored() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	case SendRecv, Inactive:
	}
	return d
}

// Remote is what a session description says of the other side's sound.
type Remote struct {
	// Addr is where it wants RTP; it is invalid when the address is 0.0.0.0, which is an old way to hold, and
	// when it gives a name: then Addr has the port alone.
	Addr netip.AddrPort
	// Name is the host that it gives in place of an address; empty: it gives an address (RFC 8866 §5.7).
	Name string
	// Formats are those that we have in common with it, its preferred one first; never empty.
	Formats []Format
	// Direction is its own: SendOnly and Inactive mean that it does not want to hear us.
	Direction Direction
	// Mux says that it wants RTCP on the port of RTP (RFC 5761 §5.1.1).
	Mux bool
	// Crypto is the key of what it sends; nil: its sound is not encrypted.
	Crypto *Crypto

	streams []stream
	sound   int // index of the stream that Addr and Formats describe
}

// Held says that the other side does not want to hear us at present.
func (r Remote) Held() bool {
	return !r.Addr.IsValid() && r.Name == "" || !r.Listens()
}

// Listens says whether its direction lets it hear us.
func (r Remote) Listens() bool { return r.Direction == SendRecv || r.Direction == RecvOnly }

// stream is one line of media, as an answer has to repeat it.
type stream struct {
	media, protocol string
	formats         []string
}

// Offer writes a description that offers both codecs and digits at an address (RFC 3264 §5).
func Offer(local netip.AddrPort, session SessionID) []byte {
	return offer(local, session, SendRecv)
}

// HoldOffer writes the description that puts the other side on hold: it is asked to listen only (RFC 3264 §8.4).
func HoldOffer(local netip.AddrPort, session SessionID) []byte {
	return offer(local, session, SendOnly)
}

func offer(local netip.AddrPort, session SessionID, direction Direction) []byte {
	var b strings.Builder
	head(&b, local.Addr(), session)
	fmt.Fprintf(&b, "m=audio %d RTP/AVP %d %d %d\r\n", local.Port(), PCMU, PCMA, OfferedEvent)
	formatLines(&b, Format{PCMU, 0}, Format{PCMA, OfferedEvent})
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", direction)
	return []byte(b.String())
}

// Answer writes the answer to what remote offered: the first format of it, the direction mirrored, and
// every other stream refused (RFC 3264 §6). It also answers with that format.
func Answer(local netip.AddrPort, remote Remote, session SessionID) ([]byte, Format, error) {
	if len(remote.Formats) == 0 {
		return nil, Format{}, ErrNoCommonCodec
	}
	chosen := remote.Formats[0]
	var b strings.Builder
	head(&b, local.Addr(), session)
	for i, s := range remote.streams {
		if i != remote.sound {
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", s.media, s.protocol, strings.Join(s.formats, " "))
			continue
		}
		fmt.Fprintf(&b, "m=audio %d %s %d", local.Port(), s.protocol, chosen.Codec)
		if chosen.Event != 0 {
			fmt.Fprintf(&b, " %d", chosen.Event)
		}
		b.WriteString("\r\n")
		formatLines(&b, chosen)
		fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", remote.Direction.Mirrored())
	}
	return []byte(b.String()), chosen, nil
}

func head(b *strings.Builder, addr netip.Addr, session SessionID) {
	family := "IP4"
	if addr.Is6() {
		family = "IP6"
	}
	fmt.Fprintf(b, "v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		session.ID, session.Version, family, addr, family, addr)
}

func formatLines(b *strings.Builder, formats ...Format) {
	for _, f := range formats {
		fmt.Fprintf(b, "a=rtpmap:%d %s/8000\r\n", f.Codec, f.Codec)
	}
	if event := formats[len(formats)-1].Event; event != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", event, event)
	}
}

// Read reads the other side's description, be it an offer or an answer. It answers ErrMalformed or
// ErrNoCommonCodec, wrapped with what is missing; neither repeats anything of the description.
func Read(description []byte) (Remote, error) {
	if len(description) > maxDescription {
		return Remote{}, fmt.Errorf("%w: too long", ErrMalformed)
	}
	var d sdp.SessionDescription
	if err := d.Unmarshal(description); err != nil || len(description) == 0 {
		return Remote{}, ErrMalformed
	}
	if len(d.MediaDescriptions) > maxStreams {
		return Remote{}, fmt.Errorf("%w: too many streams", ErrMalformed)
	}
	r := Remote{sound: -1}
	refused := errors.New("it has no audio stream")
	for i, m := range d.MediaDescriptions {
		r.streams = append(r.streams, stream{
			media: m.MediaName.Media, protocol: strings.Join(m.MediaName.Protos, "/"), formats: m.MediaName.Formats,
		})
		if r.sound >= 0 || m.MediaName.Media != "audio" {
			continue
		}
		if refused = r.take(&d, m); errors.Is(refused, ErrMalformed) {
			return Remote{}, refused
		}
		if refused == nil {
			r.sound = i
		}
	}
	if r.sound < 0 {
		return Remote{}, fmt.Errorf("%w: %w", ErrNoCommonCodec, refused)
	}
	return r, nil
}

// take reads one audio stream into r, and answers why it cannot be used.
func (r *Remote) take(d *sdp.SessionDescription, m *sdp.MediaDescription) error {
	switch protocol := strings.Join(m.MediaName.Protos, "/"); {
	case m.MediaName.Port.Value == 0:
		return errors.New("its audio stream is refused")
	case m.MediaName.Port.Value < 0 || m.MediaName.Port.Value > 65535:
		return fmt.Errorf("%w: port out of range", ErrMalformed)
	case protocol == "RTP/SAVP" || protocol == "RTP/SAVPF":
		key, ok := cryptoOf(m)
		if !ok {
			return errNoKey
		}
		r.Crypto = &key
	case protocol != "RTP/AVP" && protocol != "RTP/AVPF":
		return errors.New("its audio stream is not RTP")
	}
	formats := formatsOf(m)
	if len(formats) == 0 {
		return errors.New("its audio stream has no G.711")
	}
	addr, name, err := addressOf(d, m)
	if err != nil {
		return err
	}
	r.Formats, r.Name = formats, name
	r.Direction = directionOf(d, m)
	_, r.Mux = m.Attribute("rtcp-mux")
	if !addr.IsUnspecified() {
		r.Addr = netip.AddrPortFrom(addr, uint16(m.MediaName.Port.Value))
	}
	return nil
}

// addressOf answers with the address of a stream, or the name in place of one: its own or else the session's
// (RFC 8866 §5.7).
func addressOf(d *sdp.SessionDescription, m *sdp.MediaDescription) (netip.Addr, string, error) {
	c := m.ConnectionInformation
	if c == nil {
		c = d.ConnectionInformation
	}
	if c == nil || c.Address == nil || c.NetworkType != "IN" {
		return netip.Addr{}, "", fmt.Errorf("%w: no connection address", ErrMalformed)
	}
	if isName(c.Address.Address) {
		return netip.Addr{}, c.Address.Address, nil
	}
	addr, err := netip.ParseAddr(c.Address.Address)
	if err != nil || addr.Zone() != "" || addr.IsMulticast() {
		return netip.Addr{}, "", fmt.Errorf("%w: connection address is neither a unicast IP address nor a name", ErrMalformed)
	}
	return addr.Unmap(), "", nil
}

// isName says whether a text can be the name of a host: its last label begins with a letter, so that it is no address.
func isName(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	name := strings.TrimSuffix(text, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	return len(text) < 256 && last != "" && (last[0]|0x20 >= 'a' && last[0]|0x20 <= 'z')
}

// directionOf answers with the direction of a stream, its own or else the session's.
func directionOf(d *sdp.SessionDescription, m *sdp.MediaDescription) Direction {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		for _, a := range attributes {
			switch a.Key {
			case "sendrecv":
				return SendRecv
			case "sendonly":
				return SendOnly
			case "recvonly":
				return RecvOnly
			case "inactive":
				return Inactive
			}
		}
	}
	return SendRecv
}

// formatsOf answers with the G.711 formats of a stream in its order, each with the stream's
// telephone-event.
func formatsOf(m *sdp.MediaDescription) []Format {
	names := map[int]string{int(PCMU): "PCMU/8000", int(PCMA): "PCMA/8000"}
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		payloadType, name, _ := strings.Cut(a.Value, " ")
		if n, err := strconv.Atoi(payloadType); err == nil {
			names[n] = strings.TrimSuffix(strings.TrimSpace(name), "/1")
		}
	}
	var formats []Format
	var event uint8
	for _, f := range m.MediaName.Formats {
		n, err := strconv.Atoi(f)
		switch {
		case err != nil || n < 0 || n > 127:
		case n == int(PCMU) && strings.EqualFold(names[n], "PCMU/8000"),
			n == int(PCMA) && strings.EqualFold(names[n], "PCMA/8000"):
			formats = append(formats, Format{Codec: Codec(n)})
		case event == 0 && n > int(PCMA) && strings.EqualFold(names[n], "telephone-event/8000"):
			event = uint8(n)
		}
	}
	for i := range formats {
		formats[i].Event = event
	}
	return formats
}
