package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mayday/web/api"
)

// Drills places test calls.
type Drills interface {
	// Drill places a test call by the trunk's test service, or by the built-in one, and returns its evidence when it is over.
	Drill(ctx context.Context, order api.DrillOrder) (api.Drill, error)
	// Schedule returns which drills begin by themselves, and how the last ones went.
	Schedule(ctx context.Context) (api.DrillSchedule, error)
	// Targets returns the trunks that have a test service.
	Targets() []string
}

type drillInput struct {
	Body api.DrillOrder
}

type targetsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.DrillTargets
}

type scheduleOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.DrillSchedule
}

type drillOutput struct {
	Body api.Drill
}

func (s *Server) describeDrills(rest huma.API, description huma.Registry) {
	if s.config.Drills == nil {
		return
	}
	targets := operation(description, "drill-targets", http.MethodGet, "drills", "What a drill can go through", false)
	register(s, rest, targets, func(ctx context.Context, _ *nothing) (*targetsOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		return &targetsOutput{"no-store", api.DrillTargets{Trunks: orEmpty(s.config.Drills.Targets())}}, nil
	})
	schedule := operation(description, "drill-schedule", http.MethodGet, "drills/schedule", "Which drills begin by themselves, and how the last ones went", false)
	register(s, rest, schedule, func(ctx context.Context, _ *nothing) (*scheduleOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		planned, err := s.config.Drills.Schedule(ctx)
		if err != nil {
			return nil, fmt.Errorf("read drills: %w", err)
		}
		planned.Ways = orEmpty(planned.Ways)
		return &scheduleOutput{"no-store", planned}, nil
	})
	drill := operation(description, "drill", http.MethodPost, "drills", "Place a test call through the whole chain", false)
	drill.Description = "It takes some ten seconds and never reaches a live emergency service. For administrators."
	register(s, rest, drill, func(ctx context.Context, input *drillInput) (*drillOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		evidence, err := s.config.Drills.Drill(ctx, input.Body)
		if err != nil {
			return nil, fmt.Errorf("drill: %w", err)
		}
		evidence.Hops = orEmpty(evidence.Hops)
		return &drillOutput{evidence}, nil
	})
}
