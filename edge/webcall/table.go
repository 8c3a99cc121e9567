package webcall

import (
	"hash/maphash"
	"maps"
	"sync/atomic"
)

const shards = 256

// table is a map that is read without a lock for every packet and changed rarely: a change copies the
// shard that it falls into.
type table[K comparable, V comparable] struct {
	seed  maphash.Seed
	shard [shards]atomic.Pointer[map[K]V]
}

func newTable[K, V comparable]() *table[K, V] {
	return &table[K, V]{seed: maphash.MakeSeed()}
}

func (t *table[K, V]) of(key K) *atomic.Pointer[map[K]V] {
	return &t.shard[maphash.Comparable(t.seed, key)%shards]
}

// find answers with the value of a key, or the zero value.
func (t *table[K, V]) find(key K) V {
	m := t.of(key).Load()
	if m == nil {
		var none V
		return none
	}
	return (*m)[key]
}

func (t *table[K, V]) put(key K, value V) {
	t.change(key, func(m map[K]V) { m[key] = value })
}

// remove forgets a key if its value is still the given one.
func (t *table[K, V]) remove(key K, value V) {
	t.change(key, func(m map[K]V) {
		if m[key] == value {
			delete(m, key)
		}
	})
}

func (t *table[K, V]) change(key K, edit func(map[K]V)) {
	shard := t.of(key)
	for {
		before := shard.Load()
		after := make(map[K]V)
		if before != nil {
			after = maps.Clone(*before)
		}
		edit(after)
		if shard.CompareAndSwap(before, &after) {
			return
		}
	}
}
