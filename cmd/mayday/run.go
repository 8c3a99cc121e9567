package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"mayday/app"
	"mayday/config"
	"mayday/psap"
)

// node is what serve and demo have in common.
type node interface {
	HTTP() string
	SIP() netip.AddrPort
	Failed() <-chan error
	Log() *slog.Logger
	Drain(context.Context)
	Close()
}

// runUntil says that calls can be placed and runs the node until ctx ends; then it lets emergency calls end and takes the node down.
func runUntil(ctx context.Context, n node) error {
	defer n.Close()
	log := n.Log()
	fmt.Printf("ready http=%s sip=%s\n", n.HTTP(), n.SIP())
	select {
	case err := <-n.Failed():
		return err
	case <-ctx.Done():
	}
	log.Info("stopping", "waits_for", "emergency calls that go on")
	n.Drain(context.Background())
	log.Info("stopped")
	return nil
}

func logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// turnCoreOff keeps a crash of the node from leaving a core file. Where the machine does not let it, calls are placed all the same.
func turnCoreOff(log *slog.Logger) {
	if err := leaveNoCore(); err != nil {
		log.Error("a crash may leave a core file that names people in emergencies", "error", err)
	}
}

// twoProcessors lets two goroutines run at once even where the machine has one core. With one processor of the runtime, whoever is in a
// call of the system that takes long, such as syncing a lease to the disk, keeps it from everybody for up to 10 ms, until the monitor
// takes it away; with two, the system's scheduler gives the core to another thread at once.
func twoProcessors() {
	if runtime.GOMAXPROCS(0) < 2 {
		runtime.GOMAXPROCS(2)
	}
}

// serveCommand runs one node.
type serveCommand struct {
	Config string `help:"Settings file." type:"existingfile" placeholder:"mayday.yaml"`
}

// Run implements the command.
func (c serveCommand) Run(ctx context.Context) error {
	settings, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	log := logger(settings.Log)
	turnCoreOff(log)
	twoProcessors()
	if settings.Emergency.Lease < time.Hour {
		log.Warn("EMERGENCY SERVICES CANNOT CALL BACK FOR AN HOUR: emergency.lease is under 60m, which is for tests only",
			"lease", settings.Emergency.Lease)
	}
	// What is read at the start stays; to look through it for garbage meanwhile makes the start longer and finds none.
	usual := debug.SetGCPercent(-1)
	n, err := app.Start(ctx, app.Options{Settings: settings, Logger: log, Version: version})
	debug.SetGCPercent(usual)
	if err != nil {
		return err
	}
	return runUntil(ctx, n)
}

// demoCommand runs everything on this machine.
type demoCommand struct {
	HTTP string `help:"Where the screens are served." default:"127.0.0.1:8080"`
	SIP  string `name:"sip" help:"Where SIP is served; the pretend emergency service listens 20 ports above." default:"127.0.0.1:5060"`
	Data string `help:"Folder for the demo's data." default:"data/demo" type:"path"`
	Log  string `help:"How much to log." enum:"debug,info,warn,error" default:"info"`
}

// Run implements the command.
func (c demoCommand) Run(ctx context.Context) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		return err
	}
	log := logger(level)
	turnCoreOff(log)
	twoProcessors()
	d, err := app.StartDemo(ctx, app.DemoOptions{HTTP: c.HTTP, SIP: c.SIP, Data: c.Data, Logger: log, Version: version})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "\nWorkspace:          %s        sign in as alice, bob, sam or ada; the password is mayday\nEmergency service:  %s/psap\nMailbox:            %s/mail\n\n",
		d.HTTP(), d.HTTP(), d.HTTP())
	return runUntil(ctx, d)
}

// psapCommand runs the pretend emergency service and carrier alone.
type psapCommand struct {
	SIP      string `name:"sip" help:"Where it takes and places calls, UDP and TCP." default:"127.0.0.1:5080"`
	HTTP     string `help:"Where its page and its HTTP interface are served." default:"127.0.0.1:8090"`
	TLS      string `name:"tls" help:"Where it takes calls over TLS as well; empty: nowhere." placeholder:"127.0.0.1:5081"`
	Cert     string `name:"certificate" help:"PEM file of the certificate that it shows over TLS; empty: one that it makes and prints."`
	Key      string `help:"PEM file of the certificate's key."`
	Callback string `help:"SIP URI that call backs go to; empty: where the last call came from." placeholder:"sip:127.0.0.1:5060"`
}

// certificate is what it shows over TLS; one that it makes itself is printed, to be a trunk's tls.authority.
func (c psapCommand) certificate() (tls.Certificate, error) {
	if c.Cert != "" {
		return tls.LoadX509KeyPair(c.Cert, c.Key)
	}
	address, err := netip.ParseAddrPort(c.TLS)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("address for TLS (--tls): %w", err)
	}
	made, text, err := psap.SelfSigned(address.Addr(), 365*24*time.Hour)
	if err == nil {
		fmt.Fprint(os.Stderr, text)
	}
	return made, err
}

// Run implements the command.
func (c psapCommand) Run(ctx context.Context) error {
	log := logger(slog.LevelInfo)
	settings := psap.Config{Logger: log, SIP: []string{"udp://" + c.SIP, "tcp://" + c.SIP}, CallbackPeer: c.Callback}
	if c.TLS != "" {
		certificate, err := c.certificate()
		if err != nil {
			return err
		}
		settings.SIP, settings.TLS = append(settings.SIP, "tls://"+c.TLS), &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	service, err := psap.New(settings)
	if err != nil {
		return err
	}
	if err := service.Start(); err != nil {
		return err
	}
	defer func() { _ = service.Stop() }() // the program ends
	listener, err := net.Listen("tcp", c.HTTP)
	if err != nil {
		return fmt.Errorf("listen for HTTP (--http): %w", err)
	}
	locator := psap.NewLocator()
	if err := locator.Behave(psap.LocatorBehaviour{URI: "sip:psap@" + service.SIP()[0].String()}); err != nil {
		return err
	}
	mux := http.NewServeMux()
	for _, path := range []string{"/lost", "/lost/", "/held", "/held/", "/psap/locator"} {
		mux.Handle(path, locator.Handler())
	}
	mux.Handle("/", service.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("ready http=http://%s/psap sip=%s\n", listener.Addr(), service.SIP()[0])
	select {
	case err = <-failed:
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
		return server.Close()
	}
}
