package notify_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mayday/center/emergency"
	"mayday/edge/notify"
	"mayday/psap/mailbox"
)

// receiver is somebody's web server that is told.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []received
}

type received struct {
	header http.Header
	body   []byte
}

// receiving starts a receiver; answer says what it does with its n-th request, counted from 0.
func receiving(t *testing.T, secure bool, answer func(w http.ResponseWriter, r *http.Request, n int)) *receiver {
	t.Helper()
	r := &receiver{}
	listen := httptest.NewServer
	if secure {
		listen = httptest.NewTLSServer
	}
	r.Server = listen(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		n := len(r.requests)
		r.requests = append(r.requests, received{request.Header, body})
		r.mu.Unlock()
		answer(w, request, n)
	}))
	r.Server.Config.ErrorLog = nil
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

func takes(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusAccepted) }

func hook(url string) emergency.Channel {
	return emergency.Channel{ID: "pager", Kind: emergency.Webhook, URL: url, Secret: "k3y"}
}

func gateway(url string) emergency.Channel {
	return emergency.Channel{ID: "texts", Kind: emergency.SMS, URL: url, Secret: "k3y", To: "+4522334455; +4522334466"}
}

func TestWebhookIsToldEverythingAndCanProveWhoTells(t *testing.T) {
	r := receiving(t, false, takes)
	h := build(t, notify.Config{Node: "node-a"})
	n := notice()
	h.notifier.TellChannel(hook(r.URL), n)
	eventually(t, "the webhook is told", func() bool { return len(r.all()) == 1 })
	got := r.all()[0]
	if kind := got.header.Get("Content-Type"); kind != "application/cloudevents+json; charset=UTF-8" {
		t.Errorf("the event's type: %q", kind)
	}
	var event struct {
		SpecVersion, ID, Source, Type, DataContentType string
		Time                                           time.Time
		Data                                           struct {
			Call, Kind, Outcome, Rep, Site, Organisation, Number string
			Place                                                []string
			CallbackNumber                                       string    `json:"callback_number"`
			CallbackUntil                                        time.Time `json:"callback_until"`
		}
	}
	if err := json.Unmarshal(got.body, &event); err != nil {
		t.Fatal(err)
	}
	if event.SpecVersion != "1.0" || event.ID == "" || event.Source != "/nodes/node-a" || event.Type != "mayday.emergency.placed" || event.Time.IsZero() {
		t.Errorf("the event's attributes: %+v", event)
	}
	d := event.Data
	if d.Call != "call-1" || d.Kind != "real" || d.Outcome != "placed" || d.Rep != n.Rep || d.Site != n.Site || d.Number != "112" ||
		d.CallbackNumber != n.CallbackNumber || !d.CallbackUntil.Equal(n.CallbackUntil) || !strings.Contains(strings.Join(d.Place, "|"), "Bredgade") {
		t.Errorf("the event says %+v", d)
	}
	keepsToCloudEvents(t, got.body)
	signature := got.header.Get("Mayday-Signature")
	if !proven("k3y", signature, got.body) {
		t.Errorf("the signature %q does not prove the body", signature)
	}
	if proven("other", signature, got.body) || proven("k3y", signature, append(got.body, ' ')) {
		t.Error("another secret, or another body, has the same signature")
	}
	eventually(t, "the outbox is empty", func() bool {
		return len(h.outbox.Mails()) == 0 && h.count("mayday_channel_notices_total", "handed_over") == 1
	})
}

// keepsToCloudEvents holds an event against what CloudEvents 1.0 §3 demands, letter by letter: readers of JSON in Go do not mind the case of names.
func keepsToCloudEvents(t *testing.T, body []byte) {
	t.Helper()
	var event map[string]json.RawMessage
	if err := json.Unmarshal(body, &event); err != nil {
		t.Fatal(err)
	}
	text := func(name string) (said string) {
		if err := json.Unmarshal(event[name], &said); err != nil || said == "" {
			t.Errorf("the event's %s is %s, and must be a text", name, event[name])
		}
		return said
	}
	want := []string{"data", "datacontenttype", "id", "source", "specversion", "time", "type"}
	if names := slices.Sorted(maps.Keys(event)); !slices.Equal(names, want) {
		t.Errorf("the event has the attributes %q, want %q", names, want)
	}
	if text("specversion") != "1.0" || text("datacontenttype") != "application/json" || text("id") == "" || text("type") == "" {
		t.Errorf("the event's attributes: %s", body)
	}
	if _, err := neturl.Parse(text("source")); err != nil {
		t.Errorf("the event's source is no URI reference: %v", err)
	}
	if at, err := time.Parse(time.RFC3339, text("time")); err != nil || time.Since(at).Abs() > time.Hour {
		t.Errorf("the event's time is %v, %v", at, err)
	}
	if !bytes.HasPrefix(event["data"], []byte("{")) {
		t.Errorf("the event's data is no object: %s", event["data"])
	}
}

