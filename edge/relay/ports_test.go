package relay_test

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"testing"

	"mayday/edge/relay"
)

// freeRange finds a range of so many pairs that nobody uses at the moment.
func freeRange(t *testing.T, pairs int) (low, high uint16) {
	t.Helper()
	return freeRangeFrom(t, 40000, pairs)
}

// freeRangeFrom finds one from a port on.
func freeRangeFrom(t *testing.T, first uint16, pairs int) (low, high uint16) {
	t.Helper()
	for try := range uint16(200) {
		low = first + first%2 + try*uint16(pairs)*2
		high = low + uint16(pairs)*2 - 1
		free := true
		for port := low; port <= high && free; port++ {
			c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, port)))
			if free = err == nil; free {
				c.Close()
			}
		}
		if free {
			return low, high
		}
	}
	t.Fatal("no range of ports is free")
	return 0, 0
}

func TestPortsAreExhaustedAndUsedAgain(t *testing.T) {
	low, high := freeRange(t, 3)
	ports := relay.NewPorts(loopback, low, high)
	var open []*relay.Socket
	for range 3 {
		s, err := ports.Open()
		if err != nil {
			t.Fatal(err)
		}
		if port := s.Local().Port(); port%2 != 0 || port < low || port > high {
			t.Errorf("range %d-%d: port %d", low, high, port)
		}
		open = append(open, s)
	}
	if _, err := ports.Open(); !errors.Is(err, relay.ErrNoPorts) || ports.InUse() != 3 {
		t.Errorf("a fourth socket of three: %v, %d in use", err, ports.InUse())
	}
	freed := open[1].Local()
	open[1].Close()
	s, err := ports.Open()
	if err != nil || s.Local() != freed {
		t.Fatalf("after one was closed: %v", err)
	}
	for _, s := range append(open, s) {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if n := ports.InUse(); n != 0 {
		t.Errorf("all closed, one of them twice: %d in use", n)
	}
}

func TestAPortOfSomebodyElseIsSteppedOver(t *testing.T) {
	low, high := freeRange(t, 2)
	other, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, low+1)))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	ports := relay.NewPorts(loopback, low, high)
	s, err := ports.Open()
	if err != nil || s.Local().Port() != low+2 {
		t.Fatalf("the first pair is half taken: %v", err)
	}
	defer s.Close()
	if _, err := ports.Open(); !errors.Is(err, relay.ErrNoPorts) || ports.InUse() != 1 {
		t.Errorf("the second is taken too: %v, %d in use", err, ports.InUse())
	}
}

func TestAnAddressOfAnotherMachineIsAFault(t *testing.T) {
	_, err := relay.NewPorts(netip.MustParseAddr("192.0.2.1"), 20000, 20001).Open()
	if err == nil || errors.Is(err, relay.ErrNoPorts) {
		t.Errorf("an address that is not ours: %v", err)
	}
	for _, ends := range [][2]uint16{{20001, 20002}, {20000, 20000}, {30000, 20000}, {65535, 65535}} {
		if _, err := relay.NewPorts(loopback, ends[0], ends[1]).Open(); !errors.Is(err, relay.ErrNoPorts) {
			t.Errorf("a range without a pair, %v: %v", ends, err)
		}
	}
}

func TestAThousandCallsLeaveNothingBehind(t *testing.T) {
	ports := newPorts(t)
	before := runtime.NumGoroutine()
	for range 1000 {
		s, err := ports.Open()
		if err != nil {
			t.Fatal(err)
		}
		tone := relay.NewTone(relay.Sound{})
		relay.Join(tone, s)
		s.SetRemote(s.Local(), mu)
		tone.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := ports.InUse(); n != 0 {
		t.Errorf("after 1,000 calls: %d pairs in use", n)
	}
	eventually(t, "goroutines after 1,000 calls", func() bool { return runtime.NumGoroutine() <= before })
}

func TestReservedPairsAreLeftToThoseWhoMayHaveThem(t *testing.T) {
	low, high := freeRange(t, 4)
	ports := relay.NewPorts(loopback, low, high)
	ports.Reserve(1)
	for range 3 {
		socket, err := ports.Open()
		if err != nil {
			t.Fatalf("a pair of the three that are not reserved: %v", err)
		}
		t.Cleanup(func() { _ = socket.Close() })
	}
	if socket, err := ports.Open(); !errors.Is(err, relay.ErrNoPorts) {
		t.Errorf("the reserved pair: was given away: %v, %v", socket, err)
	}
	socket, err := ports.OpenReserved()
	if err != nil {
		t.Fatalf("the reserved pair for those who may have it: %v", err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if _, err := ports.OpenReserved(); !errors.Is(err, relay.ErrNoPorts) {
		t.Errorf("an exhausted range: %v, want ErrNoPorts", err)
	}
}
