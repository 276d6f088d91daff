package jwttest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/cda17858/jwt"
)

// A Target is the service to attack, and what it takes to attack it.
type Target struct {
	// Exactly one of these is the service.
	//
	// A Handler is called in this process. A URL is asked over the network; without Mine it
	// must be one of loopback. A Func is what checks tokens: it returns nil if it accepts
	// one. Func must be safe for concurrent use if Subject is set.
	Handler http.Handler
	URL     string
	Func    func(ctx context.Context, token string) error

	// Mine says that the service at URL is the caller's own, or that its owner has agreed to
	// the attack, so that it need not be at a loopback address.
	Mine bool

	// Issuer is one that the service trusts: all faults are tried. Claims are those of good
	// tokens, as [Issuer.Token] takes them. Other is another issuer that the service trusts,
	// or nil.
	Issuer *Issuer
	Claims any
	Other  *Issuer

	// Without an Issuer, Token is a token that the service accepts, for as long as the
	// attack takes, and Keys are its issuer's public keys. Only the faults are tried that
	// need no more.
	Token string
	Keys  jwt.KeySet

	// Path is what Handler is asked for, with a query if it needs one. "" means "/".
	Path string

	// Request makes the request with a token. nil means GET, at Path or at URL, with the
	// token in the Authorization header; the faults of group http need that.
	Request func(token string) *http.Request

	// Accepted says whether an answer is one to a good token. It is needed for services that
	// answer good and bad ones with the same status. nil means by the status.
	Accepted func(*Response) bool

	// Subject returns whom an answer is for: the sub of its token. nil leaves out the fault
	// that needs it.
	Subject func(*Response) string

	// Revoke revokes a token, of which it gets the text. nil leaves out the faults of
	// revoked tokens.
	Revoke func(ctx context.Context, token string) error

	// Leeway is how much clocks may differ for the service. 0 means a minute. MaxAge is how
	// old its tokens may be since iat; 0 means that it does not ask.
	Leeway, MaxAge time.Duration

	// Except has faults and controls that are known and accepted, each with the reason. They
	// stay in the report.
	Except map[ID]string

	// Only has the faults to try, or groups of them such as "alg". nil means all.
	Only []ID

	// Rate is how many requests are made in a second. 0 means 50 for a URL, and no limit
	// for the others.
	Rate int

	// Timeout is how long an answer may take. 0 means 5 seconds. A handler that has not
	// returned by then, although its context is done, is left behind.
	Timeout time.Duration
}

// A Response is how the service has answered.
type Response struct {
	Status int // of Func: 200 or 401
	Header http.Header
	Body   []byte // at most 1 MiB of it
	Took   time.Duration

	// Instead of an answer:
	err   error
	crash string
	lost  bool // the connection, which is a crash as well
}

// check returns a copy of t with its defaults, or what is wrong with it.
func (t Target) check() (Target, error) {
	n := 0
	for _, set := range []bool{t.Handler != nil, t.URL != "", t.Func != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		return t, errors.New("jwttest: Target: set exactly one of Handler, URL and Func")
	case t.Issuer == nil && t.Token == "":
		return t, errors.New("jwttest: Target: set Issuer, or Token and Keys")
	case t.Issuer != nil && t.Token != "":
		return t, errors.New("jwttest: Target: Token is set beside Issuer; remove one of them")
	case t.Leeway < 0 || t.MaxAge < 0 || t.Timeout < 0 || t.Rate < 0:
		return t, errors.New("jwttest: Target: Leeway, MaxAge, Timeout or Rate is negative")
	case t.Path != "" && (t.Handler == nil || t.Request != nil || t.Path[0] != '/'):
		return t, errors.New("jwttest: Target: Path must begin with a slash, and is for a Handler without Request")
	case t.Request != nil && t.Func != nil:
		return t, errors.New("jwttest: Target: Request is set beside Func, which has no request")
	}
	for _, id := range t.Only {
		if !knownGroup(id) {
			return t, fmt.Errorf("jwttest: Target: Only: there is no fault and no group %q", id)
		}
	}
	for id := range t.Except {
		if _, ok := find(id); !ok && !isControl(id) {
			return t, fmt.Errorf("jwttest: Target: Except: there is no fault and no control %q", id)
		}
	}
	if t.URL != "" {
		if err := t.checkURL(); err != nil {
			return t, fmt.Errorf("jwttest: Target: URL: %w", err)
		}
		if t.Rate == 0 {
			t.Rate = 50
		}
	}
	if t.Leeway == 0 {
		t.Leeway = time.Minute
	}
	if t.Timeout == 0 {
		t.Timeout = 5 * time.Second
	}
	return t, nil
}

func (t Target) checkURL() error {
	u, err := url.Parse(t.URL)
	switch {
	case err != nil:
		return errors.New("it is not a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("it must begin with http:// or https:// and a host")
	case !t.Mine && !isLoopback(u.Hostname()):
		return errors.New("it is not a loopback address; set Mine if the service is yours to attack")
	}
	return nil
}

// isElsewhere reports whether the service cannot reach what listens here.
func (t Target) isElsewhere() bool {
	u, err := url.Parse(t.URL)
	return t.URL != "" && (err != nil || !isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// dialLoopback connects to loopback addresses only, whatever a name resolves to.
func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		conn.Close()
		return nil, errors.New("the host is not a loopback address; set Mine if the service is yours to attack")
	}
	return conn, nil
}

func (t Target) String() string {
	switch {
	case t.URL != "":
		if u, err := url.Parse(t.URL); err == nil {
			return u.Redacted() // reports are published
		}
		return "a URL"
	case t.Handler != nil:
		return "a handler"
	}
	return "a func"
}
