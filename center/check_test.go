package center_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
)

func TestNothingIsWrongWithTheSample(t *testing.T) {
	if mistakes := center.Check(sample()); len(mistakes) > 0 {
		t.Errorf("sample center: %s", center.Mistakes(mistakes))
	}
}

func TestEachMistakeIsFoundWhereItIs(t *testing.T) {
	for _, c := range []struct {
		path, reason string // the reason has these words in it
		spoil        func(*center.Center)
	}{
		{"organisation.name", "missing", func(c *center.Center) { c.Organisation.Name = " " }},
		{"organisation.country", "missing", func(c *center.Center) { c.Organisation.Country = "" }},
		{"organisation.country", `did you mean "GB"?`, func(c *center.Center) { c.Organisation.Country = "UK" }},
		{"organisation.country", `did you mean "DK"?`, func(c *center.Center) { c.Organisation.Country = "dk" }},
		{"organisation.country", "two letters", func(c *center.Center) { c.Organisation.Country = "USA" }},
		{"organisation.time_zone", "IANA", func(c *center.Center) { c.Organisation.TimeZone = "../etc/passwd" }},
		{"organisation.mail_sender", `"mayday"`, func(c *center.Center) { c.Organisation.MailSender = "mayday" }},
		{"organisation.emergency_contacts", `"x"`, func(c *center.Center) { c.Organisation.EmergencyContacts = "a@b.example; x" }},
		{"sites[1].id", `"hq" is already in the list, at index 0`, func(c *center.Center) { c.Sites[1].ID = "hq" }},
		{"sites[1].id", "missing", func(c *center.Center) { c.Sites[1].ID = "" }},
		{"sites[1].id", "is no id", func(c *center.Center) { c.Sites[1].ID = "a b" }},
		{"sites[1].name", "missing", func(c *center.Center) { c.Sites[1].Name = "" }},
		{"sites[1].country", "no country code", func(c *center.Center) { c.Sites[1].Country = "XX" }},
		{"sites[1].time_zone", "no time zone", func(c *center.Center) { c.Sites[1].TimeZone = "Europe Copenhagen" }},
		{"sites[0].position.latitude", "-90 and 90", func(c *center.Center) { c.Sites[0].Position.Latitude = 90.01 }},
		{"sites[0].position.latitude", "-90 and 90", func(c *center.Center) { c.Sites[0].Position.Latitude = math.NaN() }},
		{"sites[0].position.longitude", "-180 and 180", func(c *center.Center) { c.Sites[0].Position.Longitude = -180.5 }},
		{"sites[0].position.radius_m", "radius", func(c *center.Center) { c.Sites[0].Position.RadiusM = -1 }},
		{"sites[0].position", "no time", func(c *center.Center) { c.Sites[0].Position.At = time.Unix(1, 0) }},
		{"sites[0].emergency_desk", "plus and country code", func(c *center.Center) { c.Sites[0].EmergencyDesk = "217 555 0199" }},
		{"sites[0].static_number", "plus and country code", func(c *center.Center) { c.Sites[0].StaticNumber = "+0217" }},
		{"sites[0].emergency_contacts", `"desk@"`, func(c *center.Center) { c.Sites[0].EmergencyContacts = "desk@" }},
		{"trunks[1].kind", `did you mean "direct_routing"?`, func(c *center.Center) { c.Trunks[1].Kind = "direct_ruting" }},
		{"trunks[1].kind", "missing: one of direct_offer, direct_routing", func(c *center.Center) { c.Trunks[1].Kind = "" }},
		{"trunks[1].uri", "sip:", func(c *center.Center) { c.Trunks[1].URI = "http://x" }},
		{"trunks[1].channels", "-1", func(c *center.Center) { c.Trunks[1].Channels = -1 }},
		{"trunks[1].location", "there are by_value, by_reference, none", func(c *center.Center) { c.Trunks[1].Location = "telepathy" }},
		{"trunks[1].country", "no country code", func(c *center.Center) { c.Trunks[1].Country = "U" }},
		{"trunks[0].test_number", "digits only", func(c *center.Center) { c.Trunks[0].TestNumber = "test" }},
		{"trunks[0].test_number", "live emergency service", func(c *center.Center) { c.Trunks[0].TestNumber = "911" }},
		{"trunks[0].test_number", "live emergency service", func(c *center.Center) { c.Trunks[0].TestNumber = "112" }},
		{"trunks[0].test_number", "live emergency service", func(c *center.Center) { c.Trunks[0].TestNumber = "119" }},
		{"trunks[0].test_number", "live emergency service", func(c *center.Center) { c.Sites[0].Country = "TO" }},
		{"sites[1].emergency_numbers[1]", "2 to 8 digits", func(c *center.Center) { c.Sites[1].EmergencyNumbers = []string{"1813", "+45"} }},
		{"sites[1].emergency_numbers[0]", "2 to 8 digits", func(c *center.Center) { c.Sites[1].EmergencyNumbers = []string{"5"} }},
		{"sites[1].emergency_numbers[1]", "already in this list", func(c *center.Center) { c.Sites[1].EmergencyNumbers = []string{"1813", "1813"} }},
		{"sites[0].emergency_numbers[0]", "test", func(c *center.Center) { c.Trunks[0].TestNumber, c.Sites[0].EmergencyNumbers = "", []string{"933"} }},
		{"organisation.not_emergency[0]", "nothing can be taken away", func(c *center.Center) { c.Organisation.NotEmergency = []string{"911"} }},
		{"sites[1].not_emergency[0]", "also stands in", func(c *center.Center) { c.Sites[1].NotEmergency = []string{"1813"} }},
		{"sites[1].not_emergency[0]", "help everywhere", func(c *center.Center) { c.Sites[1].Country, c.Sites[1].NotEmergency = "PL", []string{"112"} }},
		{"sites[1].not_emergency[0]", "leave it out", func(c *center.Center) { c.Sites[1].Country, c.Sites[1].NotEmergency = "PL", []string{"111"} }},
		{"trunks[1].username", "missing", func(c *center.Center) { c.Trunks[1].Username = "" }},
		{"trunks[1].username", "registers", func(c *center.Center) { c.Trunks[1].Username, c.Trunks[1].Password = "", "" }},
		{"trunks[1].srtp", `did you mean "sdes"?`, func(c *center.Center) { c.Trunks[1].SRTP = "sde" }},
		{"trunks[1].tls.verify", "there are full, none", func(c *center.Center) { c.Trunks[1].TLS.Verify = "maybe" }},
		{"trunks[1].tls", "not reached over TLS", func(c *center.Center) { c.Trunks[1].URI = "sip:127.0.0.1:5090" }},
		{"trunks[1].tls.certificate", "the key has no certificate", func(c *center.Center) { c.Trunks[1].TLS.Certificate = "" }},
		{"trunks[1].tls.key", "no PEM text", func(c *center.Center) { c.Trunks[1].TLS.Key = "key.pem" }},
		{"trunks[1].tls.authority", "no PEM text", func(c *center.Center) { c.Trunks[1].TLS.Authority = "/etc/ssl" }},
		{"voice_routes[0].choose", "there are in_order, random", func(c *center.Center) { c.VoiceRoutes[0].Choose = "best" }},
		{"sites[0].desk_joins", "there are listen, speak", func(c *center.Center) { c.Sites[0].DeskJoins = "shout" }},
		{"sites[1].desk_joins", "no desk to join", func(c *center.Center) { c.Sites[1].DeskJoins = location.DeskListens }},
		{"sites[0].language", "no language", func(c *center.Center) { c.Sites[0].Language = "Danish" }},
		{"organisation.lost", "no address on the web", func(c *center.Center) { c.Organisation.LoST = "lost.example" }},
		{"organisation.held", "no address on the web", func(c *center.Center) { c.Organisation.HELD = "https://me:secret@held.example" }},
		{"reps[0].home.country", "missing", func(c *center.Center) { c.Reps[0].Home.Country = "" }},
		{"channels[0].kind", "there are webhook, sms", func(c *center.Center) { c.Channels[0].Kind = "pigeon" }},
		{"channels[0].url", "missing", func(c *center.Center) { c.Channels[0].URL = "" }},
		{"channels[0].url", "no address on the web", func(c *center.Center) { c.Channels[0].URL = "mailto:x@y.example" }},
		{"channels[0].to", "nobody to name", func(c *center.Center) { c.Channels[0].To = "+12175550189" }},
		{"channels[1].to", "missing", func(c *center.Center) { c.Channels[1].To = " " }},
		{"channels[1].to", `"0217" is no full telephone number`, func(c *center.Center) { c.Channels[1].To = "+12175550189; 0217" }},
		{"notification_rules[0].sites[0]", `no site "hp"; did you mean "hq"?`, func(c *center.Center) { c.Rules[0].Sites[0] = "hp" }},
		{"notification_rules[0].numbers[1]", "no emergency number", func(c *center.Center) { c.Rules[0].Numbers[1] = "+12175550100" }},
		{"notification_rules[0].tiers", "missing", func(c *center.Center) { c.Rules[0].Tiers = nil }},
		{"notification_rules[0].tiers[0]", "tells nobody", func(c *center.Center) { c.Rules[0].Tiers[0].EmergencyContacts = "" }},
		{"notification_rules[0].tiers[1].after_s", "not later", func(c *center.Center) { c.Rules[0].Tiers[1].AfterS = 0 }},
		{"notification_rules[0].tiers[1].after_s", "0 to 3600", func(c *center.Center) { c.Rules[0].Tiers[1].AfterS = 4000 }},
		{"notification_rules[0].tiers[1].channels[1]", "no channel", func(c *center.Center) { c.Rules[0].Tiers[1].Channels[1] = "fax" }},
		{"translations[0].language", "missing", func(c *center.Center) { c.Translations[0].Language = "" }},
		{"translations[0].html", "did you mean {{rep}}?", func(c *center.Center) { c.Translations[0].HTML = "<p>{{rap}}</p>" }},
		{"template.html", "did you mean {{site}}?", func(c *center.Center) { c.Template.HTML = "{{sitte}}" }},
		{"numbers[2].e164", "at index 0", func(c *center.Center) { c.Numbers[2].E164 = "+12175550101" }},
		{"numbers[2].e164", "plus and country code", func(c *center.Center) { c.Numbers[2].E164 = "12175550103" }},
		{"numbers[2].e164", "missing", func(c *center.Center) { c.Numbers[2].E164 = "" }},
		{"numbers[2].kind", "missing", func(c *center.Center) { c.Numbers[2].Kind = "" }},
		{"numbers[2].use", "unknown value", func(c *center.Center) { c.Numbers[2].Use = "fun" }},
		{"numbers[0].site", `no site "hk"; did you mean "hq"?`, func(c *center.Center) { c.Numbers[0].Site = "hk" }},
		{"numbers[0].trunk", `did you mean "provider"?`, func(c *center.Center) { c.Numbers[0].Trunk = "provder" }},
		{"numbers[0].workstream", "serves no workstream", func(c *center.Center) { c.Numbers[0].Workstream = "sales" }},
		{"numbers[0].rep", "belongs to the pool", func(c *center.Center) { c.Numbers[0].Rep = "alice" }},
		{"numbers[2].rep", "missing", func(c *center.Center) { c.Numbers[2].Rep = "" }},
		{"numbers[2].rep", `no rep "alcie"; did you mean "alice"?`, func(c *center.Center) { c.Numbers[2].Rep = "alcie" }},
		{"numbers[1].workstream", "no workstream", func(c *center.Center) { c.Numbers[1].Workstream = "support" }},
		{"voice_routes[0].id", "missing", func(c *center.Center) { c.VoiceRoutes[0].ID = "" }},
		{"voice_routes[1].id", "already", func(c *center.Center) { c.VoiceRoutes = append(c.VoiceRoutes, c.VoiceRoutes[0]) }},
		{"voice_routes[0].pattern", "missing closing )", func(c *center.Center) { c.VoiceRoutes[0].Pattern = "(911" }},
		{"voice_routes[0].pattern", "missing", func(c *center.Center) { c.VoiceRoutes[0].Pattern = "" }},
		{"voice_routes[0].trunks", "at least one trunk", func(c *center.Center) { c.VoiceRoutes[0].Trunks = nil }},
		{"voice_routes[0].trunks[1]", `no trunk "x"; there are provider, carrier`, func(c *center.Center) { c.VoiceRoutes[0].Trunks[1] = "x" }},
		{"voice_routes[0].trunks[1]", "already in this list", func(c *center.Center) { c.VoiceRoutes[0].Trunks[1] = "carrier" }},
		{"presences[0].base", `did you mean "away"?`, func(c *center.Center) { c.Presences[0].Base = "Away" }},
		{"presences[1].id", "base presences", func(c *center.Center) {
			c.Presences = append(c.Presences, rep.CustomPresence{ID: rep.Busy, Name: "Busy", Base: rep.Busy})
		}},
		{"capacity_profiles[0].limit", "0 is impossible", func(c *center.Center) { c.CapacityProfiles[0].Limit = 0 }},
		{"capacity_profiles[0].reset", "unknown value", func(c *center.Center) { c.CapacityProfiles[0].Reset = "never" }},
		{"outbound_profiles[0].number", `no number "+12175550109"`, func(c *center.Center) { c.OutboundProfiles[0].Number = "+12175550109" }},
		{"outbound_profiles[0].number", "missing", func(c *center.Center) { c.OutboundProfiles[0].Number = "" }},
		{"outbound_profiles[0].number", "call-back number", func(c *center.Center) { c.OutboundProfiles[0].Number = "+12175550101" }},
		{"outbound_profiles[0].capacity_profiles[0]", `no capacity profile "voize"; did you mean "voice"?`, func(c *center.Center) { c.OutboundProfiles[0].CapacityProfiles[0] = "voize" }},
		{"outbound_profiles[0].recording", "there are none", func(c *center.Center) { c.OutboundProfiles[0].Recording = "always" }},
		{"queues[0].members[0]", `no rep "bob"`, func(c *center.Center) { c.Queues[0].Members[0] = "bob" }},
		{"queues[0].assignment", "round_robin", func(c *center.Center) { c.Queues[0].Assignment = "round_robbin" }},
		{"workstreams[0].queue", "missing", func(c *center.Center) { c.Workstreams[0].Queue = "" }},
		{"workstreams[0].capacity_profile", "no capacity profile", func(c *center.Center) { c.Workstreams[0].CapacityProfile = "mail" }},
		{"workstreams[0].allowed_presences[1]", `did you mean "lunch"?`, func(c *center.Center) { c.Workstreams[0].AllowedPresences[1] = "lumch" }},
		{"reps[1].id", "at index 0", func(c *center.Center) { c.Reps[1].ID = "alice" }},
		{"reps[1].name", "missing", func(c *center.Center) { c.Reps[1].Name = "" }},
		{"reps[0].email", "mail address", func(c *center.Center) { c.Reps[0].Email = "alice" }},
		{"reps[0].email", "mailbox is enabled", func(c *center.Center) { c.Reps[0].Email = "" }},
		{"reps[0].site", `no site "aarhuus"; did you mean "aarhus"?`, func(c *center.Center) { c.Reps[0].Site = "aarhuus" }},
		{"reps[1].roles", "missing", func(c *center.Center) { c.Reps[1].Roles = nil }},
		{"reps[1].roles[1]", `did you mean "administrator"?`, func(c *center.Center) { c.Reps[1].Roles[1] = "adminstrator" }},
		{"reps[1].roles[1]", "already", func(c *center.Center) { c.Reps[1].Roles[1] = rep.Agent }},
		{"reps[0].capacity_profiles[0]", "no capacity profile", func(c *center.Center) { c.Reps[0].CapacityProfiles[0] = "x" }},
		{"reps[0].mobile", "plus and country code", func(c *center.Center) { c.Reps[0].Mobile = "5550188" }},
		{"reps[0].emergency_contacts", `"guard"`, func(c *center.Center) { c.Reps[0].EmergencyContacts = "boss@acme.example; guard" }},
		{"reps[0].password_hash", "argon2id", func(c *center.Center) { c.Reps[0].PasswordHash = "plain" }},
		{"reps[1].name", "UTF-8", func(c *center.Center) { c.Reps[1].Name = "Ad\xff" }},
		{"reps[1].name", "U+0000", func(c *center.Center) { c.Reps[1].Name = "A\x00da" }},
		{"sites[0].civic.floor", "U+000A", func(c *center.Center) { c.Sites[0].Civic.Floor = "4\n5" }},
		{"template.subject", "did you mean {{rep}}?", func(c *center.Center) { c.Template.Subject = "Call by {{repp}}" }},
		{"template.body", "line 2, column 3", func(c *center.Center) { c.Template.Body = "a\nb {{call_number}}" }},
		{"template.subject", "one line", func(c *center.Center) { c.Template.Subject = "a\nBcc: x@y.example" }},
	} {
		spoilt := sample()
		c.spoil(&spoilt)
		mistakes := center.Check(spoilt)
		if len(mistakes) == 0 {
			t.Errorf("%s spoilt (%s): nothing found", c.path, c.reason)
			continue
		}
		if !has(mistakes, c.path, c.reason) {
			t.Errorf("%s spoilt: want %q in\n%s", c.path, c.reason, center.Mistakes(mistakes))
		}
	}
}

