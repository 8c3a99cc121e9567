package sipcall_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mayday/calldata"
	"mayday/center"
	"mayday/center/location"
	"mayday/center/trunk"
	"mayday/edge/sipcall"
	"mayday/engine"
	"mayday/sip"
)

// newNGRig starts an engine whose trunks are NG trunks that want the place as said.
func newNGRig(t *testing.T, conveys trunk.Conveyance, trunks ...string) *rig {
	t.Helper()
	return newRigOf(t, "127.0.0.1", ngCenter(conveys, trunks...), sipcall.Limits{})
}

func ngCenter(conveys trunk.Conveyance, trunks ...string) center.Center {
	c := testCenter(1, trunks)
	for i := range c.Trunks {
		c.Trunks[i].NG, c.Trunks[i].Location = true, conveys
	}
	return c
}

// measure lets the rep's browser find another position.
func (r *rig) measure(latitude float64) {
	r.t.Helper()
	r.do(engine.ReportPosition{Rep: repID(0), Position: location.Position{Latitude: latitude, Longitude: -89.1, RadiusM: 12}})
}

func TestNGTrunkIsAskedForTheServiceAndToldWhoCalls(t *testing.T) {
	carrier, uri := newNoter(t)
	r := newNGRig(t, trunk.ByValue, uri)
	dial(r, "c1")
	invite := carrier.invite(t)
	if invite.URI() != "urn:service:sos" || !strings.HasPrefix(invite.Header("To"), "<urn:service:sos>") {
		t.Errorf("Request-URI %q, To %q, want urn:service:sos", invite.URI(), invite.Header("To"))
	}
	if want := "<" + uri + ";lr>"; invite.Header("Route") != want {
		t.Errorf("Route %q, want %q", invite.Header("Route"), want)
	}
	if document := documentIn(t, invite); len(document.Tuples) != 2 {
		t.Errorf("%d places, want two", len(document.Tuples))
	}
	var pointed, want []string
	for _, part := range partsIn(t, invite) {
		if !strings.Contains(part.ContentType, "EmergencyCallData") {
			continue
		}
		block, err := calldata.Parse(part.Body)
		if err != nil {
			t.Errorf("%s: %v", part.ContentType, err)
			continue
		}
		want = append(want, calldata.CallInfo("cid:"+contentID(part), block))
		if subscriber, ok := block.(calldata.Subscriber); ok && (subscriber.Card.Name != "Rep" || subscriber.Card.Organisation != "Acme") {
			t.Errorf("the caller's card: %+v", subscriber.Card)
		}
	}
	pointed = append(pointed, invite.Headers("Call-Info")...)
	if len(want) != 4 || !slices.Equal(pointed, want) {
		t.Errorf("Call-Info %q, want %q", pointed, want)
	}
}

func TestOtherTrunksAreToldNothingOfTheCaller(t *testing.T) {
	carrier, uri := newNoter(t)
	r := newRig(t, 1, uri)
	dial(r, "c1")
	invite := carrier.invite(t)
	if invite.Header("Call-Info") != "" || strings.Contains(string(invite.Body()), "EmergencyCallData.SubscriberInfo") || invite.Header("Route") != "" {
		t.Errorf("Call-Info %q, Route %q", invite.Header("Call-Info"), invite.Header("Route"))
	}
}

// TestTestCallOverAnNGTrunkAsksForTheTestService: there is no number in it that could be a live one.
func TestTestCallOverAnNGTrunkAsksForTheTestService(t *testing.T) {
	carrier, uri := newNoter(t)
	r := newNGRig(t, trunk.ByValue, uri)
	r.do(engine.StartDrill{Drill: "d1", Trunk: "trunk0"})
	invite := carrier.invite(t)
	if invite.URI() != "urn:service:test.sos" || invite.Header("Priority") != "" || invite.Header("Geolocation") != "" {
		t.Errorf("Request-URI %q, Priority %q, Geolocation %q", invite.URI(), invite.Header("Priority"), invite.Header("Geolocation"))
	}
}

func TestPlaceByReferenceStandsInNoMessage(t *testing.T) {
	carrier, uri := newNoter(t)
	r := newNGRig(t, trunk.ByReference, uri)
	r.refers = true
	dial(r, "c1")
	invite := carrier.invite(t)
	references := strings.Split(invite.Header("Geolocation"), ", ")
	if len(references) != 2 || invite.Header("Geolocation-Routing") != "yes" {
		t.Fatalf("Geolocation %q, want two references", invite.Header("Geolocation"))
	}
	for _, reference := range references {
		if !strings.HasPrefix(reference, "<https://") {
			t.Errorf("Geolocation %q is no reference", reference)
		}
	}
	if body := string(invite.Body()); strings.Contains(body, "Main St") || strings.Contains(body, "39.8") {
		t.Error("the place stands in the body of an INVITE that refers to it")
	}
	// The trunk has refused: nobody needs the place there any more.
	r.untilForgotten(t)
}

// untilForgotten waits until no document is kept.
func (r *rig) untilForgotten(t *testing.T) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		left := 0
		r.kept.Range(func(any, any) bool { left++; return true })
		if left == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d places are still kept", left)
		}
	}
}

func TestTrunkByReferenceGetsThePlaceByValueWhereNothingCanBeReferredTo(t *testing.T) {
	carrier, uri := newNoter(t)
	r := newNGRig(t, trunk.ByReference, uri)
	dial(r, "c1")
	if document := documentIn(t, carrier.invite(t)); len(document.Tuples) != 2 {
		t.Errorf("%d places, want two", len(document.Tuples))
	}
}

