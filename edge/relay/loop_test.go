package relay_test

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mayday/edge/relay"
)

// TestTheSameHoldsWithoutALoop repeats what is said of sockets where each port has a goroutine of its own.
func TestTheSameHoldsWithoutALoop(t *testing.T) {
	for name, claim := range map[string]func(*testing.T){
		"TestAToneArrivesAtTheFarSocket":                  TestAToneArrivesAtTheFarSocket,
		"TestSoundFlowsBothWaysBetweenUnlikeLegs":         TestSoundFlowsBothWaysBetweenUnlikeLegs,
		"TestTheFirstAddressIsLearnedAndKept":             TestTheFirstAddressIsLearnedAndKept,
		"TestEarlyMediaAndAnswerFromTwoHostsAreOneStream": TestEarlyMediaAndAnswerFromTwoHostsAreOneStream,
		"TestGarbageIsCountedAndHarmsNothing":             TestGarbageIsCountedAndHarmsNothing,
		"TestReportsGoToTheTrunk":                         TestReportsGoToTheTrunk,
		"TestReportsShareThePortOfWhoSharesIt":            TestReportsShareThePortOfWhoSharesIt,
		"TestDigitsAreSentInTheStreamOfSound":             TestDigitsAreSentInTheStreamOfSound,
		"TestAThousandCallsLeaveNothingBehind":            TestAThousandCallsLeaveNothingBehind,
		"TestSocketsCloseWhilePacketsFly":                 TestSocketsCloseWhilePacketsFly,
		"TestClosedSocketsLeaveNoDescriptorBehind":        TestClosedSocketsLeaveNoDescriptorBehind,
		"TestEverythingThatWaitsAtAPortIsHandedOnInOrder": TestEverythingThatWaitsAtAPortIsHandedOnInOrder,
		"TestSoundIsHeardBeforeTheAnswerCame":             TestSoundIsHeardBeforeTheAnswerCame,
		"TestSideThatHoldsGetsReportsAndNoSound":          TestSideThatHoldsGetsReportsAndNoSound,
		"TestNothingIsSentToWhoHolds":                     TestNothingIsSentToWhoHolds,
	} {
		t.Run(name, claim)
	}
}

// A loop is told of a port once for all that waits there, and takes one datagram at a time.
func TestEverythingThatWaitsAtAPortIsHandedOnInOrder(t *testing.T) {
	s, listener, far := openSocket(t), newEar(mu), newFarEnd(t)
	relay.Join(s, listener)
	from := source{ssrc: 1}
	const burst = 150
	for range burst {
		far.say(t, s.Local(), from.next())
	}
	packets := listener.waitFor(t, "a burst", burst)
	expectOneStream(t, packets)
	if s.Stats().Lost != 0 || len(packets) != burst {
		t.Errorf("a burst of %d packets: %d arrived, %d are said to be lost", burst, len(packets), s.Stats().Lost)
	}
}

// TestManySocketsShareTheirReaders holds where there are loops, which is on Linux.
func TestManySocketsShareTheirReaders(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("each port has a goroutine on this system")
	}
	before, ports := runtime.NumGoroutine(), newPorts(t)
	const many = 300
	var sockets []*relay.Socket
	for range many {
		s, err := ports.Open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		sockets = append(sockets, s)
	}
	if n := runtime.NumGoroutine() - before; n > runtime.GOMAXPROCS(0) {
		t.Errorf("%d sockets: %d goroutines, want one for each processor to read, and none for a socket", many, n)
	}
	far := newFarEnd(t)
	for i, s := range sockets {
		listener, from := newEar(mu), source{ssrc: uint32(i)}
		relay.Join(s, listener)
		far.say(t, s.Local(), from.next())
		listener.waitFor(t, "sound to one of many sockets", 1)
	}
}

