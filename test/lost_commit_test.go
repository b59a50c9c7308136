package test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"openlend/internal/pgproxy"
)

// through is the platform over a link to PostgreSQL that loses COMMITs.
func (p *platform) through(t *testing.T) (*platform, *pgproxy.Proxy) {
	t.Helper()
	far := *p
	far.flags = slices.Clone(p.flags)
	at := slices.Index(far.flags, "--database") + 1
	proxy, url := pgproxy.Start(t, far.flags[at])
	far.flags[at] = url
	return &far, proxy
}

// TestLostCommits: one bid in five loses its COMMIT or the answer to it. Whoever
// is told of an effect has it, once; who is told of none has none; and who is
// told that nobody knows finds out by his key.
func TestLostCommits(t *testing.T) {
	const bids, seed = 400, 20261122
	t.Logf("seed %d", seed)
	p := onPostgres(t)
	home := p.serve(t)
	s := home.staff(t)
	lenders := s.crowd(t, 8, 200_000)
	listing := s.listing(t, s.person(t, 100, "borrower"), "1000.00") // 40 bids
	other := s.listing(t, s.person(t, 101, "borrower"), "10000.00")
	far, proxy := p.through(t)
	front := far.serve(t, "--role", "api")

	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0))
	var lost atomic.Int64
	proxy.Inject(func(tx *pgproxy.Transaction) *pgproxy.Fault {
		mu.Lock()
		defer mu.Unlock()
		if !tx.Says("market_bid") || random.IntN(5) > 0 {
			return nil
		}
		lost.Add(1)
		return &pgproxy.Fault{Execute: random.IntN(2) == 0}
	})
	told := make([]answer, bids)
	inParallel(bids, func(i int) {
		at := listing
		if i%4 == 0 {
			at = other
		}
		lender := front.again(lenders[i%len(lenders)])
		told[i] = lender.certain(t, "/v1/listings/"+at+"/bids", fmt.Sprint("lost-", i),
			object{"amount": money("25.00")})
	})
	proxy.Inject(func(*pgproxy.Transaction) *pgproxy.Fault { return nil })

	placed := map[string]int{}
	for _, l := range lenders {
		for _, at := range []string{listing, other} {
			for _, id := range home.again(l).bidsOn(t, at) {
				placed[id]++
			}
		}
	}
	for i, a := range told {
		switch {
		case a.status == http.StatusCreated && placed[a.get("id")] == 1:
			delete(placed, a.get("id"))
		case a.status == http.StatusConflict: // fully funded, or nothing left in the wallet
		default:
			t.Errorf("bid %d: %d %s", i, a.status, a.body)
		}
	}
	if len(placed) != 0 {
		t.Errorf("nobody was told of %v", placed)
	}
	t.Logf("%d COMMITs were lost", lost.Load())
	if lost.Load() < 3 {
		t.Errorf("only %d COMMITs were lost: this shows nothing", lost.Load())
	}
	front.mustStop(t)
	home.mustStop(t)
	p.mustVerify(t)
}

// certain writes under a key until the outcome is known, as the answer of one
// that is not tells to.
func (c *client) certain(t *testing.T, path, key string, body any) answer {
	t.Helper()
	for {
		a := c.send(t, http.MethodPost, path, key, body)
		if a.status != http.StatusServiceUnavailable {
			return a
		}
		if a.get("code") != "outcome_unknown" || a.get("operation") != "/v1/operations/"+key {
			t.Errorf("%s", a.body)
			return a
		}
		truth := c.send(t, http.MethodGet, a.get("operation"), "", nil)
		switch truth.status {
		case http.StatusOK:
			again := c.send(t, http.MethodPost, path, key, body)
			if truth.get("answer.id") != again.get("id") || again.get("id") == "" {
				t.Errorf("%s, but then %s", truth.body, again.body)
			}
			return again
		case http.StatusNotFound, http.StatusServiceUnavailable: // asked again below
		default:
			t.Errorf("%d %s", truth.status, truth.body)
			return truth
		}
	}
}

// bidsOn are the ids of somebody's bids on a listing.
func (c *client) bidsOn(t *testing.T, listing string) (ids []string) {
	t.Helper()
	page := c.get(t, "/v1/bids?limit=200&listing="+listing)
	for i := range page.length("items") {
		ids = append(ids, page.get(fmt.Sprintf("items.%d.id", i)))
	}
	return ids
}

// TestALostServer: PostgreSQL goes away with the COMMIT, for longer than anybody
// waits. The answer is that the outcome is unknown, and where to ask.
func TestALostServer(t *testing.T) {
	p := onPostgres(t)
	home := p.serve(t)
	s := home.staff(t)
	lender := s.crowd(t, 1, 100_000)[0]
	bids := "/v1/listings/" + s.listing(t, s.person(t, 100, "borrower"), "1000.00") + "/bids"
	far, proxy := p.through(t)
	front := far.serve(t, "--role", "api")
	for _, done := range []bool{true, false} {
		key := fmt.Sprint("away-", done)
		proxy.InjectInto("market_bid", &pgproxy.Fault{Execute: done, Then: pgproxy.Refusing})
		at := front.again(lender)
		body := object{"amount": money("25.00")}
		a := at.send(t, http.MethodPost, bids, key, body)
		if a.status != http.StatusServiceUnavailable || a.get("code") != "outcome_unknown" ||
			a.header.Get("Retry-After") == "" {
			t.Errorf("done %v: %d %s", done, a.status, a.body)
		}
		proxy.Away.Store(pgproxy.Here)
		truth := home.again(lender).send(t, http.MethodGet, a.get("operation"), "", nil)
		if known := truth.status == http.StatusOK; known != done {
			t.Errorf("done %v, but then %d %s", done, truth.status, truth.body)
		}
		again := at.send(t, http.MethodPost, bids, key, body)
		replayed := again.header.Get("Idempotency-Replayed") == "true"
		if again.status != http.StatusCreated || replayed != done {
			t.Errorf("done %v, again: %d %s, replayed %v", done, again.status, again.body, replayed)
		}
		if done && !strings.Contains(truth.body, strings.TrimSpace(again.body)) {
			t.Errorf("%s, but then %s", truth.body, again.body)
		}
	}
	if held := home.again(lender).balance(t, "held"); held != "50.00" {
		t.Errorf("%s is held", held)
	}
	front.mustStop(t)
	home.mustStop(t)
	p.mustVerify(t)
}
