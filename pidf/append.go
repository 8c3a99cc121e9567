package pidf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Append appends the document as XML in UTF-8 to dst and returns the extended slice. Words are written as they can be
// read: runs of white space become one blank, and what XML cannot hold becomes a blank too. On an error, which says what is
// wrong and where but repeats nothing of the place, it returns dst as it was.
func (d Document) Append(dst []byte) ([]byte, error) {
	if err := d.check(); err != nil {
		return dst, err
	}
	w := writer{out: dst}
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>`, "\n", `<presence xmlns="`, nsPresence, `" xmlns:gp="`, nsGeopriv,
		`" xmlns:gbp="`, nsBasicPolicy, `"`)
	w.namespaces(d.Tuples)
	w.raw(` entity="`)
	w.words(d.Entity)
	w.raw("\">\n")
	for i := range d.Tuples {
		if d.Tuples[i].Holder == Service {
			w.tuple(&d.Tuples[i])
		}
	}
	for i := range d.Tuples {
		if d.Tuples[i].Holder != Service {
			w.tuple(&d.Tuples[i])
		}
	}
	w.raw("</presence>\n")
	return w.out, nil
}

func (d Document) check() error {
	if !isURI(d.Entity) {
		return errors.New("write the location document: the entity is not a URI")
	}
	if len(d.Tuples) == 0 {
		return errors.New("write the location document: it holds no place")
	}
	for i := range d.Tuples {
		if wrong := d.Tuples[i].check(); wrong != "" {
			return fmt.Errorf("write the location document: place %d: %s", i+1, wrong)
		}
		for j := range i {
			if d.Tuples[i].ID == d.Tuples[j].ID {
				return fmt.Errorf("write the location document: places %d and %d have the same id", j+1, i+1)
			}
		}
	}
	return nil
}

// Check returns what would keep Append from writing the place, without a word of it. A caller for whom half a document is
// better than none leaves out what fails.
func (t Tuple) Check() error {
	if wrong := t.check(); wrong != "" {
		return errors.New("write the place: " + wrong)
	}
	return nil
}

func (t *Tuple) check() string {
	switch {
	case !isName(t.ID):
		return "the id is not an XML name"
	case t.Holder > Person:
		return "the holder is unknown"
	case t.Holder == Device && !isURI(t.DeviceID):
		return "the device has no URI"
	case t.Holder != Device && t.DeviceID != "":
		return "something other than a device has the id of a device"
	case t.Place.Civic == nil && t.Place.Shape == nil:
		return "it has neither an address nor a shape"
	case !writable(t.RetentionExpiry) || !writable(t.Timestamp):
		return "a time lies outside of the years 1 to 9999"
	case t.Ruleset != "" && !isURI(t.Ruleset):
		return "the reference to more rules is not a URI"
	case t.ProvidedBy != nil && (t.ProvidedBy.Reference != "" && !isURI(t.ProvidedBy.Reference)):
		return "the reference to the provider is not a URI"
	case t.ProvidedBy != nil && (t.ProvidedBy.Contact != "" && !isURI(t.ProvidedBy.Contact)):
		return "the provider's contact is not a URI"
	}
	if t.Place.Civic != nil {
		if wrong := t.Place.Civic.check(); wrong != "" {
			return wrong
		}
	}
	if t.Place.Shape != nil {
		return t.Place.Shape.shapeFault()
	}
	return ""
}

func writable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999
}

// isURI reports whether s looks like a URI: a scheme, a colon, something more, and nothing that a URI cannot hold.
func isURI(s string) bool {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || colon == len(s)-1 || !isLetter(s[0]) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i < colon && !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
		if c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' {
			return false
		}
	}
	return true
}

