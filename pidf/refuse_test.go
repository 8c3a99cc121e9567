package pidf_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/pidf"
)

func TestAppendSaysWhatIsWrongAndWritesNothing(t *testing.T) {
	place := func(p pidf.Place) func(*pidf.Document) {
		return func(d *pidf.Document) { d.Tuples[1].Place = p }
	}
	shape := func(s pidf.Shape) func(*pidf.Document) { return place(pidf.Place{Shape: s}) }
	for _, c := range []struct {
		name  string
		spoil func(*pidf.Document)
		want  string
	}{
		{"no entity", func(d *pidf.Document) { d.Entity = "" }, "the entity is not a URI"},
		{"an entity with a blank", func(d *pidf.Document) { d.Entity = "pres:a b" }, "the entity is not a URI"},
		{"an entity without a scheme", func(d *pidf.Document) { d.Entity = "alice:" }, "the entity is not a URI"},
		{"no place", func(d *pidf.Document) { d.Tuples = nil }, "it holds no place"},
		{"an id that XML forbids", func(d *pidf.Document) { d.Tuples[1].ID = "1st" }, "place 2: the id is not an XML name"},
		{"the same id twice", func(d *pidf.Document) { d.Tuples[1].ID = "site" }, "places 1 and 2 have the same id"},
		{"a device without a URI", func(d *pidf.Document) { d.Tuples[1].Holder = pidf.Device }, "the device has no URI"},
		{"a service with a device's id", func(d *pidf.Document) { d.Tuples[1].DeviceID = "mac:00" }, "something other than a device"},
		{"an unknown holder", func(d *pidf.Document) { d.Tuples[1].Holder = 9 }, "the holder is unknown"},
		{"neither address nor shape", place(pidf.Place{}), "neither an address nor a shape"},
		{"an empty address", place(pidf.Place{Civic: &pidf.Civic{Lang: "en"}}), "the address is empty"},
		{"a country in small letters", place(pidf.Place{Civic: &pidf.Civic{Country: "us"}}), "two capital letters"},
		{"a language that is none", place(pidf.Place{Civic: &pidf.Civic{A1: "x", Lang: `en" x="`}}), "not a language tag"},
		{"a provider's contact that is no URI", func(d *pidf.Document) { d.Tuples[0].ProvidedBy.Contact = "call me" }, "contact is not a URI"},
		{"a reference that is no URI", func(d *pidf.Document) { d.Tuples[1].ProvidedBy.Reference = "x" }, "reference to the provider"},
		{"a time in the year 10000", func(d *pidf.Document) {
			d.Tuples[1].Timestamp = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200))
		}, "the years 1 to 9999"},
		{"latitude 91", shape(pidf.Point{Position: pidf.Position{Latitude: 91}}), "the latitude"},
		{"longitude NaN", shape(pidf.Point{Position: pidf.Position{Longitude: math.NaN()}}), "the longitude"},
		{"radius 0", shape(pidf.Circle{}), "the radius"},
		{"radius infinite", shape(pidf.Circle{RadiusM: math.Inf(1)}), "the radius"},
		{"an ellipse on its side", shape(pidf.Ellipse{SemiMajorM: 1, SemiMinorM: 2}), "the shorter half axis"},
		{"an ellipse turned too far", shape(pidf.Ellipse{SemiMajorM: 2, SemiMinorM: 1, OrientationDeg: 361}), "the orientation"},
		{"an arc band inside out", shape(pidf.ArcBand{InnerM: 2, OuterM: 1}), "the inner radius"},
		{"an altitude that is none", shape(pidf.Point3D{Position3D: pidf.Position3D{AltitudeM: math.NaN()}}), "the altitude"},
		{"a sphere of radius 0", shape(pidf.Sphere{}), "the radius"},
		{"a flat ellipsoid", shape(pidf.Ellipsoid{SemiMajorM: 2, SemiMinorM: 1}), "a half axis"},
		{"an ellipsoid on its side", shape(pidf.Ellipsoid{SemiMajorM: 1, SemiMinorM: 2, VerticalM: 1}), "the shorter half axis"},
		{"a flat prism", shape(pidf.Prism{Base: make([]pidf.Position, 3)}), "the height"},
		{"a prism without a base", shape(pidf.Prism{HeightM: 1}), "fewer than three corners"},
		{"an extension without a namespace", place(pidf.Place{Civic: &pidf.Civic{A1: "x", Extensions: []pidf.Extension{{Name: "MP", Value: "1"}}}}), "the namespace of an extension"},
		{"an extension that spoils the document", place(pidf.Place{Civic: &pidf.Civic{A1: "x",
			Extensions: []pidf.Extension{{Namespace: pidf.NamespaceCivicExtension, Name: "a b", Value: "1"}}}}), "the name of an extension"},
		{"more rules nowhere", func(d *pidf.Document) { d.Tuples[1].Ruleset = "somewhere" }, "the reference to more rules"},
		{"a polygon with two corners", shape(pidf.Polygon{Corners: make([]pidf.Position, 2)}), "fewer than three corners"},
	} {
		d := office()
		c.spoil(&d)
		got, err := d.Append([]byte("before"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
		if string(got) != "before" {
			t.Errorf("%s: something was written", c.name)
		}
	}
}

func TestCheckFindsThePlaceThatSpoilsTheDocument(t *testing.T) {
	d := office()
	d.Tuples[0].Place.Civic.Country = "Springfield"
	if err := d.Tuples[0].Check(); err == nil || strings.Contains(err.Error(), "Springfield") {
		t.Errorf("an address in no country: error %v", err)
	}
	if err := d.Tuples[1].Check(); err != nil {
		t.Errorf("the place beside it: %v", err)
	}
	d.Tuples = d.Tuples[1:]
	if _, err := d.Append(nil); err != nil {
		t.Errorf("the document without it: %v", err)
	}
}

// TestParseSaysWhatIsWrongAndWhere spoils a good document in one place and looks for the line in the error.
func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	good := `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"
 xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0" entity="pres:a@example.com">
<tuple id="a"><status><gp:geopriv><gp:location-info>
<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326">
<gml:pos>39.8 -89.64</gml:pos>
<gs:radius uom="urn:ogc:def:uom:EPSG::9001">30</gs:radius>
</gs:Circle></gp:location-info>
<gp:usage-rules/></gp:geopriv></status>
<timestamp>2026-11-22T13:05:07Z</timestamp></tuple></presence>`
	if _, err := pidf.Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"longitude out of range", "-89.64", "-189.64", "line 4: Circle: the longitude"},
		{"three numbers", "39.8 -89.64", "39.8 -89.64 100", "line 5: pos: these are not pairs of numbers"},
		{"four numbers", "39.8 -89.64", "1 2 3 4", "line 4: Circle: its position is not one pair of numbers"},
		{"a hexadecimal number", "39.8", "0x27", "line 5: pos: this is not a number"},
		{"no number", "39.8", "NaN", "line 5: pos: this is not a number"},
		{"longitude-first system", "urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "line 4: Circle: the coordinate system"},
		{"no coordinate system", ` srsName="urn:ogc:def:crs:EPSG::4326"`, "", "line 4: Circle: the coordinate system"},
		{"radius in feet", "EPSG::9001", "EPSG::9002", "line 6: radius: the unit"},
		{"no radius", `<gs:radius uom="urn:ogc:def:uom:EPSG::9001">30</gs:radius>`, "", "line 4: Circle: there is no radius"},
		{"an unknown shape", "gs:Circle", "gs:Torus", "line 4: Torus: this shape is not known"},
		{"a solid in two dimensions", "gs:Circle", "gs:Sphere", "line 4: Sphere: this shape is not known"},
		{"a circle in three dimensions", "EPSG::4326", "EPSG::4979", "line 4: Circle: this shape is not known"},
		{"a second position", "<gs:radius", "<gml:pos>1 2</gml:pos>\n<gs:radius", "line 6: pos: it stands twice"},
		{"a second shape", "</gp:location-info>", `<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>1 2</gml:pos></gml:Point></gp:location-info>`, "line 7: Point: there is a second shape"},
		{"a second place", "<gp:usage-rules/></gp:geopriv>", "</gp:geopriv><gp:geopriv/>", "line 8: geopriv: it stands twice"},
		{"a time without a zone", "07Z", "07", "line 9: timestamp: this is not a time"},
		{"no id", ` id="a"`, "", "line 3: tuple: the id is not"},
		{"no entity", ` entity="pres:a@example.com"`, "", "line 2: presence: the entity"},
		{"not closed", "</gs:Circle>", "", "line 7: this is not well-formed XML"},
		{"an entity of its own", "39.8", "&secret;", "line 5: this is not well-formed XML"},
		{"a document type", "<presence", "<!DOCTYPE x>\n<presence", "line 1: a document type"},
		{"another root", "presence", "absence", "this is no presence document"},
		{"a second root", "</tuple></presence>", "</tuple></presence><presence/>", "line 9: there is a second document"},
		{"no place at all", "gp:geopriv>", "gp:other>", "it holds no place"},
	} {
		spoiled := strings.ReplaceAll(good, c.old, c.new)
		if spoiled == good {
			t.Fatalf("%s: nothing to spoil", c.name)
		}
		_, err := pidf.Parse([]byte(spoiled))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "89") {
			t.Errorf("%s: the error repeats the place: %v", c.name, err)
		}
	}
}

