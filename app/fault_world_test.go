package app_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"mayday/psap"
	"mayday/psap/mailbox"
)

func TestEmergencyCallsGoOnWithoutMail(t *testing.T) {
	for name, strike := range map[string]func(*station) error{
		"gone":                   func(s *station) error { return s.mailbox.Stop() },
		"says nothing":           func(s *station) error { return s.mailbox.Behave(mailbox.Behaviour{BannerAfterMS: 3_600_000}) },
		"hangs after every mail": func(s *station) error { return s.mailbox.Behave(mailbox.Behaviour{HangAfterData: true}) },
		"greylists":              func(s *station) error { return s.mailbox.Behave(mailbox.Behaviour{Reject: 451}) },
		"takes mails from nobody": func(s *station) error {
			return s.mailbox.Behave(mailbox.Behaviour{Reject: 550, RejectAt: mailbox.AtSender})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := lay(t, t.TempDir(), nil)
			s.start()
			callers := s.callers()
			s.healthy(callers)
			if err := strike(s); err != nil {
				t.Fatal(err)
			}
			s.callFor("the mail server "+name, callers, 5)
		})
	}
}

func TestEmergencyCallsTakeTheNextTrunkWhenTheFirstIsDead(t *testing.T) {
	for _, row := range []struct {
		name   string
		times  int // how often each of four people calls
		strike func(*testing.T, *station)
		change func(t *testing.T, center, provider string) string
	}{
		{name: "silent", times: 5, strike: func(t *testing.T, s *station) { behave(t, s.provider, psap.Behaviour{Silent: true}) }},
		{name: "refusing", times: 5, strike: func(t *testing.T, s *station) { behave(t, s.provider, psap.Behaviour{Reject: 503}) }},
		{name: "gone", times: 5, strike: func(t *testing.T, s *station) {
			if err := s.provider.Stop(); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "resetting", times: 5, change: func(t *testing.T, center, provider string) string {
			return strings.Replace(center, provider, "sip:"+resetting(t)+";transport=tcp", 1)
		}},
		{name: "taking connections and saying nothing", times: 5, change: func(t *testing.T, center, provider string) string {
			return strings.Replace(center, provider, "sip:"+mute(t)+";transport=tcp", 1)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := lay(t, t.TempDir(), nil)
			s.start()
			callers := s.callers()
			s.healthy(callers)
			if row.strike != nil {
				row.strike(t, s)
			}
			if row.change != nil {
				callers = s.anew(func(center string) string {
					return row.change(t, center, "sip:"+s.provider.SIP()[0].String())
				})
			}
			before := s.delays().count()
			s.callFor("the first trunk is "+row.name, callers, row.times)
			if taken, placed := len(callsAt(t, s.carrier)), s.delays().count()-before; taken != placed {
				t.Errorf("the first trunk is %s: the second one has taken %d calls of %d", row.name, taken, placed)
			}
		})
	}
}

// anew starts the node once more, with another center, and signs everybody in.
func (s *station) anew(change func(center string) string) []*feed {
	s.t.Helper()
	s.stop()
	s.seed(s.settings.Data, change)
	s.start()
	return s.callers()
}

// resetting listens and breaks every connection at once.
func resetting(t *testing.T) string {
	t.Helper()
	return listens(t, func(c net.Conn) {
		_ = c.(*net.TCPConn).SetLinger(0) // a reset, and no orderly end
		_ = c.Close()
	})
}

// mute listens, and says nothing to those who come.
func mute(t *testing.T) string {
	t.Helper()
	return listens(t, func(net.Conn) {})
}

func listens(t *testing.T, greet func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	var open []net.Conn
	accepting.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			open = append(open, c)
			greet(c)
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		accepting.Wait()
		for _, c := range open {
			_ = c.Close() // the other end may have gone
		}
	})
	return listener.Addr().String()
}

// nameServer answers that every name is this machine, until it falls silent.
type nameServer struct {
	address string

	mu     sync.Mutex
	silent bool
	asked  int
}

