package app_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"mayday/config"
	"mayday/psap"
	"mayday/web/api"
)

// TestNodeThatListensOverTLSAlone: an emergency call and the call back, over TLS with encrypted sound, to and from baresip, which shares no
// code with us and takes nothing else. Both ears are in the test: a browser's and baresip's.
func TestNodeThatListensOverTLSAlone(t *testing.T) {
	ours, authority, err := psap.SelfSigned(netip.MustParseAddr("127.0.0.1"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	certificate := keptPair(t, ours)
	service := startBaresip(t, certificate)
	s := lay(t, t.TempDir(), func(center string) string {
		provider := center[strings.Index(center, "  - {id: provider"):strings.Index(center, "  - {id: carrier")]
		secure := fmt.Sprintf("  - {id: provider, kind: direct_offer, uri: %q, location: by_value, srtp: sdes_required, tls: {authority: %q}}\n",
			fmt.Sprintf("sip:127.0.0.1:%d;transport=tls", service.port), authority)
		return strings.Replace(center, provider, secure, 1)
	})
	s.settings.SIP = config.SIP{Listen: []config.Listener{{Network: "tls", Host: "127.0.0.1"}}, Certificate: certificate, Key: certificate}
	s.start()
	x := startChromium(t).profile(t, s.url(), granted).open()
	x.signIn("alice")
	watching := signIn(t, s.url(), "alice").feed()

	x.dial("911")
	watching.isConnected("911")
	service.hears("911", microphoneHz)
	x.plays("911", baresipHz)
	x.press("button", "End call")
	x.windowIsOpen()
	if calls := callsAt(t, s.carrier); len(calls) > 0 {
		t.Errorf("911: the trunk without TLS has %d calls, want none", len(calls))
	}

	caller := startBaresip(t, certificate, "-e", fmt.Sprintf("/dial sip:%s@%s;transport=tls", watching.shown().Window.Number, s.node.SIP()))
	x.rings()
	x.keys(kb.Enter)
	watching.isConnected("a call back")
	caller.hears("a call back", microphoneHz)
	x.plays("a call back", baresipHz)
	x.press("button", "End call")
	x.windowIsOpen()

	x.dial("933") // no trunk has a test service: that of this node answers, over TLS too
	watching.shows("933 is answered", func(w api.Workspace) bool { return w.Call != nil && w.Call.State == api.CallConnected })
}

func (f *feed) isConnected(circumstance string) {
	f.t.Helper()
	f.shows(circumstance+" is connected", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallConnected })
}

// keptPair writes a certificate and its key to one file.
func keptPair(t *testing.T, pair tls.Certificate) (file string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	file = filepath.Join(t.TempDir(), "pair.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	baresipHz   = 600 // what baresip says
	baresipRate = 8000
)

// baresip is a telephone that answers over TLS and takes encrypted sound alone.
type baresip struct {
	t    *testing.T
	home string
	port int // over TLS
	out  bytes.Buffer
}

// startBaresip starts one. Its ports may have been taken in the meantime; then others are tried.
func startBaresip(t *testing.T, certificate string, more ...string) *baresip {
	t.Helper()
	for range 10 {
		b := &baresip{t: t, home: t.TempDir()}
		plain, err := strconv.Atoi(freePort(t))
		if err != nil {
			t.Fatal(err)
		}
		b.port = plain + 1 // as baresip counts
		b.furnish(plain, certificate)
		ctx, end := context.WithCancel(context.Background())
		command := exec.CommandContext(ctx, "baresip", append([]string{"-f", b.home, "-t", "120"}, more...)...)
		command.Env, command.Dir = append(os.Environ(), "HOME="+b.home), b.home
		command.Stdout, command.Stderr = &b.out, &b.out
		command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
		command.WaitDelay = 5 * time.Second
		if err := command.Start(); err != nil {
			t.Fatalf("start baresip (Debian package baresip): %v", err)
		}
		ended := make(chan struct{})
		go func() {
			_ = command.Wait() // what it did is the claim, not how it ended
			close(ended)
		}()
		stop := func() { end(); <-ended }
		if b.listens(ended) {
			t.Cleanup(func() {
				stop()
				if t.Failed() {
					t.Logf("baresip said:\n%s", b.out.String())
				}
			})
			return b
		}
		stop()
	}
	t.Fatal("baresip was started: it did not open its ports")
	return nil
}

// furnish writes what baresip reads at its start.
func (b *baresip) furnish(plain int, certificate string) {
	b.t.Helper()
	modules := ""
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules", "/usr/local/lib/baresip/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			modules = found[0]
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "edge", "sipcall", "testdata", "baresip", "config"))
	if err != nil {
		b.t.Fatal(err)
	}
	voice, err := os.ReadFile(writeTone(b.t, baresipHz, baresipRate, 2*time.Minute))
	if err != nil {
		b.t.Fatal(err)
	}
	settings := strings.NewReplacer("[port]", strconv.Itoa(plain), "[modules]", modules).Replace(string(text))
	for name, content := range map[string]string{
		"config":    settings + "\nsip_certificate " + certificate + "\nsip_cafile " + certificate + "\n",
		"accounts":  "<sip:911@127.0.0.1;transport=tls>;regint=0;answermode=auto;mediaenc=srtp-mand\n",
		"contacts":  "",
		"voice.wav": string(voice),
	} {
		if err := os.WriteFile(filepath.Join(b.home, name), []byte(content), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

// listens waits until baresip takes connections over TLS; false: it has ended.
func (b *baresip) listens(ended <-chan struct{}) bool {
	return within(patience, func() bool {
		select {
		case <-ended:
			return true
		default:
		}
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", b.port))
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}) && !isClosed(ended)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// hears waits until baresip has heard a second of a tone, in the file that it goes on writing.
func (b *baresip) hears(circumstance string, hz float64) {
	b.t.Helper()
	eventually(b.t, fmt.Sprintf("%s: baresip hears %.0f Hz", circumstance, hz), func() bool {
		files, _ := filepath.Glob(filepath.Join(b.home, "*-dec.wav"))
		if len(files) == 0 {
			return false
		}
		heard, err := os.ReadFile(files[0])
		return err == nil && tenthsWith(heard, hz) >= 10
	})
}

// tenthsWith counts the tenths of a second of a WAV file that are of one tone and little else.
func tenthsWith(wav []byte, hz float64) (count int) {
	const header, window = 44, baresipRate / 10
	for rest := wav[min(header, len(wav)):]; len(rest) >= 2*window; rest = rest[2*window:] {
		var all, real, imaginary float64
		for i := range window {
			sample := float64(int16(binary.LittleEndian.Uint16(rest[2*i:])))
			sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / baresipRate)
			all, real, imaginary = all+sample*sample, real+sample*cos, imaginary+sample*sin
		}
		if share := 2 * (real*real + imaginary*imaginary) / window / all; all/window > 300*300 && share > 0.8 {
			count++
		}
	}
	return count
}
