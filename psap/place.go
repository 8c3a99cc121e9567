package psap

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The namespaces of a location object.
const (
	pidfSpace    = "urn:ietf:params:xml:ns:pidf"
	geoprivSpace = "urn:ietf:params:xml:ns:pidf:geopriv10"
	civicSpace   = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"
	gmlSpace     = "http://www.opengis.net/gml"
	shapeSpace   = "http://www.opengis.net/pidflo/1.0"

	providerSpace = "urn:ietf:params:xml:ns:EmergencyCallData:ProviderInfo"
)

// Place is one location that a call brought: a civic address or a position.
type Place struct {
	Method     string    `json:"method,omitempty"`      // how it was found
	ProvidedBy string    `json:"provided_by,omitempty"` // who says so
	Timestamp  string    `json:"timestamp,omitempty"`   // when it was found, as it stands in the body
	Country    string    `json:"country,omitempty"`     // of a civic address
	Civic      []Element `json:"civic,omitempty"`       // its elements, in the order of the body
	Lines      []string  `json:"lines,omitempty"`       // the civic address as one reads it out
	Position   *Position `json:"position,omitempty"`
	Shape      string    `json:"shape,omitempty"` // of a region that is neither a point nor a circle: its name; Position is a circle around it
}

// Element is one element of a civic address, such as A3 (city) or HNO (house number).
type Element struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Position is a point, or a circle around it, on the globe.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	RadiusM   float64 `json:"radius_m"` // 0: a point
}

// element is any XML element.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e *element) is(space, name string) bool {
	return e.XMLName.Space == space && e.XMLName.Local == name
}

