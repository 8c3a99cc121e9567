package sipcall

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/trunk"
	"mayday/engine"
	"mayday/pidf"
	"mayday/sip"
)

// retention is how long a recipient may keep the place of a call (RFC 4119 §2.2.2).
const retention = 24 * time.Hour

// telling is what a message says beside the sound: headers, and the parts of the body to which they point.
type telling struct {
	headers []sip.Header
	parts   []sip.Part
}

// tellings returns what the far end is told of the place and of the caller. What cannot be written is left out and logged; the rest goes.
func (c *Calls) tellings(l *leg, carrier trunk.Trunk, target engine.ToEmergency, entity string) telling {
	var told telling
	if target.Conceded.Has(emergency.WithoutPlace) {
		return told
	}
	if err := c.tellPlace(l, &told, carrier, target, entity); err != nil {
		c.config.Logger.Error("place not conveyed", "leg", l.id, "error", err)
	}
	if carrier.NG {
		if err := c.tellCaller(&told, target, entity); err != nil {
			c.config.Logger.Error("call data not conveyed", "leg", l.id, "error", err)
		}
	}
	return told
}

// tellPlace says where the rep is: a document for the civic address and one for the position, each with a value of its own in the
// Geolocation header, by value or by reference (RFC 6442 §4.1). One is never made from the other.
func (c *Calls) tellPlace(l *leg, told *telling, carrier trunk.Trunk, target engine.ToEmergency, entity string) error {
	if carrier.Conveys() == trunk.NoPlace {
		return nil
	}
	tuples, fault := sound(tuplesOf(target, entity))
	var values []string
	for _, place := range tuples {
		document, err := pidf.Document{Entity: entityOf(entity), Tuples: []pidf.Tuple{place}}.Append(nil)
		if err != nil {
			fault = errors.Join(fault, fmt.Errorf("write place: %w", err))
			continue
		}
		uri := ""
		if carrier.Conveys() == trunk.ByReference && !target.Conceded.Has(emergency.WithOtherPlace) {
			uri = c.refer(l, target, document)
		}
		if uri == "" {
			uri = c.attach(told, "application/pidf+xml", document)
		}
		values = append(values, "<"+uri+">")
	}
	if len(values) == 0 {
		return fault
	}
	told.headers = append(told.headers,
		sip.Header{Name: "Geolocation", Value: strings.Join(values, ", ")},
		sip.Header{Name: "Geolocation-Routing", Value: "yes"},
		sip.Header{Name: "Accept", Value: "application/sdp, application/pidf+xml"},
		sip.Header{Name: "Supported", Value: "geolocation"},
	)
	return fault
}

// attach adds a part to the body and returns the URL that points to it (RFC 2392 §2).
func (c *Calls) attach(told *telling, contentType string, body []byte, more ...sip.Header) string {
	id := uuid.NewString()[:8] + "@" + c.contentHost()
	told.parts = append(told.parts, sip.Part{
		ContentType: contentType, Headers: append([]sip.Header{{Name: "Content-ID", Value: "<" + id + ">"}}, more...), Body: body,
	})
	return "cid:" + id
}

// refer keeps a document where the far end can ask for it; empty: nobody here keeps any.
func (c *Calls) refer(l *leg, target engine.ToEmergency, document []byte) string {
	if c.config.Refer == nil {
		return ""
	}
	uri, forget := c.config.Refer(target.Rep, document)
	if uri != "" {
		l.referred, l.lasting = append(l.referred, forget), target.Leased
	}
	return uri
}

// forget makes nothing of the references that the leg has handed out.
func (l *leg) forget() {
	for _, forget := range l.referred {
		forget()
	}
	l.referred = nil
}

// convey tells the far end where the rep is now: in an UPDATE where it takes one, else in an INVITE that offers the same sound again
// (RFC 6442 §3.4).
func (l *leg) convey(e engine.ConveyPlace) {
	if l.over || !l.answered {
		return
	}
	var told telling
	if err := l.calls.tellPlace(l, &told, e.Trunk, e.Target, l.calls.identity(e.CallerID).URI); err != nil {
		l.calls.config.Logger.Error("new place not conveyed", "leg", l.id, "error", err)
	}
	switch {
	case len(told.headers) == 0:
	case l.updates && len(told.parts) == 0:
		l.dialog.Send("UPDATE", told.headers, "", nil)
	case l.updates:
		contentType, body := sip.Multipart(told.parts)
		l.dialog.Send("UPDATE", told.headers, contentType, body)
	default:
		l.session = l.session.Next()
		offer := sip.Part{ContentType: sdpType, Body: l.ourOffer(false)}
		contentType, body := sip.Multipart(append([]sip.Part{offer}, told.parts...))
		l.dialog.ReofferWith(told.headers, contentType, body)
	}
}

