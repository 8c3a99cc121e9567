package emergency_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/emergency"
)

// TestEverybodyIsInTheFirstTellingThatNamesThem: contacts first, then the tiers of all rules by their time.
func TestEverybodyIsInTheFirstTellingThatNamesThem(t *testing.T) {
	got := emergency.Tellings([]string{"a@x.example", "b@x.example"}, []emergency.Tier{
		{AfterS: 60, EmergencyContacts: "c@x.example; A@x.example", Channels: []emergency.ChannelID{"pager"}},
		{EmergencyContacts: "b@x.example", Channels: []emergency.ChannelID{"texts"}},
		{AfterS: 60, EmergencyContacts: "d@x.example; c@x.example", Channels: []emergency.ChannelID{"pager", "texts"}},
		{AfterS: 90, EmergencyContacts: "d@x.example", Channels: []emergency.ChannelID{"pager"}},
		{AfterS: 120, EmergencyContacts: "e@x.example"},
	})
	want := []emergency.Telling{
		{Recipients: []string{"a@x.example", "b@x.example"}, Channels: []emergency.ChannelID{"texts"}},
		{After: time.Minute, Recipients: []string{"c@x.example", "d@x.example"}, Channels: []emergency.ChannelID{"pager"}},
		{After: 2 * time.Minute, Recipients: []string{"e@x.example"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tellings (-want +got):\n%s", diff)
	}
	if got := emergency.Tellings(nil, nil); len(got) != 1 || len(got[0].Recipients)+len(got[0].Channels) != 0 {
		t.Errorf("nobody to tell: %+v", got)
	}
}

func TestSiteReadsItsOwnLanguageOrTheNearest(t *testing.T) {
	standard := emergency.Template{Subject: "standard"}
	translations := []emergency.Translation{{Language: "da", Template: emergency.Template{Subject: "dansk"}}, {Language: "fr-CA", Template: emergency.Template{Subject: "québécois"}}}
	for language, want := range map[emergency.Language]string{"": "standard", "da": "dansk", "da-DK": "dansk", "fr-ca": "québécois", "fr": "standard", "pl": "standard", "d": "standard"} {
		if got := standard.InLanguage(language, translations); got.Subject != want {
			t.Errorf("a site that speaks %q reads %q, want %q", language, got.Subject, want)
		}
	}
}

func TestNobodyTakesATestForAnEmergency(t *testing.T) {
	n := emergency.Notice{Rep: "Alice", Number: "933", Test: true}
	mail, _ := emergency.Render(emergency.Template{Subject: "EMERGENCY {{rep}}", Body: "{{kind}}: {{outcome}}"}, n, nil)
	if mail.Subject != "[Test] EMERGENCY Alice" || !strings.HasPrefix(mail.Text, "Test: This is a test. Nobody is in an emergency") {
		t.Errorf("a test: %+v", mail)
	}
	if text := emergency.RenderText(n, nil); !strings.HasPrefix(text, "[Test] ") {
		t.Errorf("the text message of a test: %s", text)
	}
	n.Test = false
	if mail, _ := emergency.Render(emergency.Template{Body: "{{kind}}"}, n, nil); mail.Text != "Real" || strings.Contains(mail.Subject, "Test") {
		t.Errorf("no test: %+v", mail)
	}
}

// TestWhatIsFilledIntoHTMLIsNoMarkup: a rep's name can hold anything.
func TestWhatIsFilledIntoHTMLIsNoMarkup(t *testing.T) {
	n := emergency.Notice{Rep: `<script>"x"</script> & co`, Site: "{{number}}"}
	mail, mistakes := emergency.Render(emergency.Template{HTML: "<p>{{rep}}</p>\n<p title='{{site}}'>{{plaace}}</p>"}, n, nil)
	want := "<p>&lt;script&gt;&#34;x&#34;&lt;/script&gt; &amp; co</p>\n<p title='{{number}}'>{{plaace}}</p>"
	if mail.HTML != want || mail.Text != "" {
		t.Errorf("HTML %q, want %q; text %q", mail.HTML, want, mail.Text)
	}
	if len(mistakes) != 1 || mistakes[0].Field != "html" || mistakes[0].Line != 2 || mistakes[0].Column != 21 || mistakes[0].Meant != "place" {
		t.Errorf("mistakes: %+v", mistakes)
	}
}
