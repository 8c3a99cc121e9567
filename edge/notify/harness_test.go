package notify_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/edge/notify"
	"mayday/psap/mailbox"
)

const (
	patience = 20 * time.Second // bounds every wait in these tests
	atOnce   = 2 * time.Second  // what a person would notice, on a machine that is busy with other tests
)

// house is a notifier that runs, beside the mailbox of the outside.
type house struct {
	t        *testing.T
	notifier *notify.Notifier
	outbox   notify.Outbox
	registry *prometheus.Registry
	log      *lockedBuffer
	stop     func()

	mu     sync.Mutex
	alarms []notify.Alarm
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// build makes a notifier and runs it until the test ends.
func build(t *testing.T, config notify.Config) *house {
	t.Helper()
	h := &house{t: t, registry: prometheus.NewRegistry(), log: &lockedBuffer{}, outbox: config.Outbox}
	if h.outbox == nil {
		h.outbox = notify.NewMemory()
	}
	config.Outbox, config.Registry = h.outbox, h.registry
	config.Logger = slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Alarm = func(a notify.Alarm) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.alarms = append(h.alarms, a)
	}
	notifier, err := notify.New(config)
	if err != nil {
		t.Fatal(err)
	}
	h.notifier = notifier
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); notifier.Run(ctx) }()
	h.stop = func() { cancel(); <-done }
	t.Cleanup(func() {
		h.stop()
		h.saysNothing()
	})
	return h
}

// secrets are words of the notice that no log line and no metric may hold. Digits that a clock may show by chance are not among them.
var secrets = []string{"Alice", "alice", "acme", "Acme", "Headquarters", "+45", "33112233", "Bredgade", "boss", "guard", `"112"`}

// saysNothing checks that the log and the metrics hold no content of the notice.
func (h *house) saysNothing() {
	h.t.Helper()
	printed := h.log.String()
	families, err := h.registry.Gather()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, family := range families {
		printed += family.String()
	}
	for _, secret := range secrets {
		if strings.Contains(printed, secret) {
			h.t.Errorf("the log or a metric holds %q:\n%s", secret, printed)
		}
	}
}

// count returns a counter, or how many values a histogram has, by the value of its only label.
func (h *house) count(name, label string) int {
	h.t.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if family.GetName() != name || label != "" && metric.GetLabel()[0].GetValue() != label {
				continue
			}
			if metric.Histogram != nil {
				return int(metric.GetHistogram().GetSampleCount())
			}
			return int(metric.GetCounter().GetValue() + metric.GetGauge().GetValue())
		}
	}
	return 0
}

func (h *house) raised() []notify.Alarm {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]notify.Alarm(nil), h.alarms...)
}

// tell tells the notice, and fails if that took longer than a person notices.
func (h *house) tell(change func(*emergency.Notice)) {
	h.t.Helper()
	n := notice()
	if change != nil {
		change(&n)
	}
	began := time.Now()
	h.notifier.Tell(n, emergency.Template{})
	if took := time.Since(began); took > atOnce {
		h.t.Errorf("telling kept the call waiting for %v", took)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("after %v: not yet that %s", patience, what)
		}
	}
}

// outside starts a mailbox.
func outside(t *testing.T, config mailbox.Config) *mailbox.Mailbox {
	t.Helper()
	config.Listen = "127.0.0.1:0"
	m, err := mailbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Stop(); err != nil {
			t.Errorf("at the end: %v", err)
		}
	})
	return m
}

func behave(t *testing.T, m *mailbox.Mailbox, b mailbox.Behaviour) {
	t.Helper()
	if err := m.Behave(b); err != nil {
		t.Fatal(err)
	}
}

// came waits until so many mails have come, and gives them, newest first.
func came(t *testing.T, m *mailbox.Mailbox, wanted int) []mailbox.Message {
	t.Helper()
	eventually(t, "the mail has come", func() bool { return len(m.Messages()) >= wanted })
	list := m.Messages()
	if len(list) != wanted {
		t.Fatalf("%d mails came, want %d", len(list), wanted)
	}
	return list
}

func url(m *mailbox.Mailbox) string { return "smtp://" + m.Addr().String() }

// reaching dials the mailbox whatever name is asked for, as a mail server elsewhere would be reached.
func reaching(m *mailbox.Mailbox) notify.Dial {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, m.Addr().String())
	}
}

func notice() emergency.Notice {
	at := time.Now()
	return emergency.Notice{
		Call: "call-1", At: at, Rep: "Alice Döe", RepEmail: "alice@acme.example", MailboxEnabled: true, Number: "112", Site: "Headquarters",
		Zone: "Europe/Copenhagen", Organisation: "Acme", CallbackNumber: "+4533112233", CallbackUntil: at.Add(time.Hour),
		Place: location.Place{Country: location.DK, Civic: &location.Civic{Street: "Bredgade", HouseNumber: "1", City: "København"},
			Position: &location.Position{Latitude: 55.68, Longitude: 12.59, RadiusM: 30}},
		Recipients: []string{"boss@acme.example", "guard@acme.example"}, Sender: "alice@acme.example", OrganisationSender: "mayday@acme.example",
	}
}

// wrapped starts a server before the mailbox that encrypts from the first byte on, and gives its address.
func wrapped(t *testing.T, m *mailbox.Mailbox) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			encrypted, err := listener.Accept()
			if err != nil {
				return
			}
			if plain, err := net.Dial("tcp", m.Addr().String()); err == nil {
				go pass(encrypted, plain)
			}
		}
	}()
	return listener.Addr().String()
}

// pass copies between two connections until either ends.
func pass(a, b net.Conn) {
	both := func() { a.Close(); b.Close() }
	copying := func(to, from net.Conn) {
		defer both()
		io.Copy(to, from) //nolint:errcheck // either end may break off at any time
	}
	go copying(a, b)
	copying(b, a)
}
