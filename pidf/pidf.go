// Package pidf writes down where somebody is, in the form that emergency services read (PIDF-LO), and reads it back.
//
// A document says of one person or telephone (the entity) one or more places. A place is a civic address, as one would
// write it on a letter with the floor and the room, or a shape on the globe, or both where both mean the same place. One is
// never computed from the other. Each place says how it was found, who vouches for it and how long it may be kept.
//
// A document for one call is made with [Document.Append] and read with [Parse]:
//
//	xml, err := pidf.Document{Entity: "pres:alice@example.com", Tuples: []pidf.Tuple{{
//		ID: "desk", Method: pidf.MethodManual,
//		Place: pidf.Place{Civic: &pidf.Civic{Country: "DK", A3: "Aarhus", RD: "Åboulevarden", HNO: "12", ROOM: "2.14"}},
//	}}}.Append(nil)
//
// Several places stand in one document only when they are the same place said in several ways, or belong to different holders;
// each has a tuple, a device or a person of its own with one geopriv element, the most reliable one first (RFC 5491 §3). Where
// one place has both a shape and an address, the shape is the coarse one and is written first.
//
// The package knows RFC 4119, RFC 5139 with the extensions of RFC 6848, and RFC 5491 with every shape; the shapes in two
// dimensions are in EPSG:4326, those in three in EPSG:4979. It does not know polygons with an altitude, addresses in several
// languages or GML other than that. It knows no map and no telephone call, uses the standard library alone, and no error of its
// own repeats a word of the place that it is about.
package pidf

import "time"

// Document is a PIDF-LO document.
type Document struct {
	// Entity is the URI of whom the places are about, mostly a pres: URI. RFC 3863 §4.1.1
	Entity string
	// Tuples holds the places, the preferred one first. A document that is written or read has at least one.
	Tuples []Tuple
}

// Holder says what the place belongs to.
type Holder uint8

const (
	// Service is the default: the place stands in a tuple, which speaks for a way to reach the entity. RFC 3863 §4.1.2
	Service Holder = iota
	// Device is the place of the telephone itself; it needs a DeviceID. RFC 4479 §3.3
	Device
	// Person is the place of the human being. RFC 4479 §3.1
	Person
)

// Tuple is one place and what is to be known of it.
type Tuple struct {
	// ID names the tuple in its document: a letter, then letters, digits, dots, dashes and underscores.
	ID string
	// Holder says what the place belongs to; services are written before devices and persons.
	Holder Holder
	// DeviceID is the URI of the device, where Holder is Device.
	DeviceID string
	// Place is where it is.
	Place Place
	// Method says how the place was found, in a registered word such as MethodManual; empty where nobody knows.
	// RFC 4119 §2.2.3
	Method string
	// ProvidedBy is who vouches for the place; nil where nobody does. RFC 4119 §2.2.4
	ProvidedBy *ProvidedBy
	// RetransmissionAllowed says whether a recipient may pass the place on to others. RFC 4119 §2.2.2
	RetransmissionAllowed bool
	// RetentionExpiry is when a recipient has to forget the place; zero is left out. RFC 4119 §2.2.2
	RetentionExpiry time.Time
	// Ruleset is a URI at which a recipient finds more rules; NoteWell is what a person should know of them. Both are left out
	// when empty. RFC 4119 §2.2.2
	Ruleset, NoteWell string
	// Timestamp is when the place was found; zero is left out.
	Timestamp time.Time
}

// Place is a civic address, a shape, or both where both mean the same place. RFC 5491 §3.3
type Place struct {
	Civic *Civic
	Shape Shape
}

// The registered words for how a place was found that RFC 4119 itself names. RFC 4119 §6.1
const (
	MethodGPS           = "GPS"           // satellites
	MethodAGPS          = "A-GPS"         // satellites with the network's help
	MethodManual        = "Manual"        // somebody typed it
	MethodDHCP          = "DHCP"          // the network told it
	MethodTriangulation = "Triangulation" // measured from several sides
	MethodCell          = "Cell"          // the mobile network's cell
	Method80211         = "802.11"        // the wireless access point
)

// ProvidedBy says who vouches for a place. Reference points to that knowledge elsewhere, the other fields hold it. Both
// may be given; where none of the fields is set, nothing is written.
type ProvidedBy struct {
	// Reference is a URI at which the provider's details are fetched. RFC 7852 §6.2
	Reference string
	// BlockID tells this block of details from the others that belong to the same call. RFC 7852 §4
	BlockID string
	// Name is the provider's name in plain words. RFC 7852 §4.1.1
	Name string
	// Kind is the registered word for what sort of provider it is, such as "Client". RFC 7852 §4.1.4
	Kind string
	// Contact is the URI at which the provider is reached day and night. RFC 7852 §4.1.5
	Contact string
}

func (p *ProvidedBy) empty() bool { return p == nil || p.Reference == "" && !p.hasDetails() }

func (p *ProvidedBy) hasDetails() bool {
	return hasWords(p.BlockID) || hasWords(p.Name) || hasWords(p.Kind) || hasWords(p.Contact)
}

// The XML namespaces of a document.
const (
	nsPresence     = "urn:ietf:params:xml:ns:pidf"
	nsDataModel    = "urn:ietf:params:xml:ns:pidf:data-model"
	nsGeopriv      = "urn:ietf:params:xml:ns:pidf:geopriv10"
	nsBasicPolicy  = "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"
	nsCivic        = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"
	nsGML          = "http://www.opengis.net/gml"
	nsShapes       = "http://www.opengis.net/pidflo/1.0"
	nsCallData     = "urn:ietf:params:xml:ns:EmergencyCallData"
	nsProviderInfo = "urn:ietf:params:xml:ns:EmergencyCallData:ProviderInfo"
	nsXMLNS        = "http://www.w3.org/2000/xmlns/"
	nsXML          = "http://www.w3.org/XML/1998/namespace"
)

// The coordinate systems and the units that RFC 5491 allows. RFC 5491 §5
const (
	crs2D        = "urn:ogc:def:crs:EPSG::4326"
	crs3D        = "urn:ogc:def:crs:EPSG::4979"
	unitMetre    = "urn:ogc:def:uom:EPSG::9001"
	unitRadian   = "urn:ogc:def:uom:EPSG::9101"
	unitDegree   = "urn:ogc:def:uom:EPSG::9102"
	providerInfo = "EmergencyCallData.ProviderInfo"
)
