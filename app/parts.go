package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"mayday/center"
	"mayday/config/centerfile"
	"mayday/web"
	"mayday/web/api"
)

// parts reads the center in force, and changes it in the database.
type parts struct{ node *Node }

// Part implements web.CenterParts.
func (p *parts) Part(part string, only web.Query) (items []json.RawMessage, total int, version int64, err error) {
	snapshot := p.node.engine.Snapshot()
	whole := reflect.ValueOf(snapshot.Center)
	for _, field := range reflect.VisibleFields(whole.Type()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != part {
			continue
		}
		items, total, err := page(whole.FieldByIndex(field.Index), only)
		return items, total, snapshot.Version, err
	}
	return nil, 0, 0, fmt.Errorf("no part %q", part)
}

// page returns what is wanted of a part, without secrets.
func page(part reflect.Value, only web.Query) (items []json.RawMessage, total int, err error) {
	if part.Kind() != reflect.Slice {
		text, err := json.Marshal(part.Interface())
		return []json.RawMessage{text}, 1, err
	}
	for at := range part.Len() {
		item := part.Index(at)
		if !wanted(item, only) {
			continue
		}
		if total++; total <= only.Offset || len(items) >= only.Limit {
			continue
		}
		text, err := json.Marshal(center.ItemWithoutSecrets(item.Interface()))
		if err != nil {
			return nil, 0, err
		}
		items = append(items, text)
	}
	return items, total, nil
}

// wanted reports whether an item of a list matches. Nothing secret is searched.
func wanted(item reflect.Value, only web.Query) bool {
	if len(only.IDs) > 0 {
		return slices.Contains(only.IDs, item.Field(0).String())
	}
	return only.Text == "" || has(item, strings.ToLower(only.Text))
}

func has(v reflect.Value, text string) bool {
	switch v.Kind() {
	case reflect.String:
		return strings.Contains(strings.ToLower(v.String()), text)
	case reflect.Pointer:
		return !v.IsNil() && has(v.Elem(), text)
	case reflect.Slice:
		for at := range v.Len() {
			if has(v.Index(at), text) {
				return true
			}
		}
	case reflect.Struct:
		for at := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(at).Tag.Get("json"), ",")
			if !center.SecretField(name) && has(v.Field(at), text) {
				return true
			}
		}
	}
	return false
}

// invalid is what is wrong with an edit, in the words of the API.
type invalid struct{ centerfile.Refused }

// Invalid implements web.Invalids.
func (i invalid) Invalid() []api.Invalid {
	fields := make([]api.Invalid, len(i.Refused))
	for at, m := range i.Refused {
		fields[at] = api.Invalid{Field: m.Path, Reason: m.Reason}
	}
	return fields
}

// Edit implements web.CenterParts.
func (p *parts) Edit(ctx context.Context, by string, edit web.Edit) (api.CenterChange, error) {
	return p.node.edit(ctx, by, edit.Version, edit.DryRun, func(current center.Center) (center.Center, error) {
		return centerfile.Edit{Part: edit.Part, IDs: edit.IDs, Set: edit.Set, Only: edit.Only}.Apply(current)
	})
}

// edit makes another center of the one that holds and puts it in force, unless it is newer than what the editor has seen (0: whatever
// it is). What an administrator empties is meant to be empty.
func (n *Node) edit(ctx context.Context, by string, seen int64, dry bool, anew func(center.Center) (center.Center, error)) (api.CenterChange, error) {
	opened, err := n.database.now()
	if err != nil {
		return api.CenterChange{}, err
	}
	change := api.CenterChange{Applied: !dry}
	var changes []center.Change
	version, made, err := opened.Edit(ctx, by, func(current center.Center, version int64) (center.Center, error) {
		if seen != 0 && seen != version {
			return center.Center{}, web.Stale{}
		}
		edited, err := anew(current)
		if err == nil && dry {
			changes, change.Version, err = center.Diff(current, edited), version, dryRun{}
		}
		return edited, err
	})
	var refused centerfile.Refused
	switch {
	case errors.As(err, &refused):
		return api.CenterChange{}, invalid{refused}
	case errors.As(err, new(dryRun)):
		err = nil
	case err == nil:
		changes, change.Version = made, version
	}
	for _, one := range changes {
		change.Changes = append(change.Changes, one.String())
	}
	if err == nil && !dry && len(changes) > 0 {
		err = n.publish(ctx, true)
	}
	return change, err
}

// dryRun ends an edit before anything is written.
type dryRun struct{}

func (dryRun) Error() string { return "nothing is changed: this was to see what would be" }

// Audit implements web.CenterParts.
func (p *parts) Audit(ctx context.Context, before int64, limit int) ([]api.AuditRow, error) {
	opened, err := p.node.database.now()
	if err != nil {
		return nil, err
	}
	found, err := opened.Audit(ctx, before, limit)
	if err != nil {
		return nil, err
	}
	rows := make([]api.AuditRow, len(found))
	for i, a := range found {
		rows[i] = api.AuditRow{Version: a.Version, At: a.At, By: a.By, Kind: string(a.Change.Kind), What: a.Change.What, ID: a.Change.ID, Values: []api.AuditValue{}}
		for _, v := range a.Change.Values {
			rows[i].Values = append(rows[i].Values, api.AuditValue(v))
		}
	}
	return rows, nil
}
