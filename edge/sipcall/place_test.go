package sipcall_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
	"mayday/edge/sipcall"
	"mayday/engine"
	"mayday/pidf"
	"mayday/sip"
)

// noter is a trunk that keeps the INVITE it got and refuses it.
type noter struct{ invites chan *sip.Message }

func (n noter) Invited(d *sip.Dialog) {
	n.invites <- d.Request()
	_ = d.Reject(503, "", nil)
}

func (n noter) Requested(x *sip.Exchange) { x.RespondDefault() }

func newNoter(t *testing.T) (noter, string) {
	t.Helper()
	return newNoterAt(t, "127.0.0.1:0")
}

func newNoterAt(t *testing.T, at string) (noter, string) {
	t.Helper()
	n := noter{invites: make(chan *sip.Message, 16)}
	stack := sip.New(sip.Config{}, n)
	address, err := stack.Listen("udp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stack.Close() })
	return n, "sip:" + address.String()
}

func (n noter) invite(t *testing.T) *sip.Message {
	t.Helper()
	select {
	case invite := <-n.invites:
		return invite
	case <-time.After(10 * time.Second):
		t.Fatal("the trunk got no INVITE within 10 s")
		return nil
	}
}

// documentIn returns the places of an INVITE as one document: its Geolocation header must point to each part that holds one, in order.
func documentIn(t *testing.T, invite *sip.Message) pidf.Document {
	t.Helper()
	var all pidf.Document
	var cids []string
	for _, part := range partsIn(t, invite) {
		if part.ContentType != "application/pidf+xml" {
			continue
		}
		cids = append(cids, "<cid:"+contentID(part)+">")
		document, err := pidf.Parse(part.Body)
		if err != nil || len(document.Tuples) != 1 {
			t.Fatalf("a part with a place holds %d places: %v", len(document.Tuples), err)
		}
		all.Entity, all.Tuples = document.Entity, append(all.Tuples, document.Tuples...)
	}
	if want := strings.Join(cids, ", "); len(cids) == 0 || invite.Header("Geolocation") != want {
		t.Errorf("Geolocation is %q, want %q", invite.Header("Geolocation"), want)
	}
	return all
}

func partsIn(t *testing.T, message *sip.Message) []sip.Part {
	t.Helper()
	parts, err := sip.Parts(message.ContentType(), message.Body())
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func contentID(part sip.Part) string {
	for _, header := range part.Headers {
		if strings.EqualFold(header.Name, "Content-ID") {
			return strings.Trim(header.Value, "<>")
		}
	}
	return ""
}

func TestCivicAddressAndPositionAreConveyedApart(t *testing.T) {
	trunk, uri := newNoter(t)
	r := newRig(t, 1, uri)
	dial(r, "c1")
	document := documentIn(t, trunk.invite(t))
	if len(document.Tuples) != 2 {
		t.Fatalf("%d places, want the civic address and the position", len(document.Tuples))
	}
	civic, position := document.Tuples[0], document.Tuples[1]
	want := &pidf.Civic{Country: "US", A1: "IL", A3: "Springfield", RD: "Main St", HNO: "1", FLR: "4", ROOM: "412"}
	if diff := cmp.Diff(want, civic.Place.Civic); diff != "" || civic.Place.Shape != nil {
		t.Errorf("civic address (-want +got):\n%s", diff)
	}
	circle := pidf.Circle{Center: pidf.Position{Latitude: 39.801, Longitude: -89.6436}, RadiusM: 30}
	if position.Place.Shape != circle || position.Place.Civic != nil {
		t.Errorf("position %+v, want %+v and no civic address", position.Place, circle)
	}
	for _, tuple := range document.Tuples {
		if tuple.Method != pidf.MethodManual || tuple.ProvidedBy == nil || tuple.ProvidedBy.Name != "Acme" || tuple.ProvidedBy.BlockID == "" ||
			tuple.ProvidedBy.Contact != "tel:+12175550199" {
			t.Errorf("%s: method %q, provided by %+v", tuple.ID, tuple.Method, tuple.ProvidedBy)
		}
		if !tuple.RetransmissionAllowed || tuple.RetentionExpiry.IsZero() {
			t.Errorf("%s: the emergency service may not pass the place on", tuple.ID)
		}
	}
}

func TestMeasuredPositionGoesBeforeTheSites(t *testing.T) {
	trunk, uri := newNoter(t)
	r := newRig(t, 1, uri)
	r.do(engine.ReportPosition{Rep: repID(0), Position: location.Position{Latitude: 39.9, Longitude: -89.1, RadiusM: 12}})
	dial(r, "c1")
	document := documentIn(t, trunk.invite(t))
	position := document.Tuples[0]
	if len(document.Tuples) != 2 || document.Tuples[1].Place.Civic == nil {
		t.Errorf("%d places, want the measured position and then the civic address", len(document.Tuples))
	}
	circle := pidf.Circle{Center: pidf.Position{Latitude: 39.9, Longitude: -89.1}, RadiusM: 12}
	if position.Place.Shape != circle || position.Method == pidf.MethodManual {
		t.Errorf("position %+v by %q, want the measured %+v", position.Place, position.Method, circle)
	}
}

// TestPlaceThatTheNetworkToldSaysHowItKnows: until the rep has confirmed it.
func TestPlaceThatTheNetworkToldSaysHowItKnows(t *testing.T) {
	trunk, uri := newNoter(t)
	located := testCenter(1, []string{uri})
	located.Organisation.HELD = "https://held.example/"
	r := newRigOf(t, "127.0.0.1", located, sipcall.Limits{})
	r.do(engine.ReportTold{Rep: repID(0), Told: location.Told{
		Country: "US", Civic: location.Civic{Building: "7", Floor: "9"}, Method: "Wiremap", At: time.Now(), Until: time.Now().Add(time.Hour),
		Position: &location.Position{Latitude: 39.9, Longitude: -89.1, RadiusM: 12, Method: "GPS"},
	}})
	dial(r, "c1")
	document := documentIn(t, trunk.invite(t))
	if len(document.Tuples) != 2 || document.Tuples[0].Place.Civic == nil || document.Tuples[0].Method != "Wiremap" || document.Tuples[1].Method != "GPS" {
		t.Errorf("told: %+v", document.Tuples)
	}
}

func TestTrunkThatWantsNoPlaceGetsNone(t *testing.T) {
	trunk, uri := newNoter(t)
	r := newRig(t, 1)
	c := testCenter(1, []string{uri})
	c.Trunks[0].Location = "none"
	r.do(engine.Publish{Snapshot: engine.NewSnapshot(c)})
	dial(r, "c1")
	invite := trunk.invite(t)
	if invite.ContentType() != "application/sdp" || invite.Header("Geolocation") != "" {
		t.Errorf("content %q, Geolocation %q, want sound alone", invite.ContentType(), invite.Header("Geolocation"))
	}
}

// TestWithoutANumberTheCallerIsAnonymous: no pool, no static number, no outbound profile: the call goes all the same.
func TestWithoutANumberTheCallerIsAnonymous(t *testing.T) {
	trunk, uri := newNoter(t)
	r := newRig(t, 1)
	c := testCenter(1, []string{uri})
	c.Numbers = nil
	r.do(engine.Publish{Snapshot: engine.NewSnapshot(c)})
	dial(r, "c1")
	invite := trunk.invite(t)
	if !strings.Contains(invite.Header("From"), "sip:anonymous@anonymous.invalid") || invite.Header("P-Asserted-Identity") != "" {
		t.Errorf("From %q, P-Asserted-Identity %q", invite.Header("From"), invite.Header("P-Asserted-Identity"))
	}
}

func TestEmergencyCallLeavesOverIPv6(t *testing.T) {
	trunk, uri := newNoterAt(t, "[::1]:0")
	r := newRigAt(t, "::1", 1, uri)
	dial(r, "c1")
	invite := trunk.invite(t)
	if want := "<sip:+12175550101@[::1];user=phone>"; invite.Header("P-Asserted-Identity") != want || !strings.HasPrefix(invite.Header("From"), want) {
		t.Errorf("from ::1: From %q, P-Asserted-Identity %q, want %q", invite.Header("From"), invite.Header("P-Asserted-Identity"), want)
	}
	if document := documentIn(t, invite); len(document.Tuples) != 2 {
		t.Errorf("from ::1: %d places, want the civic address and the position", len(document.Tuples))
	}
	if parts, err := sip.Parts(invite.ContentType(), invite.Body()); err != nil || !strings.Contains(string(parts[0].Body), "c=IN IP6 ::1\r\n") {
		t.Errorf("from ::1: the sound is offered elsewhere (%v):\n%s", err, parts[0].Body)
	}
}
