package sipcall_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/edge/relay"
	"mayday/edge/sipcall"
	"mayday/engine"
	"mayday/pidf"
	"mayday/sip"
)

var update = flag.Bool("update", false, "write docs/routing-table.md as the rules have it now")

const routingTable = "../../docs/routing-table.md"

// circumstance is one call of the table.
type circumstance struct {
	here, other string
	source      source
	world       world
	holding     holding
	dialled     typedString
}

func (c circumstance) String() string {
	return fmt.Sprintf("%s in %s, known by %q, %s, %s", c.dialled.typed, c.here, c.source.name, c.world.name, c.holding.name)
}

func (c circumstance) site() string {
	if c.source.abroad {
		return c.other
	}
	return c.here
}

func (c circumstance) may() []string {
	if c.source.mayOther {
		return []string{c.here, c.other}
	}
	return []string{c.here}
}

// call is what a circumstance leads to: a refusal, or every trunk in its turn with what it is sent.
type call struct {
	Refused string
	Caller  string
	Tries   []try
}

type try struct{ Trunk, Asked, Body string }

// expected is the call as the rules have it.
func (c circumstance) expected() call {
	m := meaningOf(c.dialled.cleaned, c.may())
	way, caller := wayOf(c.world, m), callerOf(c.holding, m, c.source, c.here, c.site())
	switch {
	case len(way) == 0:
		return call{Refused: "NO_ROUTE"}
	case caller == "":
		return call{Refused: "NO_OUTBOUND_PROFILE"}
	}
	made := call{Caller: caller}
	for _, name := range way {
		made.Tries = append(made.Tries, try{name, askedOf(c.world, name, m), bodyOf(c.world, name, m, c.source, c.here, c.site())})
	}
	return made
}

