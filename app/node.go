// Package app builds a node from its settings and takes it down again: it wires the engine to the edges, the screens and the
// database, and decides nothing.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayday/center"
	"mayday/center/rep"
	"mayday/config"
	"mayday/config/password"
	"mayday/edge/notify"
	"mayday/edge/relay"
	"mayday/edge/sipcall"
	"mayday/edge/webcall"
	"mayday/engine"
	"mayday/engine/blackbox"
	"mayday/engine/store"
	"mayday/sip"
	"mayday/web"
)

// Options is what a node is built from.
type Options struct {
	Settings config.Settings
	Logger   *slog.Logger
	Version  string
	Extra    map[string]http.Handler // further pages, of the demo
	// NameServers answer for the names of trunks, each as "192.0.2.53:53"; none: those of the system.
	NameServers []string
	// Now is the clock; nil: the system's. Its monotonic readings go on as the system's do, whatever its wall clock does.
	Now func() time.Time
}

// Node is one running Mayday.
type Node struct {
	settings config.Settings
	servers  []string // name servers; none: the system's
	now      func() time.Time
	log      *slog.Logger // nobody waits for it
	logQueue *logQueue
	metrics  *metrics

	registry      *prometheus.Registry
	box           *blackbox.Box
	found         chan struct{} // holds one: the black box knows more leases than when it was opened
	database      *database
	databaseFault atomic.Pointer[string] // nil: none
	lockFault     atomic.Pointer[string] // why the database takes no writes; nil: it does
	writingFault  atomic.Pointer[string] // why history rows wait; nil: they do not
	notifier      *notify.Notifier
	engine        *engine.Engine
	calls         *sipcall.Calls
	references    *web.Places // places that calls refer to
	gateway       *webcall.Gateway
	tabs          *webcall.Tabs
	records       *records
	places        *places
	drills        *drills
	overview      *overview
	windowOver    chan struct{} // holds one: the window of an emergency call is over
	confirmations *confirmations
	alerts        *alerts
	mappings      *mappings
	visits        *visits
	pages         *web.Server
	server        *http.Server

	httpAddress net.Addr
	sipAddress  netip.AddrPort
	draining    sync.Once

	stop    context.CancelFunc // ends the loops below
	loops   sync.WaitGroup
	serving sync.WaitGroup
	failed  chan error    // holds the first fault of a listener
	placing chan struct{} // closed when calls can be placed
}

// Start builds a node and starts it. When it returns without an error, calls can be placed. What had been started before a fault is
// stopped again.
func Start(ctx context.Context, options Options) (*Node, error) {
	n := &Node{
		settings:      options.Settings,
		servers:       options.NameServers,
		now:           options.Now,
		records:       newRecords(),
		places:        newPlaces(),
		found:         make(chan struct{}, 1),
		drills:        newDrills(),
		windowOver:    make(chan struct{}, 1),
		confirmations: newConfirmations(options.Settings.Data),
		alerts:        newAlerts(),
		mappings:      newMappings(),
		visits:        newVisits(),
		failed:        make(chan error, 1),
		placing:       make(chan struct{}),
	}
	if n.now == nil {
		n.now = time.Now
	}
	n.log, n.logQueue = newLog(options.Logger)
	n.overview = &overview{node: n}
	n.registry = prometheus.NewRegistry()
	n.metrics = newMetrics(n.registry, n)
	for _, step := range []func(context.Context) error{
		n.openBox, n.startEngine, n.listenBrowsers, n.listenSIP,
		func(context.Context) error { return n.serveHTTP(options) },
	} {
		if err := step(ctx); err != nil {
			n.Close()
			return nil, err
		}
	}
	close(n.placing)
	return n, nil
}

// HTTP returns where the screens are served, as a URL.
func (n *Node) HTTP() string {
	scheme := "http"
	if n.settings.HTTP.Certificate != "" {
		scheme = "https"
	}
	return scheme + "://" + n.httpAddress.String()
}

// Log returns the node's log. Whoever writes to it does not wait; after Close it is silent.
func (n *Node) Log() *slog.Logger { return n.log }

// SIP returns the first SIP address of this node.
func (n *Node) SIP() netip.AddrPort { return n.sipAddress }

// Failed tells of a listener that has failed while the node was running.
func (n *Node) Failed() <-chan error { return n.failed }

// openBox reads the black box: with what it knows, the node needs nothing else to place emergency calls.
func (n *Node) openBox(context.Context) error {
	box, err := blackbox.Open(blackbox.Config{
		Dir: filepath.Join(n.settings.Data, "blackbox"), Logger: n.log, Now: n.now,
		OnFault: func(fault blackbox.Fault) { n.raise(blackboxAlarm(fault.Code)) },
		OnFound: func() {
			select {
			case n.found <- struct{}{}:
			default: // it is to be looked at already
			}
		},
	})
	if err != nil {
		return fmt.Errorf("open black box: %w", err)
	}
	n.box = box
	return nil
}

