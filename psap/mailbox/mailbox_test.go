package mailbox_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/psap/mailbox"
)

func start(t *testing.T, config mailbox.Config) (*mailbox.Mailbox, *httptest.Server) {
	t.Helper()
	config.Listen = "127.0.0.1:0"
	m, err := mailbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	page := httptest.NewServer(m.Handler())
	t.Cleanup(func() {
		page.Close()
		if err := m.Stop(); err != nil {
			t.Errorf("at the end: %v", err)
		}
	})
	return m, page
}

const greeting = "Subject: =?utf-8?q?K=C3=B8benhavn?=\r\n kalder\r\nContent-Type: text/plain; charset=UTF-8\r\n" +
	"Content-Transfer-Encoding: quoted-printable\r\n\r\nHj=C3=A6lp\r\n.\r\n"

// send hands a mail over with the standard library's client, which shares nothing with the product's.
func send(m *mailbox.Mailbox, auth smtp.Auth, encrypt bool, text string, to ...string) error {
	client, err := smtp.Dial(m.Addr().String())
	if err != nil {
		return err
	}
	defer client.Close()
	if encrypt {
		if err := client.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil {
			return err
		}
	}
	if auth != nil {
		if err := client.Auth(auth); err != nil {
			return err
		}
	}
	if err := client.Mail("alice@acme.example"); err != nil {
		return err
	}
	for _, address := range to {
		if err := client.Rcpt(address); err != nil {
			return err
		}
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	_, err = io.WriteString(data, text)
	return errors.Join(err, data.Close())
}

func status(err error) int {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}

func ask(t *testing.T, method, url, body string, into any) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, url, err, text)
		}
	}
	return response.StatusCode
}

