package centerfile_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/rep"
	"mayday/config"
	"mayday/config/centerfile"
	"mayday/config/password"
)

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t *testing.T, data []byte) center.Center {
	t.Helper()
	c, err := centerfile.Parse("center.yaml", data)
	if err != nil {
		t.Fatalf("center file that is right: %v", err)
	}
	return c
}

func TestCenterIsWhatTheFileSays(t *testing.T) {
	c := parse(t, read(t, "testdata/acme.yaml"))
	if got := c.Sites[0].Civic; got != (location.Civic{HouseNumber: "1", Street: "Main St", City: "Springfield", Region: "IL", PostalCode: "62701", Floor: "4", Room: "412"}) {
		t.Errorf("address of the site: %+v", got)
	}
	if diff := cmp.Diff(&location.Position{Latitude: 39.8, Longitude: -89.64, RadiusM: 30}, c.Sites[0].Position); diff != "" {
		t.Errorf("position of the site (-want +got):\n%s", diff)
	}
	if c.Numbers[1].E164 != "+12175550100" || c.VoiceRoutes[0].Pattern != `^\+1[2-9]\d{9}$` || c.Trunks[1].Password != "wordpass" {
		t.Errorf("number, pattern, password: %q %q %q", c.Numbers[1].E164, c.VoiceRoutes[0].Pattern, c.Trunks[1].Password)
	}
	if c.Template.Body != "Somebody called for help.\n\n  Indented.\n" {
		t.Errorf("body of the template: %q", c.Template.Body)
	}
	alice := c.Reps[0]
	if !password.Verify(alice.PasswordHash, "correct horse") {
		t.Errorf("rep with a plain password: the hash %q does not fit it", alice.PasswordHash)
	}
	alice.PasswordHash = ""
	want := rep.Rep{ID: "alice", Name: "Alice Doe", Email: "alice@acme.example", Site: "hq", Roles: []rep.Role{"rep"}, CapacityProfiles: []rep.ProfileID{"voice"},
		EmergencyContacts: "boss@acme.example; guard@acme.example", MailboxEnabled: true, Mobile: "+12175550188"}
	if diff := cmp.Diff(want, alice); diff != "" {
		t.Errorf("rep (-want +got):\n%s", diff)
	}
}

func TestTenMistakesAreNamedAtOnce(t *testing.T) {
	c, err := centerfile.Parse("ten.yaml", read(t, "testdata/ten.yaml"))
	want := []string{
		`ten.yaml:1: organisation.country: "UK" is no country code (ISO 3166-1); did you mean "GB"?`,
		`ten.yaml:3: sites[0].civic: unknown key "stret"; did you mean "street"?`,
		`ten.yaml:4: sites[1].id: the site "hq" is already in the list, at index 0; every id is there once`,
		`ten.yaml:7: sites[1].position.longitude: must be a number, not "west"`,
		`ten.yaml:7: sites[1].position.latitude: 139.8 is not between -90 and 90 degrees`,
		`ten.yaml:9: trunks[0].uri: the next hop must begin with "sip:", as in "sip:sbc.example;transport=tcp"`,
		`ten.yaml:11: numbers[0].site: no site "hk"; did you mean "hq"?`,
		"ten.yaml:13: voice_routes[0].pattern: missing closing ): `^(\\+1`; it is a Go regular expression on the number dialled",
		`ten.yaml:13: voice_routes[0].trunks[0]: no trunk "carier"; there are provider`,
		`ten.yaml:15: capacity_profiles[0].limit: 0 is impossible: give how much work of this kind a rep may hold at once, 1 or more`,
		`ten.yaml:22: reps[0].capacity_profiles[0]: no capacity profile "voize"; did you mean "voice"?`,
		`ten.yaml:23: reps[0].emergency_contacts: "guard" is no mail address: separate addresses by semicolons, as in "boss@acme.example; guard@acme.example"`,
		`ten.yaml:23: reps[0].emergency_contacts: "desk@" is no mail address: separate addresses by semicolons, as in "boss@acme.example; guard@acme.example"`,
	}
	if err == nil {
		t.Fatal("file with mistakes: accepted")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("file with mistakes (-want +got):\n%s", diff)
	}
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Errorf("file with mistakes: error is a %T", err)
	}
	if diff := cmp.Diff(center.Center{}, c); diff != "" {
		t.Errorf("file with mistakes: a part of it is returned:\n%s", diff)
	}
}

