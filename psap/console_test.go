package psap

import (
	"context"
	"encoding/binary"
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

	"mayday/sip"
)

// microphoneHz is what the browser's microphone hears.
const microphoneHz = 1000.0

// console is the page in a real Chromium.
type console struct {
	t   *testing.T
	ctx context.Context
}

// openConsole opens the page of the service; the browser ends with the test.
func openConsole(t *testing.T, o *outside) *console {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is not installed: run scripts/need.sh test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", writeMicrophone(t)))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1100, 900)); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(o.url+"/psap")); err != nil {
		t.Fatalf("open the console: %v", err)
	}
	return &console{t, ctx}
}

// writeMicrophone writes a minute of a tone as a WAV file.
func writeMicrophone(t *testing.T) string {
	t.Helper()
	const rate = 48000
	var sound []byte
	v := voice{hz: microphoneHz * sampleRate / rate, volume: clearVolume} // frame thinks in 8000 samples a second
	for n := uint64(0); n < 60*rate; n += frameSamples {
		for _, s := range v.frame(n) {
			sound = binary.LittleEndian.AppendUint16(sound, uint16(s))
		}
	}
	wav := []byte("RIFF")
	wav = binary.LittleEndian.AppendUint32(wav, uint32(36+len(sound)))
	wav = append(wav, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	wav = binary.LittleEndian.AppendUint32(wav, rate)
	wav = binary.LittleEndian.AppendUint32(wav, 2*rate)
	wav = append(wav, "\x02\x00\x10\x00data"...)
	wav = binary.LittleEndian.AppendUint32(wav, uint32(len(sound)))
	path := filepath.Join(t.TempDir(), "microphone.wav")
	if err := os.WriteFile(path, append(wav, sound...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func evaluate[T any](c *console, script string) T {
	c.t.Helper()
	value, err := chromedp.Run(c.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		c.t.Fatalf("%.80s: %v", script, err)
	}
	return value
}

// shows waits until the page's text holds something.
func (c *console) shows(text string) {
	c.t.Helper()
	eventually(c.t, "the console shows "+text, func() bool {
		return strings.Contains(evaluate[string](c, "document.body.innerText"), text)
	})
}

// press moves the focus with Tab to the button of that name and presses Enter.
func (c *console) press(name string) {
	c.t.Helper()
	eventually(c.t, "Tab reaches the button "+name, func() bool {
		c.key(kb.Tab)
		return evaluate[string](c, "document.activeElement.textContent.trim()") == name
	})
	c.key(kb.Enter)
}

func (c *console) key(key string) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, chromedp.KeyEvent(key)); err != nil {
		c.t.Fatal(err)
	}
}

// scheme switches between light and dark.
func (c *console) scheme(name string) {
	c.t.Helper()
	_, err := chromedp.Run(c.ctx, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// isClean checks a state of the page in light and dark, wide and narrow, and keeps pictures of it where
// MAYDAY_SCREENSHOTS names a folder.
func (c *console) isClean(state string) {
	c.t.Helper()
	for _, view := range []struct {
		name, scheme  string
		width, height int64
	}{{"light", "light", 1100, 900}, {"dark", "dark", 1100, 900}, {"narrow", "light", 360, 740}} {
		c.scheme(view.scheme)
		if err := chromedp.Do(c.ctx, chromedp.EmulateViewport(view.width, view.height)); err != nil {
			c.t.Fatal(err)
		}
		if wide := evaluate[int](c, "document.documentElement.scrollWidth"); int64(wide) > view.width {
			c.t.Errorf("%s, %s: the page is %d pixels wide", state, view.name, wide)
		}
		c.obeysAxe(state + ", " + view.name)
		c.picture(state + "-" + view.name)
	}
}

func (c *console) obeysAxe(circumstance string) {
	c.t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "web", "ui", "node_modules", "axe-core", "axe.min.js"))
	if errors.Is(err, fs.ErrNotExist) {
		c.t.Log("axe-core is not installed: run make ui")
		return
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if !evaluate[bool](c, "'axe' in window") {
		evaluate[bool](c, string(axe)+"\ntrue")
	}
	for _, violation := range evaluate[[]string](c, `axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" ")))`) {
		c.t.Errorf("%s: axe finds %s", circumstance, violation)
	}
}

func (c *console) picture(name string) {
	c.t.Helper()
	folder := os.Getenv("MAYDAY_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "psap-"+name+".png"), picture, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// listenIn taps what the page sends to the loudspeaker.
const listenIn = `(() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) {
      window.ear = new AnalyserNode(this.context, { fftSize: 8192 });
      connect.call(this, window.ear);
    }
    return connect.call(this, to, ...more);
  };
  return true;
})()`

// heardInPage is the strongest frequency that the page sends to the loudspeaker.
const heardInPage = `(() => {
  if (!window.ear) return 0;
  const bins = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(bins);
  const best = bins.indexOf(Math.max(...bins));
  return bins[best] > -60 ? best * ear.context.sampleRate / ear.fftSize : 0;
})()`

func TestCallTakerAnswersTalksAndCallsBackByKeyboard(t *testing.T) {
	p := newProduct(t)
	o := start(t, Config{CallbackPeer: "sip:" + p.address.String()})
	o.behave(`{"manual":true}`)
	c := openConsole(t, o)
	c.shows("No call has come in yet.")
	c.isClean("idle")
	evaluate[bool](c, listenIn)

	l := p.dial(o, "911", func(i *sip.Invite) { i.ContentType, i.Body = multipart(i.Body, springfield) })
	for _, text := range []string{"Ringing", "+12175550101", "Alice Doe", "1 Main St", "39.80000° N, 89.64000° W, within 30\u00a0m"} {
		c.shows(text)
	}
	c.isClean("ringing")
	c.press("Answer")
	l.agree(await[sip.Answered](l).Response)
	c.shows("You talk with the caller.")
	l.hears(microphoneHz)
	eventually(t, "the page plays the caller's tone", func() bool {
		heard := evaluate[float64](c, heardInPage)
		return heard > 610 && heard < 630
	})
	c.isClean("connected")
	c.press("Stop talking")
	l.hears(440)
	c.press("Hang up")
	await[sip.Ended](l)
	c.shows("Ended")
	c.isClean("ended")

	c.press("Call back")
	back := p.newLeg()
	back.dialog = <-p.invited
	if err := back.dialog.Ring(180, nil, "", nil); err != nil {
		t.Fatal(err)
	}
	c.shows("Ringing")
	back.accept()
	c.shows("You talk with the caller.")
	back.hears(microphoneHz)
	c.press("Hang up")
	await[sip.Ended](back)
}

func TestConsoleShowsACallThatBroughtNonsense(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	c := openConsole(t, o)
	p.connect(o, "112", func(i *sip.Invite) {
		i.Headers = []sip.Header{{Name: "Privacy", Value: "id"}}
		i.From = sip.Address{Display: "<img src=x onerror=document.title='broken'>", URI: "sip:anonymous@anonymous.invalid"}
		i.ContentType, i.Body = multipart(i.Body, springfield[:700]+"<script>")
	})
	for _, text := range []string{"Number withheld", "<img src=x", "Could not be read", "not XML", "The call brought no place."} {
		c.shows(text)
	}
	if title := evaluate[string](c, "document.title"); title != "Pretend emergency service" {
		t.Errorf("a display name with markup: the title is %q", title)
	}
	c.isClean("nonsense")
}
