package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"mayday/web/api"
)

const (
	mostHistoryRows = 500
	largestSignIn   = 16 << 10 // bytes
	largestCenter   = 16 << 20
)

type nothing struct{}

type signInInput struct {
	Body api.SignIn
}

type sessionOutput struct {
	SetCookie    http.Cookie `header:"Set-Cookie"`
	CacheControl string      `header:"Cache-Control"`
	Body         api.Session
}

type whoOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.Session
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type historyInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most so many rows."`
}

type historyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.History
}

type exportOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

type applyInput struct {
	DryRun  bool   `query:"dry_run" doc:"Say what would change, and change nothing."`
	RawBody []byte `contentType:"text/yaml"`
}

type applyOutput struct {
	Body api.CenterChange
}

// rest mounts what is asked for with single requests, and the description of all that as OpenAPI 3.1.
func (s *Server) rest(mux *http.ServeMux) {
	description := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	rest := humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "Mayday", Version: s.config.Version, Description: "The feed at /api/v1/feed is described in docs/feed.md."},
			Components: &huma.Components{Schemas: description, SecuritySchemes: s.securitySchemes()},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{fromHuma},
	})
	s.describeSession(rest, description)
	s.describeHistory(rest, description)
	s.describeCenter(rest, description)
	s.describeParts(rest, description)
	s.describeExplainer(rest, description)
	s.describeOverview(rest, description)
	s.describeAddressBook(rest, description)
	s.describeDrills(rest, description)
	// The library's own words for an error are replaced by Problem in every answer.
	delete(description.Map(), "ErrorModel")
	delete(description.Map(), "ErrorDetail")
	// The description is written when somebody asks for it: it would take a tenth of the time in which a node starts.
	written := sync.OnceValues(func() ([]byte, error) { return json.MarshalIndent(rest.OpenAPI(), "", "  ") })
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		text, err := written()
		if err != nil {
			s.asProblem(fmt.Errorf("describe the API: %w", err)).write(w)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(text) //nolint:errcheck // the peer is gone; nobody is left to be told
	})
}

func (s *Server) securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{"session": {Type: "apiKey", In: "cookie", Name: s.cookieName()}}
}

// operation is what all have in common. Errors of every kind are Problems.
func operation(description huma.Registry, id, method, path, summary string, open bool) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: method, Path: "/api/v1/" + path, Summary: summary,
		BodyReadTimeout: 10 * time.Second,
		Responses: map[string]*huma.Response{"default": {
			Description: "Why it was not done.",
			Content: map[string]*huma.MediaType{"application/problem+json": {
				Schema: description.Schema(reflect.TypeFor[api.Problem](), true, "Problem"),
			}},
		}},
	}
	if !open {
		op.Security = []map[string][]string{{"session": {}}}
	}
	return op
}

// register mounts an operation; whatever error it ends with becomes a Problem.
func register[I, O any](s *Server, rest huma.API, op huma.Operation, do func(context.Context, *I) (*O, error)) {
	huma.Register(rest, op, func(ctx context.Context, input *I) (*O, error) {
		output, err := do(ctx, input)
		if err != nil {
			return nil, s.asProblem(err)
		}
		return output, nil
	})
}

func (s *Server) describeSession(rest huma.API, description huma.Registry) {
	in := operation(description, "sign-in", http.MethodPost, "session", "Sign in", true)
	in.MaxBodyBytes = largestSignIn
	register(s, rest, in, func(ctx context.Context, input *signInInput) (*sessionOutput, error) {
		token, live, person, err := s.signIn(ctx, input.Body)
		if err != nil {
			return nil, err
		}
		return &sessionOutput{s.cookie(token), "no-store", api.Session{Person: whole(person), ExpiresAt: live.expiresAt().UTC()}}, nil
	})
	who := operation(description, "who-am-i", http.MethodGet, "session", "Who is signed in", false)
	register(s, rest, who, func(ctx context.Context, _ *nothing) (*whoOutput, error) {
		v, err := signedIn(ctx)
		if err != nil {
			return nil, err
		}
		return &whoOutput{"no-store", api.Session{Person: whole(v.person), ExpiresAt: v.session.expiresAt().UTC()}}, nil
	})
	out := operation(description, "sign-out", http.MethodDelete, "session", "Sign out", true)
	out.DefaultStatus = http.StatusNoContent
	register(s, rest, out, func(ctx context.Context, _ *nothing) (*signOutOutput, error) {
		if err := s.signOut(visitOf(ctx)); err != nil {
			return nil, err
		}
		return &signOutOutput{s.cookie("")}, nil
	})
}

func (s *Server) describeHistory(rest huma.API, description huma.Registry) {
	op := operation(description, "history", http.MethodGet, "history", "One's own ordinary conversations, the newest first", false)
	register(s, rest, op, func(ctx context.Context, input *historyInput) (*historyOutput, error) {
		v, err := signedIn(ctx)
		if err != nil {
			return nil, err
		}
		rows, err := s.config.History.History(ctx, v.person.ID, min(input.Limit, mostHistoryRows))
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		return &historyOutput{"no-store", api.History{Rows: orEmpty(rows)}}, nil
	})
}

func (s *Server) describeCenter(rest huma.API, description huma.Registry) {
	export := operation(description, "export-center", http.MethodGet, "center", "The center as a center file, without secrets", false)
	export.Responses["200"] = &huma.Response{
		Description: "OK",
		Content:     map[string]*huma.MediaType{"text/yaml": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	register(s, rest, export, func(ctx context.Context, _ *nothing) (*exportOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		file, err := s.config.Center.Export(ctx)
		if err != nil {
			return nil, fmt.Errorf("export center: %w", err)
		}
		return &exportOutput{"text/yaml; charset=utf-8", "no-store", file}, nil
	})
	apply := operation(description, "apply-center", http.MethodPut, "center", "Bring the center to what a center file says", false)
	apply.MaxBodyBytes = largestCenter
	apply.SkipValidateBody = true // YAML: its mistakes are found by Apply, all of them
	register(s, rest, apply, func(ctx context.Context, input *applyInput) (*applyOutput, error) {
		v, err := administrator(ctx)
		if err != nil {
			return nil, err
		}
		changes, err := s.config.Center.Apply(ctx, v.person.ID, slices.Clone(input.RawBody), input.DryRun)
		if err != nil {
			return nil, fmt.Errorf("apply center: %w", err)
		}
		return &applyOutput{api.CenterChange{Changes: orEmpty(changes), Applied: !input.DryRun}}, nil
	})
}

func signedIn(ctx context.Context) (*visit, error) {
	v := visitOf(ctx)
	if v.session == nil {
		return nil, notSignedIn()
	}
	return v, nil
}

func administrator(ctx context.Context) (*visit, error) {
	v, err := signedIn(ctx)
	if err == nil && !slices.Contains(v.person.Roles, "administrator") {
		return nil, refuse(http.StatusForbidden, "NOT_ALLOWED", "Only an administrator may do this.")
	}
	return v, err
}

// whole leaves no null where a screen expects a list.
func whole(p api.Person) api.Person {
	p.Roles = orEmpty(p.Roles)
	return p
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
