package app_test

import (
	"net"
	"net/netip"
	"sync"
	"testing"

	"mayday/psap"
)

const lineIsOpenHz = 425 // the soft tone that the far end hears while the rep's browser is away

// detour carries a browser's sound to the node and back. A test can give it another address, as a browser has after a change of its
// network, and cut it off.
type detour struct {
	t    *testing.T
	near *net.UDPConn // where the browser sends to

	mu      sync.Mutex
	node    netip.AddrPort // not valid until the page has been told of it
	browser netip.AddrPort
	far     *net.UDPConn // what the node sees the browser at
	isCut   bool
	carrier sync.WaitGroup
}

func layDetour(t *testing.T) *detour {
	t.Helper()
	d := &detour{t: t, near: listenUDP(t)}
	d.move()
	d.carrier.Go(d.there)
	t.Cleanup(func() {
		_ = d.near.Close() // nothing waits for it any more
		d.mu.Lock()
		_ = d.far.Close()
		d.mu.Unlock()
		d.carrier.Wait()
	})
	return d
}

func listenUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return socket
}

func portOf(socket *net.UDPConn) uint16 { return socket.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// move gives the browser another address; nothing that is sent to the old one arrives.
func (d *detour) move() {
	far := listenUDP(d.t)
	d.mu.Lock()
	before := d.far
	d.far = far
	d.mu.Unlock()
	if before != nil {
		_ = before.Close() // that is what ends its goroutine
	}
	d.carrier.Go(func() { d.back(far) })
}

func (d *detour) cut(off bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.isCut = off
}

func (d *detour) leadTo(port uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.node = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
}

func (d *detour) there() {
	packet := make([]byte, 2048)
	for {
		n, from, err := d.near.ReadFromUDPAddrPort(packet)
		if err != nil {
			return // the test is over
		}
		d.mu.Lock()
		d.browser = from
		far, node, passes := d.far, d.node, !d.isCut && d.node.IsValid()
		d.mu.Unlock()
		if passes {
			_, _ = far.WriteToUDPAddrPort(packet[:n], node) // what is lost is sent again
		}
	}
}

func (d *detour) back(far *net.UDPConn) {
	packet := make([]byte, 2048)
	for {
		n, err := far.Read(packet)
		if err != nil {
			return // moved, or the test is over
		}
		d.mu.Lock()
		browser, passes := d.browser, !d.isCut
		d.mu.Unlock()
		if passes {
			_, _ = d.near.WriteToUDPAddrPort(packet[:n], browser) // what is lost is sent again
		}
	}
}

// tellNetwork: in mid-call the browser's address changes, then the network is gone for a while and back with yet another address.
func tellNetwork(t *testing.T, c *chromium) {
	d := startDemo(t)
	way := layDetour(t)
	p := c.profile(t, d.HTTP(), granted)
	p.soundBy = portOf(way.near)
	x := p.open()
	x.signIn("alice")
	eventually(t, "the page knows where the node takes sound", func() bool {
		port := evaluate[uint16](x, "window.nodePort ?? 0")
		way.leadTo(port)
		return port != 0
	})
	help := d.dials(x)

	way.move()
	d.hears("the browser has another address", help.ID)
	x.hears("the browser has another address")

	way.cut(true)
	d.hearsTone("the network is gone", help.ID)
	x.shows("heading", "Reconnecting. They are still on the line")
	way.move()
	way.cut(false)
	x.hears("the network is back")
	d.hears("the network is back", help.ID)
	x.shows("heading", "Connected")
	x.press("button", "End call")
	d.becomes(help.ID, psap.Over)
	x.windowIsOpen()
}

// hearsTone waits until the far end hears that the line is open though the rep's browser is away.
func (d *demo) hearsTone(circumstance, id string) {
	d.t.Helper()
	eventually(d.t, circumstance+": the far end hears the soft tone", func() bool {
		heard := d.call(id)
		return near(heard.FrequencyHz, lineIsOpenHz) && heard.LevelDBov > -50
	})
}
