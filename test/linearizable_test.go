package test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// TestLinearizable: clients of two processes on one PostgreSQL, or of one on
// SQLite, work on the same wallets, listings and keys at once; on PostgreSQL one
// of the processes is killed now and then. For what they were told there must be
// one order, within the times of asking and of being answered, that the clerk of
// models_test.go could have produced.
func TestLinearizable(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		const seed = 20261122
		t.Logf("seed %d", seed)
		home := p.serve(t)
		h := &house{home: home, front: home, staff: home.staff(t), lenders: make([]*client, 6)}
		if p.vault != nil { // several processes may serve
			h.open = func() *node { return p.serve(t, "--role", "api") }
			h.front = h.open()
		}
		inParallel(len(h.lenders), func(i int) {
			h.lenders[i] = h.staff.person(t, i+1, "lender")
			h.lenders[i].pays(t, i+1, walletBegins)
		})
		h.onWallets(t, seed).check(t, "wallets", walletModel)
		inParallel(len(h.lenders), func(i int) { h.lenders[i].pays(t, i+1, 10_000_000) })
		h.onListings(t, seed).check(t, "listings", listingModel)
		h.onKeys(t, seed).check(t, "keys", keyModel)
		if h.front != home {
			h.front.mustStop(t)
		}
		home.mustStop(t)
		p.mustVerify(t)
	})
}

// house is the processes of the test and the people.
type house struct {
	mu          sync.RWMutex
	home, front *node
	open        func() *node // another process in front; nil: there is only home
	staff       *staff
	lenders     []*client
}

// ask sends a request to one process or the other until the outcome is known.
func (h *house) ask(t *testing.T, c *client, method, path, key string, body any) answer {
	t.Helper()
	a, _ := h.insist(t, c, method, path, key, body)
	return a
}

// insist is ask that tells how often it was sent.
func (h *house) insist(
	t *testing.T, c *client, method, path, key string, body any,
) (a answer, times int) {
	t.Helper()
	for turn := int(keys.Add(1)); ; turn++ {
		times++
		h.mu.RLock()
		at := []*node{h.home, h.front}[turn%2]
		h.mu.RUnlock()
		a, err := at.again(c).try(t, method, path, key, body)
		switch {
		case err != nil && h.open == nil:
			t.Error(err)
			return a, times
		case err != nil, a.status == http.StatusServiceUnavailable,
			a.get("code") == "idem.in_flight":
			time.Sleep(time.Millisecond) // the process was killed, or a twin is on its way
		case a.status >= http.StatusInternalServerError:
			t.Errorf("%s: %d %s", path, a.status, a.body)
			return a, times
		default:
			return a, times
		}
	}
}

// replaceFront kills the process in front and starts another.
func (h *house) replaceFront(t *testing.T) {
	t.Helper()
	if h.open == nil {
		return
	}
	_ = h.front.process.Process.Kill()
	next := h.open()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.front = next
}

// crew has clients do one thing after the other, and kills the process in front
// twice meanwhile.
func (h *house) crew(
	t *testing.T, seed uint64, clients, turns int, do func(client int, r *rand.Rand),
) {
	t.Helper()
	var all sync.WaitGroup
	var done atomic.Int64
	for i := range clients {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for range turns {
				do(i, r)
				done.Add(1)
			}
		})
	}
	for kill := range int64(2) {
		eventually(t, "the clients are under way", func() bool {
			return t.Failed() || 3*done.Load() >= (kill+1)*int64(clients*turns)
		})
		h.replaceFront(t)
	}
	all.Wait()
}

// history is what clients asked and were told, and when.
type history struct {
	mu    sync.Mutex
	began time.Time
	all   []porcupine.Operation
}

func newHistory() *history { return &history{began: time.Now()} }

func (h *history) now() int64 { return int64(time.Since(h.began)) }

// add records what has just ended.
func (h *history) add(client int, called int64, in asked, out told) {
	returned := h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, porcupine.Operation{
		ClientId: client, Input: in, Call: called, Output: out, Return: returned,
	})
}

// check fails unless an order explains the history, and none does when the last
// thing that was seen is another.
func (h *history) check(t *testing.T, what string, m model) {
	t.Helper()
	for _, ops := range m.porcupine().Partition(h.all) {
		if !porcupine.CheckOperations(m.porcupine(), ops) {
			t.Errorf("%s: no order explains these answers:\n%s", what, inOrder(ops))
		}
	}
	refused := 0
	for _, op := range h.all {
		if op.Output.(told).code != "" {
			refused++
		}
	}
	t.Logf("%s: %d operations, %d of them refused", what, len(h.all), refused)
	wrong := slices.Clone(h.all)
	last := &wrong[len(wrong)-1]
	out := last.Output.(told)
	out.seen += "1"
	if last.Output = out; porcupine.CheckOperations(m.porcupine(), wrong) {
		t.Errorf("%s: a false answer was not found", what)
	}
}

