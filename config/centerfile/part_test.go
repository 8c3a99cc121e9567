package centerfile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/config/centerfile"
	"mayday/config/password"
)

func acme(t *testing.T) center.Center {
	t.Helper()
	c, err := centerfile.Parse("acme.yaml", read(t, "testdata/acme.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOnePartIsEditedAndNothingElse(t *testing.T) {
	for _, row := range []struct {
		circumstance string
		edit         centerfile.Edit
		want         []string // as changes
	}{
		{"a site is changed", centerfile.Edit{Part: "sites", IDs: []string{"hq"}, Set: []byte(`{"emergency_desk":"+12175550177"}`), Only: true},
			[]string{"changed site hq: emergency_desk"}},
		{"a site becomes what is said and no more", centerfile.Edit{Part: "sites", IDs: []string{"hq"}, Set: []byte(`{"name":"Headquarters","country":"US"}`)},
			[]string{"changed site hq: time_zone, civic, position, emergency_desk, emergency_contacts"}},
		{"a site is added", centerfile.Edit{Part: "sites", IDs: []string{"aarhus"}, Set: []byte(`{"id":"aarhus","name":"Aarhus","country":"DK"}`)},
			[]string{"added site aarhus"}},
		{"two reps at once", centerfile.Edit{Part: "reps", IDs: []string{"alice", "bob"}, Set: []byte(`{"emergency_contacts":"guard@acme.example"}`), Only: true},
			[]string{"changed rep alice: emergency_contacts", "changed rep bob: emergency_contacts"}},
		{"a number is removed", centerfile.Edit{Part: "numbers", IDs: []string{"+12175550101"}}, []string{"removed number +12175550101"}},
		{"the organisation", centerfile.Edit{Part: "organisation", Set: []byte(`{"name":"Acme Ltd"}`)}, []string{"changed organisation: name"}},
		{"the template", centerfile.Edit{Part: "template", Set: []byte(`{"subject":"Help for {{rep}}","body":""}`)}, []string{"changed template: subject, body"}},
		{"a trunk that is sent back without its secret", centerfile.Edit{Part: "trunks", IDs: []string{"carrier"},
			Set: []byte(`{"kind":"direct_routing","uri":"sip:127.0.0.1:5091","location":"none","username":"acme"}`)}, []string{"changed trunk carrier: uri"}},
	} {
		current := acme(t)
		edited, err := row.edit.Apply(current)
		if err != nil {
			t.Errorf("%s: %v", row.circumstance, err)
			continue
		}
		var got []string
		for _, change := range center.Diff(current, edited) {
			got = append(got, change.String())
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", row.circumstance, diff)
		}
		if diff := cmp.Diff(acme(t), current, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".PasswordHash" }, cmp.Ignore())); diff != "" {
			t.Errorf("%s: the center before the edit has changed:\n%s", row.circumstance, diff)
		}
	}
}

func TestWrongEditSaysWhatAndWhere(t *testing.T) {
	for _, row := range []struct {
		circumstance string
		edit         centerfile.Edit
		want         []string
	}{
		{"no such part", centerfile.Edit{Part: "sights", Set: []byte(`{}`)}, []string{`part: a center has no "sights"`}},
		{"no such item", centerfile.Edit{Part: "sites", IDs: []string{"hp"}}, []string{`id: there is no "hp" in sites`}},
		{"two mistakes in one item", centerfile.Edit{Part: "reps", IDs: []string{"alice"}, Set: []byte(`{"emergency_contacts":"boss@; guard","mobile":"12"}`), Only: true},
			[]string{`emergency_contacts: "boss@" is no mail address`, `emergency_contacts: "guard" is no mail address`, `mobile: "12" is no full telephone number`}},
		{"an unknown field", centerfile.Edit{Part: "sites", IDs: []string{"hq"}, Set: []byte(`{"nam":"x"}`), Only: true}, []string{`: unknown key "nam"; did you mean "name"?`}},
		{"a value of the wrong kind", centerfile.Edit{Part: "trunks", IDs: []string{"provider"}, Set: []byte(`{"channels":"many"}`), Only: true}, []string{`channels: must be a whole number`}},
		{"something that others name", centerfile.Edit{Part: "sites", IDs: []string{"hq"}},
			[]string{`numbers[0].site: no site "hq"`, `reps[0].site: no site "hq"`}},
		{"another id", centerfile.Edit{Part: "sites", IDs: []string{"hq"}, Set: []byte(`{"id":"hp"}`), Only: true}, []string{`id: "hp" is not the "hq" that is edited`}},
		{"a short password", centerfile.Edit{Part: "reps", IDs: []string{"alice"}, Set: []byte(`{"password":"abc"}`), Only: true}, []string{`password: is too short`}},
		{"the organisation removed", centerfile.Edit{Part: "organisation"}, []string{`organisation: cannot be removed`}},
		{"no time zone", centerfile.Edit{Part: "sites", IDs: []string{"hq"}, Set: []byte(`{"time_zone":"Europe/Atlantis"}`), Only: true}, []string{`time_zone: there is no time zone`}},
	} {
		_, err := row.edit.Apply(acme(t))
		var refused centerfile.Refused
		if !errors.As(err, &refused) || len(refused) != len(row.want) {
			t.Errorf("%s: %v, want %d mistakes", row.circumstance, err, len(row.want))
			continue
		}
		for _, want := range row.want {
			if !slices.ContainsFunc(refused, func(m center.Mistake) bool { return strings.HasPrefix(m.Path+": "+m.Reason, want) }) {
				t.Errorf("%s: %v\nwant %q among them", row.circumstance, err, want)
			}
		}
	}
}

func TestRepGetsANewPassword(t *testing.T) {
	edited, err := centerfile.Edit{Part: "reps", IDs: []string{"bob"}, Set: []byte(`{"password":"battery staple"}`), Only: true}.Apply(acme(t))
	if err != nil {
		t.Fatal(err)
	}
	if hash := edited.Reps[1].PasswordHash; !password.Verify(hash, "battery staple") {
		t.Error("a new password was set: it does not open")
	}
}
