package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"mayday/psap"
	"mayday/psap/mailbox"
	"mayday/web/api"
)

// The markers: what is known of this emergency alone, and of nothing that is configured.
const (
	typed      = "9.1-1"
	farNumber  = "+12175558634"
	farName    = "Zebulon Quist"
	latitude   = 39.723418
	longitude  = -89.812763
	ordinaryTo = "+12175550155" // the call that may be found
)

// forms are the ways in which somebody could have kept a word: as a text, or as the number that it is.
func forms(word string) [][]byte {
	all := texts(word)
	if number, err := strconv.ParseUint(strings.TrimPrefix(word, "+"), 10, 64); err == nil && number > math.MaxUint32 {
		all = append(all, binary.LittleEndian.AppendUint64(nil, number), binary.BigEndian.AppendUint64(nil, number)[3:])
	}
	if number, err := strconv.ParseFloat(word, 64); err == nil && strings.Contains(word, ".") {
		all = append(all, binary.LittleEndian.AppendUint64(nil, math.Float64bits(number)), binary.BigEndian.AppendUint64(nil, math.Float64bits(number)))
	}
	return all
}

// texts are the ways in which somebody could have written a word down.
func texts(word string) [][]byte {
	all := [][]byte{[]byte(word), []byte(strings.ToUpper(word)), []byte(strings.ToLower(word)), []byte(hex.EncodeToString([]byte(word)))}
	for shift := range 3 { // base64 of a text depends on where in it the word begins
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), word...))
		all = append(all, []byte(text[(shift*8+5)/6:len(text)-1]))
	}
	var wide []byte
	for _, unit := range utf16.Encode([]rune(word)) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	all = append(all, wide)
	if number, dialled := strings.CutPrefix(word, "+"); dialled {
		all = append(all, []byte(number))
	}
	return all
}

// found reports whether a word stands in the octets, in any form.
func found(octets []byte, word string) bool {
	for _, form := range forms(word) {
		if bytes.Contains(octets, form) {
			return true
		}
	}
	return false
}

func TestNothingOfAnEmergencyIsLeftAfterItsWindow(t *testing.T) {
	t.Parallel()
	disk, log := mountImage(t), &sink{}
	pager := newPager(t)
	s := lay(t, filepath.Join(disk.at, "data"), func(center string) string { return center + pager.rule() })
	s.settings.Emergency.Lease = 10 * time.Second
	s.log, s.level = log, slog.LevelDebug
	if err := s.mailbox.Behave(mailbox.Behaviour{HangAfterData: true}); err != nil {
		t.Fatal(err)
	}
	s.start()
	f, ada := signIn(t, s.node.HTTP(), "alice").feed(), signIn(t, s.node.HTTP(), "ada").feed()
	f.talks("an ordinary call beside")
	f.ask(api.Request{Do: api.DoPosition, Position: &api.Position{Latitude: latitude, Longitude: longitude, RadiusM: 23}})
	id := s.emergency(f)
	eventually(t, "the mail server hangs", func() bool { return s.mailbox.Misbehaved() > 0 })
	ada.shows("the administrator is alerted", func(w api.Workspace) bool { return len(w.Alerts) == 1 })
	number := f.shown().Window.Number
	eventually(t, "the webhook is told, and does not take it", func() bool { return pager.told() > 0 })

	var leased find
	held := func() []byte { leased = unseal(t, s.settings.Data); return []byte(strings.Join(leased.texts, "\n")) }
	for _, word := range []string{number, "alice", "Alice Doe", "39.7234", "89.8127", "911", "mayday.emergency.placed"} {
		eventually(t, "inside the window: the black box knows "+word, func() bool { return found(held(), word) })
	}
	s.calledBack(f, number)
	if err := s.mailbox.Behave(mailbox.Behaviour{}); err != nil {
		t.Fatal(err)
	}
	pager.takes.Store(true)
	eventually(t, "the webhook has taken it", func() bool { return pager.took.Load() == 1 })
	eventually(t, "the contacts are told", func() bool { return len(s.mailbox.Messages()) == 1 })
	f.shows("the window is over", func(w api.Workspace) bool { return w.Window == nil })
	ada.shows("the window is over: no alert stands", func(w api.Workspace) bool { return len(w.Alerts) == 0 })
	s.refusesAfterwards(f, number)
	eventually(t, "the window is over: the black box is empty", func() bool { return len(unseal(t, s.settings.Data).texts) == 0 })
	metrics := s.reads("/metrics")
	s.stop()
	s.searches(disk.octets(), log.said(), metrics, traces{call: id, leased: number, keys: leased.keys})
}

