package app_test

import (
	"slices"
	"testing"

	"mayday/app"
	"mayday/center"
	"mayday/center/emergency"
)

func TestWarningsNameWhatIsLeftOutOfMailsAndWhatTravelsInTheClear(t *testing.T) {
	c := center.Center{
		Template:     emergency.Template{HTML: "<p>{{rep}}</p>"},
		Translations: []emergency.Translation{{Language: "da", Template: emergency.Template{HTML: "<script>x</script>"}}},
		Channels: []emergency.Channel{
			{ID: "safe", Kind: emergency.Webhook, URL: "https://pager.example"}, {ID: "open", Kind: emergency.SMS, URL: "http://texts.example"},
		},
	}
	want := []string{
		"translations[0].html: the element <script> is left out of mails, because it could do harm",
		"channels[1].url: notices to open travel in the clear",
	}
	if got := app.Warnings(c); !slices.Equal(got, want) {
		t.Errorf("warnings: %q, want %q", got, want)
	}
}
