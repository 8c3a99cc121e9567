package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"mayday/pidf"
	"mayday/psap"
	"mayday/web/api"
)

// upstairs is the headquarters as a network knows them: the ninth floor, in its own spelling.
func upstairs() *psap.HeldPlace {
	return &psap.HeldPlace{Civic: &pidf.Civic{Country: "US", A1: "IL", A3: "SPRINGFIELD", RD: "Main", STS: "St.", HNO: "1", PC: "62701", FLR: "9", ROOM: "901"}}
}

// locatedStation is a station whose location server behaves so.
func locatedStation(t *testing.T, b psap.LocatorBehaviour) (*station, *psap.Locator, *httptest.Server) {
	t.Helper()
	return ngStation(t, "held", b)
}

// addressOfNext lets the person call and returns the address that the provider is told, with the body of the INVITE.
func (s *station) addressOfNext(circumstance string, caller *feed, digits string) (address map[string]string, body string) {
	s.t.Helper()
	before := len(callsAt(s.t, s.provider))
	if code := caller.ask(api.Request{Do: api.DoDial, Digits: digits}); code != "" {
		s.t.Fatalf("%s: refused with %s", circumstance, code)
	}
	caller.shows(circumstance+": connected", func(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallConnected })
	calls := callsAt(s.t, s.provider)
	if len(calls) != before+1 {
		s.t.Fatalf("%s: %d calls at the provider, want one more than %d", circumstance, len(calls), before)
	}
	full := psap.Call{}
	asks(s.t, s.provider.Handler(), "GET", "/psap/calls/"+calls[0].ID, "", &full)
	address = make(map[string]string)
	for _, place := range full.Places {
		for _, element := range place.Civic {
			address[element.Name] = element.Value
		}
	}
	return address, full.Body
}

// TestNetworkSaysWhereTheRepIsUntilTheRepHasSaidSo: asked about at sign-in by the address of the browser, proposed, conveyed as the network
// has told it, and confirmed. Nobody is asked during a call.
func TestNetworkSaysWhereTheRepIsUntilTheRepHasSaidSo(t *testing.T) {
	s, locator, _ := locatedStation(t, psap.LocatorBehaviour{Place: upstairs()})
	ada := signIn(t, s.url(), "ada")
	if before := readiness(t, ada).Network; before == nil || before.Standing != "unknown" || locator.Asked().HELD != 0 {
		t.Errorf("nobody has signed in: %+v, asked %d times", before, locator.Asked().HELD)
	}
	alice := signIn(t, s.url(), "alice").feed()
	alice.shows("signed in", func(w api.Workspace) bool {
		q := w.Confirm
		return q != nil && q.Ask && q.ByNetwork && q.Site == "hq" && q.Floor == "9" && q.Room == "901" && q.At == nil && len(q.Network) == 0
	})
	if asked := locator.Asked(); asked.Device != "127.0.0.1" || asked.HELD != 1 {
		t.Errorf("asked %d times, last about %q", asked.HELD, asked.Device)
	}
	if r := readiness(t, ada); r.Network == nil || r.Network.Standing != "valid" || !r.Network.Used || r.Network.Method != "Wiremap" || r.Network.ExpiresAt == nil ||
		!slices.Contains(r.Network.Place, "1 Main St.") || !slices.Contains(r.Causes, "place_not_confirmed") || slices.Contains(r.Causes, "not_located") {
		t.Errorf("readiness: %+v, %v", r.Network, r.Causes)
	}
	address, document := s.addressOfNext("told", alice, "911")
	if address["FLR"] != "9" || address["RD"] != "Main St" || !strings.Contains(document, "Wiremap") {
		t.Errorf("told: %v in %s", address, document)
	}
	before := locator.Asked().HELD
	alice.ask(api.Request{Do: api.DoNetworkChanged})
	signIn(t, s.url(), "alice").feed()
	stays := time.NewTimer(3 * time.Second) // longer than the pause between two looks for what to ask
	<-stays.C
	if now := locator.Asked().HELD; now != before {
		t.Errorf("during a call: asked %d times, before it %d", now, before)
	}
	hangUp(alice, "told")

	alice.ask(api.Request{Do: api.DoConfirmPlace, Place: &api.ConfirmedPlace{Site: "hq", Floor: "4", Room: "412"}})
	alice.shows("confirmed", func(w api.Workspace) bool {
		return w.Confirm != nil && !w.Confirm.Ask && !w.Confirm.ByNetwork && w.Confirm.Floor == "4"
	})
	if address, document := s.addressOfNext("confirmed", alice, "911"); address["FLR"] != "4" || strings.Contains(document, "Wiremap") {
		t.Errorf("confirmed: %v in %s", address, document)
	}
	hangUp(alice, "confirmed")
	alice.ask(api.Request{Do: api.DoNetworkChanged})
	alice.shows("another network", func(w api.Workspace) bool { return w.Confirm != nil && w.Confirm.Ask })
	eventually(t, "another network is asked about", func() bool { return locator.Asked().HELD > before })
	alice.shows("another network is told", func(w api.Workspace) bool { return w.Confirm.ByNetwork && w.Confirm.Floor == "9" })
}