func has(mistakes []center.Mistake, path, reason string) bool {
	for _, m := range mistakes {
		if m.Path == path && strings.Contains(m.Reason, reason) {
			return true
		}
	}
	return false
}

func TestAllMistakesAreFoundAtOnceInTheOrderOfTheFile(t *testing.T) {
	c := center.Center{
		Sites:       []location.Site{{ID: "hq"}},
		Trunks:      []trunk.Trunk{{ID: "t"}},
		Numbers:     []number.Number{{}},
		VoiceRoutes: []trunk.VoiceRoute{{}},
		Queues:      []queue.Queue{{}},
		Reps:        []rep.Rep{{EmergencyContacts: "x; y@z.example; w"}},
	}
	var paths []string
	for _, m := range center.Check(c) {
		paths = append(paths, m.Path)
	}
	want := []string{
		"organisation.name", "organisation.country", "sites[0].name", "sites[0].country", "trunks[0].kind", "trunks[0].uri",
		"numbers[0].e164", "numbers[0].kind", "numbers[0].use", "voice_routes[0].id", "voice_routes[0].pattern", "voice_routes[0].trunks",
		"queues[0].id", "queues[0].name", "reps[0].id", "reps[0].name", "reps[0].roles", "reps[0].emergency_contacts", "reps[0].emergency_contacts",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("a center where nothing is filled in (-want +got):\n%s", diff)
	}
}

