package app_test

import (
	"maps"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mayday/psap"
)

// tellPlace: the rep is asked where they are at sign-in and when the network changes. One key says yes, another place is chosen by
// keyboard, and the call carries what was said; an emergency number is dialled at once while the question stands.
func tellPlace(t *testing.T, c *chromium) {
	d := startDemo(t)
	x := c.works(t, d, "alice")
	x.says("Are you at Headquarters, floor 4, room 412?")
	x.isFocused("textbox", "Number")
	x.looks("place-asked")
	x.keys(kb.Enter)
	x.says("You are at Headquarters, floor 4, room 412.")
	x.keys("911" + kb.Enter)
	first := d.arrived(1)
	checkBrought(t, first)
	checkCivic(t, "confirmed with one key", first, map[string]string{"A3": "Springfield", "RD": "Main St", "FLR": "4", "ROOM": "412"})
	x.shows("alert", inProgress)
	x.lacks("region", "Where you are")
	x.press("button", "End call")
	d.becomes(first.ID, psap.Over)
	x.windowIsOpen()

	x.anotherNetwork()
	x.says("Are you at Headquarters, floor 4, room 412?")
	x.press("button", "Somewhere else")
	x.isFocused("combobox", "Place")
	x.keys("A")
	x.says("Søndergade 12")
	x.focus("textbox", "Room")
	x.keys("2.11" + kb.Enter)
	x.says("You are at Aarhus, floor 2, room 2.11.")
	x.isFocused("textbox", "Number")
	x.anotherNetwork()
	x.says("Are you at Aarhus, floor 2, room 2.11?")
	x.keys("911" + kb.Enter)
	checkCivic(t, "somewhere else, and asked again meanwhile", d.arrived(2), map[string]string{"A3": "Aarhus C", "RD": "Søndergade", "FLR": "2", "ROOM": "2.11"})
	x.press("button", "End call")
	x.says("Are you at Aarhus, floor 2, room 2.11?")
}

// anotherNetwork lets the page see what it sees when the machine is on a network again.
func (x *tab) anotherNetwork() {
	x.t.Helper()
	evaluate[bool](x, "window.dispatchEvent(new Event('online'))")
}

// checkCivic checks elements of the civic address that a call brought.
func checkCivic(t *testing.T, circumstance string, c psap.Call, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, place := range c.Places {
		for _, element := range place.Civic {
			if _, asked := want[element.Name]; asked {
				got[element.Name] = element.Value
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s: the call brought the address %v, want %v", circumstance, got, want)
	}
}
