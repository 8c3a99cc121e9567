package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// mute is a UDP far end that never answers.
func mute(t *testing.T) (port int, got func() string) {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().(*net.UDPAddr).Port, func() string {
		buffer := make([]byte, 65536)
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, _ := conn.Read(buffer)
		method, _, _ := strings.Cut(string(buffer[:n]), " ")
		return method
	}
}

// agreeing is a stack that answers every call.
func agreeing(t *testing.T, network string) int {
	t.Helper()
	s := New(Config{Logger: strictLog(t)}, agreeable{})
	t.Cleanup(func() { _ = s.Close() })
	at, err := s.Listen(network, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return int(at.Port())
}

type agreeable struct{}

func (agreeable) Invited(d *Dialog)     { _ = d.Answer(nil, "application/sdp", []byte(someSDP)) }
func (agreeable) Requested(x *Exchange) { x.RespondDefault() }

// busy is a stack that has no room.
type busy struct{}

func (busy) Invited(d *Dialog)     { _ = d.Reject(503, "", nil) }
func (busy) Requested(x *Exchange) { x.RespondDefault() }

func TestCallMovesOnToTheNextHop(t *testing.T) {
	silent, heard := mute(t)
	full := New(Config{}, busy{})
	defer full.Close()
	fullAt, err := full.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closedPort := closed.Addr().(*net.TCPAddr).Port
	closed.Close()
	good := agreeing(t, "udp")
	goodTCP := agreeing(t, "tcp")
	for name, c := range map[string]struct {
		network     string
		first, next int
	}{
		"silent":  {"udp", silent, good},
		"full":    {"udp", int(fullAt.Port()), good},
		"refuses": {"tcp", closedPort, goodTCP},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNameServer(t,
				fmt.Sprintf("_sip._%s.t.example. 60 IN SRV 1 0 %d h.example.", c.network, c.first),
				fmt.Sprintf("_sip._%s.t.example. 60 IN SRV 2 0 %d h.example.", c.network, c.next),
				"h.example. 60 IN A 127.0.0.1")
			s := New(Config{Logger: strictLog(t), Resolver: NewResolver(n.addr)}, nil)
			defer s.Close()
			if _, err := s.Listen("udp", "127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
			for round := range 2 {
				start := time.Now()
				d, err := s.Invite(Invite{Peer: "sip:t.example;transport=" + c.network, RequestURI: "sip:911@x",
					From: Address{URI: "sip:a@b"}, To: Address{URI: "sip:911@x"}})
				if err != nil {
					t.Fatal(err)
				}
				for e := range d.Events() {
					if _, ok := e.(Answered); ok {
						d.End("")
					}
					if _, ok := e.(Failed); ok {
						t.Fatalf("round %d: %+v", round, e)
					}
				}
				if round == 1 && time.Since(start) > 900*time.Millisecond {
					t.Errorf("second call: %v, want the bad hop to come last", time.Since(start))
				}
			}
		})
	}
	if got := heard(); got != "INVITE" {
		t.Errorf("silent hop: got %q first, want INVITE", got)
	}
}

func addrs(text string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(text)} }

func TestHopThatWasLeftIsCancelledWhenItSpeaksUp(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble) {
		b.resolver.plans["sip udp t.example 0"] = &plan{until: time.Now().Add(time.Hour), servers: []server{
			{"udp", 0, 1, 0, 5080, addrs("127.0.0.1")}, {"udp", 0, 2, 0, 5081, addrs("127.0.0.1")},
		}}
		d, err := b.Invite(Invite{Peer: "sip:t.example;transport=udp", RequestURI: "sip:911@x", From: Address{URI: "sip:a@b"}, To: Address{URI: "sip:911@x"}})
		if err != nil {
			t.Fatal(err)
		}
		first := b.far.all("INVITE")[0]
		pass(time.Second)
		invites := b.far.all("INVITE")
		second := invites[len(invites)-1]
		if second.key.via.branch == first.key.via.branch {
			t.Fatal("silent hop: no INVITE went to the next one")
		}
		b.answer(first, 180)
		if cancels := b.far.all("CANCEL"); len(cancels) != 1 || cancels[0].Header("Via") != first.Header("Via") {
			t.Errorf("hop that was left rings late: %d CANCELs", len(cancels))
		}
		b.answer(first, 487)
		b.answer(second, 200)
		if events := told(d); len(events) != 1 {
			t.Errorf("events %v, want Answered alone", events)
		}
		d.End("")
	})
}

func TestOptionsTellsWhetherAPeerIsThere(t *testing.T) {
	silent, _ := mute(t)
	good := agreeing(t, "udp")
	s := New(Config{Logger: strictLog(t)}, nil)
	defer s.Close()
	if _, err := s.Listen("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if status, err := s.Options(ctx, fmt.Sprintf("sip:127.0.0.1:%d", good)); status != 200 || err != nil {
		t.Errorf("peer that is there: %d %v", status, err)
	}
	if _, err := s.Options(ctx, fmt.Sprintf("sip:127.0.0.1:%d", silent)); err == nil {
		t.Error("peer that is silent: no error")
	}
	if _, err := s.Options(ctx, "tel:911"); err == nil {
		t.Error("peer without a host: no error")
	}
	if _, err := s.Options(context.Background(), "sip:127.0.0.1:1;transport=tcp"); err == nil {
		t.Error("peer that refuses: no error")
	}
}

func TestUnspecifiedAddressIsNeverTold(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", "[::]:0"} {
		silentConn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		s := New(Config{Logger: strictLog(t)}, nil)
		at, err := s.Listen("udp", listen)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Invite(Invite{Peer: "sip:" + silentConn.LocalAddr().String(), RequestURI: "sip:911@x", From: Address{URI: "sip:a@b"}, To: Address{URI: "sip:911@x"}})
		if err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 65536)
		_ = silentConn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := silentConn.Read(buffer); err != nil {
			t.Errorf("listening on %s: nothing arrives: %v", listen, err)
		}
		want := fmt.Sprintf("127.0.0.1:%d", at.Port())
		if m := d.Request(); !strings.Contains(m.Header("Via"), " "+want+";") || !strings.Contains(m.Header("Contact"), want) {
			t.Errorf("listening on %s: Via %q, Contact %q, want %s", listen, m.Header("Via"), m.Header("Contact"), want)
		}
		_ = s.Close()
		silentConn.Close()
	}
}
