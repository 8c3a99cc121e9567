package app_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"mayday/web/api"
)

// tellWhoIsTold: who else is told of emergency calls, and by which channels, is said by keyboard alone. Each mistake stands at its field, of the
// tier it is in; what a rule needs is not removed; a secret is written and never shown.
func tellWhoIsTold(t *testing.T, c *chromium) {
	d := startDemo(t)
	ada := signIn(t, d.HTTP(), "ada")
	x := c.administrates(t, d, "/admin/channels", "Channels")
	x.makesChannel(ada)
	x.press("link", "Notification rules")
	x.makesRule(ada)

	x.press("link", "Channels")
	x.isFocused("heading", "Channels")
	x.press("link", "pager")
	x.isFocused("heading", "pager")
	x.removes("pager", "It was not removed, because something else needs it. Change that first.")
	x.says("notification_rules[0].tiers[0].channels")
	x.obeysAxe("a channel that a rule needs")
	x.press("link", "Notification rules")
	x.press("link", "night")
	x.isFocused("heading", "night")
	x.removes("night", "Nothing was found.")
	ada.asks(http.MethodGet, "/api/v1/notification_rules/night", "", http.StatusNotFound, nil)
	x.press("link", "Channels")
	x.press("link", "pager")
	x.isFocused("heading", "pager")
	x.removes("pager", "Nothing was found.")
	ada.asks(http.MethodGet, "/api/v1/channels/pager", "", http.StatusNotFound, nil)
}

func (x *tab) makesChannel(ada *client) {
	x.t.Helper()
	x.says("Nothing was found.")
	x.press("button", "Add a channel")
	x.isFocused("heading", "New channel")
	x.focus("textbox", "Name in the center file")
	x.keys("pager" + kb.Tab)
	x.isFocused("combobox", "Kind")
	x.keys("Gateway" + kb.Tab + "pager.example/send" + kb.Tab)
	x.isFocused("textbox", "Secret")
	x.keys("correct horse")
	x.press("button", "Save")
	x.says(refusal)
	x.says("is no address on the web")
	x.says("give the telephone numbers that get the text message")
	x.isFocused("textbox", "Address")
	x.looks("admin-channel-refused")
	x.narrow("a channel that is refused")
	ada.asks(http.MethodGet, "/api/v1/channels/pager", "", http.StatusNotFound, nil)
	x.types("https://pager.example/send")
	x.focus("textbox", "Telephone numbers")
	x.keys("+12175550188; 5550189")
	x.press("button", "Save")
	x.says(`"5550189" is no full telephone number`)
	x.isFocused("textbox", "Telephone numbers")
	x.types("+12175550188; +12175550189")
	x.press("button", "Save")
	x.says("Saved.")
	x.shows("heading", "pager")
	x.focus("textbox", "Secret")
	if kept := x.tree().focused().value; kept != "" {
		x.t.Errorf("the secret of a channel that was saved: the page shows %q", kept)
	}
	x.press("link", "All channels")
	x.says("Gateway for text messages")
	var pager api.Part[api.Channel]
	ada.get("/api/v1/channels/pager", &pager)
	want := api.Channel{ID: "pager", Kind: "sms", URL: "https://pager.example/send", To: "+12175550188; +12175550189"}
	if pager.Part != want {
		x.t.Errorf("the channel as it was typed: %+v", pager.Part)
	}
}

func (x *tab) makesRule(ada *client) {
	x.t.Helper()
	x.isFocused("heading", "Notification rules")
	x.press("button", "Add a notification rule")
	x.isFocused("heading", "New notification rule")
	x.focus("textbox", "Name in the center file")
	x.keys("night")
	x.tick("Aarhus")
	x.focus("textbox", "Numbers as they are sent")
	x.keys("112" + kb.Enter + "one")
	x.tick("pager")
	x.press("button", "Add a tier")
	x.isFocused("group", "Tier 2")
	x.focus("textbox", "Emergency contacts")
	x.keys("leader@")
	x.press("button", "Save")
	x.says(refusal)
	x.says(`"one" is no emergency number`)
	x.says("0 is not later than the tier before")
	x.says(`"leader@" is no mail address`)
	x.isFocused("textbox", "Numbers as they are sent")
	ada.asks(http.MethodGet, "/api/v1/notification_rules/night", "", http.StatusNotFound, nil)
	x.keys(kb.End + kb.Backspace + kb.Backspace + kb.Backspace + kb.Backspace)
	x.press("button", "Save")
	x.isFocused("textbox", "Seconds after dialling")
	x.looks("admin-rule-refused")
	x.narrow("a notification rule that is refused")
	x.keys("120" + kb.Tab)
	x.types("leader@acme.example")
	x.press("button", "Save")
	x.says("Saved.")
	x.press("button", "Add a tier")
	x.isFocused("group", "Tier 3")
	x.press("button", "Save")
	x.says("tells nobody: give emergency_contacts or channels")
	x.isFocused("group", "Tier 3")
	x.press("button", "Take out Tier 3")
	x.isFocused("button", "Add a tier")
	x.press("button", "Save")
	x.says("Saved.")
	x.press("link", "All notification rules")
	x.says("at once, after 120 s")
	x.looks("admin-rules")
	var night api.Part[api.NotificationRule]
	ada.get("/api/v1/notification_rules/night", &night)
	want := api.NotificationRule{ID: "night", Sites: []string{"aarhus"}, Numbers: []string{"112"}, Tiers: []api.Tier{
		{Channels: []string{"pager"}}, {AfterS: 120, EmergencyContacts: "leader@acme.example"},
	}}
	if diff := cmp.Diff(want, night.Part); diff != "" {
		x.t.Errorf("the notification rule as it was typed (-want +got):\n%s", diff)
	}
}
