package sipcall

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"mayday/edge/relay"
)

// lookupFor is the patience with a name in a session description.
const lookupFor = 4 * time.Second

var errNoAddress = errors.New("name has no address")

func systemLookup(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// open sends sound to where a description wants it, in the format agreed. A far end that holds the call gets none until it takes it
// up again; only where that is said by a missing address, an emergency call goes on to where it went, since that may be a
// mistake and harms nobody.
func (l *leg) open(remote relay.Remote, format relay.Format) {
	l.opened++
	formats := []relay.Format{format}
	if !remote.Listens() {
		formats = nil
	}
	switch {
	case remote.Name != "":
		l.socket.AwaitRemote(formats...)
		l.lookUp(remote, formats)
	case !remote.Addr.IsValid() && l.urgent:
		l.socket.AwaitRemote(formats...)
	default:
		l.socket.SetRemote(remote.Addr, formats...)
	}
}

// lookUp finds the host that a description names, beside the call: the far end may be waiting to be spoken to first.
func (l *leg) lookUp(remote relay.Remote, formats []relay.Format) {
	opened := l.opened
	l.calls.loops.Go(func() {
		ctx, cancel := context.WithTimeout(l.calls.ctx, lookupFor)
		defer cancel()
		addrs, err := l.calls.config.Lookup(ctx, remote.Name)
		if err == nil && len(addrs) == 0 {
			err = errNoAddress
		}
		l.inbox.put(func(l *leg) {
			switch {
			case l.opened != opened:
			case err != nil: // the name is nobody's business
				l.calls.config.Logger.Warn("host of the far end's sound not found", "leg", l.id)
			default:
				l.socket.SetRemote(netip.AddrPortFrom(l.likeOurs(addrs), remote.Addr.Port()), formats...)
			}
		})
	})
}

// likeOurs picks the first address of the family that our own sound has.
func (l *leg) likeOurs(addrs []netip.Addr) netip.Addr {
	for _, addr := range addrs {
		if addr.Unmap().Is4() == l.socket.Local().Addr().Is4() {
			return addr
		}
	}
	return addrs[0]
}

// offerAgain offers both codecs once more to a far end whose answer named none of them, and takes its sound meanwhile from wherever
// it comes.
func (l *leg) offerAgain() {
	if l.opened == 0 {
		l.socket.AwaitRemote(relay.Format{Codec: relay.PCMU})
	}
	l.session = l.session.Next()
	l.dialog.Reoffer(sdpType, l.ourOffer(false))
}
