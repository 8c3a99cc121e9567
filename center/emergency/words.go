package emergency

import (
	"maps"
	"slices"
	"strings"
)

// wording is what notices say in one language where a template says nothing. Every text is whole: none is put together of pieces whose
// order another language would not keep.
type wording struct {
	subject, failedSubject, escalatedSubject string
	body                                     string
	text, failedText                         string // of a text message
	testMark                                 string // stands before the subject and the text of a test
	placed, failed, tested                   string // what became of the call
	kindReal, kindTest                       string
	somebody, noSite, notKnown, none         string
	organisation                             string
	noPlace                                  string

	positionOfSite     string // a position that nobody measured
	positionMeasured   string // nobody knows when
	positionMeasuredAt string
	positionOld        string
	when               string    // a time
	weekdays           [7]string // Sunday first
	months             [12]string
}

// wordings holds the built-in texts by language.
var wordings = map[Language]wording{"en": {
	subject:          "Emergency call by {{rep}} ({{site}})",
	failedSubject:    "Emergency call NOT connected: {{rep}} ({{site}})",
	escalatedSubject: "Nobody has acknowledged yet: emergency call by {{rep}} ({{site}})",
	body: `{{rep}} has dialled the emergency number {{number}}.

When: {{time}}
Site: {{site}}
Outcome: {{outcome}}

Place sent with the call:
{{place}}

Number for a call back: {{callback_number}}
It rings {{rep}} until: {{callback_until}}

You receive this message as an emergency contact at {{organisation}}.
It was sent when the number was dialled; you are not told how the call goes on.
Please do not call the emergency service only to ask about it.
`,
	text:         "Emergency call: {{rep}} ({{site}}) dialled {{number}} on {{time}}. Call back: {{callback_number}}. Place: {{place}}",
	failedText:   "Emergency call NOT connected: {{rep}} ({{site}}) dialled {{number}} on {{time}}. Please get help now. Place: {{place}}",
	testMark:     "[Test] ",
	placed:       "The call is on its way to the emergency service.",
	failed:       "The call did NOT get through: every route failed. Please make sure now that help is called, from another telephone.",
	tested:       "This is a test. Nobody is in an emergency, and no emergency service was called.",
	kindReal:     "Real",
	kindTest:     "Test",
	somebody:     "Somebody",
	noSite:       "site not known",
	notKnown:     "not known",
	none:         "none",
	organisation: "this organisation",
	noPlace:      "No place was sent with the call.",

	positionOfSite:     "The position of the site is {{latitude}}, {{longitude}}, within {{radius}} m.",
	positionMeasured:   "The browser measured the position {{latitude}}, {{longitude}}, within {{radius}} m.",
	positionMeasuredAt: "The browser measured the position {{latitude}}, {{longitude}}, within {{radius}} m, on {{when}}.",
	positionOld:        "The browser measured the position {{latitude}}, {{longitude}}, within {{radius}} m, on {{when}}. This is old, and may be out of date.",
	when:               "{{weekday}}, {{day}} {{month}} {{year}}, {{clock}} {{zone}} (UTC{{offset}})",
	weekdays:           [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	months: [12]string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	},
}, "da": danish()}

// Languages returns the languages that have built-in texts, sorted.
func Languages() []Language { return slices.Sorted(maps.Keys(wordings)) }

// wordsIn returns the built-in texts in the language, else in English.
func wordsIn(language Language) wording {
	primary, _, _ := strings.Cut(strings.ToLower(string(language)), "-")
	if words, known := wordings[Language(primary)]; known {
		return words
	}
	return wordings["en"]
}

// mailFor returns the built-in mail of such a notice: whoever sees no more than the subject has to know whether to act.
func (w wording) mailFor(n Notice) Template {
	switch {
	case n.Outcome == Failed:
		return Template{Subject: w.failedSubject, Body: w.body}
	case n.Escalated:
		return Template{Subject: w.escalatedSubject, Body: w.body}
	}
	return Template{Subject: w.subject, Body: w.body}
}

func (w wording) outcome(n Notice) string {
	switch {
	case n.Test:
		return w.tested
	case n.Outcome == Failed:
		return w.failed
	}
	return w.placed
}

func (w wording) kind(n Notice) string {
	if n.Test {
		return w.kindTest
	}
	return w.kindReal
}

// mark returns what stands before the subject of a test, so that nobody takes it for an emergency.
func (w wording) mark(n Notice) string {
	if n.Test {
		return w.testMark
	}
	return ""
}