func TestParseRefusesTheHugeAndTheDeep(t *testing.T) {
	if _, err := pidf.Parse(make([]byte, pidf.MaxSize+1)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("a document of %d bytes: error %v", pidf.MaxSize+1, err)
	}
	deep := strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000)
	if _, err := pidf.Parse([]byte(deep)); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("a document 1000 elements deep: error %v", err)
	}
}

// TestParseReadsWhatOthersWrite reads documents in the forms of other systems.
func TestParseReadsWhatOthersWrite(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "others.xml"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := pidf.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC)
	want := pidf.Document{Entity: "pres:caller@example.com", Tuples: []pidf.Tuple{
		{ID: "two", Method: "GPS", ProvidedBy: &pidf.ProvidedBy{Name: "www.example.com"}, RetransmissionAllowed: true, Timestamp: at,
			Place: pidf.Place{Shape: pidf.Polygon{Corners: []pidf.Position{{1, 2}, {1, 4}, {3, 4}}}}},
		{ID: "three", Place: pidf.Place{Shape: pidf.ArcBand{Center: pidf.Position{Latitude: 1, Longitude: 2}, InnerM: 5, OuterM: 10, StartDeg: 90, OpeningDeg: 180}}},
		{ID: "one", Holder: pidf.Device, DeviceID: "mac:8asd7d7d70cf", Timestamp: at,
			Place: pidf.Place{Shape: pidf.Point{Position: pidf.Position{Latitude: 32.86726, Longitude: -97.16054}}, Civic: &pidf.Civic{Country: "US", FLR: "1",
				Extensions: []pidf.Extension{{Namespace: "urn:example:later", Name: "later", Value: "?"}}}}},
	}}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("a document of another system (-want +got):\n%s", diff)
	}
}
