package pidf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxSize is the length in bytes from which on Parse refuses a document unread.
const MaxSize = 256 << 10

// Parse reads a document. Tuples, devices and persons without a place are left out, as are extensions that the package does
// not know, other than those of a civic address that are words alone; a shape, a coordinate system or a unit that it does not know is an error, since the place would be wrong without
// it. Services come before devices and persons. Errors say in which line what is wrong, without repeating it.
func Parse(data []byte) (Document, error) {
	doc, err := parse(data)
	if err != nil {
		return Document{}, fmt.Errorf("read the location document: %w", err)
	}
	return doc, nil
}

func parse(data []byte) (Document, error) {
	root, err := readRoot(data)
	if err != nil {
		return Document{}, err
	}
	if !root.is(nsPresence, "presence") {
		return Document{}, root.fault("this is no presence document")
	}
	return readDocument(root)
}

func readRoot(data []byte) (*node, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("it is longer than %d bytes", MaxSize)
	}
	return readTree(data)
}

// Within reads the first location document that stands inside of another XML document, such as a HELD response, with the same rules as
// Parse. RFC 5985 §5.2
func Within(data []byte) (Document, error) {
	root, err := readRoot(data)
	if err != nil {
		return Document{}, fmt.Errorf("read the location document inside: %w", err)
	}
	found := root.find(nsPresence, "presence")
	if found == nil {
		return Document{}, errors.New("read the location document inside: there is none")
	}
	doc, err := readDocument(found)
	if err != nil {
		return Document{}, fmt.Errorf("read the location document inside: %w", err)
	}
	return doc, nil
}

func readDocument(root *node) (Document, error) {
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
	if t.RetentionExpiry, err = readTime(n, nsBasicPolicy, "retention-expiry"); err != nil {
		return err
	}
	if t.Ruleset, err = n.words(nsBasicPolicy, "external-ruleset"); err != nil {
		return err
	}
	if t.Ruleset != "" && !isURI(t.Ruleset) {
		return n.fault("the reference to more rules is not a URI")
	}
	t.NoteWell, err = n.words(nsBasicPolicy, "note-well")
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

// extend keeps an element of another namespace, if it is words alone. RFC 6848 §3
func (c *Civic) extend(n *node) {
	e := Extension{Namespace: n.name.Space, Name: n.name.Local, Value: n.text}
	if len(n.children) == 0 && e.Value != "" && e.check() == "" {
		c.Extensions = append(c.Extensions, e)
	}
}

func readCivic(n *node) (*Civic, error) {
	c := &Civic{Lang: n.attr(nsXML, "lang")}
	for _, child := range n.children {
		if child.name.Space != nsCivic {
			c.extend(child)
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
