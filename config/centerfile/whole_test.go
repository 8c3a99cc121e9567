package centerfile_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/config/centerfile"
)

// TestFileSaysEveryWordOfACenter: what the pages and the API can change, a file can say too, and keeps when it is written and read again. A new
// word joins testdata/whole.yaml.
func TestFileSaysEveryWordOfACenter(t *testing.T) {
	c := parse(t, read(t, "testdata/whole.yaml"))
	said := map[string]bool{}
	note("", reflect.ValueOf(c), said)
	for path, is := range said {
		if !is {
			t.Errorf("%s is said nowhere in the file, or is not read", path)
		}
	}
	written, err := centerfile.Write(c, true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, parse(t, written)); diff != "" {
		t.Errorf("written and read (-want +got):\n%s", diff)
	}
}

// note notes of each word with a JSON name whether some item says it. The time of a position is no word of a center.
func note(path string, v reflect.Value, said map[string]bool) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		note(path, v.Elem(), said)
	case v.Kind() == reflect.Slice && v.Len() > 0:
		for i := range v.Len() {
			note(path, v.Index(i), said)
		}
	case v.Kind() == reflect.Struct:
		for _, field := range reflect.VisibleFields(v.Type()) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name != "" && name != "-" && name != "at" {
				note(path+"."+name, v.FieldByIndex(field.Index), said)
			}
		}
	default:
		said[path] = said[path] || !v.IsZero()
	}
}
