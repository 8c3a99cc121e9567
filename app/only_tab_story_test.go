package app_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"mayday/psap"
)

// tellOnlyTab: the only tab of the rep is reloaded, and closed and opened again, in each state from the ring of the call back on. Nothing
// else of the rep's could carry the sound meanwhile.
func tellOnlyTab(t *testing.T, c *chromium) {
	d := startDemo(t)
	p := c.profile(t, d.HTTP(), granted)
	p.script = noteSteps
	x := p.open()
	x.signIn("alice")
	help := d.dials(x)
	x.press("button", "End call")
	x.windowIsOpen()
	d.behave(`{"manual":true}`) // on a slow machine the chain reaches the mobile phone, which must not take the call

	back := d.callBack(help.CallerID.Number, true)
	x.rings()
	x.reload()
	x.rings()
	x.keys(kb.Enter)
	d.becomes(back.ID, psap.Connected)
	d.hears("call back answered after a reload", back.ID)
	x.hears("call back answered after a reload")

	x.attachesInTime(d, back.ID)
	x.shows("heading", "Connected")
	x.isOnlyEmergency("the only tab was reloaded during the call back")
	x.close()
	d.hearsTone("the only tab was closed during the call back", back.ID)
	x = p.open()
	d.hears("opened again during the call back", back.ID)
	x.hears("opened again during the call back")
	x.isOnlyEmergency("opened again during the call back")
	x.press("button", "End call")
	d.becomes(back.ID, psap.Over)
	x.windowIsOpen()

	missed := d.callBack(help.CallerID.Number, false)
	x.rings()
	d.hangUp(missed.ID)
	x.says("Emergency services called and nobody answered.")
	x.reload()
	x.says("Emergency services called and nobody answered.")
	x.windowIsOpen()
}

// tellWindowOver: when the window ends the banner and the bar of a missed call back go in every tab, a reload brings neither back, and the
// number rings no more.
func tellWindowOver(t *testing.T, c *chromium) {
	s := lay(t, t.TempDir(), nil)
	s.settings.Emergency.Lease = 20 * time.Second
	s.start()
	p := c.profile(t, s.node.HTTP(), granted)
	first := p.open()
	first.signIn("alice")
	second := p.open()
	second.shows("button", "Call")
	first.choose("Lunch", "L")
	first.dial("911")
	first.shows("heading", "Connected")
	first.press("button", "End call")
	first.windowIsOpen()
	first.says("call you back")
	number := callsAt(t, s.provider)[0].CallerID.Number
	back := strangerCalls(t, s.node.SIP(), number, "", "anonymous")
	back.hears("called back inside the window", "SIP/2.0 180")
	first.rings()
	second.rings()
	back.send("CANCEL", 1, "")
	first.says("Emergency services called and nobody answered.")

	for _, x := range []*tab{first, second} {
		x.eventually("the window is over", func(tr tree) bool {
			return !tr.says("call you back") && !tr.says("nobody answered") && tr.has("button", "Call")
		})
	}
	for _, x := range []*tab{first, second} {
		x.reload()
		x.presence("Lunch")
		if tr := x.tree(); tr.says("call you back") || tr.says("nobody answered") {
			t.Errorf("reloaded when the window is over: the page speaks of it\n%s", tr)
		}
	}
	strangerCalls(t, s.node.SIP(), number, "", "anonymous").hears("called when the window is over", "SIP/2.0 480")
	if tr := first.tree(); tr.has("alertdialog", callingBack) {
		t.Error("called when the window is over: it rings")
	}
}
