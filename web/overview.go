package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mayday/web/api"
)

// Overview says how ready people are for an emergency call and what is wrong with the dial plan, by what places calls. It changes nothing.
type Overview interface {
	// Readiness returns those people who match.
	Readiness(ctx context.Context, only ReadinessQuery) (api.ReadinessMatrix, error)
	// Findings returns what the dial-plan check finds in the center in force.
	Findings() []api.Finding
}

// ReadinessQuery says whose readiness is wanted.
type ReadinessQuery struct {
	Rep    string   // empty: everybody's
	Within []string // sites beyond which nothing is seen; nil: there is no bound
	Site   string   // empty: any
	Text   string   // in a name or a username, whatever its case; empty: any
	Cause  string   // empty: any
	Colour string   // empty: any
	Offset int
	Limit  int // 0: all
}

type readinessInput struct {
	Site   string `query:"site" maxLength:"200" doc:"Only people of this site."`
	Q      string `query:"q" maxLength:"200" doc:"Only people with this text in their name or username."`
	Cause  string `query:"cause" maxLength:"100" doc:"Only people who lack this."`
	Colour string `query:"colour" enum:"red,amber,green"`
	Offset int    `query:"offset" minimum:"0" doc:"How many people are passed over."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"At most so many people; CSV has them all."`
	Format string `query:"format" enum:"json,csv" doc:"csv: as Accept: text/csv."`
	Accept string `header:"Accept"`
}

type repInput struct {
	Rep string `path:"rep" maxLength:"200"`
}

type matrixOutput struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

type repOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.RepReadiness
}

type findingsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.Findings
}

func (s *Server) describeOverview(rest huma.API, description huma.Registry) {
	if s.config.Overview == nil {
		return
	}
	s.describeMatrix(rest, description)
	one := operation(description, "readiness-of", http.MethodGet, "readiness/{rep}", "How ready somebody is for an emergency call", false)
	register(s, rest, one, func(ctx context.Context, input *repInput) (*repOutput, error) {
		within, err := overseen(ctx)
		if err != nil {
			return nil, err
		}
		return s.readinessOf(ctx, ReadinessQuery{Rep: input.Rep, Within: within})
	})
	own := operation(description, "own-readiness", http.MethodGet, "me/readiness", "How ready one is for an emergency call", false)
	register(s, rest, own, func(ctx context.Context, _ *nothing) (*repOutput, error) {
		v, err := signedIn(ctx)
		if err != nil {
			return nil, err
		}
		return s.readinessOf(ctx, ReadinessQuery{Rep: v.person.ID})
	})
	lint := operation(description, "lint", http.MethodGet, "lint", "What could come between a dialled string and an emergency service", false)
	register(s, rest, lint, func(ctx context.Context, _ *nothing) (*findingsOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		return &findingsOutput{"no-store", api.Findings{Findings: orEmpty(s.config.Overview.Findings())}}, nil
	})
}

func (s *Server) describeMatrix(rest huma.API, description huma.Registry) {
	matrix := operation(description, "readiness", http.MethodGet, "readiness", "How ready people are for an emergency call, and what is missing", false)
	matrix.Description = "For administrators and supervisors; for people of an emergency desk, that of their site."
	matrix.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: description.Schema(reflect.TypeFor[api.ReadinessMatrix](), true, "ReadinessMatrix")},
		"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
	register(s, rest, matrix, func(ctx context.Context, input *readinessInput) (*matrixOutput, error) {
		within, err := overseen(ctx)
		if err != nil {
			return nil, err
		}
		table := input.Format == "csv" || input.Format == "" && acceptsCSV(input.Accept)
		only := ReadinessQuery{
			Within: within, Site: input.Site, Text: input.Q, Cause: input.Cause, Colour: input.Colour, Offset: input.Offset, Limit: input.Limit,
		}
		if table {
			only.Offset, only.Limit = 0, 0
		}
		found, err := s.config.Overview.Readiness(ctx, only)
		if err != nil {
			return nil, fmt.Errorf("read readiness: %w", err)
		}
		if table {
			return &matrixOutput{"text/csv; charset=utf-8", `attachment; filename="readiness.csv"`, "no-store", asCSV(found.Rows)}, nil
		}
		found.Rows, found.Causes, found.Sites = orEmpty(found.Rows), orEmpty(found.Causes), orEmpty(found.Sites)
		text, err := json.Marshal(found)
		return &matrixOutput{"application/json", "", "no-store", text}, err
	})
}

func (s *Server) readinessOf(ctx context.Context, only ReadinessQuery) (*repOutput, error) {
	found, err := s.config.Overview.Readiness(ctx, only)
	if err != nil {
		return nil, fmt.Errorf("read readiness: %w", err)
	}
	if len(found.Rows) == 0 {
		return nil, refuse(http.StatusNotFound, "NOT_FOUND", "There is nobody of this name whose readiness you may see.")
	}
	return &repOutput{"no-store", found.Rows[0]}, nil
}

// overseen returns the sites whose people somebody looks after; nil: those of every site.
func overseen(ctx context.Context) ([]string, error) {
	v, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	has := func(role string) bool { return slices.Contains(v.person.Roles, role) }
	switch {
	case has("administrator") || has("supervisor"):
		return nil, nil
	case has("desk") && v.person.Site != "":
		return []string{v.person.Site}, nil
	}
	return nil, refuse(http.StatusForbidden, "NOT_ALLOWED", "Only administrators, supervisors and the emergency desk of a site may see this.")
}

// acceptsCSV reports whether CSV is asked for by name, before JSON.
func acceptsCSV(accept string) bool {
	for one := range strings.SplitSeq(accept, ",") {
		switch kind, _, _ := mime.ParseMediaType(strings.TrimSpace(one)); kind {
		case "text/csv":
			return true
		case "application/json":
			return false
		}
	}
	return false
}

// asCSV writes a line for each of the people.
func asCSV(rows []api.RepReadiness) []byte {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	lines := [][]string{{"rep", "name", "site", "colour", "causes", "country", "number", "trunks", "caller_id", "place", "confirmed_at", "told", "sender", "drill_at", "drill_passed"}}
	list := func(all []string) string { return strings.Join(all, "; ") }
	for _, r := range rows {
		confirmed := ""
		if r.ConfirmedAt != nil {
			confirmed = r.ConfirmedAt.UTC().Format(time.RFC3339)
		}
		drilled, passed := "", ""
		if r.Drill != nil {
			drilled, passed = r.Drill.At.UTC().Format(time.RFC3339), strconv.FormatBool(r.Drill.Passed)
		}
		lines = append(lines, []string{
			r.Rep, r.Name, r.Site, string(r.Colour), list(r.Causes), r.Country, r.Number, inTurn(r.Turns), r.CallerID, list(r.Place), confirmed, list(r.Told), r.Sender,
			drilled, passed,
		})
	}
	for _, line := range lines {
		for i := range line {
			line[i] = inert(line[i])
		}
	}
	w.WriteAll(lines) //nolint:errcheck // a buffer takes everything
	return text.Bytes()
}

// inTurn writes trunks as they are tried; any of those of one turn may be the next.
func inTurn(turns [][]string) string {
	var all []string
	for _, turn := range turns {
		all = append(all, strings.Join(turn, " or "))
	}
	return strings.Join(all, "; ")
}

// inert keeps a spreadsheet from taking a name for a formula; telephone numbers stay as they are.
func inert(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) || strings.Trim(cell, "+0123456789") == "" {
		return cell
	}
	return "'" + cell
}
