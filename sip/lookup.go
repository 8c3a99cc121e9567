package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// lookups asks name servers.
type lookups struct {
	servers []string // none: the system's
}

const resolvConf = "/etc/resolv.conf"

// queryTimeout is the patience with one name server for one question.
const queryTimeout = time.Second

var (
	errServers  = errors.New("sip: no name server answers")
	errDeclined = errors.New("sip: name server declines the question")
)

// plan walks from NAPTR over SRV to addresses. RFC 3263 §4.1, §4.2.
func (l *lookups) plan(ctx context.Context, u uri) (*plan, error) {
	p := &plan{until: time.Now().Add(maxTTL)}
	network := networkOf(u)
	if u.port == 0 {
		services, err := l.services(ctx, p, u)
		if err != nil {
			return nil, err
		}
		for rank, s := range services {
			if err := l.srv(ctx, p, rank, s); err != nil {
				return nil, err
			}
		}
	}
	if len(p.servers) == 0 {
		addrs, err := l.addresses(ctx, p, u.host)
		if err != nil {
			return nil, err
		}
		p.servers = []server{{network: network, port: portOf(u, network), addrs: addrs}}
	}
	p.servers = slices.DeleteFunc(p.servers, func(s server) bool { return len(s.addrs) == 0 })
	if len(p.servers) == 0 {
		return nil, errNoHop
	}
	slices.SortStableFunc(p.servers, func(a, b server) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return int(a.priority) - int(b.priority)
	})
	return p, nil
}

// service is a name at which SRV records are looked for.
type service struct{ network, name string }

// services gives where to look for SRV: what NAPTR says for transports that we have, else the standard names.
func (l *lookups) services(ctx context.Context, p *plan, u uri) ([]service, error) {
	standard := map[string]string{"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}
	if u.transport != "" || u.scheme == "sips" {
		network := networkOf(u)
		if standard[network] == "" {
			return nil, errNoHop
		}
		return []service{{network, standard[network] + u.host}}, nil
	}
	records, err := l.ask(ctx, p, u.host, dns.TypeNAPTR)
	if err != nil && !errors.Is(err, errDeclined) { // many a server has never heard of NAPTR
		return nil, err
	}
	var pointers []*dns.NAPTR
	for _, record := range records {
		if naptr, ok := record.(*dns.NAPTR); ok && strings.EqualFold(naptr.Flags, "s") {
			pointers = append(pointers, naptr)
		}
	}
	slices.SortStableFunc(pointers, func(a, b *dns.NAPTR) int {
		if a.Order != b.Order {
			return int(a.Order) - int(b.Order)
		}
		return int(a.Preference) - int(b.Preference)
	})
	var found []service
	for _, pointer := range pointers {
		switch strings.ToUpper(pointer.Service) {
		case "SIP+D2U":
			found = append(found, service{"udp", pointer.Replacement})
		case "SIP+D2T":
			found = append(found, service{"tcp", pointer.Replacement})
		}
	}
	if len(found) == 0 {
		found = []service{{"udp", standard["udp"] + u.host}, {"tcp", standard["tcp"] + u.host}}
	}
	return found, nil
}

// srv adds the servers of one service. RFC 2782.
func (l *lookups) srv(ctx context.Context, p *plan, rank int, s service) error {
	records, err := l.ask(ctx, p, s.name, dns.TypeSRV)
	if err != nil {
		return err
	}
	for _, record := range records {
		srv, ok := record.(*dns.SRV)
		if !ok || srv.Target == "." {
			continue
		}
		addrs, err := l.addresses(ctx, p, srv.Target)
		if err != nil && !errors.Is(err, errNoHop) {
			return err
		}
		p.servers = append(p.servers, server{s.network, rank, srv.Priority, srv.Weight, srv.Port, addrs})
	}
	return nil
}

// addresses gives the IPv4 addresses of a name and then its IPv6 ones. Names that only the system's own table
// knows are found last.
func (l *lookups) addresses(ctx context.Context, p *plan, name string) ([]netip.Addr, error) {
	var addrs []netip.Addr
	var fault error
	for _, kind := range [...]uint16{dns.TypeA, dns.TypeAAAA} {
		records, err := l.ask(ctx, p, name, kind)
		if err != nil {
			fault = err
			continue
		}
		for _, record := range records {
			var ip net.IP
			switch address := record.(type) {
			case *dns.A:
				ip = address.A
			case *dns.AAAA:
				ip = address.AAAA
			}
			if addr, ok := netip.AddrFromSlice(ip); ok {
				addrs = append(addrs, addr.Unmap())
			}
		}
	}
	if len(addrs) == 0 && len(l.servers) == 0 {
		if found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(name, ".")); err == nil {
			p.live(time.Minute)
			for _, addr := range found {
				addrs = append(addrs, addr.Unmap())
			}
		}
	}
	switch {
	case len(addrs) > 0:
		return addrs, nil
	case fault != nil:
		return nil, fault
	}
	return nil, errNoHop
}

// ask puts one question to the name servers in turn, over TCP when the answer was cut. A name without such
// records is no error.
func (l *lookups) ask(ctx context.Context, p *plan, name string, kind uint16) ([]dns.RR, error) {
	question := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	question.SetEdns0(1232, false)
	fault := errServers
	for _, server := range l.nameServers() {
		answer, err := exchange(ctx, question, server, "udp")
		if err == nil && answer.Truncated {
			answer, err = exchange(ctx, question, server, "tcp")
		}
		if err != nil {
			fault = errors.Join(errServers, err)
			continue
		}
		if answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError {
			fault = errDeclined
			continue
		}
		for _, record := range answer.Answer {
			p.live(time.Duration(record.Header().Ttl) * time.Second)
		}
		return answer.Answer, nil
	}
	return nil, fault
}

func exchange(ctx context.Context, question *dns.Msg, server, network string) (*dns.Msg, error) {
	client := dns.Client{Net: network, Timeout: queryTimeout}
	answer, _, err := client.ExchangeContext(ctx, question, server)
	return answer, err
}

// nameServers reads the system's list every time: it may change under a running process.
func (l *lookups) nameServers() []string {
	if len(l.servers) > 0 {
		return l.servers
	}
	config, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		return nil
	}
	var servers []string
	for _, server := range config.Servers {
		servers = append(servers, net.JoinHostPort(server, config.Port))
	}
	return servers
}

// live shortens the plan's life to the shortest TTL among its records.
func (p *plan) live(ttl time.Duration) {
	until := time.Now().Add(max(ttl, minTTL))
	if until.Before(p.until) {
		p.until = until
	}
}
