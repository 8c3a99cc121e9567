package calldata_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/calldata"
)

func blocks() []calldata.Block {
	return []calldata.Block{
		calldata.Provider{Reference: "7f3a@acme.example", Name: `Smith & Sons <"desk">`, Kind: calldata.KindTelecom, Contact: "tel:+12175550199"},
		calldata.Provider{Reference: "7f3a@acme.example", Name: "Acme", ID: "acme.example", IDSeries: "domain", Kind: calldata.KindClient,
			Contact: "sip:desk@acme.example", Languages: []string{"en", "da-DK"}},
		calldata.Service{Reference: "7f3a@acme.example", Environment: calldata.EnvironmentBusiness,
			Types: []string{calldata.TypeMLTSLocal, calldata.TypeVOIP}, Mobility: calldata.MobilityNomadic},
		calldata.Service{Reference: "7f3a@acme.example", Types: []string{calldata.TypeVOIP}, Mobility: calldata.MobilityFixed},
		calldata.Subscriber{Reference: "7f3a@acme.example", Card: calldata.Card{Name: "Åse <Ø>"}},
		calldata.Subscriber{Reference: "7f3a@acme.example", PrivacyRequested: true, Card: calldata.Card{Name: "Alice Doe", Organisation: "Acme & Co",
			Title: "Representative", Telephones: []string{"tel:+12175550101"}, Mail: []string{"alice@acme.example"}, Languages: []string{"en"}}},
		calldata.Comment{Reference: "7f3a@acme.example", Lang: "en", Words: "The position was not measured."},
		calldata.Comment{Reference: "7f3a@acme.example", Words: "2 < 3"},
	}
}

func TestWhatIsWrittenMatchesTheSchemasAndIsReadBackTheSame(t *testing.T) {
	for _, b := range blocks() {
		xml := written(t, b)
		if out, err := validate(t, xml); err != nil {
			t.Errorf("%s: xmllint: %v\n%s\n%s", b.Purpose(), err, out, xml)
		}
		got, err := calldata.Parse(xml)
		if diff := cmp.Diff(b, got); err != nil || diff != "" {
			t.Errorf("%s read back: error %v (-written +read):\n%s", b.Purpose(), err, diff)
		}
	}
}

// TestSchemasRefuseWhatIsWrong shows that the validation can fail.
func TestSchemasRefuseWhatIsWrong(t *testing.T) {
	var all string
	for _, b := range blocks() {
		all += string(written(t, b)) + "\x00"
	}
	for name, change := range map[string][2]string{
		"a provider without a contact": {"<ContactURI>tel:+12175550199</ContactURI>", ""},
		"a service that says no type":  {"<ServiceType>MLTS-local</ServiceType><ServiceType>VOIP</ServiceType>", ""},
		"a name that is bare words":    {"<fn><text>Alice Doe</text></fn>", "<fn>Alice Doe</fn>"},
		"privacy that is neither":      {`privacyRequested="true"`, `privacyRequested="maybe"`},
		"a telephone as words":         {"<uri>tel:+12175550101</uri>", "<text>+12175550101</text>"},
	} {
		if !strings.Contains(all, change[0]) {
			t.Errorf("%s: no block has such a place", name)
			continue
		}
		for _, xml := range strings.Split(all, "\x00") {
			if !strings.Contains(xml, change[0]) {
				continue
			}
			if _, err := validate(t, []byte(strings.Replace(xml, change[0], change[1], 1))); err == nil {
				t.Errorf("%s: xmllint accepts it", name)
			}
		}
	}
}

