package store

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
)

func channelsTable() table {
	return table{
		name: "channels", columns: []string{"id", "rank", "kind", "url", "secret", "to"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, ch := range c.Channels {
				rows = append(rows, row{string(ch.ID), int64(i), string(ch.Kind), ch.URL, ch.Secret, ch.To})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var ch emergency.Channel
			var rank int64
			err := scan(&ch.ID, &rank, &ch.Kind, &ch.URL, &ch.Secret, &ch.To)
			d.center.Channels = append(d.center.Channels, ch)
			return err
		},
	}
}

func rulesTable() table {
	return table{
		name: "notification_rules", columns: []string{"id", "rank", "tiers"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, r := range c.Rules {
				rows = append(rows, row{string(r.ID), int64(i), asJSON(r.Tiers)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var r emergency.Rule
			var rank int64
			err := scan(&r.ID, &rank, fromJSON{&r.Tiers})
			r.Sites = listed[location.SiteID](d, "notification_rule_sites", r.ID)
			r.Numbers = listed[string](d, "notification_rule_numbers", r.ID)
			d.center.Rules = append(d.center.Rules, r)
			return err
		},
	}
}

func translationsTable() table {
	return table{
		name: "translations", columns: []string{"language", "rank", "subject", "body", "html"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, t := range c.Translations {
				rows = append(rows, row{string(t.Language), int64(i), t.Subject, t.Body, t.HTML})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var t emergency.Translation
			var rank int64
			err := scan(&t.Language, &rank, &t.Subject, &t.Body, &t.HTML)
			d.center.Translations = append(d.center.Translations, t)
			return err
		},
	}
}

// asJSON is what a column of JSON holds.
func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("store: BUG: a value that is no JSON: %v", err))
	}
	return string(text)
}

// jsonOrEmpty is the same for what may be left out.
func jsonOrEmpty[Value any](value *Value) string {
	if value == nil {
		return ""
	}
	return asJSON(value)
}

// listOrEmpty is the same for a list: empty for one with nothing in it.
func listOrEmpty(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return asJSON(list)
}

// fromJSON reads such a column back; an empty one leaves the value as it is.
type fromJSON struct{ into any }

// Scan reads the text of the column.
func (f fromJSON) Scan(value any) error {
	var text sql.NullString
	if err := text.Scan(value); err != nil || text.String == "" {
		return err
	}
	return json.Unmarshal([]byte(text.String), f.into)
}
