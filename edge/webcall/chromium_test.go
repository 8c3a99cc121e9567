package webcall_test

import (
	"context"
	_ "embed"
	"encoding/binary"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"mayday/edge/relay"
	"mayday/edge/webcall"
)

//go:embed testdata/page.html
var page string

const (
	microphoneHz = 1000
	carrierHz    = 440
)

// writeTone writes ten seconds of a tone as the file that Chromium takes for its microphone.
func writeTone(t *testing.T, hz float64) string {
	t.Helper()
	const rate, samples = 48000, 480000
	wav := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	binary.LittleEndian.PutUint32(wav[4:], 36+2*samples)
	wav = binary.LittleEndian.AppendUint32(wav, rate)
	wav = binary.LittleEndian.AppendUint32(wav, rate*2)
	wav = append(wav, "\x02\x00\x10\x00data"...)
	wav = binary.LittleEndian.AppendUint32(wav, 2*samples)
	for n := range samples {
		sample := int16(8000 * math.Sin(2*math.Pi*hz*float64(n)/rate))
		wav = binary.LittleEndian.AppendUint16(wav, uint16(sample))
	}
	path := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(path, wav, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// browse opens a page in a real Chromium whose microphone hears a tone. The context ends with the test.
func browse(t *testing.T, url string) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", writeTone(t, microphoneHz)))
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("open the page: %v", err)
	}
	return ctx
}

// evaluate runs a script of the page and waits for its promise.
func evaluate[T any](ctx context.Context, t *testing.T, script string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return value
}

// office answers the offers of a page, all with one peer at a time.
type office struct {
	t       *testing.T
	gateway *webcall.Gateway
	events  *events
	edit    func(string) string

	mu   sync.Mutex
	peer *webcall.Peer
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, page)
		return
	}
	offer, err := io.ReadAll(r.Body)
	if err != nil {
		o.t.Error(err)
	}
	answer, err := o.answer(string(offer), r.URL.Path == "/again")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(w, answer)
}

func (o *office) answer(offer string, again bool) (answer string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if again {
		return o.peer.Reopen(offer)
	}
	if o.edit != nil {
		offer = o.edit(offer)
	}
	o.peer, answer, err = o.gateway.Open(offer, o.events.on)
	return answer, err
}

func (o *office) side() *webcall.Peer {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.peer
}

func openOffice(t *testing.T) (*office, string) {
	t.Helper()
	o := &office{t: t, gateway: listen(t), events: newEvents(t)}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return o, server.URL
}

type wire func([]byte) bool

func (w wire) SendRTP(raw []byte) bool { return w(raw) }

// carrier makes an ear that speaks a tone.
func carrier(t *testing.T, format relay.Format) *ear {
	t.Helper()
	e := newEar(format)
	mouth := relay.NewEnd(wire(e.end.Receive))
	mouth.Agree(format)
	tone := relay.NewTone(relay.Sound{FrequenciesHz: []float64{carrierHz}, LevelDBov: -12})
	t.Cleanup(func() { tone.Close() })
	relay.Join(tone, mouth)
	return e
}

// expectMicrophone waits until an ear has heard the microphone's tone for half a second, and it alone.
func expectMicrophone(t *testing.T, circumstance string, e *ear) {
	t.Helper()
	from := len(e.heard())
	eventually(t, circumstance, func() bool {
		packets := e.heard()
		if len(packets) < from+25 {
			return false
		}
		sound := samples(packets[len(packets)-25:])
		return goertzel(sound, microphoneHz) > 1000 && goertzel(sound, carrierHz) < 100
	})
}

// expectCarrier waits until the page hears the carrier's tone.
func expectCarrier(ctx context.Context, t *testing.T, circumstance string) {
	t.Helper()
	eventually(t, circumstance, func() bool {
		return math.Abs(evaluate[float64](ctx, t, "peakHz()")-carrierHz) < 15
	})
}

func TestChromiumSpeaksAndHears(t *testing.T) {
	o, url := openOffice(t)
	ctx := browse(t, url)
	took := evaluate[float64](ctx, t, "connect('/offer')")
	o.events.expect("Chromium has connected", webcall.Connected{})
	t.Logf("connected %.0f ms after the answer", took)

	pcma := carrier(t, a)
	relay.Join(o.side(), pcma)
	expectMicrophone(t, "the microphone at a PCMA trunk", pcma)
	expectCarrier(ctx, t, "the carrier's tone in the browser")

	pcmu := carrier(t, mu)
	relay.Join(o.side(), pcmu)
	expectMicrophone(t, "the microphone after the trunk changed", pcmu)
	expectCarrier(ctx, t, "the tone after the trunk changed")

	evaluate[string](ctx, t, "restart()")
	expectMicrophone(t, "the microphone after a restart of ICE", pcmu)
	expectCarrier(ctx, t, "the tone after a restart of ICE")
	if got := evaluate[string](ctx, t, "pc.iceConnectionState"); got != "connected" && got != "completed" {
		t.Errorf("after a restart of ICE: the browser says %s", got)
	}

	eventually(t, "the browser's view of the round trip, from our reports", func() bool {
		return evaluate[bool](ctx, t, "reported()")
	})
	if s := o.side().Stats(); s.Reports == 0 || s.Level < -40 {
		t.Errorf("statistics of a talking browser: %+v", s)
	}

	evaluate[bool](ctx, t, "stream.getTracks()[0].stop(), true")
	evaluate[bool](ctx, t, "pc.close(), true")
	closed := o.events.expect("the page has closed its connection", webcall.Closed{}).(webcall.Closed)
	if closed.Cause != nil {
		t.Errorf("the page has closed its connection: cause is %v", closed.Cause)
	}
}

func TestChromiumWithAnotherFingerprintNeverGetsMedia(t *testing.T) {
	o, url := openOffice(t)
	o.edit = func(offer string) string {
		real := line(offer, "a=fingerprint:")
		return strings.ReplaceAll(offer, real, "sha-256 "+newClient(t).fingerprint())
	}
	ctx := browse(t, url)
	evaluate[bool](ctx, t, "connect('/offer').catch(() => {}), true")
	closed := o.events.expect("another fingerprint", webcall.Closed{}).(webcall.Closed)
	if closed.Cause == nil {
		t.Error("another fingerprint: closed without a cause")
	}
	if s := o.side().Stats(); s.Received != 0 || s.Sent != 0 {
		t.Errorf("another fingerprint: sound flowed, %+v", s)
	}
}
