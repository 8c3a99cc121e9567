package app

import (
	"fmt"
	"strings"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/edge/notify"
)

// Warnings says what is allowed in a center and still not as somebody may think: HTML that is left out of mails, and notices that travel
// in the clear.
func Warnings(c center.Center) []string {
	var all []string
	warn := func(where string, t emergency.Template) {
		for _, piece := range notify.Unsafe(t.HTML) {
			all = append(all, fmt.Sprintf("%s: %s is left out of mails, because it could do harm", where, piece))
		}
	}
	warn("template.html", c.Template)
	for i, t := range c.Translations {
		warn(fmt.Sprintf("translations[%d].html", i), t.Template)
	}
	for i, channel := range c.Channels {
		if strings.HasPrefix(channel.URL, "http://") {
			all = append(all, fmt.Sprintf("channels[%d].url: notices to %s travel in the clear", i, channel.ID))
		}
	}
	return all
}
