package relay_test

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mayday/edge/relay"
)

// TestADescriptorIsNeverWrittenToByItsOldOwner closes sockets under those who send from them, and opens others that get the same
// descriptors at once. A packet that leaves through a descriptor which is another socket's by then is known by the port it comes from;
// one that does before that socket has its port makes it impossible to open.
func TestADescriptorIsNeverWrittenToByItsOldOwner(t *testing.T) {
	low, high := freeRange(t, 8)
	old, ears := relay.NewPorts(loopback, low, high), newFarEnd(t)
	low2, high2 := freeRangeFrom(t, high+1, 8)
	others := relay.NewPorts(loopback, low2, high2)
	strange, heard, listening := listenFor(ears, low, high)
	const cycles, senders = 1000, 3
	again := 0
	for range cycles {
		closing, err := old.Open()
		if err != nil {
			t.Fatal(err)
		}
		closing.SetRemote(ears.addr(), mu)
		sent := make(chan struct{}, senders)
		var sending sync.WaitGroup
		for i := range uint32(senders) {
			sending.Go(func() {
				from := source{ssrc: i}
				closing.SendRTP(from.next())
				sent <- struct{}{}
				for closing.SendRTP(from.next()) {
				}
			})
		}
		<-sent
		descriptors := closing.Descriptors()
		if err := closing.Close(); err != nil {
			t.Errorf("close under those who send: %v", err)
		}
		opened, err := others.Open()
		if err != nil {
			t.Fatal(err)
		}
		if now := opened.Descriptors(); slices.Contains(descriptors[:], now[0]) || slices.Contains(descriptors[:], now[1]) {
			again++
		}
		sending.Wait()
		if err := opened.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	_ = ears.rtp.SetReadDeadline(time.Now())
	listening.Wait()
	if again < cycles/2 || heard.Load() == 0 {
		t.Errorf("of %d sockets %d got a descriptor that was just closed, %d packets were heard: this shows nothing", cycles, again, heard.Load())
	}
	if n := strange.Load(); n != 0 {
		t.Errorf("%d descriptors used again: %d packets left through somebody else's", again, n)
	}
}

// listenFor counts what arrives, and what of it comes from outside a range of ports.
func listenFor(f farEnd, low, high uint16) (strange, heard *atomic.Int64, listening *sync.WaitGroup) {
	strange, heard, listening = new(atomic.Int64), new(atomic.Int64), new(sync.WaitGroup)
	listening.Go(func() {
		raw := make([]byte, 2000)
		for {
			var from netip.AddrPort
			var err error
			if _, from, err = f.rtp.ReadFromUDPAddrPort(raw); err != nil {
				return
			}
			heard.Add(1)
			if from.Port() < low || from.Port() > high {
				strange.Add(1)
			}
		}
	})
	return strange, heard, listening
}

// A port that is closed while it hands something over stays whole until that is done, and sends nothing from the moment on.
func TestAPortIsNotClosedUnderWhoeverItHandsOverTo(t *testing.T) {
	conn := listenAny(t)
	at, port, far := addrOf(conn), relay.NewPort(conn), newFarEnd(t)
	inside, goOn, closed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var late error
	port.Attend(func(_ []byte, from netip.AddrPort) {
		close(inside)
		<-goOn
		late = port.Send([]byte("late"), from)
	})
	far.say(t, at, []byte("word"))
	<-inside
	go func() { closed <- port.Close() }()
	eventually(t, "a port that is being closed: it sends nothing", func() bool { return port.Send([]byte("more"), far.addr()) != nil })
	select {
	case err := <-closed:
		t.Errorf("a port that hands something over: closed meanwhile, with %v", err)
	default:
	}
	close(goOn)
	if err := <-closed; err != nil || late == nil {
		t.Errorf("after the hand-over: close says %v, an answer from within %v, want an error", err, late)
	}
}
