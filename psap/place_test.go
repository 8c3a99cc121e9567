package psap

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// whenever is a time for tests that need one.
var whenever = time.Unix(1_800_000_000, 0)

// springfield is a location object in the manner of RFC 5491: a civic address and a circle, each with its own geopriv.
const springfield = `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"
 xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0" entity="pres:rep@example.com">
 <tuple id="civic"><status><gp:geopriv><gp:location-info><ca:civicAddress>
   <ca:country>US</ca:country><ca:A1>IL</ca:A1><ca:A3>Springfield</ca:A3><ca:RD>Main St</ca:RD><ca:HNO>1</ca:HNO>
   <ca:FLR>4</ca:FLR><ca:ROOM>412</ca:ROOM><ca:PC>62701</ca:PC><ca:PLC>office</ca:PLC>
 </ca:civicAddress></gp:location-info><gp:usage-rules><gbp:retransmission-allowed>yes</gbp:retransmission-allowed></gp:usage-rules>
 <gp:method>Manual</gp:method><gp:provided-by>acme.example</gp:provided-by></gp:geopriv></status><timestamp>2026-11-22T10:00:00Z</timestamp></tuple>
 <tuple id="geo"><status><gp:geopriv><gp:location-info><gs:Circle srsName="urn:ogc:def:crs:EPSG::4326">
   <gml:pos>39.80 -89.64</gml:pos><gs:radius uom="urn:ogc:def:uom:EPSG::9001">30</gs:radius></gs:Circle></gp:location-info>
 <gp:usage-rules/><gp:method>GPS</gp:method></gp:geopriv></status></tuple>
</presence>`

func TestProviderIsReadByNameAndContact(t *testing.T) {
	const block = `<d:EmergencyCallDataValue xmlns:d="urn:ietf:params:xml:ns:EmergencyCallData">` +
		`<EmergencyCallData.ProviderInfo xmlns="urn:ietf:params:xml:ns:EmergencyCallData:ProviderInfo">` +
		`<DataProviderReference>1@acme.example</DataProviderReference><DataProviderString>Acme</DataProviderString>` +
		`<TypeOfProvider>Client</TypeOfProvider><ContactURI>tel:+12175550199</ContactURI>` +
		`</EmergencyCallData.ProviderInfo></d:EmergencyCallDataValue>`
	got, err := readPlaces(strings.Replace(springfield, "acme.example", block, 1))
	if err != nil {
		t.Fatal(err)
	}
	if got[0].ProvidedBy != "Acme, tel:+12175550199" {
		t.Errorf("a block about the provider: read as %q", got[0].ProvidedBy)
	}
}

