package app

import (
	"testing"

	"mayday/center/location"
)

func TestAPositionThatComesBeforeTheMapIsToldAgain(t *testing.T) {
	p := newPlaces()
	leeds := location.Position{Latitude: 53.8008, Longitude: -1.5491, RadiusM: 30}
	if told := p.report("carl", leeds); told.Seen != (location.Sighting{}) || told.Position != leeds {
		t.Errorf("before the map is drawn: %+v is told", told)
	}
	if err := p.atlas.Load(); err != nil {
		t.Fatal(err)
	}
	waiting := p.take()
	if len(waiting) != 1 {
		t.Fatalf("when the map is drawn: %d positions wait, want 1", len(waiting))
	}
	want := location.Sighting{Country: location.GB, Certain: true}
	if told := p.report("carl", waiting["carl"]); told.Seen != want {
		t.Errorf("when the map is drawn: %+v is told, want %+v", told.Seen, want)
	}
	p.report("carl", leeds)
	if again := p.take(); len(again) != 0 {
		t.Errorf("after the map was drawn: %d positions wait", len(again))
	}
}
