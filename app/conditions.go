package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"mayday/center/trunk"
)

// conditions is the metric of how each trunk does. A trunk that nobody asks has none.
type conditions struct {
	node *Node
	up   *prometheus.Desc
}

func newConditions(n *Node) *conditions {
	return &conditions{n, prometheus.NewDesc("mayday_trunk_up", "1 while a trunk answers, 0 while it is down or has just begun to answer again.", []string{"trunk"}, nil)}
}

// Describe implements prometheus.Collector.
func (c *conditions) Describe(to chan<- *prometheus.Desc) { to <- c.up }

// Collect implements prometheus.Collector.
func (c *conditions) Collect(to chan<- prometheus.Metric) {
	if c.node.engine == nil {
		return
	}
	for id, condition := range c.node.engine.Trunks() {
		if condition.Health == trunk.Unasked {
			continue
		}
		up := 1.0
		if condition.Health.Sick() {
			up = 0
		}
		to <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, up, string(id))
	}
}
