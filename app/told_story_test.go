package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"mayday/psap"
)

// tellEarlySound: what the far end says before it answers is heard.
func tellEarlySound(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	d.behave(`{"early_media":true,"manual":true}`)
	x.dial("911")
	call := d.arrived(1)
	x.shows("heading", "Ringing")
	x.hears("before it is answered")
	d.answer(call.ID)
	x.shows("heading", "Connected")
	x.hears("answered")
	d.hears("answered", call.ID)
}

// tellTheOthers: contacts get a mail when the rep dials, once each, with what the call carries; a supervisor is alerted, on the
// workspace and in the admin center, until somebody acknowledges.
func tellTheOthers(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	audit := func() string { return signIn(t, d.HTTP(), "ada").send(http.MethodGet, "/api/v1/audit?limit=1000", "") }
	before := audit()
	ada := c.administrates(t, d, "/admin/audit", "Audit")
	sam := c.works(t, d, "sam")
	help := d.dials(x)

	ada.says("Alice Doe at Headquarters called emergency services (911)")

	sam.shows("region", "Emergency calls of others")
	sam.says("Alice Doe at Headquarters called emergency services (911)")
	sam.says("1 Main St")
	sam.looks("alert")
	sam.press("button", "Acknowledge")
	sam.lacks("region", "Emergency calls of others")
	ada.lacks("region", "Emergency calls of others")
	if after := audit(); after != before {
		t.Errorf("the audit list says something of an emergency call: %s, before it %s", after, before)
	}

	var told []string
	eventually(t, "every contact has a mail", func() bool {
		told = nil
		for _, mail := range d.Mailbox.Messages() {
			told = append(told, mail.To...)
		}
		return len(told) >= 4
	})
	slices.Sort(told)
	want := []string{"boss@acme.example", "desk@acme.example", "guard@acme.example", "security@acme.example"}
	if !slices.Equal(told, want) {
		t.Errorf("told by mail: %v, want %v, once each", told, want)
	}
	mail := d.Mailbox.Messages()[0]
	for _, carried := range []string{"Alice Doe", "911", "1 Main St", help.CallerID.Number} {
		if !strings.Contains(mail.Text, carried) {
			t.Errorf("the mail does not say %q:\n%s", carried, mail.Text)
		}
	}
	if mail.From != "alice@acme.example" {
		t.Errorf("the mail is from %s, want the rep's own mailbox", mail.From)
	}
}

// tellChain: a call back that its rep does not answer reaches the rep's mobile phone, here at the pretend carrier, which answers; the
// emergency service and the phone hear each other, and the page stops ringing.
func tellChain(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	help := d.dials(x)
	x.press("button", "End call")
	x.windowIsOpen()
	back := d.callBack(help.CallerID.Number, false)
	x.rings()
	var mobile psap.Call
	eventually(t, "the mobile phone is called", func() bool {
		for _, one := range d.calls() {
			if one.Dialled == "+12175550188" {
				mobile = one
				return true
			}
		}
		return false
	})
	d.becomes(mobile.ID, psap.Connected)
	d.becomes(back.ID, psap.Connected)
	x.lacks("alertdialog", callingBack)
	x.windowIsOpen()
	eventually(t, "the mobile phone hears the emergency service", func() bool { return near(d.call(mobile.ID).FrequencyHz, callTakerHz) })
	eventually(t, "the emergency service hears the mobile phone", func() bool { return d.call(back.ID).LevelDBov > -60 })
	d.hangUp(mobile.ID)
	d.becomes(back.ID, psap.Over)
}
