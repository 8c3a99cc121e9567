package center_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/trunk"
)

func TestTheLinterNamesTheClash(t *testing.T) {
	for _, row := range []struct {
		circumstance string
		change       func(*center.Center)
		want         string // a finding that begins so and has the words behind the bar in it
	}{
		{"a route for everything", func(c *center.Center) { c.VoiceRoutes[0].Pattern = ".*" }, "note: voice_routes[0]: |does not take them"},
		{"a route for short numbers", func(c *center.Center) { c.VoiceRoutes[0].Pattern = `^\d{3}$` }, "note: voice_routes[0]: |112, 911, 999"},
		{"a route that leads 112 abroad", func(c *center.Center) { c.VoiceRoutes[0].Pattern, c.Trunks[1].Country = "^112$", "US" },
			"warning: voice_routes[0]: |takes 112 of Aarhus (Denmark) to the trunk carrier, which serves United States"},
		{"a marked route that leads everything abroad", func(c *center.Center) {
			c.VoiceRoutes[0].Pattern, c.VoiceRoutes[0].Emergency, c.Trunks[1].Country = ".*", true, "US"
		}, "warning: voice_routes[0]: |takes 112 of Aarhus"},
		{"a route to a trunk without a test service", func(c *center.Center) {
			c.VoiceRoutes[0].Pattern, c.Trunks[1].Country, c.Trunks[1].NG = "^112$", "DK", false
		},
			"note: voice_routes[0]: |has no test service"},
		{"a route that names a mask", func(c *center.Center) { c.VoiceRoutes[0].Pattern = "^(911|9112)$" }, "warning: voice_routes[0]: |names 9112"},
		{"no trunk of the country", func(c *center.Center) { c.Trunks[0].Country, c.Trunks[1].Country = "US", "US" }, "warning: sites[1].country: |no trunk serves Denmark"},
		{"an ordinary service that a site captures", func(c *center.Center) { c.Sites[1].EmergencyNumbers = []string{"114"} },
			"warning: sites[1]: |114, the police when there is no hurry"},
		{"an ordinary service that another country captures", func(c *center.Center) { c.Organisation.Country, c.Sites[1].Country = "NZ", "GB" },
			"warning: sites[1]: |111, the health service"},
		{"an extra number that is one anyway", func(c *center.Center) { c.Sites[1].EmergencyNumbers = []string{"112"} }, "note: sites[1].emergency_numbers[0]: |anyway"},
		{"an extra number that was a mask", func(c *center.Center) { c.Sites[1].EmergencyNumbers = []string{"9112"} }, "warning: sites[1].emergency_numbers[0]: |was sent as 112"},
		{"a number of ours that a site calls for help by", func(c *center.Center) {
			c.Numbers[2].E164, c.Sites[1].EmergencyNumbers = "+4533112233", []string{"33112233"}
		}, "warning: numbers[2]: |+4533112233 is dialled as 33112233 in Denmark"},
		{"no trunk at all", func(c *center.Center) { c.Trunks = nil }, "clash: trunks: |there is no trunk"},
		{"an NG trunk that is told no place", func(c *center.Center) { c.Trunks[1].Location = "" }, "warning: trunks[1].location: |is told no place"},
	} {
		c := sample()
		c.Trunks[0].Country = ""
		row.change(&c)
		begins, has, _ := strings.Cut(row.want, "|")
		found := false
		for _, finding := range center.Lint(c) {
			found = found || strings.HasPrefix(finding.String(), begins) && strings.Contains(finding.String(), has)
		}
		if !found {
			t.Errorf("%s: %v, want %q", row.circumstance, center.Lint(c), row.want)
		}
	}
}

// TestNoWordOfACenterStopsACallForHelp: in every curated country, with the worst that a center can say of short numbers, each emergency
// string still tries every trunk, and the linter finds no clash, only what looks like one.
func TestNoWordOfACenterStopsACallForHelp(t *testing.T) {
	for _, country := range location.Supported() {
		c := sample()
		c.Sites[1].Country, c.Sites[1].EmergencyNumbers = country, nil
		c.VoiceRoutes = nil
		for i, pattern := range []string{".*", `^\d{3}$`, `^9(.*)$`, `^9?\d{2,4}$`, `^[19]`} {
			c.VoiceRoutes = append(c.VoiceRoutes, trunk.VoiceRoute{ID: trunk.RouteID(fmt.Sprintf("r%d", i)), Order: -i, Pattern: pattern, Trunks: []trunk.ID{"carrier"}})
		}
		c.Trunks[0].Channels, c.Trunks[1].Channels = 1, 1
		c.CapacityProfiles[0].Limit = 1
		net, table := number.NewNet(center.AreaOf(c.Sites[1])), trunk.NewTable(c.Trunks, c.VoiceRoutes)
		for dialled := range net.Strings() {
			outcome, err := net.Classify(dialled)
			help, is := outcome.(number.Emergency)
			if err != nil || !is {
				t.Errorf("%s dialled in %s is %T, %v", dialled, country, outcome, err)
				continue
			}
			if order := table.EmergencyOrder(help.Number.String(), string(country)); len(order) != len(c.Trunks) {
				t.Errorf("%s dialled in %s tries %v", dialled, country, order)
			}
		}
		noted := 0
		for _, finding := range center.Lint(c) {
			if finding.Level == center.Clash {
				t.Errorf("%s: %s", country, finding)
			}
			if finding.Level == center.Note && strings.HasPrefix(finding.Path, "voice_routes[") {
				noted++
			}
		}
		if noted < len(c.VoiceRoutes) {
			t.Errorf("%s: %d of %d routes that match a call for help are named", country, noted, len(c.VoiceRoutes))
		}
	}
}

func TestTheLinterHasNothingToSayOfASoundCenter(t *testing.T) {
	c := sample()
	c.Trunks[1].Country = ""
	if findings := center.Lint(c); len(findings) > 0 {
		t.Errorf("the sample center: %v", findings)
	}
	c.VoiceRoutes = append(c.VoiceRoutes, trunk.VoiceRoute{ID: "sos", Pattern: "^(911|112)$", Trunks: []trunk.ID{"provider"}})
	if findings := center.Lint(c); len(findings) > 0 {
		t.Errorf("with a route that names emergency numbers to a trunk with a test service: %v", findings)
	}
}

func TestManySitesAreLintedInReasonableTime(t *testing.T) {
	c := sample()
	for i := range 500 {
		c.Sites = append(c.Sites, location.Site{ID: location.SiteID(fmt.Sprintf("s%d", i)), Name: "S", Country: location.Supported()[i%5]})
	}
	began := time.Now()
	center.Lint(c)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("500 sites: linted in %s", took)
	}
}
