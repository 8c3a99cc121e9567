package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mayday/web/api"
)

// CenterParts reads and changes the center in parts. The names of parts are the keys of a center file.
type CenterParts interface {
	// Part returns the items of a list that match, or the one value of a part that is no list, each as JSON without secrets. It reads memory.
	Part(part string, only Query) (items []json.RawMessage, total int, version int64, err error)
	// Edit changes a part. A Refusal says everything that is wrong; a Stale one that the center is newer than Version.
	Edit(ctx context.Context, by string, edit Edit) (api.CenterChange, error)
	// Audit returns what was changed before the version (0: all), the newest first.
	Audit(ctx context.Context, before int64, limit int) ([]api.AuditRow, error)
}

// Query says which items of a list are wanted.
type Query struct {
	IDs    []string // empty: all
	Text   string   // that some text of the item has in it, whatever its case; empty: any
	Offset int
	Limit  int
}

// Edit is one change of a part of the center.
type Edit struct {
	Part    string
	IDs     []string // items; empty for a part that is no list
	Set     []byte   // JSON; empty: the items are removed
	Only    bool     // what Set does not name stays
	Version int64    // that the editor has seen; 0: whatever it is
	DryRun  bool
}

// Invalids is a Refusal that knows the fields that are wrong.
type Invalids interface{ Invalid() []api.Invalid }

type itemsInput struct {
	Q      string `query:"q" maxLength:"200" doc:"Only items that have this text in them."`
	Offset int    `query:"offset" minimum:"0" doc:"How many items are passed over."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"At most so many items."`
}

type itemInput struct {
	ID string `path:"id" maxLength:"200"`
}

type editInput struct {
	IfMatch string `header:"If-Match" doc:"The version that was read; the change is refused with 412 when the center is newer."`
	DryRun  bool   `query:"dry_run" doc:"Say what would change, and change nothing."`
	RawBody []byte `contentType:"application/json"`
}

type editItemInput struct {
	ID      string `path:"id" maxLength:"200"`
	IfMatch string `header:"If-Match" doc:"The version that was read; the change is refused with 412 when the center is newer."`
	DryRun  bool   `query:"dry_run" doc:"Say what would change, and change nothing."`
	RawBody []byte `contentType:"application/json"`
}

func (i *editItemInput) edit() *editInput { return &editInput{i.IfMatch, i.DryRun, i.RawBody} }

type removeInput struct {
	ID      string `path:"id" maxLength:"200"`
	IfMatch string `header:"If-Match"`
	DryRun  bool   `query:"dry_run"`
}

type itemsOutput[Item any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.Items[Item]
}

type partOutput[Of any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.Part[Of]
}

type auditInput struct {
	Before int64 `query:"before" minimum:"0" doc:"Only changes before this version; 0: all."`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

type auditOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.Audit
}

const largestItem = 1 << 20 // bytes

// describeParts mounts the center in parts, for administrators.
func (s *Server) describeParts(rest huma.API, description huma.Registry) {
	if s.config.Parts == nil {
		return
	}
	describePart[api.Organisation](s, rest, description, "organisation")
	describePart[api.Template](s, rest, description, "template")
	describeList[api.Site](s, rest, description, "sites")
	describeList[api.Trunk](s, rest, description, "trunks")
	describeList[api.Number](s, rest, description, "numbers")
	describeList[api.VoiceRoute](s, rest, description, "voice_routes")
	describeList[api.CustomPresence](s, rest, description, "presences")
	describeList[api.CapacityProfile](s, rest, description, "capacity_profiles")
	describeList[api.OutboundProfile](s, rest, description, "outbound_profiles")
	describeList[api.Queue](s, rest, description, "queues")
	describeList[api.Workstream](s, rest, description, "workstreams")
	describeList[api.Rep](s, rest, description, "reps")
	describeList[api.Channel](s, rest, description, "channels")
	describeList[api.NotificationRule](s, rest, description, "notification_rules")
	describeList[api.Translation](s, rest, description, "translations")
	audit := operation(description, "audit", http.MethodGet, "audit", "Who changed what of the center, before and after, the newest first", false)
	register(s, rest, audit, func(ctx context.Context, input *auditInput) (*auditOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		rows, err := s.config.Parts.Audit(ctx, input.Before, input.Limit)
		if err != nil {
			return nil, fmt.Errorf("read audit: %w", err)
		}
		return &auditOutput{"no-store", api.Audit{Rows: orEmpty(rows)}}, nil
	})
}

// taking says what the body of an edit is; what is wrong with it is found where it is applied, all at once.
func taking(op huma.Operation, description huma.Registry, body reflect.Type) huma.Operation {
	op.MaxBodyBytes, op.SkipValidateBody = largestItem, true
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: description.Schema(body, true, body.Name())},
	}}
	return op
}

func describePart[Of any](s *Server, rest huma.API, description huma.Registry, part string) {
	read := operation(description, "read-"+part, http.MethodGet, part, "The "+part, false)
	register(s, rest, read, func(ctx context.Context, _ *nothing) (*partOutput[Of], error) {
		items, _, version, err := readPart[Of](ctx, s, part, Query{Limit: 1})
		if err != nil {
			return nil, err
		}
		return &partOutput[Of]{"no-store", api.Part[Of]{Part: items[0], Version: version}}, nil
	})
	change := taking(operation(description, "change-"+part, http.MethodPatch, part, "Change what is named of the "+part, false), description, reflect.TypeFor[Of]())
	register(s, rest, change, func(ctx context.Context, input *editInput) (*applyOutput, error) {
		return s.set(ctx, input, Edit{Part: part, Only: true})
	})
}

