package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"mayday/psap"
	"mayday/web/api"
)

const inProgress = "An emergency call is in progress"

// alice signs alice in at a fresh demo.
func (c *chromium) alice(t *testing.T) (*demo, *profile, *tab) {
	t.Helper()
	d := startDemo(t)
	p := c.profile(t, d.HTTP(), granted)
	x := p.open()
	x.signIn("alice")
	return d, p, x
}

// isOnlyEmergency checks that the page is about the emergency call alone.
func (x *tab) isOnlyEmergency(circumstance string) {
	x.t.Helper()
	x.shows("alert", inProgress)
	x.onlyOperable(x.t, circumstance, "button Device settings", "button End call")
}

func tellEmergencyCall(t *testing.T, c *chromium) {
	d := startDemo(t)
	p := c.profile(t, d.HTTP(), granted)
	x := p.open()
	x.shows("heading", "Sign in to Mayday")
	x.looks("sign-in")
	x.signIn("alice")
	x.looks("workspace")
	x.choose("Lunch", "L")
	watching := signIn(t, d.HTTP(), "alice").feed()

	d.behave(`{"manual":true,"provisionals":[]}`)
	x.focus("textbox", "Number")
	x.keys("911")
	x.shows("button", "Call emergency services (911)")
	x.says("Acme Headquarters")
	x.looks("emergency-number")
	x.keys(kb.Enter)
	x.shows("heading", "Connecting")
	x.isOnlyEmergency("placing")
	watching.isLocked("placing")
	x.looks("placing")
	x.reload()
	x.shows("heading", "Connecting")
	x.isOnlyEmergency("reloaded while placing")

	first := d.arrived(1)
	checkBrought(t, first)
	d.answer(first.ID)
	x.shows("heading", "Connected")
	x.isOnlyEmergency("connected")
	d.hears("connected", first.ID)
	x.hears("connected")
	checkPrompt(t, d.call(first.ID))
	x.says("They can call you back on")
	x.looks("connected")
	x.openDevices()
	watching.isLocked("connected")
	p.console(first)

	x.press("button", "End call")
	d.becomes(first.ID, psap.Over)
	x.presence("Lunch")
	x.windowIsOpen()
	x.looks("window")

	x.choose("Offline", "Off")
	d.behave(`{"manual":true}`)
	x.dial("9-1-1")
	x.shows("heading", "Ringing")
	x.isOnlyEmergency("ringing, from Offline")
	watching.isLocked("ringing, from Offline")
	x.looks("ringing")
	x.reload()
	x.shows("heading", "Ringing")
	x.isOnlyEmergency("reloaded while ringing")
	second := d.arrived(2)
	if second.CallerID.Number != first.CallerID.Number {
		t.Errorf("a second call in the window: caller id %s, the first had %s", second.CallerID.Number, first.CallerID.Number)
	}
	d.answer(second.ID)
	x.hears("the second call")
	d.hears("the second call", second.ID)
	d.hangUp(second.ID)
	x.presence("Offline")
	x.windowIsOpen()
	x.says("No calls yet.")
	x.reload()
	x.says("No calls yet.")
	x.presence("Offline")
	if rows := signIn(t, d.HTTP(), "alice").send(http.MethodGet, "/api/v1/history", ""); rows != `{"rows":[]}` {
		t.Errorf("after two emergency calls: the history is %s", rows)
	}
}

// checkPrompt checks that the first words were not lost: on a machine of its own it is a few milliseconds.
func checkPrompt(t *testing.T, c psap.Call) {
	t.Helper()
	if c.FirstSound == nil || c.Times.Answered == nil {
		t.Fatalf("a call that is heard: no first sound, or not answered: %+v", c.Times)
	}
	took := c.FirstSound.Sub(*c.Times.Answered)
	if took > time.Second {
		t.Errorf("the far end hears the rep %v after it has answered", took)
	}
	t.Logf("the far end heard the rep %v after it had answered", took)
}

// checkBrought checks what the far end of alice's call was told.
func checkBrought(t *testing.T, c psap.Call) {
	t.Helper()
	pool := []string{"+12175550101", "+12175550102", "+12175550103"}
	if c.Kind != psap.Emergency || c.Dialled != "911" {
		t.Errorf("911 at headquarters: a %s call to %q", c.Kind, c.Dialled)
	}
	if !slices.Contains(pool, c.CallerID.Number) || !strings.Contains(c.CallerID.Asserted, c.CallerID.Number) || c.CallerID.Withheld {
		t.Errorf("caller id %+v, want a number of the pool %q, asserted", c.CallerID, pool)
	}
	if len(c.Faults) > 0 {
		t.Errorf("the far end cannot read all that the call brought: %q", c.Faults)
	}
	var civic, geodetic bool
	for _, place := range c.Places {
		civic = civic || slices.ContainsFunc(place.Lines, func(line string) bool { return strings.Contains(line, "Springfield") })
		geodetic = geodetic || place.Position != nil && near(place.Position.Latitude*1000, 39801.2)
	}
	if !civic || !geodetic {
		t.Errorf("the call brought the places %+v, want the civic one of headquarters and the browser's position", c.Places)
	}
}

// isLocked checks that the emergency call holds the rep's presence.
func (f *feed) isLocked(circumstance string) {
	f.t.Helper()
	f.shows(circumstance+": presence is do not disturb", func(w api.Workspace) bool {
		return w.Presence.Current == "do_not_disturb" && w.Presence.Locked
	})
	if code := f.ask(api.Request{Do: api.DoPresence, Presence: "available"}); code != "EMERGENCY_LOCKED" {
		f.t.Errorf("%s: another presence was answered with %q", circumstance, code)
	}
}

// console looks at the call as a call taker does.
func (p *profile) console(call psap.Call) {
	p.t.Helper()
	x := p.visit("/psap")
	defer x.close()
	x.says("1 Main St")
	x.says(call.CallerID.Number)
	x.looks("call-taker")
}

// openDevices opens the device settings during a call and puts them away.
func (x *tab) openDevices() {
	x.t.Helper()
	x.press("button", "Device settings")
	x.shows("heading", "Device settings")
	x.shows("combobox", "Microphone")
	x.shows("combobox", "Speaker")
	x.shows("alert", inProgress)
	x.looks("device-settings")
	x.keys(kb.Escape)
	x.lacks("heading", "Device settings")
	x.isOnlyEmergency("device settings closed")
}

// windowIsOpen waits for the sentence that the emergency service can call back.
func (x *tab) windowIsOpen() {
	x.t.Helper()
	x.eventually("the banner of the window stands", func(tr tree) bool {
		return slices.ContainsFunc(tr, func(e element) bool {
			return e.role == "status" && strings.HasPrefix(e.name, "Emergency services can call you back on +1") && strings.Contains(e.name, " until ")
		})
	})
	x.lacks("alert", inProgress)
	x.shows("textbox", "Number")
}
