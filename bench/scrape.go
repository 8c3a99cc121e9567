package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// figures are what /metrics says: name with labels → value.
type figures map[string]float64

func scrape(ctx context.Context, url string) (figures, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read metrics: %s", response.Status)
	}
	return readFigures(response.Body)
}

// readFigures reads the text format of Prometheus, as far as a node writes it.
func readFigures(text io.Reader) (figures, error) {
	all := figures{}
	for lines := bufio.NewScanner(text); ; {
		if !lines.Scan() {
			return all, lines.Err()
		}
		name, value, found := strings.Cut(lines.Text(), " ")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			all[name] = n
		}
	}
}

// Buckets is what a histogram tells of how long something took: each figure is the upper bound of the bucket in which it lies, in
// milliseconds; -1 means beyond the last one.
type Buckets struct {
	Count   int     `json:"count"`
	P50AtMS float64 `json:"p50_at_most_ms"`
	P99AtMS float64 `json:"p99_at_most_ms"`
}

// String gives the columns of a table.
func (b Buckets) String() string {
	return fmt.Sprintf("%s\t%s\t\t%d", atMost(b.P50AtMS), atMost(b.P99AtMS), b.Count)
}

func atMost(ms float64) string {
	if ms < 0 {
		return "> all"
	}
	return fmt.Sprintf("≤ %g", ms)
}

// bucket is one line of a histogram in seconds.
type bucket struct{ le, count float64 }

// buckets returns what came into the histogram since before.
func (f figures) buckets(name string, before figures) Buckets {
	var all []bucket
	for key, count := range f {
		bound, found := strings.CutPrefix(key, name+`_bucket{le="`)
		if !found {
			continue
		}
		if le, err := strconv.ParseFloat(strings.TrimSuffix(bound, `"}`), 64); err == nil { // "+Inf" is a float too
			all = append(all, bucket{le, count - before[key]})
		}
	}
	slices.SortFunc(all, func(a, b bucket) int {
		if a.le < b.le {
			return -1
		}
		return 1
	})
	total := f[name+"_count"] - before[name+"_count"]
	return Buckets{Count: int(total), P50AtMS: boundOf(all, total, 0.5), P99AtMS: boundOf(all, total, 0.99)}
}

func boundOf(all []bucket, total, share float64) float64 {
	for i, b := range all {
		if b.count >= share*total && i < len(all)-1 {
			return b.le * 1000
		}
	}
	return -1
}
