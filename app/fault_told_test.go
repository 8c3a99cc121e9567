package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"mayday/psap"
	"mayday/psap/mailbox"
	"mayday/web/api"
)

// mails are what has come to the demo's mailbox, the newest first.
func (d *demo) mails() []mailbox.Message {
	d.t.Helper()
	var all []mailbox.Message
	asks(d.t, d.Mailbox.Handler(), http.MethodGet, "/mail/messages", "", &all)
	return all
}

// told waits until somebody has been told so many times, each mail to everybody at once or not, and returns the newest mail.
func (d *demo) told(circumstance, address string, times int) mailbox.Message {
	d.t.Helper()
	var last mailbox.Message
	eventually(d.t, circumstance+": "+address+" is told", func() bool {
		count := 0
		for _, m := range d.mails() {
			if slices.Contains(m.To, address) {
				if count == 0 {
					last = m
				}
				count++
			}
		}
		return count == times
	})
	return last
}

var contactsOfAlice = []string{"boss@acme.example", "guard@acme.example", "desk@acme.example", "security@acme.example"}

func TestContactsAreToldWhenTheRepDials(t *testing.T) {
	d := startDemo(t)
	d.behave(`{"manual":true}`)
	supervisor := signIn(t, d.HTTP(), "sam").feed()
	f := signIn(t, d.HTTP(), "alice").feed()
	if code := f.ask(api.Request{Do: api.DoDial, Digits: "911"}); code != "" {
		t.Fatalf("911: refused with %s", code)
	}
	supervisor.shows("alice has dialled: the supervisor is alerted", func(w api.Workspace) bool { return len(w.Alerts) == 1 && !w.Alerts[0].Failed })
	call := d.arrived(1)
	for _, address := range contactsOfAlice {
		m := d.told("alice has dialled and nobody has answered", address, 1)
		if m.From != "alice@acme.example" {
			t.Errorf("a mail about alice, whose mailbox may send, is from %s", m.From)
		}
		for _, word := range []string{"Alice Doe", "911", "1 Main St", "Springfield", "Floor 4", "Room 412", call.CallerID.Number, "on its way"} {
			if !strings.Contains(m.Text, word) {
				t.Errorf("the mail to %s does not say %q:\n%s", address, word, m.Text)
			}
		}
	}
	if state := d.call(call.ID).State; state != psap.Ringing {
		t.Errorf("contacts are told before the answer; the call is %s", state)
	}
	f.ask(api.Request{Do: api.DoEnd})
	f.shows("the call has ended", func(w api.Workspace) bool { return w.Emergency == nil })

	other := signIn(t, d.HTTP(), "bob").feed()
	other.ask(api.Request{Do: api.DoDial, Digits: "112"})
	if m := d.told("bob, who has no mailbox, has dialled", "security@acme.example", 2); m.From != "mayday@acme.example" {
		t.Errorf("a mail about bob, who has no mailbox, is from %s", m.From)
	}
	for _, m := range d.mails() {
		if slices.Contains(m.To, "boss@acme.example") && strings.Contains(m.Text, "Bob Berg") {
			t.Error("alice's contact is told about bob")
		}
	}
}

func TestMailOfACallThatFailedSaysSo(t *testing.T) {
	d := startDemo(t)
	d.behave(`{"reject":503}`)
	supervisor := signIn(t, d.HTTP(), "sam").feed()
	f := signIn(t, d.HTTP(), "alice").feed()
	f.ask(api.Request{Do: api.DoDial, Digits: "911"})
	f.shows("every trunk refuses", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallFailed })
	supervisor.shows("every trunk refuses: the supervisor is alerted", func(w api.Workspace) bool {
		return slices.ContainsFunc(w.Alerts, func(a api.Alert) bool { return a.Failed })
	})
	for _, address := range contactsOfAlice {
		eventually(t, "every trunk refuses: "+address+" is told so", func() bool {
			return slices.ContainsFunc(d.mails(), func(m mailbox.Message) bool {
				return slices.Contains(m.To, address) && strings.Contains(m.Subject, "NOT connected") && strings.Contains(m.Text, "did NOT get through")
			})
		})
	}
}

