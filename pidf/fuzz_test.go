package pidf_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/pidf"
)

// FuzzParse claims that no document makes Parse panic, and that what Parse reads is written and read again as the same.
func FuzzParse(f *testing.F) {
	others, err := os.ReadFile(filepath.Join("testdata", "others.xml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{others, written(f, office()), written(f, everything()), nil, []byte("<"), []byte("<!DOCTYPE a>")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := pidf.Parse(data)
		if err != nil {
			return
		}
		xml, err := first.Append(nil)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v\n%s", err, data)
		}
		second, err := pidf.Parse(xml)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, xml)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("read twice (-first +second):\n%s", diff)
		}
	})
}

// FuzzShape claims that every shape that can be written is read back to the last digit.
func FuzzShape(f *testing.F) {
	f.Add(uint8(0), 39.8, -89.64, 0.0, 0.0, 0.0, 0.0)
	f.Add(uint8(1), -89.999999999, 179.5, 1e-9, 0.0, 0.0, 0.0)
	f.Add(uint8(2), 5e-324, math.Copysign(0, -1), 1e9, 1e-9, 360.0, 0.0)
	f.Add(uint8(3), 56.1567, 10.2108, 0.0, 2215.4, 266.0, 120.0)
	f.Add(uint8(4), 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
	f.Add(uint8(5), 1.0, 2.0, -30.5, 0.0, 0.0, 0.0)
	f.Add(uint8(6), 1.0, 2.0, 34.0, 8.0, 0.0, 0.0)
	f.Add(uint8(7), 1.0, 2.0, 34.0, 7.6, 5.0, 2.4)
	f.Add(uint8(8), 1.0, 2.0, 1.0, 4.0, 5.0, 6.0)
	f.Fuzz(func(t *testing.T, kind uint8, latitude, longitude, a, b, c, d float64) {
		center := pidf.Position{Latitude: latitude, Longitude: longitude}
		shape := [...]pidf.Shape{
			pidf.Point{Position: center},
			pidf.Circle{Center: center, RadiusM: a},
			pidf.Ellipse{Center: center, SemiMajorM: a, SemiMinorM: b, OrientationDeg: c},
			pidf.ArcBand{Center: center, InnerM: a, OuterM: b, StartDeg: c, OpeningDeg: d},
			pidf.Polygon{Corners: []pidf.Position{center, {Latitude: a, Longitude: b}, {Latitude: c, Longitude: d}}},
			pidf.Point3D{Position3D: pidf.Position3D{Position: center, AltitudeM: a}},
			pidf.Sphere{Center: pidf.Position3D{Position: center, AltitudeM: a}, RadiusM: b},
			pidf.Ellipsoid{Center: pidf.Position3D{Position: center, AltitudeM: a}, SemiMajorM: b, SemiMinorM: c, VerticalM: d, OrientationDeg: c},
			pidf.Prism{Base: []pidf.Position{center, {Latitude: a, Longitude: b}, {Latitude: c, Longitude: d}}, AltitudeM: c, HeightM: d},
		}[kind%9]
		document := pidf.Document{Entity: "pres:a@example.com", Tuples: []pidf.Tuple{{ID: "a", Place: pidf.Place{Shape: shape}}}}
		xml, err := document.Append(nil)
		if err != nil {
			return
		}
		got, err := pidf.Parse(xml)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, xml)
		}
		if diff := cmp.Diff(document, got); diff != "" {
			t.Errorf("read back (-written +read):\n%s", diff)
		}
	})
}

// FuzzCivic claims that no words in an address spoil the document.
func FuzzCivic(f *testing.F) {
	f.Add("Main St", "4")
	f.Add("</ca:RD>", "\x00&#0;")
	f.Add("\xed\xa0\x80", "\ufffe")
	f.Fuzz(func(t *testing.T, road, floor string) {
		d := office()
		d.Tuples[0].Place.Civic.RD, d.Tuples[0].Place.Civic.FLR = road, floor
		d.Tuples[0].Place.Civic.Extensions = []pidf.Extension{{Namespace: pidf.NamespaceCivicExtension, Name: "MP", Value: floor}}
		if _, err := pidf.Parse(written(t, d)); err != nil {
			t.Errorf("with %q and %q in the address: %v", road, floor, err)
		}
	})
}

// BenchmarkAppend is what the location costs an emergency call.
func BenchmarkAppend(b *testing.B) {
	d := office()
	buffer := make([]byte, 0, 8192)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Append(buffer[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	xml := written(b, office())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pidf.Parse(xml); err != nil {
			b.Fatal(err)
		}
	}
}