// pager is a webhook that takes nothing until it is told to.
type pager struct {
	*httptest.Server
	asked, took atomic.Int64
	takes       atomic.Bool
}

func newPager(t *testing.T) *pager {
	t.Helper()
	p := &pager{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		if !p.takes.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		p.took.Add(1)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *pager) told() int64 { return p.asked.Load() }

// rule is what a center file says so that the pager is told of every emergency call.
func (p *pager) rule() string {
	return "\nchannels:\n  - {id: pager, kind: webhook, url: " + p.URL + "}\n" +
		"notification_rules:\n  - {id: all, tiers: [{channels: [pager]}]}\n"
}

// emergency lets alice have an emergency call and returns its id.
func (s *station) emergency(f *feed) string {
	s.t.Helper()
	if code := f.ask(api.Request{Do: api.DoDial, Digits: typed}); code != "" {
		s.t.Fatalf("an emergency call is refused with %s", code)
	}
	f.shows("the emergency call is connected", func(w api.Workspace) bool {
		return w.Emergency != nil && w.Emergency.State == api.CallConnected
	})
	id := f.shown().Emergency.ID
	f.ask(api.Request{Do: api.DoEnd})
	f.shows("the emergency call has ended and its window is open", func(w api.Workspace) bool { return w.Emergency == nil && w.Window != nil })
	return id
}

// calledBack lets the network call the leased number; alice answers.
func (s *station) calledBack(f *feed, number string) {
	s.t.Helper()
	back := strangerCalls(s.t, s.node.SIP(), number, farName, farNumber)
	f.shows("inside the window: the call back rings", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.Incoming })
	back.hears("inside the window", "SIP/2.0 180")
	f.ask(api.Request{Do: api.DoAnswer, Call: f.shown().Emergency.ID})
	f.shows("the call back is answered", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallConnected })
	back.hears("the call back is answered", "SIP/2.0 200")
	f.ask(api.Request{Do: api.DoEnd})
	back.hears("the call back is ended by the rep", "BYE")
	f.shows("the call back has ended", func(w api.Workspace) bool { return w.Emergency == nil })
}

// refusesAfterwards lets the emergency service call the number whose window is over.
func (s *station) refusesAfterwards(f *feed, number string) {
	s.t.Helper()
	var late psap.Call
	asks(s.t, s.provider.Handler(), "POST", "/psap/callback", `{"to":"`+number+`"}`, &late)
	eventually(s.t, "after the window: the call is refused", func() bool {
		asks(s.t, s.provider.Handler(), "GET", "/psap/calls/"+late.ID, "", &late)
		return late.State == psap.Over && late.Status >= 400
	})
	if w := f.shown(); w.Emergency != nil {
		s.t.Errorf("after the window: the rep is shown %+v", w.Emergency)
	}
}

// traces are what only the run itself has chosen.
type traces struct {
	call, leased string
	keys         [][]byte
}

// searches looks for every marker wherever something could have stayed.
func (s *station) searches(disk []byte, log, metrics string, left traces) {
	s.t.Helper()
	for name, octets := range map[string][]byte{"the raw disk": disk, "the log": []byte(log), "the metrics": []byte(metrics)} {
		for _, word := range []string{typed, farNumber, farName, "39.7234", "89.8127", "39.723418", "-89.812763", "sip:911", "tel:911",
			`"911"`, "number 911", "Contacts are told", "mayday.emergency.placed", "dialled_at", "has dialled the emergency number", "Emergency call by"} {
			if found(octets, word) {
				s.t.Errorf("after the window: %s holds %q", name, word)
			}
		}
	}
	if found(disk, left.call) {
		s.t.Error("after the window: the raw disk holds the call's id")
	}
	for _, key := range left.keys {
		if bytes.Contains(disk, key) {
			s.t.Error("after the window: the raw disk holds a key that opens what was sealed")
		}
	}
	for name, text := range map[string]string{"the log": log, "the metrics": metrics} {
		if found([]byte(text), left.leased) || strings.Contains(text, "Alice Doe") {
			s.t.Errorf("after the window: %s names the leased number or the rep", name)
		}
	}
	if !strings.Contains(log, left.call) {
		s.t.Error("the log says nothing of the call's stages")
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, left.call) && strings.Contains(line, "alice") {
			s.t.Errorf("the log says whose call it was: %s", line)
		}
	}
	if !found(disk, ordinaryTo) {
		s.t.Error("the raw disk does not hold the ordinary call beside: the search is blind")
	}
}
