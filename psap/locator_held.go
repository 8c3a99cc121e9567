package psap

import (
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mayday/pidf"
)

// HeldPlace is where the location server says that a device is: what is given of it, neither made from the other.
type HeldPlace struct {
	Civic     *pidf.Civic `json:"civic,omitempty"` // by the names of RFC 5139: {"Country": "DK", "A3": "Aarhus"}
	Latitude  float64     `json:"latitude,omitempty"`
	Longitude float64     `json:"longitude,omitempty"`
	RadiusM   float64     `json:"radius_m,omitempty"` // 0: no position
}

const heldSpace = "urn:ietf:params:xml:ns:geopriv:held"

// held answers a request for a location: with the place by value, with a reference to it, or with both, as it is asked (RFC 5985 §5).
func (l *Locator) held(w http.ResponseWriter, r *http.Request) {
	var asked element
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = xml.Unmarshal(body, &asked)
	}
	b, going := l.begin(w, r, func(a *Asked) {
		a.HELD++
		a.Device = ""
		if ip := asked.find("ip"); ip != nil {
			a.Device = strings.TrimSpace(ip.Text)
		}
	})
	if !going {
		return
	}
	w.Header().Set("Content-Type", "application/held+xml")
	switch {
	case err != nil:
		heldError(w, "xmlError")
	case !asked.is(heldSpace, "locationRequest"):
		heldError(w, "unsupportedMessage")
	case b.Mode == "not_found":
		heldError(w, "locationUnknown")
	case b.Mode == "forbidden":
		heldError(w, "notLocatable")
	default:
		wanted := "any"
		if kind := asked.find("locationType"); kind != nil {
			wanted = kind.Text
		}
		if b.Mode == "by_reference" {
			wanted = "locationURI"
		}
		l.heldResponse(w, r.Host, b, strings.Fields(wanted))
	}
}

// dereference answers who asks for the place that a reference stands for (RFC 6753 §4).
func (l *Locator) dereference(w http.ResponseWriter, r *http.Request) {
	b, going := l.begin(w, r, func(a *Asked) { a.HELD++ })
	if !going {
		return
	}
	if r.Method == http.MethodGet {
		w.Header().Set("Content-Type", "application/pidf+xml")
		_, _ = w.Write(b.heldDocument(true, true)) // a client that has left needs no answer
		return
	}
	w.Header().Set("Content-Type", "application/held+xml")
	l.heldResponse(w, r.Host, b, []string{"civic", "geodetic"})
}

func heldError(w io.Writer, code string) {
	fmt.Fprintf(w, `<error xmlns="%s" code="%s"><message xml:lang="en">As it was told to.</message></error>`+"\n", heldSpace, code)
}

func (l *Locator) heldResponse(w io.Writer, host string, b LocatorBehaviour, wanted []string) {
	has := func(kind string) bool {
		for _, one := range wanted {
			if one == kind || one == "any" {
				return true
			}
		}
		return false
	}
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<locationResponse xmlns="%s">`, heldSpace)
	if has("locationURI") {
		expires := time.Now().UTC().Add(time.Duration(b.ExpiresS) * time.Second)
		if b.Mode == "expired" {
			expires = time.Now().UTC().Add(-time.Hour)
		}
		at := url.URL{Scheme: "http", Host: host, Path: "/held/" + rand.Text()}
		fmt.Fprintf(w, `<locationUriSet expires="%s"><locationURI>%s</locationURI></locationUriSet>`, expires.Format(time.RFC3339), escaped(at.String()))
	}
	if has("civic") || has("geodetic") {
		document := string(b.heldDocument(has("civic"), has("geodetic")))
		_, _ = io.WriteString(w, document[strings.Index(document, "<presence"):]) // as above
	}
	_, _ = io.WriteString(w, "</locationResponse>\n") // as above
}

// at is where everybody is.
func (b LocatorBehaviour) at() HeldPlace {
	if b.Place != nil {
		return *b.Place
	}
	return HeldPlace{
		Civic:    &pidf.Civic{Country: "US", A1: "IL", A3: "Springfield", RD: "Main St", HNO: "1", FLR: "4", ROOM: "412"},
		Latitude: 39.801, Longitude: -89.6436, RadiusM: 30,
	}
}

// check finds a place that cannot be told.
func (p HeldPlace) check() error {
	told := p.tuple(true, true)
	if told.Place == (pidf.Place{}) {
		return errors.New("place: neither an address nor a position with a radius_m")
	}
	if err := told.Check(); err != nil {
		return fmt.Errorf("place: %w", err)
	}
	return nil
}

// tuple is what is told of a place: of that which was asked for, or all where there is none of it.
func (p HeldPlace) tuple(civic, geodetic bool) pidf.Tuple {
	tuple := pidf.Tuple{ID: "here", Method: "Wiremap"}
	if civic {
		tuple.Place.Civic = p.Civic
	}
	if geodetic && p.RadiusM > 0 {
		tuple.Place.Shape = pidf.Circle{Center: pidf.Position{Latitude: p.Latitude, Longitude: p.Longitude}, RadiusM: p.RadiusM}
	}
	if tuple.Place == (pidf.Place{}) && !(civic && geodetic) {
		return p.tuple(true, true)
	}
	return tuple
}

func (b LocatorBehaviour) heldDocument(civic, geodetic bool) []byte {
	tuple := b.at().tuple(civic, geodetic)
	tuple.Timestamp = time.Now().UTC()
	tuple.RetentionExpiry = tuple.Timestamp.Add(time.Duration(b.ExpiresS) * time.Second)
	if b.Mode == "expired" {
		tuple.RetentionExpiry = tuple.Timestamp.Add(-time.Hour)
	}
	document, err := pidf.Document{Entity: "pres:device@locator.example", Tuples: []pidf.Tuple{tuple}}.Append(nil)
	if err != nil {
		panic("psap: BUG: a place that cannot be written: " + err.Error())
	}
	return document
}
