package sipcall

import (
	"fmt"
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
// (RFC 6442 §3). A place of which nothing is known leaves the INVITE as it is.
func (c *Calls) convey(invite *sip.Invite, target engine.ToEmergency, entity string) error {
	tuples := tuplesOf(target)
	if len(tuples) == 0 {
		return nil
	}
	document, err := pidf.Document{Entity: entityOf(entity), Tuples: tuples}.Append(nil)
	if err != nil {
		return fmt.Errorf("write place: %w", err)
	}
	id := uuid.NewString()[:8] + "@" + c.config.Host
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
	return nil
}

// entityOf turns the caller's URI into the presence URI that the document is about; it says no more than the caller id does.
func entityOf(uri string) string {
	return "pres:" + userOf(uri) + "@" + hostOf(uri)
}

// tuplesOf returns the civic address and the position as places of their own, one geopriv each: neither was made from the other
// (RFC 5491 §3.3). The one that says more about where in the building the rep is goes first.
func tuplesOf(target engine.ToEmergency) []pidf.Tuple {
	var tuples []pidf.Tuple
	place := target.Place
	if place.Civic != nil {
		tuples = append(tuples, tuple("civic", pidf.Place{Civic: civicOf(*place.Civic, place.Country)}, pidf.MethodManual, target, time.Time{}))
	}
	if place.Position != nil {
		method := pidf.MethodManual
		if place.Measured {
			method = pidf.Method80211
		}
		tuples = append(tuples, tuple("position", pidf.Place{Shape: shapeOf(*place.Position)}, method, target, place.Position.At))
	}
	return tuples
}

func tuple(id string, place pidf.Place, method string, target engine.ToEmergency, found time.Time) pidf.Tuple {
	if found.IsZero() {
		found = target.At
	}
	return pidf.Tuple{
		ID: id, Place: place, Method: method, ProvidedBy: &pidf.ProvidedBy{Name: target.ProvidedBy, Kind: "Client"},
		RetransmissionAllowed: true, RetentionExpiry: target.At.Add(retention), Timestamp: found,
	}
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