// loadCenter returns the configuration to start with: what the black box knows, else what the database has. Only a node that knows
// nothing at all needs its database to start.
func (n *Node) loadCenter(ctx context.Context) (center.Center, int64, error) {
	n.database = newDatabase(store.Location{Data: n.settings.Data, Database: n.settings.Database}, n.log)
	if known, version, ok := n.box.Snapshot(); ok {
		return known, version, nil
	}
	if err := n.database.open(ctx, true); err != nil {
		return center.Center{}, 0, err
	}
	opened, err := n.database.now()
	if err != nil {
		return center.Center{}, 0, err
	}
	loaded, version, err := opened.Center(ctx)
	if err != nil {
		return center.Center{}, 0, fmt.Errorf("read center: %w", err)
	}
	if len(loaded.Reps) > 0 {
		err = n.keepCenter(ctx, loaded, version, false)
	}
	return loaded, version, err
}

// startEngine makes the node live with the configuration that it knows. The edges come up after it; effects before that have no
// receiver, and no command that has effects can arrive before the edges do.
func (n *Node) startEngine(ctx context.Context) error {
	loaded, version, err := n.loadCenter(ctx)
	if err != nil {
		return err
	}
	snapshot := engine.NewSnapshot(loaded)
	snapshot.Version = version
	n.engine = engine.New(snapshot, (*outside)(n), n.log)
	n.engine.SetClock(n.now)
	n.calls = n.newCalls()
	n.calls.Watch(snapshot.Center.Trunks)
	if n.notifier, err = notify.New(notify.Config{
		SMTP: n.settings.Mail.SMTP, Logger: n.log, Outbox: outbox{n.box}, Registry: n.registry, Now: n.now, Node: n.settings.Node,
		Alarm: func(a notify.Alarm) { n.raise(string(a)) },
	}); err != nil {
		return err
	}
	ctx, n.stop = context.WithCancel(context.WithoutCancel(ctx))
	n.loops.Go(func() { n.engine.Run(ctx, n.settings.Emergency.Lease, n.restored(n.now())...) })
	n.restorePlaces(ctx)
	n.loops.Go(func() { n.restoreLate(ctx) })
	n.loops.Go(func() { n.keepAlerts(ctx) })
	n.loops.Go(func() { n.followClock(ctx) })
	n.limitReps()
	n.loops.Go(func() { n.notifier.Run(ctx) })
	n.loops.Go(func() { n.keepRecords(ctx) })
	n.afterwards(ctx, n.drawMap)
	n.afterwards(ctx, func(ctx context.Context) { n.followCenter(ctx, version) })
	n.afterwards(ctx, n.watchWriting)
	n.keepMappings(ctx)
	n.visits.scout = n.newScout()
	n.afterwards(ctx, n.visits.scout.Run)
	n.afterwards(ctx, n.followDrills)
	n.afterwards(ctx, n.forget)
	n.afterwards(ctx, func(context.Context) { n.report(engine.RestoreAlerts{Found: n.alertsKept()}) })
	return nil
}

// afterwards runs a loop once the node places calls: what it does would take processor from the start.
func (n *Node) afterwards(ctx context.Context, loop func(context.Context)) {
	n.loops.Go(func() {
		select {
		case <-n.placing:
			loop(ctx)
		case <-ctx.Done():
		}
	})
}

func (n *Node) newCalls() *sipcall.Calls {
	n.references = web.NewPlaces(n.settings.HTTP.LocationReference)
	ports := n.settings.Media.Ports
	return sipcall.New(n.limitSIP(sipcall.Config{
		Logger: n.log,
		Ports:  relay.NewPorts(n.settings.Media.Address, uint16(ports.First), uint16(ports.Last)),
		Host:   n.settings.Media.Address.String(),
		Report: n.report,
		Refer: func(caller rep.ID, document []byte) (string, func()) {
			return n.references.Keep(string(caller), document)
		},
	}), sip.Config{Logger: n.log, UserAgent: "mayday", Resolver: sip.NewResolver(n.servers...), TLS: acceptTLS(n.settings.SIP)})
}

// acceptTLS is how connections over TLS are taken: with the certificate as it stands in its file at that moment, so that one that was
// renewed counts at once. nil: none are.
func acceptTLS(s config.SIP) *tls.Config {
	if s.Certificate == "" {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		ours, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
		return &ours, err
	}}
}

