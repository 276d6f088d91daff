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

// HTTPTransport returns the Transport that a Client of cfg has for itself, and what ends
// its connections.
func HTTPTransport(cfg Config) (t *http.Transport, end func()) {
	client, network := cfg.client()
	return client.Transport.(*http.Transport), network.close
}

// Members returns the issuers that p has keys for.
func (p *Pool) Members() (issuers []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for issuer := range p.members {
		issuers = append(issuers, issuer)
	}
	return issuers
}

// ParseMetadata returns what is read of an issuer's metadata.
func ParseMetadata(data []byte) (issuer, uri string, err error) {
	m, err := parseMetadata(data)
	return m.issuer, m.uri, err
}
