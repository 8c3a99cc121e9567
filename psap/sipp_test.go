package psap

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// sipp is a running SIPp: a peer that shares no code with us.
type sipp struct {
	t      *testing.T
	port   int
	folder string
	done   chan error
	output bytes.Buffer
}

// startSIPp runs a scenario of testdata/sipp; its sound socket sends back what it gets.
func startSIPp(t *testing.T, scenario string, arguments ...string) *sipp {
	t.Helper()
	program, err := exec.LookPath("sipp")
	if err != nil {
		t.Fatal("SIPp is not installed: run scripts/need.sh test")
	}
	file, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	s := &sipp{t: t, port: freePort(t), folder: t.TempDir(), done: make(chan error, 1)}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	command := exec.CommandContext(ctx, program, append([]string{
		"-sf", file, "-i", "127.0.0.1", "-p", strconv.Itoa(s.port), "-mp", strconv.Itoa(freePort(t)), "-rtp_echo",
		"-nostdin", "-timeout", "30s", "-timeout_error", "-trace_err", "-error_file", filepath.Join(s.folder, "errors.log"),
	}, arguments...)...)
	command.Dir, command.Stdout, command.Stderr = s.folder, &s.output, &s.output
	if err := command.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.done <- command.Wait()
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return s
}

// passes waits for SIPp's verdict.
func (s *sipp) passes(circumstance string) {
	s.t.Helper()
	if err := <-s.done; err != nil {
		faults, _ := os.ReadFile(filepath.Join(s.folder, "errors.log"))
		s.t.Errorf("%s: SIPp: %v\n%s", circumstance, err, faults)
	}
}

// listening waits until SIPp has its port.
func (s *sipp) listening() {
	s.t.Helper()
	eventually(s.t, "SIPp listens", func() bool { return !isFree(s.port) })
}

// freePort gives an even UDP port that is free with the three behind it: SIPp takes its sound port and the
// second next. It lies above the ports that systems give away, so that nobody takes it meanwhile.
func freePort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 61000 + 4*rand.IntN(1000)
		if isFree(port) && isFree(port+1) && isFree(port+2) && isFree(port+3) {
			return port
		}
	}
	t.Fatal("no free port from 61000 to 65000")
	return 0
}

func isFree(port int) bool {
	socket, err := net.ListenPacket("udp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	return socket.Close() == nil
}

// peer is the service's address as SIPp's arguments name it, with a number to dial.
func (o *outside) peer(number string) []string {
	return []string{o.service.SIP()[0].String(), "-s", number, "-m", "1"}
}

func TestSIPpHearsTheServiceAndTheServiceHearsTheEcho(t *testing.T) {
	o := start(t, Config{Tone: 700})
	s := startSIPp(t, "uac_talk", o.peer("911")...)
	c := o.hears(700) // what SIPp sends back
	if c.Kind != Emergency || c.CallerID.Number != "+12175550155" || c.Codec != "PCMU" {
		t.Errorf("SIPp calls 911: %s from %q in %s", c.Kind, c.CallerID.Number, c.Codec)
	}
	o.do("POST", "calls/"+c.ID+"/hangup", "", http.StatusOK, nil)
	s.passes("the service hangs up on SIPp")
}

func TestSIPpMeetsEachBehaviour(t *testing.T) {
	o := start(t, Config{})
	for _, c := range []struct{ scenario, behaviour string }{
		{"uac_short", `{"answer_after_ms":200}`},
		{"uac_503", `{"reject":503}`},
		{"uac_early", `{"answer_after_ms":100,"early_media":true}`},
		{"uac_reinvited", `{"answer_after_ms":0,"reinvite_after_ms":50}`},
		{"uac_cancel", `{"manual":true}`},
		{"uac_talk", `{"answer_after_ms":0,"hangup_after_ms":100}`},
	} {
		o.behave(c.behaviour)
		startSIPp(t, c.scenario, o.peer("911")...).passes(c.scenario + " with " + c.behaviour)
		if call := o.untilState(Over); len(call.Faults) > 0 {
			t.Errorf("%s: faults %q", c.scenario, call.Faults)
		}
	}
}

func TestSIPpCallsOverTCP(t *testing.T) {
	o := start(t, Config{})
	startSIPp(t, "uac_short", o.service.SIP()[1].String(), "-s", "112", "-m", "1", "-t", "t1").passes("a call over TCP")
}

func TestSIPpMeetsSilence(t *testing.T) {
	o := start(t, Config{})
	o.behave(`{"silent":true}`)
	s := startSIPp(t, "uac_short", append(o.peer("911"), "-recv_timeout", "1500", "-max_invite_retrans", "2")...)
	if err := <-s.done; err == nil {
		t.Error("SIPp calls the silent service: it gets through")
	}
	if calls := o.calls(); len(calls) != 0 {
		t.Errorf("while silent: %d calls were taken", len(calls))
	}
}

func TestCallBackReachesSIPpWithAndWithoutNumber(t *testing.T) {
	for scenario, body := range map[string]string{
		"uas_number":   `{"to":"+12175550101"}`,
		"uas_withheld": `{"to":"+12175550101","withheld":true}`,
	} {
		s := startSIPp(t, scenario, "-m", "1")
		s.listening()
		o := start(t, Config{Tone: 800, CallbackPeer: fmt.Sprintf("sip:127.0.0.1:%d", s.port)})
		o.do("POST", "callback", body, http.StatusAccepted, nil)
		c := o.hears(800)
		if c.Codec != "PCMA" || c.State != Connected || c.Times.Ringing == nil {
			t.Errorf("%s: %s in %q, rang %v", scenario, c.State, c.Codec, c.Times.Ringing)
		}
		o.do("POST", "calls/"+c.ID+"/hangup", "", http.StatusOK, nil)
		s.passes(scenario)
	}
}
