package emergency_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"mayday/center/emergency"
)

// TestEveryLanguageSaysEverything: a text that is missing in one language would leave a hole in a mail.
func TestEveryLanguageSaysEverything(t *testing.T) {
	for language, words := range emergency.Wordings() {
		for at := range words.NumField() {
			name, value := words.Type().Field(at).Name, words.Field(at)
			for i := range max(1, length(value)) {
				if value.Kind() == reflect.Array && value.Index(i).String() == "" || value.Kind() == reflect.String && value.String() == "" {
					t.Errorf("in %q there are no words for %s %d", language, name, i)
				}
			}
		}
	}
}

func length(v reflect.Value) int {
	if v.Kind() == reflect.Array {
		return v.Len()
	}
	return 0
}

// TestPlaceIsToldInWholeSentences: each way of knowing a position has a sentence of its own, in the language of the site.
func TestPlaceIsToldInWholeSentences(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 5, 9, 0, time.UTC)
	for _, row := range []struct {
		language        emergency.Language
		measured, stale bool
		at              time.Time
		want            string
	}{
		{"en", false, false, time.Time{}, "The position of the site is 55.68000, 12.59000, within 30 m."},
		{"", true, false, time.Time{}, "The browser measured the position 55.68000, 12.59000, within 30 m."},
		{"en", true, false, at, "The browser measured the position 55.68000, 12.59000, within 30 m, on Sunday, 1 March 2026, 10:05:09 CEST (UTC+02:00)."},
		{"en", true, true, at, "The browser measured the position 55.68000, 12.59000, within 30 m, on Sunday, 1 March 2026, 10:05:09 CEST (UTC+02:00). This is old, and may be out of date."},
		{"da", false, false, time.Time{}, "Arbejdsstedets position er 55.68000, 12.59000, inden for 30 m."},
		{"da-DK", true, false, at, "Browseren målte positionen 55.68000, 12.59000, inden for 30 m, søndag den 1. marts 2026 kl. 10:05:09 CEST (UTC+02:00)."},
	} {
		n := notice()
		n.Language = row.language
		position := *n.Place.Position
		position.At = row.at
		n.Place.Position, n.Place.Measured, n.Place.Stale = &position, row.measured, row.stale
		lines := n.PlaceLines(copenhagen)
		if got := lines[len(lines)-1]; got != row.want {
			t.Errorf("in %q, measured %v, old %v:\n%s\nwant\n%s", row.language, row.measured, row.stale, got, row.want)
		}
	}
	n := notice()
	n.Language = "da"
	if mail, mistakes := emergency.Render(emergency.Template{}, n, copenhagen); len(mistakes) > 0 || strings.Contains(mail.Text, "{{") ||
		!strings.HasPrefix(mail.Subject, "Nødopkald fra Alice Doe") || !strings.Contains(mail.Text, "Hvornår: fredag den 3. juli 2026 kl. 14:42:07 CEST (UTC+02:00)\n") {
		t.Errorf("a site in Denmark: %+v, mistakes %v", mail, mistakes)
	}
}
