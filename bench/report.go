package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what was measured; a measurement that was not taken is nil.
type Report struct {
	Conditions Conditions `json:"conditions"`
	Dial       *Dial      `json:"dial,omitempty"`
	Callback   *Callback  `json:"callback,omitempty"`
	Outgoing   *Setups    `json:"outgoing,omitempty"`
	Bridge     []Setups   `json:"bridge,omitempty"`
	Browsers   []Sound    `json:"browsers,omitempty"`
	Relay      []Sound    `json:"relay,omitempty"`
	Start      *Start     `json:"start,omitempty"`
	Overload   *Overload  `json:"overload,omitempty"`
	Given      *Answered  `json:"given,omitempty"` // ordinary calls through a node that ran already
}

// Conditions are what the figures were measured under.
type Conditions struct {
	At          time.Time `json:"at"`
	Go          string    `json:"go"`
	Processor   string    `json:"processor,omitempty"`
	Cores       int       `json:"cores"`
	NodeCore    *int      `json:"node_core,omitempty"` // the node had this core and no other; absent: it took what it got
	LoadAverage string    `json:"load_average,omitempty"`
	// EchoIdle is a datagram to a thread on the node's core and back, before anything was measured.
	EchoIdle Spread `json:"echo_idle"`
}

// Dial is how long the request on the feed takes until its INVITE has arrived at the trunk.
type Dial struct {
	Echo      Spread  `json:"echo"` // the bare machine at that moment
	Invite    Spread  `json:"invite"`
	TimesEcho float64 `json:"times_echo"` // median of Invite as a multiple of Echo's
	Connected Spread  `json:"connected"`  // until the screen shows that they talk; the trunk answers at once
	Inside    Buckets `json:"inside"`     // the node's own figure, from command to INVITE
}

// Callback is how long the INVITE of a call back takes until the rep's screen rings.
type Callback struct {
	Echo      Spread  `json:"echo"`
	Ring      Spread  `json:"ring"`
	TimesEcho float64 `json:"times_echo"`
	Ringing   Spread  `json:"ringing"` // until the caller has 180
}

// Setups is how many calls were set up and what that cost the node.
type Setups struct {
	Rate      float64 `json:"rate,omitempty"` // calls offered a second; absent: as many as went
	Placed    int     `json:"placed"`
	Connected int     `json:"connected"`
	PerSecond float64 `json:"per_second"`
	PerCore   float64 `json:"per_core_second"` // for each second of CPU time that the node used
	NodeCPU   float64 `json:"node_cpu"`        // cores that the node used
	Starved   float64 `json:"node_starved"`    // cores that it could have used more, had others not had them
	BenchCPU  float64 `json:"bench_cpu"`       // cores that the bench used; near one, it is what was measured
	SetUp     Spread  `json:"set_up"`          // from the request to the answer; of bridged calls from 3 s after it
}

// Sound is calls with sound in both directions at once.
type Sound struct {
	Calls       int     `json:"calls"`
	Connected   int     `json:"connected"`
	Sent        int     `json:"sent"` // packets, both ways
	Lost        int     `json:"lost"`
	Delay       Spread  `json:"delay"`        // from one end to the other
	Echo        Spread  `json:"echo"`         // the bare machine at that moment
	CorePer100  float64 `json:"core_per_100"` // share of a core that 100 calls take
	MemoryMB    float64 `json:"memory_mb"`    // of the node, more than before the calls
	Goroutines  int     `json:"goroutines"`   // of the node, more than before the calls
	Starved     float64 `json:"node_starved"` // cores that it could have used more, had others not had them
	BenchCPU    float64 `json:"bench_cpu"`
	PacedLateMS float64 `json:"paced_late_p99_ms"` // how much too late the bench sent; it reads no sooner
	Bare        *Bare   `json:"bare,omitempty"`    // the same packets through the least code there is
}

// Bare is calls whose packets are received and sent on, and nothing else is done with them.
type Bare struct {
	CorePer100 float64 `json:"core_per_100"`
	Delay      Spread  `json:"delay"`
	Lost       int     `json:"lost"`
}

// Overload is what becomes of emergency calls beside ordinary ones.
type Overload struct {
	Saturation int    `json:"saturation"` // ordinary calls a second of which 99 % were still answered within half a second
	Search     []Load `json:"search"`
	Steps      []Step `json:"steps"`
}

// Load is ordinary calls at one rate.
type Load struct {
	Rate     int    `json:"rate"`
	Sent     int    `json:"sent"`
	Answered int    `json:"answered"` // finally, within half a second
	Answer   Spread `json:"answer"`
}

// Step is emergency calls beside ordinary ones.
type Step struct {
	Factor    float64 `json:"factor"` // ordinary load as a multiple of saturation
	Load      Load    `json:"load"`
	Placed    int     `json:"placed"`
	Arrived   int     `json:"arrived"`   // INVITE at the trunk within two seconds
	Completed int     `json:"completed"` // connected within four
	Stuck     int     `json:"stuck"`     // could not be ended within ten
	Invite    Spread  `json:"invite"`    // of those that arrived
	Connected Spread  `json:"connected"` // of those that completed
	Inside    Buckets `json:"inside"`
	NodeCPU   float64 `json:"node_cpu"`
	Starved   float64 `json:"node_starved"`
	BenchCPU  float64 `json:"bench_cpu"`
	Ordinary  int     `json:"ordinary_dialled"` // ordinary calls that reps placed meanwhile
	Refused   int     `json:"ordinary_refused"` // of those
}

