package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"mayday/app"
	"mayday/config"
	"mayday/engine/store"
	"mayday/psap"
	"mayday/psap/mailbox"
	"mayday/web/api"
)

// station is a node between two pretend carriers and a mailbox that a test can harm, with the demo's center. The first trunk of an
// emergency call leads to the provider, the second to the carrier.
type station struct {
	t                 *testing.T
	settings          config.Settings
	servers           []string         // name servers; none: the system's
	clock             func() time.Time // nil: the system's
	well              delays           // how long INVITEs took before anything was harmed
	log               io.Writer
	level             slog.Level
	provider, carrier *psap.Service
	mailbox           *mailbox.Mailbox
	node              *app.Node
	process           string // where the node is that is a process of its own; empty: it is in this one
}

// lay builds everything but the node. Its database holds the center, changed by a function where one is given.
func lay(t *testing.T, data string, change func(center string) string) *station {
	t.Helper()
	needPages(t)
	s := &station{t: t, settings: config.Defaults(), log: t.Output()}
	s.provider, s.carrier = farEnd(t), farEnd(t)
	var err error
	if s.mailbox, err = mailbox.New(mailbox.Config{Listen: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	if err := s.mailbox.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.mailbox.Stop() }) // some tests have stopped it
	s.settings.Limits.Backlog = 0              // whatever else a small machine does, it refuses no ordinary call
	s.settings.Data = data
	s.settings.HTTP.Listen = "127.0.0.1:0"
	s.settings.SIP.Listen = []config.Listener{{Network: "udp", Host: "127.0.0.1"}, {Network: "tcp", Host: "127.0.0.1"}}
	s.settings.Media.Address, s.settings.Media.Ports, s.settings.Media.BrowserPort = netip.MustParseAddr("127.0.0.1"), config.PortRange{}, 0
	s.settings.Mail.SMTP = "smtp://" + s.mailbox.Addr().String()
	s.seed(data, change)
	return s
}

