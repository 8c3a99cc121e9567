package webcall

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"mayday/edge/relay"
)

// OfferError says why a browser's offer is not answered.
type OfferError string

const (
	// ErrMalformed is an offer that is no session description.
	ErrMalformed OfferError = "OFFER_MALFORMED"
	// ErrTooLong is an offer of more than 64 kB or 16 streams.
	ErrTooLong OfferError = "OFFER_TOO_LONG"
	// ErrNoAudio is an offer without an audio stream that is sent encrypted.
	ErrNoAudio OfferError = "OFFER_WITHOUT_AUDIO"
	// ErrNoG711 is an offer whose audio stream has neither PCMU nor PCMA.
	ErrNoG711 OfferError = "OFFER_WITHOUT_G711"
	// ErrFingerprint is an offer without a fingerprint, or with one that SHA-256 or better did not make.
	ErrFingerprint OfferError = "OFFER_FINGERPRINT"
	// ErrTransport is an offer without ICE credentials or rtcp-mux, or one that leaves DTLS to us.
	ErrTransport OfferError = "OFFER_TRANSPORT"
	// ErrOtherBrowser is a re-offer with another certificate than the first one's.
	ErrOtherBrowser OfferError = "OFFER_OF_ANOTHER_BROWSER"
)

// Code answers with the name of the refusal.
func (e OfferError) Code() string { return string(e) }

// Error says the refusal in words.
func (e OfferError) Error() string {
	switch e {
	case ErrMalformed:
		return "offer is no session description"
	case ErrTooLong:
		return "offer is too long"
	case ErrNoAudio:
		return "offer has no encrypted audio stream"
	case ErrNoG711:
		return "offer has no G.711"
	case ErrFingerprint:
		return "offer has no fingerprint of SHA-256 or better"
	case ErrTransport:
		return "offer lacks ICE credentials or rtcp-mux, or wants us to be the DTLS client"
	case ErrOtherBrowser:
		return "re-offer comes from another browser"
	default:
		return "offer refused"
	}
}

const (
	maxOffer   = 64 << 10 // octets
	maxStreams = 16
)

// offer is what we need of a browser's session description.
type offer struct {
	streams      []stream
	audio        int // index of the stream that is taken
	bundled      bool
	ufrag        string
	fingerprints []string // "sha-256 AB:CD…", upper-case digits
	formats      []relay.Format
	direction    relay.Direction
}

// stream is one media line, as the answer has to repeat it.
type stream struct {
	media, protocol, mid string
	formats              []string
}

// readOffer reads an offer. Candidates in it are of no use to an ICE-lite agent, which answers checks
// and sends none (RFC 8445 §2.5); so names of the local network in them need no resolving.
func readOffer(description string) (*offer, error) {
	if len(description) > maxOffer {
		return nil, ErrTooLong
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(description); err != nil || description == "" {
		return nil, ErrMalformed
	}
	if len(d.MediaDescriptions) > maxStreams {
		return nil, ErrTooLong
	}
	o := &offer{audio: -1}
	for i, m := range d.MediaDescriptions {
		s := stream{
			media: m.MediaName.Media, protocol: strings.Join(m.MediaName.Protos, "/"), formats: m.MediaName.Formats,
		}
		s.mid, _ = m.Attribute("mid")
		o.streams = append(o.streams, s)
		secure := s.protocol == "UDP/TLS/RTP/SAVPF" || s.protocol == "UDP/TLS/RTP/SAVP"
		if o.audio < 0 && s.media == "audio" && secure {
			o.audio = i
		}
	}
	if o.audio < 0 {
		return nil, ErrNoAudio
	}
	return o, o.take(&d, d.MediaDescriptions[o.audio])
}

// take reads the audio stream.
func (o *offer) take(d *sdp.SessionDescription, m *sdp.MediaDescription) error {
	group, _ := d.Attribute("group")
	kind, mids, _ := strings.Cut(group, " ")
	o.bundled = kind == "BUNDLE" && slices.Contains(strings.Fields(mids), o.streams[o.audio].mid)
	if o.formats = formatsOf(m); len(o.formats) == 0 {
		return ErrNoG711
	}
	if o.fingerprints = fingerprintsOf(d, m); len(o.fingerprints) == 0 {
		return ErrFingerprint
	}
	password := either(d, m, "ice-pwd")
	o.ufrag = either(d, m, "ice-ufrag")
	_, mux := m.Attribute("rtcp-mux")
	setup := either(d, m, "setup")
	if len(o.ufrag) < 4 || len(o.ufrag) > 256 || len(password) < 22 || len(password) > 256 ||
		!mux || setup != "actpass" && setup != "active" {
		return ErrTransport
	}
	o.direction = directionOf(d, m)
	return nil
}

// either answers with an attribute of the stream, or else of the session.
func either(d *sdp.SessionDescription, m *sdp.MediaDescription, key string) string {
	if value, ok := m.Attribute(key); ok {
		return value
	}
	value, _ := d.Attribute(key)
	return value
}

func directionOf(d *sdp.SessionDescription, m *sdp.MediaDescription) relay.Direction {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		for _, direction := range []relay.Direction{relay.SendRecv, relay.SendOnly, relay.RecvOnly, relay.Inactive} {
			named := func(a sdp.Attribute) bool { return a.Key == direction.String() }
			if slices.ContainsFunc(attributes, named) {
				return direction
			}
		}
	}
	return relay.SendRecv
}

