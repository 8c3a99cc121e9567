package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mayday/web/api"
)

// refusal is what every form says when nothing of it was taken.
const refusal = "Nothing was saved. Mend what is marked and save again."

// tellCalls: numbers, trunks and voice routes are made and changed by keyboard alone. What is refused is named beside its field, which has the
// focus, and nothing of it is saved.
func tellCalls(t *testing.T, c *chromium) {
	d := startDemo(t)
	ada := signIn(t, d.HTTP(), "ada")
	x := c.administrates(t, d, "/admin/trunks", "Trunks")
	x.makesTrunk(ada)
	x.press("link", "Numbers")
	x.makesNumber(ada)
	x.press("link", "Voice routes")
	x.makesRoute(ada)
}

func (x *tab) makesTrunk(ada *client) {
	x.t.Helper()
	x.press("button", "Add a trunk")
	x.isFocused("heading", "New trunk")
	x.focus("textbox", "Name in the center file")
	x.keys("nordic" + kb.Tab)
	x.isFocused("combobox", "Kind")
	x.keys("Direct r" + kb.Tab + "http://sbc.example")
	x.press("button", "Save")
	x.says(refusal)
	x.isFocused("textbox", "Address")
	x.looks("admin-trunk-refused")
	x.narrow("a trunk that is refused")
	ada.asks(http.MethodGet, "/api/v1/trunks/nordic", "", http.StatusNotFound, nil)
	x.types("sip:sbc.example;transport=tls")
	x.press("button", "Save")
	x.says("Saved.")
	x.shows("heading", "nordic")

	x.focus("textbox", "Country it serves")
	x.keys("uk")
	x.press("button", "Save")
	x.says(`"UK" is no country code (ISO 3166-1); did you mean "GB"?`)
	x.isFocused("textbox", "Country it serves")
	x.types("dk")
	x.press("button", "Save")
	x.says("Saved.")
	var nordic api.Part[api.Trunk]
	ada.get("/api/v1/trunks/nordic", &nordic)
	if got := nordic.Part; got.Kind != "direct_routing" || got.URI != "sip:sbc.example;transport=tls" || got.Country != "DK" {
		x.t.Errorf("the trunk as it was typed: %+v", got)
	}
}

func (x *tab) makesNumber(ada *client) {
	x.t.Helper()
	x.isFocused("heading", "Numbers")
	x.looks("admin-numbers")
	x.narrow("the numbers")
	x.press("button", "Add a number")
	x.isFocused("heading", "New number")
	x.focus("textbox", "Number")
	x.keys("89550102")
	x.press("button", "Save")
	x.says(`"89550102" is no full telephone number`)
	x.isFocused("textbox", "Number")
	x.obeysAxe("a number that is refused")
	x.types("+4589550102")
	x.focus("combobox", "Site")
	x.keys("Aarhus")
	x.press("button", "Save")
	x.says("Saved.")
	x.focus("combobox", "Trunk")
	x.keys("carrier")
	x.press("button", "Save")
	x.says("Saved.")
	var list api.Items[api.Number]
	ada.get("/api/v1/numbers?q=89550102", &list)
	want := api.Number{E164: "+4589550102", Kind: "direct_offer", Use: "emergency_callback", Site: "aarhus", Trunk: "carrier"}
	if len(list.Items) != 1 || list.Items[0] != want {
		x.t.Errorf("the number as it was typed: %+v", list.Items)
	}
}