// TestAddressThatIsNoSiteIsAgreedWith: it decides the number that is called, and outlives a restart without the server.
func TestAddressThatIsNoSiteIsAgreedWith(t *testing.T) {
	place := &psap.HeldPlace{Civic: &pidf.Civic{Country: "DK", A3: "Aarhus", RD: "Åboulevarden", HNO: "12", FLR: "3"}}
	s, locator, server := locatedStation(t, psap.LocatorBehaviour{Place: place})
	alice := signIn(t, s.url(), "alice").feed()
	var lines []string
	alice.shows("signed in", func(w api.Workspace) bool {
		if w.Confirm != nil {
			lines = w.Confirm.Network
		}
		return w.Confirm != nil && w.Confirm.ByNetwork && w.EmergencyNumbers["911"] == "112"
	})
	if strings.Join(lines, "|") != "Floor 3|Åboulevarden 12|Aarhus|Denmark" {
		t.Errorf("proposed: %q", lines)
	}
	if code := alice.ask(api.Request{Do: api.DoConfirmPlace, Place: &api.ConfirmedPlace{Network: []string{"Floor 4"}}}); code != "TOLD_OTHERWISE" {
		t.Errorf("another address than is told: %q", code)
	}
	if code := alice.ask(api.Request{Do: api.DoConfirmPlace, Place: &api.ConfirmedPlace{Network: lines}}); code != "" {
		t.Errorf("agreed: refused with %s", code)
	}
	alice.shows("agreed", func(w api.Workspace) bool {
		return !w.Confirm.Ask && !w.Confirm.ByNetwork && slices.Equal(w.Confirm.Network, lines) && w.Confirm.At != nil
	})
	asked := locator.Asked().HELD
	eventually(t, "it is kept", func() bool { return s.kept("Åboulevarden") })
	server.Close()
	s.stop()
	s.start()
	ada := signIn(t, s.url(), "ada")
	eventually(t, "a restart without the server still knows", func() bool { return readiness(t, ada).ConfirmedAt != nil })
	alice = signIn(t, s.url(), "alice").feed()
	if address, _ := s.addressOfNext("after a restart", alice, "911"); address["RD"] != "Åboulevarden" || address["FLR"] != "3" {
		t.Errorf("after a restart: %v", address)
	}
	if now := locator.Asked().HELD; now != asked {
		t.Errorf("asked %d times, and %d before the server was closed", now, asked)
	}
}