func TestWrongFilesAreRefused(t *testing.T) {
	const minimal = "organisation: {name: A, country: US}\n"
	for text, want := range map[string]string{
		"":                            "center.yaml: organisation.name: missing",
		"organisation: [":             "is no YAML",
		minimal + "organisations: {}": `unknown key "organisations"; did you mean "organisation"?`,
		minimal + "sites: {id: hq}":   "center.yaml:2: sites: must be a list, not keys and values",
		minimal + "sites:\n- {id: hq, name: H, country: DK, time_zone: Europe/Kopenhagen}":                   `center.yaml:3: sites[0].time_zone: there is no time zone "Europe/Kopenhagen"`,
		minimal + "sites:\n- {id: hq, name: H, country: DK, position: {latitude: 1, longitude: 2, at: now}}": `unknown key "at"`,
		minimal + "sites:\n- {id: hq, name: H, country: DK, position: {latitude: .nan, longitude: 2}}":       "must be a number",
		minimal + "reps:\n- {id: a, name: A, roles: [rep], password: abc}":                                   "center.yaml:3: reps[0].password: is too short",
		minimal + "reps:\n- {id: a, name: A, roles: [rep], password: abcdef, password_hash: x}":              "give one of the two",
		minimal + "reps:\n- {id: a, name: A, roles: [rep], password_hash: $argon2id$x}":                      "reps[0].password_hash: is no argon2id hash",
		minimal + "reps:\n- {id: a, name: A, roles: rep}":                                                    `reps[0].roles: must be a list, not "rep"`,
		minimal + "reps:\n- {id: a, id: b, name: A, roles: [rep]}":                                           "reps[0].id: is given twice, first on line 3",
	} {
		_, err := centerfile.Parse("center.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("file %q: error %v, want %q in it", text, err, want)
		}
	}
}

func TestWhatIsWrittenIsReadAsTheSame(t *testing.T) {
	c := parse(t, read(t, "testdata/acme.yaml"))
	c.Template.Body = "\n  leading\nblank \ntab\tand\r\nreturn: # no comment\n\n"
	c.Organisation.Name = "yes"
	c.Reps[1].Name = "Søren Ærø 💡 \u2028 - x: y"
	c.Sites[0].Civic.Room = "0x1F"
	c.Sites[0].Civic.Unit = "null"
	c.Sites[0].Position.Latitude = 0
	written, err := centerfile.Write(c, true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, parse(t, written)); diff != "" {
		t.Errorf("written and read (-want +got):\n%s\n%s", diff, written)
	}
	if again, err := centerfile.Write(c, true); err != nil || !bytes.Equal(again, written) {
		t.Errorf("written twice: %v, or two texts", err)
	}
}

func TestWrittenFileIsForPeople(t *testing.T) {
	written, err := centerfile.Write(parse(t, read(t, "testdata/acme.yaml")), false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(read(t, "testdata/written.yaml")), string(written)); diff != "" {
		t.Errorf("center written without secrets (-want +got):\n%s", diff)
	}
}

func TestSecretsAreWrittenOnlyWhenAskedFor(t *testing.T) {
	c := parse(t, read(t, "testdata/acme.yaml"))
	open, err := centerfile.Write(c, true)
	if err != nil {
		t.Fatal(err)
	}
	covered, err := centerfile.Write(c, false)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(open, []byte("wordpass")) || !bytes.Contains(open, []byte("$argon2id$")) {
		t.Errorf("secrets asked for: not written\n%s", open)
	}
	if bytes.Contains(covered, []byte("password")) || bytes.Contains(covered, []byte("wordpass")) {
		t.Errorf("secrets not asked for: written\n%s", covered)
	}
	kept, err := centerfile.ParseOver(c, "center.yaml", covered)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, kept); diff != "" {
		t.Errorf("export without secrets put over the center itself (-want +got):\n%s", diff)
	}
}

