package pidf

func (w *writer) shape(s Shape) {
	switch s := s.(type) {
	case Point:
		w.raw(`<gml:Point srsName="`, crs2D, `">`)
		w.position(s.Position)
		w.raw("</gml:Point>")
	case Circle:
		w.raw(`<gs:Circle srsName="`, crs2D, `">`)
		w.position(s.Center)
		w.measure("radius", unitMetre, s.RadiusM)
		w.raw("</gs:Circle>")
	case Ellipse:
		w.raw(`<gs:Ellipse srsName="`, crs2D, `">`)
		w.position(s.Center)
		w.measure("semiMajorAxis", unitMetre, s.SemiMajorM)
		w.measure("semiMinorAxis", unitMetre, s.SemiMinorM)
		w.measure("orientation", unitDegree, s.OrientationDeg)
		w.raw("</gs:Ellipse>")
	case ArcBand:
		w.raw(`<gs:ArcBand srsName="`, crs2D, `">`)
		w.position(s.Center)
		w.measure("innerRadius", unitMetre, s.InnerM)
		w.measure("outerRadius", unitMetre, s.OuterM)
		w.measure("startAngle", unitDegree, s.StartDeg)
		w.measure("openingAngle", unitDegree, s.OpeningDeg)
		w.raw("</gs:ArcBand>")
	case Polygon:
		w.raw(`<gml:Polygon srsName="`, crs2D, `"><gml:exterior><gml:LinearRing>`)
		for _, corner := range s.Corners {
			w.position(corner)
		}
		w.position(s.Corners[0])
		w.raw("</gml:LinearRing></gml:exterior></gml:Polygon>")
	case Point3D, Sphere, Ellipsoid, Prism:
		w.solid(s)
	}
}

// solid writes the shapes in three dimensions.
func (w *writer) solid(s Shape) {
	switch s := s.(type) {
	case Point3D:
		w.raw(`<gml:Point srsName="`, crs3D, `">`)
		w.position3D(s.Position3D)
		w.raw("</gml:Point>")
	case Sphere:
		w.raw(`<gs:Sphere srsName="`, crs3D, `">`)
		w.position3D(s.Center)
		w.measure("radius", unitMetre, s.RadiusM)
		w.raw("</gs:Sphere>")
	case Ellipsoid:
		w.raw(`<gs:Ellipsoid srsName="`, crs3D, `">`)
		w.position3D(s.Center)
		w.measure("semiMajorAxis", unitMetre, s.SemiMajorM)
		w.measure("semiMinorAxis", unitMetre, s.SemiMinorM)
		w.measure("verticalAxis", unitMetre, s.VerticalM)
		w.measure("orientation", unitDegree, s.OrientationDeg)
		w.raw("</gs:Ellipsoid>")
	case Prism:
		w.raw(`<gs:Prism srsName="`, crs3D, `"><gs:base><gml:Polygon><gml:exterior><gml:LinearRing>`)
		for _, corner := range s.Base {
			w.position3D(Position3D{Position: corner, AltitudeM: s.AltitudeM})
		}
		w.position3D(Position3D{Position: s.Base[0], AltitudeM: s.AltitudeM})
		w.raw("</gml:LinearRing></gml:exterior></gml:Polygon></gs:base>")
		w.measure("height", unitMetre, s.HeightM)
		w.raw("</gs:Prism>")
	case Point, Circle, Ellipse, ArcBand, Polygon: // flat
	}
}

// position writes the latitude first, as EPSG:4326 orders its axes. RFC 5491 §5.1
func (w *writer) position(p Position) {
	w.raw("<gml:pos>")
	w.number(p.Latitude)
	w.raw(" ")
	w.number(p.Longitude)
	w.raw("</gml:pos>")
}

// position3D writes the altitude last, as EPSG:4979 orders its axes. RFC 5491 §5.1
func (w *writer) position3D(p Position3D) {
	w.raw("<gml:pos>")
	w.number(p.Latitude)
	w.raw(" ")
	w.number(p.Longitude)
	w.raw(" ")
	w.number(p.AltitudeM)
	w.raw("</gml:pos>")
}

func (w *writer) measure(name, unit string, value float64) {
	w.raw("<gs:", name, ` uom="`, unit, `">`)
	w.number(value)
	w.raw("</gs:", name, ">")
}
