package app_test

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var update = flag.Bool("update", false, "write the pictures in docs/screenshots anew")

// chromium is one real browser, whose microphone hears a tone.
type chromium struct{ ctx context.Context }

// startChromium starts a browser that lives as long as the test.
func startChromium(t *testing.T) *chromium {
	t.Helper()
	return startChromiumIn(t, t.TempDir())
}

// startChromiumIn starts a browser that keeps in a folder what it keeps.
func startChromiumIn(t *testing.T, folder string) *chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("Chromium is not installed, run make test, which installs it or says what to install: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(folder), chromedp.WindowSize(1280, 800),
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("autoplay-policy", "document-user-activation-required"), chromedp.Flag("lang", "en-US"),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", writeTone(t, microphoneHz, 48000, 10*time.Second)))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return &chromium{ctx}
}

// leave closes the browser as a person does, so that it writes down all that it wants to keep.
func (c *chromium) leave(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil {
		t.Fatalf("close Chromium: %v", err)
	}
}

// writeTone writes a tone as a WAV file with so many samples a second.
func writeTone(t *testing.T, hz float64, rate uint32, lasts time.Duration) string {
	t.Helper()
	samples := uint32(lasts.Seconds()) * rate
	wav := []byte("RIFF")
	wav = binary.LittleEndian.AppendUint32(wav, 36+2*samples)
	wav = append(wav, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	wav = binary.LittleEndian.AppendUint32(wav, rate)
	wav = binary.LittleEndian.AppendUint32(wav, rate*2)
	wav = append(wav, "\x02\x00\x10\x00data"...)
	wav = binary.LittleEndian.AppendUint32(wav, 2*samples)
	for n := range int(samples) {
		wav = binary.LittleEndian.AppendUint16(wav, uint16(int16(12000*math.Sin(2*math.Pi*hz*float64(n)/float64(rate)))))
	}
	path := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(path, wav, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// profile is a fresh browser profile: its tabs share a session and permissions, and nothing with other profiles.
type profile struct {
	t       *testing.T
	ctx     context.Context
	origin  string
	soundBy uint16 // port that the sound takes in place of the node's; 0: none
	script  string // runs in each page before its own
}

// microphone says what the person has answered to the browser's question.
type microphone = browser.PermissionSetting

const (
	granted microphone = "granted"
	denied  microphone = "denied"
)

func (c *chromium) profile(t *testing.T, origin string, asked microphone) *profile {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &profile{t: t, ctx: ctx, origin: origin}
	p.must("open a profile", chromedp.Do(ctx))
	p.allow("microphone", asked)
	p.allow("geolocation", granted)
	return p
}

// keeper is the browser's own profile, which is on the disk.
func (c *chromium) keeper(t *testing.T, origin string) *profile {
	t.Helper()
	p := &profile{t: t, ctx: c.ctx, origin: origin}
	p.allow("microphone", granted)
	p.allow("geolocation", granted)
	return p
}

func (p *profile) must(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

func (p *profile) allow(permission string, setting microphone) {
	p.t.Helper()
	_, err := chromedp.CallBrowser(p.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: permission}, Setting: setting, Origin: p.origin,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
	p.must("set permission for "+permission, err)
}

// tab is one tab of a profile.
type tab struct {
	*profile
	ctx   context.Context
	close context.CancelFunc
}

// open opens a tab on the workspace.
func (p *profile) open() *tab {
	p.t.Helper()
	return p.visit("/")
}

// visit opens a tab on a page of the node.
func (p *profile) visit(path string) *tab {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	x := &tab{p, ctx, cancel}
	x.must("open a tab", chromedp.Do(ctx))
	call(x, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(x, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{
		Latitude: new(39.8012), Longitude: new(-89.6433), Accuracy: new(25.0),
	})
	call(x, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf("window.soundBy = %d;", x.soundBy) + x.script + listenIn,
	})
	x.run("set the size of the window", chromedp.EmulateViewport(1280, 800))
	x.run("open "+path, chromedp.Navigate(p.origin+path))
	return x
}

// run does something in the tab, which must not take long.
func (x *tab) run(what string, action chromedp.Action[chromedp.Void]) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	x.must(what, chromedp.Do(ctx, action))
}

func call[P, R any](x *tab, command cdp.Command[P, R], params P) R {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	x.must(command.Method, err)
	return result
}

// evaluate runs a script in the page and waits for its promise. It is no gesture of the person: sound is not let out by it.
func evaluate[T any](x *tab, script string) T {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		x.t.Fatalf("%.80s: %v", script, err)
	}
	return value
}

func (x *tab) keys(keys string) {
	x.t.Helper()
	x.run("press keys", chromedp.KeyEvent(keys))
}

func (x *tab) reload() {
	x.t.Helper()
	x.run("reload", chromedp.Reload())
}

// press moves the focus with Tab to what has the role and the name, and presses Enter.
func (x *tab) press(role, name string) {
	x.t.Helper()
	x.focus(role, name)
	x.keys(kb.Enter)
}

// focus moves the focus with Tab.
func (x *tab) focus(role, name string) {
	x.t.Helper()
	x.shows(role, name)
	for range 60 {
		if x.tree().focused().is(role, name) {
			return
		}
		x.keys(kb.Tab)
	}
	x.t.Fatalf("Tab does not reach %s %q; the focus is on %+v of\n%s", role, name, x.tree().focused(), x.tree())
}

// unfolds moves the focus with Tab to the first thing that can be unfolded, and unfolds it.
func (x *tab) unfolds() {
	x.t.Helper()
	for range 60 {
		if x.tree().focused().role == "DisclosureTriangle" {
			x.keys(kb.Enter)
			return
		}
		x.keys(kb.Tab)
	}
	x.t.Fatalf("Tab reaches nothing that can be unfolded; the page is\n%s", x.tree())
}

// listenIn keeps what the page plays, so that a test can measure it.
const listenIn = `(() => {
  const Player = window.Audio;
  const players = [];
  window.Audio = function (...source) {
    const player = new Player(...source);
    players.push(player);
    return player;
  };
  const Connection = window.RTCPeerConnection;
  const connections = [];
  let blocked = false;
  window.RTCPeerConnection = class extends Connection {
    constructor(...settings) {
      super(...settings);
      connections.push(this);
    }
    setRemoteDescription({ type, sdp }) {
      const description = { type, sdp: sdp.replace(/^(a=candidate:.* )(\d+)( typ host)/gm, (line, before, port, after) => {
        window.nodePort = Number(port);
        return window.soundBy ? before + window.soundBy + after : line;
      }) };
      return blocked ? Promise.reject(new Error("blocked by the test")) : super.setRemoteDescription(description);
    }
  };
  // From now on the sound is gone, and no new connection comes about.
  window.loseSound = () => {
    blocked = true;
    connections.forEach((one) => one.close());
    return true;
  };
  window.allowSound = () => !(blocked = false);
  let ear = null;
  // The strongest frequency that the page lets out, 0 when it is silent or when the browser holds the sound back.
  window.heardHz = () => {
    const player = players.find((one) => one.srcObject && !one.paused && !one.muted);
    if (!player) return 0;
    if (ear?.stream !== player.srcObject) {
      ear?.context.close();
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
      new MediaStreamAudioSourceNode(context, { mediaStream: player.srcObject }).connect(analyser);
      ear = { stream: player.srcObject, context, analyser };
    }
    const bins = new Float32Array(ear.analyser.frequencyBinCount);
    ear.analyser.getFloatFrequencyData(bins);
    const best = bins.indexOf(Math.max(...bins));
    return bins[best] > -60 ? (best * ear.context.sampleRate) / ear.analyser.fftSize : 0;
  };
})()`

// hears waits until the page plays the call taker's tone, and returns how long that took.
func (x *tab) hears(circumstance string) time.Duration {
	x.t.Helper()
	return x.plays(circumstance, callTakerHz)
}

// hearsParty waits until the page plays the tone of an ordinary far end.
func (x *tab) hearsParty(circumstance string) time.Duration {
	x.t.Helper()
	return x.plays(circumstance, partyHz)
}

func (x *tab) plays(circumstance string, hz float64) time.Duration {
	x.t.Helper()
	from := time.Now()
	var heard float64
	if !within(patience, func() bool { heard = x.heardHz(); return near(heard, hz) }) {
		x.t.Fatalf("%s: the page plays %.0f Hz, want the far end's %.0f Hz", circumstance, heard, hz)
	}
	return time.Since(from)
}

// heardHz is the strongest frequency that the page plays.
func (x *tab) heardHz() float64 {
	x.t.Helper()
	return evaluate[float64](x, "heardHz()")
}

// partyPause is longer than an ordinary far end is silent between two tones.
const partyPause = 1500 * time.Millisecond

// isSilent waits until the page has played nothing for a while.
func (x *tab) isSilent(circumstance string) {
	x.t.Helper()
	quietSince := time.Now()
	eventually(x.t, circumstance+": the page plays nothing", func() bool {
		if x.heardHz() != 0 {
			quietSince = time.Now()
		}
		return time.Since(quietSince) > partyPause
	})
}

// works signs a rep in on the workspace, in a profile of its own.
func (c *chromium) works(t *testing.T, d *demo, username string) *tab {
	t.Helper()
	x := c.profile(t, d.HTTP(), granted).open()
	x.signIn(username)
	return x
}

// administrates signs ada in on a page of the admin center, in a profile of its own.
func (c *chromium) administrates(t *testing.T, d *demo, path, heading string) *tab {
	t.Helper()
	x := c.profile(t, d.HTTP(), granted).visit(path)
	x.enters("ada")
	x.isFocused("heading", heading)
	return x
}

// signIn signs in by keyboard on the workspace.
func (x *tab) signIn(username string) {
	x.t.Helper()
	x.enters(username)
	x.shows("button", "Call")
	x.isFocused("textbox", "Number")
}

// enters answers, by keyboard, who somebody is.
func (x *tab) enters(username string) {
	x.t.Helper()
	x.shows("heading", "Sign in to Mayday")
	x.isFocused("textbox", "Username")
	x.keys(username + kb.Tab + "mayday" + kb.Enter)
}
