package sip_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"mayday/sip"
)

// sipp starts SIPp on a free port of loopback and gives its address; wait says how it ended.
func sipp(t *testing.T, args ...string) (at string, wait func()) {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("sipp is missing: install sip-tester")
	}
	port := freePort(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	args = append([]string{"-i", "127.0.0.1", "-p", strconv.Itoa(port), "-nostdin", "-timeout", "50s", "-timeout_error"}, args...)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = t.TempDir()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(cancel)
	return fmt.Sprintf("127.0.0.1:%d", port), func() {
		t.Helper()
		if err := <-ended; err != nil {
			text := output.Bytes()
			t.Fatalf("sipp %v: %v\n%s", args, err, text[max(0, len(text)-3000):])
		}
	}
}

func scenarioPath(name string) (string, error) {
	return filepath.Abs(filepath.Join("testdata", "sipp", name))
}

// freePort finds a port that is free for both transports.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := listener.Addr().(*net.TCPAddr).Port
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		listener.Close()
		if err == nil {
			conn.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// listening waits until somebody has bound the port: until we cannot any more.
func listening(t *testing.T, transport, at string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if transport == "tcp" {
			if conn, err := net.Dial("tcp", at); err == nil {
				conn.Close()
				return
			}
		} else {
			conn, err := net.ListenPacket("udp", at)
			if err != nil {
				return
			}
			conn.Close()
		}
		<-tick.C
	}
	t.Fatalf("nobody listens at %s", at)
}

func TestSIPpCallsUs(t *testing.T) {
	for transport, flag := range map[string]string{"udp": "u1", "tcp": "t1"} {
		t.Run(transport, func(t *testing.T) {
			p := newParty(t, sip.Config{})
			p.talk(t)
			at := p.udp
			if transport == "tcp" {
				at = p.tcp
			}
			_, wait := sipp(t, "-sn", "uac", "-t", flag, "-m", "300", "-r", "300", "-d", "50", at.String())
			wait()
		})
	}
}

func TestWeCallSIPp(t *testing.T) {
	for transport, flag := range map[string]string{"udp": "u1", "tcp": "t1"} {
		t.Run(transport, func(t *testing.T) {
			p := newParty(t, sip.Config{})
			at, wait := sipp(t, "-sn", "uas", "-t", flag, "-m", "100")
			if transport == "udp" {
				listening(t, transport, at)
			}
			for range 100 {
				d := p.invite(t, call("sip:"+at+";transport="+transport))
				e := receive(t, d.Events(), "a first event")
				for f, failed := e.(sip.Failed); failed && f.Cause == sip.Unreachable; f, failed = e.(sip.Failed) {
					d = p.invite(t, call("sip:"+at+";transport="+transport)) // SIPp does not listen yet
					e = receive(t, d.Events(), "a first event")
				}
				skip[sip.Answered](t, d)
				d.End("")
				over(t, d)
			}
			wait()
		})
	}
}

func TestSIPpUsesMostOfWhatItMay(t *testing.T) {
	scenario, err := scenarioPath("psap.xml")
	if err != nil {
		t.Fatal(err)
	}
	p := newParty(t, sip.Config{})
	at, wait := sipp(t, "-sf", scenario, "-m", "20")
	listening(t, "udp", at)
	for range 20 {
		d := p.invite(t, call("sip:"+at+";transport=udp"))
		for _, want := range []int{100, 180, 183} {
			if got := next[sip.Provisional](t, d).Response.Status(); got != want {
				t.Fatalf("SIPp sent %d, got %d", want, got)
			}
		}
		next[sip.Answered](t, d)
		x := next[sip.Reinvited](t, d)
		if err := x.Respond(200, "", nil, "application/sdp", []byte(offerSDP)); err != nil {
			t.Fatal(err)
		}
		info := next[sip.Received](t, d)
		_ = info.Respond(200, "", nil, "", nil)
		if e := over(t, d); e.By != sip.Remote {
			t.Errorf("SIPp hangs up: ended by %v", e.By)
		}
	}
	wait()
}

func TestSIPpAnswersJustWhenItIsCancelled(t *testing.T) {
	scenario, err := scenarioPath("cross.xml")
	if err != nil {
		t.Fatal(err)
	}
	p := newParty(t, sip.Config{})
	at, wait := sipp(t, "-sf", scenario, "-m", "50")
	listening(t, "udp", at)
	for range 50 {
		d := p.invite(t, call("sip:"+at+";transport=udp"))
		next[sip.Provisional](t, d)
		d.End("")
		over(t, d)
	}
	wait()
}
