package notify

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayday/center/emergency"
)

// Alarm names what an operator must look after.
type Alarm string

// The alarms of telling.
const (
	Late    Alarm = "notification_late"     // a minute after dialling nobody has been told yet
	GivenUp Alarm = "notification_given_up" // somebody was not told within the hour
	Refused Alarm = "notification_refused"  // the mail server will never take a mail for a contact: the address is wrong
	Off     Alarm = "notification_off"      // contacts should be told, and there is no mail server in the settings
)

// Alarms lists every alarm of telling.
func Alarms() []Alarm { return []Alarm{Late, GivenUp, Refused, Off} }

// Config is what a notifier needs; every field has a good zero value.
type Config struct {
	// SMTP is the mail server, smtp://host:port or smtps://host:port with an optional user:password@; empty: there is none, and every
	// notice raises an alarm. Without a port it is 465 for smtps, 587 with a user name, else 25.
	SMTP     string
	Logger   *slog.Logger          // nil: silent
	Outbox   Outbox                // nil: one in memory
	Registry prometheus.Registerer // nil: nothing is measured
	Alarm    func(Alarm)           // called from goroutines of the notifier; nil: nobody is told
	Now      func() time.Time      // nil: time.Now
	Dial     Dial                  // nil: over the network
	Node     string                // name of this node, which events say they come from
	Roots    *x509.CertPool        // whom channels have to be proven by; nil: by whom this machine trusts
}

const (
	lateAfter    = time.Minute // when an alarm says that nobody has been told yet
	firstWithin  = time.Minute // how long the first attempt may take
	laterWithin  = 10 * time.Minute
	firstPause   = time.Second
	longestPause = time.Minute
	endWithin    = 2 * time.Second // how long an attempt may go on when the node ends

	// First attempts and repeated ones have connections of their own: a server that hangs on old mails keeps no new one waiting.
	firstConnections = 64
	laterConnections = 16
)

// Notifier tells people.
type Notifier struct {
	log     *slog.Logger
	outbox  Outbox
	alarm   func(Alarm)
	now     func() time.Time
	server  server
	off     bool
	metrics *metrics
	node    string
	client  *http.Client
	lanes   lanes

	first, later chan struct{} // a place in it is a connection to the mail server
	deliveries   sync.WaitGroup

	mu      sync.Mutex
	waiting []order // guarded by mu
	wake    chan struct{}
}

// order is a notice that nobody has begun to tell.
type order struct {
	notice   emergency.Notice
	template emergency.Template
	channel  *emergency.Channel // nil: it is told by mail
}

// New reads the settings.
func New(config Config) (*Notifier, error) {
	n := &Notifier{
		log: cmp.Or(config.Logger, slog.New(slog.DiscardHandler)), outbox: config.Outbox, alarm: config.Alarm, now: config.Now,
		off: config.SMTP == "", wake: make(chan struct{}, 1),
		first: make(chan struct{}, firstConnections), later: make(chan struct{}, laterConnections),
		node: config.Node, client: newClient(config.Dial, config.Roots), lanes: lanes{of: make(map[emergency.ChannelID][2]chan struct{})},
	}
	if n.outbox == nil {
		n.outbox = NewMemory()
	}
	if n.alarm == nil {
		n.alarm = func(Alarm) {}
	}
	if n.now == nil {
		n.now = time.Now
	}
	var err error
	if !n.off {
		if n.server, err = parseServer(config.SMTP, config.Dial); err != nil {
			return nil, err
		}
	}
	n.metrics, err = newMetrics(config.Registry)
	return n, err
}

// Tell sees to it that the recipients of the notice are told. It returns at once, whatever state the mail server, the disk and the
// notifier are in. The caller leaves the notice's lists as they are.
func (n *Notifier) Tell(notice emergency.Notice, template emergency.Template) {
	n.enqueue(order{notice: notice, template: template})
}

func (n *Notifier) enqueue(o order) {
	n.mu.Lock()
	n.waiting = append(n.waiting, o)
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run tells what was asked for, and first what a restart has interrupted. When the context ends, attempts that are under way have two
// seconds more; what is not handed over by then stays in the outbox.
func (n *Notifier) Run(ctx context.Context) {
	defer n.deliveries.Wait()
	if n.off {
		n.log.Warn("no mail server: emergency contacts are not told")
	}
	n.resume(ctx)
	for {
		select {
		case <-ctx.Done():
			n.keep()
			return
		case <-n.wake:
			for _, o := range n.take() {
				n.deliveries.Go(func() { n.guard(o.notice.Call, func() { n.begin(ctx, o) }) })
			}
		}
	}
}

func (n *Notifier) take() []order {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := n.waiting
	n.waiting = nil
	return taken
}

// resume goes on with what was in the outbox when the node stopped.
func (n *Notifier) resume(ctx context.Context) {
	for _, m := range n.outbox.Mails() {
		if p, is := unpackParcel(m); is {
			n.deliveries.Go(func() { n.guard(p.Call, func() { n.send(ctx, p) }) })
			continue
		}
		l, err := unpack(m)
		switch {
		case err != nil:
			n.log.Error("mail of the outbox cannot be read")
			n.outbox.WipeMail(m.ID)
		case n.off:
			n.giveUp(l)
		default:
			n.deliveries.Go(func() { n.guard(l.Call, func() { n.deliver(ctx, l) }) })
		}
	}
}

// keep puts what nobody has begun to tell into the outbox.
func (n *Notifier) keep() {
	for _, o := range n.take() {
		n.guard(o.notice.Call, func() {
			if o.channel != nil {
				n.enterParcel(o)
				return
			}
			n.enter(o)
		})
	}
}

// enterParcel writes the parcel of a notice and puts it into the outbox.
func (n *Notifier) enterParcel(o order) parcel {
	p := wrap(*o.channel, o.notice, n.node, n.now())
	n.outbox.PutMail(p.ID, p.packed(), p.Until)
	return p
}

// begin writes the letter or the parcel of a notice and delivers it.
func (n *Notifier) begin(ctx context.Context, o order) {
	if o.channel != nil {
		n.send(ctx, n.enterParcel(o))
		return
	}
	if l, ok := n.enter(o); ok {
		n.deliver(ctx, l)
	}
}

// enter writes the letter of a notice and puts it into the outbox, if it can be delivered at all.
func (n *Notifier) enter(o order) (letter, bool) {
	l := write(o.notice, o.template, n.server.sender(), n.now())
	switch {
	case len(l.Left) == 0:
		n.log.Info("no emergency contacts to tell", "call", l.Call)
		n.metrics.ended(nobody)
		return letter{}, false
	case n.off:
		n.log.Error("emergency contacts are not told: no mail server", "call", l.Call, "recipients", len(l.Left))
		n.metrics.ended(off)
		n.alarm(Off)
		return letter{}, false
	}
	n.outbox.PutMail(l.ID, l.packed(), l.Until)
	return l, true
}

// guard keeps a mistake of ours in one mail from ending the node. What the mistake says may hold content and is not logged.
func (n *Notifier) guard(call string, work func()) {
	defer func() {
		if recover() != nil {
			n.log.Error("bug while telling emergency contacts", "call", call, "stack", stack())
			n.metrics.ended(bug)
			n.alarm(GivenUp)
		}
	}()
	work()
}
