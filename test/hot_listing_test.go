package test

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// full says whether the race is of 2,000 lenders (make e2e-all), or of 300, which
// show the same in a tenth of the time.
var full = os.Getenv("OPENLEND_TEST_FULL") != ""

// TestHotListing: everybody bids at once on one listing that has shares for a few,
// at one process and then at three on one database. What is held is the amount to
// the cent, every loser has a coded 409 and all of his money, and nothing breaks.
func TestHotListing(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		data := t.TempDir()
		p := &platform{data: data, flags: []string{"--data", data}}
		race(t, p, []*node{p.serve(t)}, 1)
	})
	t.Run("postgres", func(t *testing.T) {
		p := onPostgres(t)
		first := p.serve(t)
		second := p.serve(t, "--role", "api", "--bank", first.bank)
		third := p.serve(t, "--role", "api", "--bank", first.bank)
		race(t, p, []*node{first, second, third}, 1, 3)
	})
}

// race has a crowd bid on one listing after the other, each time at so many of
// the nodes.
func race(t *testing.T, p *platform, nodes []*node, rounds ...int) {
	t.Helper()
	racers, bid, winners := 300, "100.00", 100
	if full {
		racers, bid, winners = 2000, "25.00", 400
	}
	s := nodes[0].staff(t)
	lenders := s.crowd(t, racers, 100_000)
	held := make([]int64, racers)
	for round, width := range rounds {
		borrower := s.person(t, 100_000+round, "borrower")
		listing := s.listing(t, borrower, "10000.00")
		results := bidAtOnce(t, nodes[:width], lenders, listing, bid)
		report(t, width, results)
		won := 0
		for i, r := range results {
			switch {
			case r.status == http.StatusCreated:
				won++
				held[i] += cents(t, bid)
			case r.status != http.StatusConflict || r.get("code") != "market.fully_funded":
				t.Errorf("%d %s", r.status, r.body)
			}
		}
		if won != winners {
			t.Errorf("%d lenders won, not %d", won, winners)
		}
		shown := borrower.get(t, "/v1/listings/"+listing)
		if shown.get("funded.amount") != "10000.00" || shown.get("remaining.amount") != "0.00" ||
			shown.get("state") != "funded" || shown.get("bids") != strconv.Itoa(winners) {
			t.Errorf("%s", shown.body)
		}
		inParallel(racers, func(i int) {
			wallets := lenders[i].get(t, "/v1/customers/"+lenders[i].id+"/wallets")
			if wallets.get("items.0.posted.amount") != "1000.00" ||
				cents(t, wallets.get("items.0.held.amount")) != held[i] {
				t.Errorf("%d cents should be held: %s", held[i], wallets.body)
			}
		})
	}
	for _, n := range nodes {
		n.mustStop(t)
	}
	p.mustVerify(t)
}

// result is an answer and when it came, counted from the start of the race.
type result struct {
	answer

	after time.Duration
}

// bidAtOnce has every lender bid at the same moment.
func bidAtOnce(
	t *testing.T, nodes []*node, lenders []*client, listing, amount string,
) []result {
	t.Helper()
	results := make([]result, len(lenders))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, l := range lenders {
		at := nodes[i%len(nodes)].again(l)
		all.Go(func() {
			<-start
			began := time.Now()
			a := at.send(t, http.MethodPost, "/v1/listings/"+listing+"/bids", "race-"+listing,
				object{"amount": money(amount)})
			results[i] = result{a, time.Since(began)}
		})
	}
	close(start)
	all.Wait()
	return results
}

// report tells how quick it was, load and databases on the same machine: seen
// with -v, judged by nobody.
func report(t *testing.T, nodes int, results []result) {
	t.Helper()
	var answered, won []time.Duration
	for _, r := range results {
		answered = append(answered, r.after)
		if r.status == http.StatusCreated {
			won = append(won, r.after)
		}
	}
	if len(won) == 0 {
		return
	}
	slices.Sort(answered)
	last := slices.Max(won)
	t.Logf("%d lenders at %d nodes: %d accepted in %s, %d/s; p50 %s, p99 %s", len(results), nodes,
		len(won), last.Round(time.Millisecond), int64(len(won))*int64(time.Second)/int64(last),
		answered[len(answered)/2].Round(time.Millisecond),
		answered[len(answered)*99/100].Round(time.Millisecond))
}

// crowd makes so many lenders with so much in their wallets.
func (s *staff) crowd(t *testing.T, n int, minor int64) []*client {
	t.Helper()
	lenders := make([]*client, n)
	inParallel(n, func(i int) { lenders[i] = s.newcomer(t, i+1, "lender") })
	for _, l := range lenders {
		l.awaitVerified(t)
	}
	inParallel(n, func(i int) { lenders[i].sends(t, i+1, minor) })
	for _, l := range lenders {
		eventually(t, "the deposit is credited", func() bool {
			return l.balance(t, "posted") == euros(minor)
		})
	}
	return lenders
}

// inParallel does something for each of n, sixteen at a time.
func inParallel(n int, do func(i int)) {
	work := make(chan int, n)
	for i := range n {
		work <- i
	}
	close(work)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for i := range work {
				do(i)
			}
		})
	}
	all.Wait()
}
