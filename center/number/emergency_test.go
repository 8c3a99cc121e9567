package number_test

import (
	"fmt"
	"testing"

	"mayday/center/location"
	"mayday/center/number"
)

// TestDialledStringPerCountry is the table of country × dialled string → emergency or not, and the string that is sent.
func TestDialledStringPerCountry(t *testing.T) {
	const ordinary = "ordinary"
	const test = "test"
	countries := []location.Country{location.US, location.CA, location.PR, location.GB, location.DK}
	table := []struct {
		typed string
		sent  [5]string // in the order of countries
	}{
		{"911", [5]string{"911", "911", "911", "999", "112"}},
		{"112", [5]string{"911", "911", "911", "112", "112"}},
		{"999", [5]string{"911", "911", "911", "999", "112"}},
		{"000", [5]string{"911", "911", "911", "999", "112"}},
		{"9911", [5]string{"911", "911", "911", ordinary, ordinary}},
		{"9112", [5]string{ordinary, ordinary, ordinary, "112", "112"}},
		{"9999", [5]string{ordinary, ordinary, ordinary, "999", ordinary}},
		{" 9-1.1 ", [5]string{"911", "911", "911", "999", "112"}},
		{"(9)11", [5]string{"911", "911", "911", "999", "112"}},
		{"tel:911", [5]string{"911", "911", "911", "999", "112"}},
		{"TEL:1 1 2", [5]string{"911", "911", "911", "112", "112"}},
		{"9\u00a01\u20111", [5]string{"911", "911", "911", "999", "112"}},
		{"+911", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"+112", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"9111", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"91", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"1911", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"911#", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"988", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"18000", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"101", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"111", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"114", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"119", [5]string{ordinary, ordinary, ordinary, ordinary, ordinary}},
		{"933", [5]string{test, test, test, ordinary, ordinary}},
	}
	for _, row := range table {
		for i, country := range countries {
			if got := classified(row.typed, country); got != row.sent[i] {
				t.Errorf("%q dialled in %s: %s, want %s", row.typed, country, got, row.sent[i])
			}
		}
	}
}

func classified(typed string, countries ...location.Country) string {
	dialled, err := number.Classify(typed, countries...)
	if err != nil {
		return err.Error()
	}
	switch d := dialled.(type) {
	case number.Emergency:
		return d.Number.String()
	case number.TestCall:
		return "test"
	case number.Ordinary:
		return "ordinary"
	}
	return fmt.Sprintf("%T", dialled)
}

func TestEveryCountryThatTheRepMayBeInCounts(t *testing.T) {
	table := []struct {
		typed     string
		countries []location.Country
		sent      string
	}{
		{"9911", []location.Country{location.DK, location.US}, "112"}, // an American in Aarhus dials as at home
		{"9112", []location.Country{location.US, location.DK}, "911"},
		{"9999", []location.Country{location.GB, location.US}, "999"},
		{"112", []location.Country{"DE", location.US}, "112"}, // not curated: the library says what there is
		{"110", []location.Country{"DE", location.US}, "110"},
		{"911", []location.Country{"DE", location.US}, "112"},
		{"911", []location.Country{"AQ", location.US}, "911"}, // nobody knows any number there: what was dialled is sent
		{"112", nil, "112"}, // nothing is known of the rep
		{"000", []location.Country{""}, "000"},
		{"112", []location.Country{"", location.US}, "911"},
	}
	for _, row := range table {
		if got := classified(row.typed, row.countries...); got != row.sent {
			t.Errorf("%q dialled by somebody who may be in %v: %s, want %s", row.typed, row.countries, got, row.sent)
		}
	}
}

func TestOrdinaryNumbersAreWrittenInFull(t *testing.T) {
	table := []struct {
		typed   string
		country location.Country
		want    string
	}{
		{"(217) 555-0123", location.US, "+12175550123"},
		{"1 217 555 0123", location.CA, "+12175550123"},
		{"011 45 89 55 01 00", location.US, "+4589550100"},
		{"0113 496 0000", location.GB, "+441134960000"},
		{"00 1 217 555 0123", location.GB, "+12175550123"},
		{"89 55 01 00", location.DK, "+4589550100"},
		{"00 44 113 496 0000", location.DK, "+441134960000"},
		{"+44 113 496 0000", location.US, "+441134960000"},
		{"412", location.US, "412"},
		{"*98#", location.GB, "*98#"},
		{"89550100", "FR", "89550100"},
	}
	for _, row := range table {
		dialled, err := number.Classify(row.typed, row.country)
		if err != nil {
			t.Errorf("%q in %s: %v", row.typed, row.country, err)
			continue
		}
		if got := dialled.(number.Ordinary).Number; got != row.want {
			t.Errorf("%q in %s: %s, want %s", row.typed, row.country, got, row.want)
		}
	}
}

func TestWhatIsNoNumberIsRefused(t *testing.T) {
	for _, typed := range []string{"", " ", "+", "hello", "911a", "12345678901234567890123456", "9١1", "sip:911@example.org"} {
		if _, err := number.Classify(typed, location.US); err == nil || err.(interface{ Code() string }).Code() != "NOT_A_NUMBER" {
			t.Errorf("%q: %v, want the refusal NOT_A_NUMBER", typed, err)
		}
	}
}

func TestE164IsAPlusAndSevenToFifteenDigits(t *testing.T) {
	for n, want := range map[number.E164]bool{
		"+12175550101": true, "+4589550100": true, "+1234567": true, "+123456789012345": true,
		"12175550101": false, "+0217555010": false, "+123456": false, "+1234567890123456": false, "+1217555010a": false, "": false,
	} {
		if n.Valid() != want {
			t.Errorf("%q valid: %t, want %t", n, n.Valid(), want)
		}
	}
}

// FuzzClassify proves that no string is both refused and an emergency number, and that cleaning twice changes nothing.
func FuzzClassify(f *testing.F) {
	for _, seed := range []string{"911", "tel:9-1-1", "+911", "9 9 9 9", "(112)", "\u2066112\u2069"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		cleaned := number.Clean(typed)
		if again := number.Clean(cleaned); again != cleaned && len(cleaned) >= 4 && cleaned[:4] != "tel:" {
			t.Errorf("%q cleaned to %q, and again to %q", typed, cleaned, again)
		}
		_, emergency := number.EmergencyStrings(location.US)[cleaned]
		dialled, err := number.Classify(typed, location.US)
		if _, placed := dialled.(number.Emergency); placed != emergency || emergency && err != nil {
			t.Errorf("%q: emergency %t, but classified as %T with %v", typed, emergency, dialled, err)
		}
	})
}
