package pidf_test

import (
	"fmt"

	"mayday/pidf"
)

func Example() {
	document := pidf.Document{
		Entity: "pres:alice@acme.example",
		Tuples: []pidf.Tuple{{
			ID:     "desk",
			Method: pidf.MethodManual,
			Place:  pidf.Place{Civic: &pidf.Civic{Country: "DK", A3: "Aarhus", RD: "Åboulevarden", HNO: "12", FLR: "2", ROOM: "2.14"}},
		}},
	}
	xml, err := document.Append(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := pidf.Parse(xml)
	if err != nil {
		fmt.Println(err)
		return
	}
	civic := again.Tuples[0].Place.Civic
	fmt.Println(civic.RD, civic.HNO, "floor", civic.FLR, "room", civic.ROOM)
	// Output: Åboulevarden 12 floor 2 room 2.14
}

func ExampleDocument_Append() {
	around := pidf.Circle{Center: pidf.Position{Latitude: 56.1567, Longitude: 10.2108}, RadiusM: 25}
	_, err := pidf.Document{Entity: "pres:alice@acme.example", Tuples: []pidf.Tuple{
		{ID: "measured", Method: pidf.Method80211, Place: pidf.Place{Shape: around}},
		{ID: "desk", Place: pidf.Place{Civic: &pidf.Civic{Country: "Denmark"}}},
	}}.Append(nil)
	fmt.Println(err)
	// Output: write the location document: place 2: the country is not a code of two capital letters
}

func ExampleParse() {
	document, err := pidf.Parse([]byte(`<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:bob@acme.example">
  <tuple id="a"><status><geopriv xmlns="urn:ietf:params:xml:ns:pidf:geopriv10"><location-info>
    <Prism xmlns="http://www.opengis.net/pidflo/1.0" xmlns:g="http://www.opengis.net/gml" srsName="urn:ogc:def:crs:EPSG::4979">
      <base><g:Polygon><g:exterior><g:LinearRing>
        <g:posList>56.1 10.2 31 56.1 10.3 31 56.2 10.3 31 56.1 10.2 31</g:posList>
      </g:LinearRing></g:exterior></g:Polygon></base>
      <height uom="urn:ogc:def:uom:EPSG::9001">2.5</height>
    </Prism>
  </location-info><usage-rules/></geopriv></status></tuple></presence>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if prism, is := document.Tuples[0].Place.Shape.(pidf.Prism); is {
		fmt.Printf("%d corners, from %g m to %g m\n", len(prism.Base), prism.AltitudeM, prism.AltitudeM+prism.HeightM)
	}
	// Output: 3 corners, from 31 m to 33.5 m
}
