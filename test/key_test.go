package test

import (
	"net/http"
	"sync"
	"testing"

	"openlend/internal/pgproxy"
)

// order is a write that moves money: a bid, a withdrawal, a payment.
type order struct {
	name  string // of the table that it writes to
	by    *client
	path  string
	body  object
	other object // another one that may not have the same key
}

// orders makes a lender and a borrower with a loan, and what they may order, each
// once or more often.
func (s *staff) orders(t *testing.T) []order {
	t.Helper()
	borrower, lender := s.person(t, 1, "borrower"), s.person(t, 2, "lender")
	lender.pays(t, 2, 1_000_000)
	first := s.listing(t, borrower, "1000.00")
	lender.post(t, "/v1/listings/"+first+"/bids", object{"amount": money("1000.00")})
	loan := s.disbursed(t, borrower, first)
	borrower.pays(t, 1, 100_000)
	second := s.listing(t, s.person(t, 3, "borrower"), "10000.00")
	return []order{
		{
			"market_bid", lender, "/v1/listings/" + second + "/bids",
			object{"amount": money("1000.00")}, object{"amount": money("1025.00")},
		},
		{
			"custody_payout", lender, "/v1/customers/" + lender.id + "/withdrawals",
			object{"amount": money("300.00")}, object{"amount": money("301.00")},
		},
		{
			"servicing_payment", borrower, "/v1/loans/" + loan + "/pay",
			object{"amount": money("100.00")}, object{"amount": money("100.01")},
		},
	}
}

// mustHaveMoved fails unless each order has had its effect so often.
func mustHaveMoved(t *testing.T, orders []order, times int64) {
	t.Helper()
	bid, withdrawal, payment := orders[0], orders[1], orders[2]
	listing := bid.by.get(t, bid.path[:len(bid.path)-len("/bids")])
	if got := listing.get("funded.amount"); got != euros(times*100_000) {
		t.Errorf("%s is bid", got)
	}
	eventually(t, "every withdrawal is paid", func() bool {
		return cents(t, withdrawal.by.balance(t, "held")) == times*100_000
	})
	payouts := withdrawal.by.get(t, "/v1/payouts")
	paid := payment.by.get(t, payment.path[:len(payment.path)-len("pay")]+"payments")
	for what, page := range map[string]answer{"payouts": payouts, "payments": paid} {
		if n := page.length("items"); n != times {
			t.Errorf("%d %s, not %d: %s", n, what, times, page.body)
		}
	}
}

// TestOneKeyOneEffect: fifty requests at once under one key, to two processes
// where there may be two, move money once and are answered alike; another request
// under that key is refused.
func TestOneKeyOneEffect(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		nodes := []*node{p.serve(t)}
		if p.vault != nil {
			nodes = append(nodes, p.serve(t, "--role", "api"))
		}
		orders := nodes[0].staff(t).orders(t)
		for _, o := range orders {
			o.fiftyAtOnce(t, nodes)
			other := o.by.send(t, http.MethodPost, o.path, "k-"+o.path, o.other)
			if other.status != http.StatusUnprocessableEntity ||
				other.get("code") != "idem.key_reused" {
				t.Errorf("%s: %d %s", o.path, other.status, other.body)
			}
		}
		mustHaveMoved(t, orders, 1)
		for _, n := range nodes {
			n.mustStop(t)
		}
		p.mustVerify(t)
	})
}

// fiftyAtOnce sends an order fifty times under one key, and fails the test unless
// one of them has an effect and all are answered alike.
func (o *order) fiftyAtOnce(t *testing.T, nodes []*node) {
	t.Helper()
	answers := make([]answer, 50)
	var all sync.WaitGroup
	for i := range answers {
		at := nodes[i%len(nodes)].again(o.by)
		all.Go(func() { answers[i] = at.send(t, http.MethodPost, o.path, "k-"+o.path, o.body) })
	}
	all.Wait()
	fresh := 0
	for _, a := range answers {
		if a.status != http.StatusCreated || a.body != answers[0].body {
			t.Errorf("%s: %d %s", o.path, a.status, a.body)
		}
		if a.header.Get("Idempotency-Replayed") == "" {
			fresh++
		}
	}
	if fresh != 1 {
		t.Errorf("%s: %d of 50 were fresh", o.path, fresh)
	}
}

// TestKilledBeforeItAnswers: a process is killed while its COMMIT is under way,
// which is done or not. Whoever asks another process under the same key gets one
// effect, and the answer that belongs to it.
func TestKilledBeforeItAnswers(t *testing.T) {
	t.Parallel()
	p := onPostgres(t)
	home := p.serve(t)
	orders := home.staff(t).orders(t)
	far, proxy := p.through(t)
	for _, done := range []bool{true, false} {
		for _, o := range orders {
			front := far.serve(t, "--role", "api")
			proxy.InjectInto("INSERT INTO "+o.name, &pgproxy.Fault{Execute: done, Meantime: func() {
				_ = front.process.Process.Kill()
			}})
			key := o.name + map[bool]string{true: "-done", false: "-undone"}[done]
			a, err := front.again(o.by).try(t, http.MethodPost, o.path, key, o.body)
			if err == nil {
				t.Errorf("%s: a process that was killed answers %d %s", o.path, a.status, a.body)
			}
			first := o.by.send(t, http.MethodPost, o.path, key, o.body)
			again := o.by.send(t, http.MethodPost, o.path, key, o.body)
			replayed := first.header.Get("Idempotency-Replayed") == "true"
			if first.status != http.StatusCreated || replayed != done || first.body != again.body {
				t.Errorf("done %v: %s: %d %s, replayed %v, then %s", done, o.path, first.status,
					first.body, replayed, again.body)
			}
		}
	}
	mustHaveMoved(t, orders, 2)
	home.mustStop(t)
	p.mustVerify(t)
}