// TestRoutingTable: every call of the table goes as the rules say, through the engine and the INVITE that is composed of its order; and
// docs/routing-table.md says so.
func TestRoutingTable(t *testing.T) {
	bench := newRoutingBench(t)
	rows := 0
	for _, country := range countries {
		for _, s := range sources {
			for _, w := range worlds {
				for _, h := range holdings {
					for _, dialled := range typedStrings {
						c := circumstance{country.code, country.other, s, w, h, dialled}
						rows++
						if diff := cmp.Diff(c.expected(), bench.place(t, c)); diff != "" {
							t.Errorf("%s (-rules +placed):\n%s", c, diff)
						}
					}
				}
			}
		}
	}
	if rows < 500 {
		t.Errorf("the table has %d calls, and was to have 500 at least", rows)
	}
	page := writtenTable()
	if *update {
		if err := os.WriteFile(routingTable, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(routingTable); err != nil || !bytes.Equal(kept, page) {
		t.Errorf("docs/routing-table.md is not what the rules say (%v); run the test with -update and read the difference", err)
	}
}

// routingBench composes INVITEs and sends none.
type routingBench struct {
	calls    *sipcall.Calls
	referred map[string][]byte
	snapshot *engine.Snapshot
	of       string // the center that the snapshot is of
}

func newRoutingBench(t *testing.T) *routingBench {
	t.Helper()
	b := &routingBench{referred: make(map[string][]byte)}
	b.calls = sipcall.New(sipcall.Config{
		Logger: slog.New(slog.DiscardHandler), Host: "127.0.0.1", Report: func(engine.Command) {},
		Ports: relay.NewPorts(netip.MustParseAddr("127.0.0.1"), 31000, 39998),
		Refer: func(_ rep.ID, document []byte) (string, func()) {
			uri := fmt.Sprintf("https://mayday.example/location/%d", len(b.referred))
			b.referred[uri] = document
			return uri, func() {}
		},
	}, sip.Config{})
	t.Cleanup(func() { _ = b.calls.Close() })
	return b
}

// place lets a rep dial, and every trunk refuse until each has had its turn.
func (b *routingBench) place(t *testing.T, c circumstance) call {
	t.Helper()
	if name := fmt.Sprint(c.here, c.source.name, c.world.name, c.holding.name); name != b.of {
		b.of, b.snapshot = name, engine.NewSnapshot(c.center())
	}
	state := engine.NewState(b.snapshot, time.Hour)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	state.Step(now, engine.ListenAt{URI: "sip:127.0.0.1:5060"})
	now = c.tellWhere(t, state, now)
	out := state.Step(now, engine.Dial{Rep: "rep", Tab: "tab", Typed: c.dialled.typed, Call: "c"})
	var refusal engine.Refusal
	if errors.As(out.Err, &refusal) {
		return call{Refused: refusal.Code()}
	}
	var made call
	for {
		at := slices.IndexFunc(out.Effects, func(e engine.Effect) bool { _, ok := e.(engine.SendInvite); return ok })
		if at < 0 {
			return made
		}
		order := out.Effects[at].(engine.SendInvite)
		invite, err := sipcall.Compose(b.calls, order)
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		made.Caller = callerIn(t, c, invite)
		made.Tries = append(made.Tries, try{string(order.Trunk.ID), invite.RequestURI, b.bodyIn(t, c, invite)})
		out = state.Step(now, engine.LegFailed{Leg: order.Leg, Status: 503, Urgent: order.Urgent})
	}
}

// tellWhere lets the rep's browser and the rep say what the source says, and returns when the rep dials.
func (c circumstance) tellWhere(t *testing.T, state *engine.State, now time.Time) time.Time {
	t.Helper()
	measures := func(country string, certain bool) {
		seen := location.Sighting{Country: location.Country(country), Certain: certain}
		state.Step(now, engine.ReportPosition{Rep: "rep", Position: location.Position{Latitude: 55, Longitude: 9, RadiusM: 20}, Seen: seen})
	}
	switch c.source.name {
	case measuredHere, seenAbroad:
		measures(c.here, true)
	case longAgo:
		measures(c.here, true)
		return now.Add(13 * time.Hour)
	case nearBorder:
		measures(c.other, false)
	case atHome:
		if out := state.Step(now, engine.ConfirmPlace{Rep: "rep", Home: true}); out.Err != nil {
			t.Fatalf("%s: home not confirmed: %v", c, out.Err)
		}
	case toldAbroad, toldAlone:
		state.Step(now, c.told(now, c.here))
	case saidSince:
		state.Step(now, c.told(now, c.other))
		if out := state.Step(now, engine.ConfirmPlace{Rep: "rep", Site: location.SiteID(c.here)}); out.Err != nil {
			t.Fatalf("%s: site not confirmed: %v", c, out.Err)
		}
	}
	return now
}

// told is what the network tells: an address and a position, or that alone.
func (c circumstance) told(now time.Time, country string) engine.ReportTold {
	in := location.Country(country)
	told := location.Told{Country: in, Civic: location.Civic{City: "Village"}, Method: "Wiremap", At: now, Until: now.Add(time.Hour)}
	told.Position = &location.Position{Latitude: 55, Longitude: 9, RadiusM: 40, Method: "Wiremap"}
	if c.source.name == toldAlone {
		told.Country, told.Civic = "", location.Civic{}
	}
	return engine.ReportTold{Rep: "rep", Told: told, Seen: location.Sighting{Country: in, Certain: true}}
}

func callerIn(t *testing.T, c circumstance, invite sip.Invite) string {
	t.Helper()
	user, _, _ := strings.Cut(strings.TrimPrefix(invite.From.URI, "sip:"), "@")
	asserted := slices.IndexFunc(invite.Headers, func(h sip.Header) bool { return h.Name == "P-Asserted-Identity" })
	switch {
	case user == "anonymous" && asserted < 0:
	case asserted < 0 || invite.Headers[asserted].Value != "<"+invite.From.URI+">":
		t.Errorf("%s: From %s, and another P-Asserted-Identity or none", c, invite.From.URI)
	}
	return user
}

// bodyIn says in words what an INVITE carries, in the order in which it points to it.
func (b *routingBench) bodyIn(t *testing.T, c circumstance, invite sip.Invite) string {
	t.Helper()
	parts, err := sip.Parts(invite.ContentType, invite.Body)
	if err != nil || parts[0].ContentType != "application/sdp" {
		t.Fatalf("%s: no sound is offered first: %v", c, err)
	}
	found := []string{"sound"}
	blocks := 0
	for _, h := range invite.Headers {
		switch h.Name {
		case "Geolocation":
			for _, value := range strings.Split(h.Value, ", ") {
				found = append(found, b.placeAt(t, c, strings.Trim(value, "<>"), parts))
			}
		case "Call-Info":
			blocks++
		}
	}
	if blocks > 0 {
		found = append(found, "caller's data")
	}
	return strings.Join(found, ", ")
}

func (b *routingBench) placeAt(t *testing.T, c circumstance, uri string, parts []sip.Part) string {
	t.Helper()
	document, how := b.referred[uri], " by reference"
	for _, part := range parts {
		if uri == "cid:"+contentID(part) {
			document, how = part.Body, ""
		}
	}
	place, err := pidf.Parse(document)
	if err != nil || len(place.Tuples) != 1 {
		t.Fatalf("%s: %s leads to no place: %v", c, uri, err)
	}
	switch tuple := place.Tuples[0]; {
	case tuple.Place.Civic != nil:
		return "address in " + tuple.Place.Civic.Country + how
	case tuple.Method == pidf.Method80211:
		return "measured position" + how
	case tuple.Method == "Wiremap":
		return "network's position" + how
	default:
		return "site's position" + how
	}
}

// center is the configuration in which the call is placed.
func (c circumstance) center() center.Center {
	has := center.Center{Organisation: center.Organisation{Name: "Acme", Country: location.Country(c.site())}}
	person := rep.Rep{ID: "rep", Name: "Rep", Roles: []rep.Role{rep.Agent}, Site: location.SiteID(c.site())}
	for _, code := range []string{c.here, c.other} {
		has.Sites = append(has.Sites, location.Site{
			ID: location.SiteID(code), Name: code, Country: location.Country(code), Civic: location.Civic{HouseNumber: "1", City: "Town"},
			Position: &location.Position{Latitude: 40, Longitude: -89, RadiusM: 30},
		})
	}
	switch c.source.name {
	case atHome:
		person.Home = &location.Home{Country: location.Country(c.here), Civic: location.Civic{HouseNumber: "2", City: "Village"}}
	case nobodyKnows:
		person.Site = ""
	case toldAbroad, toldAlone, saidSince:
		has.Organisation.HELD = "https://held.example/"
	}
	if c.holding.ordinary != "" {
		person.CapacityProfiles = []rep.ProfileID{"voice"}
		has.CapacityProfiles = []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1}}
		has.OutboundProfiles = []rep.OutboundProfile{{ID: "out", Name: "Out", Number: number.E164(c.holding.ordinary), CapacityProfiles: []rep.ProfileID{"voice"}}}
		has.Numbers = append(has.Numbers, number.Number{E164: number.E164(c.holding.ordinary), Kind: number.DirectRouting, Use: number.Shared})
	}
	for i := range has.Sites {
		site := &has.Sites[i]
		switch c.holding.callback {
		case "pool":
			kind := number.DirectOffer
			if strings.Contains(c.holding.name, "routing") {
				kind = number.DirectRouting
			}
			has.Numbers = append(has.Numbers, number.Number{E164: number.E164(poolNumbers[string(site.ID)]), Kind: kind, Use: number.EmergencyCallback, Site: site.ID})
		case staticNumber:
			site.StaticNumber = staticNumber
		}
	}
	has.Reps = []rep.Rep{person}
	has.Trunks, has.VoiceRoutes = c.peers()
	return has
}

func (c circumstance) peers() (trunks []trunk.Trunk, routes []trunk.VoiceRoute) {
	for _, p := range c.world.trunks {
		made := trunk.Trunk{
			ID: trunk.ID(p.name), Kind: trunk.DirectRouting, URI: "sip:" + p.name + ".example", TestNumber: p.hasTests, NG: p.ng,
			Country: strings.NewReplacer("HERE", c.here, "ELSE", c.other).Replace(p.serves),
		}
		if p.offer {
			made.Kind = trunk.DirectOffer
		}
		switch { // where the kind's own default is meant, nothing is said
		case p.conveys == "reference":
			made.Location = trunk.ByReference
		case p.conveys == "value" && !p.offer:
			made.Location = trunk.ByValue
		}
		trunks = append(trunks, made)
	}
	if c.world.route == "" {
		return trunks, nil
	}
	route := trunk.VoiceRoute{ID: "route", Order: 1, Pattern: c.world.route, Emergency: c.world.marked}
	for _, name := range c.world.leads {
		route.Trunks = append(route.Trunks, trunk.ID(name))
	}
	return trunks, []trunk.VoiceRoute{route}
}