func TestMailServerThatHangsChangesNothingAboutTheCall(t *testing.T) {
	d := startDemo(t)
	d.behave(`{"answer_after_ms":0}`)
	if err := d.Mailbox.Behave(mailbox.Behaviour{HangAfterData: true}); err != nil {
		t.Fatal(err)
	}
	f := signIn(t, d.HTTP(), "alice").feed()
	f.ask(api.Request{Do: api.DoDial, Digits: "911"})
	f.shows("the mail server hangs: the call is connected", func(w api.Workspace) bool {
		return w.Emergency != nil && w.Emergency.State == api.CallConnected
	})
	call := d.arrived(1)
	eventually(t, "the mail server hangs", func() bool { return d.Mailbox.Misbehaved() > 0 })
	f.ask(api.Request{Do: api.DoEnd})
	d.becomes(call.ID, psap.Over)
	back := d.callBack(call.CallerID.Number, true)
	f.shows("the mail server hangs: the call back rings", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.Incoming })
	d.becomes(back.ID, psap.Ringing)
	if err := d.Mailbox.Behave(mailbox.Behaviour{}); err != nil {
		t.Fatal(err)
	}
	for _, address := range contactsOfAlice {
		d.told("the mail server has got over it", address, 1)
	}
}

// TestTestCallTellsNobodyUnlessARuleNamesIt: neither a person who dials 933 nor a drill tells anybody of those who are told of every
// emergency call. A rule that names 933 tells those of its own, and the mail says that it is a test.
func TestTestCallTellsNobodyUnlessARuleNamesIt(t *testing.T) {
	pager := newPager(t)
	pager.takes.Store(true)
	d := startDemo(t)
	ada, supervisor, f := signIn(t, d.HTTP(), "ada"), signIn(t, d.HTTP(), "sam").feed(), signIn(t, d.HTTP(), "alice").feed()
	ada.asks(http.MethodPut, "/api/v1/channels/pager", `{"id":"pager","kind":"webhook","url":"`+pager.URL+`"}`, http.StatusOK, nil)
	ada.asks(http.MethodPut, "/api/v1/notification_rules/all", `{"id":"all","tiers":[{"emergency_contacts":"leader@acme.example","channels":["pager"]}]}`, http.StatusOK, nil)
	tests := func(circumstance string) {
		t.Helper()
		if code := f.ask(api.Request{Do: api.DoDial, Digits: "933"}); code != "" {
			t.Fatalf("%s: 933: refused with %s", circumstance, code)
		}
		f.shows(circumstance+": 933 is connected", func(w api.Workspace) bool { return w.Call != nil && w.Call.State == api.CallConnected })
		f.ask(api.Request{Do: api.DoEnd})
		f.shows(circumstance+": 933 has ended", func(w api.Workspace) bool { return w.Call == nil })
	}
	tests("no rule names 933")
	if said := ada.send(http.MethodPost, "/api/v1/drills", `{"trunk":"provider","site":"hq"}`); !strings.Contains(said, `"passed":true`) {
		t.Fatalf("a drill by the provider: %s", said)
	}

	ada.asks(http.MethodPut, "/api/v1/notification_rules/tests", `{"id":"tests","numbers":["933"],"tiers":[{"emergency_contacts":"tester@acme.example"}]}`, http.StatusOK, nil)
	tests("a rule names 933")
	if m := d.told("a rule names 933", "tester@acme.example", 1); !strings.Contains(strings.ToUpper(m.Subject), "TEST") {
		t.Errorf("the mail about a test has the subject %q", m.Subject)
	}
	if told, shown := len(d.mails()), supervisor.shown().Alerts; told != 1 || pager.told() != 0 || len(shown) != 0 {
		t.Errorf("two tests and a drill: %d mails, the pager was told %d times, %d alerts are shown", told, pager.told(), len(shown))
	}

	f.ask(api.Request{Do: api.DoDial, Digits: "911"})
	for _, address := range append([]string{"leader@acme.example"}, contactsOfAlice...) {
		d.told("a real call", address, 1)
	}
	eventually(t, "a real call: the pager is told", func() bool { return pager.told() == 1 })
	supervisor.shows("a real call: the supervisor is alerted", func(w api.Workspace) bool { return len(w.Alerts) == 1 })
	d.told("a real call", "tester@acme.example", 1)
}
