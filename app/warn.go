package app

import (
	"fmt"
	"strings"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/edge/notify"
)

// Warnings says what is allowed in a center and still not as somebody may think: HTML that is left out of mails, notices that travel in the
// clear, and trunks whose port is not that of their transport.
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
	for i, t := range c.Trunks {
		if port := portIn(t.URI); port == "5061" && !t.Secure() {
			all = append(all, fmt.Sprintf("trunks[%d].uri: 5061 is the port of TLS, and %s asks for none: add ;transport=tls", i, t.ID))
		} else if port == "5060" && t.Secure() {
			all = append(all, fmt.Sprintf("trunks[%d].uri: %s is reached over TLS at 5060, which is the port without: TLS has 5061", i, t.ID))
		}
	}
	return all
}

// portIn returns the port that a trunk's URI names.
func portIn(uri string) string {
	hostport, _, _ := strings.Cut(uri, ";")
	return hostport[strings.LastIndexByte(hostport, ':')+1:]
}
