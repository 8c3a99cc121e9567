package center_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/rep"
	"mayday/center/trunk"
)

func TestDiffNamesWhatChanged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*center.Center)
		want   []string
	}{
		{"nothing", func(*center.Center) {}, nil},
		{"an empty list for none", func(c *center.Center) { c.Reps[1].CapacityProfiles = []rep.ProfileID{} }, nil},
		{"organisation", func(c *center.Center) { c.Organisation.Name, c.Organisation.Country = "B", "DK" }, []string{"changed organisation: name, country"}},
		{"position", func(c *center.Center) { c.Sites[0].Position.Latitude = 1 }, []string{"changed site hq: position"}},
		{"civic", func(c *center.Center) { c.Sites[0].Civic.Room = "1" }, []string{"changed site hq: civic"}},
		{"rep added and removed", func(c *center.Center) { c.Reps[1].ID = "bob" }, []string{"removed rep ada", "added rep bob"}},
		{"order", func(c *center.Center) { slices.Reverse(c.Trunks) }, []string{"changed trunk: order"}},
		{"added in front", func(c *center.Center) {
			c.Trunks = slices.Insert(c.Trunks, 0, trunk.Trunk{ID: "new"})
		}, []string{"added trunk new"}},
		{"removed from the front", func(c *center.Center) { c.Numbers = c.Numbers[1:] }, []string{"removed number +12175550101"}},
		{"order in a route", func(c *center.Center) { slices.Reverse(c.VoiceRoutes[0].Trunks) }, []string{"changed voice route national: trunks"}},
		{"secrets", func(c *center.Center) {
			c.Trunks[1].Password, c.Reps[0].PasswordHash = "topsecret", "$argon2id$topsecret"
		},
			[]string{"changed trunk carrier: password", "changed rep alice: password_hash"}},
		{"template", func(c *center.Center) { c.Template.Body = "" }, []string{"changed template: body"}},
	} {
		old, new := sample(), sample()
		c.change(&new)
		var got []string
		for _, change := range center.Diff(old, new) {
			got = append(got, change.String())
			if all := fmt.Sprintf("%+v", change); strings.Contains(all, "secret") || strings.Contains(all, "wordpass") {
				t.Errorf("%s: the change prints a secret: %s", c.name, all)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s changed (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestDiffFromNothingAddsAll(t *testing.T) {
	changes := center.Diff(center.Center{}, sample())
	counts := map[center.Kind]int{}
	for _, change := range changes {
		counts[change.Kind]++
	}
	if diff := cmp.Diff(map[center.Kind]int{center.Added: 19, center.Changed: 2}, counts); diff != "" {
		t.Errorf("first center (-want +got):\n%s\n%v", diff, changes)
	}
}

func TestSecretsStayWhenTheyAreNotNamed(t *testing.T) {
	current := sample()
	exported := center.WithoutSecrets(current)
	if exported.Trunks[1].Password != "" || exported.Reps[0].PasswordHash != "" {
		t.Errorf("center without secrets: has %q and %q", exported.Trunks[1].Password, exported.Reps[0].PasswordHash)
	}
	if diff := cmp.Diff(sample(), current); diff != "" {
		t.Errorf("taking the secrets out of a copy changed the center itself:\n%s", diff)
	}
	if diff := cmp.Diff(current, center.KeepSecrets(exported, current)); diff != "" {
		t.Errorf("exported without secrets and applied again (-want +got):\n%s", diff)
	}
	exported.Trunks[1].Username = "other"
	if kept := center.KeepSecrets(exported, current); kept.Trunks[1].Password != "" {
		t.Errorf("trunk with another user name: keeps the password of the first")
	}
}
