package app_test

import (
	"slices"
	"testing"

	"mayday/app"
	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/trunk"
)

func TestWarningsNameWhatIsAllowedAndMayBeMeantOtherwise(t *testing.T) {
	c := center.Center{
		Template:     emergency.Template{HTML: "<p>{{rep}}</p>"},
		Translations: []emergency.Translation{{Language: "da", Template: emergency.Template{HTML: "<script>x</script>"}}},
		Channels: []emergency.Channel{
			{ID: "safe", Kind: emergency.Webhook, URL: "https://pager.example"}, {ID: "open", Kind: emergency.SMS, URL: "http://texts.example"},
		},
		Trunks: []trunk.Trunk{
			{ID: "plain", URI: "sip:sbc.example:5060;transport=tcp"}, {ID: "secure", URI: "sips:[2001:db8::1]:5061"},
			{ID: "half", URI: "sip:sbc.example:5061"}, {ID: "odd", URI: "sip:sbc.example:5060;transport=tls"},
		},
	}
	want := []string{
		"translations[0].html: the element <script> is left out of mails, because it could do harm",
		"channels[1].url: notices to open travel in the clear",
		"trunks[2].uri: 5061 is the port of TLS, and half asks for none: add ;transport=tls",
		"trunks[3].uri: odd is reached over TLS at 5060, which is the port without: TLS has 5061",
	}
	if got := app.Warnings(c); !slices.Equal(got, want) {
		t.Errorf("warnings: %q, want %q", got, want)
	}
}
