package web

import (
	"context"
	"fmt"
	"net/http"

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
		written.Mistakes = orEmpty(written.Mistakes)
		return &previewOutput{written}, nil
	})
}
