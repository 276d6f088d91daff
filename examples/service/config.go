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

// A config has the settings from flags and environment variables. Each flag has a variable:
// -metrics-addr has SERVICE_METRICS_ADDR. The flag takes precedence. -demo has no variable, so
// the environment cannot turn it on.
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

	// These come only from variables, because any user of the machine can read the arguments
	// of a process.
	databaseURL, redisURL string
	refreshKeys           [][]byte // nil: from a file in data
	keyringSecret         []byte   // likewise
	demoPassword          string
}

const prefix = "SERVICE_"

// readConfig returns flag.ErrHelp for -h.
func readConfig(args []string, getenv func(string) string, out io.Writer) (config, error) {
	var c config
	flags := flag.NewFlagSet("service", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&c.addr, "addr", "127.0.0.1:8080", "`address` to listen on")
	flags.StringVar(&c.metricsAddr, "metrics-addr", "", "`address` for /metrics, not reachable by users (default none)")
	flags.StringVar(&c.origin, "origin", "", "`origin` of the pages as browsers see it, such as https://app.example.com (default that of -addr)")
	flags.StringVar(&c.reportsURL, "reports-url", "http://127.0.0.1:8090", "`URL` of the reports service, the second process")
	flags.StringVar(&c.data, "data", "data", "`directory` for the database and the secrets that no variable sets")
	flags.DurationVar(&c.access, "access", 0, "`lifetime` of an access token (default 10m, with -demo 20s)")
	flags.DurationVar(&c.grace, "grace", 0, "`time` in which a refresh token may be sent again, for example by another tab (default 10s, with -demo 3s)")
	flags.UintVar(&c.hashMemory, "hash-memory", 19*1024, "memory of a password hash in `KiB`")
	flags.IntVar(&c.accountLogins, "account-logins", 10, "`attempts` to log in to an account in five minutes")
	flags.IntVar(&c.addressLogins, "address-logins", 100, "`attempts` to log in from an address in five minutes")
	flags.Var(&c.trustedProxies, "trusted-proxies", "`networks` of proxies whose X-Forwarded-For is trusted, such as 10.0.0.0/8,::1/128")
	flags.StringVar(&c.tlsCert, "tls-cert", "", "PEM `file` with the certificate chain")
	flags.StringVar(&c.tlsKey, "tls-key", "", "PEM `file` with its private key")
	flags.BoolVar(&c.insecureLocalhost, "insecure-localhost", false, "set cookies that Safari accepts on http://localhost; for development")
	flags.IntVar(&c.redisReplicas, "redis-replicas", 0, "`number` of Redis replicas that must have a logout before it is acknowledged")
	flags.BoolVar(&c.demo, "demo", false, "DANGEROUS: users with a known password, a thief, and switches that break the service")
	flags.IntVar(&c.demoUsers, "demo-users", 0, "`number` of additional demo users: user0001, …")
	if err := fromEnvironment(flags, getenv); err != nil {
		return c, err
	}
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
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

// decodeSecret decodes a secret in base64. Its errors do not contain the text.
func decodeSecret(variable, text string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != secretBytes {
		return nil, fmt.Errorf("%s is not %d bytes in base64; generate it with openssl rand -base64 %d", variable, secretBytes, secretBytes)
	}
	return secret, nil
}

// check checks what the packages that receive the values do not, and sets defaults.
func (c *config) check() error {
	shared := cmp.Or(c.databaseURL, c.redisURL) != ""
	switch {
	case c.databaseURL != "" && c.redisURL != "":
		return errors.New("DATABASE_URL and REDIS_URL are both set; unset one of them")
	case shared && c.refreshKeys == nil:
		return missing(prefix + "REFRESH_KEYS")
	case shared && c.keyringSecret == nil:
		return missing(prefix + "KEYRING_SECRET")
	case (c.tlsCert == "") != (c.tlsKey == ""):
		return fmt.Errorf("only one of -tls-cert (%s) and -tls-key (%s) is set; set both", variable("tls-cert"), variable("tls-key"))
	case !isURL(c.reportsURL):
		return fmt.Errorf("-reports-url (%s) is %q; use a URL such as http://127.0.0.1:8090", variable("reports-url"), c.reportsURL)
	case c.hashMemory < 8 || c.hashMemory > 1<<20:
		return fmt.Errorf("-hash-memory (%s) is %d KiB; use 8 KiB to 1 GiB", variable("hash-memory"), c.hashMemory)
	case c.accountLogins < 1 || c.addressLogins < 1:
		return fmt.Errorf("-account-logins (%s) and -address-logins (%s) must be at least 1", variable("account-logins"), variable("address-logins"))
	case c.demoUsers < 0 || c.demoUsers > 9999:
		return fmt.Errorf("-demo-users (%s) is %d; use 0 to 9999", variable("demo-users"), c.demoUsers)
	case c.redisReplicas != 0 && c.redisURL == "":
		return fmt.Errorf("-redis-replicas (%s) is set, but REDIS_URL is not", variable("redis-replicas"))
	case c.access != 0 && (c.access < time.Second || c.access > 24*time.Hour):
		return fmt.Errorf("-access (%s) is %v; use 1s to 24h", variable("access"), c.access)
	case c.grace != 0 && (c.grace < time.Second || c.grace > time.Minute):
		return fmt.Errorf("-grace (%s) is %v; use 1s to 1m", variable("grace"), c.grace)
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

// staleness is how long a token may be accepted after its session has ended, and liveInterval
// how often the event stream checks. Both are shorter in the demo, where somebody is watching.
func (c *config) staleness() time.Duration {
	if c.demo {
		return 2 * time.Second
	}
	return 5 * time.Second
}

func (c *config) liveInterval() time.Duration { return c.staleness() / 2 }

func missing(variable string) error {
	return fmt.Errorf("%s is not set, but all processes on a shared store need the same one; generate it with openssl rand -base64 %d", variable, secretBytes)
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
