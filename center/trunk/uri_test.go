package trunk_test

import (
	"strings"
	"testing"

	"mayday/center/trunk"
)

func TestNextHopIsASIPURI(t *testing.T) {
	for _, uri := range []string{
		"sip:127.0.0.1:5080;transport=udp", "sip:127.0.0.1:5090", "SIP:gw_1.example;transport=TCP;lr",
		"sip:acme@sbc.example:65535", "sips:sbc.example", "sip:sbc.example;transport=TLS", "sip:[2001:db8::1]:5060;transport=tcp", "sip:[::1]",
	} {
		if fault := trunk.URIFault(uri); fault != "" {
			t.Errorf("%q: %s", uri, fault)
		}
	}
	for _, uri := range []string{
		"", "127.0.0.1:5080", "tel:911", "http://sbc.example", "sip:", "sip:;transport=udp", "sip:a b", "sip:host:0", "sip:host:65536", "sip:host:",
		"sip:host:5060x", "sip:host;transport=sctp", "sip:host;;lr", "sip:host;a=\"b\"", "sip:[::1", "sip:[::1]5060", "sip:[]", "sip:host?Priority=x", "sip:søs.example", "sip:a b@host", "<sip:host>", "sip:a@",
		"sip://sbc.example", "sip:256.0.2.1:5060", "sip:192.0.2:5060", "sip:[2001:db8::1::2]", "sips:sbc.example;transport=udp",
	} {
		if trunk.URIFault(uri) == "" {
			t.Errorf("%q: taken for the next hop of a trunk", uri)
		}
	}
}

// FuzzURIFault: what passes as a next hop is one word with a host in it.
func FuzzURIFault(f *testing.F) {
	for _, seed := range []string{"sip:127.0.0.1:5080;transport=udp", "sips:a@[::1]:5061;lr;transport=tls", "sip:", "sip:@", "sip:h?x", "sip:[", "SIP:h:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if trunk.URIFault(uri) != "" {
			return
		}
		_, rest, _ := strings.Cut(uri, ":")
		host := rest[strings.LastIndexByte(rest, '@')+1:]
		if len(strings.Fields(uri)) != 1 || host == "" || strings.ContainsAny(host[:1], ":;?") {
			t.Errorf("%q: taken for the next hop of a trunk", uri)
		}
	})
}

func TestWayWithoutTLSLeadsToTheSameHost(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:sbc.example;transport=tls":          "sip:sbc.example;transport=tcp",
		"sips:sbc.example":                       "sip:sbc.example;transport=tcp",
		"sip:sbc.example:5061;transport=TLS;lr":  "sip:sbc.example:5060;lr;transport=tcp",
		"SIPS:acme@[2001:db8::1]:5061;lr":        "sip:acme@[2001:db8::1]:5060;lr;transport=tcp",
		"sip:192.0.2.1:15061;transport=tls":      "sip:192.0.2.1:15061;transport=tcp",
		"sip:sbc.example:7000;a=b;transport=tls": "sip:sbc.example:7000;a=b;transport=tcp",
	} {
		got := trunk.WithoutTLS(uri)
		if got != want || trunk.URIFault(got) != "" {
			t.Errorf("%s: %s (%s), want %s", uri, got, trunk.URIFault(got), want)
		}
	}
}
