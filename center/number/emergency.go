package number

import (
	"slices"
	"strings"
	"unicode"

	"mayday/center/location"
)

// Live is an emergency number as it is sent to a live emergency service. Only Classify makes one.
type Live struct{ digits string }

// String returns the digits, "911".
func (l Live) String() string { return l.digits }

// Test is a number of a carrier's test service. It is another type than Live, and neither becomes the other: a test call has
// no place that could hold a live number (RFC 6881 §15).
type Test struct{ digits string }

// String returns the digits, "933".
func (t Test) String() string { return t.digits }

// TestOf makes the number of a trunk's test service. A string that is a call for help anywhere makes none.
func TestOf(digits string) (Test, bool) {
	if digits == "" || !dialable(digits) {
		return Test{}, false
	}
	if _, live := EmergencyStrings(location.Supported()...)[digits]; live {
		return Test{}, false
	}
	return Test{digits: digits}, true
}

// Dialled is what a typed string turned out to be: Emergency, TestCall or Ordinary.
//
//sumtype:decl
type Dialled interface{ dialled() }

// Emergency is a call for help: Number is the string of the resolved country that the call is placed to.
type Emergency struct{ Number Live }

// TestCall is a call to the carrier's test service.
type TestCall struct{ Number Test }

// Ordinary is any other call; Number is in E.164 where the numbering plan of the country tells, else as cleaned.
type Ordinary struct{ Number string }

func (Emergency) dialled() {}
func (TestCall) dialled()  {}
func (Ordinary) dialled()  {}

// profile is what is curated for a country: the strings that reach its emergency service, the first of them the usual one, and
// the string of the carriers' test service.
type profile struct {
	numbers []string
	test    string
}

func profileOf(country location.Country) profile {
	switch country {
	case location.US, location.CA, location.PR:
		return profile{numbers: []string{"911"}, test: "933"}
	case location.GB:
		return profile{numbers: []string{"999", "112"}}
	case location.DK:
		return profile{numbers: []string{"112"}}
	}
	return profile{}
}

// foreign lists what people dial for help elsewhere; each is a mask wherever it is not itself the local number.
func foreign() []string { return []string{"911", "112", "999", "000"} }

// outside is the digit that people dial for an outside line.
const outside = "9"

// EmergencyStrings maps every cleaned string that is a call for help for somebody who may be in any of the countries to the string
// that is sent for it. The first country is the resolved one: its string is sent. Where it is not curated, what was dialled is sent.
func EmergencyStrings(countries ...location.Country) map[string]string {
	countries = slices.DeleteFunc(slices.Clone(countries), func(c location.Country) bool { return c == "" })
	sent := make(map[string]string)
	for _, dialled := range foreign() {
		sent[dialled] = dialled
	}
	for _, country := range countries {
		for _, own := range profileOf(country).numbers {
			sent[own], sent[outside+own] = own, own
		}
	}
	if len(countries) == 0 || !countries[0].Supported() {
		return sent
	}
	local := profileOf(countries[0]).numbers
	for dialled := range sent {
		sent[dialled] = local[0]
	}
	for _, own := range local {
		sent[own], sent[outside+own] = own, own
	}
	return sent
}

// MobileNumber is the emergency number that somebody in the country dials on a mobile phone.
func MobileNumber(country location.Country) string {
	if numbers := profileOf(country).numbers; len(numbers) > 0 {
		return numbers[0]
	}
	return "112"
}

// Clean drops from a typed string what people and other programs put between the digits: white space, dashes, dots, brackets and
// a leading "tel:".
func Clean(typed string) string {
	typed = strings.TrimSpace(typed)
	if len(typed) >= 4 && strings.EqualFold(typed[:4], "tel:") {
		typed = typed[4:]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(".()[]/", r) {
			return -1
		}
		return r
	}, typed)
}

// Classify says what a typed string is for somebody who may be in any of the countries, the resolved one first. An emergency number
// is matched exactly and before any other rule; a leading plus never makes one. The error is a Refusal.
func Classify(typed string, countries ...location.Country) (Dialled, error) {
	cleaned := Clean(typed)
	if sent, ok := EmergencyStrings(countries...)[cleaned]; ok {
		return Emergency{Number: Live{digits: sent}}, nil
	}
	for _, country := range countries {
		if test := profileOf(country).test; test != "" && cleaned == test {
			return TestCall{Number: Test{digits: test}}, nil
		}
	}
	if !dialable(cleaned) {
		return nil, NotANumber
	}
	home := location.Country("")
	if len(countries) > 0 {
		home = countries[0]
	}
	return Ordinary{Number: International(cleaned, home)}, nil
}

// Refusal says why a typed string cannot be dialled.
type Refusal string

// NotANumber refuses a string that is empty, too long or has something else than digits, star and hash in it.
const NotANumber Refusal = "NOT_A_NUMBER"

// Code returns the refusal's name for programs.
func (r Refusal) Code() string { return string(r) }

// Error returns the refusal in words for a rep.
func (r Refusal) Error() string { return "this is not a telephone number" }

// maxDialled is longer than any E.164 number with an international prefix.
const maxDialled = 24

func dialable(cleaned string) bool {
	digits := strings.TrimPrefix(cleaned, "+")
	if digits == "" || len(digits) > maxDialled {
		return false
	}
	return strings.Trim(digits, "0123456789*#") == ""
}
