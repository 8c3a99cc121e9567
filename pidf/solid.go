package pidf

import "math"

// Position3D is a point above or below the ground. RFC 5491 §5.1
type Position3D struct {
	Position
	AltitudeM float64 // metres above the ellipsoid of WGS 84, which is not the level of the sea
}

// Point3D is a point without any statement of its uncertainty. RFC 5491 §5.2.1
type Point3D struct {
	Position3D
}

// Sphere is the region within RadiusM metres of Center. RFC 5491 §5.2.6
type Sphere struct {
	Center  Position3D
	RadiusM float64
}

// Ellipsoid is the region around Center whose longer horizontal half axis points OrientationDeg degrees clockwise from north and
// whose upright half axis is VerticalM. RFC 5491 §5.2.7
type Ellipsoid struct {
	Center         Position3D
	SemiMajorM     float64
	SemiMinorM     float64
	VerticalM      float64
	OrientationDeg float64
}

// Prism is the region from a floor, whose corners are named as a Polygon's, to HeightM metres above it. RFC 5491 §5.2.8
type Prism struct {
	Base      []Position
	AltitudeM float64 // of the floor
	HeightM   float64
}

func (p Point3D) shapeFault() string { return p.wrong() }

func (p Position3D) wrong() string {
	if !finite(p.AltitudeM) {
		return "the altitude is not a number"
	}
	return p.Position.wrong()
}

func (s Sphere) shapeFault() string {
	if !positive(s.RadiusM) {
		return "the radius is not a positive length"
	}
	return s.Center.wrong()
}

func (e Ellipsoid) shapeFault() string {
	if !positive(e.VerticalM) {
		return "a half axis is not a positive length"
	}
	if !finite(e.Center.AltitudeM) {
		return "the altitude is not a number"
	}
	return Ellipse{Center: e.Center.Position, SemiMajorM: e.SemiMajorM, SemiMinorM: e.SemiMinorM, OrientationDeg: e.OrientationDeg}.shapeFault()
}

func (p Prism) shapeFault() string {
	switch {
	case !positive(p.HeightM):
		return "the height is not a positive length"
	case !finite(p.AltitudeM):
		return "the altitude is not a number"
	}
	return Polygon{Corners: p.Base}.shapeFault()
}

func finite(metres float64) bool { return !math.IsNaN(metres) && !math.IsInf(metres, 0) }
