package center

import (
	"strings"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// trunkTLS checks what a trunk says of its certificates. Whether they can be read is for whoever uses them to say.
func (k *checker) trunkTLS(at string, t trunk.Trunk) {
	oneOfOr(k, at+".tls.verify", t.TLS.Verify, trunk.VerifyFull, trunk.VerifyNone)
	if t.TLS != (trunk.TLS{}) && !t.Secure() {
		k.say(at+".tls", "the trunk is not reached over TLS: give its uri the transport tls, or leave this out")
	}
	if t.TLS.Key != "" && t.TLS.Certificate == "" {
		k.say(at+".tls.certificate", "missing: the key has no certificate")
	}
	for _, text := range []struct{ field, pem, what string }{
		{"authority", t.TLS.Authority, "CERTIFICATE"}, {"certificate", t.TLS.Certificate, "CERTIFICATE"}, {"key", t.TLS.Key, "PRIVATE KEY"},
	} {
		if text.pem != "" && !strings.Contains(text.pem, text.what+"-----") {
			k.say(at+".tls."+text.field, "is no PEM text with a %s in it: give the text of the file, not its name", text.what)
		}
	}
}

// deskAt reports whether somebody sits at the security desk of the site.
func (k *checker) deskAt(site location.SiteID) bool {
	for _, r := range k.center.Reps {
		if r.Site == site && r.Has(rep.Desk) {
			return true
		}
	}
	return false
}

// isLanguage reports whether a language has the shape of a tag.
func isLanguage(tag string) bool {
	primary, further, more := strings.Cut(tag, "-")
	if len(primary) < 2 || len(primary) > 3 || primary != strings.ToLower(primary) || !isWord(primary, "") || strings.ContainsAny(primary, "0123456789") {
		return false
	}
	for more {
		var subtag string
		subtag, further, more = strings.Cut(further, "-")
		if len(subtag) < 2 || len(subtag) > 8 || !isWord(subtag, "") {
			return false
		}
	}
	return true
}

func (k *checker) language(path, language string) {
	if language != "" && !isLanguage(language) {
		k.say(path, `%q is no language: give its tag, such as "da"`, language)
	}
}

// webURL checks an address on the web that may be left out.
func (k *checker) webURL(path, url string) {
	if url == "" {
		return
	}
	_, rest, found := strings.Cut(url, "://")
	scheme := strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
	if host, _, _ := strings.Cut(rest, "/"); !found || !scheme || host == "" || strings.ContainsAny(host, "@?# ") {
		k.say(path, `is no address on the web: write it as in "https://gateway.example/send", and credentials elsewhere`)
	}
}

func (k *checker) channels() {
	for i, c := range k.center.Channels {
		at := index("channels", i)
		k.id(at+".id", &k.channelIDs, i)
		oneOf(k, at+".kind", c.Kind, emergency.Webhook, emergency.SMS)
		if c.URL == "" {
			k.say(at+".url", "missing: give the address that is told")
		}
		k.webURL(at+".url", c.URL)
		k.textNumbers(at+".to", c)
	}
}

// textNumbers checks whom a channel sends text messages.
func (k *checker) textNumbers(path string, c emergency.Channel) {
	switch {
	case c.Kind == emergency.SMS && strings.TrimSpace(c.To) == "":
		k.say(path, "missing: give the telephone numbers that get the text message, separated by semicolons")
	case c.Kind == emergency.Webhook && c.To != "":
		k.say(path, "a webhook has nobody to name: leave this out")
	}
	for _, piece := range emergency.TextNumbers(c.To) {
		k.e164(path, piece)
	}
}

// longestWait is the latest tier, in seconds: after that the window of the call is over.
const longestWait = 3600

func (k *checker) rules() {
	ids := newBook("notification rule")
	for i, r := range k.center.Rules {
		at := index("notification_rules", i)
		ids.enter(string(r.ID))
		k.id(at+".id", &ids, i)
		k.names(at+".sites", plain(r.Sites), &k.siteIDs)
		k.ruleNumbers(at+".numbers", r.Numbers)
		if len(r.Tiers) == 0 {
			k.say(at+".tiers", "missing: give at least one tier, of those who are told at once")
		}
		for j, tier := range r.Tiers {
			k.tier(index(at+".tiers", j), tier)
			if j > 0 && tier.AfterS <= r.Tiers[j-1].AfterS {
				k.say(index(at+".tiers", j)+".after_s", "%d is not later than the tier before: order them by their time", tier.AfterS)
			}
		}
	}
}

func (k *checker) tier(at string, tier emergency.Tier) {
	if tier.AfterS < 0 || tier.AfterS > longestWait {
		k.say(at+".after_s", "%d is impossible: give seconds after dialling, 0 to %d", tier.AfterS, longestWait)
	}
	k.contacts(at+".emergency_contacts", tier.EmergencyContacts)
	k.names(at+".channels", plain(tier.Channels), &k.channelIDs)
	if strings.TrimSpace(tier.EmergencyContacts) == "" && len(tier.Channels) == 0 {
		k.say(at, "tells nobody: give emergency_contacts or channels")
	}
}

func (k *checker) ruleNumbers(path string, numbers []string) {
	for i, dialled := range numbers {
		if dialled == "" || strings.Trim(dialled, "0123456789") != "" || number.E164("+"+dialled).Valid() {
			k.say(index(path, i), `%q is no emergency number: write it as it is sent, "112"`, dialled)
		}
	}
	k.once(path, numbers)
}

func (k *checker) translations() {
	seen := map[emergency.Language]int{}
	for i, t := range k.center.Translations {
		at := index("translations", i)
		if t.Language == "" {
			k.say(at+".language", `missing: give the language's tag, such as "da"`)
		}
		k.language(at+".language", string(t.Language))
		if first, twice := seen[t.Language]; twice {
			k.say(at+".language", "%q is already in the list, at index %d; every language is there once", t.Language, first)
		} else {
			seen[t.Language] = i
		}
		if strings.ContainsAny(t.Subject, "\r\n") {
			k.say(at+".subject", "has more than one line: a subject is one line")
		}
		for _, m := range emergency.CheckTemplate(t.Template) {
			k.say(at+"."+m.Field, "%s", m.Reason())
		}
	}
}