// conditions notes where and when this is.
func conditions(core *int) Conditions {
	c := Conditions{At: time.Now().UTC().Truncate(time.Second), Go: runtime.Version(), Cores: runtime.NumCPU(), NodeCore: core, EchoIdle: echo(core)}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		c.LoadAverage = strings.Join(strings.Fields(string(load))[:3], " ")
	}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, after, found := bytes.Cut(info, []byte("model name\t: ")); found {
			name, _, _ := bytes.Cut(after, []byte("\n"))
			c.Processor = string(name)
		}
	}
	if core != nil {
		c.Cores = cores()
	}
	return c
}

// Write prints the report as tables.
func (r *Report) Write(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	r.Conditions.write(w)
	if d := r.Dial; d != nil {
		row(w, "dial → INVITE", "", d.Invite)
		row(w, "  inside the node", "", d.Inside)
		row(w, "  dial → connected", "", d.Connected)
		row(w, "  echo then", fmt.Sprintf("median × %.1f", d.TimesEcho), d.Echo)
	}
	if c := r.Callback; c != nil {
		row(w, "call back → ring", "", c.Ring)
		row(w, "  call back → 180", "", c.Ringing)
		row(w, "  echo then", fmt.Sprintf("median × %.1f", c.TimesEcho), c.Echo)
	}
	if r.Outgoing != nil {
		row(w, "set-ups by reps", r.Outgoing.String(), r.Outgoing.SetUp)
	}
	for _, s := range r.Bridge {
		row(w, fmt.Sprintf("bridged, %.0f/s", s.Rate), s.String(), s.SetUp)
	}
	for _, s := range r.Browsers {
		row(w, fmt.Sprintf("%d calls browser–trunk", s.Calls), s.String(), s.Delay)
	}
	for _, s := range r.Relay {
		row(w, fmt.Sprintf("%d calls trunk–trunk", s.Calls), s.String(), s.Delay)
		if b := s.Bare; b != nil {
			row(w, "  relayed by the least code", fmt.Sprintf("%d lost; per 100 calls %.1f %% of a core", b.Lost, 100*b.CorePer100), b.Delay)
		}
	}
	if s := r.Start; s != nil {
		row(w, fmt.Sprintf("start with %d reps", s.Reps), fmt.Sprintf("CPU time %.0f ms", s.CPUMS), s.Ready)
		row(w, "  the program says its version", "", s.Bare)
	}
	if r.Overload != nil {
		r.Overload.write(w)
	}
	if g := r.Given; g != nil {
		row(w, "dial → shown", "", g.Taken)
		row(w, "dial → connected", fmt.Sprintf("%d of %d", g.Connected, g.Placed), g.SetUp)
	}
	return w.Flush()
}

func (c Conditions) write(w io.Writer) {
	where := "not pinned"
	if c.NodeCore != nil {
		where = fmt.Sprintf("node alone on core %d", *c.NodeCore)
	}
	_, _ = fmt.Fprintf(w, "%s, %s, %d cores, load %s, %s\n\n", c.At.Format(time.DateTime), c.Go, c.Cores, c.LoadAverage, where)
	_, _ = fmt.Fprintln(w, "\tp50 ms\tp99 ms\tmax ms\tcount\t")
	row(w, "echo of a datagram, idle", "", c.EchoIdle)
}

func (o *Overload) write(w io.Writer) {
	for _, l := range o.Search {
		row(w, fmt.Sprintf("ordinary, %d/s", l.Rate), fmt.Sprintf("%d of %d answered", l.Answered, l.Sent), l.Answer)
	}
	_, _ = fmt.Fprintf(w, "saturation\t%d ordinary calls a second\n", o.Saturation)
	for _, s := range o.Steps {
		row(w, fmt.Sprintf("emergency at × %g", s.Factor),
			fmt.Sprintf("%d of %d completed; ordinary %d/s, %d of %d answered; %.2f cores, %.2f missing; bench %.2f",
				s.Completed, s.Placed, s.Load.Rate, s.Load.Answered, s.Load.Sent, s.NodeCPU, s.Starved, s.BenchCPU), s.Invite)
		row(w, "  inside the node", "", s.Inside)
		row(w, "  dial → connected", "", s.Connected)
	}
}

// String says how many, at what cost.
func (s Setups) String() string {
	return fmt.Sprintf("%d of %d; %.0f/s, %.0f per CPU second, %.2f cores, %.2f missing; bench %.2f",
		s.Connected, s.Placed, s.PerSecond, s.PerCore, s.NodeCPU, s.Starved, s.BenchCPU)
}

// String says what the calls cost and lost.
func (s Sound) String() string {
	return fmt.Sprintf("%d lost of %d; per 100 calls %.1f %% of a core; %.1f MB, %d goroutines, %.2f cores missing; bench %.2f, late by %.1f ms",
		s.Lost, s.Sent, 100*s.CorePer100, s.MemoryMB, s.Goroutines, s.Starved, s.BenchCPU, s.PacedLateMS)
}

// row prints a line; figures is a Spread or Buckets.
func row(w io.Writer, name, more string, figures fmt.Stringer) {
	_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", name, figures, more)
}

// String gives the four columns of a table.
func (s Spread) String() string {
	return fmt.Sprintf("%.3f\t%.3f\t%.3f\t%d", s.P50MS, s.P99MS, s.MaxMS, s.Count)
}
