package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"mayday/center"
)

// table is how a part of the center stands in one SQL table: how rows are made of a center, and a center of rows.
type table struct {
	name    string
	columns []string // the first ones are the primary key
	key     int      // how many they are
	rows    func(center.Center) []row
	scan    func(scan, *draft) error
}

// row is the values of a table's columns. They are comparable, so that a row that did not change is not written.
type row []any

// scan reads the columns of the current row, as sql.Rows does.
type scan func(columns ...any) error

// draft is a center while it is read. The lists come first, and each item then takes its own.
type draft struct {
	center center.Center
	lists  map[string][]string // by table and owner
}

// id is what tells a row of a table from the others.
func (t table) id(r row) string { return fmt.Sprintf("%q", []any(r[:t.key])) }

func (t table) selectAll() string {
	return fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", quoted(t.columns), t.name, t.order())
}

// order is the order in which people listed things.
func (t table) order() string {
	for _, column := range t.columns {
		if column == "rank" {
			return quoted([]string{"rank", t.columns[0]})
		}
	}
	return quoted(t.columns[:t.key])
}

// put is an INSERT that takes the place of the row of the same key.
func (t table) put() string {
	set := make([]string, 0, len(t.columns))
	for _, column := range t.columns[t.key:] {
		set = append(set, fmt.Sprintf("%[1]q = excluded.%[1]q", column))
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s",
		t.name, quoted(t.columns), placeholders(len(t.columns)), quoted(t.columns[:t.key]), strings.Join(set, ", "))
}

func (t table) remove() string {
	where := make([]string, t.key)
	for i, column := range t.columns[:t.key] {
		where[i] = fmt.Sprintf("%q = $%d", column, i+1)
	}
	return fmt.Sprintf("DELETE FROM %s WHERE %s", t.name, strings.Join(where, " AND "))
}

// quoted lists column names; some of ours are words of SQL too.
func quoted(columns []string) string { return `"` + strings.Join(columns, `", "`) + `"` }

func placeholders(n int) string {
	marks := make([]string, n)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(marks, ", ")
}

// load reads the whole table into the draft.
func (t table) load(ctx context.Context, tx *sql.Tx, into *draft) error {
	rows, err := tx.QueryContext(ctx, t.selectAll())
	if err != nil {
		return fmt.Errorf("read table %s: %w", t.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := t.scan(rows.Scan, into); err != nil {
			return fmt.Errorf("read table %s: %w", t.name, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read table %s: %w", t.name, err)
	}
	return nil
}

// save writes the rows in which two centers differ, and no other.
func (t table) save(ctx context.Context, tx *sql.Tx, old, new center.Center) error {
	before := map[string]row{}
	for _, r := range t.rows(old) {
		before[t.id(r)] = r
	}
	var put, gone []row
	for _, r := range t.rows(new) {
		if !equal(before[t.id(r)], r) {
			put = append(put, r)
		}
		delete(before, t.id(r))
	}
	for _, r := range before {
		gone = append(gone, r[:t.key])
	}
	if err := execute(ctx, tx, t.remove(), gone); err != nil {
		return fmt.Errorf("write table %s: %w", t.name, err)
	}
	if err := execute(ctx, tx, t.put(), put); err != nil {
		return fmt.Errorf("write table %s: %w", t.name, err)
	}
	return nil
}

func equal(a, b row) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// execute runs one statement for every row.
func execute(ctx context.Context, tx *sql.Tx, statement string, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	prepared, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer prepared.Close()
	for _, r := range rows {
		if _, err := prepared.ExecContext(ctx, r...); err != nil {
			return err
		}
	}
	return nil
}

// listTable is a table of the names that an item of another table lists: its owner, the rank, the name.
func listTable[Owner, Name ~string](name, owner, item string, each func(c center.Center, list func(Owner, []Name))) table {
	return table{
		name: name, columns: []string{owner, "rank", item}, key: 2,
		rows: func(c center.Center) []row {
			var rows []row
			each(c, func(owner Owner, names []Name) {
				for i, n := range names {
					rows = append(rows, row{string(owner), int64(i), string(n)})
				}
			})
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var owner, listed string
			var rank int64
			err := scan(&owner, &rank, &listed)
			d.lists[name+" "+owner] = append(d.lists[name+" "+owner], listed)
			return err
		},
	}
}

// listed returns what the item of that id lists.
func listed[Name, Owner ~string](d *draft, table string, owner Owner) []Name {
	var names []Name
	for _, name := range d.lists[table+" "+string(owner)] {
		names = append(names, Name(name))
	}
	return names
}

// optional is a reference that may be left out: NULL then.
func optional[Name ~string](name Name) any {
	if name == "" {
		return nil
	}
	return string(name)
}

// orEmpty reads such a reference back.
type orEmpty[Name ~string] struct{ name *Name }

// Scan reads NULL as the empty name.
func (o orEmpty[Name]) Scan(value any) error {
	var text sql.NullString
	err := text.Scan(value)
	*o.name = Name(text.String)
	return err
}
