package centerfile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/rep"
	"mayday/config/centerfile"
)

// settled is a center with a site of every kind, and a home.
func settled(t *testing.T) center.Center {
	t.Helper()
	c := acme(t)
	c.Sites = append(c.Sites,
		location.Site{ID: "aarhus", Name: "Aarhus", Country: location.DK, Civic: location.Civic{Name: "Acme; \"Nord\", 2", Street: "Søndergade", HouseNumber: "12", Floor: "-1", Room: "=2+2"}},
		location.Site{ID: "yard", Name: "@Yard", Country: location.GB, Position: &location.Position{Latitude: -0.5, Longitude: 1e-7}})
	c.Reps[0].Home = &location.Home{Country: location.US, Civic: location.Civic{HouseNumber: "7", Street: "Elm St", City: "Springfield", AdditionInfo: "'=back door"}}
	return c
}

func changesOf(before, after center.Center) []string {
	var lines []string
	for _, change := range center.Diff(before, after) {
		lines = append(lines, change.String())
	}
	return lines
}

func written(t *testing.T, c center.Center) string {
	t.Helper()
	text, err := centerfile.WriteAddresses(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAddressBookThatIsReadAgainChangesNothing(t *testing.T) {
	c := settled(t)
	text := written(t, c)
	if rows := strings.Count(text, "\r\n"); rows != 1+len(c.Sites)+1 {
		t.Errorf("%d sites and a home: %d rows:\n%s", len(c.Sites), rows, text)
	}
	if strings.Contains(text, ",=") || strings.Contains(text, ",@") || strings.Contains(text, "argon2") || strings.Contains(text, "boss@acme.example") {
		t.Errorf("a formula, or what belongs in no address book, in\n%s", text)
	}
	forms := map[string]string{
		"as it was written":           text,
		"with a byte order mark":      "\ufeff" + text,
		"with line feeds":             strings.ReplaceAll(text, "\r\n", "\n"),
		"with empty rows":             strings.ReplaceAll(text, "\r\n", "\r\n,,,\r\n"),
		"with an empty column behind": strings.ReplaceAll(text, "\r\n", ",\r\n"),
	}
	for name, form := range forms {
		again, err := centerfile.ReadAddresses(c, []byte(form))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(c, again); diff != "" {
			t.Errorf("%s: read as another center:\n%s", name, diff)
		}
	}
	bare := settled(t)
	bare.Sites, bare.Reps[0].Home = bare.Sites[:1], nil
	again, err := centerfile.ReadAddresses(bare, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, again, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".PasswordHash" }, cmp.Ignore())); diff != "" {
		t.Errorf("read into a center without those sites and that home:\n%s", diff)
	}
}

func TestAddressBookChangesWhatItNames(t *testing.T) {
	c := settled(t)
	for _, row := range []struct {
		circumstance, text string
		want               []string
	}{
		{"a floor", "kind,id,floor\nsite,hq,5\n", []string{"changed site hq: civic"}},
		{"semicolons", "KIND;ID;Room\nsite;hq;\"5;6\"\n", []string{"changed site hq: civic"}},
		{"tabs", "kind\tid\troom\nsite\thq\t1, left\n", []string{"changed site hq: civic"}},
		{"a new site", "id,kind,name,country,latitude,longitude,radius_m\noslo,site,Oslo,NO,59.9,10.7,\n", []string{"added site oslo"}},
		{"a position that is emptied", "kind,id,latitude,longitude,radius_m\nsite,hq,,,\n", []string{"changed site hq: position"}},
		{"a new home", "kind,id,country,street\nHome,bob,DK,Vestergade\n", []string{"changed rep bob: home"}},
		{"nothing but the names of columns", "kind,id\n", nil},
	} {
		after, err := centerfile.ReadAddresses(c, []byte(row.text))
		if err != nil {
			t.Errorf("%s: %v", row.circumstance, err)
			continue
		}
		if got := changesOf(c, after); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.circumstance, got, row.want)
		}
		if diff := cmp.Diff(settled(t).Sites, c.Sites); diff != "" {
			t.Errorf("%s: the center before has changed:\n%s", row.circumstance, diff)
		}
	}
}

