package sipcall_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mayday/center/location"
	"mayday/edge/relay"
	"mayday/edge/sipcall"
	"mayday/engine"
	"mayday/sip"
)

// phone is somebody's telephone: it plays a tone and remembers the samples that it is sent.
type phone struct {
	conn  *net.UDPConn
	codec relay.Codec
	hz    float64
	to    atomic.Pointer[netip.AddrPort]
	keys  chan byte // event codes to press

	mu    sync.Mutex
	heard []float64
}

func newPhone(t *testing.T, codec relay.Codec, hz float64) *phone {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	p := &phone{conn: conn, codec: codec, hz: hz, keys: make(chan byte, 8)}
	var running sync.WaitGroup
	running.Go(p.talk)
	running.Go(p.listen)
	t.Cleanup(func() {
		conn.Close()
		running.Wait()
	})
	return p
}

func (p *phone) addr() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (p *phone) sdp() []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP %d 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		p.addr().Port(), p.codec)
}

// talk sends the tone every 20 ms, and one packet for each key, until the port is closed.
func (p *phone) talk() {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	raw, seq, at := make([]byte, 172), uint16(0), uint32(0)
	raw[0] = 0x80
	for {
		<-ticker.C
		to := p.to.Load()
		if to == nil {
			to = new(netip.MustParseAddrPort("127.0.0.1:9"))
		}
		size := len(raw)
		binary.BigEndian.PutUint16(raw[2:], seq)
		binary.BigEndian.PutUint32(raw[4:], at)
		binary.BigEndian.PutUint32(raw[8:], uint32(p.hz))
		select {
		case key := <-p.keys:
			raw[1], size = 101, 16
			copy(raw[12:], []byte{key, 0x8a, 0, 160})
		default:
			raw[1] = byte(p.codec)
			for i := range 160 {
				raw[12+i] = p.codec.Encode(int16(8000 * math.Sin(2*math.Pi*p.hz*float64(int(at)+i)/8000)))
			}
		}
		seq, at = seq+1, at+160
		if _, err := p.conn.WriteToUDPAddrPort(raw[:size], *to); err != nil {
			return
		}
	}
}

func (p *phone) listen() {
	raw := make([]byte, 2000)
	for {
		n, _, err := p.conn.ReadFromUDPAddrPort(raw)
		if err != nil {
			return
		}
		codec := relay.Codec(raw[1] & 0x7f)
		if n < 12 || codec != relay.PCMU && codec != relay.PCMA {
			continue
		}
		p.mu.Lock()
		for _, octet := range raw[12:n] {
			p.heard = append(p.heard, float64(codec.Decode(octet)))
		}
		p.mu.Unlock()
	}
}

// latest returns the last half second that the phone was sent, of at least as much since begin.
func (p *phone) latest(begin int) ([]float64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.heard) < begin+4000 {
		return nil, false
	}
	return append([]float64(nil), p.heard[len(p.heard)-4000:]...), true
}

func (p *phone) so() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.heard)
}

// loud returns the amplitude of a frequency.
func loud(sound []float64, hz float64) float64 {
	var in, out float64
	for i, x := range sound {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / 8000)
		in, out = in+x*sin, out+x*cos
	}
	return 2 * math.Hypot(in, out) / float64(len(sound))
}

// hears waits until a phone has heard each of 400, 700 and 1,100 Hz as wanted for half a second: x is there, - is not.
func (p *phone) hears(t *testing.T, circumstance, want string) {
	t.Helper()
	begin, deadline := p.so(), time.After(20*time.Second)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	got := [3]float64{}
	for {
		if sound, enough := p.latest(begin); enough {
			right := true
			for i, hz := range []float64{400, 700, 1100} {
				got[i] = loud(sound, hz)
				right = right && (want[i] == 'x' && got[i] > 4000 || want[i] == '-' && got[i] < 800)
			}
			if right {
				return
			}
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("%s: at the ear of %v Hz 400, 700 and 1,100 Hz have amplitudes %.0f, want %q", circumstance, p.hz, got, want)
		}
	}
}

// exchange is a trunk behind which are the emergency service and the telephone of the desk.
type exchange struct {
	psap, desk *phone
	dialogs    chan *sip.Dialog // of the desk, answered
	ended      chan string      // Request-URI of a call that we hung up
}

// Invited implements sip.Handler.
func (x *exchange) Invited(d *sip.Dialog) {
	uri, at := d.Request().URI(), x.psap
	if !strings.Contains(uri, "911") {
		at = x.desk
	}
	if remote, err := relay.Read(d.Request().Body()); err == nil {
		at.to.Store(&remote.Addr)
	} else if parts, err := sip.Parts(d.Request().ContentType(), d.Request().Body()); err == nil {
		if remote, err := relay.Read(parts[0].Body); err == nil {
			at.to.Store(&remote.Addr)
		}
	}
	_ = d.Answer(nil, "application/sdp", at.sdp())
	if at == x.desk {
		x.dialogs <- d
	}
	go func() {
		for e := range d.Events() {
			if _, over := e.(sip.Ended); over {
				x.ended <- uri
			}
		}
	}()
}