func describeList[Item any](s *Server, rest huma.API, description huma.Registry, part string) {
	words := strings.ReplaceAll(part, "_", " ")
	list := operation(description, "list-"+part, http.MethodGet, part, "The "+words, false)
	register(s, rest, list, func(ctx context.Context, input *itemsInput) (*itemsOutput[Item], error) {
		items, total, version, err := readPart[Item](ctx, s, part, Query{Text: input.Q, Offset: input.Offset, Limit: input.Limit})
		if err != nil {
			return nil, err
		}
		return &itemsOutput[Item]{"no-store", api.Items[Item]{Items: orEmpty(items), Total: total, Version: version}}, nil
	})
	one := operation(description, "read-one-of-"+part, http.MethodGet, part+"/{id}", "One of the "+words, false)
	register(s, rest, one, func(ctx context.Context, input *itemInput) (*partOutput[Item], error) {
		items, _, version, err := readPart[Item](ctx, s, part, Query{IDs: []string{input.ID}, Limit: 1})
		if err == nil && len(items) == 0 {
			err = refuse(http.StatusNotFound, "NOT_FOUND", "There is no such item.")
		}
		if err != nil {
			return nil, err
		}
		return &partOutput[Item]{"no-store", api.Part[Item]{Part: items[0], Version: version}}, nil
	})
	item := reflect.TypeFor[Item]()
	put := taking(operation(description, "put-"+part, http.MethodPut, part+"/{id}", "Add one of the "+words+", or replace it", false), description, item)
	register(s, rest, put, func(ctx context.Context, input *editItemInput) (*applyOutput, error) {
		return s.set(ctx, input.edit(), Edit{Part: part, IDs: []string{input.ID}})
	})
	patch := taking(operation(description, "change-"+part, http.MethodPatch, part+"/{id}", "Change what is named of one of the "+words, false), description, item)
	register(s, rest, patch, func(ctx context.Context, input *editItemInput) (*applyOutput, error) {
		return s.set(ctx, input.edit(), Edit{Part: part, IDs: []string{input.ID}, Only: true})
	})
	bulk := taking(operation(description, "bulk-edit-"+part, http.MethodPatch, part, "Change several of the "+words+" at once", false), description, reflect.TypeFor[api.BulkEdit]())
	register(s, rest, bulk, func(ctx context.Context, input *editInput) (*applyOutput, error) { return s.bulkEdit(ctx, input, part) })
	remove := operation(description, "remove-"+part, http.MethodDelete, part+"/{id}", "Remove one of the "+words, false)
	register(s, rest, remove, func(ctx context.Context, input *removeInput) (*applyOutput, error) {
		return s.edit(ctx, &editInput{IfMatch: input.IfMatch, DryRun: input.DryRun}, Edit{Part: part, IDs: []string{input.ID}})
	})
}

// readPart reads a part for an administrator.
func readPart[Item any](ctx context.Context, s *Server, part string, only Query) (items []Item, total int, version int64, err error) {
	if _, err := administrator(ctx); err != nil {
		return nil, 0, 0, err
	}
	found, total, version, err := s.config.Parts.Part(part, only)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("read %s: %w", part, err)
	}
	items = make([]Item, len(found))
	for i, text := range found {
		if err := json.Unmarshal(text, &items[i]); err != nil {
			return nil, 0, 0, fmt.Errorf("read %s: %w", part, err)
		}
	}
	return items, total, version, nil
}

// set changes a part to what the body says.
func (s *Server) set(ctx context.Context, input *editInput, edit Edit) (*applyOutput, error) {
	if edit.Set = slices.Clone(input.RawBody); len(edit.Set) == 0 {
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "The request has no body: send what the item is to be, as JSON.")
	}
	return s.edit(ctx, input, edit)
}

// edit changes a part for an administrator; with nothing to set it removes items.
func (s *Server) edit(ctx context.Context, input *editInput, edit Edit) (*applyOutput, error) {
	v, err := administrator(ctx)
	if err != nil {
		return nil, err
	}
	if edit.Version, err = versionOf(input.IfMatch); err != nil {
		return nil, err
	}
	edit.DryRun = input.DryRun
	change, err := s.config.Parts.Edit(ctx, v.person.ID, edit)
	if err != nil {
		return nil, fmt.Errorf("edit %s: %w", edit.Part, err)
	}
	change.Changes = orEmpty(change.Changes)
	return &applyOutput{change}, nil
}

func (s *Server) bulkEdit(ctx context.Context, input *editInput, part string) (*applyOutput, error) {
	var bulk struct {
		IDs []string        `json:"ids"`
		Set json.RawMessage `json:"set"`
	}
	if err := json.Unmarshal(input.RawBody, &bulk); err != nil || len(bulk.IDs) == 0 || len(bulk.Set) == 0 {
		return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", `A change of several items names them in "ids" and what they become in "set".`)
	}
	return s.edit(ctx, input, Edit{Part: part, IDs: bulk.IDs, Set: bulk.Set, Only: true})
}

// versionOf reads If-Match: a version, with or without the quotes of an entity tag; 0 when there is none.
func versionOf(ifMatch string) (int64, error) {
	ifMatch = strings.Trim(ifMatch, `" `)
	if ifMatch == "" || ifMatch == "*" {
		return 0, nil
	}
	version, err := strconv.ParseInt(ifMatch, 10, 64)
	if err != nil || version < 1 {
		return 0, refuse(http.StatusBadRequest, "BAD_REQUEST", "If-Match is not a version of the center.")
	}
	return version, nil
}

// Stale refuses a change that was made with an older center in view.
type Stale struct{}

// Code returns the refusal's name for programs.
func (Stale) Code() string { return "STALE" }

// Error says it in words.
func (Stale) Error() string {
	return "Somebody else has changed the center since you opened this page. Look at it again, then make your change."
}