func TestClosedSocketsLeaveNoDescriptorBehind(t *testing.T) {
	before, ok := descriptors()
	if !ok {
		t.Skip("this system does not tell which descriptors are open")
	}
	ports := newPorts(t)
	for range 20 {
		var sockets []*relay.Socket
		for range 20 {
			s, err := ports.Open()
			if err != nil {
				t.Fatal(err)
			}
			sockets = append(sockets, s)
		}
		for _, s := range sockets {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	}
	eventually(t, "all sockets are closed: descriptors are open as before", func() bool {
		now, _ := descriptors()
		return now <= before
	})
}

func descriptors() (int, bool) {
	open, err := os.ReadDir("/proc/self/fd")
	return len(open), err == nil
}

// Each call's words arrive at its own far end alone, whatever other calls open and close meanwhile.
func TestSocketsCloseWhilePacketsFly(t *testing.T) {
	ports := newPorts(t)
	var calls sync.WaitGroup
	var heard, strange atomic.Int64
	for mark := range uint32(4) {
		mouth, ears := newFarEnd(t), newFarEnd(t)
		over := make(chan struct{})
		var flying, listening sync.WaitGroup
		var to atomic.Pointer[relay.Socket]
		listening.Go(func() {
			raw := make([]byte, 2000)
			for {
				n, _, err := ears.rtp.ReadFromUDPAddrPort(raw)
				if err != nil {
					return
				}
				if n < 16 || binary.BigEndian.Uint32(raw[12:]) != mark {
					strange.Add(1)
				}
				heard.Add(1)
			}
		})
		flying.Go(func() {
			from := source{ssrc: mark}
			payload := binary.BigEndian.AppendUint32(nil, mark)
			for {
				select {
				case <-over:
					return
				default:
				}
				if s := to.Load(); s != nil {
					_, _ = mouth.rtp.WriteToUDPAddrPort(from.next(payload...), s.Local()) // it may be closed by then
				}
			}
		})
		calls.Go(func() {
			defer func() { close(over); flying.Wait(); _ = ears.rtp.SetReadDeadline(time.Now()); listening.Wait() }()
			for range 150 {
				a, errA := ports.Open()
				b, errB := ports.Open()
				if errA != nil || errB != nil {
					t.Errorf("open while packets fly: %v, %v", errA, errB)
					return
				}
				a.SetRemote(mouth.addr(), mu)
				b.SetRemote(ears.addr(), mu)
				relay.Join(a, b)
				to.Store(a)
				eventually(t, "a call while others end: sound is handed on", func() bool { return b.Stats().Sent > 0 })
				if b.Close() != nil || a.Close() != nil {
					t.Error("close while packets fly: an error")
				}
			}
		})
	}
	calls.Wait()
	if heard.Load() == 0 || strange.Load() != 0 {
		t.Errorf("while calls begin and end: %d packets heard, %d of them another call's", heard.Load(), strange.Load())
	}
	if n := ports.InUse(); n != 0 {
		t.Errorf("all calls are over: %d pairs in use", n)
	}
}

// listenAny opens a UDP port; whoever is given it closes it.
func listenAny(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestASharedPortAnswersEachFarEnd(t *testing.T) {
	conn := listenAny(t)
	at, port := addrOf(conn), relay.NewPort(conn)
	first := newFarEnd(t)
	first.say(t, at, []byte("waits already"))
	port.Attend(func(raw []byte, from netip.AddrPort) {
		if err := port.Send(raw, from); err != nil {
			t.Errorf("an answer: %v", err)
		}
	})
	if raw, from, ok := hear(t, first.rtp, patience); !ok || string(raw) != "waits already" || from != at {
		t.Errorf("what came before the port was attended: answered %t with %q from %v", ok, raw, from)
	}
	for _, words := range []string{"one", "another"} {
		far := newFarEnd(t)
		far.say(t, at, []byte(words))
		if raw, _, ok := hear(t, far.rtp, patience); !ok || string(raw) != words {
			t.Errorf("%s far end: answered %t with %q", words, ok, raw)
		}
	}
	if err := port.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := port.Send([]byte("late"), first.addr()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a datagram to a closed port: %v, want net.ErrClosed", err)
	}
}
