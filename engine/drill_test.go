package engine_test

import (
	"reflect"
	"testing"

	"mayday/center/location"
	"mayday/center/number"
	"mayday/engine"
)

// TestNoTestCanCarryALiveNumber: a drill's targets hold a number.Test or nothing; package number alone makes one, and of no live number.
func TestNoTestCanCarryALiveNumber(t *testing.T) {
	if fields := reflect.TypeFor[engine.ToTestService]().NumField(); fields != 0 {
		t.Errorf("the built-in test service is asked for with %d values: there is room for a number", fields)
	}
	target := reflect.TypeFor[engine.ToTest]()
	if target.NumField() != 1 || target.Field(0).Type != reflect.TypeFor[number.Test]() {
		t.Errorf("a trunk's test service is asked for with %v", reflect.VisibleFields(target))
	}
	test := reflect.TypeFor[number.Test]()
	for _, field := range reflect.VisibleFields(test) {
		if field.IsExported() {
			t.Errorf("other packages can write number.Test.%s", field.Name)
		}
	}
	if reflect.TypeFor[number.Live]().ConvertibleTo(test) {
		t.Error("a conversion makes a live number a test number, in any package")
	}
	for _, country := range location.Supported() {
		for typed, live := range number.EmergencyStrings(country) {
			for _, digits := range []string{typed, live} {
				if made, ok := number.TestOf(digits, country); ok {
					t.Errorf("%s in %s, a live number, becomes the test number %v", digits, country, made)
				}
			}
		}
	}
}
