package pidf

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxSize is the length in bytes from which on Parse refuses a document unread.
const MaxSize = 256 << 10

// Parse reads a document. Tuples, devices and persons without a place are left out, as are extensions that the package does
// not know; a shape, a coordinate system or a unit that it does not know is an error, since the place would be wrong without
// it. Services come before devices and persons. Errors say in which line what is wrong, without repeating it.
func Parse(data []byte) (Document, error) {
	doc, err := parse(data)
	if err != nil {
		return Document{}, fmt.Errorf("read the location document: %w", err)
	}
	return doc, nil
}

func parse(data []byte) (Document, error) {
	if len(data) > MaxSize {
		return Document{}, fmt.Errorf("it is longer than %d bytes", MaxSize)
	}
	root, err := readTree(data)
	if err != nil {
		return Document{}, err
	}
	if !root.is(nsPresence, "presence") {
		return Document{}, root.fault("this is no presence document")
	}
	doc := Document{Entity: root.attr("", "entity")}
	if !isURI(doc.Entity) {
		return Document{}, root.fault("the entity is not a URI")
	}
	for _, n := range root.children {
		t, found, err := readTuple(n)
		if err != nil {
			return Document{}, err
		}
		if !found {
			continue
		}
		if slices.ContainsFunc(doc.Tuples, func(other Tuple) bool { return other.ID == t.ID }) {
			return Document{}, n.fault("the id stands twice in the document")
		}
		doc.Tuples = append(doc.Tuples, t)
	}
	if len(doc.Tuples) == 0 {
		return Document{}, errors.New("it holds no place")
	}
	slices.SortStableFunc(doc.Tuples, func(a, b Tuple) int { return int(min(a.Holder, 1)) - int(min(b.Holder, 1)) })
	return doc, nil
}

// readTuple reads a tuple, a device or a person. It reports whether there is a place in it.
func readTuple(n *node) (t Tuple, found bool, err error) {
	within, stamps := n, nsDataModel
	switch {
	case n.is(nsPresence, "tuple"):
		stamps = nsPresence
		if within, err = n.needed(nsPresence, "status"); err != nil {
			return t, false, err
		}
	case n.is(nsDataModel, "device"):
		t.Holder = Device
	case n.is(nsDataModel, "person"):
		t.Holder = Person
	default:
		return t, false, nil
	}
	geopriv, err := within.optional(nsGeopriv, "geopriv")
	if err != nil || geopriv == nil {
		return t, false, err
	}
	if t.ID = n.attr("", "id"); !isName(t.ID) {
		return t, false, n.fault("the id is not an XML name")
	}
	if t.Holder == Device {
		if t.DeviceID, err = n.words(nsDataModel, "deviceID"); err != nil {
			return t, false, err
		}
		if !isURI(t.DeviceID) {
			return t, false, n.fault("the device has no URI")
		}
	}
	if t.Timestamp, err = readTime(n, stamps, "timestamp"); err != nil {
		return t, false, err
	}
	return t, true, readGeopriv(geopriv, &t)
}

func readGeopriv(n *node, t *Tuple) error {
	info, err := n.needed(nsGeopriv, "location-info")
	if err != nil {
		return err
	}
	if t.Place, err = readPlace(info); err != nil {
		return err
	}
	if rules, err := n.optional(nsGeopriv, "usage-rules"); err != nil {
		return err
	} else if rules != nil {
		if err := readRules(rules, t); err != nil {
			return err
		}
	}
	if t.Method, err = n.words(nsGeopriv, "method"); err != nil {
		return err
	}
	provider, err := n.optional(nsGeopriv, "provided-by")
	if err != nil || provider == nil {
		return err
	}
	t.ProvidedBy, err = readProvider(provider)
	return err
}

