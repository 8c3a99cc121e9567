package sipcall

import (
	"strings"
	"testing"
)

func TestReferToIsRead(t *testing.T) {
	for _, row := range []struct {
		header, uri, replaces string
		ok                    bool
	}{
		{"<sip:bridge@psap.example>", "sip:bridge@psap.example", "", true},
		{"sip:bridge@psap.example", "sip:bridge@psap.example", "", true},
		{`"Bridge" <sip:bridge@psap.example;transport=tcp;method=INVITE>`, "sip:bridge@psap.example;transport=tcp", "", true},
		{"<sip:b@psap.example?Replaces=7f%40x%3Bto-tag%3D1%3Bfrom-tag%3D2&Priority=emergency>", "sip:b@psap.example", "7f@x;to-tag=1;from-tag=2", true},
		{"<urn:service:sos>", "urn:service:sos", "", true},
		{"<sip:b@psap.example;method=BYE>", "", "", false},
		{"<sip:b@psap.example?Replaces=%0D%0AX:1>", "", "", false},
		{"<sip:b@psap.example?Replaces=%zz>", "", "", false},
		{"<https://psap.example>", "", "", false},
		{"<tel:+12175550123>", "", "", false},
		{"", "", "", false},
	} {
		uri, replaces, ok := referTo(row.header)
		if ok != row.ok || ok && (uri != row.uri || replaces != row.replaces) {
			t.Errorf("Refer-To %q: %q, replaces %q, %t; want %q, %q, %t", row.header, uri, replaces, ok, row.uri, row.replaces, row.ok)
		}
	}
}

// FuzzReferTo claims that nothing that a far end writes there breaks a line of our INVITE or asks for anything but an INVITE.
func FuzzReferTo(f *testing.F) {
	f.Add("<sip:b@psap.example;method=INVITE?Replaces=1%40x>")
	f.Add("<sip:b@psap.example?Replaces=%0a>")
	f.Fuzz(func(t *testing.T, header string) {
		uri, replaces, ok := referTo(header)
		if ok && (strings.ContainsAny(replaces, "\r\n") || strings.Contains(uri, "?") || strings.Contains(strings.ToLower(uri), ";method=")) {
			t.Errorf("Refer-To %q: %q, replaces %q", header, uri, replaces)
		}
	})
}
