package main

import (
	"cmp"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// A config is what the flags and the environment say. A flag has a variable of the same name:
// -metrics-addr is SERVICE_METRICS_ADDR. The flag prevails. Only -demo has none, so that no
// environment can turn it on.
type config struct {
	addr, metricsAddr string
	origin            string // as browsers see it: the issuer too
	reportsURL        string // the second process
	data              string // folder
	access, grace     time.Duration
	hashMemory        uint // KiB
	accountLogins     int  // in loginPeriod
	addressLogins     int
	trustedProxies    prefixes
	tlsCert, tlsKey   string
	insecureLocalhost bool
	redisReplicas     int
	demo              bool
	demoUsers         int

	// These come from variables only: any user of the machine can read the arguments of a
	// process.
	databaseURL, redisURL string
	refreshKeys           [][]byte // nil: from a file in data
	keyringSecret         []byte   // likewise
	demoPassword          string
}

const prefix = "SERVICE_"

// readConfig returns flag.ErrHelp if that was asked for.
func readConfig(args []string, getenv func(string) string, out io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("service", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&c.addr, "addr", "127.0.0.1:8080", "`address` to listen on")
	flags.StringVar(&c.metricsAddr, "metrics-addr", "", "`address` for /metrics, which users must not reach; none if empty")
	flags.StringVar(&c.origin, "origin", "", "`origin` of the pages as browsers see it, such as https://app.example.com; that of -addr if empty")
	flags.StringVar(&c.reportsURL, "reports-url", "http://127.0.0.1:8090", "`URL` of the reports service, the second process")
	flags.StringVar(&c.data, "data", "data", "`folder` of the database and the secrets, if no variable names others")
	flags.DurationVar(&c.access, "access", 0, "`life` of an access token (default 10m, with -demo 20s)")
	flags.DurationVar(&c.grace, "grace", 0, "`time` between two requests with one refresh token that were sent together (default 10s, with -demo 3s)")
	flags.UintVar(&c.hashMemory, "hash-memory", 19*1024, "memory for a password hash in `KiB`")
	flags.IntVar(&c.accountLogins, "account-logins", 10, "`logins` that an account may try in five minutes")
	flags.IntVar(&c.addressLogins, "address-logins", 100, "`logins` that an address may try in five minutes")
	flags.Var(&c.trustedProxies, "trusted-proxies", "`networks` of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8,::1/128")
	flags.StringVar(&c.tlsCert, "tls-cert", "", "`file` of the certificate chain, in PEM")
	flags.StringVar(&c.tlsKey, "tls-key", "", "`file` of its private key")
	flags.BoolVar(&c.insecureLocalhost, "insecure-localhost", false, "cookies that Safari takes on http://localhost; for development")
	flags.IntVar(&c.redisReplicas, "redis-replicas", 0, "`number` of replicas of the Redis server, which must have a logout before it counts")
	flags.BoolVar(&c.demo, "demo", false, "DANGEROUS: users with a known password, a thief, and switches that break the service")
	flags.IntVar(&c.demoUsers, "demo-users", 0, "`number` of further users of the demo: user0001, …")
	if err := fromEnvironment(flags, getenv); err != nil {
		return c, err
	}
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	if err := c.readSecrets(getenv); err != nil {
		return c, err
	}
	return c, c.check()
}

// fromEnvironment sets the flags that have a variable.
func fromEnvironment(flags *flag.FlagSet, getenv func(string) string) (err error) {
	flags.VisitAll(func(f *flag.Flag) {
		name := variable(f.Name)
		if value := getenv(name); value != "" && f.Name != "demo" && err == nil {
			if e := f.Value.Set(value); e != nil {
				err = fmt.Errorf("%s is %q: %w", name, value, e)
			}
		}
	})
	return err
}

func variable(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func (c *config) readSecrets(getenv func(string) string) error {
	c.databaseURL, c.redisURL = getenv("DATABASE_URL"), getenv("REDIS_URL")
	c.demoPassword = cmp.Or(getenv(prefix+"DEMO_PASSWORD"), "correct horse battery staple")
	if keys := getenv(prefix + "REFRESH_KEYS"); keys != "" {
		for text := range strings.SplitSeq(keys, ",") {
			key, err := decodeSecret(prefix+"REFRESH_KEYS", text)
			if err != nil {
				return err
			}
			c.refreshKeys = append(c.refreshKeys, key)
		}
	}
	if text := getenv(prefix + "KEYRING_SECRET"); text != "" {
		var err error
		c.keyringSecret, err = decodeSecret(prefix+"KEYRING_SECRET", text)
		return err
	}
	return nil
}

// decodeSecret does not quote the text in its errors.
func decodeSecret(variable, text string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != secretBytes {
		return nil, fmt.Errorf("%s is not %d bytes in base64; openssl rand -base64 %d makes them", variable, secretBytes, secretBytes)
	}
	return secret, nil
}

// check finds what the packages that get the values do not, and fills in what is zero.
func (c *config) check() error {
	shared := cmp.Or(c.databaseURL, c.redisURL) != ""
	switch {
	case c.databaseURL != "" && c.redisURL != "":
		return errors.New("DATABASE_URL is set beside REDIS_URL; unset one of them")
	case shared && c.refreshKeys == nil:
		return missing(prefix + "REFRESH_KEYS")
	case shared && c.keyringSecret == nil:
		return missing(prefix + "KEYRING_SECRET")
	case (c.tlsCert == "") != (c.tlsKey == ""):
		return fmt.Errorf("of -tls-cert (%s) and -tls-key (%s) only one is set", variable("tls-cert"), variable("tls-key"))
	case !isURL(c.reportsURL):
		return fmt.Errorf("-reports-url (%s) is %q, and not a URL such as http://127.0.0.1:8090", variable("reports-url"), c.reportsURL)
	case c.hashMemory < 8 || c.hashMemory > 1<<20:
		return fmt.Errorf("-hash-memory (%s) is %d; 8 KiB to 1 GiB are possible", variable("hash-memory"), c.hashMemory)
	case c.accountLogins < 1 || c.addressLogins < 1:
		return fmt.Errorf("-account-logins (%s) and -address-logins (%s) are at least 1", variable("account-logins"), variable("address-logins"))
	case c.demoUsers < 0 || c.demoUsers > 9999:
		return fmt.Errorf("-demo-users (%s) is %d; 0 to 9999 are possible", variable("demo-users"), c.demoUsers)
	case c.demo && !isLoopback(c.addr):
		return fmt.Errorf("-demo is set, but -addr (%s) is %s: anyone could log in; use an address such as 127.0.0.1:8080", variable("addr"), c.addr)
	}
	life, grace := 10*time.Minute, 10*time.Second
	if c.demo {
		life, grace = 20*time.Second, 3*time.Second
	}
	c.access, c.grace = cmp.Or(c.access, life), cmp.Or(c.grace, grace)
	return nil
}

// staleness is how long a token lives on after its session has ended, and liveInterval how
// often the stream of events looks. The demo has somebody waiting.
func (c *config) staleness() time.Duration {
	if c.demo {
		return 2 * time.Second
	}
	return 5 * time.Second
}

func (c *config) liveInterval() time.Duration { return c.staleness() / 2 }

func missing(variable string) error {
	return fmt.Errorf("%s is not set, and all processes on a shared store need the same; openssl rand -base64 %d makes one", variable, secretBytes)
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	a, _ := netip.ParseAddr(host)
	return err == nil && (host == "localhost" || a.IsLoopback())
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
