package app

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"mayday/engine"
)

// metrics count what happens on a node, never to whom.
type metrics struct {
	invite      prometheus.Histogram
	stages      *prometheus.CounterVec
	alarms      *prometheus.CounterVec
	lostRecords prometheus.Counter
	storeFaults prometheus.Counter
	fault       *prometheus.GaugeVec
	shown       []engine.Fault // what was wrong when it was looked at last; of one goroutine
}

func newMetrics(registry *prometheus.Registry, n *Node) *metrics {
	m := &metrics{
		invite: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mayday_emergency_invite_seconds", Help: "From the dial command to the first INVITE of an emergency call.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .02, .025, .03, .05, .1, .5},
		}),
		stages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_emergency_stage_total", Help: "Stages that emergency calls have come to.",
		}, []string{"stage"}),
		alarms: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_alarm_total", Help: "Alarms that were raised.",
		}, []string{"alarm"}),
		lostRecords: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mayday_history_lost_total", Help: "History rows of ordinary conversations that could not be kept.",
		}),
		storeFaults: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mayday_store_faults_total", Help: "Times that the database failed.",
		}),
	}
	for _, alarm := range alarms() {
		m.alarms.WithLabelValues(alarm) // at 0: a rise from nothing is one that Prometheus does not see
	}
	m.fault = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "mayday_fault", Help: "1 for everything that is wrong with the node now."}, []string{"code"})
	registry.MustRegister(m.fault, m.invite, m.stages, m.alarms, m.lostRecords, m.storeFaults, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "mayday_log_lost_total", Help: "Log lines that were lost because the log did not take them.",
	}, func() float64 { return float64(n.logQueue.lost.Load()) }))
	registry.MustRegister(newSheds(n), newConditions(n), newGauges(n))
	gauge := func(name, help string, value func(engine.Counts) int) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			if n.engine == nil {
				return 0
			}
			return float64(value(n.engine.Counts()))
		}))
	}
	gauge("mayday_emergency_calls", "Outgoing emergency calls that go on.", func(c engine.Counts) int { return c.Emergency })
	gauge("mayday_callbacks", "Call backs that ring or are spoken.", func(c engine.Counts) int { return c.Callback })
	gauge("mayday_ordinary_calls", "Ordinary calls that go on.", func(c engine.Counts) int { return c.Ordinary })
	gauge("mayday_callback_leases", "Call-back numbers that are leased.", func(c engine.Counts) int { return c.Leases })
	gauge("mayday_tabs", "Workspaces that are open.", func(c engine.Counts) int { return c.Tabs })
	return m
}

// showFaults counts what is wrong now and reports whether that is news.
func (m *metrics) showFaults(now []engine.Fault) bool {
	if slices.Equal(now, m.shown) {
		return false
	}
	m.shown = now
	m.fault.Reset()
	for _, fault := range now {
		m.fault.WithLabelValues(fault.Code).Set(1)
	}
	return true
}
