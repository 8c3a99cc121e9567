package webcall

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// FuzzIntake hands datagrams to the gateway as its reader does, which no socket could do fast enough:
// one from a stranger and one from an address that a browser has proved to be its own.
func FuzzIntake(f *testing.F) {
	g, err := Listen(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { g.Close() })
	p := newPeer(g, &offer{ufrag: "them"}, func(PeerEvent) {})
	b := &binding{peer: p, own: credentials{"us", "password"}, remote: "them", password: []byte("password")}
	g.byUfrag.put("us", b)
	stranger, browser := netip.MustParseAddrPort("127.0.0.1:9"), netip.MustParseAddrPort("127.0.0.1:10")
	good := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername("us:them"), b.password, stun.Fingerprint)
	f.Add(good.Raw)
	f.Add(stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername("us:them"), stun.Fingerprint).Raw)
	f.Add(stun.MustBuild(stun.TransactionID, stun.BindingSuccess, stun.Fingerprint).Raw)
	f.Add([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0})
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Add([]byte{0x80, 200, 0, 1, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = raw[:min(len(raw), 2048)] // as the reader's buffer does
		g.byAddress.put(browser, p)
		known := authentic(raw, b)
		g.dispatch(raw, stranger)
		g.dispatch(raw, browser)
		if g.byAddress.find(stranger) == p && !known {
			t.Errorf("%x: makes a stranger a browser", raw)
		}
		p.forget()
		p.over, p.addresses = false, nil
		g.byAddress.remove(stranger, p)
		for buffer := make([]byte, 2048); p.inbox.Count() > 0; {
			if _, _, err := p.inbox.Read(buffer, nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// authentic says whether a datagram is protected by the password, however it is formed otherwise.
func authentic(raw []byte, b *binding) bool {
	m := &stun.Message{Raw: append([]byte(nil), raw...)}
	return m.Decode() == nil && b.password.Check(m) == nil
}

func TestABugInOnePacketSilencesNoBrowser(t *testing.T) {
	g, err := Listen(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(g.Local()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	g.byAddress.put(conn.LocalAddr().(*net.UDPAddr).AddrPort(), &Peer{gateway: g}) // it has no inbox
	check := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.Fingerprint)
	for _, raw := range [][]byte{{22}, check.Raw} {
		if _, err := conn.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 2048)); err != nil {
		t.Errorf("a check after a bug: %v", err)
	}
}
