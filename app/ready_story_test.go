package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tellReadiness: reps read on their own screen what is missing for an emergency call. An administrator sees it of everybody, is led from each
// missing piece to its cure and from each finding of the dial-plan check to its item, by keyboard alone.
func tellReadiness(t *testing.T, c *chromium) {
	d := startDemo(t)
	alice := c.works(t, d, "alice")
	alice.says("An emergency call would go through. 2 things are missing.") // the place is not confirmed, and there was no drill yet
	sam := c.profile(t, d.HTTP(), denied).open()
	sam.signIn("sam")
	sam.eventually("Sam is told that something serious is missing", func(tr tree) bool { return tr.says("and something serious is among them.") })
	sam.unfolds()
	sam.says("The browser does not let the workspace use the microphone.")
	sam.looks("ready-line")

	x := c.administrates(t, d, "/admin/readiness", "Readiness")
	x.shows("link", "Alice Doe")
	x.says("911 by provider")
	x.looks("admin-readiness")
	if said := signIn(t, d.HTTP(), "ada").send(http.MethodPost, "/api/v1/drills", `{"trunk":"provider","site":"hq"}`); !strings.Contains(said, `"passed":true`) {
		t.Fatalf("a drill by the provider: %s", said)
	}
	x.press("button", "Look again")
	x.says("Passed today")
	x.says("by provider")
	x.fits("the readiness of everybody", 1280)
	evaluate[bool](x, `(document.querySelector("table.matrix").scrollIntoView(false), true)`)
	x.looks("admin-readiness-rows")
	x.narrow("the readiness of everybody")
	x.run("make the window as narrow as a telephone", chromedp.EmulateViewport(390, 800))
	x.fits("the readiness of everybody", 390)
	x.run("make the window wide", chromedp.EmulateViewport(1280, 800))

	ada := signIn(t, d.HTTP(), "ada")
	ada.asks(http.MethodPut, "/api/v1/voice_routes/either", `{"id":"either","order":1,"pattern":"^911$","trunks":["carrier","provider"],"choose":"random"}`, http.StatusOK, nil)
	x.press("button", "Look again")
	x.says("911 by carrier or provider (at random, anew for each call)")

	x.press("button", "Show who: The mailbox is not enabled.")
	x.lacks("link", "Alice Doe")
	x.focus("searchbox", "Search users")
	x.keys("bob")
	x.says("1 to 1 of 1")
	if rows := strings.Split(strings.TrimSpace(evaluate[string](x, `fetch(document.querySelector("a[download]").href).then((r) => r.text())`)), "\r\n"); len(rows) != 2 ||
		!strings.HasPrefix(rows[1], "bob,Bob Berg,aarhus,red,") {
		t.Errorf("as CSV: %q", rows)
	}
	x.press("link", "Open Bob Berg")
	x.isFocused("heading", "Bob Berg")
	x.focus("tab", "General")
	x.keys(kb.ArrowRight)
	x.focus("checkbox", "Mailbox enabled")
	x.keys(" ")
	x.press("button", "Save")
	x.says("Saved.")
	x.press("link", "Readiness")
	x.says("Nothing was found.")

	ada.asks(http.MethodPut, "/api/v1/voice_routes/everything", `{"id":"everything","order":1,"pattern":".*","trunks":["carrier"]}`, http.StatusOK, nil)
	ada.asks(http.MethodPatch, "/api/v1/trunks/carrier", `{"ng":true}`, http.StatusOK, nil)
	x.press("link", "Dial-plan check")
	x.isFocused("heading", "Dial-plan check")
	x.says("the trunk carrier is marked ng and is told no place")
	x.looks("admin-lint")
	x.narrow("the dial-plan check")
	x.press("link", "Open everything")
	x.isFocused("heading", "everything")
}

// fits says where a table of the page has to be scrolled sideways.
func (x *tab) fits(circumstance string, window int) {
	x.t.Helper()
	const hidden = `[...document.querySelectorAll(".table-box")].filter((box) => box.scrollWidth > box.clientWidth)
	  .map((box) => box.ariaLabel + ": " + box.scrollWidth + " pixels in " + box.clientWidth)`
	for _, box := range evaluate[[]string](x, hidden) {
		x.t.Errorf("%s in a window of %d pixels: %s", circumstance, window, box)
	}
}

// narrow looks at the page as a telephone shows it: nothing is cut off at its side, and axe has nothing to say.
func (x *tab) narrow(circumstance string) {
	x.t.Helper()
	x.run("make the window narrow", chromedp.EmulateViewport(400, 800))
	x.obeysAxe(circumstance + ", narrow")
	if wide := evaluate[int](x, "document.documentElement.scrollWidth"); wide > 400 {
		x.t.Errorf("%s in a window of 400 pixels: %d wide", circumstance, wide)
	}
	x.run("make the window wide", chromedp.EmulateViewport(1280, 800))
}
