package number_test

import (
	"testing"

	"mayday/center/location"
	"mayday/center/number"
)

func sentFor(t *testing.T, net number.Net, typed string) string {
	t.Helper()
	dialled, err := net.Classify(typed)
	if err != nil {
		return err.Error()
	}
	if help, ok := dialled.(number.Emergency); ok {
		return help.Number.String()
	}
	return "ordinary"
}

func TestAnOrganisationMayHaveMoreEmergencyNumbers(t *testing.T) {
	denmark := number.Area{Country: location.DK, Extra: []string{"1813"}}
	for _, row := range []struct {
		circumstance string
		areas        []number.Area
		typed, sent  string
	}{
		{"where it is", []number.Area{denmark}, "1813", "1813"},
		{"behind an outside line", []number.Area{denmark}, "9 1813", "1813"},
		{"of the organisation, at a site of the same country", []number.Area{{Country: location.DK}, denmark}, "1813", "1813"},
		{"dialled by somebody who is abroad", []number.Area{{Country: location.GB}, denmark}, "1813", "999"},
		{"dialled by somebody who is never there", []number.Area{{Country: location.GB}}, "1813", "ordinary"},
		{"beside the country's own", []number.Area{denmark}, "112", "112"},
	} {
		if got := sentFor(t, number.NewNet(row.areas...), row.typed); got != row.sent {
			t.Errorf("%s, %s is dialled: %s, want %s", row.circumstance, row.typed, got, row.sent)
		}
	}
}

func TestOnlyTheLibrarysNumbersCanBeTakenAway(t *testing.T) {
	poland := number.Area{Country: "PL", Ordinary: []string{"997", "112"}}
	denmark := number.Area{Country: location.DK, Ordinary: []string{"112", "911"}}
	for _, row := range []struct {
		circumstance string
		areas        []number.Area
		typed, sent  string
	}{
		{"a library number that an organisation takes away", []number.Area{poland}, "997", "ordinary"},
		{"its mask", []number.Area{poland}, "9997", "ordinary"},
		{"taken away at the site, and the organisation is of the country", []number.Area{{Country: "PL"}, poland}, "997", "ordinary"},
		{"taken away in another country", []number.Area{{Country: "PL"}, {Country: "DE", Ordinary: []string{"997"}}}, "997", "997"},
		{"one that is not", []number.Area{poland}, "998", "998"},
		{"112 in Poland", []number.Area{poland}, "112", "112"},
		{"112 in a curated country", []number.Area{denmark}, "112", "112"},
		{"a mask in a curated country", []number.Area{denmark}, "911", "112"},
	} {
		if got := sentFor(t, number.NewNet(row.areas...), row.typed); got != row.sent {
			t.Errorf("%s, %s is dialled: %s, want %s", row.circumstance, row.typed, got, row.sent)
		}
	}
}

func TestNoTestNumberReachesALiveService(t *testing.T) {
	for _, live := range []string{"911", "9911", "9112", "110", "119", "15", "1813"} {
		if test, made := number.TestOf(live, "", "1813"); made {
			t.Errorf("%s, which is a call for help somewhere: became the test number %s", live, test)
		}
	}
	for _, where := range []location.Country{"", location.US, location.DK, "DE"} {
		if test, made := number.TestOf("933", where, "1813"); !made || test.String() != "933" {
			t.Errorf("933 at a trunk that serves %q: became the test number %q", where, test)
		}
	}
	if _, made := number.TestOf("933", "TO"); made {
		t.Error("933 at a trunk that serves Tonga, where it is the fire brigade's: became a test number")
	}
}
