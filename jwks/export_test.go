package jwks

import "net/http"

// For the tests of this package.
var (
	PublicOnly = publicOnly
	Identity   = identity
)

// Unknown returns how many unknown kids c remembers.
func (c *Client) Unknown() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.unknown)
}

// HTTPTransport returns the Transport that a Client of cfg has of its own.
func HTTPTransport(cfg Config) *http.Transport { return cfg.client().Transport.(*http.Transport) }

// Limited is a fetch of a caller that the limit forbids, and that takes until release
// is closed.
func (c *Client) Limited(release chan struct{}) {
	c.flight.Do("", func() (any, error) {
		<-release
		return nil, errLimited
	})
}