func TestAFileFullOfMistakesIsCheckedInReasonableTime(t *testing.T) {
	c := sample()
	const people = 10_000
	for i := range people {
		c.Reps = append(c.Reps, rep.Rep{ID: rep.ID(fmt.Sprintf("rep-%05d", i)), Name: "R", Roles: []rep.Role{rep.Agent}})
		c.Queues[0].Members = append(c.Queues[0].Members, rep.ID(fmt.Sprintf("per-%05d", i)))
	}
	began := time.Now()
	mistakes := center.Check(c)
	if took := time.Since(began); len(mistakes) != people || took > 20*time.Second {
		t.Errorf("%d unknown members of a queue: %d mistakes in %s", people, len(mistakes), took)
	}
}

func TestRoutesOfOneOrderAreAllowed(t *testing.T) {
	c := sample()
	other := c.VoiceRoutes[0]
	other.ID = "other"
	c.VoiceRoutes = append(c.VoiceRoutes, other)
	if mistakes := center.Check(c); len(mistakes) > 0 {
		t.Errorf("two voice routes of the same order: %s", center.Mistakes(mistakes))
	}
}

func TestNearestIsWhatWasMeant(t *testing.T) {
	known := []string{"voice", "sales", "administrator", "hq"}
	for typed, want := range map[string]string{
		"voize": "voice", "VOICE": "voice", "sale": "sales", "slaes": "sales", "adminstartor": "administrator", "hk": "hq",
		"zzz": "", "": "", "completely": "", strings.Repeat("x", 5000): "",
	} {
		if got := center.Nearest(typed, known); got != want {
			t.Errorf("typed %.20q: meant %q, want %q", typed, got, want)
		}
	}
}
