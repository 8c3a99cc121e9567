package number_test

import (
	"fmt"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"mayday/center/location"
	"mayday/center/number"
)

func TestNumberOfAnotherCountryIsAbroad(t *testing.T) {
	for _, row := range []struct {
		number  number.E164
		country location.Country
		abroad  bool
	}{
		{"+12175550101", location.US, false}, {"+12175550101", location.CA, true}, {"+14165550101", location.CA, false},
		{"+14165550101", location.US, true}, {"+17875550101", location.PR, false}, {"+17875550101", location.US, true},
		{"+18005550101", location.CA, false}, {"+12425550101", location.US, false}, {"+442079460101", location.US, true},
		{"+442079460101", location.GB, false}, {"+4589550101", location.DK, false}, {"+4589550101", location.GB, true},
		{"+4930123456", "DE", false}, {"+4589550101", "DE", false}, {"", location.US, false}, {"+1", location.US, false},
	} {
		if got := row.number.Abroad(row.country); got != row.abroad {
			t.Errorf("%q in %s: abroad is %t", row.number, row.country, got)
		}
	}
}

// TestAreaCodesAreTheLibrarys: where the library knows whose area code it is, of a place and among US, CA and PR, nothing else is said.
func TestAreaCodesAreTheLibrarys(t *testing.T) {
	known := 0
	for code := 200; code < 1000; code++ {
		n := fmt.Sprintf("+1%d5550123", code)
		parsed, err := phonenumbers.Parse(n, "US")
		if err != nil {
			t.Fatal(err)
		}
		switch phonenumbers.GetNumberType(parsed) {
		case phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		default:
			continue // of no place
		}
		region := location.Country(phonenumbers.GetRegionCodeForNumber(parsed))
		for _, country := range []location.Country{location.US, location.CA, location.PR} {
			abroad := number.E164(n).Abroad(country)
			if region == location.US || region == location.CA || region == location.PR {
				known++
				if abroad != (region != country) {
					t.Errorf("%s is of %s: abroad in %s is %t", n, region, country, abroad)
				}
			}
		}
	}
	if known < 3*300 {
		t.Errorf("the library knows %d of 2,400 only", known)
	}
}
