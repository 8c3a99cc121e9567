package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"mayday/center/trunk"
	"mayday/edge/sipcall"
	"mayday/engine"
)

// limitSIP gives calls over SIP the limits of ordinary calls, and what tells emergency calls from them.
func (n *Node) limitSIP(config sipcall.Config) sipcall.Config {
	limits := n.settings.Limits
	config.CallsBack = func(called ...string) bool { return n.engine.CallsBack(called...) }
	config.Trunks = func() []trunk.Trunk { return n.engine.Snapshot().Center.Trunks }
	config.Limits = sipcall.Limits{
		Concurrent: limits.Concurrent, PerSecond: limits.PerSecond, Backlog: limits.Backlog, Reserve: limits.MediaReserve,
	}
	return config
}

// limitReps gives the engine the limits of what people dial.
func (n *Node) limitReps() {
	n.report(engine.SetLimits{Limits: engine.Limits{Concurrent: n.settings.Limits.Concurrent, PerSecond: n.settings.Limits.PerSecond}})
}

// sheds counts ordinary calls that were turned away, by where they came from and why.
type sheds struct {
	node  *Node
	count *prometheus.Desc
}

func newSheds(n *Node) *sheds {
	return &sheds{n, prometheus.NewDesc("mayday_shed_total", "Ordinary calls, or their messages, that were turned away because there were too many.",
		[]string{"from", "reason"}, nil)}
}

// Describe implements prometheus.Collector.
func (s *sheds) Describe(to chan<- *prometheus.Desc) { to <- s.count }

// Collect implements prometheus.Collector.
func (s *sheds) Collect(to chan<- prometheus.Metric) {
	if s.node.engine == nil || s.node.calls == nil {
		return
	}
	for reason, count := range s.node.engine.Shed() {
		to <- prometheus.MustNewConstMetric(s.count, prometheus.CounterValue, float64(count), "reps", string(reason))
	}
	for reason, count := range s.node.calls.Shed() {
		to <- prometheus.MustNewConstMetric(s.count, prometheus.CounterValue, float64(count), "trunks", reason)
	}
}
