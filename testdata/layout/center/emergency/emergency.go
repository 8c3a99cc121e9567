// Package emergency looks at the clock, throws dice and starts goroutines.
package emergency

import (
	// Each of these three brings the world in.
	_ "context"
	_ "math/rand/v2"
	_ "os"
	clock "time"
)

// Run does what the center must not do.
func Run(at clock.Time) clock.Duration {
	pure := at.Add(clock.Hour)
	go func() {}()
	_ = clock.Now()
	return clock.Since(pure)
}
