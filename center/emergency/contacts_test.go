package emergency_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
)

func TestContactsAreReadAsPeopleTypeThem(t *testing.T) {
	for _, c := range []struct {
		typed     string
		addresses []string
		bad       []string
	}{
		{"", nil, nil},
		{" ;; , \r\n\t", nil, nil},
		{"boss@acme.example", []string{"boss@acme.example"}, nil},
		{"boss@acme.example; guard@acme.example", []string{"boss@acme.example", "guard@acme.example"}, nil},
		{"a@x.example,b@x.example\nc@x.example d@x.example;", []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example"}, nil},
		{"Boss <boss@acme.example>; guard@acme.example", []string{"boss@acme.example", "guard@acme.example"}, nil},
		{`"Doe, Alice; night" <alice@acme.example>, b@x.example`, []string{"alice@acme.example", "b@x.example"}, nil},
		{`"Alice @ night" <alice@acme.example>`, []string{"alice@acme.example"}, nil},
		{"a@x.example Bob <b@x.example>", []string{"a@x.example", "b@x.example"}, nil},
		{"A <a@x.example> B <b@x.example>", []string{"a@x.example", "b@x.example"}, nil},
		{"mailto:a@x.example <MAILTO:b@x.example>", []string{"a@x.example", "b@x.example"}, nil},
		{"a@x.example; A@X.example; a@x.example", []string{"a@x.example"}, nil},
		{"root@localhost", []string{"root@localhost"}, nil},
		{"boss@acme.example; guard", []string{"boss@acme.example"}, []string{"guard"}},
		{"boss; @acme.example; a@; a@b..c; a@-b.c; .a@b.c", nil, []string{"boss", "@acme.example", "a@", "a@b..c", "a@-b.c", ".a@b.c"}},
		{"Boss <boss>; a@x.example", []string{"a@x.example"}, []string{"Boss <boss>"}},
		{"Boss <boss@x.example; a@x.example", []string{"a@x.example"}, []string{"Boss <boss@x.example"}},
		{`"Boss; a@x.example`, []string{"a@x.example"}, []string{`"Boss`}},
		{strings.Repeat("a", 65) + "@x.example", nil, []string{strings.Repeat("a", 65) + "@x.example"}},
	} {
		addresses, bad := emergency.ParseContacts(c.typed)
		if diff := cmp.Diff(c.addresses, addresses); diff != "" {
			t.Errorf("list %q: addresses (-want +got):\n%s", c.typed, diff)
		}
		if diff := cmp.Diff(c.bad, bad); diff != "" {
			t.Errorf("list %q: what is no address (-want +got):\n%s", c.typed, diff)
		}
	}
}

// FuzzParseContacts: whatever is typed, an address is bare and valid, stands in the text, comes once, and reads as itself again.
func FuzzParseContacts(f *testing.F) {
	for _, seed := range []string{
		"boss@acme.example; guard@acme.example", `"Doe, A" <a@b.c>, x`, "a@b <c@d", "<<a@b>>", `"<"a@b>;`, "mailto:mailto:a@b", "a@b\x00;c@d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		addresses, bad := emergency.ParseContacts(typed)
		for _, address := range addresses {
			if !emergency.ValidAddress(address) || !strings.Contains(typed, address) {
				t.Errorf("list %q: returned %q", typed, address)
			}
		}
		for _, piece := range bad {
			if piece == "" || !strings.Contains(typed, piece) {
				t.Errorf("list %q: named %q, which nobody typed", typed, piece)
			}
		}
		again, wrong := emergency.ParseContacts(strings.Join(addresses, "; "))
		if !slices.Equal(again, addresses) || len(wrong) > 0 {
			t.Errorf("list %q: %q read again is %q and %q", typed, addresses, again, wrong)
		}
	})
}
