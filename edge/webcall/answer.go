package webcall

import (
	"fmt"
	"net/netip"
	"strings"
)

// credentials are ours for one generation of ICE.
type credentials struct {
	ufrag, password string
}

// answer writes the answer of a peer to an offer: one audio stream with both ends of it encrypted, and
// everything else refused (RFC 8829 §5.3.1).
func (p *Peer) answer(o *offer, own credentials, version int) string {
	addresses := p.gateway.advertise
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s\r\ns=-\r\nt=0 0\r\n", p.id, version, family(addresses[0]))
	if o.bundled {
		fmt.Fprintf(&b, "a=group:BUNDLE %s\r\n", o.streams[o.audio].mid)
	}
	b.WriteString("a=ice-lite\r\na=msid-semantic: WMS mayday\r\n")
	for i, s := range o.streams {
		if i == o.audio {
			p.answerAudio(&b, o, own)
			continue
		}
		fmt.Fprintf(&b, "m=%s 0 %s %s\r\nc=IN %s\r\n", s.media, s.protocol, strings.Join(s.formats, " "), family(addresses[0]))
		if s.mid != "" {
			fmt.Fprintf(&b, "a=mid:%s\r\n", s.mid)
		}
		b.WriteString("a=inactive\r\n")
	}
	return b.String()
}

func (p *Peer) answerAudio(b *strings.Builder, o *offer, own credentials) {
	addresses, port, s := p.gateway.advertise, p.gateway.local.Port(), o.streams[o.audio]
	fmt.Fprintf(b, "m=audio %d %s", port, s.protocol)
	for _, f := range o.formats {
		fmt.Fprintf(b, " %d", f.Codec)
	}
	event := o.formats[0].Event
	if event != 0 {
		fmt.Fprintf(b, " %d", event)
	}
	fmt.Fprintf(b, "\r\nc=IN %s\r\na=rtcp:%d IN %s\r\n", family(addresses[0]), port, family(addresses[0]))
	for i, addr := range addresses {
		// Host candidates, the first preferred (RFC 8445 §5.1.2.1).
		priority := 126<<24 | (65535-i)<<8 | 255
		fmt.Fprintf(b, "a=candidate:%d 1 udp %d %s %d typ host\r\n", i+1, priority, addr, port)
	}
	b.WriteString("a=end-of-candidates\r\n")
	fmt.Fprintf(b, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", own.ufrag, own.password)
	fmt.Fprintf(b, "a=fingerprint:%s\r\na=setup:passive\r\n", p.gateway.fingerprint)
	if s.mid != "" {
		fmt.Fprintf(b, "a=mid:%s\r\n", s.mid)
	}
	fmt.Fprintf(b, "a=%s\r\na=rtcp-mux\r\n", o.direction.Mirrored())
	for _, f := range o.formats {
		fmt.Fprintf(b, "a=rtpmap:%d %s/8000\r\n", f.Codec, f.Codec)
	}
	if event != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", event, event)
	}
	fmt.Fprintf(b, "a=ptime:20\r\na=msid:mayday call\r\na=ssrc:%d cname:mayday\r\n", p.end.SSRC())
}

func family(addr netip.Addr) string {
	if addr.Is6() {
		return "IP6 " + addr.String()
	}
	return "IP4 " + addr.String()
}