// proven checks a signature as docs/operating tells a receiver to, with nothing of ours.
func proven(secret, signature string, body []byte) bool {
	t, v1, both := strings.Cut(strings.TrimPrefix(signature, "t="), ",v1=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(append([]byte(t+"."), body...))
	return both && err == nil && time.Since(time.Unix(seconds, 0)).Abs() < 5*time.Minute && v1 == hex.EncodeToString(mac.Sum(nil))
}

func TestKindOfTheEventIsSaid(t *testing.T) {
	r := receiving(t, false, takes)
	h := build(t, notify.Config{})
	for i, test := range []struct {
		change func(*emergency.Notice)
		says   string
	}{
		{func(n *emergency.Notice) { n.Escalated = true; n.At = n.At.Add(-2 * time.Minute) }, `"mayday.emergency.escalated"`},
		{func(n *emergency.Notice) { n.Test = true }, `"kind":"test"`},
		{func(n *emergency.Notice) { n.Outcome = emergency.Failed }, `"outcome":"failed"`},
	} {
		n := notice()
		test.change(&n)
		h.notifier.TellChannel(hook(r.URL), n)
		eventually(t, "the webhook is told", func() bool { return len(r.all()) == i+1 })
		if body := string(r.all()[i].body); !strings.Contains(body, test.says) {
			t.Errorf("the event does not say %s: %s", test.says, body)
		}
	}
}

func TestTextMessageGoesToTheGateway(t *testing.T) {
	r := receiving(t, false, takes)
	h := build(t, notify.Config{})
	n := notice()
	n.Place.Civic.Street = strings.Repeat("Long ", 100)
	h.notifier.TellChannel(gateway(r.URL), n)
	eventually(t, "the gateway is asked", func() bool { return len(r.all()) == 1 })
	got := r.all()[0]
	var asked struct {
		To   []string
		Text string
	}
	if err := json.Unmarshal(got.body, &asked); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked.To, []string{"+4522334455", "+4522334466"}) || len([]rune(asked.Text)) != 300 || got.header.Get("Authorization") != "Bearer k3y" {
		t.Errorf("the gateway is asked %+v (%d characters) with %q", asked, len([]rune(asked.Text)), got.header.Get("Authorization"))
	}
	for _, word := range []string{"Alice Döe", "112", "+4533112233", "Headquarters"} {
		if !strings.Contains(asked.Text, word) {
			t.Errorf("the text does not say %q: %s", word, asked.Text)
		}
	}
}

// TestReceiverThatMisbehavesHoldsNobodyUp: whatever one does, another channel and the mail are told at once, and it is tried again.
func TestReceiverThatMisbehavesHoldsNobodyUp(t *testing.T) {
	elsewhere := receiving(t, false, takes)
	for name, bad := range map[string]struct {
		first   func(w http.ResponseWriter, r *http.Request)
		refused bool
	}{
		"answers 500": {first: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
		"answers 401": {first: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, refused: true},
		"sends away": {first: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, refused: true},
		"breaks off":       {first: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		"says no status":   {first: func(w http.ResponseWriter, _ *http.Request) { garbage(w) }},
		"answers too much": {first: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 100<<10)) }},
	} {
		for _, channel := range []emergency.Channel{hook(""), gateway("")} {
			t.Run(name+", "+string(channel.Kind), func(t *testing.T) {
				server := outside(t, mailbox.Config{})
				good := receiving(t, false, takes)
				r := receiving(t, false, func(w http.ResponseWriter, request *http.Request, n int) {
					if n == 0 {
						bad.first(w, request)
					}
				})
				h := build(t, notify.Config{SMTP: url(server)})
				channel.URL = r.URL
				h.notifier.TellChannel(channel, notice())
				other := hook(good.URL)
				other.ID = "other"
				h.notifier.TellChannel(other, notice())
				h.tell(nil)
				eventually(t, "the other channel is told", func() bool { return len(good.all()) == 1 })
				came(t, server, 1)
				eventually(t, "it is told in the end", func() bool { return h.count("mayday_channel_notices_total", "handed_over") == 2 })
				if got := slices.Contains(h.raised(), notify.Refused); got != bad.refused {
					t.Errorf("alarms: %v, want one about a refusal: %v", h.raised(), bad.refused)
				}
				if requests := r.all(); len(requests) != 2 || string(requests[0].body) != string(requests[1].body) {
					t.Errorf("%d attempts, or the second sends something else", len(requests))
				}
			})
		}
	}
	if n := len(elsewhere.all()); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

// garbage answers with what is no HTTP.
func garbage(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		connection.Write([]byte("220 hello, I am a mail server\r\n")) //nolint:errcheck // it is garbage
		connection.Close()
	}
}

