package psap

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mayday/pidf"
)

const heldSpace = "urn:ietf:params:xml:ns:geopriv:held"

// held answers a request for a location: with the place by value, with a reference to it, or with both, as it is asked (RFC 5985 §5).
func (l *Locator) held(w http.ResponseWriter, r *http.Request) {
	b, going := l.begin(w, r, func(a *Asked) { a.HELD++ })
	if !going {
		return
	}
	w.Header().Set("Content-Type", "application/held+xml")
	var asked element
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = xml.Unmarshal(body, &asked)
	}
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
		_, _ = w.Write(heldDocument(true, true)) // a client that has left needs no answer
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
		document := string(heldDocument(has("civic"), has("geodetic")))
		_, _ = io.WriteString(w, document[strings.Index(document, "<presence"):]) // as above
	}
	_, _ = io.WriteString(w, "</locationResponse>\n") // as above
}

// heldDocument is where everybody is.
func heldDocument(civic, geodetic bool) []byte {
	tuple := pidf.Tuple{ID: "here", Method: "Wiremap", Timestamp: time.Now().UTC()}
	if civic {
		tuple.Place.Civic = &pidf.Civic{Country: "US", A1: "IL", A3: "Springfield", RD: "Main St", HNO: "1", FLR: "4", ROOM: "412"}
	}
	if geodetic {
		tuple.Place.Shape = pidf.Circle{Center: pidf.Position{Latitude: 39.801, Longitude: -89.6436}, RadiusM: 30}
	}
	document, err := pidf.Document{Entity: "pres:device@locator.example", Tuples: []pidf.Tuple{tuple}}.Append(nil)
	if err != nil {
		panic("psap: BUG: a place that cannot be written: " + err.Error())
	}
	return document
}
