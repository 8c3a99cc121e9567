package sipcall_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mayday/center/trunk"
	"mayday/edge/relay"
	"mayday/edge/sipcall"
	"mayday/engine"
)

// TestForeignStackAndRepHearEachOther: baresip, with its own SIP, RTP and sound, answers an emergency call.
func TestForeignStackAndRepHearEachOther(t *testing.T) {
	service := startBaresip(t)
	has := testCenter(1, []string{service.uri()})
	has.Trunks[0].Location = trunk.NoPlace
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "baresip has answered", phase(engine.Connected))
	someone := newSpeaker(t)
	r.calls.Join("c1.0", someone) // the first and only leg of the call
	someone.expect(t, "the rep", baresipVoice, 10)
	service.expect(t, "baresip", repVoice, 10)
	for who, echo := range map[string]float64{
		"the rep hears the own voice": loudest(someone.sound(), repVoice),
		"baresip hears its own voice": loudest(service.sound(), baresipVoice),
	} {
		if echo > repVoice.amplitude()/10 {
			t.Errorf("both speak: %s with an amplitude of %.0f, want none", who, echo)
		}
	}
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)
}

// TestPeerThatCannotReadMultipartIsReachedAllTheSame: baresip answers 500 to a body of several parts. Its trunk is the only one, so
// that the call stands or falls with the second offer.
func TestPeerThatCannotReadMultipartIsReachedAllTheSame(t *testing.T) {
	service := startBaresip(t, "-s")
	r := newRig(t, 1, service.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "baresip was offered sound alone", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)
	service.stop()
	before, after, refused := strings.Cut(service.out.String(), "SIP/2.0 500")
	if !refused {
		t.Skip("this baresip reads bodies of several parts: it is no peer of this kind")
	}
	if !strings.Contains(before, "Content-Type: multipart/mixed") {
		t.Errorf("the first offer: came without the place\n%s", tail(before))
	}
	if !strings.Contains(after, "INVITE sip:911@") || strings.Contains(after, "Content-Type: multipart/mixed") {
		t.Errorf("the second offer: is not sound alone\n%s", tail(after))
	}
}

// TestForeignStackCallsBack: baresip calls the number that the emergency call showed and hears the tone of a rep without a browser.
func TestForeignStackCallsBack(t *testing.T) {
	service := startBaresip(t)
	r := newRig(t, 1, service.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "baresip has answered", phase(engine.Connected))
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)

	caller := startBaresip(t, "-e", "/dial sip:+12175550101@"+r.udp.String())
	view := until(t, w, "the call back rings", phase(engine.Incoming))
	r.do(engine.Answer{Rep: repID(0), Tab: "tab0", Call: view.Emergency.ID})
	until(t, w, "the call back is spoken", phase(engine.Connected))
	r.do(engine.ReportSound{Rep: repID(0), Tab: "tab0", Connected: false})
	caller.expect(t, "baresip", waitingTone, 3) // more than one of its beeps
	r.do(engine.End{Rep: repID(0)})
	until(t, w, "the rep has hung up", over)
}

// pitch is a tone that a listener can tell from others.
type pitch struct{ hz, dBov float64 }

var (
	baresipVoice = pitch{hz: 600, dBov: -20}
	repVoice     = pitch{hz: 1000, dBov: -20}
	waitingTone  = pitch{hz: 425, dBov: -30}
)

func (p pitch) amplitude() float64 { return 32767 * math.Pow(10, p.dBov/20) }

const (
	sampleRate = 8000
	window     = sampleRate / 10 // a tenth of a second, in samples
)

// windowsWith counts the tenths of a second that hold the tone at about its own level.
func windowsWith(sound []float64, tone pitch) (count int) {
	for ; len(sound) >= window; sound = sound[window:] {
		if got := goertzel(sound[:window], tone.hz); math.Abs(got-tone.amplitude()) < tone.amplitude()*0.15 {
			count++
		}
	}
	return count
}

// loudest is the greatest amplitude that a tone has in any tenth of a second.
func loudest(sound []float64, tone pitch) (amplitude float64) {
	for ; len(sound) >= window; sound = sound[window:] {
		amplitude = max(amplitude, goertzel(sound[:window], tone.hz))
	}
	return amplitude
}

