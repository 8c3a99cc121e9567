package lookup_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
	"mayday/edge/lookup"
	"mayday/pidf"
)

func document(tuples ...pidf.Tuple) pidf.Document {
	return pidf.Document{Entity: "pres:a@ls.example", Tuples: tuples}
}

// TestPlacesAreTakenAsTheyAreTold: address and position each as it is, neither made from the other; the first of each counts.
func TestPlacesAreTakenAsTheyAreTold(t *testing.T) {
	main := &pidf.Civic{Country: "us", A1: "IL", A3: "Springfield", RD: "Main", PRD: "N", STS: "St", HNO: "1", HNS: "A", FLR: "4", SEAT: "4-17", PC: " 62701\n"}
	want := location.Civic{Region: "IL", City: "Springfield", Street: "N Main St", HouseNumber: "1", HouseSuffix: "A", Floor: "4", Room: "4-17", PostalCode: "62701"}
	circle := pidf.Circle{Center: pidf.Position{Latitude: 39.801, Longitude: -89.6436}, RadiusM: 30}
	position := &location.Position{Latitude: 39.801, Longitude: -89.6436, RadiusM: 30, At: nine, Method: "Wiremap"}
	soon := nine.Add(time.Hour)
	for _, row := range []struct {
		circumstance string
		document     pidf.Document
		want         location.Told
	}{
		{"an address", document(pidf.Tuple{Method: "Wiremap", Place: pidf.Place{Civic: main}}),
			location.Told{Country: "US", Civic: want, Method: "Wiremap", At: nine, Until: nine.Add(24 * time.Hour)}},
		{"a position", document(pidf.Tuple{Method: "Wiremap", Place: pidf.Place{Shape: circle}}), location.Told{Position: position, At: nine, Until: nine.Add(24 * time.Hour)}},
		{"both as one place", document(pidf.Tuple{Method: "Wiremap", Place: pidf.Place{Civic: main, Shape: circle}, RetentionExpiry: soon}),
			location.Told{Country: "US", Civic: want, Position: position, Method: "Wiremap", At: nine, Until: soon}},
		{"several of each, and a kind of finding that is no word", document(
			pidf.Tuple{Place: pidf.Place{Shape: circle}, Method: "Wiremap"},
			pidf.Tuple{Place: pidf.Place{Civic: main}, Method: "by <hand>", RetentionExpiry: soon},
			pidf.Tuple{Place: pidf.Place{Civic: &pidf.Civic{Country: "DK", A3: "Aarhus"}, Shape: pidf.Point{}}, RetentionExpiry: nine.Add(-time.Hour)}),
			location.Told{Country: "US", Civic: want, Position: position, At: nine, Until: soon}},
		{"an address without a country", document(pidf.Tuple{Place: pidf.Place{Civic: &pidf.Civic{A6: "Elm St"}}}),
			location.Told{Civic: location.Civic{Street: "Elm St"}, At: nine, Until: nine.Add(24 * time.Hour)}},
	} {
		told, err := lookup.ToldIn(row.document, nine)
		if err != nil {
			t.Errorf("%s: %v", row.circumstance, err)
			continue
		}
		if diff := cmp.Diff(row.want, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.circumstance, diff)
		}
	}
}

func TestPlacesThatCannotBeUsedAreRefused(t *testing.T) {
	for word, tuple := range map[string]pidf.Tuple{
		lookup.Unusable:   {Place: pidf.Place{Civic: &pidf.Civic{Country: "US"}}},
		lookup.OutOfDate:  {Place: pidf.Place{Civic: &pidf.Civic{RD: "Main St"}}, RetentionExpiry: nine},
		lookup.Unreadable: {Place: pidf.Place{Civic: &pidf.Civic{Country: "XX", RD: "Main St"}}},
		lookup.TooLong:    {Place: pidf.Place{Civic: &pidf.Civic{RD: strings.Repeat("M", 121)}}},
	} {
		_, err := lookup.ToldIn(document(tuple), nine)
		if !errors.Is(err, lookup.Refused{Word: word}) {
			t.Errorf("%+v: %v, want a refusal with %s", tuple.Place.Civic, err, word)
		}
	}
}

// TestEveryShapeHasACircleAroundIt: the position is never smaller than what was told.
func TestEveryShapeHasACircleAroundIt(t *testing.T) {
	center := pidf.Position{Latitude: 10, Longitude: 179.999}
	above := pidf.Position3D{Position: center, AltitudeM: 30}
	square := []pidf.Position{{Latitude: 9.999, Longitude: 179.998}, {Latitude: 9.999, Longitude: -180}, {Latitude: 10.001, Longitude: -180}, {Latitude: 10.001, Longitude: 179.998}}
	for _, row := range []struct {
		shape            pidf.Shape
		smallest, larger float64
	}{
		{pidf.Point{Position: center}, 0, 0}, {pidf.Point3D{Position3D: above}, 0, 0}, {pidf.Circle{Center: center, RadiusM: 30}, 30, 30},
		{pidf.Ellipse{Center: center, SemiMajorM: 50, SemiMinorM: 20}, 50, 50}, {pidf.ArcBand{Center: center, InnerM: 10, OuterM: 70, OpeningDeg: 30}, 70, 70},
		{pidf.Sphere{Center: above, RadiusM: 30}, 30, 30}, {pidf.Ellipsoid{Center: above, SemiMajorM: 40, SemiMinorM: 20, VerticalM: 5}, 40, 40},
		{pidf.Polygon{Corners: square}, 154, 158}, {pidf.Prism{Base: square, HeightM: 9}, 154, 158}, // across the date line
	} {
		told, err := lookup.ToldIn(document(pidf.Tuple{Place: pidf.Place{Shape: row.shape}}), nine)
		if err != nil {
			t.Errorf("%T: %v", row.shape, err)
			continue
		}
		if p := told.Position; p.DistanceM(location.Position{Latitude: 10, Longitude: 179.999}) > 1 || p.RadiusM < row.smallest || p.RadiusM > row.larger {
			t.Errorf("%T: %+v, want a radius of %v to %v", row.shape, p, row.smallest, row.larger)
		}
	}
}

// TestReferenceAloneIsFollowedOnce: and from a secured server to a secured one only.
func TestReferenceAloneIsFollowedOnce(t *testing.T) {
	own := `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@ls.example"` + prefixes + `>` + inside
	place, followed := server(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, head+own) })
	referring := located("", `<locationUriSet expires="2026-03-02T10:00:00Z"><locationURI>`+place+`/x</locationURI></locationUriSet>`)
	plain, _ := server(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, referring) })
	told, err := lookup.NewClient(nil).Where(t.Context(), plain, netip.MustParseAddr("192.0.2.5"), nine)
	if err != nil || told.Civic.City != "Springfield" || followed.Load().Method != http.MethodGet {
		t.Errorf("a reference: %+v, %v", told, err)
	}
	secured := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, referring) }))
	defer secured.Close()
	roots := secured.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if _, err := lookup.NewClient(roots).Where(t.Context(), secured.URL, netip.MustParseAddr("192.0.2.5"), nine); !errors.Is(err, lookup.Refused{Word: lookup.Insecure}) {
		t.Errorf("from https to http: %v", err)
	}
}
