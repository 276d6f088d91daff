package jwks

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/cda17858/jwt/jwk"
)

// A Report is what Observe and Logger are told of one fetch.
type Report struct {
	URL         string        // of the set, or of the metadata if that failed
	Duration    time.Duration // how long it took
	Err         error         // nil if a usable set came
	NotModified bool          // the set is the one of the fetch before
	Keys        int           // usable keys, one for each algorithm that a key is bound to
	Skipped     []jwk.Skipped // keys of the set that cannot be used
	Age         time.Duration // how old the last good set is now; 0 if there is none
}

const (
	maxReports = 16 // that wait for Observe
	maxSkipped = 10 // keys of one set that are logged
)

// A reporter tells Config.Observe and Config.Logger of fetches, in a goroutine of its own:
// neither can delay a fetch, nor the callers that wait for it.
type reporter struct {
	ctx     context.Context
	observe func(Report)
	logger  *slog.Logger
	queue   chan Report
	ended   chan struct{}
}

// newReporter returns nil if Config has neither Observe nor Logger.
func newReporter(ctx context.Context, cfg *Config) *reporter {
	if cfg.Observe == nil && cfg.Logger == nil {
		return nil
	}
	r := &reporter{ctx, cfg.Observe, cfg.Logger, make(chan Report, maxReports), make(chan struct{})}
	go func() {
		defer close(r.ended)
		for report := range r.queue {
			r.tell(report)
		}
	}()
	return r
}

// send drops the report if too many wait already.
func (r *reporter) send(report Report) {
	if r == nil {
		return
	}
	select {
	case r.queue <- report:
	default:
	}
}

// close returns when all reports have been told.
func (r *reporter) close(wanted bool) {
	if r == nil {
		return
	}
	close(r.queue)
	<-r.ended
	if !wanted && r.logger != nil {
		r.logger.WarnContext(r.ctx, "jwks: stopped: the context given to New is done")
	}
}

func (r *reporter) tell(report Report) {
	if r.observe != nil {
		r.observe(report)
	}
	if r.logger != nil {
		r.log(report)
	}
}

func (r *reporter) log(report Report) {
	log := r.logger.With("url", report.URL, "duration", report.Duration, "age", report.Age, "keys", report.Keys)
	shown, more := 0, 0
	for _, s := range report.Skipped {
		level := slog.LevelWarn
		if errors.Is(s.Err, jwk.ErrUse) {
			level = slog.LevelDebug // an encryption key: nothing is wrong with it
		}
		switch {
		case !log.Enabled(r.ctx, level):
		case shown == maxSkipped:
			more++
		default:
			shown++
			kid := strings.ToValidUTF8(s.KeyID[:min(len(s.KeyID), maxUnknownKID)], "")
			log.Log(r.ctx, level, "jwks: key skipped", "index", s.Index, "kid", kid, "reason", s.Err)
		}
	}
	if more > 0 {
		log.WarnContext(r.ctx, "jwks: more keys skipped", "count", more)
	}
	if report.Err != nil {
		log.ErrorContext(r.ctx, "jwks: fetch failed", "error", report.Err)
		return
	}
	log.InfoContext(r.ctx, "jwks: fetched", "not_modified", report.NotModified)
}
