//go:build !linux

package collect

import "net"

// enlarge asks for a receive buffer; the system may give less.
func enlarge(c *net.UDPConn, bytes int) error { return c.SetReadBuffer(bytes) }
