package notify

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// outcome is what became of a notice.
type outcome string

const (
	handedOver outcome = "handed_over" // the mail server took it, for one recipient at least
	refused    outcome = "refused"     // the mail server will never take it for any recipient
	givenUp    outcome = "given_up"    // the hour is over
	nobody     outcome = "nobody"      // there are no emergency contacts
	off        outcome = "off"         // there is no mail server
	bug        outcome = "bug"         // we were wrong
)

// metrics count what happens, never to whom.
type metrics struct {
	seconds    prometheus.Histogram
	notices    *prometheus.CounterVec // by outcome
	recipients *prometheus.CounterVec // by outcome
	failures   *prometheus.CounterVec // by stage
	waiting    prometheus.Gauge

	channelSeconds  prometheus.Histogram
	channelNotices  *prometheus.CounterVec // by outcome
	channelFailures *prometheus.CounterVec // by stage
	parcels         prometheus.Gauge
}

// seconds are the bounds by which it is counted how long telling took.
var seconds = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}

// newMetrics measures what has to be shown to have come at once with the call (47 CFR §9.16(b)(2)).
func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mayday_notification_seconds", Help: "From the INVITE of an emergency call to the hand-over of its mail to the mail server.",
			Buckets: seconds,
		}),
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_notification_total", Help: "Notices of emergency calls, by what became of them.",
		}, []string{"outcome"}),
		recipients: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_notification_recipients_total", Help: "Recipients of such notices that the mail server answered for, by its answer.",
		}, []string{"outcome"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_notification_failures_total", Help: "Attempts to hand over a mail that failed, by how far they came.",
		}, []string{"stage"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mayday_notifications_waiting", Help: "Mails of emergency calls that are not handed over yet.",
		}),
		channelSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mayday_channel_seconds", Help: "From when a channel had to be told of an emergency call until it took the notice.",
			Buckets: seconds,
		}),
		channelNotices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_channel_notices_total", Help: "Notices over webhooks and gateways for text messages, by what became of them.",
		}, []string{"outcome"}),
		channelFailures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mayday_channel_failures_total", Help: "Attempts to tell a channel that failed, by how far they came.",
		}, []string{"stage"}),
		parcels: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mayday_channel_notices_waiting", Help: "Notices that a channel has not taken yet.",
		}),
	}
	if registry == nil {
		return m, nil
	}
	var wrong []error
	for _, c := range []prometheus.Collector{m.seconds, m.notices, m.recipients, m.failures, m.waiting,
		m.channelSeconds, m.channelNotices, m.channelFailures, m.parcels} {
		wrong = append(wrong, registry.Register(c))
	}
	return m, errors.Join(wrong...)
}

func (m *metrics) ended(o outcome) { m.notices.WithLabelValues(string(o)).Inc() }

func (m *metrics) channelEnded(o outcome) { m.channelNotices.WithLabelValues(string(o)).Inc() }

func (m *metrics) failed(at stage) { m.failures.WithLabelValues(string(at)).Inc() }

func (m *metrics) answered(told, never int) {
	m.recipients.WithLabelValues("told").Add(float64(told))
	m.recipients.WithLabelValues("refused").Add(float64(never))
}
