package notify_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
	"mayday/edge/notify"
	"mayday/psap/mailbox"
)

// watch notes when a mail server was asked for, from a beginning.
type watch struct {
	mu    sync.Mutex
	began time.Time
	times []time.Duration
}

func (w *watch) note() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = append(w.times, time.Since(w.began))
}

func TestAbsentServerIsTriedForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch{began: time.Now()}
		h := build(t, notify.Config{SMTP: "smtp://mail.example", Dial: func(context.Context, string, string) (net.Conn, error) {
			w.note()
			return nil, errors.New("connection refused")
		}})
		h.tell(nil)
		time.Sleep(2 * time.Hour)
		h.stop()
		const s = time.Second
		want := []time.Duration{0, 1 * s, 3 * s, 7 * s, 15 * s, 31 * s, 63 * s, 123 * s, 183 * s}
		if len(w.times) < len(want) {
			t.Fatalf("no mail server: tried at %v", w.times)
		}
		if diff := cmp.Diff(want, w.times[:len(want)]); diff != "" {
			t.Errorf("no mail server: the first attempts (-want +got):\n%s", diff)
		}
		if last := w.times[len(w.times)-1]; last >= time.Hour || last < 58*time.Minute {
			t.Errorf("no mail server: the last attempt after %v, want one just before the hour is over", last)
		}
		if diff := cmp.Diff([]notify.Alarm{notify.Late, notify.GivenUp}, h.raised()); diff != "" {
			t.Errorf("no mail server for an hour: alarms (-want +got):\n%s", diff)
		}
		if left := len(h.outbox.Mails()); left != 0 || h.count("mayday_notification_total", "given_up") != 1 || h.count("mayday_notifications_waiting", "") != 0 {
			t.Errorf("after the hour: %d mails are in the outbox", left)
		}
		h.stop()
	})
}

func TestHangingServerIsLeftAfterAMinuteAndLaterAfterTen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch{began: time.Now()}
		h := build(t, notify.Config{SMTP: "smtp://mail.example", Dial: func(context.Context, string, string) (net.Conn, error) {
			w.note()
			ours, _ := net.Pipe()
			return ours, nil
		}})
		h.tell(nil)
		time.Sleep(2 * time.Hour)
		h.stop()
		const s = time.Second
		want := []time.Duration{0, 61 * s, 183 * s, 427 * s, 915 * s, 1531 * s, 2163 * s, 2823 * s, 3483 * s}
		if diff := cmp.Diff(want, w.times); diff != "" {
			t.Errorf("a server that says nothing: attempts (-want +got):\n%s", diff)
		}
		if !slices.Contains(h.raised(), notify.GivenUp) {
			t.Errorf("a server that says nothing: alarms %v", h.raised())
		}
		h.stop()
	})
}

func TestMailThatIsTooOldIsWipedAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outbox := notify.NewMemory()
		n, err := notify.New(notify.Config{SMTP: "smtp://mail.example", Outbox: outbox})
		if err != nil {
			t.Fatal(err)
		}
		n.Tell(notice(), emergency.Template{})
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		n.Run(ended)
		time.Sleep(time.Hour + time.Second)
		h := build(t, notify.Config{SMTP: "smtp://mail.example", Outbox: outbox, Dial: func(context.Context, string, string) (net.Conn, error) {
			t.Error("an hour after the call: the mail server is asked")
			return nil, errors.New("connection refused")
		}})
		synctest.Wait()
		if left := len(outbox.Mails()); left != 0 || !slices.Contains(h.raised(), notify.GivenUp) {
			t.Errorf("an hour after the call: %d mails are kept, alarms %v", left, h.raised())
		}
		h.stop()
	})
}

