package sipcall

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"mayday/center/location"
	"mayday/engine"
	"mayday/pidf"
	"mayday/sip"
)

// retention is how long a recipient may keep the place of a call (RFC 4119 §2.2.2).
const retention = 24 * time.Hour

// convey puts the place into the INVITE: a multipart body of the offer and a PIDF-LO document, and the headers that point to it
// (RFC 6442 §3). A place of which nothing is known leaves the INVITE as it is. What cannot be written of a place is left out and
// reported; the rest goes.
func (c *Calls) convey(invite *sip.Invite, target engine.ToEmergency, entity string) error {
	tuples, fault := sound(tuplesOf(target, entity))
	if len(tuples) == 0 {
		return fault
	}
	document, err := pidf.Document{Entity: entityOf(entity), Tuples: tuples}.Append(nil)
	if err != nil {
		return errors.Join(fault, fmt.Errorf("write place: %w", err))
	}
	id := uuid.NewString()[:8] + "@" + c.contentHost()
	invite.ContentType, invite.Body = sip.Multipart([]sip.Part{
		{ContentType: sdpType, Body: invite.Body},
		{ContentType: "application/pidf+xml", Headers: []sip.Header{{Name: "Content-ID", Value: "<" + id + ">"}}, Body: document},
	})
	invite.Headers = append(invite.Headers,
		sip.Header{Name: "Geolocation", Value: "<cid:" + id + ">"},
		sip.Header{Name: "Geolocation-Routing", Value: "yes"},
		sip.Header{Name: "Accept", Value: "application/sdp, application/pidf+xml"},
		sip.Header{Name: "Supported", Value: "geolocation"},
	)
	return fault
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

// tuplesOf returns the civic address and the position as places of their own, one geopriv each: neither was made from the other
// (RFC 5491 §3.3). The one that says more about where in the building the rep is goes first; of a rep who was seen in another country
// than the address is in, that is the position.
func tuplesOf(target engine.ToEmergency, entity string) []pidf.Tuple {
	var tuples []pidf.Tuple
	place := target.Place
	if place.Civic != nil {
		civic := tuple("civic", target, entity)
		civic.Place, civic.Method = pidf.Place{Civic: civicOf(*place.Civic, place.CivicCountry())}, pidf.MethodManual
		tuples = append(tuples, civic)
	}
	if place.Position != nil {
		position := tuple("position", target, entity)
		position.Place, position.Method = pidf.Place{Shape: shapeOf(*place.Position)}, pidf.MethodManual
		if place.Measured {
			position.Method, position.Timestamp = pidf.Method80211, place.Position.At
		}
		tuples = append(tuples, position)
	}
	if place.CivicIn != "" {
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
