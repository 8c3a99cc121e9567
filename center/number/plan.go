package number

import (
	"strings"

	"mayday/center/location"
)

// numberingPlan is what must be known of a country to write its national numbers in full.
type numberingPlan struct {
	code          string // country code
	international string // prefix of a call abroad
	trunk         string // prefix of a national call
	min, max      int    // digits of a national number without its prefix
}

func planOf(country location.Country) (numberingPlan, bool) {
	switch country {
	case location.US, location.CA, location.PR:
		return numberingPlan{code: "1", international: "011", trunk: "1", min: 10, max: 10}, true
	case location.GB:
		return numberingPlan{code: "44", international: "00", trunk: "0", min: 9, max: 10}, true
	case location.DK:
		return numberingPlan{code: "45", international: "00", trunk: "", min: 8, max: 8}, true
	}
	return numberingPlan{}, false
}

// International writes a cleaned string in E.164 where the country's numbering plan tells how; anything else (a short code, an
// extension, a string with a star) stays as it is.
func International(cleaned string, country location.Country) string {
	plan, known := planOf(country)
	if !known || strings.HasPrefix(cleaned, "+") || strings.ContainsAny(cleaned, "*#") {
		return cleaned
	}
	if abroad, ok := strings.CutPrefix(cleaned, plan.international); ok {
		if full := "+" + abroad; E164(full).Valid() {
			return full
		}
		return cleaned
	}
	national, prefixed := strings.CutPrefix(cleaned, plan.trunk)
	if plan.trunk == "0" && !prefixed {
		return cleaned
	}
	if prefixed && len(national) < plan.min {
		national = cleaned
	}
	if len(national) < plan.min || len(national) > plan.max {
		return cleaned
	}
	return "+" + plan.code + national
}
