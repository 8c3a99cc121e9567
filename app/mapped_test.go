package app_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mayday/psap"
	"mayday/web/api"
)

// ngStation is a station whose provider is an NG trunk, and a server that is asked by that protocol: lost or held.
func ngStation(t *testing.T, protocol string, b psap.LocatorBehaviour) (*station, *psap.Locator, *httptest.Server) {
	t.Helper()
	locator := psap.NewLocator()
	if err := locator.Behave(b); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(locator.Handler())
	t.Cleanup(server.Close)
	s := lay(t, t.TempDir(), func(center string) string {
		center = strings.Replace(center, "organisation: {", "organisation: {"+protocol+": \""+server.URL+"/"+protocol+"\", ", 1)
		return strings.Replace(center, "{id: provider, ", "{id: provider, ng: true, ", 1)
	})
	s.start()
	return s, locator, server
}

// mappedStation is one whose LoST server leads its calls to uri.
func mappedStation(t *testing.T, uri string) (*station, *psap.Locator, *httptest.Server) {
	t.Helper()
	return ngStation(t, "lost", psap.LocatorBehaviour{URI: uri})
}

// readiness is what the node says of alice.
func readiness(t *testing.T, ada *client) api.RepReadiness {
	t.Helper()
	var ready api.RepReadiness
	ada.get("/api/v1/readiness/alice", &ready)
	return ready
}

// routeOfNext lets alice call and returns the Route of the INVITE that the provider gets.
func (s *station) routeOfNext(circumstance string, alice *feed) string {
	s.t.Helper()
	before := len(callsAt(s.t, s.provider))
	if code := alice.ask(api.Request{Do: api.DoDial, Digits: "911"}); code != "" {
		s.t.Fatalf("%s: refused with %s", circumstance, code)
	}
	alice.shows(circumstance+": connected", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallConnected })
	calls := callsAt(s.t, s.provider)
	if len(calls) != before+1 {
		s.t.Fatalf("%s: %d calls at the provider, want one more than %d", circumstance, len(calls), before)
	}
	full := psap.Call{}
	asks(s.t, s.provider.Handler(), "GET", "/psap/calls/"+calls[0].ID, "", &full)
	for _, header := range full.Headers {
		if header.Name == "Route" {
			return header.Value
		}
	}
	return ""
}

func hangUp(alice *feed, circumstance string) {
	alice.ask(api.Request{Do: api.DoEnd})
	alice.shows(circumstance+": ended", func(w api.Workspace) bool { return w.Emergency == nil })
}

