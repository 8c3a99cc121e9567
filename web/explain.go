package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mayday/web/api"
)

// Explainer shows administrators what the node would do, by what does it. It changes nothing.
type Explainer interface {
	// Trace says where a call of the rep to what was dialled would go now. A Refusal when there is no such rep or it is no number.
	Trace(ctx context.Context, rep, dialled string) (api.Trace, error)
	// Conditions returns how every trunk does now.
	Conditions() []api.TrunkCondition
	// Preview writes the mail of a draft with sample data.
	Preview(draft api.TemplateDraft) api.TemplatePreview
	// SendTest sends that mail, marked as a test, to somebody's own address, and returns it. A Refusal when there is none, or when the mail
	// server does not take it.
	SendTest(ctx context.Context, to string, draft api.TemplateDraft) (string, error)
}

type traceInput struct {
	Rep     string `query:"rep" required:"true" maxLength:"200" doc:"Who would dial."`
	Dialled string `query:"dialled" required:"true" maxLength:"100" doc:"What would be dialled."`
}

type traceOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.Trace
}

type conditionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.TrunkConditions
}

type previewInput struct {
	Body api.TemplateDraft
}

type previewOutput struct {
	Body api.TemplatePreview
}

type drawnInput struct {
	RawBody []byte `contentType:"application/x-www-form-urlencoded"`
}

// drawnOutput is a mail as a page of its own, for a frame of ours alone.
type drawnOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Policy       string `header:"Content-Security-Policy"`
	Frame        string `header:"X-Frame-Options"`
	Body         []byte
}

type sentOutput struct {
	Body api.TemplateSent
}

func (s *Server) describeExplainer(rest huma.API, description huma.Registry) {
	if s.config.Explainer == nil {
		return
	}
	trace := operation(description, "trace", http.MethodGet, "trace", "Where a call would go now, and why; nothing is dialled", false)
	register(s, rest, trace, func(ctx context.Context, input *traceInput) (*traceOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		traced, err := s.config.Explainer.Trace(ctx, input.Rep, input.Dialled)
		if err != nil {
			return nil, fmt.Errorf("trace: %w", err)
		}
		traced.Place, traced.Rules, traced.Trunks = orEmpty(traced.Place), orEmpty(traced.Rules), orEmpty(traced.Trunks)
		return &traceOutput{"no-store", traced}, nil
	})
	conditions := operation(description, "trunk-conditions", http.MethodGet, "trunk_conditions", "How every trunk does now", false)
	register(s, rest, conditions, func(ctx context.Context, _ *nothing) (*conditionsOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		return &conditionsOutput{"no-store", api.TrunkConditions{Conditions: orEmpty(s.config.Explainer.Conditions())}}, nil
	})
	preview := operation(description, "preview-template", http.MethodPost, "template/preview", "The mail that a template makes of sample data", false)
	register(s, rest, preview, func(ctx context.Context, input *previewInput) (*previewOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		written := s.config.Explainer.Preview(input.Body)
		written.Mistakes, written.Unsafe, written.Languages = orEmpty(written.Mistakes), orEmpty(written.Unsafe), orEmpty(written.Languages)
		return &previewOutput{written}, nil
	})
	s.describeDrawn(rest, description)
	s.describeTrial(rest, description)
}

// largestDrawn is the greatest draft, with every character of it written as a form writes it.
const largestDrawn = 4 << 20 // bytes

// describeDrawn draws a mail as its readers see it, colours and all. It is an answer of its own because a frame whose content stands in the
// page keeps to the page's policy, which knows no styles in a text.
func (s *Server) describeDrawn(rest huma.API, description huma.Registry) {
	drawn := operation(description, "draw-template", http.MethodPost, "template/preview.html", "The HTML of the mail that a template makes of sample data, as a page", false)
	drawn.Description = "The form's field draft holds the draft as JSON. The page runs nothing, loads nothing, and stands in frames of the admin center alone."
	drawn.MaxBodyBytes = largestDrawn
	policy := "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; sandbox; frame-ancestors " +
		strings.Join(append([]string{"'self'"}, s.config.EmbedOrigins...), " ")
	register(s, rest, drawn, func(ctx context.Context, input *drawnInput) (*drawnOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(input.RawBody))
		var draft api.TemplateDraft
		if err != nil || json.Unmarshal([]byte(form.Get("draft")), &draft) != nil {
			return nil, refuse(http.StatusBadRequest, "BAD_REQUEST", "The form has no field draft that holds a draft as JSON.")
		}
		return &drawnOutput{"text/html; charset=utf-8", "no-store", policy, "SAMEORIGIN", []byte(s.config.Explainer.Preview(draft).HTML)}, nil
	})
}

// describeTrial lets an administrator see a template as a mail in a mailbox of their own.
func (s *Server) describeTrial(rest huma.API, description huma.Registry) {
	trial := operation(description, "test-template", http.MethodPost, "template/test", "Send the mail that a template makes of sample data to oneself", false)
	trial.Description = "It goes to the address of whoever is signed in, marked as a test, over the mail server that emergency contacts are told by."
	register(s, rest, trial, func(ctx context.Context, input *previewInput) (*sentOutput, error) {
		v, err := administrator(ctx)
		if err != nil {
			return nil, err
		}
		to, err := s.config.Explainer.SendTest(ctx, v.person.ID, input.Body)
		if err != nil {
			return nil, fmt.Errorf("send test: %w", err)
		}
		return &sentOutput{api.TemplateSent{To: to}}, nil
	})
}