func (x *tab) makesRoute(ada *client) {
	x.t.Helper()
	x.isFocused("heading", "Voice routes")
	x.press("button", "Add a voice route")
	x.isFocused("heading", "New voice route")
	x.focus("textbox", "Name in the center file")
	x.keys("danish" + kb.Tab + "20" + kb.Tab + "^(112")
	x.press("button", "Save")
	x.says(refusal)
	x.says("it is a Go regular expression on the number dialled")
	x.says("missing: name at least one trunk")
	x.isFocused("textbox", "Pattern")
	x.looks("admin-route-refused")
	ada.asks(http.MethodGet, "/api/v1/voice_routes/danish", "", http.StatusNotFound, nil)
	x.types("^112$")
	x.focus("combobox", "Add to Trunks")
	x.keys("nordic")
	x.press("button", "Add nordic")
	x.isFocused("combobox", "Add to Trunks")
	x.keys("provider")
	x.press("button", "Add provider")
	x.press("button", "Move provider up")
	x.press("button", "Save")
	x.says("Saved.")
	x.press("button", "Take out nordic")
	x.isFocused("combobox", "Add to Trunks")
	x.press("button", "Save")
	x.says("Saved.")
	var danish api.Part[api.VoiceRoute]
	ada.get("/api/v1/voice_routes/danish", &danish)
	if got := danish.Part; got.Order != 20 || got.Pattern != "^112$" || !slices.Equal(got.Trunks, []string{"provider"}) {
		x.t.Errorf("the voice route as it was typed: %+v", got)
	}
}

// tellPeople: several users are changed at once, and all of them or none. What something else needs is not removed, and says what needs it;
// what nobody needs is removed when it was asked twice.
func tellPeople(t *testing.T, c *chromium) {
	d := startDemo(t)
	ada := signIn(t, d.HTTP(), "ada")
	before := map[string]string{"alice": ada.rep("alice").EmergencyContacts, "bob": ada.rep("bob").EmergencyContacts}
	x := c.administrates(t, d, "/admin/users", "Users")
	x.tick("Select Alice Doe")
	x.tick("Select Bob Berg")
	x.shows("heading", "Change 2 selected")
	x.focus("textbox", "Emergency call notifications")
	x.keys("guard@")
	x.press("button", "Set for 2")
	x.says("Nothing was saved, for none of them.")
	x.looks("admin-users-bulk")
	x.narrow("a change of two that is refused")
	for id, want := range before {
		if got := ada.rep(id).EmergencyContacts; got != want {
			t.Errorf("%s after a change that was refused: told %q, before it %q", id, got, want)
		}
	}
	x.focus("textbox", "Emergency call notifications")
	x.keys(kb.End + "acme.example")
	x.press("button", "Set for 2")
	x.says("Saved for all of them.")
	for _, id := range []string{"alice", "bob"} {
		if got := ada.rep(id).EmergencyContacts; got != "guard@acme.example" {
			t.Errorf("%s after a change of two: told %q", id, got)
		}
	}

	x.press("link", "Bob Berg")
	x.removes("Bob Berg", "It was not removed, because something else needs it. Change that first.")
	x.obeysAxe("a user whom a queue needs")
	ada.rep("bob")
	x.press("link", "All users")
	x.press("link", "Sam Park")
	x.isFocused("heading", "Sam Park")
	x.press("button", "Remove Sam Park")
	x.isFocused("button", "Keep it")
	x.keys(kb.Enter)
	x.shows("button", "Remove Sam Park")
	ada.rep("sam")
	x.removes("Sam Park", "1 to 3 of 3")
	ada.asks(http.MethodGet, "/api/v1/reps/sam", "", http.StatusNotFound, nil)
}

func (c *client) rep(id string) api.Rep {
	c.t.Helper()
	var person api.Part[api.Rep]
	c.get("/api/v1/reps/"+id, &person)
	return person.Part
}

// removes removes what the page is about, and waits for what it says then.
func (x *tab) removes(name, said string) {
	x.t.Helper()
	x.press("button", "Remove "+name)
	x.isFocused("button", "Keep it")
	x.press("button", "Remove "+name)
	x.says(said)
}

// tick ticks a box, with the key for it.
func (x *tab) tick(name string) {
	x.t.Helper()
	x.focus("checkbox", name)
	x.keys(" ")
}

// types writes over all that stands in the field with the focus.
func (x *tab) types(text string) {
	x.t.Helper()
	x.keys(kb.End + strings.Repeat(kb.Backspace, len(x.tree().focused().value)) + text)
}
