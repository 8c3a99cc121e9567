// Package bench measures a node from outside: how soon an emergency call leaves it and a call back rings, how many calls it sets up
// and carries on one core, and whether an emergency call still gets through when ordinary calls are more than the node can take.
//
// It starts a node of its own on this machine, plays the trunk, the callers and the reps' browsers, and shares nothing with the node
// but the wire and the types of the feed, so that a mistake of ours cannot hide itself. It reaches no address but loopback, and every
// load that it makes is bounded in number and in time. Against a node that runs already it places ordinary calls only: what that
// node's trunks lead to is not known here.
package bench
