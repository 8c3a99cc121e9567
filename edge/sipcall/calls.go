// Package sipcall is calls over SIP: it turns what the engine wants into messages to trunks, and what trunks say into commands for
// the engine. Each leg has one loop, which takes its messages in the order in which they came.
//
// It decides nothing: which trunk, which number and what follows a refusal is the engine's.
package sipcall

import (
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/edge/relay"
	"mayday/engine"
	"mayday/sip"
)

// Config is what calls over SIP need.
type Config struct {
	Logger *slog.Logger
	Ports  *relay.Ports
	Host   string // our host in From, P-Asserted-Identity and Content-ID: an address or a domain
	// Report hands a command to the engine and may wait for it. It is called from the legs' own loops, never from the engine's.
	Report func(engine.Command)
	// CallsBack reports whether one of these numbers is one that an emergency service may call back now; it must return at once.
	// nil: every call from outside is taken for a call back, so that none is turned away.
	CallsBack func(called ...string) bool
	// Trunks returns the trunks there are, for the limits of those that call us; it must return at once. nil: none has a limit.
	Trunks func() []trunk.Trunk
	Limits Limits
	// Refer keeps a document that tells a rep's place and returns an HTTPS URI at which it is asked for, and what forgets it again; it
	// must return at once. An empty URI, or nil: places are conveyed by value alone.
	Refer func(caller rep.ID, document []byte) (uri string, forget func())
	// Lookup finds the addresses of a host that a session description names. nil: the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Calls is every leg of this node.
type Calls struct {
	config Config
	stack  *sip.Stack

	tests atomic.Int32 // calls of the test service
	gate  *gate
	stop  context.CancelFunc // ends the watch over the processor
	ctx   context.Context    // until then

	trust trust

	mu      sync.Mutex // guards legs, keepers and closed; never held while anything is waited for
	legs    map[engine.LegID]*leg
	keepers map[trunk.ID]*keeper
	closed  bool
	loops   sync.WaitGroup
}

// New makes calls over a stack of its own, which listens nowhere yet.
func New(config Config, wire sip.Config) *Calls {
	config.Host = uriHost(config.Host)
	c := &Calls{config: config, legs: make(map[engine.LegID]*leg), gate: newGate(config)}
	if config.CallsBack != nil {
		wire.Urgent = c.callsBack
		wire.Admit = c.gate.admit
	}
	if c.config.Lookup == nil {
		c.config.Lookup = systemLookup
	}
	c.stack = sip.New(wire, c)
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.loops.Go(func() { c.gate.watch(c.ctx, config.Report) })
	return c
}

// Listen opens a socket such as "udp://127.0.0.1:5060" and returns the address that it got.
func (c *Calls) Listen(listen string) (netip.AddrPort, error) {
	network, address, _ := strings.Cut(listen, "://")
	return c.stack.Listen(network, address)
}

// farewell is how long Close waits for far ends that have not answered yet to take a CANCEL, and then for trunks to end our registrations.
const farewell = time.Second

// Close hangs up every leg, so that nobody stays in a call with a node that is gone, ends the registrations with trunks, and then the
// stack.
func (c *Calls) Close() error {
	c.stop()
	for _, id := range c.close() {
		c.tell(id, func(l *leg) { l.dialog.End("") })
	}
	ended := make(chan struct{})
	go func() {
		c.loops.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(farewell):
	}
	c.unregister()
	err := c.stack.Close()
	<-ended
	return err
}

// unregister ends the registrations with all trunks at once.
func (c *Calls) unregister() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	c.mu.Lock()
	keepers := c.keepers
	c.keepers = nil
	c.mu.Unlock()
	var leaving sync.WaitGroup
	for _, k := range keepers {
		leaving.Go(func() {
			<-k.done
			k.unregister(ctx)
		})
	}
	leaving.Wait()
}

// close lets no leg begin from now on and returns those there are.
func (c *Calls) close() []engine.LegID {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return slices.Collect(maps.Keys(c.legs))
}