// goertzel is the amplitude of one frequency.
func goertzel(sound []float64, hz float64) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*hz/sampleRate)
	var before, last float64
	for _, x := range sound {
		before, last = last, x+coefficient*last-before
	}
	power := before*before + last*last - coefficient*before*last
	return 2 * math.Sqrt(max(power, 0)) / float64(len(sound))
}

// expectTone waits until the listener has heard so many tenths of a second of the tone.
func expectTone(t *testing.T, listener string, sound func() []float64, tone pitch, windows int) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for windowsWith(sound(), tone) < windows {
		select {
		case <-tick.C:
		case <-deadline:
			heard := sound()
			t.Fatalf("%s listens for %v Hz: heard it in %d tenths of a second of %d, at most with an amplitude of %.0f, want %d with about %.0f",
				listener, tone.hz, windowsWith(heard, tone), len(heard)/window, loudest(heard, tone), windows, tone.amplitude())
		}
	}
}

// speaker stands for the browser of a rep: it says a steady tone and remembers what it is told.
type speaker struct {
	end *relay.End

	mu    sync.Mutex // guards heard
	heard []float64
}

func newSpeaker(t *testing.T) *speaker {
	s := &speaker{}
	s.end = relay.NewEnd(s)
	s.end.Agree(relay.Format{Codec: relay.PCMU})
	mouth := relay.NewEnd(throat{s.end})
	mouth.Agree(relay.Format{Codec: relay.PCMU})
	voice := relay.NewTone(relay.Sound{FrequenciesHz: []float64{repVoice.hz}, LevelDBov: repVoice.dBov, On: time.Second})
	relay.Join(voice, mouth)
	t.Cleanup(func() { _ = voice.Close() })
	return s
}

// End implements relay.Side.
func (s *speaker) End() *relay.End { return s.end }

// SendRTP implements relay.Wire: it is what the far end says.
func (s *speaker) SendRTP(packet []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, octet := range packet[12:] {
		s.heard = append(s.heard, float64(relay.PCMU.Decode(octet)))
	}
	return true
}

func (s *speaker) sound() []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]float64(nil), s.heard...)
}

func (s *speaker) expect(t *testing.T, listener string, tone pitch, windows int) {
	t.Helper()
	expectTone(t, listener, s.sound, tone, windows)
}

// throat hands sound to an end as if it had come over the wire.
type throat struct{ to *relay.End }

// SendRTP implements relay.Wire.
func (w throat) SendRTP(packet []byte) bool { return w.to.Receive(packet) }

// baresip is a telephone with a SIP and RTP stack that is not ours.
type baresip struct {
	t       *testing.T
	account string // parameters of its account
	home    string
	port    int
	out     bytes.Buffer // to be read once it has ended
	end     func()       // asks it to end
	ended   chan struct{}
}

// startBaresip starts one that answers every call at once and says a steady tone. It opens its port for UDP and for TCP and ends when
// one of them is taken, even by a connection that is long over; then another port is tried.
func startBaresip(t *testing.T, more ...string) *baresip {
	t.Helper()
	return startBaresipAs(t, "", more...)
}

// startBaresipAs starts one whose account has more parameters.
func startBaresipAs(t *testing.T, account string, more ...string) *baresip {
	t.Helper()
	var b *baresip
	for range 10 {
		b = &baresip{t: t, account: account, home: t.TempDir(), port: freePort(t), ended: make(chan struct{})}
		b.furnish()
		b.start(more)
		if b.opensPorts() {
			t.Cleanup(func() {
				b.stop()
				if t.Failed() {
					t.Logf("baresip said:\n%s", tail(b.out.String()))
				}
			})
			return b
		}
		b.stop()
	}
	t.Fatalf("baresip was started: it did not open its ports\n%s", tail(b.out.String()))
	return nil
}

func (b *baresip) start(more []string) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, "baresip", append([]string{"-f", b.home, "-t", "60"}, more...)...)
	command.Env, command.Dir = append(os.Environ(), "HOME="+b.home), b.home
	command.Stdout, command.Stderr = &b.out, &b.out
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		cancel()
		b.t.Fatalf("start baresip (Debian package baresip): %v", err)
	}
	b.end = cancel
	go func() {
		_ = command.Wait() // what it did is the claim, not how it ended
		close(b.ended)
	}()
}