// TestNoCallWaitsForTheLocationServer: whatever it does, the call is placed at once, and the place is the site's unless it has told another.
func TestNoCallWaitsForTheLocationServer(t *testing.T) {
	s, locator, server := locatedStation(t, psap.LocatorBehaviour{Mode: "slow", Place: upstairs()})
	ada := signIn(t, s.url(), "ada")
	alice := signIn(t, s.url(), "alice").feed()
	eventually(t, "the slow server has been asked", func() bool { return locator.Asked().HELD > 0 })
	from := time.Now()
	if address, _ := s.addressOfNext("slow", alice, "911"); address["FLR"] != "4" {
		t.Errorf("slow: %v", address)
	}
	if took := time.Since(from); took > 8*time.Second { // the question has ten seconds, and the server takes a minute
		t.Errorf("slow: connected after %v", took)
	}
	hangUp(alice, "slow")
	for n, row := range []struct {
		mode  string
		cause string
		floor string
	}{
		{"right", "", "9"},
		{"by_reference", "", "9"},
		{"not_found", "not_located", "4"},
		{"forbidden", "not_located", "4"},
		{"wrong_xml", "not_located", "4"},
		{"expired", "not_located", "4"},
		{"huge", "held_away", "4"},
		{"down", "held_away", "4"},
	} {
		if err := locator.Behave(psap.LocatorBehaviour{Mode: row.mode, Place: upstairs()}); err != nil {
			t.Fatal(err)
		}
		held := fmt.Sprintf("%s/held", strings.Replace(server.URL, "127.0.0.1", []string{"127.0.0.1", "localhost"}[(n+1)%2], 1)) // another server is asked at once
		asked := locator.Asked().HELD
		ada.asks("PATCH", "/api/v1/organisation", `{"held":"`+held+`"}`, 200, nil)
		eventually(t, row.mode+": asked", func() bool { return locator.Asked().HELD > asked })
		eventually(t, row.mode+": readiness says it", func() bool {
			r := readiness(t, ada)
			if row.cause == "" {
				return r.Network != nil && r.Network.Used && !slices.Contains(r.Causes, "not_located")
			}
			return slices.Contains(r.Causes, row.cause)
		})
		if address, _ := s.addressOfNext(row.mode, alice, "911"); address["FLR"] != row.floor {
			t.Errorf("%s: floor %q, want %q", row.mode, address["FLR"], row.floor)
		}
		hangUp(alice, row.mode)
	}
}

// TestReadinessSaysWhereThePlaceIsInDoubt: once through the matrix, with the real map.
func TestReadinessSaysWhereThePlaceIsInDoubt(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada, alice := signIn(t, s.url(), "ada"), signIn(t, s.url(), "alice").feed()
	alice.ask(api.Request{Do: api.DoConfirmPlace, Place: &api.ConfirmedPlace{Site: "hq"}})
	doubts := []string{"country_uncertain", "position_wide", "countries_disagree", "position_elsewhere"}
	for _, row := range []struct {
		circumstance string
		position     api.Position
		want         []string
	}{
		{"at the headquarters", api.Position{Latitude: 39.801, Longitude: -89.6436, RadiusM: 30}, nil},
		{"at the headquarters, within 6 km", api.Position{Latitude: 39.801, Longitude: -89.6436, RadiusM: 6000}, []string{"country_uncertain", "position_wide"}},
		{"in Chicago", api.Position{Latitude: 41.8781, Longitude: -87.6298, RadiusM: 30}, []string{"position_elsewhere"}},
		{"at the Rainbow Bridge", api.Position{Latitude: 43.0899, Longitude: -79.0672, RadiusM: 30}, []string{"country_uncertain", "position_elsewhere"}},
		{"in Winnipeg", api.Position{Latitude: 49.8951, Longitude: -97.1384, RadiusM: 30}, []string{"countries_disagree", "position_elsewhere"}},
	} {
		alice.ask(api.Request{Do: api.DoPosition, Position: &row.position})
		var got []string
		if !within(patience, func() bool { // the map may still be drawn
			got = nil
			r := readiness(t, ada)
			for _, cause := range doubts {
				if slices.Contains(r.Causes, cause) {
					got = append(got, cause)
				}
			}
			return sameSet(got, row.want)
		}) {
			t.Errorf("%s: %v, want %v", row.circumstance, got, row.want)
		}
		for _, cause := range row.want {
			var some api.ReadinessMatrix
			ada.get("/api/v1/readiness?cause="+cause, &some)
			if len(some.Rows) != 1 || some.Rows[0].Rep != "alice" {
				t.Errorf("%s: the matrix has %d people with %s", row.circumstance, len(some.Rows), cause)
			}
		}
	}
	if page := ada.send(http.MethodGet, "/api/v1/readiness?format=csv", ""); !strings.Contains(page, "position_elsewhere") {
		t.Errorf("as CSV: %s", page)
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
