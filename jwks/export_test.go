package jwks

// For the tests of this package.
var PublicOnly = publicOnly

// Unknown returns how many unknown kids c remembers.
func (c *Client) Unknown() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.unknown)
}
