package pidf

import (
	"math"
	"strconv"
	"strings"
)

func readShape(n *node) (Shape, error) {
	r := &shapeReader{node: n}
	var shape Shape
	var known bool
	switch crs := n.attr("", "srsName"); crs {
	case crs2D:
		shape, known = r.flat()
	case crs3D:
		shape, known = r.solid()
	default:
		return nil, n.fault("the coordinate system is neither " + crs2D + " nor " + crs3D)
	}
	switch {
	case !known:
		return nil, n.fault("this shape is not known in its coordinate system")
	case r.err != nil:
		return nil, r.err
	}
	if wrong := shape.shapeFault(); wrong != "" {
		return nil, n.fault(wrong)
	}
	return shape, nil
}

// flat reads the shapes in two dimensions.
func (r *shapeReader) flat() (shape Shape, known bool) {
	r.axes = 2
	switch n := r.node; {
	case n.is(nsGML, "Point"):
		shape = Point{r.position().Position}
	case n.is(nsShapes, "Circle"):
		shape = Circle{Center: r.position().Position, RadiusM: r.metres("radius")}
	case n.is(nsShapes, "Ellipse"):
		shape = Ellipse{Center: r.position().Position, SemiMajorM: r.metres("semiMajorAxis"), SemiMinorM: r.metres("semiMinorAxis"),
			OrientationDeg: r.degrees("orientation")}
	case n.is(nsShapes, "ArcBand"):
		shape = ArcBand{Center: r.position().Position, InnerM: r.metres("innerRadius"), OuterM: r.metres("outerRadius"),
			StartDeg: r.degrees("startAngle"), OpeningDeg: r.degrees("openingAngle")}
	case n.is(nsGML, "Polygon"):
		corners, _ := r.ring(n)
		shape = Polygon{Corners: corners}
	default:
		return nil, false
	}
	return shape, true
}

// solid reads the shapes in three dimensions.
func (r *shapeReader) solid() (shape Shape, known bool) {
	r.axes = 3
	switch n := r.node; {
	case n.is(nsGML, "Point"):
		shape = Point3D{r.position()}
	case n.is(nsShapes, "Sphere"):
		shape = Sphere{Center: r.position(), RadiusM: r.metres("radius")}
	case n.is(nsShapes, "Ellipsoid"):
		shape = Ellipsoid{Center: r.position(), SemiMajorM: r.metres("semiMajorAxis"), SemiMinorM: r.metres("semiMinorAxis"),
			VerticalM: r.metres("verticalAxis"), OrientationDeg: r.degrees("orientation")}
	case n.is(nsShapes, "Prism"):
		base, altitude := r.ring(r.child(r.child(n, nsShapes, "base"), nsGML, "Polygon"))
		shape = Prism{Base: base, AltitudeM: altitude, HeightM: r.metres("height")}
	default:
		return nil, false
	}
	return shape, true
}

// shapeReader reads the parts of a shape and keeps the first thing that is wrong.
type shapeReader struct {
	node *node
	axes int // numbers of a position: latitude, longitude and, of a solid, altitude
	err  error
}

func (r *shapeReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// child returns the needed child, or nil when something is wrong.
func (r *shapeReader) child(of *node, space, local string) *node {
	if of == nil {
		return nil
	}
	c, err := of.needed(space, local)
	if err != nil {
		r.fail(err)
	}
	return c
}

func (r *shapeReader) position() Position3D {
	list := r.positions(r.child(r.node, nsGML, "pos"))
	if len(list) != 1 {
		r.fail(r.node.fault("its position is not " + r.groups("one", "")))
		return Position3D{}
	}
	return list[0]
}

// groups says in words what the numbers of positions are.
func (r *shapeReader) groups(one, many string) string {
	if r.axes == 2 {
		return one + " pair" + many + " of numbers"
	}
	return one + " triple" + many + " of numbers"
}

// positions reads the numbers of positions, the latitude first and the altitude last. RFC 5491 §5.1
func (r *shapeReader) positions(n *node) []Position3D {
	if n == nil {
		return nil
	}
	words := strings.Fields(n.text)
	if len(words) == 0 || len(words)%r.axes != 0 {
		r.fail(n.fault("these are not" + r.groups("", "s")))
		return nil
	}
	list := make([]Position3D, len(words)/r.axes)
	for i := range list {
		at := words[r.axes*i:]
		list[i].Latitude, list[i].Longitude = r.number(n, at[0]), r.number(n, at[1])
		if r.axes == 3 {
			list[i].AltitudeM = r.number(n, at[2])
		}
	}
	return list
}

// ring reads the outer line of a polygon and leaves out the last position, which repeats the first; of a solid all have the altitude
// of the first. RFC 5491 §5.2.2
func (r *shapeReader) ring(polygon *node) (corners []Position, altitudeM float64) {
	line := r.child(r.child(polygon, nsGML, "exterior"), nsGML, "LinearRing")
	if line == nil {
		return nil, 0
	}
	var list []Position3D
	for _, c := range line.children {
		if c.is(nsGML, "pos") || c.is(nsGML, "posList") {
			list = append(list, r.positions(c)...)
		}
	}
	if len(list) < 4 || list[0] != list[len(list)-1] {
		r.fail(line.fault("the line is not closed, or has fewer than three corners"))
		return nil, 0
	}
	for _, corner := range list[:len(list)-1] {
		if corner.AltitudeM != list[0].AltitudeM {
			r.fail(line.fault("the corners are not all at the same altitude"))
			return nil, 0
		}
		corners = append(corners, corner.Position)
	}
	return corners, list[0].AltitudeM
}

func (r *shapeReader) metres(name string) float64 {
	c := r.child(r.node, nsShapes, name)
	if c == nil {
		return 0
	}
	if c.attr("", "uom") != unitMetre {
		r.fail(c.fault("the unit is not " + unitMetre))
	}
	return r.number(c, c.text)
}

func (r *shapeReader) degrees(name string) float64 {
	c := r.child(r.node, nsShapes, name)
	if c == nil {
		return 0
	}
	value := r.number(c, c.text)
	switch c.attr("", "uom") {
	case unitDegree:
	case unitRadian:
		value *= 180 / math.Pi
	default:
		r.fail(c.fault("the unit is neither " + unitDegree + " nor " + unitRadian))
	}
	return value
}

// number reads a decimal number; what else Go takes for one is refused.
func (r *shapeReader) number(n *node, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.Trim(s, "0123456789+-.eE") != "" {
		r.fail(n.fault("this is not a number"))
		return 0
	}
	return v
}
