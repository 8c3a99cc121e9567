package sipcall_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/edge/relay"
	"mayday/edge/sipcall"
	"mayday/engine"
	"mayday/sip"
)

// rig is an engine with SIP calls, without browsers: reps are driven by commands.
type rig struct {
	t       *testing.T
	engine  *engine.Engine
	calls   *sipcall.Calls
	ports   *relay.Ports
	udp     netip.AddrPort
	stages  stages
	browser relay.Side // of every rep; nil: none has one
	refers  bool       // places may be conveyed by reference
	drilled chan bool  // told when a drill is over
	kept    sync.Map   // URI → the document that it refers to
	ends    sync.Map   // CallID → chan engine.Stage, told when the call is over
}

// refer keeps a document as a node does.
func (r *rig) refer(_ rep.ID, document []byte) (uri string, forget func()) {
	if !r.refers {
		return "", nil
	}
	uri = "https://mayday.example/location/" + rand.Text()
	r.kept.Store(uri, document)
	return uri, func() { r.kept.Delete(uri) }
}

// over tells the last stage of a call.
func (r *rig) over(call engine.CallID) <-chan engine.Stage {
	told := make(chan engine.Stage, 1)
	r.ends.Store(call, told)
	return told
}

// stages are those that calls have come to.
type stages struct{ seen sync.Map }

func (s *stages) has(stage engine.Stage) bool {
	_, has := s.seen.Load(stage)
	return has
}

func (r *rig) note(e engine.NoteStage) {
	r.stages.seen.Store(e.Stage, true)
	if e.Stage != engine.StageEnded && e.Stage != engine.StageFailed {
		return
	}
	if told, waits := r.ends.LoadAndDelete(e.Call); waits {
		told.(chan engine.Stage) <- e.Stage
	}
}

// Do carries out effects as a node does; a rep without a browser hears nothing and the far end a tone.
func (r *rig) Do(effect engine.Effect) {
	switch e := effect.(type) {
	case engine.SendInvite:
		r.calls.Invite(e)
	case engine.TellReferrer:
		r.calls.TellReferrer(e)
	case engine.ConveyPlace:
		r.calls.Convey(e)
	case engine.EndLeg:
		r.calls.End(e.Leg)
	case engine.RefuseLeg:
		r.calls.Refuse(e.Leg, e.Status)
	case engine.RingLeg:
		r.calls.Ring(e.Leg)
	case engine.AnswerLeg:
		r.calls.Answer(e.Leg)
	case engine.HoldLeg:
		r.calls.Hold(e.Leg, e.On)
	case engine.SendDigits:
		r.calls.SendDigits(e.Leg, e.Digits)
	case engine.PlayTone:
		r.calls.Tone(e.Leg)
	case engine.JoinSound:
		if r.browser != nil {
			r.calls.Join(e.Leg, r.browser)
		}
	case engine.JoinDesk:
		r.calls.JoinDesk(e.Leg, e.Desk, nil, e.Speaks)
	case engine.HearDesk:
		r.calls.HearDesk(e.Leg, e.On)
	case engine.PartDesk:
		r.calls.PartDesk(e.Leg)
	case engine.JoinLegs:
		r.calls.JoinLegs(e.Leg, e.Other)
	case engine.PartSound:
		r.calls.Part(e.Leg)
	case engine.PlayTestTone:
		r.calls.TestTone(e.Leg)
	case engine.MeasureLeg:
		r.calls.Measure(e.Leg)
	case engine.NoteHop:
		r.t.Log(e.Hop.At.Format("15:04:05.000"), e.Hop.What, e.Hop.Failed)
	case engine.EndDrill:
		r.drilled <- e.Result.Passed
	case engine.NoteStage:
		r.note(e)
	case engine.KeepRecord, engine.RaiseAlarm, engine.DropSound, engine.MuteLeg, engine.TellContacts, engine.TellChannel, engine.KeepLease, engine.WipeLease, engine.KeepPlace, engine.KeepAlert, engine.WipeAlert:
	}
}

// newRig starts an engine whose trunks are the given SIP URIs, in the order in which emergency calls try them.
func newRig(t *testing.T, reps int, trunks ...string) *rig {
	t.Helper()
	return newRigAt(t, "127.0.0.1", reps, trunks...)
}

// newRigAt starts one whose own address is the given one.
func newRigAt(t *testing.T, host string, reps int, trunks ...string) *rig {
	t.Helper()
	return newRigOf(t, host, testCenter(reps, trunks), sipcall.Limits{})
}

// newRigOf starts one with a center and limits of its own.
func newRigOf(t *testing.T, host string, has center.Center, limits sipcall.Limits) *rig {
	t.Helper()
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	r := &rig{t: t, drilled: make(chan bool, 1), ports: relay.NewPorts(netip.MustParseAddr(host), 31000, 39998)}
	r.engine = engine.New(engine.NewSnapshot(has), r, log)
	r.calls = sipcall.New(sipcall.Config{
		Logger: log, Ports: r.ports, Host: host,
		Report:    func(c engine.Command) { _ = r.engine.Do(context.Background(), c) },
		CallsBack: r.engine.CallsBack, Limits: limits, Refer: r.refer,
		Trunks: func() []trunk.Trunk { return r.engine.Snapshot().Center.Trunks },
		Lookup: lookUp,
	}, sip.Config{Logger: log})
	var err error
	if r.udp, err = r.calls.Listen("udp://" + net.JoinHostPort(host, strconv.Itoa(freePair(t, host)))); err != nil {
		t.Fatal(err)
	}
	if _, err = r.calls.Listen("tcp://" + r.udp.String()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		r.engine.Run(ctx, time.Hour)
		close(ended)
	}()
	t.Cleanup(func() {
		if err := r.calls.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		stop()
		<-ended
	})
	return r
}

