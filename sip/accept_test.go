//go:build linux

package sip_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mayday/sip"
)

// TestListenerOutlivesALackOfFileDescriptors runs itself in a process of its own, whose limit it lowers.
func TestListenerOutlivesALackOfFileDescriptors(t *testing.T) {
	if os.Getenv("SIP_FEW_FILES") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestListenerOutlivesALackOfFileDescriptors$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), "SIP_FEW_FILES=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	p := newParty(t, sip.Config{}).respondDefault(t)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	few := limit
	few.Cur = 40
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	var clients []net.Conn
	for range 40 {
		conn, err := net.DialTimeout("tcp", p.tcp.String(), time.Second)
		if err != nil {
			if !strings.Contains(err.Error(), "too many open files") {
				t.Fatalf("dialling: %v", err)
			}
			break
		}
		clients = append(clients, conn)
	}
	for _, conn := range clients {
		conn.Close()
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	s := dialStream(t, p)
	s.write(tcpRequest("OPTIONS", "after", "l: 0\r\n", ""))
	if got := s.start(); got != "SIP/2.0 200 OK" {
		t.Errorf("after file descriptors were lacking: %q", got)
	}
}
