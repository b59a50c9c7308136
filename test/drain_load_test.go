package test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// balancer sends requests to the processes that say they are ready, as a load
// balancer does.
type balancer struct {
	mu    sync.Mutex
	nodes []*node
	ready []*node
}

func (b *balancer) add(n *node) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append(b.nodes, n)
}

// probe asks every process again and again whether it is ready.
func (b *balancer) probe(ctx context.Context, t *testing.T) {
	t.Helper()
	for ctx.Err() == nil {
		b.mu.Lock()
		nodes := b.nodes
		b.mu.Unlock()
		var ready []*node
		for _, n := range nodes {
			a, err := (&client{node: n}).try(t, http.MethodGet, "/readyz", "", nil)
			if err == nil && a.status == http.StatusOK {
				ready = append(ready, n)
			}
		}
		b.mu.Lock()
		b.ready = ready
		b.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
}

// pick is a process to send a request to, nil when none is ready.
func (b *balancer) pick(turn int) *node {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return nil
	}
	return b.ready[turn%len(b.ready)]
}

// TestDrainUnderLoad: a process is told to stop while lenders bid and look, and
// another one takes over. No request that was begun fails.
func TestDrainUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		const drain = "3s" // time enough for the balancer on a busy machine
		var bank *node
		args := []string{"--drain", drain}
		if p.vault != nil {
			bank = p.serve(t, "--role", "bank")
			args = append(args, "--bank", bank.bank)
		}
		first := p.serve(t, args...)
		if bank == nil {
			bank = first
		}
		first.bank = bank.bank
		s := first.staff(t)
		lenders := s.crowd(t, 8, 1_000_000)
		listing := s.listing(t, s.person(t, 100, "borrower"), "20000.00")
		b := &balancer{}
		b.add(first)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var done atomic.Int64
		var all sync.WaitGroup
		all.Go(func() { b.probe(ctx, t) })
		for _, l := range lenders {
			all.Go(func() {
				for turn := 0; ctx.Err() == nil; turn++ {
					b.load(ctx, t, l, turn, fmt.Sprintf("drain-%d", turn), listing)
					done.Add(1)
				}
			})
		}
		more := func() {
			enough := done.Load() + 200
			eventually(t, "200 more requests are answered", func() bool {
				return t.Failed() || done.Load() >= enough
			})
		}
		more()
		var second *node
		if p.vault != nil {
			second = p.serve(t, args...)
			b.add(second)
			more()
		}
		first.mustStop(t)
		if second == nil { // SQLite: one after the other
			second = p.serve(t, args...)
			bank = second
			b.add(second)
		}
		second.bank = bank.bank
		more()
		cancel()
		all.Wait()
		second.staff(t).person(t, 200, "lender").pays(t, 200, 5_000) // the work goes on too
		second.mustStop(t)
		if bank != second {
			bank.mustStop(t)
			if strings.Contains(bank.log.text(), "level=ERROR") { // its callbacks arrive
				t.Errorf("%s", bank.log.text())
			}
		}
		p.mustVerify(t)
	})
}

// load bids or looks, once a process takes it, and fails the test unless it is
// answered properly.
func (b *balancer) load(
	ctx context.Context, t *testing.T, l *client, turn int, key, listing string,
) {
	t.Helper()
	for ctx.Err() == nil {
		n := b.pick(turn)
		if n == nil {
			time.Sleep(time.Millisecond)
			continue
		}
		method, path, body := http.MethodGet, "/v1/customers/"+l.id+"/wallets", any(nil)
		if turn%2 == 0 {
			method, path = http.MethodPost, "/v1/listings/"+listing+"/bids"
			body = object{"amount": money("25.00")}
		}
		a, err := n.again(l).try(t, method, path, key, body)
		if errors.Is(err, syscall.ECONNREFUSED) {
			time.Sleep(time.Millisecond) // it was never begun: another process takes it
			continue
		}
		if err != nil || a.status >= http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s, %v", method, path, a.status, a.body, err)
		}
		return
	}
}