// stop ends it, if it still runs.
func (b *baresip) stop() {
	b.end()
	<-b.ended
}

// furnish writes what baresip reads at its start.
func (b *baresip) furnish() {
	b.t.Helper()
	fill := strings.NewReplacer("[port]", strconv.Itoa(b.port), "[modules]", baresipModules(b.t))
	files := map[string][]byte{"contacts": nil, "voice.wav": wave(baresipVoice, 30*time.Second)}
	for _, name := range []string{"config", "accounts"} {
		text, err := os.ReadFile("testdata/baresip/" + name)
		if err != nil {
			b.t.Fatal(err)
		}
		files[name] = []byte(fill.Replace(string(text)))
		if name == "accounts" {
			files[name] = append(bytes.TrimSpace(files[name]), b.account+"\n"...)
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(b.home, name), content, 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
}

// baresipModules finds the folder of baresip's modules, which some systems name after the machine's kind.
func baresipModules(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules", "/usr/local/lib/baresip/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("start baresip: it has no modules (Debian package baresip)")
	return ""
}

// wave writes a tone as a WAV file of one channel with 16 bits.
func wave(tone pitch, lasts time.Duration) []byte {
	samples := int(lasts.Seconds() * sampleRate)
	little := binary.LittleEndian
	file := append(little.AppendUint32([]byte("RIFF"), uint32(36+2*samples)), "WAVEfmt "...)
	file = little.AppendUint32(file, 16)
	file = little.AppendUint16(little.AppendUint16(file, 1), 1) // uncompressed, one channel
	file = little.AppendUint32(little.AppendUint32(file, sampleRate), 2*sampleRate)
	file = little.AppendUint16(little.AppendUint16(file, 2), 16)
	file = little.AppendUint32(append(file, "data"...), uint32(2*samples))
	for i := range samples {
		sample := tone.amplitude() * math.Sin(2*math.Pi*tone.hz*float64(i)/sampleRate)
		file = little.AppendUint16(file, uint16(int16(sample)))
	}
	return file
}

// opensPorts waits until baresip has its port for TCP, which is the last that it opens and which the kernel's list shows, or has ended.
func (b *baresip) opensPorts() bool {
	local := fmt.Sprintf(" 0100007F:%04X 00000000:0000 0A ", b.port)
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if sockets, err := os.ReadFile("/proc/net/tcp"); err == nil && bytes.Contains(sockets, []byte(local)) {
			return true
		}
		select {
		case <-tick.C:
		case <-b.ended:
			return false
		case <-deadline:
			return false
		}
	}
}

// uri is the trunk that this baresip is.
func (b *baresip) uri() string { return "sip:127.0.0.1:" + strconv.Itoa(b.port) }

func (b *baresip) expect(t *testing.T, listener string, tone pitch, windows int) {
	t.Helper()
	expectTone(t, listener, b.sound, tone, windows)
}

// sound is what baresip has heard until now, from the file that it is still writing.
func (b *baresip) sound() []float64 {
	b.t.Helper()
	files, err := filepath.Glob(filepath.Join(b.home, "*-dec.wav"))
	if err != nil || len(files) == 0 {
		return nil
	}
	file, err := os.ReadFile(files[0])
	if err != nil {
		b.t.Fatal(err)
	}
	samples, err := samplesOf(file)
	if err != nil {
		b.t.Fatalf("what baresip heard: %v", err)
	}
	return samples
}

// samplesOf reads a WAV file that may have no end yet.
func samplesOf(file []byte) ([]float64, error) {
	const header = 44
	if len(file) < header {
		return nil, nil
	}
	channels, rate, bits := binary.LittleEndian.Uint16(file[22:]), binary.LittleEndian.Uint32(file[24:]), binary.LittleEndian.Uint16(file[34:])
	if string(file[:4]) != "RIFF" || channels != 1 || rate != sampleRate || bits != 16 {
		return nil, errors.New("no WAV file of one channel with 8,000 samples of 16 bits a second")
	}
	var samples []float64
	for rest := file[header:]; len(rest) >= 2; rest = rest[2:] {
		samples = append(samples, float64(int16(binary.LittleEndian.Uint16(rest))))
	}
	return samples, nil
}
