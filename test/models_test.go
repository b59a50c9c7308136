package test

import (
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// model is what a clerk who does one thing after the other would answer about one
// thing: a wallet, a listing, a key.
type model struct {
	start any // how each thing begins
	step  func(state any, in asked, out told) (bool, any)
}

// asked is what a client wants.
type asked struct {
	thing  int // which wallet, listing or key
	what   string
	id     string // of what was made before
	amount int64  // cents
}

// told is what he got: a refusal's code, or the id of what was made, or what he
// wanted to see.
type told struct {
	code, id, seen string
}

func (m model) porcupine() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			var things [][]porcupine.Operation
			for _, op := range history {
				n := op.Input.(asked).thing
				for len(things) <= n {
					things = append(things, nil)
				}
				things[n] = append(things[n], op)
			}
			return things
		},
		Init: func() any { return m.start },
		Step: func(state, in, out any) (bool, any) { return m.step(state, in.(asked), out.(told)) },
	}
}

// wallet: a hold wants the money to be available; what is held is released or
// paid out, once.
type wallet struct {
	posted, held int64
	holds        string
}

const walletBegins = 100_000

var walletModel = model{start: wallet{posted: walletBegins}, step: walletStep}

func walletStep(state any, in asked, out told) (bool, any) {
	w := state.(wallet)
	switch in.what + " " + out.code {
	case "hold ":
		w.held += in.amount
		w.holds = with(w.holds, out.id)
		return w.held <= w.posted, w
	case "hold ledger.insufficient":
		return w.posted-w.held < in.amount, w
	case "release ":
		w.held -= in.amount
		return has(w.holds, in.id), wallet{w.posted, w.held, without(w.holds, in.id)}
	case "release market.invalid_state":
		return !has(w.holds, in.id), w
	case "settle ":
		w.posted, w.held = w.posted-in.amount, w.held-in.amount
		return has(w.holds, in.id), wallet{w.posted, w.held, without(w.holds, in.id)}
	case "deposit ":
		w.posted += in.amount
		return true, w
	case "look ":
		return out.seen == euros(w.posted)+" "+euros(w.held), w
	}
	return false, w
}

// listing: bids never pass the principal, reaching it ends the bidding, and so
// does cancelling.
type listing struct {
	funded int64
	state  string
	bids   string
}

const listingPrincipal = 100_000

var listingModel = model{start: listing{state: "open"}, step: listingStep}

func listingStep(state any, in asked, out told) (bool, any) {
	l := state.(listing)
	open, left := l.state == "open", listingPrincipal-l.funded
	switch in.what + " " + out.code {
	case "bid ":
		l.funded += in.amount
		l.bids = with(l.bids, out.id)
		if l.funded == listingPrincipal {
			l.state = "funded"
		}
		return open && in.amount <= left && out.seen == euros(l.funded), l
	case "bid market.fully_funded":
		return l.state == "funded", l
	case "bid market.exceeds_remaining":
		return open && in.amount > left, l
	case "bid market.closed":
		return l.state == "cancelled", l
	case "take back ":
		l.funded -= in.amount
		return open && has(l.bids, in.id), listing{l.funded, l.state, without(l.bids, in.id)}
	case "take back market.closed":
		return !open && has(l.bids, in.id), l
	case "take back market.invalid_state": // released meanwhile, when it was cancelled
		return l.state == "cancelled" || !has(l.bids, in.id), l
	case "cancel ":
		l.state = "cancelled"
		return state.(listing).state != l.state, l
	case "cancel market.invalid_state":
		return l.state == "cancelled", l
	case "look ":
		seen, funded, _ := strings.Cut(out.seen, " ")
		return seen == l.state && (funded == euros(l.funded) || l.state == "cancelled"), l
	}
	return false, l
}

// oneKey: the first request that has an effect keeps the key; it gets the same
// answer again, and every other one is refused.
type oneKey struct {
	amount int64 // of the first; 0: none so far
	answer string
}

var keyModel = model{start: oneKey{}, step: keyStep}

func keyStep(state any, in asked, out told) (bool, any) {
	k := state.(oneKey)
	fresh := k == oneKey{}
	switch in.what + " " + out.code {
	case "send ":
		return fresh, oneKey{in.amount, out.seen}
	case "send replayed":
		return k == oneKey{in.amount, out.seen}, k
	case "send had":
		return fresh || k == oneKey{in.amount, out.seen}, oneKey{in.amount, out.seen}
	case "send market.bid_too_small":
		return fresh && in.amount < 2_500, k
	case "send idem.key_reused":
		return !fresh && in.amount != k.amount, k
	case "ask idem.not_found":
		return fresh, k
	case "ask ":
		return !fresh && out.seen == k.answer, k
	}
	return false, k
}

// with, without and has keep a set of ids in a sorted line, which == compares.
func with(set, id string) string {
	ids := append(strings.Fields(set), id)
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func without(set, id string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(set),
		func(other string) bool { return other == id }), " ")
}

func has(set, id string) bool { return slices.Contains(strings.Fields(set), id) }
