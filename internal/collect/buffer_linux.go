package collect

import (
	"errors"
	"net"
	"syscall"
)

// enlarge asks for a receive buffer beyond net.core.rmem_max, which root may;
// others get what that allows (sysctl net.core.rmem_max).
func enlarge(c *net.UDPConn, bytes int) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var forced error
	err = raw.Control(func(fd uintptr) {
		forced = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, bytes)
	})
	if err = errors.Join(err, forced); err == nil {
		return nil
	}
	return c.SetReadBuffer(bytes)
}