// Join lets the leg and a browser hear each other.
func (c *Calls) Join(id engine.LegID, browser relay.Side) {
	c.tell(id, func(l *leg) { l.join(browser) })
}

// JoinLegs lets two legs hear each other.
func (c *Calls) JoinLegs(id, other engine.LegID) {
	if with := c.leg(other); with != nil && with.socket != nil {
		c.Join(id, with.socket)
	}
}

// Tone lets the far end hear a soft tone until the leg is joined.
func (c *Calls) Tone(id engine.LegID) { c.tell(id, func(l *leg) { l.playTone(waiting()) }) }

// TestTone lets the far end hear a steady tone until the leg is joined.
func (c *Calls) TestTone(id engine.LegID) { c.tell(id, (*leg).drill) }

// Part makes the leg silent in both directions.
func (c *Calls) Part(id engine.LegID) { c.tell(id, (*leg).part) }

// Count returns how many legs there are.
func (c *Calls) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.legs)
}

// End ends the leg, whatever its state.
func (c *Calls) End(id engine.LegID) { c.tell(id, func(l *leg) { l.end() }) }

// Refuse answers the INVITE of an incoming leg with a final status.
func (c *Calls) Refuse(id engine.LegID, status int) { c.tell(id, func(l *leg) { l.refuse(status) }) }

// Ring answers the INVITE of an incoming leg with 180.
func (c *Calls) Ring(id engine.LegID) { c.tell(id, (*leg).ring) }

// Answer answers the INVITE of an incoming leg with 200.
func (c *Calls) Answer(id engine.LegID) { c.tell(id, (*leg).answer) }

// Convey tells the far end of a leg where the rep is now.
func (c *Calls) Convey(e engine.ConveyPlace) { c.tell(e.Leg, func(l *leg) { l.convey(e) }) }

// TellReferrer tells the far end of a leg what became of its REFER.
func (c *Calls) TellReferrer(e engine.TellReferrer) {
	c.tell(e.Leg, func(l *leg) { l.tellReferrer(e.Status) })
}

// Measure reports what the leg has heard until now.
func (c *Calls) Measure(id engine.LegID) { c.tell(id, (*leg).measure) }

// Hold tells the far end that it is on hold, or no longer.
func (c *Calls) Hold(id engine.LegID, on bool) { c.tell(id, func(l *leg) { l.hold(on) }) }

// Mute lets the far end hear silence in place of the browser, or no longer.
func (c *Calls) Mute(id engine.LegID, on bool) { c.tell(id, func(l *leg) { l.mute(on) }) }

// SendDigits sends telephone events to the far end (RFC 4733 §2.3).
func (c *Calls) SendDigits(id engine.LegID, digits string) {
	c.tell(id, func(l *leg) { l.sendDigits(digits) })
}

func (c *Calls) leg(id engine.LegID) *leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.legs[id]
}

func (c *Calls) tell(id engine.LegID, do func(*leg)) {
	if l := c.leg(id); l != nil {
		l.inbox.put(do)
	}
}

// begin starts the loop of a leg; once Close has been called the leg is ended instead.
func (c *Calls) begin(l *leg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		l.abandon()
		return
	}
	c.legs[l.id] = l
	c.gate.enter(l)
	c.loops.Go(func() {
		l.loop()
		c.gate.leave(l)
		c.mu.Lock()
		delete(c.legs, l.id)
		c.mu.Unlock()
	})
}

// Invited takes an INVITE from outside. It implements sip.Handler.
func (c *Calls) Invited(dialog *sip.Dialog) {
	l := &leg{calls: c, id: engine.LegID("in." + uuid.NewString()), dialog: dialog, incoming: true, inbox: newInbox(), session: relay.NewSession()}
	request := dialog.Request()
	l.urgent = c.callsBack(request.URI(), request.Header("To"))
	if !l.urgent {
		l.trunk = c.gate.trunkAt(dialog.Source())
	}
	c.begin(l)
}

// Requested answers what is not a call. It implements sip.Handler.
func (c *Calls) Requested(x *sip.Exchange) { x.RespondDefault() }
