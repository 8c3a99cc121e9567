package app_test

import (
	"net/http"
	"strings"
	"testing"
)

// tellTrunks: the page of the trunks says by itself, without a click and without being loaded again, that a trunk has gone and that it is back,
// since when and why. Nobody is interrupted by it: the focus stays.
func tellTrunks(t *testing.T, c *chromium) {
	d := startDemo(t)
	ada := signIn(t, d.HTTP(), "ada")
	ada.asks(http.MethodPatch, "/api/v1/trunks/provider", `{"keep_alive_s":1}`, http.StatusOK, nil)
	x := c.administrates(t, d, "/admin/trunks", "Trunks")
	evaluate[bool](x, "window.loadedOnce = true")
	x.focus("searchbox", "Search trunks")
	x.row("provider", "Up")

	d.behave(`{"silent":true}`)
	x.row("provider", "Down since")
	if row := evaluate[string](x, rowOf("provider")); !strings.Contains(row, "no answer") {
		t.Errorf("a trunk that is silent: no reason is said: %q", row)
	}
	x.row("carrier", "Up")
	x.obeysAxe("a trunk that is down")
	d.behave(`{}`)
	x.row("provider", "Up since")

	x.isFocused("searchbox", "Search trunks")
	if !evaluate[bool](x, "window.loadedOnce === true") {
		t.Error("the page was loaded again")
	}
}

// rowOf is a script for what stands in the line of a table with the name.
func rowOf(name string) string {
	return `[...document.querySelectorAll("tbody tr")].map((row) => row.innerText.replace(/\s+/g, " ")).find((row) => row.includes("` + name + `")) ?? ""`
}

// row waits until the line of a table with the name says something.
func (x *tab) row(name, said string) {
	x.t.Helper()
	var last string
	if !within(patience, func() bool { last = evaluate[string](x, rowOf(name)); return strings.Contains(last, said) }) {
		x.t.Fatalf("%s: says %q, want %q", name, last, said)
	}
}
