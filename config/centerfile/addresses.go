package centerfile

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mayday/center"
	"mayday/center/location"
)

// The address book is every site and every home as a table that spreadsheets read and write (CSV): a row each. It does not say what else
// belongs to a site, such as its emergency desk.

// The kinds of rows.
const (
	rowOfSite = "site"
	rowOfHome = "home" // id is that of the rep who lives there
)

// column is one column of the address book: its name in the first row, and its value in a row.
type column struct {
	name  string
	value func(*address) *string
}

// address is a row: a site's, or that of a rep's home.
type address struct {
	kind, id, name               string
	country                      string
	civic                        location.Civic
	latitude, longitude, radiusM string
}

// columns returns the columns in their order. Those of the civic address are called as in a center file, but for its name.
func columns() []column {
	all := []column{
		{"kind", func(a *address) *string { return &a.kind }},
		{"id", func(a *address) *string { return &a.id }},
		{"name", func(a *address) *string { return &a.name }},
		{"country", func(a *address) *string { return &a.country }},
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[location.Civic]()) {
		name := nameOf(field)
		if name == "name" {
			name = placeName
		}
		all = append(all, column{name, func(a *address) *string {
			return reflect.ValueOf(&a.civic).Elem().FieldByIndex(field.Index).Addr().Interface().(*string)
		}})
	}
	return append(all,
		column{"latitude", func(a *address) *string { return &a.latitude }},
		column{"longitude", func(a *address) *string { return &a.longitude }},
		column{"radius_m", func(a *address) *string { return &a.radiusM }})
}

// placeName is the column of a civic address's name: "name" is the site's own.
const placeName = "place_name"

// WriteAddresses returns the address book of the center, which ReadAddresses reads as the same one.
func WriteAddresses(c center.Center) ([]byte, error) {
	all := columns()
	header := make([]string, len(all))
	for i, col := range all {
		header[i] = col.name
	}
	rows := [][]string{header}
	for _, a := range addressesOf(c) {
		row := make([]string, len(all))
		for i, col := range all {
			row[i] = guarded(*col.value(&a))
		}
		rows = append(rows, row)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true // as spreadsheets write it
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write address book: %w", err)
	}
	return out.Bytes(), nil
}

func addressesOf(c center.Center) []address {
	var all []address
	for _, s := range c.Sites {
		a := address{kind: rowOfSite, id: string(s.ID), name: s.Name, country: string(s.Country), civic: s.Civic}
		if s.Position != nil {
			a.latitude, a.longitude, a.radiusM = decimal(s.Position.Latitude), decimal(s.Position.Longitude), decimal(s.Position.RadiusM)
		}
		all = append(all, a)
	}
	for _, r := range c.Reps {
		if r.Home != nil {
			all = append(all, address{kind: rowOfHome, id: string(r.ID), name: r.Name, country: string(r.Home.Country), civic: r.Home.Civic})
		}
	}
	return all
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// guarded keeps a spreadsheet from taking a text for a formula: it gets an apostrophe before it, which unguarded takes away.
func guarded(text string) string {
	if formula(text) {
		return "'" + text
	}
	return text
}

func unguarded(text string) string {
	if rest, quoted := strings.CutPrefix(text, "'"); quoted && formula(rest) {
		return rest
	}
	return text
}

// formula reports whether a spreadsheet may take the text for a formula, or whether it looks like one that was kept from that.
func formula(text string) bool {
	bare := strings.TrimLeft(text, "'")
	if bare == "" || !strings.ContainsRune("=+-@", rune(bare[0])) {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err != nil
}

// ReadAddresses returns the center with what an address book says: sites and homes are added or changed; those that it does not name stay,
// and so does every field whose column it does not have. The error is a Refused with everything that is wrong, the path of each being its
// row and column, and then nothing is changed.
func ReadAddresses(current center.Center, data []byte) (center.Center, error) {
	book := newAddressBook(current)
	book.read(data)
	for _, m := range append(center.Check(book.center), zoneMistakes(book.center)...) {
		if m = book.found(m); !book.said[m.Path] && !slices.Contains(book.wrong, m) {
			book.wrong = append(book.wrong, m)
		}
	}
	if len(book.wrong) > 0 {
		return center.Center{}, book.wrong
	}
	return book.center, nil
}

// addressBook is an address book that is being read into a center.
type addressBook struct {
	center  center.Center
	columns []column          // of the text, in its order; one without a value is unknown
	sites   map[string]int    // by id: where in the center
	reps    map[string]int    // the same
	rows    map[string]string // path in the center, "sites[3]" → the row that is read into it
	seen    map[[2]string]int // kind and id → row
	said    map[string]bool   // paths at which something is wrong
	wrong   Refused
}

func newAddressBook(current center.Center) *addressBook {
	b := &addressBook{
		center: current, sites: make(map[string]int), reps: make(map[string]int),
		rows: make(map[string]string), seen: make(map[[2]string]int), said: make(map[string]bool),
	}
	b.center.Sites, b.center.Reps = slices.Clone(current.Sites), slices.Clone(current.Reps)
	for at, s := range current.Sites {
		b.sites[string(s.ID)] = at
	}
	for at, r := range current.Reps {
		b.reps[string(r.ID)] = at
	}
	return b
}

func (b *addressBook) say(path, reason string, arguments ...any) {
	b.said[path] = true
	b.wrong = append(b.wrong, center.Mistake{Path: path, Reason: fmt.Sprintf(reason, arguments...)})
}

func rowName(row int) string { return "row " + strconv.Itoa(row) }

func cellName(row, column string) string { return row + ", column " + column }

func (b *addressBook) read(data []byte) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		b.say("file", "is no UTF-8: save it as CSV UTF-8")
		return
	}
	table := csv.NewReader(bytes.NewReader(data))
	table.Comma, table.FieldsPerRecord = separator(data), -1
	for first := true; ; {
		record, err := table.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if first {
				b.say("file", "is empty: the first row names the columns")
			}
			return
		case errors.As(err, &broken):
			b.say(rowName(broken.StartLine), "%s", brokenWords(broken))
			if first {
				return
			}
		case err != nil:
			b.say("file", "cannot be read")
			return
		case first:
			if !b.header(record) {
				return
			}
		default:
			line, _ := table.FieldPos(0)
			b.row(line, record)
		}
		first = false
	}
}

