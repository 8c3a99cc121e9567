package pidf_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/pidf"
)

// office is a place as an emergency call from an office carries it: the address first, then where the browser is.
func office() pidf.Document {
	found := time.Date(2026, 11, 22, 13, 5, 7, 250e6, time.UTC)
	provider := &pidf.ProvidedBy{
		BlockID: "a1@mayday.example", Name: `Smith & Sons <"desk">`, Kind: "Client", Contact: "tel:+12175550199",
	}
	return pidf.Document{
		Entity: "pres:alice@acme.example",
		Tuples: []pidf.Tuple{
			{
				ID: "site", Method: pidf.MethodManual, ProvidedBy: provider,
				RetentionExpiry: found.Add(24 * time.Hour), Timestamp: found, Ruleset: "https://rules.example/1?a&b", NoteWell: "For <help> only",
				Place: pidf.Place{Civic: &pidf.Civic{
					Lang: "en", Country: "US", A1: "IL", A3: "Springfield", RD: "Main", STS: "St", HNO: "1",
					FLR: "4", PC: "62701", ROOM: "412", PLC: "office",
				}},
			},
			{
				ID: "browser", Method: pidf.Method80211, RetransmissionAllowed: true, Timestamp: found,
				ProvidedBy: &pidf.ProvidedBy{Reference: "https://mayday.example/provider?a=1&b=2"},
				Place:      pidf.Place{Shape: pidf.Circle{Center: springfield, RadiusM: 30}},
			},
		},
	}
}

var springfield = pidf.Position{Latitude: 39.80, Longitude: -89.64}

// everything is a document with each kind of holder, each shape and each element of an address.
func everything() pidf.Document {
	civic := pidf.Civic{
		Lang: "da-DK", Country: "DK", A1: "Region Midtjylland", A2: "Aarhus Kommune", A3: "Aarhus", A4: "Aarhus C",
		A5: "Latinerkvarteret", A6: "block", PRM: "Old", PRD: "N", RD: "Åboulevarden", STS: "Allé", POD: "SW", POM: "Ext",
		RDSEC: "14", RDBR: "Lane 7", RDSUBBR: "Alley 8", HNO: "12", HNS: "B", LMK: "the tower", LOC: "door behind the ramp",
		FLR: "2. tv.", NAM: "Acme", PC: "8000", BLD: "Hus 3", UNIT: "5", ROOM: "2.14", PLC: "office", PCN: "Aarhus C",
		POBOX: "17", ADDCODE: "0851", SEAT: "WS 181",
		Extensions: []pidf.Extension{
			{Namespace: pidf.NamespaceCivicExtension, Name: "PN", Value: "lamp 14"}, {Namespace: pidf.NamespaceCivicExtension, Name: "MP", Value: "237.4"},
			{Namespace: pidf.NamespaceCivicExtension, Name: "STP", Value: "Boulevard"}, {Namespace: pidf.NamespaceCivicExtension, Name: "HNP", Value: "Z"},
			{Namespace: "http://post.example/ns?a=1&b=2", Name: "lock-code", Value: `<"7">`},
		},
	}
	aarhus := pidf.Position{Latitude: 56.1567, Longitude: 10.2108}
	shapes := []pidf.Shape{
		pidf.Point{Position: aarhus},
		pidf.Circle{Center: aarhus, RadiusM: 12.5},
		pidf.Ellipse{Center: aarhus, SemiMajorM: 40, SemiMinorM: 7.75, OrientationDeg: 43.2},
		pidf.ArcBand{Center: aarhus, InnerM: 0, OuterM: 2215.4, StartDeg: 266, OpeningDeg: 120},
		pidf.Polygon{Corners: []pidf.Position{{56.1, 10.1}, {56.1, 10.3}, {56.3, 10.3}, {56.3, 10.1}}},
		pidf.Point3D{Position3D: pidf.Position3D{Position: aarhus, AltitudeM: -2.5}},
		pidf.Sphere{Center: pidf.Position3D{Position: aarhus, AltitudeM: 34}, RadiusM: 8},
		pidf.Ellipsoid{Center: pidf.Position3D{Position: aarhus, AltitudeM: 34}, SemiMajorM: 7.6, SemiMinorM: 5, VerticalM: 2.4, OrientationDeg: 90},
		pidf.Prism{Base: []pidf.Position{{56.1, 10.1}, {56.1, 10.3}, {56.3, 10.3}}, AltitudeM: 36.5, HeightM: 2.4},
	}
	d := office()
	for i, shape := range shapes {
		d.Tuples = append(d.Tuples, pidf.Tuple{ID: "s" + string(rune('a'+i)), Place: pidf.Place{Shape: shape, Civic: &civic}})
	}
	d.Tuples = append(d.Tuples,
		pidf.Tuple{ID: "phone", Holder: pidf.Device, DeviceID: "urn:uuid:48662e19-5fbf-43fc-a2fd-d23002787599",
			Place: pidf.Place{Shape: pidf.Point{Position: aarhus}}, Timestamp: d.Tuples[0].Timestamp},
		pidf.Tuple{ID: "human", Holder: pidf.Person, Place: pidf.Place{Civic: &civic}},
	)
	return d
}