func TestFileWithAPlainPasswordAppliedTwiceChangesNothing(t *testing.T) {
	data := read(t, "testdata/acme.yaml")
	c := parse(t, data)
	again, err := centerfile.ParseOver(c, "center.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if changes := center.Diff(c, again); len(changes) > 0 {
		t.Errorf("same file again: %v", changes)
	}
	other := bytes.Replace(data, []byte("correct horse"), []byte("other horse"), 1)
	changed, err := centerfile.ParseOver(c, "center.yaml", other)
	if err != nil {
		t.Fatal(err)
	}
	if !password.Verify(changed.Reps[0].PasswordHash, "other horse") {
		t.Errorf("file with another password: the hash does not fit it")
	}
}

// FuzzParse: a text is refused with reasons, or it is a center that is written and read as the same.
func FuzzParse(f *testing.F) {
	// Short seeds: the fuzzer spends its time on making long ones shorter. No passwords: hashing takes longer than all the rest.
	for _, seed := range []string{
		"organisation: {name: A, country: US}",
		"organisation: {name: \"\\u0085 \\u2028x \", country: US}\ntemplate: {body: \" a\\n\\n b \\n\\t\\r\\n\"}",
		"organisation: {name: A, country: DK}\ntemplate:\n  body: |+\n    a\n\n     b\n\n",
		"organisation: {name: A, country: US}\nsites: [{id: h, name: H, country: GB, civic: {room: 012}, position: {latitude: 1e-7, longitude: -0.0, radius_m: 3}}]",
		"organisation: {name: A, country: US}\nreps: [{id: a, name: ~, roles: [rep, rep]}]",
		"organisation: {name: A, country: US}\ncapacity_profiles: [{id: v, name: 'no', limit: 1, blocking: true}]\npresences: [{id: l, name: !!str 1, base: away}]",
		"organisation: {name: A, country: US}\ntrunks: [{id: t, kind: direct_offer, uri: 'sip:h'}]\nvoice_routes: [{id: r, order: -1, pattern: '(', trunks: [t]}]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := centerfile.Parse("f", text)
		if err != nil {
			var problems config.Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Errorf("%q: refused with %#v", text, err)
			}
			return
		}
		written, err := centerfile.Write(c, true)
		if err != nil {
			t.Fatalf("%q: not written: %v", text, err)
		}
		again, err := centerfile.Parse("f", written)
		if err != nil {
			t.Fatalf("%q: written as %q, which is refused: %v", text, written, err)
		}
		if diff := cmp.Diff(c, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q: written as %q, which is another center:\n%s", text, written, diff)
		}
	})
}

// FuzzWrite: whatever text the center lets pass comes back from a file as it was.
func FuzzWrite(f *testing.F) {
	for _, seed := range []string{"", " ", "\n", "a\n", "\ta", "a: b # c", "- a", "0x1F", "null", "\r\n", "a \n b", "\ufeff", "\u0085", "\U0001f4a1", "'\"", "!!int 1", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := center.Center{Organisation: center.Organisation{Name: "A", Country: "US"}, Presences: []rep.CustomPresence{{ID: "x", Name: "x" + text, Base: rep.Away}}}
		c.Template.Body = text
		if len(center.Check(c)) > 0 {
			c.Presences[0].Name = "x"
		}
		if len(center.Check(c)) > 0 {
			return
		}
		written, err := centerfile.Write(c, true)
		if err != nil {
			t.Fatalf("%q: not written: %v", text, err)
		}
		if again, err := centerfile.Parse("f", written); err != nil || cmp.Diff(c, again) != "" {
			t.Errorf("%q: written as %q, read as %+v, %v", text, written, again, err)
		}
	})
}