// freePair returns a port that is free for UDP and for TCP.
func freePair(t *testing.T, host string) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		c, err := net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(port)))
		_ = l.Close()
		if err == nil {
			_ = c.Close()
			return port
		}
	}
	t.Fatal("no port is free for both UDP and TCP")
	return 0
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

func testCenter(reps int, trunks []string) center.Center {
	c := center.Center{
		Organisation: center.Organisation{Name: "Acme", Country: location.US},
		Sites: []location.Site{{
			ID: "hq", Name: "Headquarters", Country: location.US,
			Civic:         location.Civic{HouseNumber: "1", Street: "Main St", City: "Springfield", Region: "IL", Floor: "4", Room: "412"},
			Position:      &location.Position{Latitude: 39.801, Longitude: -89.6436, RadiusM: 30},
			EmergencyDesk: "+12175550199",
		}},
		Numbers: []number.Number{{E164: "+12175550101", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"}},
	}
	for i, uri := range trunks {
		c.Trunks = append(c.Trunks, trunk.Trunk{ID: trunk.ID(fmt.Sprintf("trunk%d", i)), Kind: trunk.DirectOffer, URI: uri})
	}
	for i := range reps {
		c.Reps = append(c.Reps, rep.Rep{ID: repID(i), Name: "Rep", Site: "hq"})
	}
	return c
}

func repID(i int) rep.ID { return rep.ID(fmt.Sprintf("rep%d", i)) }

// do carries out a command that must not be refused.
func (r *rig) do(command engine.Command) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.engine.Do(ctx, command); err != nil {
		r.t.Fatalf("%T: %v", command, err)
	}
}

// watch attaches a tab of the rep.
func (r *rig) watch(i int) *engine.Watch {
	r.t.Helper()
	w, err := r.engine.Watch(context.Background(), repID(i), engine.TabID(fmt.Sprintf("tab%d", i)))
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// until waits for a view that holds, at most for the time that a person would wait.
func until(t *testing.T, w *engine.Watch, what string, holds func(engine.View) bool) engine.View {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	last := "no view"
	for {
		view, err := w.Next(ctx)
		if err != nil {
			t.Fatalf("%s: never came; last seen: %s", what, last)
		}
		if holds(view) {
			return view
		}
		last = "no emergency call"
		if view.Emergency != nil {
			last = string(view.Emergency.Phase)
		}
	}
}

func phase(p engine.Phase) func(engine.View) bool {
	return func(v engine.View) bool { return v.Emergency != nil && v.Emergency.Phase == p }
}

func over(v engine.View) bool { return v.Emergency == nil }

// sipp is a SIPp that runs a scenario.
type sipp struct {
	t    *testing.T
	name string
	port int
	out  bytes.Buffer
	cmd  *exec.Cmd
}

// startSipp starts SIPp with a scenario of testdata/sipp; its exit status is the verdict. "reject 503" is the scenario that refuses, with
// that status.
func startSipp(t *testing.T, scenario string, more ...string) *sipp {
	t.Helper()
	s := &sipp{t: t, name: scenario, port: freePair(t, "127.0.0.1")}
	arguments := append([]string{"-sf", scenarioFile(t, scenario), "-i", "127.0.0.1", "-p", strconv.Itoa(s.port), "-mp", strconv.Itoa(40000 + s.port%5000*4), "-nostdin", "-trace_err",
		"-error_file", filepath.Join(t.TempDir(), "errors"), "-timeout", "60s", "-timeout_error"}, more...)
	if !strings.Contains(strings.Join(more, " "), "-m ") {
		arguments = append(arguments, "-m", "1")
	}
	s.cmd = exec.Command("sipp", arguments...)
	s.cmd.Dir = t.TempDir()
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start SIPp (Debian package sip-tester): %v", err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	})
	s.awaitSocket(more)
	return s
}

func scenarioFile(t *testing.T, scenario string) string {
	t.Helper()
	name, status, _ := strings.Cut(scenario, " ")
	text, err := os.ReadFile("testdata/sipp/" + name + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name+".xml")
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte("[status]"), []byte(status)), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// awaitSocket waits until SIPp has its socket, which the kernel's list shows; to try the port would take it away from SIPp.
func (s *sipp) awaitSocket(arguments []string) {
	list, local := "/proc/net/udp", fmt.Sprintf(" 0100007F:%04X ", s.port)
	if strings.Contains(strings.Join(arguments, " "), "-t t1") {
		list, local = "/proc/net/tcp", local+"00000000:0000 0A " // it listens; connections that are over stand there too
	}
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(deadline) {
		if sockets, err := os.ReadFile(list); err == nil && bytes.Contains(sockets, []byte(local)) {
			return
		}
		<-tick.C
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.t.Fatalf("SIPp %s did not open its port\n%s", s.name, tail(s.out.String()))
}

// signal sends the process a signal: SIGSTOP freezes it with its sockets open.
func (s *sipp) signal(signal os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// uri is the trunk that this SIPp is.
func (s *sipp) uri() string { return "sip:127.0.0.1:" + strconv.Itoa(s.port) }

// passed waits for SIPp's verdict.
func (s *sipp) passed() {
	s.t.Helper()
	if err := s.cmd.Wait(); err != nil {
		errors, _ := filepath.Glob(filepath.Join(filepath.Dir(s.cmd.Dir), "*", "errors"))
		var said []byte
		for _, file := range errors {
			more, _ := os.ReadFile(file)
			said = append(said, more...)
		}
		s.t.Errorf("SIPp %s: %v\n%s\n%s", s.name, err, said, tail(s.out.String()))
	}
}

func tail(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().(*net.UDPAddr).Port
}
