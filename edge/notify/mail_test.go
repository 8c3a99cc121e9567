package notify_test

import (
	"context"
	"net"
	"net/mail"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
	"mayday/edge/notify"
	"mayday/psap/mailbox"
)

func TestContactsAreToldByMail(t *testing.T) {
	server := outside(t, mailbox.Config{Username: "mayday", Password: "p@ss"})
	h := build(t, notify.Config{SMTP: "smtp://mayday:p%40ss@" + server.Addr().String()})
	h.tell(nil)
	got := came(t, server, 1)[0]
	if got.From != "alice@acme.example" || !slices.Equal(got.To, notice().Recipients) || !got.TLS || got.Username != "mayday" || got.Fault != "" {
		t.Errorf("from %s to %v, encrypted %v, signed in as %q, fault %q", got.From, got.To, got.TLS, got.Username, got.Fault)
	}
	for name, want := range map[string]string{
		"From": "<alice@acme.example>", "To": "<boss@acme.example>, <guard@acme.example>", "Auto-Submitted": "auto-generated", "Importance": "high",
		"Subject": "Emergency call by Alice Döe (Headquarters)", "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "quoted-printable",
		"MIME-Version": "1.0", "User-Agent": "", "X-Mailer": "",
	} {
		if value := got.Header(name); value != want {
			t.Errorf("the mail's %s: %q, want %q", name, value, want)
		}
	}
	if date, err := mail.ParseDate(got.Header("Date")); err != nil || time.Since(date) > time.Minute {
		t.Errorf("the mail's Date: %q", got.Header("Date"))
	}
	if id := got.Header("Message-ID"); len(id) < 26 || !strings.HasSuffix(id, "@acme.example>") {
		t.Errorf("the mail's Message-ID: %q", id)
	}
	for _, part := range []string{"Alice Döe has dialled the emergency number 112.\n", "København\n", "+4533112233\n"} {
		if !strings.Contains(got.Text, part) {
			t.Errorf("the mail does not say %q:\n%s", part, got.Text)
		}
	}
	eventually(t, "the outbox is empty", func() bool { return len(h.outbox.Mails()) == 0 })
	if told, measured := h.count("mayday_notification_recipients_total", "told"), h.count("mayday_notification_seconds", ""); told != 2 || measured != 1 {
		t.Errorf("after one mail to two: %d are counted as told, %d times are measured", told, measured)
	}
}

func TestTimesAreTheSitesOwn(t *testing.T) {
	server := outside(t, mailbox.Config{})
	h := build(t, notify.Config{SMTP: url(server)})
	h.tell(func(n *emergency.Notice) { n.Zone = "Asia/Kolkata" })
	if text := came(t, server, 1)[0].Text; !strings.Contains(text, "IST (UTC+05:30)") {
		t.Errorf("a site in Kolkata: the mail has another clock:\n%s", text)
	}
	h.tell(func(n *emergency.Notice) { n.Zone = "Nowhere/Never" })
	if text := came(t, server, 2)[0].Text; !strings.Contains(text, "UTC (UTC+00:00)") {
		t.Errorf("a zone that does not exist: the mail is not in UTC:\n%s", text)
	}
}

func TestOneRefusedRecipientKeepsNobodyFromBeingTold(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{RefuseRecipient: "boss@acme.example"})
	h := build(t, notify.Config{SMTP: url(server)})
	h.tell(nil)
	if got := came(t, server, 1)[0]; !slices.Equal(got.To, []string{"guard@acme.example"}) {
		t.Errorf("one of two refused: told %v", got.To)
	}
	eventually(t, "it is over", func() bool { return h.count("mayday_notification_total", "handed_over") == 1 })
	if diff := cmp.Diff([]notify.Alarm{notify.Refused}, h.raised()); diff != "" || h.count("mayday_notification_recipients_total", "refused") != 1 {
		t.Errorf("one of two refused: alarms (-want +got):\n%s", diff)
	}
	h.tell(func(n *emergency.Notice) { n.Recipients = n.Recipients[:1] })
	eventually(t, "the refusal is final", func() bool { return h.count("mayday_notification_total", "refused") == 1 })
	if left := len(h.outbox.Mails()); left != 0 {
		t.Errorf("all refused: %d mails are left in the outbox", left)
	}
}

