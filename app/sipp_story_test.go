package app_test

import (
	"bytes"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// tellForeignCallBack lets SIPp, which shares no code with us, call the leased number.
func tellForeignCallBack(t *testing.T, c *chromium) {
	d, _, x := c.alice(t)
	help := d.dials(x)
	d.hangUp(help.ID)
	x.windowIsOpen()
	for _, scenario := range []string{"call-back", "call-back-withheld"} {
		passes := d.sipp(scenario, help.CallerID.Number)
		x.rings()
		x.keys(kb.Enter)
		passes()
		x.windowIsOpen()
		if x.tree().says("nobody answered") {
			t.Errorf("%s was answered: the page says that nobody has", scenario)
		}
	}
}

// sipp starts SIPp, which calls a number of the node and hangs up soon after it was answered. The function that it returns waits for
// SIPp's verdict.
func (d *demo) sipp(scenario, called string) (passes func()) {
	d.t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "edge", "sipcall", "testdata", "sipp", scenario+".xml"))
	if err != nil {
		d.t.Fatal(err)
	}
	var said bytes.Buffer
	command := exec.CommandContext(d.t.Context(), "sipp", d.SIP().String(), "-sf", file, "-m", "1", "-key", "called", called,
		"-i", "127.0.0.1", "-p", freePort(d.t), "-mp", freePort(d.t), "-nostdin", "-timeout", "30s", "-timeout_error")
	command.Dir, command.Stdout, command.Stderr = d.t.TempDir(), &said, &said
	if err := command.Start(); err != nil {
		d.t.Fatalf("start SIPp (Debian package sip-tester): %v", err)
	}
	verdict := make(chan error, 1)
	go func() { verdict <- command.Wait() }()
	return func() {
		d.t.Helper()
		if err := <-verdict; err != nil {
			d.t.Errorf("SIPp, %s: %v\n%s", scenario, err, said.String())
		}
	}
}

// freePort returns a UDP port that nobody used a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	return strconv.Itoa(socket.LocalAddr().(*net.UDPAddr).Port)
}
