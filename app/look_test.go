package app_test

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

const screenshots = "../docs/screenshots"

// darkPictures are the states that are kept in dark too: enough to see it.
var darkPictures = []string{"workspace", "connected", "call-back"}

// looks asks axe about the page as it is now, in light and dark, and keeps pictures of it when asked to.
func (x *tab) looks(state string) {
	x.t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		call(x, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		x.obeysAxe(state + ", " + scheme)
		x.picture(state, scheme)
	}
}

func (x *tab) obeysAxe(circumstance string) {
	x.t.Helper()
	if !evaluate[bool](x, "'axe' in window") {
		axe, err := os.ReadFile(filepath.Join("..", "web", "ui", "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			x.t.Fatalf("axe-core is not installed, run make ui: %v", err)
		}
		evaluate[bool](x, string(axe)+"\ntrue")
	}
	const complaints = `axe.run(document, { resultTypes: ["violations"] }).then((found) =>
	  found.violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + node.html + " " + node.failureSummary)))`
	for _, complaint := range evaluate[[]string](x, complaints) {
		x.t.Errorf("%s: axe finds %s", circumstance, complaint)
	}
}

func (x *tab) picture(state, scheme string) {
	x.t.Helper()
	if !*update {
		return
	}
	x.must("make the folder", os.MkdirAll(screenshots, 0o755))
	shot := call(x, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	name := state + ".png"
	switch {
	case scheme == "dark" && !slices.Contains(darkPictures, state):
		return
	case scheme == "dark":
		name = state + "-dark.png"
	}
	x.must("keep the picture", os.WriteFile(filepath.Join(screenshots, name), shot.Data, 0o644))
}