func TestGreylistingServerIsAskedAgain(t *testing.T) {
	for _, at := range []mailbox.Stage{mailbox.AtSender, mailbox.AtRecipient, mailbox.AtData} {
		server := outside(t, mailbox.Config{})
		times := 1
		if at == mailbox.AtRecipient {
			times = 2 // both of them
		}
		behave(t, server, mailbox.Behaviour{Reject: 451, RejectAt: at, Times: times})
		h := build(t, notify.Config{SMTP: url(server)})
		h.tell(nil)
		if got := came(t, server, 1)[0]; len(got.To) != 2 {
			t.Errorf("greylisted at %s: told %v", at, got.To)
		}
	}
}

func TestWhoWasToldIsNotToldAgain(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{Reject: 451, RejectAt: mailbox.AtRecipient, Times: 1})
	h := build(t, notify.Config{SMTP: url(server)})
	h.tell(nil)
	mails := came(t, server, 2)
	if !slices.Equal(mails[1].To, []string{"guard@acme.example"}) || !slices.Equal(mails[0].To, []string{"boss@acme.example"}) {
		t.Errorf("one of two put off: told %v, then %v", mails[1].To, mails[0].To)
	}
	if first, second := mails[1].Header("Message-ID"), mails[0].Header("Message-ID"); first != second {
		t.Errorf("one mail in two attempts: Message-IDs %s and %s", first, second)
	}
	eventually(t, "it is over", func() bool { return h.count("mayday_notification_total", "handed_over") == 1 })
	if measured, failed := h.count("mayday_notification_seconds", ""), h.count("mayday_notification_failures_total", "recipients"); measured != 1 || failed != 1 {
		t.Errorf("one mail in two attempts: %d times are measured, %d failures are counted", measured, failed)
	}
}

func TestHangingConnectionHoldsNobodyUp(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{HangAfterData: true, Times: 5})
	h := build(t, notify.Config{SMTP: url(server)})
	for range 5 {
		h.tell(nil)
	}
	eventually(t, "five connections hang", func() bool { return server.Misbehaved() == 5 })
	h.tell(func(n *emergency.Notice) { n.Rep = "Bob" })
	if got := came(t, server, 1)[0]; !strings.Contains(got.Subject, "Bob") {
		t.Errorf("five connections hang: %q came", got.Subject)
	}
	behave(t, server, mailbox.Behaviour{})
	came(t, server, 6)
}

func TestBrokenConnectionIsTriedAnew(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{Reset: true, Times: 1})
	h := build(t, notify.Config{SMTP: url(server)})
	h.tell(nil)
	came(t, server, 1)
	if failures := h.count("mayday_notification_failures_total", "data"); failures != 1 {
		t.Errorf("one connection broken after the mail: %d failures are counted there", failures)
	}
}

func TestSlowServerIsWaitedFor(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{BannerAfterMS: 300})
	h := build(t, notify.Config{SMTP: url(server)})
	h.tell(nil)
	came(t, server, 1)
}

func TestBrokenEncryptionIsBetterThanNobodyTold(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{BreakTLS: true})
	h := build(t, notify.Config{SMTP: url(server)})
	h.tell(nil)
	if got := came(t, server, 1)[0]; got.TLS {
		t.Error("STARTTLS is broken: the mail came encrypted")
	}
}

func TestRefusedSenderIsReplacedByTheOrganisation(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{RefuseSender: "alice@acme.example"})
	h := build(t, notify.Config{SMTP: url(server)})
	h.tell(nil)
	if got := came(t, server, 1)[0]; got.From != "mayday@acme.example" || got.Header("From") != "<mayday@acme.example>" {
		t.Errorf("the rep's mailbox may not send: from %s, %s", got.From, got.Header("From"))
	}
	behave(t, server, mailbox.Behaviour{Reject: 554, RejectAt: mailbox.AtData, Times: 1})
	h.tell(nil)
	if got := came(t, server, 2)[0]; got.From != "mayday@acme.example" {
		t.Errorf("the rep's mailbox may not send, said after the mail: from %s", got.From)
	}
	behave(t, server, mailbox.Behaviour{Reject: 553, RejectAt: mailbox.AtRecipient, Times: 2})
	h.tell(nil)
	if got := came(t, server, 3)[0]; got.From != "mayday@acme.example" || len(got.To) != 2 {
		t.Errorf("the rep's mailbox may not send, said to every recipient: from %s to %v", got.From, got.To)
	}
	if raised := h.raised(); raised != nil {
		t.Errorf("the organisation's sender stood in: alarms %v", raised)
	}
	behave(t, server, mailbox.Behaviour{})
	h.tell(func(n *emergency.Notice) { n.Sender, n.OrganisationSender = "", "" })
	if got := came(t, server, 4)[0]; !strings.HasPrefix(got.From, "mayday@") {
		t.Errorf("nobody has an address to send from: from %q", got.From)
	}
}