func startNameServer(t *testing.T) *nameServer {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nameServer{address: socket.LocalAddr().String()}
	server := &dns.Server{PacketConn: socket, Handler: n}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.ActivateAndServe() }) // it ends with the test
	t.Cleanup(func() { _ = socket.Close(); serving.Wait() })
	return n
}

// ServeDNS implements dns.Handler. Answers are good for a second.
func (n *nameServer) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	n.mu.Lock()
	silent := n.silent
	n.asked++
	n.mu.Unlock()
	if silent {
		return
	}
	answer := new(dns.Msg).SetReply(question)
	if q := question.Question[0]; q.Qtype == dns.TypeA {
		answer.Answer = append(answer.Answer, &dns.A{
			Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1),
		})
	}
	_ = w.WriteMsg(answer) // whoever asked may be gone
}

func (n *nameServer) fallSilent() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.silent = true
}

func (n *nameServer) questions() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func TestEmergencyCallsGoOnWithoutNameServers(t *testing.T) {
	named := func(center string) string {
		return strings.Replace(center, "sip:127.0.0.1:", "sip:provider.example:", 1)
	}
	t.Run("the name was known", func(t *testing.T) {
		t.Parallel()
		s, names := lay(t, t.TempDir(), named), startNameServer(t)
		s.servers = []string{names.address}
		s.start()
		callers := s.callers()
		s.callFor("the name server answers", callers[:1], 1)
		if names.questions() == 0 {
			t.Fatal("the name server was never asked")
		}
		s.healthy(callers)
		names.fallSilent()
		s.callFor("the name server has fallen silent", callers, 5)
		if taken, placed := len(callsAt(t, s.provider)), s.delays().count(); taken != placed {
			t.Errorf("the name server has fallen silent: the trunk whose name was known has taken %d calls of %d", taken, placed)
		}
	})
	t.Run("the name was never known", func(t *testing.T) {
		t.Parallel()
		s, names := lay(t, t.TempDir(), nil), startNameServer(t)
		s.servers = []string{names.address}
		s.start()
		s.healthy(s.callers())
		names.fallSilent()
		callers := s.anew(named)
		s.callFor("the name server was never heard", callers, 5)
		if taken, placed := len(callsAt(t, s.carrier)), s.delays().count(); taken != placed {
			t.Errorf("the name server was never heard: the trunk that needs none has taken %d calls of %d", taken, placed)
		}
	})
}

// sink is where log lines go until it blocks.
type sink struct {
	mu      sync.Mutex
	lines   strings.Builder
	blocked chan struct{} // nil: it does not block
}

// Write implements io.Writer.
func (k *sink) Write(line []byte) (int, error) {
	k.mu.Lock()
	blocked := k.blocked
	k.mu.Unlock()
	if blocked != nil {
		<-blocked
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lines.Write(line)
}

func (k *sink) block() (release func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.blocked = make(chan struct{})
	return sync.OnceFunc(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		close(k.blocked)
		k.blocked = nil
	})
}

func (k *sink) said() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lines.String()
}

func TestEmergencyCallsGoOnWhenTheLogBlocks(t *testing.T) {
	log := &sink{}
	s := lay(t, t.TempDir(), nil)
	s.log = log
	s.start()
	callers := s.callers()
	s.healthy(callers)
	release := log.block()
	defer release()
	s.callFor("the log blocks", callers, 5)
	for range 5000 {
		s.node.Log().Info("noise")
	}
	s.callFor("the log blocks and all that may wait for it waits", callers, 1)
	if lost := s.measures("mayday_log_lost_total"); lost == 0 {
		t.Error("the log blocks: no line was counted as lost")
	}
	release()
	eventually(t, "the log takes lines again and says how many are lost", func() bool {
		return strings.Contains(log.said(), "log lines lost")
	})
	s.callFor("the log takes lines again", callers, 1)
}

func TestNodeStopsThoughItsLogBlocks(t *testing.T) {
	log := &sink{}
	s := lay(t, t.TempDir(), nil)
	s.log = log
	s.start()
	release := log.block()
	defer release()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.node.Drain(context.Background())
		s.node.Close()
	}()
	select {
	case <-ended:
		s.node = nil
	case <-t.Context().Done():
		t.Fatal("the log blocks: the node does not stop")
	}
}
