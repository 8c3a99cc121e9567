package psap

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"mayday/sip"
)

// openFiles counts this process's open files and sockets.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("open files are counted on Linux only")
	}
	return len(entries)
}

func TestCallsLeaveNothingBehindAndTheLast200AreKept(t *testing.T) {
	o := start(t, Config{})
	o.behave(`{"answer_after_ms":0,"hangup_after_ms":10}`)
	startSIPp(t, "uac_talk", o.peer("911")...).passes("one call before counting")
	o.untilState(Over)
	http.DefaultClient.CloseIdleConnections()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	startSIPp(t, "uac_talk", o.service.SIP()[0].String(), "-s", "112", "-m", "210", "-r", "50", "-l", "30").passes("210 calls")
	eventually(t, "all calls are over", func() bool {
		for _, c := range o.service.book.all() {
			if !c.over() {
				return false
			}
		}
		return true
	})
	calls := o.calls()
	if len(calls) != keptCalls || calls[len(calls)-1].Dialled != "112" {
		t.Errorf("after 211 calls: %d are kept, the oldest to %s", len(calls), calls[len(calls)-1].Dialled)
	}
	for _, c := range calls {
		if c.Times.Answered == nil || len(c.Faults) > 0 {
			t.Errorf("one of 210 calls: answered %v, faults %q", c.Times.Answered, c.Faults)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	eventually(t, fmt.Sprintf("as before: %d goroutines, %d files", goroutines, files), func() bool {
		http.DefaultClient.CloseIdleConnections()
		return runtime.NumGoroutine() <= goroutines+2 && openFiles(t) <= files+2
	})
}

func TestStopEndsCallsAndFreesEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	p := newProduct(t)
	service, err := New(Config{SIP: []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	if err := service.Behave(Behaviour{}); err != nil {
		t.Fatal(err)
	}
	l := p.connect(&outside{t: t, service: service}, "911", nil)
	addresses := service.SIP()
	if err := service.Stop(); err != nil {
		t.Fatal(err)
	}
	if ended := await[sip.Ended](l); ended.By != sip.Remote {
		t.Errorf("when the service stops: the call is ended by %s, want a BYE", ended.By)
	}
	if _, err := service.callBack(Callback{To: "+12175550101"}); err == nil {
		t.Error("after the service stopped: it places a call")
	}
	for _, network := range []string{"udp", "tcp"} {
		var err error
		if network == "udp" {
			_, err = net.ListenPacket(network, addresses[0].String())
		} else {
			_, err = net.Listen(network, addresses[1].String())
		}
		if err != nil {
			t.Errorf("after the service stopped: its port is not free: %v", err)
		}
	}
	p.stack.Close()
	l.sound.rtp.Close()
	l.sound.rtcp.Close()
	eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before+2 })
}

func TestRunEndsWithItsContext(t *testing.T) {
	service, err := New(Config{SIP: []string{"udp://127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- service.Run(ctx) }()
	eventually(t, "the service listens", func() bool { return len(service.SIP()) == 1 })
	cancel()
	if err := <-done; err != nil {
		t.Errorf("when its context ends: %v", err)
	}
}

func TestPortInUseIsNamed(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	service, err := New(Config{SIP: []string{"tcp://127.0.0.1:0", "udp://" + taken.LocalAddr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err == nil || !strings.Contains(err.Error(), taken.LocalAddr().String()) {
		t.Errorf("with a port in use: %v", err)
	}
	if err := service.Stop(); err != nil {
		t.Errorf("stop after a start that came to nothing: %v", err)
	}
}

func TestSettingsNameEveryMistake(t *testing.T) {
	_, err := New(Config{SIP: []string{"sctp://127.0.0.1:1", "udp://here"}, Tone: 9000, CallbackPeer: "mailto:x", EmergencyNumbers: []string{"911", "933"}})
	for _, part := range []string{"sctp://127.0.0.1:1", "udp://here", "9000 Hz", "mailto:x", "933"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("with five mistakes: %v does not name %s", err, part)
		}
	}
}