// isName reports whether s can be the id of an element.
func isName(s string) bool {
	if s == "" || !isLetter(s[0]) && s[0] != '_' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// writer appends XML. What it writes has been checked before, so that nothing can go wrong on the way.
type writer struct {
	out []byte
}

func (w *writer) raw(parts ...string) {
	for _, part := range parts {
		w.out = append(w.out, part...)
	}
}

// namespaces declares those that not every document needs: a document often travels in one datagram with an INVITE.
func (w *writer) namespaces(tuples []Tuple) {
	var civic, shape, uncertain, model bool
	for i := range tuples {
		t := &tuples[i]
		civic = civic || t.Place.Civic != nil
		shape = shape || t.Place.Shape != nil
		model = model || t.Holder != Service
		switch t.Place.Shape.(type) {
		case Circle, Ellipse, ArcBand, Sphere, Ellipsoid, Prism:
			uncertain = true
		case Point, Point3D, Polygon, nil:
		}
	}
	if civic {
		w.raw(` xmlns:ca="`, nsCivic, `"`)
	}
	if shape {
		w.raw(` xmlns:gml="`, nsGML, `"`)
	}
	if uncertain {
		w.raw(` xmlns:gs="`, nsShapes, `"`)
	}
	if model {
		w.raw(` xmlns:dm="`, nsDataModel, `"`)
	}
}

func (w *writer) tuple(t *Tuple) {
	name := [...]string{Service: "tuple", Device: "dm:device", Person: "dm:person"}[t.Holder]
	w.raw("<", name, ` id="`, t.ID, `">`)
	if t.Holder == Service {
		w.raw("<status>")
	}
	w.geopriv(t)
	stamp := "dm:timestamp"
	switch t.Holder {
	case Service:
		w.raw("</status>")
		stamp = "timestamp"
	case Device:
		w.element("dm:deviceID", t.DeviceID)
	case Person:
	}
	w.time(stamp, t.Timestamp)
	w.raw("</", name, ">\n")
}

// geopriv writes the place and its rules, in the order of the schema. RFC 4119 §2.2.5
func (w *writer) geopriv(t *Tuple) {
	w.raw("<gp:geopriv><gp:location-info>")
	w.place(t.Place)
	w.raw("</gp:location-info><gp:usage-rules><gbp:retransmission-allowed>",
		strconv.FormatBool(t.RetransmissionAllowed), "</gbp:retransmission-allowed>")
	w.time("gbp:retention-expiry", t.RetentionExpiry)
	w.element("gbp:external-ruleset", t.Ruleset)
	w.element("gbp:note-well", t.NoteWell)
	w.raw("</gp:usage-rules>")
	w.element("gp:method", t.Method)
	w.providedBy(t.ProvidedBy)
	w.raw("</gp:geopriv>")
}

func (w *writer) place(p Place) {
	if p.Shape != nil {
		w.shape(p.Shape)
	}
	if p.Civic != nil {
		w.civic(p.Civic)
	}
}

func (w *writer) providedBy(p *ProvidedBy) {
	if p.empty() {
		return
	}
	w.raw("<gp:provided-by>")
	if p.Reference != "" {
		w.raw(`<EmergencyCallDataReference xmlns="`, nsCallData, `" purpose="`, providerInfo, `" ref="`)
		w.words(p.Reference)
		w.raw(`"/>`)
	}
	if p.hasDetails() {
		w.raw(`<EmergencyCallDataValue xmlns="`, nsCallData, `"><EmergencyCallData.ProviderInfo xmlns="`, nsProviderInfo, `">`)
		w.element("DataProviderReference", p.BlockID)
		w.element("DataProviderString", p.Name)
		w.element("TypeOfProvider", p.Kind)
		w.element("ContactURI", p.Contact)
		w.raw("</EmergencyCallData.ProviderInfo></EmergencyCallDataValue>")
	}
	w.raw("</gp:provided-by>")
}

func (w *writer) civic(c *Civic) {
	w.raw("<ca:civicAddress")
	if c.Lang != "" {
		w.raw(` xml:lang="`, c.Lang, `"`)
	}
	w.raw(">")
	for i := range civicElements {
		if value := *civicElements[i].field(c); hasWords(value) {
			name := civicElements[i].name
			w.raw("<ca:", name, ">")
			w.words(value)
			w.raw("</ca:", name, ">")
		}
	}
	for _, extension := range c.Extensions {
		w.extension(extension)
	}
	w.raw("</ca:civicAddress>")
}

// extension writes an element that RFC 5139 does not have, behind those that it has. RFC 6848 §3
func (w *writer) extension(e Extension) {
	if !hasWords(e.Value) {
		return
	}
	w.raw("<", e.Name, ` xmlns="`)
	w.words(e.Namespace)
	w.raw(`">`)
	w.words(e.Value)
	w.raw("</", e.Name, ">")
}

func (w *writer) number(v float64) { w.out = strconv.AppendFloat(w.out, v, 'f', -1, 64) }

func (w *writer) time(name string, t time.Time) {
	if t.IsZero() {
		return
	}
	w.raw("<", name, ">")
	w.out = t.UTC().AppendFormat(w.out, time.RFC3339Nano)
	w.raw("</", name, ">")
}

func (w *writer) element(name, value string) {
	if !hasWords(value) {
		return
	}
	w.raw("<", name, ">")
	w.words(value)
	w.raw("</", name, ">")
}

// words writes text that may come from anywhere so that it is always well-formed XML: no control character, no broken
// UTF-8, markup escaped, white space collapsed.
func (w *writer) words(s string) {
	started, blank := false, false
	for _, r := range s {
		if isBlank(r) {
			blank = true
			continue
		}
		if blank && started {
			w.out = append(w.out, ' ')
		}
		started, blank = true, false
		switch r {
		case '&':
			w.raw("&amp;")
		case '<':
			w.raw("&lt;")
		case '>':
			w.raw("&gt;")
		case '"':
			w.raw("&quot;")
		default:
			w.out = utf8.AppendRune(w.out, r) // a broken byte is U+FFFD by now
		}
	}
}

// isBlank reports whether r is white space, or something that XML cannot hold or that nobody can read.
func isBlank(r rune) bool {
	return r <= ' ' || r >= 0x7f && r <= 0x9f || r == 0xfffe || r == 0xffff
}

// hasWords reports whether anything of s is written.
func hasWords(s string) bool {
	for _, r := range s {
		if !isBlank(r) {
			return true
		}
	}
	return false
}