// troubles are the states of a mail server in which the call must not notice anything.
func troubles(t testing.TB) map[string]notify.Config {
	servers := map[string]notify.Config{
		"absent":  {SMTP: "smtp://127.0.0.1:1"},
		"no name": {SMTP: "smtp://mail.invalid", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }},
		"none":    {},
	}
	for circumstance, b := range map[string]mailbox.Behaviour{
		"healthy": {}, "hangs": {HangAfterData: true}, "refuses": {Reject: 554, RejectAt: mailbox.AtSender}, "greylists": {Reject: 451}, "resets": {Reset: true},
		"slow": {BannerAfterMS: 60_000},
	} {
		m, err := mailbox.New(mailbox.Config{Listen: "127.0.0.1:0"})
		if err := errors.Join(err, m.Start(), m.Behave(b)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := m.Stop(); err != nil {
				t.Errorf("at the end: %v", err)
			}
		})
		servers[circumstance] = notify.Config{SMTP: url(m)}
	}
	return servers
}

func TestTellingNeverKeepsTheCallWaiting(t *testing.T) {
	for circumstance, config := range troubles(t) {
		h := build(t, config)
		n := notice()
		began := time.Now()
		for range 20 {
			h.notifier.Tell(n, emergency.Template{})
		}
		if took := time.Since(began); took > atOnce {
			t.Errorf("mail server %s: twenty calls waited %v for it", circumstance, took)
		}
	}
}

// stuck is an outbox on a disk that hangs.
type stuck struct {
	notify.Outbox
	until chan struct{}
}

func (s stuck) PutMail(string, []byte, time.Time) { <-s.until }

// TestTellingWaitsForNothing: in virtual time, in which no waiting is too short to be seen.
func TestTellingWaitsForNothing(t *testing.T) {
	silent := func(context.Context, string, string) (net.Conn, error) {
		ours, _ := net.Pipe()
		return ours, nil
	}
	for _, c := range []struct {
		circumstance string
		dial         notify.Dial
		stuck        bool
	}{
		{"a mail server that says nothing", silent, false},
		{"a name that nobody resolves", func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, false},
		{"an outbox that hangs", silent, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			config := notify.Config{SMTP: "smtp://mail.example", Dial: c.dial}
			until := make(chan struct{})
			if c.stuck {
				config.Outbox = stuck{notify.NewMemory(), until}
			}
			h := build(t, config)
			for range 100 { // more than there are connections
				began := time.Now()
				h.notifier.Tell(notice(), emergency.Template{})
				if took := time.Since(began); took != 0 {
					t.Errorf("%s: a call waited %v", c.circumstance, took)
				}
				synctest.Wait()
			}
			time.Sleep(10 * time.Second)
			close(until)
			h.stop()
		})
	}
}

// BenchmarkTell measures what telling costs the engine, whatever state the mail server is in.
func BenchmarkTell(b *testing.B) {
	for circumstance, config := range troubles(b) {
		b.Run(circumstance, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			n, err := notify.New(config)
			if err != nil {
				b.Fatal(err)
			}
			done := make(chan struct{})
			go func() { defer close(done); n.Run(ctx) }()
			told := notice()
			b.ReportAllocs()
			for b.Loop() {
				n.Tell(told, emergency.Template{})
			}
			b.StopTimer()
			cancel()
			<-done
		})
	}
}

// emptied is an outbox that says when a mail has left it.
type emptied struct {
	notify.Outbox
	left chan struct{}
}

func (e emptied) WipeMail(id string) {
	e.Outbox.WipeMail(id)
	e.left <- struct{}{}
}

// BenchmarkHandOver measures from telling until a healthy server has taken the mail.
func BenchmarkHandOver(b *testing.B) {
	for _, encrypted := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "starttls"}[encrypted], func(b *testing.B) {
			m, err := mailbox.New(mailbox.Config{Listen: "127.0.0.1:0", NoTLS: !encrypted})
			if err := errors.Join(err, m.Start()); err != nil {
				b.Fatal(err)
			}
			outbox := emptied{notify.NewMemory(), make(chan struct{})}
			n, err := notify.New(notify.Config{SMTP: url(m), Outbox: outbox})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan struct{})
			go func() { defer close(done); n.Run(ctx) }()
			for b.Loop() {
				n.Tell(notice(), emergency.Template{})
				<-outbox.left
			}
			cancel()
			<-done
			if err := m.Stop(); err != nil {
				b.Error(err)
			}
		})
	}
}
