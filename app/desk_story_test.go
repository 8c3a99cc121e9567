package app_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mayday/psap"
)

// tellDesk: somebody at the security desk joins from the alert by keyboard, is heard by nobody, speaks, is silent again and leaves; the
// rep sees each of it, and both go on all the while. They acknowledge the alert and join once more. They listen when the call ends: so does
// their part.
func tellDesk(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	ada := signIn(t, d.HTTP(), "ada")
	ada.asks(http.MethodPatch, "/api/v1/reps/bob", `{"site":"hq","roles":["rep","desk"]}`, http.StatusOK, nil)
	ada.asks(http.MethodPatch, "/api/v1/sites/hq", `{"desk_joins":"speak","emergency_desk":""}`, http.StatusOK, nil)
	bob := c.works(t, d, "bob")
	help := d.dials(x)

	bob.shows("button", "Listen in")
	bob.focus("button", "Listen in")
	bob.keys(kb.Enter)
	bob.shows("heading", "You are listening to the emergency call of Alice Doe at Headquarters")
	bob.isFocused("heading", "You are listening to the emergency call of Alice Doe at Headquarters")
	bob.says("Nobody hears you.")
	bob.lacks("button", "Listen in")
	x.says("The security desk is listening.")
	bob.looks("listening")
	d.hears("the desk listens", help.ID)
	x.hears("the desk listens")
	bob.hears("the desk listens")

	bob.keys(kb.Tab + kb.Enter)
	bob.says("Both hear you.")
	x.says("The security desk is listening and can speak.")
	bob.focus("button", "Mute")
	bob.keys(kb.Enter)
	bob.says("Nobody hears you.")
	x.says("The security desk is listening.")
	bob.focus("button", "Leave")
	bob.keys(kb.Enter)
	bob.shows("button", "Listen in")
	d.hears("the desk has left", help.ID)
	x.hears("the desk has left")
	bob.isSilent("the desk has left")

	bob.press("button", "Acknowledge")
	bob.shows("region", "Emergency calls that go on")
	bob.lacks("region", "Emergency calls of others")
	bob.says("Alice Doe at Headquarters is talking with emergency services (911).")
	bob.looks("ongoing")
	bob.narrow("an emergency call that goes on")
	bob.press("button", "Listen in")
	bob.says("Nobody hears you.")
	bob.lacks("region", "Emergency calls that go on")
	x.press("button", "End call")
	d.becomes(help.ID, psap.Over)
	bob.lacks("region", "The emergency call to which you listen")
	bob.lacks("region", "Emergency calls that go on")
}
