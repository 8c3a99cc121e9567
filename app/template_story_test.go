package app_test

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp/kb"

	"mayday/psap/mailbox"
	"mayday/web/api"
)

// tellTemplate: a template is written by keyboard, in HTML and for another language too; a mistake is named with its line, and a mail
// marked as a test comes to the administrator's own mailbox.
func tellTemplate(t *testing.T, c *chromium) {
	d := startDemo(t)
	x := c.administrates(t, d, "/admin/template", "Emergency Call Notification Template")
	x.focus("textbox", "HTML")
	x.keys("<p>{{rep}}</p>" + kb.Enter + "<p>{{sitte}}</p><script></script>")
	x.says("HTML, line 2, column 4: no insert field {{sitte}}; did you mean {{site}}?")
	x.says("HTML, left out of the mail because it could do harm: the element <script>.")
	x.obeysAxe("a template with mistakes")
	for range len("tte}}</p><script></script>") {
		x.keys(kb.Backspace)
	}
	x.keys("te}}</p>" + redWords)
	x.isRed("the preview of a mail in a colour of its own")
	x.looks("admin-template-html")
	x.press("button", "Send me a test")
	x.says("A mail marked as a test was sent to ada@acme.example.")
	var mails []mailbox.Message
	eventually(t, "the test comes to the mailbox", func() bool { mails = d.mails(); return len(mails) == 1 })
	if got := mails[0]; len(got.To) != 1 || got.To[0] != "ada@acme.example" || !strings.HasPrefix(got.Header("Subject"), "[Test] ") || !strings.Contains(got.HTML(), "<p>Sample site</p>") {
		t.Errorf("the test mail: to %v, %q:\n%s", got.To, got.Header("Subject"), got.HTML())
	}
	x.press("button", "Save")
	x.says("Saved.")
	x.focus("combobox", "Language of the site")
	x.keys("Danish")
	x.says("Nødopkald fra Jane Sample")
	x.focus("textbox", "Subject")
	x.keys(kb.End + " !")
	x.press("button", "Save")
	x.says("Saved.")
	ada := signIn(t, d.HTTP(), "ada")
	var danish api.Part[api.Translation]
	ada.get("/api/v1/translations/da", &danish)
	var standard api.Part[api.Template]
	ada.get("/api/v1/template", &standard)
	if !strings.HasSuffix(danish.Part.Subject, " !") || danish.Part.Body != "" || standard.Part.HTML != "<p>{{rep}}</p>\n<p>{{site}}</p>"+redWords || standard.Part.Subject != "" {
		t.Errorf("saved: %+v and %+v", standard.Part, danish.Part)
	}
	x.press("button", "Reset to default")
	x.press("button", "Save")
	x.says("Saved.")
	ada.asks(http.MethodGet, "/api/v1/translations/da", "", http.StatusNotFound, nil)
}

const redWords = `<p style="background-color: #ff0000">Fire</p>`

// isRed waits until a good part of the page is painted in pure red, which nothing of ours is.
func (x *tab) isRed(circumstance string) {
	x.t.Helper()
	eventually(x.t, circumstance+": it is seen", func() bool {
		shot := call(x, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: new(true)})
		pixels, err := reds(shot.Data)
		x.must("read the picture", err)
		return pixels > 1000
	})
}

func reds(shot []byte) (pixels int, err error) {
	drawn, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return 0, err
	}
	for y := drawn.Bounds().Min.Y; y < drawn.Bounds().Max.Y; y++ {
		for x := drawn.Bounds().Min.X; x < drawn.Bounds().Max.X; x++ {
			if r, g, b, _ := drawn.At(x, y).RGBA(); r == 0xffff && g == 0 && b == 0 {
				pixels++
			}
		}
	}
	return pixels, nil
}
