package pidf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/pidf"
)

// TestFormsOfTheStandardsAreReadAndWrittenAgain takes a document in each form that RFC 5491 shows: one per shape, an address, a shape
// with the floor inside it, and several places. Each matches the schemas, is read, and is written again as a document that matches them
// and says the same.
func TestFormsOfTheStandardsAreReadAndWrittenAgain(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "forms", "*.xml"))
	if err != nil || len(files) < 11 {
		t.Fatalf("%d forms, error %v", len(files), err)
	}
	for _, file := range files {
		form, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := validate(t, form); err != nil {
			t.Errorf("%s: xmllint: %v\n%s", file, err, out)
		}
		first, err := pidf.Parse(form)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		xml := written(t, first)
		if out, err := validate(t, xml); err != nil {
			t.Errorf("%s written again: xmllint: %v\n%s", file, err, out)
		}
		second, err := pidf.Parse(xml)
		if diff := cmp.Diff(first, second); err != nil || diff != "" {
			t.Errorf("%s written again: error %v (-first +second):\n%s", file, err, diff)
		}
	}
}

// TestPlacesKeepTheirOrder: the first is the most reliable, in writing as in reading; only devices and persons stand behind the services,
// as the schema demands.
func TestPlacesKeepTheirOrder(t *testing.T) {
	form, err := os.ReadFile(filepath.Join("testdata", "forms", "several.xml"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := pidf.Parse(form)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{"desk", "crew", "buoy"} {
		if document.Tuples[i].ID != id {
			t.Errorf("place %d is %s, want %s", i+1, document.Tuples[i].ID, id)
		}
	}
	document.Tuples[0], document.Tuples[2] = document.Tuples[2], document.Tuples[0]
	xml := string(written(t, document))
	if crew, desk, buoy := strings.Index(xml, `"crew"`), strings.Index(xml, `"desk"`), strings.Index(xml, `"buoy"`); crew > desk || desk > buoy {
		t.Errorf("device, crew, desk written: crew at %d, desk at %d, device at %d", crew, desk, buoy)
	}
}

// TestPlaceWithShapeAndAddressNamesTheCoarseFirst as RFC 5491 §3.4 wants it.
func TestPlaceWithShapeAndAddressNamesTheCoarseFirst(t *testing.T) {
	place := pidf.Place{Civic: &pidf.Civic{FLR: "3"}, Shape: pidf.Point{Position: springfield}}
	xml := string(written(t, pidf.Document{Entity: "pres:a@example.com", Tuples: []pidf.Tuple{{ID: "a", Place: place}}}))
	if strings.Index(xml, "<gml:Point") > strings.Index(xml, "<ca:civicAddress") {
		t.Errorf("the address stands before the shape in\n%s", xml)
	}
}