// Requested implements sip.Handler.
func (*exchange) Requested(x *sip.Exchange) { x.RespondDefault() }

// TestDeskJoinsByTelephone: three real ears behind real SIP. The telephone of the desk is called when the emergency service has answered,
// hears both and is heard by none; *6 lets it speak, as sound or in INFO; another is silent again; it hangs up, and the call goes on. In the next call the rep
// hangs up, and so is the desk.
func TestDeskJoinsByTelephone(t *testing.T) {
	t.Parallel()
	rep := newPhone(t, relay.PCMU, 400)
	x := &exchange{
		psap: newPhone(t, relay.PCMU, 700), desk: newPhone(t, relay.PCMA, 1100), dialogs: make(chan *sip.Dialog, 4), ended: make(chan string, 8),
	}
	stack := sip.New(sip.Config{}, x)
	t.Cleanup(func() { _ = stack.Close() })
	address, err := stack.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	has := testCenter(1, []string{"sip:" + address.String() + ";transport=udp"})
	has.Sites[0].DeskJoins = location.DeskSpeaks
	r := newRigOf(t, "127.0.0.1", has, sipcall.Limits{})
	socket, err := r.ports.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	socket.SetRemote(rep.addr(), relay.Format{Codec: relay.PCMU})
	rep.to.Store(new(socket.Local()))
	r.browser = socket
	watch := r.watch(0)
	defer watch.Close(t.Context())
	r.do(engine.ReportSound{Rep: repID(0), Tab: "tab0", Connected: true, Heard: true})

	r.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: "911", Call: "first"})
	desk := func(want engine.DeskState) func(engine.View) bool {
		return func(v engine.View) bool {
			return v.Emergency != nil && v.Emergency.Desk != nil && v.Emergency.Desk.State == want
		}
	}
	until(t, watch, "the desk has taken its telephone off", desk(engine.DeskListening))
	x.desk.hears(t, "the desk listens", "xx-")
	rep.hears(t, "the desk listens", "-x-")
	x.psap.hears(t, "the desk listens", "x--")
	press := func() { x.desk.keys <- 10; x.desk.press(t, 6) }
	press()
	until(t, watch, "the desk has pressed *6", desk(engine.DeskSpeaking))
	rep.hears(t, "the desk speaks", "-xx")
	x.psap.hears(t, "the desk speaks", "x-x")
	x.desk.hears(t, "the desk speaks", "xx-")
	press()
	until(t, watch, "the desk has pressed *6 again", desk(engine.DeskListening))
	rep.hears(t, "the desk is silent again", "-x-")
	x.psap.hears(t, "the desk is silent again", "x--")

	telephone := <-x.dialogs
	for _, key := range "*6" {
		telephone.Send("INFO", nil, "application/dtmf-relay", []byte("Signal="+string(key)+"\r\nDuration=160\r\n"))
	}
	until(t, watch, "the desk has pressed *6 on a trunk that sends keys in INFO", desk(engine.DeskSpeaking))
	rep.hears(t, "the desk speaks again", "-xx")

	telephone.End("")
	until(t, watch, "the desk has hung up", func(v engine.View) bool { return v.Emergency != nil && v.Emergency.Desk == nil })
	rep.hears(t, "the desk has hung up", "-x-")
	x.psap.hears(t, "the desk has hung up", "x--")
	r.do(engine.End{Rep: repID(0)})
	until(t, watch, "the rep has hung up", over)

	r.do(engine.Dial{Rep: repID(0), Tab: "tab0", Typed: "911", Call: "second"})
	until(t, watch, "the desk has taken its telephone off", desk(engine.DeskListening))
	r.do(engine.End{Rep: repID(0)})
	until(t, watch, "the rep has hung up", over)
	deadline := time.After(20 * time.Second)
	for {
		select {
		case uri := <-x.ended:
			if strings.Contains(uri, "12175550199") {
				return
			}
		case <-deadline:
			t.Fatal("the rep has hung up: the telephone of the desk is not hung up")
		}
	}
}

// press presses a key some time after the last one.
func (p *phone) press(t *testing.T, key byte) {
	t.Helper()
	begin := p.so()
	for ticker := time.NewTicker(10 * time.Millisecond); ; <-ticker.C {
		if p.so() >= begin+1600 { // a fifth of a second of sound
			ticker.Stop()
			p.keys <- key
			return
		}
	}
}
