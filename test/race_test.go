package test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

const racers = 2000

// TestHotListing: 2,000 lenders bid at once on one listing of which 400 bids are
// all, at one process and then at three. What is held is the amount to the cent,
// every loser has a coded 409 and his money, and nothing breaks.
func TestHotListing(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		data := t.TempDir()
		p := &platform{data: data, flags: []string{"--data", data}}
		race(t, p, []*node{p.serve(t)})
	})
	t.Run("postgres", func(t *testing.T) {
		p := onPostgres(t)
		first := p.serve(t)
		second := p.serve(t, "--role", "api", "--bank", first.bank)
		third := p.serve(t, "--role", "api", "--bank", first.bank)
		race(t, p, []*node{first, second, third})
	})
}

func race(t *testing.T, p *platform, nodes []*node) {
	t.Helper()
	s := nodes[0].staff(t)
	lenders := s.crowd(t, racers)
	rounds := [][]*node{nodes[:1]}
	if len(nodes) > 1 {
		rounds = append(rounds, nodes)
	}
	for round, nodes := range rounds {
		borrower := s.person(t, 100_000+round, "borrower")
		listing := s.listing(t, borrower, "10000.00")
		won := bidAtOnce(t, nodes, lenders, listing)
		if won != 400 {
			t.Errorf("%d lenders won", won)
		}
		shown := borrower.get(t, "/v1/listings/"+listing)
		if shown.get("funded.amount") != "10000.00" || shown.get("remaining.amount") != "0.00" ||
			shown.get("state") != "funded" || shown.get("bids") != fmt.Sprint(won) {
			t.Errorf("%s", shown.body)
		}
		var held int64
		for _, l := range lenders {
			held += cents(t, l.balance(t, "held"))
		}
		if want := int64(round+1) * 1_000_000; held != want {
			t.Errorf("%d cents are held, want %d", held, want)
		}
	}
	for _, n := range nodes {
		n.mustStop(t)
	}
	p.mustVerify(t)
}

// bidAtOnce has every lender bid 25.00 at the same moment, and returns how many
// won. Whoever lost must have been told why, and have nothing less.
func bidAtOnce(t *testing.T, nodes []*node, lenders []*client, listing string) (won int) {
	t.Helper()
	answers := make([]answer, len(lenders))
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, l := range lenders {
		at := nodes[i%len(nodes)].again(l)
		all.Go(func() {
			<-start
			answers[i] = at.send(t, "POST", "/v1/listings/"+listing+"/bids", "race-"+listing,
				object{"amount": money("25.00")})
		})
	}
	close(start)
	all.Wait()
	for _, a := range answers {
		switch {
		case a.status == http.StatusCreated:
			won++
		case a.status != http.StatusConflict,
			a.get("code") != "market.fully_funded" && a.get("code") != "market.closed":
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	return won
}

// crowd makes so many lenders with money for two bids each.
func (s *staff) crowd(t *testing.T, n int) []*client {
	t.Helper()
	lenders := make([]*client, n)
	inParallel(n, func(i int) { lenders[i] = s.newcomer(t, i+1, "lender") })
	for _, l := range lenders {
		l.awaitVerified(t)
	}
	inParallel(n, func(i int) { lenders[i].sends(t, i+1, 5_000) })
	for _, l := range lenders {
		eventually(t, "the deposit is credited", func() bool {
			return l.balance(t, "posted") == "50.00"
		})
	}
	return lenders
}

func inParallel(n int, do func(i int)) {
	work := make(chan int)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for i := range work {
				do(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	all.Wait()
}
