package sipcall

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"mayday/sip"
)

// binding is our registration with a trunk (RFC 3261 §10.2).
type binding struct {
	callID   string
	seq      uint32        // of the last request
	asks     time.Duration // for how long we ask to be known
	failures int           // in a row
	may      bool          // the trunk may know us: it has said so, or nothing
}

const (
	registerFor  = 10 * time.Minute // asked for
	registerMost = time.Hour        // believed
	retryFirst   = 5 * time.Second  // after a failure, doubled with each
	retryMost    = 5 * time.Minute
)

func newBinding() binding { return binding{callID: uuid.NewString(), asks: registerFor} }

// register makes us known to the trunk, or keeps us so, and settles when that is renewed: half-way through what was granted.
func (k *keeper) register(ctx context.Context) {
	if k.trunk.Username == "" {
		k.renewAt = time.Time{}
		k.registered = k.registered.Missed(time.Now(), "there is no user name to register with")
		return
	}
	answer, err := k.bind(ctx, k.binding.asks)
	now := time.Now()
	k.binding.may = k.binding.may || err != nil || answer.Status() < 300
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		k.refused(now, reasonOf(err))
		return
	}
	k.binding.seq = sequenceOf(answer, k.binding.seq)
	switch status := answer.Status(); {
	case status < 300:
		k.binding.failures = 0
		k.registered = k.registered.Served(now)
		k.renewAt = now.Add(granted(answer, k.trunk.Username, k.binding.asks) / 2)
	case status == 423 && secondsIn(answer.Header("Min-Expires")) > k.binding.asks: // RFC 3261 §10.2.8
		k.binding.asks = min(secondsIn(answer.Header("Min-Expires")), 24*time.Hour)
		k.renewAt = now
	default:
		k.refused(now, "registration answered with "+strconv.Itoa(status))
	}
}

// bind asks the trunk to know us for so long.
func (k *keeper) bind(ctx context.Context, lasts time.Duration) (*sip.Message, error) {
	host := hostOf(k.trunk.URI)
	name := sip.Address{URI: "sip:" + k.trunk.Username + "@" + host}
	ask := sip.Ask{
		Method: "REGISTER", RequestURI: "sip:" + host, From: name, To: name, Contact: k.trunk.Username,
		CallID: k.binding.callID, CSeq: k.binding.seq + 1,
		Headers: []sip.Header{{Name: "Expires", Value: strconv.Itoa(int(lasts.Seconds()))}},
	}
	k.binding.seq += 4 // an answer that was lost may have taken some
	return k.send(ctx, ask)
}

// unregister ends our registration, so that the trunk sends no call to a node that is gone (RFC 3261 §10.2.2). The keeper's loop has
// ended.
func (k *keeper) unregister(ctx context.Context) {
	if !k.binding.may {
		return
	}
	answer, err := k.bind(ctx, 0)
	switch {
	case err != nil:
		k.calls.config.Logger.Warn("registration not ended", "trunk", k.trunk.ID, "reason", reasonOf(err))
	case answer.Status() >= 300:
		k.calls.config.Logger.Warn("registration not ended", "trunk", k.trunk.ID, "status", answer.Status())
	}
}

// refused settles when to try again, ever later.
func (k *keeper) refused(now time.Time, reason string) {
	k.registered = k.registered.Missed(now, reason)
	wait := min(retryFirst<<min(k.binding.failures, 10), retryMost)
	k.binding.failures++
	k.renewAt = now.Add(wait/2 + rand.N(wait/2))
}

// granted returns for how long we are known: what our Contact in the answer says, else what Expires does, else what was asked for
// (RFC 3261 §10.2.4).
func granted(answer *sip.Message, user string, asked time.Duration) time.Duration {
	given := secondsIn(answer.Header("Expires"))
	for _, line := range answer.Headers("Contact") {
		for contact := range strings.SplitSeq(line, ",") {
			address, parameters, _ := strings.Cut(contact, ">")
			for parameter := range strings.SplitSeq(parameters, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
				if strings.EqualFold(name, "expires") && userOf(addressIn(address+">")) == user && secondsIn(value) > 0 {
					given = secondsIn(value)
				}
			}
		}
	}
	if given == 0 {
		given = asked
	}
	return min(max(given, time.Second), registerMost)
}

// secondsIn reads a number of seconds; 0 when there is none.
func secondsIn(text string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// sequenceOf returns the number in CSeq.
func sequenceOf(m *sip.Message, otherwise uint32) uint32 {
	number, _, _ := strings.Cut(strings.TrimSpace(m.Header("CSeq")), " ")
	n, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return otherwise
	}
	return uint32(n)
}
