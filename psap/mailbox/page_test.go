package mailbox_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mayday/psap/mailbox"
)

// page is the mailbox in a real Chromium.
type page struct {
	t   *testing.T
	ctx context.Context
}

// openPage opens the page; the browser ends with the test.
func openPage(t *testing.T, url string) *page {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is not installed: run scripts/need.sh test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1100, 900)); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("open the mailbox: %v", err)
	}
	return &page{t, ctx}
}

func evaluate[T any](p *page, script string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.80s: %v", script, err)
	}
	return value
}

// until waits for a claim about the page.
func (p *page) until(claim, script string) {
	p.t.Helper()
	tick, late := time.NewTicker(20*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for !evaluate[bool](p, script) {
		select {
		case <-tick.C:
		case <-late:
			p.t.Fatalf("after 20 s: not yet that %s; the page says\n%s", claim, evaluate[string](p, "document.body.innerText"))
		}
	}
}

func (p *page) shows(text string) {
	p.t.Helper()
	p.until("the page shows "+text, "document.body.innerText.includes(`"+text+"`)")
}

// press moves the focus with Tab to the button that begins with the name, and presses Enter.
func (p *page) press(name string) {
	p.t.Helper()
	for range 30 {
		p.key(kb.Tab)
		if strings.HasPrefix(evaluate[string](p, "document.activeElement.textContent.trim()"), name) {
			p.key(kb.Enter)
			return
		}
	}
	p.t.Fatalf("Tab does not reach the button %s", name)
}

func (p *page) key(key string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.KeyEvent(key)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) scheme(name string) {
	p.t.Helper()
	_, err := chromedp.Run(p.ctx, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// isClean checks a state of the page in light and dark, wide and narrow, and keeps pictures of it where MAYDAY_SCREENSHOTS names a
// folder.
func (p *page) isClean(state string) {
	p.t.Helper()
	for _, view := range []struct {
		name, scheme  string
		width, height int64
	}{{"light", "light", 1100, 900}, {"dark", "dark", 1100, 900}, {"narrow", "light", 360, 740}} {
		p.scheme(view.scheme)
		if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(view.width, view.height)); err != nil {
			p.t.Fatal(err)
		}
		if wide := evaluate[int](p, "document.documentElement.scrollWidth"); int64(wide) > view.width {
			p.t.Errorf("%s, %s: the page is %d pixels wide", state, view.name, wide)
		}
		p.obeysAxe(state + ", " + view.name)
		p.picture(state + "-" + view.name)
	}
}

func (p *page) obeysAxe(circumstance string) {
	p.t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "..", "web", "ui", "node_modules", "axe-core", "axe.min.js"))
	if errors.Is(err, fs.ErrNotExist) {
		p.t.Log("axe-core is not installed: run make ui")
		return
	}
	if err != nil {
		p.t.Fatal(err)
	}
	if !evaluate[bool](p, "'axe' in window") {
		evaluate[bool](p, string(axe)+"\ntrue")
	}
	for _, violation := range evaluate[[]string](p, `axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" ")))`) {
		p.t.Errorf("%s: axe finds %s", circumstance, violation)
	}
}

func (p *page) picture(name string) {
	p.t.Helper()
	folder := os.Getenv("MAYDAY_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "mailbox-"+name+".png"), picture, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

const evil = "Subject: Second <img src=x onerror=document.title='stolen'>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n<b>not bold</b>\r\n"

func TestNewcomerSeesTheMailArrive(t *testing.T) {
	m, server := start(t, mailbox.Config{})
	p := openPage(t, server.URL+"/mail")
	p.shows("No mail has come yet.")
	p.isClean("empty")
	if err := send(m, nil, true, greeting, "boss@acme.example", "a-security-desk-with-a-very-long-address.which.does.not.fit@headquarters.acme.example"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"København kalder", "Hjælp", "encrypted", "alice@acme.example"} {
		p.shows(text)
	}
	p.until("the arrival is announced", "document.querySelector('[role=status]').textContent === 'New mail: København kalder'")
	p.isClean("one")
	if err := send(m, nil, false, evil, "boss@acme.example"); err != nil {
		t.Fatal(err)
	}
	p.shows("<b>not bold</b>")
	p.until("the newest mail is open", "document.querySelector('[aria-pressed=true] strong').textContent.startsWith('Second <img')")
	p.press("København")
	p.until("the older mail is open and has the focus", "document.activeElement.textContent === 'København kalder'")
	if err := send(m, nil, false, evil, "desk@acme.example"); err != nil {
		t.Fatal(err)
	}
	p.until("a third is listed", "document.querySelectorAll('#mails li').length === 3")
	if open := evaluate[string](p, "document.getElementById('subject').textContent"); open != "København kalder" {
		t.Errorf("a mail came while an older one is read: the page opened %q", open)
	}
	if title := evaluate[string](p, "document.title"); title != "Mailbox (3)" {
		t.Errorf("three mails, one of which is evil: the title is %q", title)
	}
	evaluate[bool](p, "document.activeElement.blur(), true")
	p.press("Delete all")
	p.shows("No mail has come yet.")
	if left := len(m.Messages()); left != 0 {
		t.Errorf("after deleting all: %d mails are left", left)
	}
}
