package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"mayday/web/api"
)

// tellAddressBook: the address book goes out as a file and comes in when the person has seen what it changes. Every mistake of a file is listed
// with its row and column, and nothing of such a file comes in.
func tellAddressBook(t *testing.T, c *chromium) {
	d := startDemo(t)
	ada := signIn(t, d.HTTP(), "ada")
	x := c.administrates(t, d, "/admin/address_book", "Address book")
	x.shows("link", "Export as CSV")
	book := evaluate[string](x, `fetch(document.querySelector("a[download]").href).then((r) => r.text())`)
	if !strings.HasPrefix(book, "kind,id,name,country,") || !strings.Contains(book, "Søndergade") {
		t.Errorf("the book that goes out:\n%s", book)
	}
	x.chooses("same.csv", book)
	x.says("same.csv changes nothing: everything in it is so already.")
	x.lacks("button", "Import same.csv")

	x.chooses("wrong.csv", "kind,id,name,country,room\nsite,oslo,Oslo,NO,1\nsite,hq,HQ,UK,9\nhome,nobody,,US,\n")
	x.says("Mistakes in wrong.csv. Nothing was imported. Mend them and choose the file again.")
	x.says("row 3, column country")
	x.says("row 4, column id")
	x.looks("admin-address-book-refused")
	x.narrow("an address book with mistakes")
	x.lacks("button", "Import wrong.csv")
	ada.asks(http.MethodGet, "/api/v1/sites/oslo", "", http.StatusNotFound, nil)

	x.chooses("mended.csv", "kind,id,name,country,room\nsite,oslo,Oslo,NO,1\nsite,hq,HQ,US,9\n")
	x.shows("heading", "What mended.csv changes")
	x.says("added site oslo")
	x.looks("admin-address-book")
	ada.asks(http.MethodGet, "/api/v1/sites/oslo", "", http.StatusNotFound, nil)
	x.press("button", "Import mended.csv")
	x.says("Imported.")
	var hq api.Part[api.Site]
	ada.get("/api/v1/sites/hq", &hq)
	if got := hq.Part; got.Civic.Room != "9" || got.Civic.Street != "Main St" || got.Name != "HQ" {
		t.Errorf("headquarters after the import: %+v", got)
	}
	ada.asks(http.MethodGet, "/api/v1/sites/oslo", "", http.StatusOK, nil)

	x.press("link", "Sites and places")
	x.press("link", "Oslo")
	x.isFocused("heading", "Oslo")
	x.removes("Oslo", "1 to 3 of 3")
	ada.asks(http.MethodGet, "/api/v1/sites/oslo", "", http.StatusNotFound, nil)
}

// chooses goes to the page's file box with Tab and gives it a file. The window in which a person looks for the file is the browser's own.
func (x *tab) chooses(name, text string) {
	x.t.Helper()
	for range 60 {
		if strings.HasPrefix(x.tree().focused().name, "CSV file to import") {
			evaluate[bool](x, fmt.Sprintf(`(() => {
			  const box = document.activeElement, chosen = new DataTransfer();
			  chosen.items.add(new File([%q], %q, { type: "text/csv" }));
			  box.files = chosen.files;
			  return box.dispatchEvent(new Event("change", { bubbles: true }));
			})()`, text, name))
			return
		}
		x.keys(kb.Tab)
	}
	x.t.Fatalf("Tab does not reach the box for a file; the page is\n%s", x.tree())
}

// tellDrills: the page of drills shows which begin by themselves and when, and how the last one of each way went, with its evidence.
// How often they begin is said on the page of the organisation.
func tellDrills(t *testing.T, c *chromium) {
	d := startDemo(t)
	ada := signIn(t, d.HTTP(), "ada")
	x := c.administrates(t, d, "/admin/drills", "Drills")
	x.shows("heading", "Drills that begin by themselves")
	x.says("About every 30 days, at a time that is drawn by lot, for each site and trunk.")
	x.says("There was none yet.")
	x.says("Headquarters")
	x.says("Aarhus")
	if said := ada.send(http.MethodPost, "/api/v1/drills", `{"trunk":"provider","site":"hq"}`); !strings.Contains(said, `"passed":true`) {
		t.Fatalf("a drill by the provider: %s", said)
	}
	x.focus("combobox", "Through")
	x.keys("provider")
	x.press("button", "Place a drill")
	x.says("The drill passed")
	x.eventually("the schedule shows that the drill passed", func(tr tree) bool { return tr.says("Passed at") })
	x.unfolds()
	x.looks("admin-drills")
	x.narrow("the drills")

	x.press("link", "Organisation")
	x.isFocused("heading", "Organisation")
	x.focus("textbox", "Days between two drills")
	x.types("soon")
	x.press("button", "Save")
	x.says(refusal)
	x.isFocused("textbox", "Days between two drills")
	x.looks("admin-organisation-refused")
	x.narrow("an organisation that is refused")
	x.types("-1")
	x.focus("textbox", "Sender of the notifications")
	x.types("")
	x.press("button", "Save")
	x.says("Saved.")
	var all api.Part[api.Organisation]
	ada.get("/api/v1/organisation", &all)
	if got := all.Part; got.DrillEveryDays != -1 || got.MailSender != "" || got.Name != "Acme" || got.EmergencyContacts != "security@acme.example" {
		t.Errorf("the organisation as it was typed: %+v", got)
	}
	x.press("link", "Drills")
	x.says("None: the organisation has switched them off.")
	x.says("Not by itself")
	x.says("Passed at")
}