func (e *element) attribute(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child is the first child of that name, nil when there is none.
func (e *element) child(space, name string) *element {
	for i := range e.Children {
		if e.Children[i].is(space, name) {
			return &e.Children[i]
		}
	}
	return nil
}

func (e *element) text(space, name string) string {
	if found := e.child(space, name); found != nil {
		return strings.TrimSpace(found.Text)
	}
	return ""
}

// readPlaces reads the places out of a location object (RFC 4119, RFC 5491). It gives what it could read
// together with an error that names all that it could not.
func readPlaces(body string) ([]Place, error) {
	var root element
	if err := xml.Unmarshal([]byte(body), &root); err != nil {
		return nil, fmt.Errorf("location: not XML: %w", err)
	}
	if !root.is(pidfSpace, "presence") {
		return nil, fmt.Errorf("location: the root element is %s, not a presence document", root.XMLName.Local)
	}
	var places []Place
	var faults []error
	for _, about := range root.Children {
		found, err := readGeoprivs(&about, about.text(pidfSpace, "timestamp"))
		places = append(places, found...)
		faults = append(faults, err)
	}
	if len(places) == 0 {
		faults = append(faults, errors.New("location: no place inside"))
	}
	return places, errors.Join(faults...)
}

// readGeoprivs looks for geopriv elements at any depth: in a tuple's status, a device or a person.
func readGeoprivs(under *element, timestamp string) ([]Place, error) {
	if under.is(geoprivSpace, "geopriv") {
		return readGeopriv(under, timestamp)
	}
	var places []Place
	var faults []error
	for i := range under.Children {
		found, err := readGeoprivs(&under.Children[i], timestamp)
		places = append(places, found...)
		faults = append(faults, err)
	}
	return places, errors.Join(faults...)
}

func readGeopriv(geopriv *element, timestamp string) ([]Place, error) {
	info := geopriv.child(geoprivSpace, "location-info")
	if info == nil {
		return nil, errors.New("location: geopriv without location-info")
	}
	var places []Place
	var faults []error
	for i := range info.Children {
		shape := &info.Children[i]
		p := Place{Method: geopriv.text(geoprivSpace, "method"), Timestamp: timestamp}
		if by := geopriv.child(geoprivSpace, "provided-by"); by != nil {
			p.ProvidedBy = provider(by)
		}
		if err := p.read(shape); err != nil {
			faults = append(faults, err)
			continue
		}
		places = append(places, p)
	}
	return places, errors.Join(faults...)
}

func (p *Place) read(shape *element) error {
	var err error
	switch {
	case shape.is(civicSpace, "civicAddress"):
		p.readCivic(shape)
	case shape.is(gmlSpace, "Point"), shape.is(shapeSpace, "Circle"):
		p.Position, err = readPosition(shape)
	case isRegion(shape):
		p.Shape = shape.XMLName.Local
		p.Position, err = around(shape)
	default:
		err = fmt.Errorf("location: cannot draw a %s", shape.XMLName.Local)
	}
	return err
}

// readPosition reads a point or a circle: latitude first, metres for the radius (RFC 5491 §5.2.3).
func readPosition(shape *element) (*Position, error) {
	if system := shape.attribute("srsName"); system != "urn:ogc:def:crs:EPSG::4326" && system != "urn:ogc:def:crs:EPSG::4979" {
		return nil, fmt.Errorf("location: reference system %q is not WGS 84", system)
	}
	position := shape.text(gmlSpace, "pos")
	fields := strings.Fields(position)
	if len(fields) != 2 && len(fields) != 3 {
		return nil, fmt.Errorf("location: position %q is not latitude and longitude", position)
	}
	latitude, errLatitude := strconv.ParseFloat(fields[0], 64)
	longitude, errLongitude := strconv.ParseFloat(fields[1], 64)
	if errLatitude != nil || errLongitude != nil || !within(latitude, 90) || !within(longitude, 180) {
		return nil, fmt.Errorf("location: position %q is not on the globe", position)
	}
	p := &Position{Latitude: latitude, Longitude: longitude}
	if shape.is(gmlSpace, "Point") {
		return p, nil
	}
	radius := shape.child(shapeSpace, "radius")
	if radius == nil || radius.attribute("uom") != "urn:ogc:def:uom:EPSG::9001" {
		return nil, errors.New("location: circle without a radius in metres")
	}
	metres, err := strconv.ParseFloat(strings.TrimSpace(radius.Text), 64)
	if err != nil || metres < 0 || !within(metres, 20_037_508) {
		return nil, fmt.Errorf("location: radius %q is no length", radius.Text)
	}
	p.RadiusM = metres
	return p, nil
}

// within is false for what is no number, too.
func within(v, limit float64) bool { return v >= -limit && v <= limit }

func (p *Place) readCivic(address *element) {
	for _, e := range address.Children {
		value := strings.TrimSpace(e.Text)
		if value == "" {
			continue
		}
		if e.XMLName.Local == "country" {
			p.Country = strings.ToUpper(value)
		}
		p.Civic = append(p.Civic, Element{Name: e.XMLName.Local, Value: value})
	}
	p.Lines = civicLines(p.Country, p.Civic)
}

// civicLines writes the address as a call taker reads it out. Elements without a place in an address line,
// and there are many (RFC 5139 §3), follow with their names.
func civicLines(country string, civic []Element) []string {
	used := []string{"country"}
	take := func(names ...string) string {
		var words []string
		for _, name := range names {
			label, name, labelled := strings.Cut(name, ":")
			if !labelled {
				label, name = "", label
			}
			used = append(used, name)
			if i := slices.IndexFunc(civic, func(e Element) bool { return e.Name == name }); i >= 0 {
				words = append(words, label+civic[i].Value)
			}
		}
		return strings.Join(words, " ")
	}
	inside := joined(", ", take("Room :ROOM"), take("Floor :FLR"), take("Unit :UNIT"), take("Seat :SEAT"), take("BLD"))
	street := joined(" ", take("HNO", "HNS"), take("PRD", "STP", "RD", "A6", "STS", "POD"))
	if country == "DK" {
		street = joined(" ", take("STP", "RD", "A6", "STS"), take("HNO", "HNS"))
	}
	town := joined(", ", take("A5"), take("A4"), take("A3"), take("A2"), take("A1", "PC"))
	lines := []string{take("NAM"), inside, street, town, take("LMK"), take("LOC")}
	for _, e := range civic {
		if !slices.Contains(used, e.Name) {
			lines = append(lines, e.Name+": "+e.Value)
		}
	}
	lines = append(lines, country)
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// joined joins what is not empty.
func joined(separator string, words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), separator)
}

// allText is the text of an element and of everything under it.
// provider is who vouches for a place: the name and the contact of a block about the provider where there is one, else all that
// stands there.
func provider(by *element) string {
	block := by.descendant(providerSpace, "EmergencyCallData.ProviderInfo")
	if block == nil {
		return allText(by)
	}
	name, contact := block.text(providerSpace, "DataProviderString"), block.text(providerSpace, "ContactURI")
	if name == "" || contact == "" {
		return cmp.Or(name, contact, allText(by))
	}
	return name + ", " + contact
}

// descendant is the first element of that name at any depth, nil when there is none.
func (e *element) descendant(space, name string) *element {
	for i := range e.Children {
		if e.Children[i].is(space, name) {
			return &e.Children[i]
		}
		if found := e.Children[i].descendant(space, name); found != nil {
			return found
		}
	}
	return nil
}

func allText(e *element) string {
	words := strings.Fields(e.Text)
	for i := range e.Children {
		words = append(words, strings.Fields(allText(&e.Children[i]))...)
	}
	return strings.Join(words, " ")
}