func TestWhatIsWrittenIsReadBackTheSame(t *testing.T) {
	for name, d := range map[string]pidf.Document{"office": office(), "everything": everything()} {
		got, err := pidf.Parse(written(t, d))
		if err != nil {
			t.Fatalf("reading back %s: %v", name, err)
		}
		if diff := cmp.Diff(d, got); diff != "" {
			t.Errorf("reading back %s (-written +read):\n%s", name, diff)
		}
	}
}

func TestDocumentsMatchTheSchemas(t *testing.T) {
	for name, d := range map[string]pidf.Document{"office": office(), "everything": everything()} {
		if out, err := validate(t, written(t, d)); err != nil {
			t.Errorf("xmllint on %s: %v\n%s", name, err, out)
		}
	}
}

// TestSchemasRefuseWhatIsWrong shows that the validation above can fail.
func TestSchemasRefuseWhatIsWrong(t *testing.T) {
	right := string(written(t, everything()))
	for name, change := range map[string][2]string{
		"a civic element out of order": {"<ca:country>US</ca:country><ca:A1>IL</ca:A1>", "<ca:A1>IL</ca:A1><ca:country>US</ca:country>"},
		"method before the rules":      {"<gp:usage-rules>", "<gp:method>DHCP</gp:method><gp:usage-rules>"},
		"the radius without its unit":  {`<gs:radius uom="urn:ogc:def:uom:EPSG::9001">`, "<gs:radius>"},
		"yes instead of true":          {">true<", ">yes<"},
		"a time that is none":          {"2026-11-22T13", "yesterday"},
		"a position of four numbers":   {"<gml:pos>39.8 ", "<gml:pos>39.8 1 2 "},
		"a sphere in two dimensions":   {`<gs:Sphere srsName="urn:ogc:def:crs:EPSG::4979">`, `<gs:Sphere srsName="urn:ogc:def:crs:EPSG::4326">`},
		"a prism without its height":   {`<gs:height uom="urn:ogc:def:uom:EPSG::9001">2.4</gs:height>`, ""},
		"an ellipsoid that is flat":    {`<gs:verticalAxis uom="urn:ogc:def:uom:EPSG::9001">2.4</gs:verticalAxis>`, ""},
		"a milepost with a part":       {">237.4</MP>", "><b/>237.4</MP>"},
		"the device after its time":    {"<dm:deviceID>", "<dm:timestamp>2026-01-01T00:00:00Z</dm:timestamp><dm:deviceID>"},
		"the provider without a name":  {"<DataProviderString>Smith &amp; Sons &lt;&quot;desk&quot;&gt;</DataProviderString>", ""},
	} {
		wrong := strings.Replace(right, change[0], change[1], 1)
		if wrong == right {
			t.Errorf("%s: the document has no such place", name)
		} else if _, err := validate(t, []byte(wrong)); err == nil {
			t.Errorf("%s: xmllint accepts it", name)
		}
	}
}

func TestLatitudeStandsBeforeLongitude(t *testing.T) {
	d := office()
	xml := string(written(t, d))
	if want := `<gml:pos>39.8 -89.64</gml:pos>`; !strings.Contains(xml, want) {
		t.Errorf("a circle around 39.8 north, 89.64 west: no %s in\n%s", want, xml)
	}
	swapped := strings.Replace(xml, "39.8 -89.64", "-89.64 39.8", 1)
	got, err := pidf.Parse([]byte(swapped))
	if err != nil {
		t.Fatal(err)
	}
	want := pidf.Circle{Center: pidf.Position{Latitude: -89.64, Longitude: 39.8}, RadiusM: 30}
	if diff := cmp.Diff(pidf.Shape(want), got.Tuples[1].Place.Shape); diff != "" {
		t.Errorf("a document that says 89.64 south (-want +got):\n%s", diff)
	}
}

func TestElementsStandInTheOrderOfTheSchema(t *testing.T) {
	xml := string(written(t, office()))
	at := -1
	for _, part := range []string{
		`<presence xmlns="urn:ietf:params:xml:ns:pidf"`, `entity="pres:alice@acme.example"`, `<tuple id="site">`, "<status>",
		"<gp:geopriv>", "<gp:location-info>", "<ca:civicAddress", "<ca:country>", "<ca:A1>", "<ca:A3>", "<ca:RD>", "<ca:STS>",
		"<ca:HNO>", "<ca:FLR>", "<ca:PC>", "<ca:ROOM>", "<ca:PLC>", "</gp:location-info>", "<gp:usage-rules>",
		"<gbp:retransmission-allowed>false<", "<gbp:retention-expiry>2026-11-23T13:05:07.25Z<", "</gp:usage-rules>",
		"<gp:method>Manual<", "<gp:provided-by>", "</gp:geopriv>", "</status>", "<timestamp>2026-11-22T13:05:07.25Z<", "</tuple>",
	} {
		next := strings.Index(xml, part)
		if next <= at {
			t.Fatalf("%s stands at %d, not after %d, in\n%s", part, next, at, xml)
		}
		at = next
	}
}

