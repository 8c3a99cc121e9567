package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayday/engine"
)

// gauges are the metrics of how ready people are. They name nobody.
type gauges struct {
	node           *Node
	causes, people *prometheus.Desc

	mu      sync.Mutex // one look at everybody at a time; guards what follows
	at      time.Time
	lack    map[engine.Cause]int
	colours map[engine.Colour]int
}

func newGauges(n *Node) *gauges {
	return &gauges{
		node:   n,
		causes: prometheus.NewDesc("mayday_readiness_cause_reps", "People who lack something for an emergency call, by what it is.", []string{"cause"}, nil),
		people: prometheus.NewDesc("mayday_readiness_reps", "People by how ready they are for an emergency call: red, amber or green.", []string{"colour"}, nil),
	}
}

const (
	surveyEvery  = 10 * time.Second // however often somebody asks
	surveyWithin = 5 * time.Second
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(to chan<- *prometheus.Desc) { to <- g.causes; to <- g.people }

// Collect implements prometheus.Collector. Until everybody has been looked at once, there are none.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	if g.node.engine == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.at) > surveyEvery {
		g.look()
	}
	for _, cause := range engine.Causes() {
		if g.lack != nil {
			to <- prometheus.MustNewConstMetric(g.causes, prometheus.GaugeValue, float64(g.lack[cause]), string(cause))
		}
	}
	for _, colour := range engine.Colours() {
		if g.colours != nil {
			to <- prometheus.MustNewConstMetric(g.people, prometheus.GaugeValue, float64(g.colours[colour]), string(colour))
		}
	}
}

// look counts anew; when the engine does not answer in time, what was counted before stays.
func (g *gauges) look() {
	ctx, cancel := context.WithTimeout(context.Background(), surveyWithin)
	defer cancel()
	found, err := g.node.engine.Survey(ctx, g.node.engine.Snapshot().People())
	if err != nil {
		return
	}
	g.at, g.lack, g.colours = time.Now(), make(map[engine.Cause]int), make(map[engine.Colour]int)
	for _, r := range found {
		g.colours[r.Colour()]++
		for _, cause := range r.Causes {
			g.lack[cause]++
		}
	}
}
