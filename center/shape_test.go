package center_test

import (
	"regexp"
	"strings"
	"testing"

	"mayday/center"
)

// TestShapesAreThoseOfTheirExpressions compares what tells the shapes of names with the expressions that say them.
func TestShapesAreThoseOfTheirExpressions(t *testing.T) {
	pieces := []string{"", "a", "Z", "7", ".", "_", "@", "+", "-", "/", "[", "`", "{", "é", "\n", " ", "da", "DK", "en-GB", "Europe", "abcdefgh", strings.Repeat("x", 100)}
	for _, shape := range []struct {
		name   string
		is     func(string) bool
		expect *regexp.Regexp
	}{
		{"an id", center.IsID, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$`)},
		{"a time zone", center.IsZone, regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)},
		{"a language", center.IsLanguage, regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)},
	} {
		for i := range len(pieces) * len(pieces) * len(pieces) * len(pieces) {
			var text string
			for rest, n := i, 0; n < 4; rest, n = rest/len(pieces), n+1 {
				text += pieces[rest%len(pieces)]
			}
			if got, want := shape.is(text), shape.expect.MatchString(text); got != want {
				t.Fatalf("%q is %s: %v, want %v", text, shape.name, got, want)
			}
		}
	}
}