// TestNoTextBreaksTheDocument writes what people and machines put into address fields.
func TestNoTextBreaksTheDocument(t *testing.T) {
	for given, want := range map[string]string{
		`<ca:A1>&amp;"'>`:           `<ca:A1>&amp;"'>`,
		"]]>":                       "]]>",
		"Ærø \t\n  Havn ":           "Ærø Havn",
		"nul\x00bell\x07esc\x1bend": "nul bell esc end",
		"del\x7fc1\u0085end":        "del c1 end",
		"\ufffe\uffff9":             "9",
		"broken \xff\xc3 bytes":     "broken \ufffd\ufffd bytes",
		"\U0001F691 ambulance":      "\U0001F691 ambulance",
	} {
		d := office()
		d.Tuples[0].Place.Civic.LOC = given
		xml := written(t, d)
		got, err := pidf.Parse(xml)
		if err != nil {
			t.Errorf("with %q in the address: %v\n%s", given, err, xml)
			continue
		}
		if got := got.Tuples[0].Place.Civic.LOC; got != want {
			t.Errorf("with %q in the address: read back %q, want %q", given, got, want)
		}
		if out, err := validate(t, xml); err != nil {
			t.Errorf("with %q in the address: xmllint: %v\n%s", given, err, out)
		}
	}
}

// TestEachTupleAloneIsADocument writes every place of the large document by itself, so that each needs its own namespaces.
func TestEachTupleAloneIsADocument(t *testing.T) {
	for _, tuple := range everything().Tuples {
		d := pidf.Document{Entity: "pres:alice@acme.example", Tuples: []pidf.Tuple{tuple}}
		xml := written(t, d)
		if out, err := validate(t, xml); err != nil {
			t.Errorf("place %s alone: xmllint: %v\n%s", tuple.ID, err, out)
		}
		if got, err := pidf.Parse(xml); err != nil || !cmp.Equal(got, d) {
			t.Errorf("place %s alone: read back %v, error %v", tuple.ID, got, err)
		}
	}
	civicOnly := office()
	civicOnly.Tuples = civicOnly.Tuples[:1]
	if xml := string(written(t, civicOnly)); strings.Contains(xml, "opengis") || strings.Contains(xml, "data-model") {
		t.Errorf("an address alone: namespaces of shapes or devices stand in\n%s", xml)
	}
}

func TestFieldOfBlanksIsLeftOut(t *testing.T) {
	d := office()
	d.Tuples[0].Place.Civic.A2 = " \t\x00"
	d.Tuples[0].Method = "\n"
	d.Tuples[0].ProvidedBy = &pidf.ProvidedBy{Name: "\x01"}
	xml := string(written(t, d))
	for _, absent := range []string{"A2", "<gp:method></gp:method>"} {
		if strings.Contains(xml, absent) {
			t.Errorf("a field of blanks: %s stands in\n%s", absent, xml)
		}
	}
}

func written(t testing.TB, d pidf.Document) []byte {
	t.Helper()
	xml, err := d.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return xml
}

// validate asks xmllint whether the document matches the schemas.
func validate(t *testing.T, xml []byte) (string, error) {
	t.Helper()
	cmd := exec.Command("xmllint", "--nonet", "--noout", "--schema", filepath.Join("testdata", "schema", "all.xsd"), "-")
	cmd.Stdin = strings.NewReader(string(xml))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestPlaceStandsInAnotherFrame: what Elements returns is read back from any document around it.
func TestPlaceStandsInAnotherFrame(t *testing.T) {
	for _, place := range []pidf.Place{
		{Civic: &pidf.Civic{Country: "US", RD: "Main & Side", HNO: "1"}},
		{Shape: pidf.Circle{Center: pidf.Position{Latitude: 39.8, Longitude: -89.64}, RadiusM: 30}},
		{Shape: pidf.Point{Position: pidf.Position{Latitude: 39.8, Longitude: -89.64}}},
	} {
		declarations, elements, err := place.Elements()
		if err != nil {
			t.Fatal(err)
		}
		within := `<?xml version="1.0"?><frame xmlns="urn:other"><more/><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@b"><tuple id="a"><status>` +
			`<geopriv xmlns="urn:ietf:params:xml:ns:pidf:geopriv10"><location-info` + declarations + `>` + elements +
			`</location-info><usage-rules/></geopriv></status></tuple></presence></frame>`
		document, err := pidf.Within([]byte(within))
		if err != nil {
			t.Fatalf("%v\n%s", err, within)
		}
		if diff := cmp.Diff(place, document.Tuples[0].Place); diff != "" {
			t.Errorf("read back (-written +read):\n%s", diff)
		}
	}
	if _, _, err := (pidf.Place{Civic: &pidf.Civic{}}).Elements(); err == nil {
		t.Error("an empty address: no error")
	}
	for circumstance, text := range map[string]string{
		"no document inside": `<frame/>`, "no XML": `<`, "a document without a place": `<frame><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@b"/></frame>`,
	} {
		if _, err := pidf.Within([]byte(text)); err == nil {
			t.Errorf("%s: no error", circumstance)
		}
	}
}
