//go:build !unix

package sip

import "net"

// writeNow leaves everything to the writer.
func writeNow(*net.TCPConn, []byte) int { return 0 }
