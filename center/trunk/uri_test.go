package trunk_test

import (
	"testing"

	"mayday/center/trunk"
)

func TestNextHopIsASIPURI(t *testing.T) {
	for _, uri := range []string{
		"sip:127.0.0.1:5080;transport=udp", "sip:127.0.0.1:5090", "sips:sbc.example", "SIP:gw_1.example;transport=TCP;lr",
		"sip:acme@sbc.example:65535", "sip:[2001:db8::1]:5060;transport=tls", "sip:[::1]",
	} {
		if fault := trunk.URIFault(uri); fault != "" {
			t.Errorf("%q: %s", uri, fault)
		}
	}
	for _, uri := range []string{
		"", "127.0.0.1:5080", "tel:911", "http://sbc.example", "sip:", "sip:;transport=udp", "sip:a b", "sip:host:0", "sip:host:65536", "sip:host:",
		"sip:host:5060x", "sip:host;transport=sctp", "sip:host;;lr", "sip:host;a=\"b\"", "sip:[::1", "sip:[::1]5060", "sip:[]", "sip:host?Priority=x", "sip:søs.example",
	} {
		if trunk.URIFault(uri) == "" {
			t.Errorf("%q: taken for the next hop of a trunk", uri)
		}
	}
}