// farEnd starts a pretend emergency service that answers at once.
func farEnd(t *testing.T) *psap.Service {
	t.Helper()
	service, err := psap.New(psap.Config{SIP: []string{"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}, Media: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Stop() }) // it keeps nothing
	behave(t, service, psap.Behaviour{})
	return service
}

func behave(t *testing.T, service *psap.Service, behaviour psap.Behaviour) {
	t.Helper()
	if err := service.Behave(behaviour); err != nil {
		t.Fatal(err)
	}
}

// seed brings the database of a data directory to the demo's center.
func (s *station) seed(data string, change func(string) string) {
	s.t.Helper()
	file, err := os.ReadFile("demo.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	center := strings.NewReplacer("PROVIDER", "sip:"+s.provider.SIP()[0].String(), "CARRIER", "sip:"+s.carrier.SIP()[0].String()).Replace(string(file))
	if change != nil {
		center = change(center)
	}
	opened, err := store.Open(s.t.Context(), store.Location{Data: data, Database: s.settings.Database}, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	defer opened.Close()
	if _, err := app.Apply(s.t.Context(), opened, "test", "demo.yaml", []byte(center), false); err != nil {
		s.t.Fatal(err)
	}
}

// start starts the node and returns how long that took.
func (s *station) start() time.Duration {
	s.t.Helper()
	from := time.Now()
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: s.level}))
	node, err := app.Start(s.t.Context(), app.Options{Settings: s.settings, Logger: log, Version: "test", NameServers: s.servers, Now: s.clock})
	if err != nil {
		s.t.Fatalf("start: %v", err)
	}
	s.node = node
	s.t.Cleanup(s.stop)
	return time.Since(from)
}

// stop takes the node down, if it runs.
func (s *station) stop() {
	if s.node != nil {
		s.node.Close()
		s.node = nil
	}
}

// database is the file of the node's database.
func (s *station) database() string { return filepath.Join(s.settings.Data, store.FileName) }

// kept reports whether the file of confirmed places in the black box says so.
func (s *station) kept(text string) bool {
	content, err := os.ReadFile(filepath.Join(s.settings.Data, "blackbox", "places.json"))
	return err == nil && strings.Contains(string(content), text)
}

// url is where the node's screens are.
func (s *station) url() string {
	if s.process != "" {
		return s.process
	}
	return s.node.HTTP()
}

// reads returns what the node serves at a path to anybody.
func (s *station) reads(path string) string {
	s.t.Helper()
	response, err := http.Get(s.url() + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body)
}

// asks sends a request to a pretend emergency service or the mailbox and reads its answer into a value.
func asks(t *testing.T, handler http.Handler, method, path, body string, into any) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+path, strings.NewReader(body))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code >= 300 {
		t.Fatalf("%s %s: %d: %s", method, path, answer.Code, answer.Body)
	}
	if err := json.NewDecoder(bytes.NewReader(answer.Body.Bytes())).Decode(into); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

// callsAt are what arrived at a pretend emergency service, the newest first.
func callsAt(t *testing.T, service *psap.Service) []psap.Call {
	t.Helper()
	var all []psap.Call
	asks(t, service.Handler(), http.MethodGet, "/psap/calls", "", &all)
	return all
}

// callers signs in everybody who dials.
func (s *station) callers() []*feed {
	s.t.Helper()
	var feeds []*feed
	for _, name := range []string{"alice", "bob", "sam", "ada"} {
		feeds = append(feeds, signIn(s.t, s.url(), name).feed())
	}
	return feeds
}

// healthy measures INVITEs while nothing is wrong yet: what comes is compared with it.
func (s *station) healthy(callers []*feed) {
	s.t.Helper()
	before := s.delays()
	s.calls("nothing is wrong", callers, 5)
	s.well = s.delays().since(before)
}

// tries is how often calls may be late before it is the fault's doing and not the machine's.
const tries = 3

// callFor lets every caller place so many emergency calls, all callers at the same time. Each call must be connected, and its INVITE
// must go out within the 99th percentile of the healthy node plus 20 ms.
//
// Time is what the node itself measures from dial to INVITE. The other tests beside this one, and whatever else the machine does, can
// take the processor from any of twenty calls, and do. What a fault does to calls it does to them each time: so one call of twenty may be late, and
// where more are, the same number of calls is placed again. Only what is late each time fails. What waits for a disk, a lock or a
// server waits for seconds, or for every call.
func (s *station) callFor(circumstance string, callers []*feed, times int) {
	s.t.Helper()
	for try := 1; ; try++ {
		before := s.delays()
		s.calls(circumstance, callers, times)
		took := s.delays().since(before)
		limit := s.well.limit()
		late, all := took.beyond(limit), took.count()
		if s.well.count() == 0 && times > 1 {
			s.t.Fatalf("BUG: %s: nothing was measured while all was well", circumstance)
		}
		if s.well.count() == 0 || late*20 <= all+19 {
			return
		}
		s.t.Logf("%s: %d of %d INVITEs took longer than %v", circumstance, late, all, limit)
		if try == tries {
			s.t.Errorf("%s: INVITEs are late each time: %d of %d took longer than %v; the healthy node's: %v", circumstance, late, all, limit, s.well)
			return
		}
	}
}

// calls places them.
func (s *station) calls(circumstance string, callers []*feed, times int) {
	s.t.Helper()
	var slowest time.Duration
	for range times {
		from := time.Now()
		for _, f := range callers {
			if code := f.ask(api.Request{Do: api.DoDial, Digits: "112"}); code != "" {
				s.t.Fatalf("%s: an emergency call is refused with %s", circumstance, code)
			}
		}
		for _, f := range callers {
			f.shows(circumstance+": an emergency call is connected", func(w api.Workspace) bool {
				return w.Emergency != nil && w.Emergency.State == api.CallConnected
			})
		}
		slowest = max(slowest, time.Since(from))
		for _, f := range callers {
			f.ask(api.Request{Do: api.DoEnd})
			f.shows(circumstance+": the emergency call has ended", func(w api.Workspace) bool { return w.Emergency == nil })
		}
	}
	s.t.Logf("%s: %d emergency calls are connected, %d at once within %v; %s", circumstance, times*len(callers), len(callers), slowest, s.invites())
}

// invites says how long INVITEs have taken since the node started.
func (s *station) invites() string {
	s.t.Helper()
	d := s.delays()
	return fmt.Sprintf("%d of %d INVITEs within %v of dialling", d.count()-d.beyond(usual), d.count(), usual)
}

// measures returns a figure of the node; 0 if it does not say it.
func (s *station) measures(name string) float64 {
	s.t.Helper()
	line := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(name) + " (.+)$").FindStringSubmatch(s.reads("/metrics"))
	if line == nil {
		return 0
	}
	value, err := strconv.ParseFloat(line[1], 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return value
}

// faulty waits until the node says everywhere that something is wrong: to those who watch over it, in its figures and on an
// administrator's screen.
func (s *station) faulty(circumstance, code string, administrator *feed) {
	s.t.Helper()
	eventually(s.t, circumstance+": readyz lists "+code, func() bool { return strings.Contains(s.reads("/readyz"), code) })
	eventually(s.t, circumstance+": a figure says "+code, func() bool { return s.measures(`mayday_fault{code="`+code+`"}`) == 1 })
	administrator.shows(circumstance+": the administrator is shown "+code, func(w api.Workspace) bool { return shows(w, code) })
}

// healed waits until nobody is told of the fault any more.
func (s *station) healed(circumstance, code string, administrator *feed) {
	s.t.Helper()
	eventually(s.t, circumstance+": readyz lists no "+code, func() bool { return !strings.Contains(s.reads("/readyz"), code) })
	eventually(s.t, circumstance+": no figure says "+code, func() bool { return s.measures(`mayday_fault{code="`+code+`"}`) == 0 })
	administrator.shows(circumstance+": the administrator is not shown "+code, func(w api.Workspace) bool { return !shows(w, code) })
}

func shows(w api.Workspace, code string) bool {
	for _, fault := range w.Faults {
		if fault.Code == code {
			return true
		}
	}
	return false
}
