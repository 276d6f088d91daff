package jwks

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

var (
	errClosed = errors.New("jwks: the Client is closed, or the context given to New is done")
	errZero   = errors.New("jwks: the Client is zero; New makes one")
)

// An owner runs the goroutines of a Client, or of all Clients of a Pool, and ends them. It
// has what they share: the connections, and the way to Observe and Logger.
type owner struct {
	http    *http.Client
	network *network // nil if Config.Transport makes the requests
	reports *reporter

	ctx    context.Context         // ends fetches
	cancel context.CancelCauseFunc // errClosed is the cause of close
	mu     sync.Mutex
	over   bool // no task starts any more
	tasks  sync.WaitGroup
	ended  chan struct{}
}

// newOwner returns an owner for a complete Config. Its run must be called.
func newOwner(ctx context.Context, cfg *Config) *owner {
	o := &owner{ended: make(chan struct{})}
	o.ctx, o.cancel = context.WithCancelCause(ctx)
	o.http, o.network = cfg.client()
	o.reports = newReporter(context.WithoutCancel(ctx), cfg)
	return o
}

// run runs main, which returns when o.ctx is done, and then ends what o has started.
func (o *owner) run(main func(ctx context.Context)) {
	defer close(o.ended)
	main(o.ctx)
	o.mu.Lock()
	o.over = true
	o.mu.Unlock()
	o.tasks.Wait()
	o.network.close()
	o.reports.close(context.Cause(o.ctx) == errClosed)
}

// start runs task in a goroutine, unless o has ended. o.ctx must end the task.
func (o *owner) start(task func()) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return false
	}
	o.tasks.Go(task)
	return true
}

// close ends everything and waits until it has ended.
func (o *owner) close() {
	o.cancel(errClosed)
	<-o.ended
}
