package psap

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// isRegion reports whether it is a shape of RFC 5491 §5.2 other than a point and a circle.
func isRegion(shape *element) bool {
	switch shape.XMLName.Space {
	case gmlSpace:
		return shape.XMLName.Local == "Polygon"
	case shapeSpace:
		return slices.Contains([]string{"Ellipse", "ArcBand", "Sphere", "Ellipsoid", "Prism"}, shape.XMLName.Local)
	}
	return false
}

// around is a circle that a call taker can look at for the region: around its center as far as it reaches, or around the first corner.
func around(shape *element) (*Position, error) {
	pos := shape.find("pos")
	if pos == nil {
		pos = shape.find("posList")
	}
	if pos == nil {
		return nil, fmt.Errorf("location: %s without a position", shape.XMLName.Local)
	}
	fields := strings.Fields(pos.Text)
	if len(fields) < 2 {
		return nil, fmt.Errorf("location: position %q is not latitude and longitude", pos.Text)
	}
	latitude, errLatitude := strconv.ParseFloat(fields[0], 64)
	longitude, errLongitude := strconv.ParseFloat(fields[1], 64)
	if errLatitude != nil || errLongitude != nil || !within(latitude, 90) || !within(longitude, 180) {
		return nil, fmt.Errorf("location: position %q is not on the globe", pos.Text)
	}
	p := &Position{Latitude: latitude, Longitude: longitude}
	for _, name := range []string{"radius", "semiMajorAxis", "outerRadius"} {
		if length, err := strconv.ParseFloat(shape.text(shapeSpace, name), 64); err == nil && within(length, 20_037_508) {
			p.RadiusM = math.Max(p.RadiusM, length)
		}
	}
	return p, nil
}

// find is the first element of that name at any depth.
func (e *element) find(name string) *element {
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			return &e.Children[i]
		}
		if found := e.Children[i].find(name); found != nil {
			return found
		}
	}
	return nil
}
