package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mayday/psap"
)

const callingBack = "Emergency services are calling back"

func tellCallBack(t *testing.T, c *chromium) {
	d, p, x := c.alice(t)
	x.choose("Offline", "Off")
	help := d.dials(x)
	x.press("button", "End call")
	x.windowIsOpen()
	x.reload()
	x.windowIsOpen()
	second := p.open()
	second.shows("button", "Call")
	number := help.CallerID.Number
	d.behave(`{"manual":true}`) // on a slow machine the chain reaches the mobile phone, which must not take the call

	for _, withheld := range []bool{false, true} {
		back := d.callBack(number, withheld)
		x.rings()
		second.rings()
		d.becomes(back.ID, psap.Ringing)
		x.looks("call-back")
		x.keys(kb.Escape + kb.Escape)
		x.rings()
		x.reload()
		x.rings()
		x.keys(kb.Enter)
		d.becomes(back.ID, psap.Connected)
		x.shows("heading", "Connected")
		x.isOnlyEmergency("call back answered")
		second.lacks("alertdialog", callingBack)
		second.isOnlyEmergency("call back answered in the other tab")
		d.hears("call back answered", back.ID)
		x.hears("call back answered")
		x.reload()
		second.hears("reloaded during the call back: the other tab")
		d.hears("reloaded during the call back", back.ID)
		x.isOnlyEmergency("reloaded during the call back")
		x.press("button", "End call")
		d.becomes(back.ID, psap.Over)
		x.presence("Offline")
		x.windowIsOpen()
		second.windowIsOpen()
	}

	back := d.callBack(number, true)
	x.rings()
	d.hangUp(back.ID)
	x.lacks("alertdialog", callingBack)
	second.lacks("alertdialog", callingBack)
	x.says("Emergency services called and nobody answered.")
	x.presence("Offline")
	x.looks("missed")
	x.reload()
	x.says("Emergency services called and nobody answered.")
	d.behave(`{"answer_after_ms":0}`)
	before := len(d.calls())
	x.press("button", "Call 911")
	again := d.arrived(before + 1)
	if again.Dialled != "911" || again.CallerID.Number != number {
		t.Errorf("called again after a missed call back: to %q as %q, want 911 as %q", again.Dialled, again.CallerID.Number, number)
	}
	d.hears("called again", again.ID)
	x.hears("called again")
	d.hangUp(again.ID)
	x.windowIsOpen()
	x.says("No calls yet.")
}

// rings waits until the tab shows the call back and nothing else.
func (x *tab) rings() {
	x.t.Helper()
	x.shows("alertdialog", callingBack)
	x.isFocused("button", "Answer")
	x.onlyOperable(x.t, "a call back rings", "button Answer")
	x.eventually("the ring is let out, as soon as the microphone is there", func(tr tree) bool { return !tr.says("The browser keeps this page silent.") })
}

// tellCallBackDuringACall: the call back is answered in the middle of an ordinary call, which waits and is offered again.
func tellCallBackDuringACall(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	help := d.dials(x)
	x.press("button", "End call")
	x.windowIsOpen()
	x.dial("+12175550155")
	talk := d.becomes(d.arrived(2).ID, psap.Connected)
	d.hears("an ordinary call", talk.ID)
	back := d.callBack(help.CallerID.Number, true)
	x.rings()
	d.hears("the call back only rings: the ordinary call", talk.ID)
	x.keys(kb.Enter)
	d.becomes(back.ID, psap.Connected)
	x.isOnlyEmergency("call back answered during an ordinary call")
	d.hears("call back answered during an ordinary call", back.ID)
	x.hears("call back answered during an ordinary call")
	d.isSilent("call back answered: the ordinary call", talk.ID)
	d.hangUp(back.ID)
	x.says("On hold")
	x.press("button", "Take back the call")
	d.hears("taken back after the call back", talk.ID)
	x.hearsParty("taken back after the call back")
	x.press("button", "End")
	d.becomes(talk.ID, psap.Over)
}

func tellOrdinaryCall(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	d.behave(`{"answer_after_ms":0}`)
	const number, shown = "+12175550155", "+1 217 555 0155"
	x.dial(number)
	talk := d.becomes(d.arrived(1).ID, psap.Connected)
	if talk.Kind != psap.Ordinary || talk.Dialled != number || talk.CallerID.Number != "+12175550100" || len(talk.Places) != 0 {
		t.Errorf("an ordinary call: kind %s to %q from %q with %d places", talk.Kind, talk.Dialled, talk.CallerID.Number, len(talk.Places))
	}
	if via := talk.Headers[slices.IndexFunc(talk.Headers, func(h psap.HeaderLine) bool { return h.Name == "Via" })]; !strings.HasPrefix(via.Value, "SIP/2.0/TCP") {
		t.Errorf("an ordinary call takes the carrier's trunk, over TCP; it came by %s", via.Value)
	}
	x.shows("heading", "Call with "+shown)
	x.says("Connected")
	d.hears("an ordinary call", talk.ID)
	x.hearsParty("an ordinary call")
	x.lacks("alert", inProgress)
	x.presence("Available")

	x.toggles("Mute", true)
	d.isSilent("muted", talk.ID)
	x.toggles("Mute", false)
	d.hears("no longer muted", talk.ID)
	x.toggles("Hold", true)
	d.isSilent("on hold", talk.ID)
	x.isSilent("on hold")
	x.toggles("Hold", false)
	d.hears("taken back", talk.ID)
	x.hearsParty("taken back")
	x.press("button", "Keypad")
	x.focus("button", "1")
	x.keys("5#2")
	eventually(t, "the keys arrive", func() bool { return d.call(talk.ID).Digits == "5#2" })
	x.looks("ordinary-call")

	x.dial("911")
	help := d.arrived(2)
	if help.Kind != psap.Emergency {
		t.Errorf("911 during an ordinary call: a %s call", help.Kind)
	}
	d.hears("911 during an ordinary call", help.ID)
	d.isSilent("911 during an ordinary call: the other one", talk.ID)
	x.isOnlyEmergency("911 during an ordinary call")
	x.press("button", "End call")
	d.becomes(help.ID, psap.Over)
	x.shows("heading", "Call with "+shown)
	x.says("On hold")
	if state := d.call(talk.ID).State; state != psap.Connected {
		t.Errorf("after the emergency call: the ordinary one is %s at the far end", state)
	}
	x.looks("ordinary-call-held")
	x.toggles("Hold", false)
	d.hears("taken back after the emergency call", talk.ID)
	x.hearsParty("taken back after the emergency call")
	x.press("button", "End")
	d.becomes(talk.ID, psap.Over)
	x.shows("button", "Call "+shown)
	if rows := slices.DeleteFunc(x.tree(), func(e element) bool { return e.role != "listitem" }); len(rows) != 1 {
		t.Errorf("after one ordinary and one emergency call: %d recent calls", len(rows))
	}
	x.looks("recent-calls")
}

// toggles presses a button that stays in or comes out.
func (x *tab) toggles(name string, in bool) {
	x.t.Helper()
	x.press("button", name)
	x.eventually(name+" is pressed or not", func(tr tree) bool {
		button, ok := tr.find("button", name)
		return ok && button.pressed == in
	})
}