func TestReceiverThatHangsHoldsNobodyUp(t *testing.T) {
	end := make(chan struct{})
	r := receiving(t, false, func(http.ResponseWriter, *http.Request, int) { <-end })
	t.Cleanup(func() { close(end) }) // before the receiver is closed
	good := receiving(t, false, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.WriteHeader(200)
		io.WriteString(w, strings.Repeat("<html>no such page", 1<<16)) //nolint:errcheck // nobody listens
	})
	h := build(t, notify.Config{})
	for range 30 { // more than it has connections
		h.notifier.TellChannel(gateway(r.URL), notice())
	}
	eventually(t, "connections hang", func() bool { return len(r.all()) >= 10 })
	other := hook(good.URL)
	other.ID = "other"
	h.notifier.TellChannel(other, notice())
	eventually(t, "the other channel is told", func() bool { return h.count("mayday_channel_notices_total", "handed_over") == 1 })
	if n := len(h.outbox.Mails()); n != 30 {
		t.Errorf("thirty notices hang: %d are in the outbox", n)
	}
}

func TestWebhookIsToldAfterARestart(t *testing.T) {
	var up sync.Map
	r := receiving(t, false, func(w http.ResponseWriter, _ *http.Request, _ int) {
		if _, yes := up.Load("up"); !yes {
			w.WriteHeader(503)
		}
	})
	first := build(t, notify.Config{})
	first.notifier.TellChannel(hook(r.URL), notice())
	eventually(t, "the first attempt fails", func() bool { return first.count("mayday_channel_failures_total", "answer") > 0 })
	first.stop()
	if n := len(first.outbox.Mails()); n != 1 {
		t.Fatalf("after the node has stopped: %d in the outbox", n)
	}
	up.Store("up", true)
	second := build(t, notify.Config{Outbox: first.outbox})
	eventually(t, "it is told", func() bool { return second.count("mayday_channel_notices_total", "handed_over") == 1 })
	requests := r.all()
	if last := requests[len(requests)-1]; string(last.body) != string(requests[0].body) {
		t.Error("after a restart the event is another one")
	}
	if n := len(first.outbox.Mails()); n != 0 {
		t.Errorf("told: %d are left in the outbox", n)
	}
}

func TestChannelHasToProveWhoItIs(t *testing.T) {
	r := receiving(t, true, takes)
	doubting := build(t, notify.Config{})
	doubting.notifier.TellChannel(hook(r.URL), notice())
	eventually(t, "nobody trusts it", func() bool { return doubting.count("mayday_channel_failures_total", "connect") > 0 })
	doubting.stop()
	if n := len(r.all()); n != 0 {
		t.Errorf("a receiver that nobody has proven was told %d times", n)
	}
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	build(t, notify.Config{Roots: roots}).notifier.TellChannel(hook(r.URL), notice())
	eventually(t, "who is trusted is told", func() bool { return len(r.all()) == 1 })
}

func TestChannelIsGivenUpAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		attempts := 0
		h := build(t, notify.Config{Dial: func(context.Context, string, string) (net.Conn, error) {
			attempts++
			return nil, errors.New("nobody is there")
		}})
		h.notifier.TellChannel(hook("http://pager.example/x"), notice())
		synctest.Wait()
		for h.count("mayday_channel_notices_total", "given_up") == 0 && time.Since(began) < 2*time.Hour {
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		if took := time.Since(began); took > time.Hour || attempts < 50 || len(h.outbox.Mails()) != 0 {
			t.Errorf("given up after %v and %d attempts, %d left in the outbox", took, attempts, len(h.outbox.Mails()))
		}
		if got := h.raised(); !slices.Equal(got, []notify.Alarm{notify.Late, notify.GivenUp}) {
			t.Errorf("alarms: %v", got)
		}
		h.stop()
	})
}

// TestEveryAttemptIsSignedAnew: a receiver that comes back after a quarter of an hour believes what it is told then, and would not believe the
// first attempt any more.
func TestEveryAttemptIsSignedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var signatures []string
		h := build(t, notify.Config{Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { // it ends with the request
				defer theirs.Close()
				request, err := http.ReadRequest(bufio.NewReader(theirs))
				if err != nil {
					return
				}
				body, _ := io.ReadAll(request.Body)
				signature := request.Header.Get("Mayday-Signature")
				signatures = append(signatures, signature)
				answer := "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
				if time.Since(began) > 15*time.Minute && proven("k3y", signature, body) {
					answer = "HTTP/1.1 204 No Content\r\n\r\n"
				}
				io.WriteString(theirs, answer) //nolint:errcheck // the pipe breaks with the test
			}()
			return ours, nil
		}})
		h.notifier.TellChannel(hook("http://pager.example/x"), notice())
		for h.count("mayday_channel_notices_total", "handed_over") == 0 && time.Since(began) < time.Hour {
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		if took := time.Since(began); took > 20*time.Minute || len(signatures) < 10 || signatures[0] == signatures[len(signatures)-1] {
			t.Errorf("taken after %v and %d attempts", took, len(signatures))
		}
		h.stop()
	})
}
