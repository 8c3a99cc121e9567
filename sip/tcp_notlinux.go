//go:build !linux

package sip

import (
	"net"
	"time"
)

// giveUpAfter leaves it to the system's own patience.
func giveUpAfter(*net.TCPConn, time.Duration) {}
