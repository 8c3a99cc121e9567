// Package engine is in order, but for its comment.
package engine

import "context"

// Wait has two open tasks: TODO(#7) is one that may be.
// TODO: this one may not.
func Wait() { _ = context.TODO() }