// inOrder is a history for people: from when to when (µs), what, and the answer.
func inOrder(ops []porcupine.Operation) string {
	var text strings.Builder
	for _, op := range slices.SortedFunc(slices.Values(ops), func(a, b porcupine.Operation) int {
		return cmp.Compare(a.Call, b.Call)
	}) {
		fmt.Fprintf(&text, "%d-%d %+v %+v\n", op.Call/1000, op.Return/1000, op.Input, op.Output)
	}
	return text.String()
}

// shelf holds the bids on a thing, for whoever takes one back.
type shelf struct {
	mu   sync.Mutex
	bids []asked
}

func (s *shelf) put(id string, amount int64) {
	if id != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.bids = append(s.bids, asked{id: id, amount: amount})
	}
}

// pick is one of the last bids, which others may be taking back too; none: the id
// is "".
func (s *shelf) pick(r *rand.Rand) asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.bids)
	if n == 0 {
		return asked{}
	}
	return s.bids[n-1-r.IntN(min(4, n))]
}

// seenWallet is a wallet as walletModel sees it.
func (h *house) seenWallet(t *testing.T, l *client) told {
	t.Helper()
	a := h.ask(t, l, "GET", "/v1/customers/"+l.id+"/wallets", "", nil)
	return told{seen: a.get("items.0.posted.amount") + " " + a.get("items.0.held.amount")}
}

// onWallets has four clients at each wallet hold money for bids, give it back,
// withdraw and look, while deposits come in and the bank pays out.
func (h *house) onWallets(t *testing.T, seed uint64) *history {
	t.Helper()
	log, shelves := newHistory(), make([]shelf, len(h.lenders))
	bids := "/v1/listings/" +
		h.staff.listing(t, h.staff.person(t, 100, "borrower"), "20000.00") + "/bids"
	var background sync.WaitGroup
	for i := range h.lenders {
		background.Go(func() {
			for n := range int64(3) {
				h.deposit(t, log, i, 10_001+n)
			}
		})
	}
	h.crew(t, seed, 4*len(h.lenders), 40, func(client int, r *rand.Rand) {
		i := client % len(h.lenders)
		l, called, key := h.lenders[i], log.now(), fmt.Sprintf("wallet-%d", keys.Add(1))
		bid := shelves[i].pick(r)
		switch n := r.IntN(10); {
		case n < 4:
			amount := 2_500 * (1 + r.Int64N(8))
			a := h.ask(t, l, "POST", bids, key, object{"amount": money(euros(amount))})
			log.add(client, called, asked{i, "hold", "", amount},
				told{code: a.get("code"), id: a.get("id")})
			shelves[i].put(a.get("id"), amount)
		case n < 6 && bid.id != "":
			a := h.ask(t, l, "POST", "/v1/bids/"+bid.id+"/cancel", key, nil)
			log.add(client, called, asked{i, "release", bid.id, bid.amount},
				told{code: a.get("code")})
		case n < 7:
			a := h.ask(t, l, "POST", "/v1/customers/"+l.id+"/withdrawals", key,
				object{"amount": money("7.00")})
			id := a.get("id")
			log.add(client, called, asked{i, "hold", "", 700}, told{code: a.get("code"), id: id})
			if id != "" {
				background.Go(func() { h.settled(t, log, i, id, called) })
			}
		default:
			log.add(client, called, asked{thing: i, what: "look"}, h.seenWallet(t, l))
		}
	})
	background.Wait()
	for i, l := range h.lenders {
		called := log.now()
		log.add(0, called, asked{thing: i, what: "look"}, h.seenWallet(t, l))
	}
	return log
}

// deposit pays in and waits until it is credited: some time between it was.
func (h *house) deposit(t *testing.T, log *history, i int, amount int64) {
	t.Helper()
	called := log.now()
	h.lenders[i].sends(t, i+1, amount)
	eventually(t, "a deposit is credited", func() bool {
		page := h.ask(t, h.lenders[i], "GET", "/v1/deposits", "", nil)
		return strings.Contains(page.body, `"`+euros(amount)+`"`)
	})
	log.add(i, called, asked{i, "deposit", "", amount}, told{})
}

