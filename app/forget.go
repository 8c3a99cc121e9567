package app

import (
	"context"
	"runtime"
	"runtime/debug"
	measured "runtime/metrics"
	"time"
)

const (
	// lingering is how long after the last of a call its SIP transactions and connections may still hold what was said (RFC 3261 §17).
	lingering = 40 * time.Second
	// forgetEvery is how often memory is given back at most: it costs a collection of all garbage.
	forgetEvery = time.Minute
)

// forget gives memory that has known of an emergency back to the system when a window is over, while no emergency call goes on.
func (n *Node) forget(ctx context.Context) {
	for {
		select {
		case <-n.windowOver:
		case <-ctx.Done():
			return
		}
		if !waits(ctx, lingering) || !n.awaitQuiet(ctx) {
			return
		}
		from := time.Now()
		overwriteGarbage()
		debug.FreeOSMemory()
		n.log.Info("memory given back after a window", "took", time.Since(from))
		if !waits(ctx, forgetEvery-lingering) {
			return
		}
	}
}

// awaitQuiet waits until no emergency call goes on.
func (n *Node) awaitQuiet(ctx context.Context) bool {
	for counts := n.engine.Counts(); counts.Emergency+counts.Callback > 0; counts = n.engine.Counts() {
		if !waits(ctx, time.Second) {
			return false
		}
	}
	return true
}

// waits reports whether ctx has not ended meanwhile.
func waits(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// overwriteGarbage puts zeros where collected objects have been. What the runtime gives back to the system are whole pages: an object
// that lies among living ones stays readable until another takes its place. So places of every size are taken, as long as there are any.
func overwriteGarbage() {
	runtime.GC()
	runtime.GC() // what lies in a pool outlives the first; and all of it is swept
	for _, size := range objectSizes() {
		fill(size, func() []byte { return make([]byte, size) })
		words := size / pointerSize
		if size > headerAbove {
			words--
		}
		fill(size, func() []*byte { return make([]*byte, words) })
	}
}

const (
	pointerSize = 8
	headerAbove = 512 // octets; of longer objects with pointers the runtime puts a word in front
	atOnce      = 8 << 10
)

// objectSizes are the sizes of which the runtime keeps places.
func objectSizes() []int {
	var statistics runtime.MemStats
	runtime.ReadMemStats(&statistics)
	var sizes []int
	for _, class := range statistics.BySize {
		if size := int(class.Size); size >= pointerSize {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// fill takes places of one size until the heap grows for it. Each processor keeps some places to itself: they are called back, and
// it is done anew, thrice because the others may take some meanwhile.
func fill[Place any](size int, take func() Place) {
	var all [][]Place
	var statistics runtime.MemStats
	for range 3 {
		runtime.ReadMemStats(&statistics) // takes from each processor the places that it keeps
		for grown := false; !grown; runtime.Gosched() {
			taken := make([]Place, max(atOnce/size, 1))
			before := heapInUse()
			for i := range taken {
				taken[i] = take()
			}
			grown = heapInUse()-before >= int64(len(taken)*size)
			all = append(all, taken)
		}
	}
	runtime.KeepAlive(all)
}

// heapInUse is how much memory the heap has for objects, taken or not.
func heapInUse() int64 {
	figures := []measured.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	measured.Read(figures)
	return int64(figures[0].Value.Uint64() + figures[1].Value.Uint64())
}
