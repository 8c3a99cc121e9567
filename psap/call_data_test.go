package psap

import (
	"slices"
	"strings"
	"testing"

	"mayday/calldata"
	"mayday/pidf"
	"mayday/sip"
)

func TestCallDataAndReferencesAreShown(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	card, err := calldata.Append(nil, calldata.Subscriber{Reference: "1@x.example", Card: calldata.Card{Name: "Alice Doe", Organisation: "Acme"}})
	if err != nil {
		t.Fatal(err)
	}
	p.connect(o, "911", func(i *sip.Invite) {
		i.ContentType, i.Body = sip.Multipart([]sip.Part{
			{ContentType: "application/sdp", Body: i.Body},
			{ContentType: calldata.ContentType(calldata.Subscriber{}), Body: card},
			{ContentType: calldata.ContentType(calldata.Comment{}), Body: []byte("<nothing/>")},
		})
		i.Headers = append(i.Headers, sip.Header{Name: "Geolocation", Value: "<cid:a@x.example>, <https://x.example/location/A>"})
	})
	c := o.calls()[0]
	if len(c.CallData) != 1 || !slices.Equal(c.CallData[0].Lines, []string{"Caller: Alice Doe, Acme"}) {
		t.Errorf("call data: %+v", c.CallData)
	}
	if !slices.Equal(c.References, []string{"https://x.example/location/A"}) || len(c.Faults) != 1 {
		t.Errorf("references %q, faults %q", c.References, c.Faults)
	}
}

func TestPlaceThatIsToldAnewReplacesTheOld(t *testing.T) {
	o, p := start(t, Config{}), newProduct(t)
	l := p.connect(o, "911", func(i *sip.Invite) { i.ContentType, i.Body = multipart(i.Body, springfield) })
	moved, err := pidf.Document{Entity: "pres:a@x.example", Tuples: []pidf.Tuple{{ID: "a", Place: pidf.Place{
		Shape: pidf.Ellipse{Center: pidf.Position{Latitude: 39.9, Longitude: -89.1}, SemiMajorM: 40, SemiMinorM: 10}}}}}.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	contentType, body := sip.Multipart([]sip.Part{{ContentType: "application/pidf+xml", Body: moved}})
	l.dialog.Send("UPDATE", nil, contentType, body)
	o.until("the new place is shown", func(Call) bool {
		places := o.call(o.calls()[0].ID).Places
		return len(places) == 1 && places[0].Shape == "Ellipse" && *places[0].Position == Position{Latitude: 39.9, Longitude: -89.1, RadiusM: 40}
	})
}

// TestEveryShapeIsReadInTheWordsOfTheStandard: what pidf writes, our own reader takes for a region around the same point.
func TestEveryShapeIsReadInTheWordsOfTheStandard(t *testing.T) {
	at := pidf.Position{Latitude: 39.9, Longitude: -89.1}
	high := pidf.Position3D{Position: at, AltitudeM: 200}
	corners := []pidf.Position{at, {Latitude: 39.9, Longitude: -89}, {Latitude: 40, Longitude: -89}}
	for name, shape := range map[string]pidf.Shape{
		"Ellipse": pidf.Ellipse{Center: at, SemiMajorM: 40, SemiMinorM: 10}, "ArcBand": pidf.ArcBand{Center: at, InnerM: 5, OuterM: 40, OpeningDeg: 90},
		"Polygon": pidf.Polygon{Corners: corners}, "Sphere": pidf.Sphere{Center: high, RadiusM: 40},
		"Ellipsoid": pidf.Ellipsoid{Center: high, SemiMajorM: 40, SemiMinorM: 10, VerticalM: 3}, "Prism": pidf.Prism{Base: corners, HeightM: 3},
	} {
		xml, err := pidf.Document{Entity: "pres:a@x.example", Tuples: []pidf.Tuple{{ID: "a", Place: pidf.Place{Shape: shape}}}}.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		places, err := readPlaces(string(xml))
		if err != nil || len(places) != 1 || places[0].Shape != name || places[0].Position == nil || places[0].Position.Latitude != 39.9 {
			t.Errorf("%s: %+v, error %v", name, places, err)
		}
	}
	if _, err := readPlaces(strings.ReplaceAll(springfield, "gs:Circle", "gs:Torus")); err == nil {
		t.Error("a shape that nobody knows was read")
	}
}