func TestBlockThatSaysTooLittleIsRefusedWithoutAWordOfIt(t *testing.T) {
	for _, c := range []struct {
		block calldata.Block
		want  string
	}{
		{nil, "there is none"},
		{calldata.Provider{Name: "secret", Contact: "tel:+1"}, "no reference"},
		{calldata.Provider{Reference: "secret", Contact: "tel:+1"}, "no name"},
		{calldata.Provider{Reference: "secret", Name: "secret", Contact: "call us"}, "contact is not a URI"},
		{calldata.Provider{Reference: "secret", Name: "secret", Contact: "tel:+1", Languages: []string{"in English"}}, "language"},
		{calldata.Service{Types: []string{"secret"}, Mobility: "secret"}, "no reference"},
		{calldata.Service{Reference: "secret", Mobility: "secret", Types: []string{" "}}, "no type"},
		{calldata.Service{Reference: "secret", Types: []string{"secret"}}, "moves"},
		{calldata.Subscriber{Card: calldata.Card{Name: "secret"}}, "no reference"},
		{calldata.Subscriber{Reference: "secret"}, "no name"},
		{calldata.Subscriber{Reference: "secret", Card: calldata.Card{Name: "secret", Telephones: []string{"555 secret"}}}, "telephone"},
		{calldata.Comment{Words: "secret"}, "no reference"},
		{calldata.Comment{Reference: "secret", Words: "\x00"}, "empty"},
		{calldata.Comment{Reference: "secret", Words: "secret", Lang: `"`}, "language"},
	} {
		got, err := calldata.Append([]byte("before"), c.block)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") || string(got) != "before" {
			t.Errorf("%+v: error %v, want one with %q; wrote %q", c.block, err, c.want, got)
		}
	}
}

func TestWhatIsNoBlockIsRefused(t *testing.T) {
	for name, c := range map[string][2]string{
		"nothing":           {"", "line 1: this is not well-formed XML"},
		"no XML":            {"secret", "not well-formed"},
		"a document type":   {"<!DOCTYPE secret>", "a document type"},
		"another document":  {"<secret/>", "not known"},
		"two documents":     {"<a/><b/>", "more in it"},
		"too deep":          {strings.Repeat("<a>", 40), "more in it"},
		"too long":          {strings.Repeat(" ", calldata.MaxSize+1), "longer than"},
		"privacy of a kind": {strings.Replace(string(written(t, blocks()[4])), `"false"`, `"secret"`, 1), "form of its kind"},
		"nobody":            {strings.Replace(string(written(t, blocks()[4])), "Åse &lt;Ø&gt;", "", 1), "no name"},
	} {
		if _, err := calldata.Parse([]byte(c[0])); err == nil || !strings.Contains(err.Error(), c[1]) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v, want one with %q", name, err, c[1])
		}
	}
}

// FuzzParse claims that no document makes Parse panic, and that what Parse reads is written and read again as the same.
func FuzzParse(f *testing.F) {
	for _, b := range blocks() {
		f.Add(written(f, b))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := calldata.Parse(data)
		if err != nil {
			return
		}
		xml, err := calldata.Append(nil, first)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v\n%s", err, data)
		}
		second, err := calldata.Parse(xml)
		if diff := cmp.Diff(first, second); err != nil || diff != "" {
			t.Errorf("read twice: error %v (-first +second):\n%s", err, diff)
		}
	})
}

func Example() {
	provider := calldata.Provider{Reference: "1@acme.example", Name: "Acme", Contact: "tel:+12175550199"}
	xml, err := calldata.Append(nil, provider)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := calldata.Parse(xml)
	fmt.Println(calldata.ContentType(again), err)
	fmt.Println(calldata.CallInfo("cid:1@acme.example", again))
	// Output:
	// application/EmergencyCallData.ProviderInfo+xml <nil>
	// <cid:1@acme.example>;purpose=EmergencyCallData.ProviderInfo
}

func written(t testing.TB, b calldata.Block) []byte {
	t.Helper()
	xml, err := calldata.Append(nil, b)
	if err != nil {
		t.Fatal(err)
	}
	return xml
}

// validate asks xmllint whether the block matches the schemas.
func validate(t *testing.T, xml []byte) (string, error) {
	t.Helper()
	cmd := exec.Command("xmllint", "--nonet", "--noout", "--schema", filepath.Join("testdata", "schema", "all.xsd"), "-")
	cmd.Stdin = strings.NewReader(string(xml))
	out, err := cmd.CombinedOutput()
	return string(out), err
}
