package emergency_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
)

func TestEveryRecipientIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		circumstance string
		lists        []string
		want         []string
	}{
		{"nobody is set", []string{"", "", ""}, nil},
		{"no list", nil, nil},
		{"the rep's alone", []string{"boss@acme.example", "", ""}, []string{"boss@acme.example"}},
		{"all three", []string{"boss@acme.example; guard@acme.example", "desk@acme.example", "security@acme.example"},
			[]string{"boss@acme.example", "guard@acme.example", "desk@acme.example", "security@acme.example"}},
		{"the same person three times", []string{"guard@acme.example", "Guard <Guard@Acme.example>", "mailto:GUARD@ACME.EXAMPLE"}, []string{"guard@acme.example"}},
		{"twice in one list, once in another", []string{"a@x.example, a@x.example", "b@x.example; A@x.example"}, []string{"a@x.example", "b@x.example"}},
		{"a slip between two addresses", []string{"a@x.example; guard; b@x.example"}, []string{"a@x.example", "b@x.example"}},
		{"one list is nothing but slips", []string{"boss", "desk@acme.example"}, []string{"desk@acme.example"}},
		{"a header typed as an address", []string{"a@x.example\r\nBcc: b@x.example"}, []string{"a@x.example", "b@x.example"}},
	} {
		if diff := cmp.Diff(c.want, emergency.Recipients(c.lists...)); diff != "" {
			t.Errorf("%s: recipients (-want +got):\n%s", c.circumstance, diff)
		}
	}
}

func TestSenderFollowsTheMailboxRule(t *testing.T) {
	for _, c := range []struct {
		circumstance string
		rep          string
		enabled      bool
		organisation string
		want         string
	}{
		{"own mailbox enabled", "alice@acme.example", true, "mayday@acme.example", "alice@acme.example"},
		{"own mailbox not enabled", "alice@acme.example", false, "mayday@acme.example", "mayday@acme.example"},
		{"mailbox enabled, no address", "", true, "mayday@acme.example", "mayday@acme.example"},
		{"mailbox enabled, address no server takes", "alice", true, "mayday@acme.example", "mayday@acme.example"},
		{"an address that would add a header", "alice@acme.example\r\nBcc: x@y.example", true, "mayday@acme.example", "mayday@acme.example"},
		{"mailbox enabled, no organisation's sender", "alice@acme.example", true, "", "alice@acme.example"},
		{"neither", "alice@acme.example", false, "", ""},
	} {
		if got := emergency.Sender(c.rep, c.enabled, c.organisation); got != c.want {
			t.Errorf("%s: sent by %q, want %q", c.circumstance, got, c.want)
		}
	}
}
