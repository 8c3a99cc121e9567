package psap

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mayday/sip"
)

// patience bounds every wait of these tests; nothing is expected to take as long.
const patience = 10 * time.Second

// outside is a running service with its HTTP interface.
type outside struct {
	t       *testing.T
	service *Service
	url     string
}

// start runs a service that answers at once.
func start(t *testing.T, config Config) *outside {
	t.Helper()
	if len(config.SIP) == 0 {
		config.SIP = []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}
	}
	service, err := New(config)
	if err != nil {
		t.Fatalf("new service: %v", err)
	}
	if err := service.Start(); err != nil {
		t.Fatalf("start service: %v", err)
	}
	server := httptest.NewServer(service.Handler())
	t.Cleanup(func() {
		if err := service.Stop(); err != nil {
			t.Errorf("stop service: %v", err)
		}
		server.Close()
	})
	o := &outside{t: t, service: service, url: server.URL}
	o.behave(`{"answer_after_ms":0}`)
	return o
}

// do makes a request, wants its status, and reads the answer into the value.
func (o *outside) do(method, path, body string, status int, into any) {
	o.t.Helper()
	request, err := http.NewRequest(method, o.url+"/psap/"+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	if response.StatusCode != status {
		o.t.Fatalf("%s %s %.200s: %d %.200s, want %d", method, path, body, response.StatusCode, text, status)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			o.t.Fatalf("%s %s: answer %q: %v", method, path, text, err)
		}
	}
}

func (o *outside) behave(behaviour string) {
	o.t.Helper()
	o.do("POST", "behaviour", behaviour, http.StatusOK, nil)
}

func (o *outside) calls() []Call {
	o.t.Helper()
	var calls []Call
	o.do("GET", "calls", "", http.StatusOK, &calls)
	return calls
}

func (o *outside) call(id string) Call {
	o.t.Helper()
	var call Call
	o.do("GET", "calls/"+id, "", http.StatusOK, &call)
	return call
}

// until waits until the newest call is as it should be, and gives it.
func (o *outside) until(what string, is func(Call) bool) Call {
	o.t.Helper()
	var last Call
	eventually(o.t, what, func() bool {
		if calls := o.calls(); len(calls) > 0 {
			last = calls[0]
			return is(last)
		}
		return false
	})
	return last
}

func (o *outside) untilState(state State) Call {
	o.t.Helper()
	return o.until("the call is "+string(state), func(c Call) bool { return c.State == state })
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(patience)
	for !is() {
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("after %v: still not: %s", patience, what)
		}
	}
}

// product plays the server under test: another SIP stack with sound of its own.
type product struct {
	t       *testing.T
	stack   *sip.Stack
	address netip.AddrPort
	invited chan *sip.Dialog
}