// separator returns what stands between the cells: spreadsheets of some languages write semicolons, and tabs when one copies.
func separator(data []byte) rune {
	head, _, _ := bytes.Cut(data, []byte("\n"))
	for _, other := range ";\t" {
		if bytes.ContainsRune(head, other) && !bytes.ContainsRune(head, ',') {
			return other
		}
	}
	return ','
}

func brokenWords(broken *csv.ParseError) string {
	if errors.Is(broken.Err, csv.ErrQuote) {
		return `a cell in quotation marks does not end, or goes on after its end: write a quotation mark inside as two`
	}
	return `a quotation mark stands in the middle of a cell: put the whole cell in quotation marks, and write that one as two`
}

// header reads the first row, and reports whether the others can be read.
func (b *addressBook) header(record []string) bool {
	known := columns()
	var names []string
	for _, col := range known {
		names = append(names, col.name)
	}
	for i, cell := range record {
		name := strings.ToLower(strings.TrimSpace(cell))
		at := slices.Index(names, name)
		switch {
		case name == "" && i == len(record)-1: // what a separator at the end of every row makes
			continue
		case at < 0:
			b.say(cellName(rowName(1), strconv.Itoa(i+1)), "there is no column %q%s", cell, meantColumn(name, names))
			b.columns = append(b.columns, column{})
			continue
		case slices.ContainsFunc(b.columns, func(col column) bool { return col.name == name }):
			b.say(cellName(rowName(1), name), "is there twice")
		}
		b.columns = append(b.columns, known[at])
	}
	whole := true
	for _, needed := range []string{"kind", "id"} {
		if !slices.ContainsFunc(b.columns, func(col column) bool { return col.name == needed }) {
			b.say(cellName(rowName(1), needed), "missing: the first row names the columns, %s", strings.Join(names, ", "))
			whole = false
		}
	}
	return whole
}

func meantColumn(typed string, known []string) string {
	if near := center.Nearest(typed, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; there are " + strings.Join(known, ", ")
}

func (b *addressBook) row(line int, record []string) {
	if !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		return // an empty row of a spreadsheet
	}
	name := rowName(line)
	if len(record) > len(b.columns) && slices.ContainsFunc(record[len(b.columns):], func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
		b.say(name, "has %d cells, and there are %d columns: put a cell that has a separator in it in quotation marks", len(record), len(b.columns))
		return
	}
	cells := map[string]string{}
	for i, col := range b.columns {
		if col.value != nil {
			cells[col.name] = ""
			if i < len(record) {
				cells[col.name] = unguarded(strings.TrimSpace(record[i]))
			}
		}
	}
	kind, id := strings.ToLower(cells["kind"]), cells["id"]
	if first, twice := b.seen[[2]string{kind, id}]; twice {
		b.say(cellName(name, "id"), "the %s of %q is in row %d already", kind, id, first)
		return
	}
	b.seen[[2]string{kind, id}] = line
	switch kind {
	case rowOfSite:
		b.site(name, id, cells)
	case rowOfHome:
		b.home(name, id, cells)
	default:
		b.say(cellName(name, "kind"), "%q is neither %q nor %q", cells["kind"], rowOfSite, rowOfHome)
	}
}

