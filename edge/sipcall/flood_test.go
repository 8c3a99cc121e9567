package sipcall_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// flood is ordinary callers: they call a number that nobody has leased, and acknowledge what they are told, as SIP wants it.
type flood struct {
	conn  *net.UDPConn
	us    netip.AddrPort
	calls atomic.Uint64 // begun
	told  atomic.Uint64 // finished by the node's own answer: 404
	later atomic.Uint64 // turned away: 503
	final chan struct{} // one for each that is finished
	ended sync.WaitGroup
}

func newFlood(t *testing.T, us netip.AddrPort) *flood {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadBuffer(4 << 20)
	f := &flood{conn: conn, us: us, final: make(chan struct{}, 1<<16)}
	f.ended.Go(f.hear)
	t.Cleanup(func() {
		_ = conn.Close()
		f.ended.Wait()
	})
	return f
}

// call sends one INVITE; nothing is sent again.
func (f *flood) call() {
	n := f.calls.Add(1)
	message := fmt.Appendf(nil, "INVITE sip:+12175550999@%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bKf%[3]d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:+12175550888@%[2]s>;tag=f%[3]d\r\nTo: <sip:+12175550999@%[1]s>\r\nCall-ID: flood%[3]d@%[2]s\r\nCSeq: 1 INVITE\r\n"+
		"Contact: <sip:%[2]s>\r\nContent-Type: application/sdp\r\nContent-Length: %[4]d\r\n\r\n%[5]s",
		f.us, f.conn.LocalAddr(), n, len(farSDP), farSDP)
	_, _ = f.conn.WriteToUDPAddrPort(message, f.us)
}

// hear acknowledges every refusal and counts it.
func (f *flood) hear() {
	buffer := make([]byte, 4096)
	for {
		n, err := f.conn.Read(buffer)
		if err != nil {
			return
		}
		answer := buffer[:n]
		switch {
		case bytes.HasPrefix(answer, []byte("SIP/2.0 404")):
			f.told.Add(1)
		case bytes.HasPrefix(answer, []byte("SIP/2.0 503")):
			f.later.Add(1)
		default:
			continue
		}
		f.acknowledge(answer)
		select {
		case f.final <- struct{}{}:
		default:
		}
	}
}

func (f *flood) acknowledge(answer []byte) {
	ack := fmt.Appendf(nil, "ACK sip:+12175550999@%s SIP/2.0\r\nMax-Forwards: 70\r\nCSeq: 1 ACK\r\n", f.us)
	for line := range bytes.SplitSeq(answer, []byte("\r\n")) {
		for _, name := range []string{"Via:", "From:", "To:", "Call-ID:"} {
			if bytes.HasPrefix(line, []byte(name)) {
				ack = append(append(ack, line...), '\r', '\n')
			}
		}
	}
	_, _ = f.conn.WriteToUDPAddrPort(append(ack, "Content-Length: 0\r\n\r\n"...), f.us)
}

// saturation returns how many calls a second the node finishes when there are always so many at once.
func (f *flood) saturation(atOnce int, long time.Duration) float64 {
	start, before := time.Now(), f.told.Load()
	for range atOnce {
		f.call()
	}
	end := time.After(long)
	for {
		select {
		case <-f.final:
			f.call()
		case <-time.After(200 * time.Millisecond): // all were lost
			for range atOnce {
				f.call()
			}
		case <-end:
			return float64(f.told.Load()-before) / time.Since(start).Seconds()
		}
	}
}

// pour sends so many calls a second, whatever becomes of them, until ctx ends.
func (f *flood) pour(ctx context.Context, perSecond float64) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	start, sent := time.Now(), 0
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for due := int(perSecond * time.Since(start).Seconds()); sent < due; sent++ {
			f.call()
		}
	}
}