func newProduct(t *testing.T) *product {
	t.Helper()
	p := &product{t: t, invited: make(chan *sip.Dialog, 10)}
	p.stack = sip.New(sip.Config{}, p)
	var err error
	if p.address, err = p.stack.Listen("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if _, err = p.stack.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stack.Close() })
	return p
}

func (p *product) Invited(d *sip.Dialog)     { p.invited <- d }
func (p *product) Requested(x *sip.Exchange) { x.RespondDefault() }

// leg is the product's side of a call.
type leg struct {
	t      *testing.T
	dialog *sip.Dialog
	sound  *sound
	side   ourSide
}

func (p *product) newLeg() *leg {
	p.t.Helper()
	s, err := openSound(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	if err != nil {
		p.t.Fatal(err)
	}
	s.speakAs(voice{hz: 620, volume: clearVolume}, false)
	s.start()
	p.t.Cleanup(s.close)
	return &leg{t: p.t, sound: s, side: ourSide{id: 1, version: 1, address: s.local()}}
}

func (l *leg) offer(codecs ...codec) []byte {
	l.t.Helper()
	body, err := l.side.offer(codecs...)
	if err != nil {
		l.t.Fatal(err)
	}
	return body
}

// dial calls a number at the service; change may alter the INVITE.
func (p *product) dial(o *outside, number string, change func(*sip.Invite)) *leg {
	p.t.Helper()
	l := p.newLeg()
	peer := o.service.SIP()[0].String()
	invite := sip.Invite{
		Peer: "sip:" + peer, RequestURI: "sip:" + number + "@" + peer,
		From:        sip.Address{Display: "Alice Doe", URI: "sip:+12175550101@127.0.0.1"},
		To:          sip.Address{URI: "sip:" + number + "@" + peer},
		Headers:     []sip.Header{{Name: "P-Asserted-Identity", Value: "<sip:+12175550101@127.0.0.1>"}},
		ContentType: sdpType, Body: l.offer(pcmu, pcma),
	}
	if change != nil {
		change(&invite)
	}
	var err error
	if l.dialog, err = p.stack.Invite(invite); err != nil {
		p.t.Fatalf("dial %s: %v", number, err)
	}
	return l
}

// agree takes the session description in a message of the service.
func (l *leg) agree(message *sip.Message) session {
	l.t.Helper()
	body, _ := findSDP(message)
	d, err := readDescription(body, noCodec)
	if err != nil {
		l.t.Fatalf("session description of the service %q: %v", message.Body(), err)
	}
	l.sound.agree(d.session)
	return d.session
}

// connect dials and waits until the service has answered.
func (p *product) connect(o *outside, number string, change func(*sip.Invite)) *leg {
	p.t.Helper()
	l := p.dial(o, number, change)
	l.agree(await[sip.Answered](l).Response)
	return l
}

// accept answers a call that came in.
func (l *leg) accept() {
	l.t.Helper()
	offer, err := readDescription(l.dialog.Request().Body(), noCodec)
	if err != nil {
		l.t.Fatal(err)
	}
	answer, err := l.side.answer(offer)
	if err != nil {
		l.t.Fatal(err)
	}
	l.sound.agree(offer.session)
	if err := l.dialog.Answer(nil, sdpType, answer); err != nil {
		l.t.Fatal(err)
	}
}

// await gives the leg's next event of the type and passes over others.
func await[E sip.Event](l *leg) E {
	l.t.Helper()
	timeout := time.After(patience)
	var passed []sip.Event
	for {
		select {
		case event, open := <-l.dialog.Events():
			if found, ok := event.(E); ok {
				return found
			}
			if passed = append(passed, event); open {
				continue
			}
		case <-timeout:
		}
		var wanted E
		l.t.Fatalf("no %T came, but %#v", wanted, passed)
		return wanted
	}
}

// hears waits until the leg hears a tone.
func (l *leg) hears(hz float64) {
	l.t.Helper()
	var heard Hearing
	defer func() {
		if l.t.Failed() {
			l.t.Logf("the product's side heard %+v", heard)
		}
	}()
	eventually(l.t, "the product hears the tone", func() bool {
		heard = l.sound.hearing(time.Now())
		return near(heard.FrequencyHz, hz)
	})
}

func near(got, want float64) bool { return got > want-5 && got < want+5 }

// hears waits until the newest call's far end hears a tone of the product.
func (o *outside) hears(hz float64) Call {
	o.t.Helper()
	return o.until("the service hears the tone", func(c Call) bool { return near(c.FrequencyHz, hz) && c.LevelDBov > -20 })
}

// multipart joins a session description and a location as the product sends them.
func multipart(sdp []byte, pidf string) (contentType string, body []byte) {
	var b bytes.Buffer
	b.WriteString("--x1\r\nContent-Type: application/sdp\r\n\r\n")
	b.Write(sdp)
	b.WriteString("\r\n--x1\r\nContent-Type: application/pidf+xml\r\nContent-ID: <place@example.com>\r\n\r\n" + pidf + "\r\n--x1--\r\n")
	return `multipart/mixed;boundary="x1"`, b.Bytes()
}