func TestPasswordIsShownToNobodyUnproven(t *testing.T) {
	for _, c := range []struct {
		circumstance, smtp, stage string
		config                    mailbox.Config
	}{
		{"a server elsewhere that offers no encryption", "smtp://mayday:secret@mail.example", "sign_in", mailbox.Config{Username: "mayday", Password: "secret", NoTLS: true}},
		{"a server elsewhere whose certificate nobody vouches for", "smtp://mayday:secret@mail.example", "tls", mailbox.Config{Username: "mayday", Password: "secret"}},
		{"smtps to a server that does not speak it", "smtps://mail.example", "tls", mailbox.Config{}},
	} {
		server := outside(t, c.config)
		h := build(t, notify.Config{SMTP: c.smtp, Dial: reaching(server)})
		h.tell(nil)
		eventually(t, "an attempt fails at "+c.stage+" with "+c.circumstance, func() bool { return h.count("mayday_notification_failures_total", c.stage) > 0 })
		h.stop()
		if got := server.Messages(); len(got) > 0 {
			t.Errorf("%s: the mail came, signed in as %q", c.circumstance, got[0].Username)
		}
	}
}

func TestMailTravelsInTheClearWhereThereIsNoEncryption(t *testing.T) {
	server := outside(t, mailbox.Config{NoTLS: true})
	h := build(t, notify.Config{SMTP: "smtp://mail.example", Dial: reaching(server)})
	h.tell(nil)
	came(t, server, 1)
}

func TestSMTPSIsEncryptedFromTheFirstByte(t *testing.T) {
	server := outside(t, mailbox.Config{NoTLS: true})
	h := build(t, notify.Config{SMTP: "smtps://" + wrapped(t, server)})
	h.tell(nil)
	came(t, server, 1)

	// What unwraps the mails before this server keeps it from knowing that a password would be safe: it offers no way to sign in.
	server = outside(t, mailbox.Config{NoTLS: true, Username: "mayday", Password: "secret"})
	h = build(t, notify.Config{SMTP: "smtps://mayday:secret@" + wrapped(t, server)})
	h.tell(nil)
	eventually(t, "the attempt fails", func() bool { return h.count("mayday_notification_failures_total", "sign_in") > 0 })
}

func TestRestartGoesOnWithTheOutbox(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{Reject: 451, RejectAt: mailbox.AtSender})
	outbox := notify.NewMemory()
	h := build(t, notify.Config{SMTP: url(server), Outbox: outbox})
	h.tell(nil)
	eventually(t, "an attempt has failed", func() bool { return h.count("mayday_notification_failures_total", "sender") > 0 })
	h.stop()
	h.tell(func(n *emergency.Notice) { n.Rep = "Bob" }) // asked for after the end: the next one tells
	if kept := len(outbox.Mails()); kept != 1 {
		t.Fatalf("stopped before anybody was told: %d mails are kept", kept)
	}
	outbox.PutMail("broken", []byte("{"), time.Now().Add(time.Hour))
	behave(t, server, mailbox.Behaviour{})
	again := build(t, notify.Config{SMTP: url(server), Outbox: outbox})
	if got := came(t, server, 1)[0]; len(got.To) != 2 || !strings.Contains(got.Text, "Döe") {
		t.Errorf("after a restart: told %v", got.To)
	}
	eventually(t, "the outbox is empty", func() bool { return len(outbox.Mails()) == 0 })
	if again.count("mayday_notification_total", "handed_over") != 1 {
		t.Error("after a restart: the mail is not counted as handed over")
	}
}

func TestRestartTellsNobodyAgain(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{Reject: 451, RejectAt: mailbox.AtRecipient, Times: 1})
	outbox := notify.NewMemory()
	h := build(t, notify.Config{SMTP: url(server), Outbox: outbox})
	h.tell(nil)
	eventually(t, "one of two is told, and the other is put off", func() bool { return h.count("mayday_notification_failures_total", "recipients") == 1 })
	h.stop()
	build(t, notify.Config{SMTP: url(server), Outbox: outbox})
	mails := came(t, server, 2)
	if !slices.Equal(mails[1].To, []string{"guard@acme.example"}) || !slices.Equal(mails[0].To, []string{"boss@acme.example"}) {
		t.Errorf("one of two put off, and then a restart: told %v, then %v", mails[1].To, mails[0].To)
	}
	eventually(t, "the outbox is empty", func() bool { return len(outbox.Mails()) == 0 })
}

