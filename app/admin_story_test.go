package app_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mayday/web/api"
)

// tellAdministrator: an administrator changes the center by keyboard alone. What is refused is named and stays typed; what was saved is in
// the center and in the audit.
func tellAdministrator(t *testing.T, c *chromium) {
	d := startDemo(t)
	ada := signIn(t, d.HTTP(), "ada")
	x := c.administrates(t, d, "/admin/users/alice", "Alice Doe")
	x.focus("tab", "General")
	x.keys(kb.ArrowRight)
	x.focus("textbox", "Emergency call notifications")
	x.keys("; guard@")
	x.press("button", "Save")
	x.says("Nothing was saved. Mend what is marked and save again.")
	x.says(`"guard@" is no mail address`)
	x.isFocused("textbox", "Emergency call notifications")
	x.looks("admin-user-refused")
	x.keys(kb.End + "acme.example")
	x.press("button", "Save")
	x.says("Saved.")

	x.press("link", "Sites and places")
	x.isFocused("heading", "Sites and places")
	x.makesSite()
	x.press("link", "Users")
	x.makesUser(ada)

	x.press("link", "Voice routes")
	x.focus("combobox", "Username of who dials")
	x.keys("bob")
	x.press("button", "Show the way")
	x.says("An emergency call. 112 is sent.")
	x.says("Søndergade 12")
	x.looks("admin-tracer")
	ada.asks(http.MethodPut, "/api/v1/voice_routes/either", `{"id":"either","order":1,"pattern":"^112$","trunks":["carrier","provider"],"choose":"random"}`, http.StatusOK, nil)
	x.press("button", "Show the way")
	x.says("At random, anew for each call:")
	x.says("carrier or provider (at random, anew for each call)")
	x.obeysAxe("a way on which chance decides")

	x.press("link", "Notification template")
	x.focus("textbox", "Subject")
	x.keys(kb.End + " {{sitte}}")
	x.says("Subject, line 1, column 38: no insert field {{sitte}}; did you mean {{site}}?")
	x.looks("admin-template")
	x.press("button", "Discard changes")

	x.press("link", "Audit")
	x.says("Added site oslo")
	x.says("Added rep carl")
	x.says("Changed rep alice")
	x.obeysAxe("the audit list")

	var site api.Part[api.Site]
	ada.get("/api/v1/sites/oslo", &site)
	var alice api.Part[api.Rep]
	ada.get("/api/v1/reps/alice", &alice)
	if site.Part.Country != "NO" || site.Part.Civic.Room != "7" || alice.Part.EmergencyContacts != "boss@acme.example; guard@acme.example; guard@acme.example" {
		t.Errorf("saved: %+v, %+v", site.Part, alice.Part)
	}

	y := c.profile(t, d.HTTP(), granted).visit("/admin")
	y.enters("alice")
	y.says("Only an administrator may use the admin center.")
}

func (x *tab) makesSite() {
	x.t.Helper()
	x.press("button", "Add a site")
	x.isFocused("heading", "New site")
	x.focus("textbox", "Name in the center file")
	x.keys("oslo" + kb.Tab + "Oslo" + kb.Tab + "uk")
	x.press("button", "Save")
	x.says(refusal)
	x.says(`"UK" is no country code (ISO 3166-1); did you mean "GB"?`)
	x.isFocused("textbox", "Country")
	x.obeysAxe("a site that is refused")
	x.types("no")
	x.press("button", "Save")
	x.says("Saved.")
	x.shows("heading", "Oslo")
	x.focus("textbox", "Room")
	x.keys("7")
	x.press("button", "Save")
	x.says("Saved.")
}

func (x *tab) makesUser(ada *client) {
	x.t.Helper()
	x.isFocused("heading", "Users")
	x.press("button", "Add a user")
	x.isFocused("heading", "New user")
	x.focus("textbox", "Username")
	x.keys("carl" + kb.Tab + "Carl Cox" + kb.Tab + "carl")
	x.press("button", "Save")
	x.says(refusal)
	x.isFocused("textbox", "Mail address")
	x.types("carl@acme.example")
	x.focus("combobox", "Site")
	x.keys("Oslo")
	x.press("button", "Save")
	x.says("Saved.")
	x.shows("heading", "Carl Cox")
	if got := ada.rep("carl"); got.Name != "Carl Cox" || got.Email != "carl@acme.example" || got.Site != "oslo" {
		x.t.Errorf("the user as it was typed: %+v", got)
	}
}