// report hands a command of an edge to the engine.
func (n *Node) report(command engine.Command) {
	if err := n.engine.Do(context.Background(), command); err != nil && !errors.Is(err, context.Canceled) {
		n.log.Warn("command refused", "command", fmt.Sprintf("%T", command), "error", err)
	}
}

func (n *Node) listenSIP(context.Context) error {
	if s := n.settings.SIP; s.Certificate != "" {
		if _, err := tls.LoadX509KeyPair(s.Certificate, s.Key); err != nil {
			return fmt.Errorf("read sip.certificate and sip.key: %w", err)
		}
	}
	for i, listener := range n.settings.SIP.Listen {
		address, err := n.calls.Listen(listener.String())
		if err != nil {
			return fmt.Errorf("listen for SIP on %s (sip.listen[%d]): %w", listener, i, err)
		}
		if i == 0 {
			n.sipAddress = address
			n.report(engine.ListenAt{URI: selfURI(listener.Network, address)})
		}
	}
	return nil
}

// selfURI is where a node reaches itself, for calls of its own test service.
func selfURI(network string, address netip.AddrPort) string {
	uri := "sip:" + address.String()
	if network != "udp" {
		uri += ";transport=" + network
	}
	return uri
}

func (n *Node) listenBrowsers(context.Context) error {
	address := netip.AddrPortFrom(n.settings.Media.Address, uint16(n.settings.Media.BrowserPort))
	gateway, err := webcall.Listen(webcall.Config{Logger: n.log, Listen: address})
	if err != nil {
		return fmt.Errorf("listen for browsers' sound on udp port %d (media.browser_port): %w", n.settings.Media.BrowserPort, err)
	}
	n.gateway = gateway
	n.tabs = webcall.NewTabs(gateway, n.report)
	return nil
}

// beside returns the handlers beside the screens: those of the demo, and the places that calls refer to.
func (n *Node) beside(extra map[string]http.Handler) map[string]http.Handler {
	all := map[string]http.Handler{web.PlacesPath: n.references}
	maps.Copy(all, extra)
	return all
}

func (n *Node) serveHTTP(options Options) error {
	settings := n.settings.HTTP
	pages, err := web.New(web.Config{
		Node: (*desk)(n), Sessions: sessions{n.database}, History: history{n.database, n.records}, Center: &admin{node: n}, Parts: &parts{node: n}, Drills: (*desk)(n), Explainer: &explainer{node: n},
		Overview:    n.overview,
		AddressBook: &addressBook{node: n},
		Verify:      password.Verify, DummyHash: "nobody's",
		Registry: n.registry, Logger: n.log, Version: options.Version,
		EmbedOrigins: settings.EmbedOrigins, Secure: settings.Certificate != "", Extra: n.beside(options.Extra),
	})
	if err != nil {
		return err
	}
	n.pages = pages
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return fmt.Errorf("listen for HTTP (http.listen): %w", err)
	}
	n.httpAddress = listener.Addr()
	n.server = &http.Server{Handler: pages.Handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelWarn)}
	n.serving.Go(func() {
		err := n.serveListener(listener)
		if !errors.Is(err, http.ErrServerClosed) {
			n.fail(fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err))
		}
	})
	return nil
}

func (n *Node) serveListener(listener net.Listener) error {
	if certificate := n.settings.HTTP.Certificate; certificate != "" {
		return n.server.ServeTLS(listener, certificate, n.settings.HTTP.Key)
	}
	return n.server.Serve(listener)
}

func (n *Node) fail(err error) {
	select {
	case n.failed <- err:
	default:
	}
}

// Drain stops taking ordinary calls and returns when the last emergency call has ended, the settings' drain time has passed or ctx
// ends.
func (n *Node) Drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, n.settings.Emergency.Drain)
	defer cancel()
	n.draining.Do(func() { n.report(engine.StopOrdinary{}) })
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if counts := n.engine.Counts(); counts.Emergency+counts.Callback == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Close takes the node down: the screens first, the database last. It may be called on a node that has only half started.
func (n *Node) Close() {
	if n.server != nil {
		_ = n.server.Close() // requests that hang are cut off; feeds are ended by the pages
	}
	if n.pages != nil {
		n.pages.Close()
	}
	n.serving.Wait()
	if n.calls != nil {
		n.logFault("close SIP", n.calls.Close())
	}
	if n.gateway != nil {
		n.logFault("close browsers' sound", n.gateway.Close())
	}
	if n.stop != nil {
		n.stop()
	}
	n.loops.Wait()
	if n.database != nil {
		n.logFault("close database", n.database.close())
	}
	if n.box != nil {
		n.logFault("close black box", n.box.Close())
	}
	n.logQueue.close()
}

func (n *Node) logFault(what string, err error) {
	if err != nil {
		n.log.Error("node not closed cleanly", "step", what, "error", err)
	}
}
