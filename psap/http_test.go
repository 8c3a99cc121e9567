package psap

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"mayday/sip"
)

func TestRequestsFromElsewhereAreRefused(t *testing.T) {
	o := start(t, Config{})
	for _, c := range []struct {
		host, origin string
		status       int
	}{
		{"", "", 200}, {"localhost:8080", "", 200}, {"127.0.0.1", "", 200}, {"[::1]:80", "http://[::1]:80", 200}, {"psap.localhost", "", 200},
		{"psap.example", "", 403}, {"192.0.2.1:8080", "", 403}, {"localhost.example", "", 403},
		{"localhost:8080", "http://localhost:8080", 200}, {"localhost:8080", "http://localhost:9090", 403},
		{"localhost:8080", "https://evil.example", 403}, {"localhost:8080", "null", 403},
	} {
		request, err := http.NewRequest("GET", o.url+"/psap/calls", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = c.host
		if c.origin != "" {
			request.Header.Set("Origin", c.origin)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("host %q, origin %q: %d, want %d", c.host, c.origin, response.StatusCode, c.status)
		}
	}
}

func TestProblemsSayWhatIsWrong(t *testing.T) {
	o := start(t, Config{})
	for _, c := range []struct {
		method, path, body string
		status             int
		detail             string
	}{
		{"POST", "behaviour", `{"rejct":503}`, 400, `unknown field "rejct"`},
		{"POST", "behaviour", `{"reject":99,"provisionals":[1]}`, 400, "reject: 99 is not a status from 400 to 699; provisionals: 1"},
		{"POST", "behaviour", "", 400, "the body is empty"},
		{"POST", "behaviour", `{"codec":"` + strings.Repeat("x", maxRequestBody) + `"}`, 413, "longer than"},
		{"POST", "callback", `{"to":"sip:alice@x"}`, 400, `to: "sip:alice@x" is not a telephone number`},
		{"POST", "callback", `{"to":"1","from":"x"}`, 400, `from: "x"`},
		{"POST", "callback", `{"to":"+1217","withheld":"yes"}`, 400, "withheld: a string does not fit"},
		{"POST", "callback", `{"to":"+1217","withheld":true,"from":"123"}`, 400, "choose one"},
		{"POST", "dtmf", `{"call":"x","digits":"1"}`, 404, `there is no call "x"`},
		{"POST", "dtmf", `{"call":"x","digits":"1 2"}`, 400, `digits: "1 2" are not keys`},
		{"GET", "calls/none", "", 404, `there is no call "none"`},
		{"POST", "calls/none/hangup", "", 404, "there is no call"},
		{"POST", "calls/none/answer", "", 404, "there is no call"},
		{"GET", "calls/none/audio", "", 404, "there is no call"},
		{"GET", "calls?limit=0", "", 400, "limit"},
		{"GET", "calls?brief=perhaps", "", 400, "brief"},
		{"PUT", "behaviour", "", 404, "there is no PUT"},
		{"GET", "page/", "", 404, "no such file"},
		{"GET", "elsewhere", "", 404, "there is no GET /psap/elsewhere"},
	} {
		var p struct {
			Status int
			Detail string
		}
		o.do(c.method, c.path, c.body, c.status, &p)
		if p.Status != c.status || !strings.Contains(p.Detail, c.detail) {
			t.Errorf("%s %s %.40s: problem %d %q, want %d with %q", c.method, c.path, c.body, p.Status, p.Detail, c.status, c.detail)
		}
	}
}

func TestListOfNoCallsIsAnEmptyArray(t *testing.T) {
	o := start(t, Config{})
	var raw json.RawMessage
	o.do("GET", "calls", "", 200, &raw)
	if strings.TrimSpace(string(raw)) != "[]" {
		t.Errorf("before any call: %s", raw)
	}
}

func TestPageAndItsFilesAreServed(t *testing.T) {
	o := start(t, Config{})
	for path, kind := range map[string]string{
		"": "text/html", "/": "text/html", "/page/console.js": "text/javascript", "/page/map.js": "text/javascript",
		"/page/talk.js": "text/javascript", "/page/worklet.js": "text/javascript", "/page/style.css": "text/css",
	} {
		response, err := http.Get(o.url + "/psap" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 || len(body) == 0 || !strings.HasPrefix(response.Header.Get("Content-Type"), kind) {
			t.Errorf("/psap%s: %d, %d bytes of %s, %v", path, response.StatusCode, len(body), response.Header.Get("Content-Type"), err)
		}
	}
}

func TestEndedCallsAreForgottenOnRequest(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", nil)
	l.dialog.End("")
	o.untilState(Over)
	p.connect(o, "112", nil)
	o.do("DELETE", "calls", "", http.StatusNoContent, nil)
	if calls := o.calls(); len(calls) != 1 || calls[0].Dialled != "112" {
		t.Errorf("with one call over and one up, after forgetting: %d calls", len(calls))
	}
}

// person is a browser tab that talks.
type person struct {
	t          *testing.T
	connection *websocket.Conn
	said       meter
	closed     chan websocket.StatusCode
}

// sitDown attaches a person who says a tone and listens, until the connection ends.
func sitDown(t *testing.T, o *outside, id string, hz float64) *person {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	connection, _, err := websocket.Dial(ctx, strings.Replace(o.url, "http", "ws", 1)+"/psap/calls/"+id+"/audio", nil)
	if err != nil {
		cancel()
		t.Fatalf("attach sound: %v", err)
	}
	p := &person{t: t, connection: connection, closed: make(chan websocket.StatusCode, 1)}
	talking := make(chan struct{})
	go func() {
		defer close(talking)
		p.speak(ctx, hz)
	}()
	go p.listen(ctx)
	t.Cleanup(func() { cancel(); connection.CloseNow(); <-talking })
	return p
}

func (p *person) speak(ctx context.Context, hz float64) {
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	v := voice{hz: hz, volume: clearVolume}
	for n := uint64(0); ; n += frameSamples {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		message := make([]byte, 0, wireFrame)
		for _, s := range v.frame(n) {
			message = binary.LittleEndian.AppendUint16(message, uint16(s))
		}
		if p.connection.Write(ctx, websocket.MessageBinary, message) != nil {
			return
		}
	}
}

func (p *person) listen(ctx context.Context) {
	for {
		_, message, err := p.connection.Read(ctx)
		if err != nil {
			p.closed <- websocket.CloseStatus(err)
			return
		}
		samples := make([]int16, len(message)/2)
		for i := range samples {
			samples[i] = int16(binary.LittleEndian.Uint16(message[2*i:]))
		}
		p.said.add(samples, time.Now())
	}
}

func (p *person) hears(hz float64) {
	p.t.Helper()
	eventually(p.t, "the person hears the caller", func() bool {
		_, heard := p.said.read(time.Now())
		return near(heard, hz)
	})
}

func TestPersonTalksInPlaceOfTheTone(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", nil)
	id := o.calls()[0].ID
	l.hears(440)
	one := sitDown(t, o, id, 900)
	one.hears(620)
	l.hears(900)
	if c := o.call(id); !c.Talking {
		t.Error("while a person talks: the call does not say so")
	}
	another := sitDown(t, o, id, 1500)
	if status := <-one.closed; status != websocket.StatusNormalClosure {
		t.Errorf("when another tab takes the call: the first is closed with %d", status)
	}
	l.hears(1500)
	another.connection.Close(websocket.StatusNormalClosure, "")
	l.hears(440)
	last := sitDown(t, o, id, 900)
	l.dialog.End("")
	await[sip.Ended](l)
	if status := <-last.closed; status != websocket.StatusNormalClosure {
		t.Errorf("when the call ends: the tab is closed with %d", status)
	}
	o.do("GET", "calls/"+id+"/audio", "", http.StatusConflict, nil)
}

func TestWrongFrameEndsTheSoundConnection(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", nil)
	for kind, message := range map[websocket.MessageType]string{websocket.MessageBinary: "short", websocket.MessageText: strings.Repeat("x", wireFrame)} {
		connection, _, err := websocket.Dial(t.Context(), strings.Replace(o.url, "http", "ws", 1)+"/psap/calls/"+o.calls()[0].ID+"/audio", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := connection.Write(t.Context(), kind, []byte(message)); err != nil {
			t.Fatal(err)
		}
		for err = nil; err == nil; {
			_, _, err = connection.Read(t.Context())
		}
		if status := websocket.CloseStatus(err); status != websocket.StatusUnsupportedData {
			t.Errorf("message %.5q of type %v: closed with %d", message, kind, status)
		}
	}
	l.hears(440)
}

func TestSoundConnectionFromAnotherOriginIsRefused(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	p.connect(o, "911", nil)
	_, response, err := websocket.Dial(t.Context(), strings.Replace(o.url, "http", "ws", 1)+"/psap/calls/"+o.calls()[0].ID+"/audio",
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"http://evil.example"}}})
	if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another origin attaches: %v", err)
	}
}