func TestMailIsShownAsItCame(t *testing.T) {
	m, page := start(t, mailbox.Config{Username: "mayday", Password: "secret"})
	if err := send(m, smtp.PlainAuth("", "mayday", "secret", "127.0.0.1"), true, greeting, "boss@acme.example", "desk@acme.example"); err != nil {
		t.Fatal(err)
	}
	var list []mailbox.Message
	ask(t, "GET", page.URL+"/mail/messages", "", &list)
	if len(list) != 1 {
		t.Fatalf("after one mail: %d are listed", len(list))
	}
	got := list[0]
	if got.ID == "" || time.Since(got.Received) > time.Minute {
		t.Errorf("one mail: id %q, received %v", got.ID, got.Received)
	}
	want := mailbox.Message{
		ID: got.ID, Received: got.Received, From: "alice@acme.example", To: []string{"boss@acme.example", "desk@acme.example"}, TLS: true, Username: "mayday",
		Subject: "København kalder", Text: "Hjælp\n.\n", Raw: greeting,
		Headers: []mailbox.Header{{Name: "Subject", Value: "København kalder"}, {Name: "Content-Type", Value: "text/plain; charset=UTF-8"},
			{Name: "Content-Transfer-Encoding", Value: "quoted-printable"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("one mail (-want +got):\n%s", diff)
	}
	var one mailbox.Message
	if code := ask(t, "GET", page.URL+"/mail/messages/"+got.ID, "", &one); code != 200 || one.Text != want.Text {
		t.Errorf("one mail by its id: %d, %q", code, one.Text)
	}
	list = nil
	if ask(t, "GET", page.URL+"/mail/messages?brief=true", "", &list); len(list) != 1 || list[0].Raw != "" || list[0].Subject == "" {
		t.Errorf("in brief: %+v", list)
	}
	if code := ask(t, "DELETE", page.URL+"/mail/messages", "", nil); code != 204 || len(m.Messages()) != 0 {
		t.Errorf("after deleting all: %d, %d are left", code, len(m.Messages()))
	}
}

func TestWhoeverSendsMustSignInWhereTheMailboxSaysSo(t *testing.T) {
	m, _ := start(t, mailbox.Config{Username: "mayday", Password: "secret"})
	if err := send(m, nil, true, greeting, "boss@acme.example"); status(err) != 530 {
		t.Errorf("without signing in: %v, want 530", err)
	}
	if err := send(m, smtp.PlainAuth("", "mayday", "wrong", "127.0.0.1"), true, greeting, "boss@acme.example"); status(err) != 535 {
		t.Errorf("with a wrong password: %v, want 535", err)
	}
	if err := send(m, smtp.PlainAuth("", "mayday", "secret", "127.0.0.1"), false, greeting, "boss@acme.example"); err == nil {
		t.Error("in the clear: the password was taken")
	}
}

func TestMisbehaviourIsAsTold(t *testing.T) {
	m, page := start(t, mailbox.Config{})
	behave := func(body string) {
		t.Helper()
		if code := ask(t, "POST", page.URL+"/mail/behaviour", body, nil); code != 200 {
			t.Fatalf("behaviour %s: %d", body, code)
		}
	}
	behave(`{"reject":451,"reject_at":"recipient","times":1}`)
	if err := send(m, nil, false, greeting, "a@x.example"); status(err) != 451 {
		t.Errorf("told to greylist once, first time: %v", err)
	}
	if err := send(m, nil, false, greeting, "a@x.example"); err != nil {
		t.Errorf("told to greylist once, second time: %v", err)
	}
	behave(`{"reject":451}`)
	for range 3 {
		if err := send(m, nil, false, greeting, "a@x.example"); status(err) != 451 {
			t.Errorf("told to answer 451: %v", err)
		}
	}
	behave(`{"refuse_recipient":"b@x.example"}`)
	if err := send(m, nil, false, greeting, "a@x.example", "B@x.example"); status(err) != 550 {
		t.Errorf("told to refuse one: %v", err)
	}
	behave(`{"reset":true}`)
	if err := send(m, nil, true, greeting, "a@x.example"); err == nil || status(err) != 0 {
		t.Errorf("told to break off: %v", err)
	}
	behave(`{"break_tls":true}`)
	if err := send(m, nil, true, greeting, "a@x.example"); err == nil {
		t.Error("told to break the handshake: a mail came through")
	}
	behave(`{"hang_after_data":true}`)
	hanging := make(chan error, 1)
	go func() { hanging <- send(m, nil, false, greeting, "a@x.example") }()
	select {
	case err := <-hanging:
		t.Errorf("told to hang: answered %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	behave(`{"banner_after_ms":100}`)
	if err := <-hanging; status(err) != 421 {
		t.Errorf("after the behaviour changed: %v, want 421 for the one that hung", err)
	}
	began := time.Now()
	if err := send(m, nil, false, greeting, "a@x.example"); err != nil || time.Since(began) < 100*time.Millisecond {
		t.Errorf("told to be slow: %v after %v", err, time.Since(began))
	}
}

func TestImpossibleBehaviourIsRefusedAllAtOnce(t *testing.T) {
	_, page := start(t, mailbox.Config{})
	var problem struct{ Detail string }
	code := ask(t, "POST", page.URL+"/mail/behaviour", `{"reject":200,"reject_at":"door","hang_after_data":true,"reset":true,"banner_after_ms":-1}`, &problem)
	for _, part := range []string{"reject: 200", "reject_at", "hang_after_data and reset: choose one", "banner_after_ms: -1"} {
		if code != 400 || !strings.Contains(problem.Detail, part) {
			t.Errorf("an impossible behaviour: %d, %q does not name %q", code, problem.Detail, part)
		}
	}
	if code := ask(t, "POST", page.URL+"/mail/behaviour", `{"hang":true}`, nil); code != 400 {
		t.Errorf("an unknown field: %d", code)
	}
}

func TestLast200MailsAreKept(t *testing.T) {
	m, _ := start(t, mailbox.Config{})
	client, err := smtp.Dial(m.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for range 205 {
		if err := errors.Join(client.Mail("a@x.example"), client.Rcpt("b@x.example")); err != nil {
			t.Fatal(err)
		}
		data, err := client.Data()
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(data, greeting)
		if err := errors.Join(err, data.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if kept := len(m.Messages()); kept != 200 {
		t.Errorf("after 205 mails: %d are kept", kept)
	}
}

func TestMailboxIsThisMachinesOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:1025", ":1025", "192.0.2.1:1025", "localhost"} {
		if _, err := mailbox.New(mailbox.Config{Listen: address}); err == nil {
			t.Errorf("listening on %q: not refused", address)
		}
	}
	m, _ := start(t, mailbox.Config{})
	for _, c := range []struct {
		host, origin string
		want         int
	}{{"127.0.0.1:8080", "", 200}, {"localhost", "http://localhost", 200}, {"[::1]:80", "", 200}, {"mail.example", "", 403}, {"localhost", "http://evil.example", 403}} {
		r := httptest.NewRequest("GET", "http://"+c.host+"/mail/messages", nil)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("host %s, origin %q: %d, want %d", c.host, c.origin, w.Code, c.want)
		}
	}
}

func TestStopEndsWhoeverHangs(t *testing.T) {
	m, err := mailbox.New(mailbox.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.Start(), m.Behave(mailbox.Behaviour{HangAfterData: true})); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- send(m, nil, false, greeting, "a@x.example") }()
	idle, err := net.Dial("tcp", m.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if err := m.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("after the mailbox stopped: a mail was taken")
	}
	if _, err := net.Dial("tcp", m.Addr().String()); err == nil {
		t.Error("after the mailbox stopped: its port answers")
	}
	if err := errors.Join(m.Stop()); err != nil {
		t.Errorf("stopped twice: %v", err)
	}
}

// FuzzMail: whatever is handed over, it is kept as it came and shown without a panic.
func FuzzMail(f *testing.F) {
	for _, seed := range []string{greeting, "", "\r\n\r\n", " x", "\t:0", "a: b\n c\n", "Subject: =?utf-8?q?", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n%%%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if m := mailbox.Read([]byte(raw)); m.Raw != raw {
			t.Errorf("a mail of %q is kept as %q", raw, m.Raw)
		}
	})
}
