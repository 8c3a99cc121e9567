package sip_test

import (
	"context"
	"net"
	"runtime"
	"sort"
	"sync"
	"testing"
	"time"

	"mayday/sip"
)

// talk answers every call of a party at once and hangs nobody up.
func (p *party) talk(t testing.TB) {
	var calls sync.WaitGroup
	go func() {
		for d := range p.calls {
			calls.Go(func() {
				_ = d.Ring(180, nil, "", nil)
				_ = d.Answer(nil, "application/sdp", []byte(offerSDP))
				for range d.Events() {
				}
			})
		}
	}()
	t.Cleanup(func() { _ = p.Close(); close(p.calls); calls.Wait() })
}

// steady waits until the number of goroutines has not changed for a while.
func steady() int {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	last, same := runtime.NumGoroutine(), 0
	for same < 20 {
		<-tick.C
		if n := runtime.NumGoroutine(); n != last {
			last, same = n, 0
			continue
		}
		same++
	}
	return last
}

// settled waits until no more than want goroutines are left and says how many there are.
func settled(want int) int {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if runtime.NumGoroutine() <= want {
			break
		}
		<-tick.C
	}
	return runtime.NumGoroutine()
}

func TestTwoThousandQuickCallsLeaveNoGoroutine(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			a, b := newParty(t, sip.Config{}), newParty(t, sip.Config{})
			b.talk(t)
			warm := a.invite(t, call(b.uri(transport)))
			skip[sip.Answered](t, warm)
			warm.End("")
			over(t, warm)
			before := steady()
			var calls sync.WaitGroup
			slots := make(chan struct{}, 50)
			for range 2000 {
				slots <- struct{}{}
				calls.Go(func() {
					defer func() { <-slots }()
					d, err := a.Invite(call(b.uri(transport)))
					if err != nil {
						t.Errorf("placing a call: %v", err)
						return
					}
					answered := false
					for e := range d.Events() {
						if _, ok := e.(sip.Answered); ok {
							answered = true
							d.End("")
						}
						if failure, ok := e.(sip.Failed); ok {
							t.Errorf("one of many calls failed: %v", failure)
						}
					}
					if !answered {
						t.Error("one of many calls was not answered")
					}
				})
			}
			calls.Wait()
			if after := settled(before); after > before {
				t.Errorf("after 2,000 calls: %d goroutines, before %d", after, before)
			}
		})
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := steady()
	a, b := newParty(t, sip.Config{}), newParty(t, sip.Config{})
	connect(t, a, b, "tcp")
	connect(t, a, b, "udp")
	a.invite(t, call(b.uri("udp")))
	_ = a.Close()
	_ = b.Close()
	if after := settled(before); after > before {
		t.Errorf("after Close: %d goroutines, before %d", after, before)
	}
}

// BenchmarkInvite measures Invite, which returns when the message is in the far end's socket.
func BenchmarkInvite(b *testing.B) { measureInvite(b, newParty(b, sip.Config{})) }

// BenchmarkInviteInAFlood does so while the same stack is called as fast as this machine can.
func BenchmarkInviteInAFlood(b *testing.B) {
	s, flood := newParty(b, sip.Config{}), newParty(b, sip.Config{})
	s.talk(b)
	ctx, cancel := context.WithCancel(context.Background())
	var callers sync.WaitGroup
	for range 32 {
		callers.Go(func() {
			for ctx.Err() == nil {
				d, err := flood.Invite(call(s.uri("udp")))
				if err != nil {
					return
				}
				for e := range d.Events() {
					if _, ok := e.(sip.Answered); ok {
						d.End("")
					}
				}
			}
		})
	}
	measureInvite(b, s)
	cancel()
	_ = flood.Close()
	callers.Wait()
}

func measureInvite(b *testing.B, s *party) {
	far, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer far.Close()
	i := call("sip:" + far.LocalAddr().String() + ";transport=udp")
	buffer := make([]byte, 65536)
	times := make([]time.Duration, 0, b.N)
	for b.Loop() {
		start := time.Now()
		d, err := s.Invite(i)
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
		if _, err := far.Read(buffer); err != nil {
			b.Fatal(err)
		}
		d.End("")
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
}

// BenchmarkCall measures a whole call between two stacks in one process.
func BenchmarkCall(b *testing.B) {
	x, y := newParty(b, sip.Config{}), newParty(b, sip.Config{})
	y.talk(b)
	for b.Loop() {
		d := x.invite(b, call(y.uri("udp")))
		skip[sip.Answered](b, d)
		d.End("")
		over(b, d)
	}
}
