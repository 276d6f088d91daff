package jwks

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultLife is the lifetime of a set that came without one.
const defaultLife = 15 * time.Minute

// bound returns a lifetime within the bounds of the Config.
func (c *Client) bound(life time.Duration) time.Duration {
	return max(c.cfg.MinRefresh, min(life, c.cfg.MaxRefresh))
}

// freshness returns how long an answer is fresh (RFC 9111 section 4.2), if it says so.
func freshness(h http.Header) (life time.Duration, ok bool) {
	control := cacheControl(h)
	for _, name := range []string{"no-store", "no-cache"} {
		if _, ok := control[name]; ok {
			return 0, true
		}
	}
	age, _ := seconds(h.Get("Age"))
	if value, ok := control["max-age"]; ok {
		life, err := seconds(value)
		if err != nil {
			return 0, true // RFC 9111 section 4.2.1: what cannot be understood is stale
		}
		return life - age, true
	}
	if value := h.Get("Expires"); value != "" {
		expires, err := http.ParseTime(value)
		if err != nil {
			return 0, true
		}
		date, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			date = time.Now()
		}
		return max(0, expires.Sub(date)) - age, true
	}
	return 0, false
}

// cacheControl returns the directives of Cache-Control, the first of each name (RFC 9111
// section 4.2.1).
func cacheControl(h http.Header) map[string]string {
	control := make(map[string]string)
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		name = strings.ToLower(name)
		if _, ok := control[name]; !ok {
			control[name] = strings.Trim(value, `"`)
		}
	}
	return control
}

// seconds reads delta-seconds; a number that is too large is the largest one (RFC 9111
// section 1.2.2).
func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	if errors.Is(err, strconv.ErrRange) {
		err = nil
	}
	return time.Duration(n) * time.Second, err
}

// jitter returns d less up to a tenth of it, so that the clients of an issuer do not come
// at once.
func jitter(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d)/10+1))
}
