package app_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mayday/psap"
)

// dials places an emergency call that is answered at once and waits until both ends hear each other.
func (d *demo) dials(x *tab) psap.Call {
	d.t.Helper()
	d.behave(`{"answer_after_ms":0}`)
	count := len(d.calls())
	x.dial("911")
	call := d.arrived(count + 1)
	d.hears("dialled", call.ID)
	x.hears("dialled")
	return call
}

func tellReload(t *testing.T, c *chromium) {
	d := startDemo(t)
	p := c.profile(t, d.HTTP(), granted)
	p.script = noteSteps
	x := p.open()
	x.signIn("alice")
	help := d.dials(x)
	x.attachesInTime(d, help.ID)
	x.shows("heading", "Connected")
	x.isOnlyEmergency("reloaded")

	second := p.open()
	second.shows("alert", inProgress)
	second.says("Another tab or window of yours carries the sound.")
	second.isOnlyEmergency("a second tab")
	second.looks("another-tab")
	if hz := second.heardHz(); hz != 0 {
		t.Errorf("a second tab while the first carries the sound: it plays %.0f Hz", hz)
	}
	second = second.takesOver("the first tab was closed", d, help.ID, x)
	second.isOnlyEmergency("the second tab carries the sound")
	if calls := d.calls(); len(calls) != 1 || calls[0].State != psap.Connected {
		t.Errorf("after a reload and a closed tab: %d calls at the far end, the newest %s", len(calls), calls[0].State)
	}

	machine := c.profile(t, d.HTTP(), granted).open()
	machine.shows("heading", "Sign in to Mayday")
	machine.keys("alice" + kb.Tab + "mayday" + kb.Enter)
	machine.shows("alert", inProgress)
	machine.says("Another tab or window of yours carries the sound.")
	machine.isOnlyEmergency("signed in at another machine")
	machine = machine.takesOver("the browser was closed", d, help.ID, second)
	machine.press("button", "End call")
	d.becomes(help.ID, psap.Over)
	machine.windowIsOpen()
}

func tellMicrophoneDenied(t *testing.T, c *chromium) {
	d := startDemo(t)
	x := c.profile(t, d.HTTP(), denied).open()
	x.signIn("alice")
	d.behave(`{"answer_after_ms":0}`)
	x.dial("911")
	help := d.becomes(d.arrived(1).ID, psap.Connected)
	x.shows("heading", "Connected")
	x.says("Emergency services cannot hear you")
	x.shows("heading", "Device settings")
	x.hears("the microphone is denied")
	x.looks("unheard")
	x.keys(kb.Escape)
	x.lacks("heading", "Device settings")
	x.isOnlyEmergency("unheard, settings closed")

	x.allow("microphone", granted)
	d.hears("allowed in mid-call", help.ID)
	x.eventually("the warning is gone", func(tr tree) bool { return !tr.says("Emergency services cannot hear you") })
	x.press("button", "End call")
	d.becomes(help.ID, psap.Over)
	x.windowIsOpen()
}

func tellSoundLost(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	help := d.dials(x)
	evaluate[bool](x, "loseSound()")
	x.shows("heading", "Reconnecting. They are still on the line")
	x.isOnlyEmergency("the sound is lost")
	x.looks("reconnecting")
	d.hearsTone("the sound is lost", help.ID)
	if state := d.call(help.ID).State; state != psap.Connected {
		t.Errorf("the sound is lost: the call is %s at the far end", state)
	}
	evaluate[bool](x, "allowSound()")
	x.hears("the sound is back")
	d.hears("the sound is back", help.ID)
	x.shows("heading", "Connected")
	d.hangUp(help.ID)
	x.windowIsOpen()
}

func tellNodeGone(t *testing.T, c *chromium) {
	d := startDemo(t)
	wire, url := layLine(t, d.HTTP())
	x := c.profile(t, url, granted).open()
	x.signIn("alice")

	wire.cut()
	x.says("No connection to the call server. Trying again.")
	x.focus("textbox", "Number")
	x.keys("911" + kb.Enter)
	x.shows("heading", "Not connected. Call 911 from a mobile phone")
	x.shows("link", "Call 911 with this device")
	x.says("The call server cannot be reached.")
	x.says("Springfield")
	x.looks("no-server")
	wire.mend()
	x.says("The call server can be reached again. Nothing was dialled in the meantime.")
	if calls := d.calls(); len(calls) != 0 {
		t.Errorf("dialled without a node: %d calls were placed afterwards", len(calls))
	}
	d.behave(`{"answer_after_ms":0}`)
	x.press("button", "Try again")
	help := d.arrived(1)
	d.hears("tried again", help.ID)
	x.hears("tried again")

	wire.cut()
	x.says("The call server is being reached again.")
	x.isOnlyEmergency("the node is out of reach in mid-call")
	d.hears("the node is out of reach in mid-call", help.ID)
	x.hears("the node is out of reach in mid-call")
	wire.mend()
	x.eventually("the node is back", func(tr tree) bool { return !tr.says("The call server is being reached again.") })
	d.hears("the node is back", help.ID)
	x.hears("the node is back")
	x.press("button", "End call")
	d.becomes(help.ID, psap.Over)
	x.windowIsOpen()
}

func tellEveryRouteFailed(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	x.choose("Lunch", "L")
	watching := signIn(t, d.HTTP(), "alice").feed()
	d.behave(`{"reject":503}`)
	x.dial("911")
	x.shows("heading", "Connecting")
	x.isOnlyEmergency("every route fails")
	x.shows("heading", "Not connected. Call 911 from a mobile phone")
	x.lacks("alert", inProgress)
	x.says("No line to the emergency services could be found.")
	x.says("Springfield")
	if target := evaluate[string](x, "document.querySelector('a').href"); target != "tel:911" || !x.tree().has("link", "Call 911 with this device") {
		t.Errorf("every route failed: the link leads to %q", target)
	}
	x.onlyOperable(t, "every route failed", "button Close", "button Device settings", "button Try again", "link Call 911 with this device")
	x.looks("not-connected")
	x.reload()
	x.shows("heading", "Not connected. Call 911 from a mobile phone")
	if presence := watching.shown().Presence; presence.Current != "lunch" || presence.Locked {
		t.Errorf("every route failed: presence is %q, locked %v, want lunch again", presence.Current, presence.Locked)
	}
	for _, call := range d.calls() {
		if !strings.Contains(call.StartLine, "911") && !strings.Contains(call.StartLine, "urn:service:sos") { // an NG trunk is asked for the service
			t.Errorf("every route failed: one was asked for %s", call.StartLine)
		}
	}

	d.behave(`{"answer_after_ms":0}`)
	tried := len(d.calls())
	x.press("button", "Try again")
	help := d.arrived(tried + 1)
	d.hears("tried again", help.ID)
	x.hears("tried again")
	x.isOnlyEmergency("tried again")
	d.hangUp(help.ID)
	x.presence("Lunch")
	x.windowIsOpen()
}