// placeRefused reports whether the far end took the call and called its place bad (RFC 6442 §4.4). The header's words may repeat the
// place: only its number is logged.
func (l *leg) placeRefused(response *sip.Message) bool {
	refused := response.Header("Geolocation-Error")
	if refused == "" {
		return false
	}
	code, _ := strconv.Atoi(strings.TrimSpace(strings.Split(refused, ";")[0]))
	l.calls.config.Logger.Warn("the far end took an emergency call and called its place bad", "leg", l.id, "geolocation_error", code)
	return true
}

// allows reports whether a message names the method in its Allow header (RFC 3261 §20.5).
func allows(m *sip.Message, method string) bool {
	for _, line := range m.Headers("Allow") {
		for _, one := range strings.Split(line, ",") {
			if strings.TrimSpace(one) == method {
				return true
			}
		}
	}
	return false
}

// contentHost is what stands behind the at sign of a Content-ID. It leads nowhere; the brackets of an IPv6 address would have to be
// escaped in the URL that points to it, and not everybody takes that back.
func (c *Calls) contentHost() string {
	if strings.HasPrefix(c.config.Host, "[") {
		return "mayday.invalid"
	}
	return c.config.Host
}

// sound returns the places that can be written, and why the others cannot.
func sound(tuples []pidf.Tuple) (kept []pidf.Tuple, fault error) {
	for _, tuple := range tuples {
		if err := tuple.Check(); err != nil {
			fault = errors.Join(fault, fmt.Errorf("place %s left out: %w", tuple.ID, err))
			continue
		}
		kept = append(kept, tuple)
	}
	return kept, fault
}

// entityOf turns the caller's URI into the presence URI that the document is about; it says no more than the caller id does.
func entityOf(uri string) string {
	return "pres:" + userOf(uri) + "@" + hostOf(uri)
}

// tuplesOf returns the civic address and the position as places of their own: neither was made from the other (RFC 5491 §3.3). A
// position that was measured not long ago goes first: the call is routed by it, and it is where the rep is. Else the address does, which
// says more about where in the building that is.
func tuplesOf(target engine.ToEmergency, entity string) []pidf.Tuple {
	var tuples []pidf.Tuple
	place := target.Place
	if place.Civic != nil {
		civic := tuple("civic", target, entity)
		civic.Place, civic.Method = pidf.Place{Civic: civicOf(*place.Civic, place.CivicCountry())}, pidf.MethodManual
		if place.Told {
			civic.Method = place.Method
		}
		tuples = append(tuples, civic)
	}
	if place.Position != nil {
		position := tuple("position", target, entity)
		position.Place, position.Method = pidf.Place{Shape: shapeOf(*place.Position)}, pidf.MethodManual
		if place.Measured {
			position.Method, position.Timestamp = pidf.Method80211, place.Position.At
		}
		if place.Position.Method != "" {
			position.Method = place.Position.Method
		}
		tuples = append(tuples, position)
	}
	if place.PositionFirst() {
		slices.Reverse(tuples)
	}
	return tuples
}

func tuple(id string, target engine.ToEmergency, entity string) pidf.Tuple {
	return pidf.Tuple{
		ID: id,
		ProvidedBy: &pidf.ProvidedBy{
			BlockID: uuid.NewString() + "@" + hostOf(entity), Name: target.ProvidedBy, Kind: "Client", Contact: contact(target, entity),
		},
		RetransmissionAllowed: true, RetentionExpiry: target.At.Add(retention), Timestamp: target.At,
	}
}

// contact is whom the emergency service asks about the place: the site's emergency desk, else the number that it can call back.
func contact(target engine.ToEmergency, entity string) string {
	if target.Desk != "" {
		return "tel:" + string(target.Desk)
	}
	return entity
}

func shapeOf(p location.Position) pidf.Shape {
	center := pidf.Position{Latitude: p.Latitude, Longitude: p.Longitude}
	if p.RadiusM == 0 {
		return pidf.Point{Position: center}
	}
	return pidf.Circle{Center: center, RadiusM: p.RadiusM}
}

func civicOf(c location.Civic, country location.Country) *pidf.Civic {
	return &pidf.Civic{
		Country: string(country), A1: c.Region, A2: c.County, A3: c.City, A4: c.District, RD: c.Street, HNO: c.HouseNumber, HNS: c.HouseSuffix,
		LOC: c.AdditionInfo, NAM: c.Name, PC: c.PostalCode, BLD: c.Building, UNIT: c.Unit, FLR: c.Floor, ROOM: c.Room,
	}
}