// settled waits until a withdrawal has left the bank: some time since it was asked
// for it did.
func (h *house) settled(t *testing.T, log *history, i int, id string, called int64) {
	t.Helper()
	eventually(t, "a withdrawal is paid", func() bool {
		return h.ask(t, h.lenders[i], "GET", "/v1/payouts/"+id, "", nil).get("state") == "settled"
	})
	log.add(i, called, asked{i, "settle", id, 700}, told{})
}

// onListings has four clients at each listing bid, take bids back and look; some
// listings are cancelled by and by, the others become funded.
func (h *house) onListings(t *testing.T, seed uint64) *history {
	t.Helper()
	log, paths := newHistory(), make([]string, 6)
	shelves := make([]shelf, len(paths))
	inParallel(len(paths), func(i int) {
		borrower := h.staff.person(t, 200+i, "borrower")
		paths[i] = "/v1/listings/" + h.staff.listing(t, borrower, euros(listingPrincipal))
	})
	h.crew(t, seed, 4*len(paths), 40, func(client int, r *rand.Rand) {
		i := client % len(paths)
		l, called, key := h.lenders[client%len(h.lenders)], log.now(),
			fmt.Sprintf("listing-%d", keys.Add(1))
		bid := shelves[i].pick(r)
		switch n := r.IntN(40); {
		case n == 0 && i%2 == 0:
			a := h.ask(t, h.staff.underwriter, "POST", paths[i]+"/cancel", key,
				object{"why": "a test"})
			log.add(client, called, asked{thing: i, what: "cancel"}, told{code: a.get("code")})
		case n < 20:
			amount := 2_500 * (1 + r.Int64N(3))
			a := h.ask(t, l, "POST", paths[i]+"/bids", key, object{"amount": money(euros(amount))})
			log.add(client, called, asked{i, "bid", "", amount},
				told{a.get("code"), a.get("id"), a.get("funded.amount")})
			shelves[i].put(a.get("id"), amount)
		case n < 30 && bid.id != "":
			a := h.ask(t, l, "POST", "/v1/bids/"+bid.id+"/cancel", key, nil)
			log.add(client, called, asked{i, "take back", bid.id, bid.amount},
				told{code: a.get("code")})
		default:
			h.look(t, log, i, paths[i], called)
		}
	})
	for i := range paths {
		h.look(t, log, i, paths[i], log.now())
	}
	return log
}

func (h *house) look(t *testing.T, log *history, i int, path string, called int64) {
	t.Helper()
	a := h.ask(t, h.staff.underwriter, "GET", path, "", nil)
	log.add(i, called, asked{thing: i, what: "look"},
		told{seen: a.get("state") + " " + a.get("funded.amount")})
}

// onKeys has five clients share each key for bids of two amounts and one that is
// always refused, and ask what became of it.
func (h *house) onKeys(t *testing.T, seed uint64) *history {
	t.Helper()
	const perKey, wanted = 20, 40
	log := newHistory()
	bids := "/v1/listings/" +
		h.staff.listing(t, h.staff.person(t, 300, "borrower"), "20000.00") + "/bids"
	var turn atomic.Int64
	h.crew(t, seed, 5, wanted*perKey/5, func(client int, r *rand.Rand) {
		i := int(turn.Add(1)-1) / perKey
		if r.IntN(4) == 0 {
			h.askOutcome(t, log, client, i)
		} else {
			h.send(t, log, client, i, bids, []int64{1_000, 2_500, 5_000}[r.IntN(3)])
		}
	})
	for i := range wanted { // by now at the latest each has an effect
		h.send(t, log, 0, i, bids, 2_500)
		h.askOutcome(t, log, 0, i)
	}
	return log
}

// send bids under a shared key.
func (h *house) send(t *testing.T, log *history, client, i int, bids string, amount int64) {
	t.Helper()
	called := log.now()
	a, times := h.insist(t, h.lenders[0], "POST", bids, fmt.Sprintf("shared-%d", i),
		object{"amount": money(euros(amount))})
	out := told{code: a.get("code"), seen: strings.TrimSpace(a.body)}
	if a.header.Get("Idempotency-Replayed") != "" {
		out.code = "replayed"
		if times > 1 { // by an earlier attempt of its own, perhaps
			out.code = "had"
		}
	}
	log.add(client, called, asked{i, "send", "", amount}, out)
}

func (h *house) askOutcome(t *testing.T, log *history, client, i int) {
	t.Helper()
	called := log.now()
	a := h.ask(t, h.lenders[0], "GET", fmt.Sprintf("/v1/operations/shared-%d", i), "", nil)
	var outcome struct{ Answer json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &outcome); err != nil {
		t.Error(err)
	}
	log.add(client, called, asked{thing: i, what: "ask"},
		told{code: a.get("code"), seen: string(outcome.Answer)})
}
