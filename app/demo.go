package app

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"mayday/center/trunk"
	"mayday/config"
	"mayday/engine/store"
	"mayday/psap"
	"mayday/psap/mailbox"
)

//go:embed demo.yaml
var demoCenter string

// demoOffset is how far above the demo's SIP port its pretend emergency service listens.
const demoOffset = 20

// Demo is a node with a pretend emergency service and carrier beside it, all on the loopback interface.
type Demo struct {
	*Node
	PSAP    *psap.Service
	Locator *psap.Locator // asked which emergency service looks after a place
	Mailbox *mailbox.Mailbox

	locating *http.Server
}

// DemoOptions is where a demo listens and keeps its data. A SIP port of 0 lets the system choose every port.
type DemoOptions struct {
	HTTP, SIP string // host:port on the loopback interface
	Data      string
	Logger    *slog.Logger
	Version   string
}

// StartDemo starts a demo: its center is made on the first start and kept afterwards.
func StartDemo(ctx context.Context, options DemoOptions) (*Demo, error) {
	settings, err := demoSettings(options)
	if err != nil {
		return nil, err
	}
	d := &Demo{}
	if err := d.start(ctx, settings, options); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context, settings config.Settings, options DemoOptions) (err error) {
	if d.PSAP, err = startPSAP(settings, options.Logger); err != nil {
		return err
	}
	at, err := d.startLocator(settings)
	if err != nil {
		return err
	}
	if d.Mailbox, err = startMailbox(settings, options.Logger); err != nil {
		return err
	}
	settings.Mail.SMTP = "smtp://" + d.Mailbox.Addr().String()
	if err := seed(ctx, settings, d.PSAP.SIP(), at, options.Logger); err != nil {
		return err
	}
	d.Node, err = Start(ctx, Options{
		Settings: settings, Logger: options.Logger, Version: options.Version,
		Extra: map[string]http.Handler{"/psap": d.PSAP.Handler(), "/mail": d.Mailbox.Handler()},
	})
	return err
}

// Close takes the demo down, as far as it has come up.
func (d *Demo) Close() {
	if d.Node != nil {
		d.Node.Close()
	}
	if d.Mailbox != nil {
		_ = d.Mailbox.Stop() // it keeps nothing
	}
	if d.locating != nil {
		_ = d.locating.Close() // it keeps nothing
	}
	if d.PSAP != nil {
		_ = d.PSAP.Stop() // it keeps nothing
	}
}

// startLocator starts the pretend LoST and location server, 2 above the pretend emergency service's port, and returns where it is asked.
// It leads calls to the pretend emergency service.
func (d *Demo) startLocator(settings config.Settings) (url string, err error) {
	ours := settings.SIP.Listen[0]
	port := ours.Port
	if port != 0 {
		port += demoOffset + 2
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(ours.Host, fmt.Sprint(port)))
	if err != nil {
		return "", fmt.Errorf("listen for questions about places: %w", err)
	}
	d.Locator = psap.NewLocator()
	if err := d.Locator.Behave(psap.LocatorBehaviour{URI: "sip:psap@" + d.PSAP.SIP()[0].String()}); err != nil {
		return "", err
	}
	d.locating = &http.Server{Handler: d.Locator.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.locating.Serve(listener) }() // it ends when it is closed
	return "http://" + listener.Addr().String(), nil
}

// startMailbox starts the mailbox in which the demo's mails arrive, 1 above the pretend emergency service's port.
func startMailbox(settings config.Settings, logger *slog.Logger) (*mailbox.Mailbox, error) {
	ours := settings.SIP.Listen[0]
	port := ours.Port
	if port != 0 {
		port += demoOffset + 1
	}
	box, err := mailbox.New(mailbox.Config{Listen: net.JoinHostPort(ours.Host, fmt.Sprint(port)), Logger: logger})
	if err != nil {
		return nil, err
	}
	if err := box.Start(); err != nil {
		return nil, fmt.Errorf("start mailbox: %w", err)
	}
	return box, nil
}

func demoSettings(options DemoOptions) (config.Settings, error) {
	settings := config.Defaults()
	settings.Limits.Backlog = 0 // the browser that looks at the demo is on the same machine, and keeps it busy
	settings.Data = options.Data
	settings.HTTP.Listen = options.HTTP
	for _, address := range []string{options.HTTP, options.SIP} {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil {
			return settings, fmt.Errorf("demo address %q: an IP address and a port, such as 127.0.0.1:8080, is needed", address)
		}
		if !parsed.Addr().IsLoopback() {
			return settings, fmt.Errorf("demo address %q: the demo has known passwords and stays on the loopback interface", address)
		}
	}
	sip := netip.MustParseAddrPort(options.SIP)
	for i := range settings.SIP.Listen {
		settings.SIP.Listen[i].Host, settings.SIP.Listen[i].Port = sip.Addr().String(), int(sip.Port())
	}
	settings.Media.Address = sip.Addr()
	if sip.Port() == 0 {
		settings.Media.Ports, settings.Media.BrowserPort = config.PortRange{}, 0
	}
	return settings, nil
}

func startPSAP(settings config.Settings, logger *slog.Logger) (*psap.Service, error) {
	ours := settings.SIP.Listen[0]
	port := ours.Port
	peer := ""
	if port != 0 {
		port += demoOffset
		peer = "sip:" + ours.Address()
	}
	address := net.JoinHostPort(ours.Host, fmt.Sprint(port))
	service, err := psap.New(psap.Config{
		Logger: logger, SIP: []string{"udp://" + address, "tcp://" + address}, Media: settings.Media.Address, CallbackPeer: peer,
	})
	if err != nil {
		return nil, err
	}
	if err := service.Start(); err != nil {
		return nil, fmt.Errorf("start pretend emergency service: %w", err)
	}
	return service, nil
}

// seed makes the demo's center, or tells the one that is there where the pretend provider, over UDP, and the pretend carrier, over
// TCP, listen now. The site in Aarhus is served by an NG112 trunk, which is told the emergency service that the locator names.
func seed(ctx context.Context, settings config.Settings, listening []netip.AddrPort, locator string, logger *slog.Logger) error {
	opened, err := store.Open(ctx, store.Location{Data: settings.Data, Database: settings.Database}, logger)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }() // what was applied is on disk
	provider, carrier := "sip:"+listening[0].String(), "sip:"+listening[1].String()+";transport=tcp"
	current, _, err := opened.Center(ctx)
	if err != nil {
		return fmt.Errorf("read center: %w", err)
	}
	if len(current.Reps) == 0 {
		file := strings.NewReplacer("PROVIDER", provider, "CARRIER", carrier).Replace(demoCenter)
		if _, err := Apply(ctx, opened, "demo", "demo.yaml", []byte(file), false); err != nil {
			return err
		}
		if current, _, err = opened.Center(ctx); err != nil {
			return fmt.Errorf("read center: %w", err)
		}
		current.Trunks = append([]trunk.Trunk{{ID: "ng112", Kind: trunk.DirectOffer, NG: true, Country: "DK", Location: trunk.ByValue}}, current.Trunks...)
	}
	current.Organisation.LoST = locator + "/lost"
	if current.Organisation.HELD != "" { // it was told where the pretend location server was then
		current.Organisation.HELD = locator + "/held"
	}
	for i, kept := range current.Trunks {
		switch kept.ID {
		case "provider", "ng112":
			current.Trunks[i].URI = provider
		case "carrier":
			current.Trunks[i].URI = carrier
		}
	}
	_, _, err = opened.Apply(ctx, current, "demo")
	return err
}