// badPlace is a trunk that refuses every place with 424 and keeps what it got.
type badPlace struct{ noter }

func (b badPlace) Invited(d *sip.Dialog) {
	b.invites <- d.Request()
	_ = d.Reject(424, "", []sip.Header{{Name: "Geolocation-Error", Value: `100;code="Cannot Process Location"`}})
}

// TestTrunkThatCallsThePlaceBadIsOfferedTheOtherHalf, then sound alone, and then the next trunk has its turn (RFC 6442 §4.3).
func TestTrunkThatCallsThePlaceBadIsOfferedTheOtherHalf(t *testing.T) {
	first := badPlace{noter{invites: make(chan *sip.Message, 16)}}
	stack := sip.New(sip.Config{}, first)
	address, err := stack.Listen("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stack.Close() })
	second, uri := newNoter(t)
	r := newNGRig(t, trunk.ByValue, "sip:"+address.String(), uri)
	r.measure(39.9)
	dial(r, "c1")
	if document := documentIn(t, first.invite(t)); len(document.Tuples) != 2 {
		t.Errorf("at first: %d places, want two", len(document.Tuples))
	}
	if document := documentIn(t, first.invite(t)); len(document.Tuples) != 1 || document.Tuples[0].Place.Civic == nil {
		t.Errorf("after 424: %d places, want the civic address alone", len(document.Tuples))
	}
	if bare := first.invite(t); bare.Header("Geolocation") != "" || strings.Contains(string(bare.Body()), "pidf") {
		t.Errorf("after two 424: Geolocation %q, want sound alone", bare.Header("Geolocation"))
	}
	if document := documentIn(t, second.invite(t)); len(document.Tuples) != 2 {
		t.Errorf("the next trunk: %d places, want two", len(document.Tuples))
	}
}

// TestServiceThatCallsThePlaceBadGetsTheCall: SIPp answers 424 to every INVITE that has more of a place than it takes, and takes the call at
// last; there is no other trunk (RFC 6442 §4.3).
func TestServiceThatCallsThePlaceBadGetsTheCall(t *testing.T) {
	for _, row := range []struct {
		circumstance, refuses string
		conveys               trunk.Conveyance
		offers                string // how many INVITEs there are, the last of which is taken
	}{
		{"takes one half of the place", "cid:.*cid:", trunk.ByValue, "2"},
		{"takes no place", "cid:", trunk.ByValue, "3"},
		{"cannot ask for what is referred to", "https:", trunk.ByReference, "2"},
		{"cannot ask, and takes no place", "(https|cid):", trunk.ByReference, "3"},
	} {
		t.Run(row.circumstance, func(t *testing.T) {
			t.Parallel()
			carrier := startSipp(t, "ng-place-bad "+row.refuses, "-m", row.offers)
			r := newNGRig(t, row.conveys, carrier.uri())
			r.refers = true
			r.measure(39.9)
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the trunk has answered", phase(engine.Connected))
			r.do(engine.End{Rep: repID(0)})
			carrier.passed()
		})
	}
}

// TestNewPlaceIsToldInAnUpdateWhereTheTrunkTakesOne, else in a re-INVITE; SIPp looks at either.
func TestNewPlaceIsToldInAnUpdateWhereTheTrunkTakesOne(t *testing.T) {
	for _, scenario := range []string{"ng-update", "ng-reinvite-place"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			carrier := startSipp(t, scenario)
			r := newNGRig(t, trunk.ByValue, carrier.uri())
			w := r.watch(0)
			dial(r, "c1")
			until(t, w, "the trunk has answered", phase(engine.Connected))
			for _, latitude := range []float64{39.9, 39.91, 39.92} {
				r.measure(latitude)
			}
			until(t, w, "the trunk has seen the place and hangs up", over)
			carrier.passed()
		})
	}
}

// TestTrunkThatTakesTheCallAndCallsThePlaceBadKeepsIt: the call goes on, and the evidence says so (RFC 6442 §4.4).
func TestTrunkThatTakesTheCallAndCallsThePlaceBadKeepsIt(t *testing.T) {
	carrier := startSipp(t, "ng-geolocation-error")
	r := newNGRig(t, trunk.ByValue, carrier.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered", phase(engine.Connected))
	until(t, w, "the trunk hangs up", over)
	carrier.passed()
	if !r.stages.has(engine.StageBadPlace) {
		t.Error("a 200 with Geolocation-Error: nothing was noted")
	}
}

// TestNGTrunkTakesTheCallToABridge: the new leg goes through the trunk, the old one is hung up, and the call goes on (RFC 6881 ED-64).
func TestNGTrunkTakesTheCallToABridge(t *testing.T) {
	carrier := startSipp(t, "ng-refer", "-m", "2")
	r := newNGRig(t, trunk.ByValue, carrier.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered", phase(engine.Connected))
	until(t, w, "the bridge has hung up", over)
	carrier.passed()
}

func TestOtherTrunksTakeNoEmergencyCallAway(t *testing.T) {
	carrier := startSipp(t, "refer-declined")
	r := newRig(t, 1, carrier.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered", phase(engine.Connected))
	until(t, w, "the trunk has hung up", over)
	carrier.passed()
}

// TestNGTrunkMovesTheSoundOfACall: a re-INVITE from it is obeyed as from any trunk.
func TestNGTrunkMovesTheSoundOfACall(t *testing.T) {
	carrier := startSipp(t, "reinvite")
	r := newNGRig(t, trunk.ByValue, carrier.uri())
	w := r.watch(0)
	dial(r, "c1")
	until(t, w, "the trunk has answered", phase(engine.Connected))
	until(t, w, "the trunk has hung up", over)
	carrier.passed()
}