func TestEndOfTheNodeKeepsWhatWasAskedFor(t *testing.T) {
	outbox := notify.NewMemory()
	n, err := notify.New(notify.Config{SMTP: "smtp://127.0.0.1:1", Outbox: outbox})
	if err != nil {
		t.Fatal(err)
	}
	n.Tell(notice(), emergency.Template{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	n.Run(ended)
	if kept := len(outbox.Mails()); kept != 1 {
		t.Errorf("a notice just before the end: %d mails are kept", kept)
	}
}

func TestMailUnderWayIsHandedOverAtTheEnd(t *testing.T) {
	server := outside(t, mailbox.Config{})
	behave(t, server, mailbox.Behaviour{BannerAfterMS: 300})
	dialled := make(chan struct{})
	h := build(t, notify.Config{SMTP: url(server), Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		close(dialled)
		return new(net.Dialer).DialContext(ctx, network, address)
	}})
	h.tell(nil)
	<-dialled
	h.stop()
	if came := len(server.Messages()); came != 1 || len(h.outbox.Mails()) != 0 {
		t.Errorf("the node ends while a mail is handed over: %d came, %d are kept", came, len(h.outbox.Mails()))
	}
}

func TestNoMailServerAndNoContactsAreSaid(t *testing.T) {
	h := build(t, notify.Config{})
	h.tell(nil)
	eventually(t, "it is said that there is no mail server", func() bool { return slices.Contains(h.raised(), notify.Off) })
	h.tell(func(n *emergency.Notice) { n.Recipients = nil })
	eventually(t, "it is counted that there is nobody", func() bool { return h.count("mayday_notification_total", "nobody") == 1 })
	if left := len(h.outbox.Mails()); left != 0 {
		t.Errorf("nothing can be told: %d mails are in the outbox", left)
	}
}

func TestWrongURLIsRefusedWithoutRepeatingIt(t *testing.T) {
	for _, raw := range []string{"http://mail.example", "smtp://", "mail.example:25", "smtp://mayday:secret@:25", "smtp://mayday:sec ret@h"} {
		if _, err := notify.New(notify.Config{SMTP: raw}); err == nil || strings.Contains(err.Error(), "sec") {
			t.Errorf("mail server %q: %v", raw, err)
		}
	}
}

// FuzzUnpack: whatever a ruined outbox holds, it is a letter or refused.
func FuzzUnpack(f *testing.F) {
	for _, seed := range []string{`{"id":"a","left":["b@c.d"]}`, `{`, `null`, `{"id":"a","left":[]}`, `{"id":"a","left":["x"],"at":"2026-01-01T00:00:00Z"}`, "\x00"} {
		f.Add("a", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, id string, plain []byte) {
		packed, err := notify.Unpack(notify.Mail{ID: id, Plain: plain})
		if err != nil {
			return
		}
		if again, err := notify.Unpack(notify.Mail{ID: id, Plain: packed}); err != nil || string(again) != string(packed) {
			t.Errorf("a mail of the outbox, %q: packed again it is %q (%v)", plain, again, err)
		}
	})
}

func TestTellingLeavesNothingBehind(t *testing.T) {
	server := outside(t, mailbox.Config{Username: "mayday", Password: "secret"})
	before := runtime.NumGoroutine()
	h := build(t, notify.Config{SMTP: "smtp://mayday:secret@" + server.Addr().String()})
	for range 150 {
		h.tell(nil)
	}
	eventually(t, "all are told", func() bool { return h.count("mayday_notification_total", "handed_over") == 150 })
	if kept := len(server.Messages()); kept != 150 {
		t.Errorf("after 150 notices: %d mails came", kept)
	}
	h.stop()
	again := build(t, notify.Config{SMTP: "smtp://mayday:wrong@" + server.Addr().String()})
	for range 20 {
		again.tell(nil)
	}
	eventually(t, "signing in fails", func() bool { return again.count("mayday_notification_failures_total", "sign_in") >= 20 })
	again.stop()
	eventually(t, "every connection and goroutine is gone", func() bool { return runtime.NumGoroutine() <= before })
	if left := len(again.outbox.Mails()); left != 20 {
		t.Errorf("20 notices nobody was told: %d are kept", left)
	}
}
