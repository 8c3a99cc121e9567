package web

import "github.com/prometheus/client_golang/prometheus"

// metrics count what happens, never to whom.
type metrics struct {
	feeds    prometheus.Gauge
	closings *prometheus.CounterVec // by reason
	signIns  *prometheus.CounterVec // by outcome
	requests *prometheus.CounterVec // by route and status class
	bugs     prometheus.Counter
	faults   prometheus.Counter
}

func newMetrics(registry *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		feeds: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mayday_feeds", Help: "Feeds that are open: one a workspace tab."}),
		closings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_feed_closed_total", Help: "Feeds that ended, by reason."}, []string{"reason"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_sign_in_total", Help: "Attempts to sign in, by outcome."}, []string{"outcome"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_http_requests_total", Help: "HTTP requests, by route and status."}, []string{"route", "status"}),
		bugs: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mayday_web_bugs_total", Help: "Panics that were recovered while a request was answered."}),
		faults: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mayday_session_faults_total", Help: "Failed attempts to read or write kept sessions."}),
	}
	for _, c := range []prometheus.Collector{m.feeds, m.closings, m.signIns, m.requests, m.bugs, m.faults} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
