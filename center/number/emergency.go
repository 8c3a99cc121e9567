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
type Test struct{ service string } // not like Live: no conversion makes the one of the other

// String returns the digits, "933".
func (t Test) String() string { return t.service }

// TestOf makes the number of the test service of a trunk, which serves the country, or all where none is given. A string that is a call
// for help there or anywhere else makes none, and none of those that an organisation has made one.
func TestOf(digits string, serves location.Country, extra ...string) (Test, bool) {
	if digits == "" || !dialable(digits) || slices.Contains(extra, digits) || helpSomewhere(digits, serves) {
		return Test{}, false
	}
	return Test{service: digits}, true
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

// Classify says what a typed string is for somebody who may be in any of the countries, the resolved one first. The error is a
// Refusal.
func Classify(typed string, countries ...location.Country) (Dialled, error) {
	return NewNet(areas(countries)...).Classify(typed)
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
