package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Config says what is measured and how much.
type Config struct {
	Program string    // path of the mayday program, run as the node that is measured
	Only    []string  // names of measurements; empty: all of Measurements
	Size    Size      // how much; Full or Quick
	Pin     bool      // one core for the node, the others for the rest
	Folder  string    // where the node keeps its data while it runs; empty: a temporary one
	Told    io.Writer // is told what goes on; nil: nobody
}

// Size is how much is measured. No count and no time is exceeded.
type Size struct {
	Dials        int           // emergency calls, one after the other
	Callbacks    int           // call backs, one after the other
	Outgoing     time.Duration // how long reps place calls as fast as the node lets them
	Callers      int           // how many reps do so at once
	BridgeRates  []int         // call backs a second that are bridged to a telephone outside, one step after the other
	BridgeFor    time.Duration // length of a step
	Browsers     []int         // calls with sound between browser and trunk, one step after the other
	Relayed      []int         // calls with sound between two trunks, one step after the other
	SoundFor     time.Duration // length of a step with sound
	FloodRates   []int         // ordinary calls a second, until one is too many
	FloodFor     time.Duration // length of a step of the search, and at least of one beside emergency calls
	StartReps    int           // of the node that is started again and again
	Starts       int           // how often
	Factors      []float64     // ordinary load beside emergency calls, in multiples of saturation
	Emergencies  int           // emergency calls in each such step
	EmergencyGap time.Duration // between two of them
}

// Full is what docs/performance.md is made from; it takes about four minutes.
func Full() Size {
	return Size{
		Dials: 500, Callbacks: 300, Outgoing: 5 * time.Second, Callers: 30,
		BridgeRates: []int{200, 800, 1200, 1500, 2000, 2500, 3000, 4000}, BridgeFor: 7 * time.Second,
		Browsers: []int{50, 100, 200}, Relayed: []int{100, 200, 400, 800, 1200}, SoundFor: 5 * time.Second,
		StartReps: 50_000, Starts: 20,
		FloodRates: []int{500, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 12000}, FloodFor: 2 * time.Second,
		Factors: []float64{0, 0.5, 1, 2, 4}, Emergencies: 60, EmergencyGap: 100 * time.Millisecond,
	}
}

// Quick touches every measurement within a few seconds; its figures say little.
func Quick() Size {
	return Size{
		Dials: 5, Callbacks: 3, Outgoing: 300 * time.Millisecond, Callers: 2,
		BridgeRates: []int{10}, BridgeFor: 300 * time.Millisecond,
		Browsers: []int{2}, Relayed: []int{2}, SoundFor: 500 * time.Millisecond,
		StartReps: 10, Starts: 2,
		FloodRates: []int{20, 40}, FloodFor: 300 * time.Millisecond,
		Factors: []float64{0, 1}, Emergencies: 3, EmergencyGap: 50 * time.Millisecond,
	}
}

// measurement is one thing that is measured, and how it gets into the report.
type measurement struct {
	name string
	take func(context.Context, *rig, *Report) error
}

func measurements() []measurement {
	return []measurement{
		{"dial", measureDial},
		{"callback", measureCallback},
		{"outgoing", measureOutgoing},
		{"bridge", measureBridge},
		{"browsers", measureBrowsers},
		{"relay", measureRelay},
		{"start", measureStart},
		{"overload", measureOverload},
	}
}

// Measurements lists the names that Config.Only may hold.
func Measurements() []string {
	var names []string
	for _, m := range measurements() {
		names = append(names, m.name)
	}
	return names
}

// longest is when a run is given up, whatever it is doing.
const longest = 15 * time.Minute

// Run starts a node for each measurement and takes it. What was measured before an error is in the report.
func Run(ctx context.Context, config Config) (*Report, error) {
	for _, name := range config.Only {
		if !slices.Contains(Measurements(), name) {
			return nil, fmt.Errorf("no measurement is called %q; there are %v", name, Measurements())
		}
	}
	if config.Told == nil {
		config.Told = io.Discard
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	core, free, err := share(config.Pin)
	if err != nil {
		return nil, err
	}
	defer free()
	report := &Report{Conditions: conditions(core)}
	for _, m := range measurements() {
		if len(config.Only) > 0 && !slices.Contains(config.Only, m.name) {
			continue
		}
		_, _ = fmt.Fprintf(config.Told, "%s …\n", m.name) // nobody listens any more: the figures are still wanted
		if err := takeOne(ctx, config, core, m, report); err != nil {
			return report, fmt.Errorf("measure %s: %w", m.name, err)
		}
	}
	return report, nil
}

// takeOne takes one measurement on a node of its own, so that none suffers from the one before.
func takeOne(ctx context.Context, config Config, core *int, m measurement, report *Report) (err error) {
	r, err := newRig(ctx, config, core)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	return m.take(ctx, r, report)
}
