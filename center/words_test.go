package center_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"mayday/center"
	"mayday/center/location"
)

// dialling are the words of a center that are held against what somebody dials. Each is made to take, change or stop a call for help, and the
// linter or the check has to name it.
var dialling = map[string]struct {
	change func(*center.Center)
	want   string // how a finding or a mistake begins
}{
	"organisation.emergency_numbers[]": {func(c *center.Center) { c.Organisation.EmergencyNumbers = []string{"9911"} }, "warning: organisation.emergency_numbers[0]: "},
	"organisation.not_emergency[]":     {func(c *center.Center) { c.Organisation.NotEmergency = []string{"911"} }, "organisation.not_emergency[0]: "},
	"sites[].emergency_numbers[]":      {func(c *center.Center) { c.Sites[1].EmergencyNumbers = []string{"9112"} }, "warning: sites[1].emergency_numbers[0]: "},
	"sites[].not_emergency[]": {func(c *center.Center) {
		c.Sites[1].Country, c.Sites[1].EmergencyNumbers, c.Sites[1].NotEmergency = "CH", nil, []string{"118"}
	},
		"warning: sites[1].not_emergency[0]: "},
	"trunks[].test_number": {func(c *center.Center) { c.Trunks[0].TestNumber = "112" }, "trunks[0].test_number: "},
	"numbers[].e164": {func(c *center.Center) {
		c.Numbers[2].E164, c.Sites[1].EmergencyNumbers = "+4533112233", []string{"33112233"}
	},
		"warning: numbers[2]: "},
	"voice_routes[].pattern": {func(c *center.Center) { c.VoiceRoutes[0].Pattern = "^9(.*)$" }, "note: voice_routes[0]: "},
	"voice_routes[].emergency": {func(c *center.Center) { c.VoiceRoutes[0].Pattern, c.VoiceRoutes[0].Emergency = ".*", true },
		"warning: voice_routes[0]: "},
}

// silent are the other words, which nothing that is dialled is held against: names, texts and addresses; telephone numbers that we call or
// show; what is done with a call that has been told from others already. TestNoWordOfACenterStopsACallForHelp sets their limits to the worst.
const silent = `
organisation name country time_zone mail_sender emergency_contacts lost held drill_every_days
sites[] id name country time_zone civic position.latitude position.longitude position.radius_m position.at emergency_desk static_number
sites[] emergency_contacts desk_joins language
trunks[] id kind uri channels location country username password tls.verify tls.authority tls.server_name tls.certificate tls.key
trunks[] srtp register ng keep_alive_s keep_ordinary
numbers[] kind use site rep workstream trunk
voice_routes[] id order trunks[] choose
presences[] id name base
capacity_profiles[] id name limit reset blocking
outbound_profiles[] id name number capacity_profiles[] recording
queues[] id name priority members[] assignment
workstreams[] id name queue capacity_profile allowed_presences[]
reps[] id name email site roles[] capacity_profiles[] emergency_contacts mailbox_enabled mobile home.country home.civic password_hash
channels[] id kind url secret to
notification_rules[] id sites[] numbers[] tiers[].after_s tiers[].emergency_contacts tiers[].channels[]
template subject body html
translations[] language subject body html`

// TestTheLinterKnowsEveryWordThatIsDialled: a word that is new in a center has to be put into one of the two lists, and the linter has to
// find what it does to a call for help if it is held against what is dialled.
func TestTheLinterKnowsEveryWordThatIsDialled(t *testing.T) {
	known := map[string]bool{}
	for line := range strings.Lines(silent) {
		for i, word := range strings.Fields(line) {
			if i > 0 {
				known[strings.Fields(line)[0]+"."+word] = true
			}
		}
	}
	for word := range dialling {
		known[word] = true
	}
	words := wordsOf("", reflect.TypeFor[center.Center]())
	for _, word := range words {
		if !known[word] {
			t.Errorf("%s is new: where it is held against what somebody dials, it joins the claims of the linter and the words that dial here; else the silent ones", word)
		}
		delete(known, word)
	}
	for word := range known {
		t.Errorf("%s is listed here, and a center has no such word", word)
	}
	for word, row := range dialling {
		c := sample()
		row.change(&c)
		var said []string
		for _, mistake := range center.Check(c) {
			said = append(said, mistake.Path+": "+mistake.Reason)
		}
		if len(said) == 0 { // the linter looks at what has passed the check
			for _, finding := range center.Lint(c) {
				said = append(said, finding.String())
			}
		}
		if !slices.ContainsFunc(said, func(one string) bool { return strings.HasPrefix(one, row.want) }) {
			t.Errorf("%s comes between a call for help and its service: %q, want %q", word, said, row.want)
		}
	}
}

// wordsOf returns the path of every word of a shape, with the JSON names of the fields. An address is one word.
func wordsOf(path string, shape reflect.Type) []string {
	switch {
	case shape.Kind() == reflect.Pointer:
		return wordsOf(path, shape.Elem())
	case shape.Kind() == reflect.Slice:
		return wordsOf(path+"[]", shape.Elem())
	case shape.Kind() != reflect.Struct || shape == reflect.TypeFor[location.Civic]() || shape.PkgPath() == "time":
		return []string{path}
	}
	var words []string
	for _, field := range reflect.VisibleFields(shape) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || field.Anonymous && name == "" {
			continue
		}
		words = append(words, wordsOf(strings.TrimPrefix(path+"."+name, "."), field.Type)...)
	}
	return words
}
