//go:build unix

package sip

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSocketWithoutRoomHoldsNobodyUp: a datagram socket whose reader does not read stands in for one whose buffer is full,
// which loopback never lets happen over UDP.
func TestSocketWithoutRoomHoldsNobodyUp(t *testing.T) {
	at := &net.UnixAddr{Net: "unixgram", Name: filepath.Join(t.TempDir(), "lazy")}
	lazy, err := net.ListenUnixgram("unixgram", at)
	if err != nil {
		t.Fatal(err)
	}
	defer lazy.Close()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: at.Name + "-sender"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for range 10000 {
			if err := put(raw, make([]byte, 1000), &syscall.SockaddrUnix{Name: at.Name}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("socket without room: %v, want silent loss", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("socket without room: the sender waits")
	}
}