// fingerprintsOf answers with the fingerprints whose algorithm can be trusted, those of the stream, or
// else of the session. One of them has to match (RFC 8122 §5).
func fingerprintsOf(d *sdp.SessionDescription, m *sdp.MediaDescription) []string {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		var found []string
		named := false
		for _, a := range attributes {
			if a.Key != "fingerprint" {
				continue
			}
			named = true
			algorithm, digits, _ := strings.Cut(a.Value, " ")
			switch algorithm = strings.ToLower(algorithm); algorithm {
			case "sha-256", "sha-384", "sha-512":
				found = append(found, algorithm+" "+strings.ToUpper(strings.TrimSpace(digits)))
			}
		}
		if named {
			return found
		}
	}
	return nil
}

// fingerprintOf answers with the fingerprint of a certificate as a session description writes it.
func fingerprintOf(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return "sha-256 " + colons(sum[:])
}

// matches says whether a certificate is one of those that the offer names.
func (o *offer) matches(certificate []byte) bool {
	s256, s384, s512 := sha256.Sum256(certificate), sha512.Sum384(certificate), sha512.Sum512(certificate)
	return slices.Contains(o.fingerprints, "sha-256 "+colons(s256[:])) ||
		slices.Contains(o.fingerprints, "sha-384 "+colons(s384[:])) ||
		slices.Contains(o.fingerprints, "sha-512 "+colons(s512[:]))
}

func colons(sum []byte) string {
	pairs := make([]string, len(sum))
	for i := range sum {
		pairs[i] = strings.ToUpper(hex.EncodeToString(sum[i : i+1]))
	}
	return strings.Join(pairs, ":")
}

// formatsOf answers with the G.711 formats of a stream in its order, with its telephone-event.
func formatsOf(m *sdp.MediaDescription) []relay.Format {
	names := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000"}
	for _, a := range m.Attributes {
		if a.Key == "rtpmap" {
			payloadType, name, _ := strings.Cut(a.Value, " ")
			names[payloadType] = strings.TrimSuffix(name, "/1")
		}
	}
	var formats []relay.Format
	var event uint8
	for _, payloadType := range m.MediaName.Formats {
		n, err := strconv.ParseUint(payloadType, 10, 7)
		switch name := names[payloadType]; {
		case err != nil:
		case payloadType == "0" && strings.EqualFold(name, "PCMU/8000"),
			payloadType == "8" && strings.EqualFold(name, "PCMA/8000"):
			formats = append(formats, relay.Format{Codec: relay.Codec(n)})
		case event == 0 && n > 8 && strings.EqualFold(name, "telephone-event/8000"):
			event = uint8(n)
		}
	}
	for i := range formats {
		formats[i].Event = event
	}
	return formats
}