// TestCallIsLedToTheServiceThatWasAskedForBeforehand: a real LoST server, the answers on their way to the engine, and the INVITE over an NG
// trunk. The server hears nothing while a call goes on, and may be away: the call goes as it did. What it has told outlives a restart
// without it.
func TestCallIsLedToTheServiceThatWasAskedForBeforehand(t *testing.T) {
	s, locator, server := mappedStation(t, "sip:psap@springfield.example")
	ada := signIn(t, s.url(), "ada")
	eventually(t, "the places are mapped", func() bool {
		r := readiness(t, ada)
		return r.Service != nil && r.Service.Standing == "valid"
	})
	if r := readiness(t, ada); r.Service.URI != "sip:psap@springfield.example" || r.Service.Number != "911" || slices.Contains(r.Causes, "not_mapped") {
		t.Errorf("readiness: %+v, %v", r.Service, r.Causes)
	}
	eventually(t, "all three places were asked about", func() bool { return locator.Asked().LoST >= 3 })
	alice := signIn(t, s.url(), "alice").feed()
	trunk := "<sip:" + s.provider.SIP()[0].String() + ";lr>"
	const mapped = ", <sip:psap@springfield.example;lr>"
	asked := locator.Asked()
	if route := s.routeOfNext("mapped", alice); route != trunk+mapped {
		t.Errorf("mapped: Route %q, want %q", route, trunk+mapped)
	}
	// A new place would be asked about at once, were there no call.
	ada.asks("PUT", "/api/v1/sites/leeds", `{"id":"leeds","name":"Leeds","country":"GB","civic":{"street":"New Street","city":"Leeds"}}`, 200, nil)
	stays := time.NewTimer(3 * time.Second) // longer than the pause between two looks for what to ask
	<-stays.C
	if now := locator.Asked(); now != asked {
		t.Errorf("during a call: asked %d times, before it %d", now.LoST, asked.LoST)
	}
	hangUp(alice, "mapped")
	eventually(t, "after the call the new place is asked about", func() bool { return locator.Asked().LoST > asked.LoST })

	kept := filepath.Join(s.settings.Data, "blackbox", "mappings.json")
	eventually(t, "the answers are on the disk", func() bool {
		content, err := os.ReadFile(kept)
		return err == nil && strings.Contains(string(content), "springfield.example") && strings.Contains(string(content), "New Street")
	})
	server.Close()
	s.stop()
	s.start()
	ada = signIn(t, s.url(), "ada")
	eventually(t, "a restart without the server still knows", func() bool {
		r := readiness(t, ada)
		return r.Service != nil && r.Service.Standing == "valid"
	})
	if route := s.routeOfNext("the server is away", signIn(t, s.url(), "alice").feed()); route != trunk+mapped {
		t.Errorf("after a restart without the server: Route %q", route)
	}
}

// TestCallGoesAsBeforeWhateverTheServerAnswers: nothing that a LoST server does keeps a call from the trunk.
func TestCallGoesAsBeforeWhateverTheServerAnswers(t *testing.T) {
	s, locator, _ := mappedStation(t, "")
	ada, alice := signIn(t, s.url(), "ada"), signIn(t, s.url(), "alice").feed()
	trunk := "<sip:" + s.provider.SIP()[0].String() + ";lr>"
	street := 0
	for _, row := range []struct {
		mode   string
		cause  string
		mapped bool
	}{
		{"not_found", "not_mapped", false},
		{"forbidden", "not_mapped", false},
		{"loop", "not_mapped", false},
		{"unrecognized", "not_mapped", false},
		{"wrong_xml", "not_mapped", false},
		{"no_cache", "not_mapped", false},
		{"expired", "mapping_expired", true},
		{"warnings", "mapping_guessed", true},
		{"invalid", "place_not_valid", true},
		{"redirect", "", true},
		{"no_expiration", "", true},
		{"down", "lost_away", false},
	} {
		if err := locator.Behave(psap.LocatorBehaviour{Mode: row.mode, URI: "sip:psap@springfield.example"}); err != nil {
			t.Fatal(err)
		}
		street++ // another place is asked about at once
		asked := locator.Asked().LoST
		ada.asks("PATCH", "/api/v1/sites/hq", `{"civic":{"house_number":"1","street":"`+strings.Repeat("X", street)+` St","city":"Springfield","region":"IL"}}`, 200, nil)
		eventually(t, row.mode+": asked about the new place", func() bool { return locator.Asked().LoST > asked })
		eventually(t, row.mode+": readiness says it", func() bool {
			r := readiness(t, ada)
			if row.cause == "" {
				return r.Service != nil && r.Service.Standing == "valid" && !slices.Contains(r.Causes, "not_mapped")
			}
			return slices.Contains(r.Causes, row.cause)
		})
		if row.mode == "invalid" && !slices.Equal(readiness(t, ada).Service.Invalid, []string{"HNO"}) {
			t.Errorf("an address with a mistake: %+v", readiness(t, ada).Service)
		}
		want := trunk
		if row.mapped {
			want += ", <sip:psap@springfield.example;lr>"
		}
		if route := s.routeOfNext(row.mode, alice); route != want {
			t.Errorf("%s: Route %q, want %q", row.mode, route, want)
		}
		hangUp(alice, row.mode)
	}
}
