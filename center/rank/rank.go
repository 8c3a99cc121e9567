// Package rank keeps members in the order of their ranks, so that the first of many thousand is found without passing over the others:
// the deadline that comes next, the number that was free for longest.
//
// It knows no product word.
package rank

import "container/heap"

// List is a set of members, each with a rank. A member is put in, moved and taken out in log n; the first one is always at hand.
type List[K comparable, R any] struct {
	places tree[K, R]
	at     map[K]*place[K, R]
}

// place is where a member stands.
type place[K comparable, R any] struct {
	member K
	rank   R
	index  int // in the tree
}

// NewList returns an empty list in the order of compare, which is negative when a comes first. Members whose ranks are equal come in
// any order.
func NewList[K comparable, R any](compare func(a, b R) int) *List[K, R] {
	return &List[K, R]{places: tree[K, R]{compare: compare}, at: make(map[K]*place[K, R])}
}

// Set gives the member the rank, whether it was in the list or not.
func (l *List[K, R]) Set(member K, rank R) {
	if p, in := l.at[member]; in {
		p.rank = rank
		heap.Fix(&l.places, p.index)
		return
	}
	p := &place[K, R]{member: member, rank: rank}
	l.at[member] = p
	heap.Push(&l.places, p)
}

// Drop takes the member out, if it is in.
func (l *List[K, R]) Drop(member K) {
	if p, in := l.at[member]; in {
		heap.Remove(&l.places, p.index)
		delete(l.at, member)
	}
}

// First returns the member that comes before all others; false: the list is empty.
func (l *List[K, R]) First() (member K, rank R, ok bool) {
	if len(l.places.all) == 0 {
		return member, rank, false
	}
	first := l.places.all[0]
	return first.member, first.rank, true
}

// UpTo returns the members that come no later than the rank, in any order. It passes over no others but their neighbours.
func (l *List[K, R]) UpTo(rank R) []K { return l.places.upTo(0, rank, nil) }

// Len returns how many members there are.
func (l *List[K, R]) Len() int { return len(l.places.all) }

// tree is a heap: nobody comes before whoever is at half the index.
type tree[K comparable, R any] struct {
	compare func(a, b R) int
	all     []*place[K, R]
}

func (t *tree[K, R]) upTo(root int, rank R, found []K) []K {
	if root >= len(t.all) || t.compare(t.all[root].rank, rank) > 0 {
		return found
	}
	found = append(found, t.all[root].member)
	return t.upTo(2*root+2, rank, t.upTo(2*root+1, rank, found))
}

// Len, Less, Swap, Push and Pop are what container/heap asks for.

func (t *tree[K, R]) Len() int { return len(t.all) }

func (t *tree[K, R]) Less(a, b int) bool { return t.compare(t.all[a].rank, t.all[b].rank) < 0 }

func (t *tree[K, R]) Swap(a, b int) {
	t.all[a], t.all[b] = t.all[b], t.all[a]
	t.all[a].index, t.all[b].index = a, b
}

// Push takes a *place.
func (t *tree[K, R]) Push(p any) {
	last := p.(*place[K, R])
	last.index = len(t.all)
	t.all = append(t.all, last)
}

// Pop returns a *place.
func (t *tree[K, R]) Pop() any {
	end := len(t.all) - 1
	last := t.all[end]
	t.all[end] = nil
	t.all = t.all[:end]
	return last
}