// fill puts the cells of a row into an address; what has no column stays.
func (b *addressBook) fill(a *address, cells map[string]string) {
	for _, col := range b.columns {
		if cell, there := cells[col.name]; there && col.value != nil {
			*col.value(a) = cell
		}
	}
}

func (b *addressBook) site(row, id string, cells map[string]string) {
	at, known := b.sites[id]
	if !known {
		at = len(b.center.Sites)
		b.center.Sites = append(b.center.Sites, location.Site{ID: location.SiteID(id)})
	}
	b.rows[fmt.Sprintf("sites[%d]", at)] = row
	site := &b.center.Sites[at]
	a := addressesOf(center.Center{Sites: []location.Site{*site}})[0]
	b.fill(&a, cells)
	site.Name, site.Country, site.Civic = a.name, location.Country(a.country), a.civic
	b.position(row, site, a)
}

// position reads where a site lies.
func (b *addressBook) position(row string, site *location.Site, a address) {
	if a.latitude == "" && a.longitude == "" && a.radiusM == "" {
		site.Position = nil
		return
	}
	var read location.Position
	site.Position = &read
	for _, cell := range []struct {
		column, text string
		into         *float64
		needed       bool
	}{
		{"latitude", a.latitude, &read.Latitude, true},
		{"longitude", a.longitude, &read.Longitude, true},
		{"radius_m", a.radiusM, &read.RadiusM, false},
	} {
		number, err := strconv.ParseFloat(cmp.Or(cell.text, "0"), 64)
		switch {
		case cell.text == "" && cell.needed:
			b.say(cellName(row, cell.column), "missing: a position has a latitude and a longitude")
		case err != nil || math.IsNaN(number) || math.IsInf(number, 0):
			b.say(cellName(row, cell.column), "%q is no number: write it with a point, such as 39.801", cell.text)
		default:
			*cell.into = number
		}
	}
}

func (b *addressBook) home(row, id string, cells map[string]string) {
	at, known := b.reps[id]
	if !known {
		b.say(cellName(row, "id"), "there is no rep %q%s", id, b.likely(id))
		return
	}
	b.rows[fmt.Sprintf("reps[%d]", at)] = row
	who := &b.center.Reps[at]
	home := location.Home{}
	if who.Home != nil {
		home = *who.Home
	}
	a := address{kind: rowOfHome, id: id, name: who.Name, country: string(home.Country), civic: home.Civic}
	b.fill(&a, cells)
	if a.name != "" && a.name != who.Name {
		b.say(cellName(row, "name"), "is not the name of the rep %q: the address book does not change it; leave it as it is, or empty", id)
	}
	for _, cell := range []struct{ column, text string }{{"latitude", a.latitude}, {"longitude", a.longitude}, {"radius_m", a.radiusM}} {
		if cell.text != "" {
			b.say(cellName(row, cell.column), "a home has no position: leave it empty")
		}
	}
	who.Home = &location.Home{Country: location.Country(a.country), Civic: a.civic}
}

// looked is after how many mistakes nobody looks any more for what was meant: comparing every name with every other would take hours.
const looked = 50

// likely is the tail of a reason: which rep was most likely meant.
func (b *addressBook) likely(id string) string {
	if len(b.wrong) >= looked {
		return ""
	}
	if near := center.Nearest(id, slices.Collect(maps.Keys(b.reps))); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// found gives a mistake in the center the row and the column that it comes from.
func (b *addressBook) found(m center.Mistake) center.Mistake {
	item, field, _ := strings.Cut(m.Path, "]")
	row, read := b.rows[item+"]"]
	field = strings.TrimPrefix(field, ".")
	if strings.HasPrefix(item, "reps") {
		var inside bool
		field, inside = strings.CutPrefix(field, "home.")
		read = read && inside
	}
	switch {
	case !read:
	case field == "":
		m.Path = row
	case field == "civic.name":
		m.Path = cellName(row, placeName)
	default:
		m.Path = cellName(row, field[strings.LastIndexByte(field, '.')+1:])
	}
	return m
}