func TestAddressBookIsRefusedWithEveryMistake(t *testing.T) {
	const text = `kind,id,name,country,floor,latitude,longitude,radius_m,stret
site,hq,Headquarters,UK,4,,,,
sight,x,,,,,,,
site,oslo,,NO,1,"59,9",10.7,-3,
site,hq,Again,US,,,,,
home,alicia,,US,,,,,
home,alice,Somebody Else,US,,12,,,
site,bad"quote,,,,,,,
site,long,Long,US,,91,0,0,,,more
site,east,East,US,,40,,,
`
	_, err := centerfile.ReadAddresses(settled(t), []byte(text))
	var refused centerfile.Refused
	if !errors.As(err, &refused) {
		t.Fatalf("refused with %#v", err)
	}
	for _, want := range []string{
		`row 1, column 9: there is no column "stret"; did you mean "street"?`,
		`row 2, column country: "UK" is no country code (ISO 3166-1); did you mean "GB"?`,
		`row 3, column kind: "sight" is neither "site" nor "home"`,
		`row 4, column latitude: "59,9" is no number: write it with a point, such as 39.801`,
		`row 4, column radius_m: -3 is no radius in metres: 0 or more`,
		`row 4, column name: missing`,
		`row 5, column id: the site of "hq" is in row 2 already`,
		`row 6, column id: there is no rep "alicia"; did you mean "alice"?`,
		`row 7, column name: is not the name of the rep "alice": the address book does not change it; leave it as it is, or empty`,
		`row 7, column latitude: a home has no position: leave it empty`,
		`row 8: a quotation mark stands in the middle of a cell: put the whole cell in quotation marks, and write that one as two`,
		`row 9: has 11 cells, and there are 9 columns: put a cell that has a separator in it in quotation marks`,
		`row 10, column longitude: missing: a position has a latitude and a longitude`,
	} {
		if !strings.Contains(err.Error()+"\n", want) {
			t.Errorf("it is not said that %s", want)
		}
	}
	if len(refused) != 13 {
		t.Errorf("%d mistakes:\n%v", len(refused), err)
	}
	for circumstance, text := range map[string]string{
		"file: is empty":                              "",
		"file: is no UTF-8":                           "kind,id\nsite,\xff\n",
		"row 1, column kind: missing":                 "id,floor\nhq,1\n",
		"row 1, column floor: is there twice":         "kind,id,floor,Floor\nsite,hq,1,2\n",
		"row 2: a cell in quotation marks does not":   "kind,id\nsite,\"hq\n",
		"row 2, column latitude: 91 is not between":   "kind,id,latitude,longitude\nsite,hq,91,0\n",
		"row 2, column id: missing":                   "kind,id,name,country\nsite,,A,US\n",
		"row 2, column floor: has the control char":   "kind,id,floor\nsite,hq,\"1\x012\"\n",
		"row 1: a quotation mark stands in the middl": "kind,i\"d\nsite,hq\n",
	} {
		if _, err := centerfile.ReadAddresses(settled(t), []byte(text)); err == nil || !strings.HasPrefix(err.Error(), circumstance) {
			t.Errorf("%q: %v, want %s…", text, err, circumstance)
		}
	}
}

func FuzzReadAddresses(f *testing.F) {
	for _, seed := range []string{
		"kind,id,name,country,floor\nsite,hq,\"a\"\"b\",US,'=1\n",
		"\ufeffkind;id;latitude;longitude;radius_m\r\nsite;x;-0;1e-9;0x1p3\r\n\r\n;;;;\r\n",
		"id\tkind\tcountry\nalice\thome\tDK\nalice\thome\tDK",
		"kind,id,room\nsite,hq,\"1\n2\"", "kind,id\n\"", ",",
	} {
		f.Add([]byte(seed))
	}
	current := center.Center{Organisation: center.Organisation{Name: "A", Country: "US"}, Sites: []location.Site{{ID: "hq", Name: "H", Country: "US"}}}
	current.Reps = append(current.Reps, repNamed("alice"))
	f.Fuzz(func(t *testing.T, text []byte) {
		after, err := centerfile.ReadAddresses(current, text)
		if err != nil {
			var refused centerfile.Refused
			if !errors.As(err, &refused) || len(refused) == 0 {
				t.Errorf("%q: refused with %#v", text, err)
			}
			return
		}
		book, err := centerfile.WriteAddresses(after)
		if err != nil {
			t.Fatalf("%q: not written: %v", text, err)
		}
		if again, err := centerfile.ReadAddresses(current, book); err != nil || len(center.Diff(after, again)) > 0 {
			t.Errorf("%q: written as %q, read as %+v, %v", text, book, again, err)
		}
	})
}

func repNamed(id rep.ID) rep.Rep {
	return rep.Rep{ID: id, Name: string(id), Roles: []rep.Role{rep.Agent}}
}