func TestPlacesAreReadAsACallTakerReadsThem(t *testing.T) {
	got, err := readPlaces(springfield)
	if err != nil {
		t.Fatal(err)
	}
	want := []Place{{
		Method: "Manual", ProvidedBy: "acme.example", Timestamp: "2026-11-22T10:00:00Z", Country: "US",
		Civic: []Element{{"country", "US"}, {"A1", "IL"}, {"A3", "Springfield"}, {"RD", "Main St"}, {"HNO", "1"}, {"FLR", "4"}, {"ROOM", "412"}, {"PC", "62701"}, {"PLC", "office"}},
		Lines: []string{"Room 412, Floor 4", "1 Main St", "Springfield, IL 62701", "PLC: office", "US"},
	}, {
		Method: "GPS", Position: &Position{Latitude: 39.80, Longitude: -89.64, RadiusM: 30},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestDanishAddressHasItsHouseNumberBehindTheStreet(t *testing.T) {
	civic := []Element{{"country", "DK"}, {"RD", "Vestergade"}, {"HNO", "12"}, {"HNS", "B"}, {"A3", "Odense"}, {"PC", "5000"}}
	want := []string{"Vestergade 12 B", "Odense, 5000", "DK"}
	if diff := cmp.Diff(want, civicLines("DK", civic)); diff != "" {
		t.Errorf("address in Denmark (-want +got):\n%s", diff)
	}
}

func TestPlacesNameWhatIsWrongAndKeepWhatIsRight(t *testing.T) {
	for change, want := range map[string]string{
		"39.80 -89.64|139.80 -89.64":      "not on the globe",
		"39.80 -89.64|39.80":              "not latitude and longitude",
		"39.80 -89.64|north west":         "not on the globe",
		"39.80 -89.64|NaN 1":              "not on the globe",
		"crs:EPSG::4326|crs:EPSG::3857":   "not WGS 84",
		"EPSG::9001|EPSG::9002":           "radius in metres",
		">30<|>-30<":                      "is no length",
		"gs:Circle|gs:Torus":              "cannot draw a Torus",
		"gp:location-info>|gp:elsewhere>": "without location-info",
	} {
		before, after, _ := strings.Cut(change, "|")
		places, err := readPlaces(strings.ReplaceAll(springfield, before, after))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %s: error %v, want one with %q", change, err, want)
		}
		if len(places) != 1 && want != "without location-info" {
			t.Errorf("with %s: %d places read, want the civic one", change, len(places))
		}
	}
	for _, text := range []string{"", "garbage", "<presence/>", springfield[:600], `<presence xmlns="urn:ietf:params:xml:ns:pidf"/>`} {
		if places, err := readPlaces(text); err == nil || len(places) > 0 {
			t.Errorf("location %.40q: %d places, error %v", text, len(places), err)
		}
	}
}

func FuzzPlaces(f *testing.F) {
	f.Add(springfield)
	f.Add("<a><b/></a>")
	f.Fuzz(func(t *testing.T, text string) {
		places, err := readPlaces(text)
		if len(places) == 0 && err == nil {
			t.Errorf("location %q: neither a place nor an error", text)
		}
	})
}

func TestDialledNumberIsFoundInEveryURI(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:911@provider.example":                 "911",
		"sip:%2B12175550101@[::1]:5060;user=phone": "+12175550101",
		"sips:112;phone-context=+45@x":             "112",
		"tel:+1-217;ext=2":                         "+1-217",
		"URN:Service:SOS.fire":                     "urn:service:sos.fire",
		"sip:127.0.0.1:5060":                       "",
		"911":                                      "",
		"":                                         "",
	} {
		if got := dialledIn(uri); got != want {
			t.Errorf("URI %q: dialled %q, want %q", uri, got, want)
		}
	}
}

func TestKindFollowsTheNumberExactly(t *testing.T) {
	emergency := []string{"911", "112"}
	for dialled, want := range map[string]Kind{
		"911": Emergency, "112": Emergency, "urn:service:sos": Emergency, "urn:service:sos.police": Emergency,
		"933": TestCall, "urn:service:test.sos": TestCall, "urn:service:test.sos.fire": TestCall,
		"9111": Ordinary, "+911": Ordinary, "urn:service:sosx": Ordinary, "urn:service:counseling": Ordinary, "": Ordinary, "999": Ordinary,
	} {
		if got := kindOf(dialled, emergency); got != want {
			t.Errorf("dialled %q: %s, want %s", dialled, got, want)
		}
	}
}

func TestNameAddressIsSplit(t *testing.T) {
	for value, want := range map[string][2]string{
		`"Doe \"A\", Alice" <sip:a@b>;tag=1`: {`Doe "A", Alice`, "sip:a@b"},
		`Alice Doe <sip:a@b>`:                {"Alice Doe", "sip:a@b"},
		`sip:a@b;tag=1`:                      {"", "sip:a@b"},
		`"never closed`:                      {"never closed", ""},
		`"x\`:                                {`x\`, ""},
		`<`:                                  {"", ""},
	} {
		display, uri := readNameAddress(value)
		if got := [2]string{display, uri}; got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
}

func FuzzNameAddress(f *testing.F) {
	f.Add(`"a\"b" <sip:%zz@x;y>;tag=1`)
	f.Add(`"`)
	f.Fuzz(func(_ *testing.T, value string) {
		_, uri := readNameAddress(value)
		dialledIn(uri)
		hostOf(uri) //nolint:errcheck // only that it comes back
	})
}
