// Package psap is a pretend emergency service, and the carrier through which it is reached, for
// demonstrations, drills and tests.
//
// It answers calls to emergency numbers as a call taker would, shows what each call brought (the caller's
// number, the place, every header), lets a person talk with the caller from a browser tab, and calls back
// like a real emergency service does, with or without its number shown. A call to a test number reaches a
// test service, any other number an ordinary far end. What it hears it measures: how loud, at which
// frequency, which keys were pressed.
//
// It is a foreign peer on purpose: of the product it shares only the wire. Its own G.711, RTP, session
// descriptions and location reader stand beside the product's, so that one mistake cannot cancel itself
// out. It records no sound, writes nothing to disk, and keeps the last 200 calls in memory. It never
// reaches a live emergency service, and its pages answer on this machine only.
package psap