// readRules reads the rules that travel with a place. What the RFC's text writes as yes and no its schema writes as true
// and false; both are read. RFC 4119 §2.2.2
func readRules(n *node, t *Tuple) error {
	allowed, err := n.optional(nsBasicPolicy, "retransmission-allowed")
	if err != nil {
		return err
	}
	if allowed != nil {
		switch strings.ToLower(allowed.text) {
		case "true", "yes", "1":
			t.RetransmissionAllowed = true
		case "false", "no", "0":
		default:
			return allowed.fault("it is neither true nor false")
		}
	}
	t.RetentionExpiry, err = readTime(n, nsBasicPolicy, "retention-expiry")
	return err
}

// readProvider reads who vouches for a place: the blocks of RFC 7852, or the plain words that older systems write there.
func readProvider(n *node) (*ProvidedBy, error) {
	p := ProvidedBy{Name: n.text}
	for _, reference := range n.all(nsCallData, "EmergencyCallDataReference") {
		if reference.attr("", "purpose") == providerInfo && p.Reference == "" {
			if p.Reference = reference.attr("", "ref"); !isURI(p.Reference) {
				return nil, reference.fault("the reference is not a URI")
			}
		}
	}
	for _, value := range n.all(nsCallData, "EmergencyCallDataValue") {
		info, err := value.optional(nsProviderInfo, providerInfo)
		if err != nil {
			return nil, err
		}
		if info == nil {
			continue
		}
		for _, field := range []struct {
			name string
			to   *string
		}{
			{"DataProviderReference", &p.BlockID}, {"DataProviderString", &p.Name},
			{"TypeOfProvider", &p.Kind}, {"ContactURI", &p.Contact},
		} {
			if *field.to, err = info.words(nsProviderInfo, field.name); err != nil {
				return nil, err
			}
		}
		if p.Contact != "" && !isURI(p.Contact) {
			return nil, info.fault("the contact is not a URI")
		}
	}
	if p.empty() {
		return nil, nil
	}
	return &p, nil
}

func readPlace(n *node) (Place, error) {
	var place Place
	for _, c := range n.children {
		if c.is(nsGML, "location") && len(c.children) == 1 {
			c = c.children[0] // older documents wrap the shape
		}
		switch {
		case c.is(nsCivic, "civicAddress"):
			if place.Civic != nil {
				return Place{}, c.fault("there is a second address for the same place")
			}
			civic, err := readCivic(c)
			if err != nil {
				return Place{}, err
			}
			place.Civic = civic
		case c.name.Space == nsGML || c.name.Space == nsShapes:
			if place.Shape != nil {
				return Place{}, c.fault("there is a second shape for the same place")
			}
			shape, err := readShape(c)
			if err != nil {
				return Place{}, err
			}
			place.Shape = shape
		}
	}
	if place.Civic == nil && place.Shape == nil {
		return Place{}, n.fault("there is neither an address nor a shape in it")
	}
	return place, nil
}

func readCivic(n *node) (*Civic, error) {
	c := &Civic{Lang: n.attr(nsXML, "lang")}
	for _, child := range n.children {
		if child.name.Space != nsCivic {
			continue
		}
		i := slices.IndexFunc(civicElements[:], func(e civicElement) bool { return e.name == child.name.Local })
		if i < 0 {
			return nil, child.fault("a civic address has no such element")
		}
		field := civicElements[i].field(c)
		if *field != "" {
			return nil, child.fault("it stands twice in the same address")
		}
		*field = child.text
	}
	if wrong := c.check(); wrong != "" {
		return nil, n.fault(wrong)
	}
	return c, nil
}

