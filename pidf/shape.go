package pidf

import "math"

// Shape is a region on the globe (WGS 84), within which the entity is. It is one of Point, Circle, Ellipse, ArcBand and
// Polygon, or of the solids Point3D, Sphere, Ellipsoid and Prism.
//
//sumtype:decl
type Shape interface {
	// shapeFault returns what is wrong with the shape, in a few words without its figures, or "".
	shapeFault() string
}

// Position is a point on the globe: degrees, north and east positive. In XML the latitude stands first. RFC 5491 §5.1
type Position struct {
	Latitude  float64
	Longitude float64
}

// Point is a place without any statement of its uncertainty. RFC 5491 §5.2.1
type Point struct {
	Position
}

// Circle is the region within RadiusM metres of Center. RFC 5491 §5.2.3
type Circle struct {
	Center  Position
	RadiusM float64
}

// Ellipse is the region around Center whose longer half axis points OrientationDeg degrees clockwise from north.
// RFC 5491 §5.2.4
type Ellipse struct {
	Center         Position
	SemiMajorM     float64
	SemiMinorM     float64
	OrientationDeg float64
}

// ArcBand is the region between two radii around Center, from StartDeg degrees clockwise from north over OpeningDeg
// degrees. RFC 5491 §5.2.5
type ArcBand struct {
	Center     Position
	InnerM     float64
	OuterM     float64
	StartDeg   float64
	OpeningDeg float64
}

// Polygon is the region within its corners, of which there are at least three, named counter-clockwise; the first is not
// repeated at the end. RFC 5491 §5.2.2
type Polygon struct {
	Corners []Position
}

func (p Point) shapeFault() string { return p.wrong() }

// wrong is to a position what shapeFault is to a shape.
func (p Position) wrong() string {
	if !(math.Abs(p.Latitude) <= 90) {
		return "the latitude is not between -90 and 90 degrees"
	}
	if !(math.Abs(p.Longitude) <= 180) {
		return "the longitude is not between -180 and 180 degrees"
	}
	return ""
}

func (c Circle) shapeFault() string {
	if !positive(c.RadiusM) {
		return "the radius is not a positive length"
	}
	return c.Center.wrong()
}

func (e Ellipse) shapeFault() string {
	switch {
	case !positive(e.SemiMajorM) || !positive(e.SemiMinorM):
		return "a half axis is not a positive length"
	case e.SemiMinorM > e.SemiMajorM:
		return "the shorter half axis is the longer one"
	case !angle(e.OrientationDeg):
		return "the orientation is not an angle between 0 and 360 degrees"
	}
	return e.Center.wrong()
}

func (a ArcBand) shapeFault() string {
	switch {
	case a.InnerM != 0 && !positive(a.InnerM) || !positive(a.OuterM):
		return "a radius is not a length"
	case a.InnerM > a.OuterM:
		return "the inner radius is the outer one"
	case !angle(a.StartDeg) || !angle(a.OpeningDeg):
		return "an angle is not between 0 and 360 degrees"
	}
	return a.Center.wrong()
}

func (p Polygon) shapeFault() string {
	if len(p.Corners) < 3 {
		return "the polygon has fewer than three corners"
	}
	for _, corner := range p.Corners {
		if wrong := corner.wrong(); wrong != "" {
			return wrong
		}
	}
	return ""
}

func positive(metres float64) bool { return metres > 0 && !math.IsInf(metres, 1) }

func angle(degrees float64) bool { return degrees >= 0 && degrees <= 360 }
