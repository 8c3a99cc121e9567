package blackbox_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine/blackbox"
)

func TestConfirmedPlacesComeBackAsTheyWereWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blackbox")
	if found, err := blackbox.ReadPlaces(dir); err != nil || len(found) > 0 {
		t.Errorf("a folder that is not there: %v, %v", found, err)
	}
	want := map[rep.ID]location.Confirmation{
		"alice": {Site: "hq", Floor: "4", Room: "412", At: time.Date(2026, 3, 2, 9, 0, 0, 5, time.UTC)},
		"bob":   {At: time.Date(2026, 3, 2, 9, 1, 0, 0, time.UTC)},
	}
	if err := blackbox.WritePlaces(dir, want); err != nil {
		t.Fatal(err)
	}
	found, err := blackbox.ReadPlaces(dir)
	if err != nil || !cmp.Equal(found, want) {
		t.Errorf("after writing: %v, %s", err, cmp.Diff(want, found))
	}
	if err := os.WriteFile(filepath.Join(dir, "places.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blackbox.ReadPlaces(dir); err == nil {
		t.Error("half a file: no error")
	}
}