func readShape(n *node) (Shape, error) {
	if crs := n.attr("", "srsName"); crs != crs2D {
		return nil, n.fault("the coordinate system is not " + crs2D)
	}
	r := &shapeReader{node: n}
	var shape Shape
	switch {
	case n.is(nsGML, "Point"):
		shape = Point{r.position()}
	case n.is(nsShapes, "Circle"):
		shape = Circle{Center: r.position(), RadiusM: r.metres("radius")}
	case n.is(nsShapes, "Ellipse"):
		shape = Ellipse{Center: r.position(), SemiMajorM: r.metres("semiMajorAxis"), SemiMinorM: r.metres("semiMinorAxis"),
			OrientationDeg: r.degrees("orientation")}
	case n.is(nsShapes, "ArcBand"):
		shape = ArcBand{Center: r.position(), InnerM: r.metres("innerRadius"), OuterM: r.metres("outerRadius"),
			StartDeg: r.degrees("startAngle"), OpeningDeg: r.degrees("openingAngle")}
	case n.is(nsGML, "Polygon"):
		shape = Polygon{Corners: r.ring()}
	default:
		return nil, n.fault("this shape is not known")
	}
	if r.err != nil {
		return nil, r.err
	}
	if wrong := shape.shapeFault(); wrong != "" {
		return nil, n.fault(wrong)
	}
	return shape, nil
}

// shapeReader reads the parts of a shape and keeps the first thing that is wrong.
type shapeReader struct {
	node *node
	err  error
}

func (r *shapeReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// child returns the needed child, or nil when something is wrong.
func (r *shapeReader) child(of *node, space, local string) *node {
	if of == nil {
		return nil
	}
	c, err := of.needed(space, local)
	if err != nil {
		r.fail(err)
	}
	return c
}

func (r *shapeReader) position() Position {
	list := r.positions(r.child(r.node, nsGML, "pos"))
	if len(list) != 1 {
		r.fail(r.node.fault("its position is not two numbers"))
		return Position{}
	}
	return list[0]
}

// positions reads pairs of numbers, the latitude first. RFC 5491 §5.1
func (r *shapeReader) positions(n *node) []Position {
	if n == nil {
		return nil
	}
	words := strings.Fields(n.text)
	if len(words) == 0 || len(words)%2 != 0 {
		r.fail(n.fault("these are not pairs of numbers"))
		return nil
	}
	list := make([]Position, len(words)/2)
	for i := range list {
		list[i] = Position{Latitude: r.number(n, words[2*i]), Longitude: r.number(n, words[2*i+1])}
	}
	return list
}

// ring reads the outer line of a polygon and leaves out the last position, which repeats the first. RFC 5491 §5.2.2
func (r *shapeReader) ring() []Position {
	line := r.child(r.child(r.node, nsGML, "exterior"), nsGML, "LinearRing")
	if line == nil {
		return nil
	}
	var list []Position
	for _, c := range line.children {
		if c.is(nsGML, "pos") || c.is(nsGML, "posList") {
			list = append(list, r.positions(c)...)
		}
	}
	if len(list) < 4 || list[0] != list[len(list)-1] {
		r.fail(line.fault("the line is not closed, or has fewer than three corners"))
		return nil
	}
	return list[:len(list)-1]
}

func (r *shapeReader) metres(name string) float64 {
	c := r.child(r.node, nsShapes, name)
	if c == nil {
		return 0
	}
	if c.attr("", "uom") != unitMetre {
		r.fail(c.fault("the unit is not " + unitMetre))
	}
	return r.number(c, c.text)
}

func (r *shapeReader) degrees(name string) float64 {
	c := r.child(r.node, nsShapes, name)
	if c == nil {
		return 0
	}
	value := r.number(c, c.text)
	switch c.attr("", "uom") {
	case unitDegree:
	case unitRadian:
		value *= 180 / math.Pi
	default:
		r.fail(c.fault("the unit is neither " + unitDegree + " nor " + unitRadian))
	}
	return value
}

// number reads a decimal number; what else Go takes for one is refused.
func (r *shapeReader) number(n *node, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.Trim(s, "0123456789+-.eE") != "" {
		r.fail(n.fault("this is not a number"))
		return 0
	}
	return v
}

func readTime(n *node, space, local string) (time.Time, error) {
	c, err := n.optional(space, local)
	if err != nil || c == nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, c.text)
	if err != nil || t.IsZero() || !writable(t) {
		return time.Time{}, c.fault("this is not a time with its zone")
	}
	return t.UTC(), nil
}
