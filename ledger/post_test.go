package ledger_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
)

// A way is one of the ways in which commands can be booked; all must answer
// alike.
type way struct {
	name string
	post func(b *books) func(...ledger.Command) []ledger.Result
}

var ways = []way{
	{"post", func(b *books) func(...ledger.Command) []ledger.Result { return b.post }},
	{"poster", func(b *books) func(...ledger.Command) []ledger.Result { return byPoster(b, 0) }},
	{"one by one", func(b *books) func(...ledger.Command) []ledger.Result { return byPoster(b, 1) }},
}

func byPoster(b *books, group int) func(...ledger.Command) []ledger.Result {
	p := b.poster(group)
	return func(commands ...ledger.Command) []ledger.Result {
		results, err := p.DoMany(b.Context(), commands)
		if err != nil {
			b.Fatal(err)
		}
		return results
	}
}

// eachWay runs a test on each engine in each way, on the same books.
func eachWay(t *testing.T, test func(b *books, post func(...ledger.Command) []ledger.Result)) {
	t.Helper()
	eachBooks(t, func(b *books) {
		for _, w := range ways {
			b.Run(w.name, func(t *testing.T) {
				inner := *b
				inner.T = t
				test(&inner, w.post(&inner))
			})
		}
	})
}

// scene is what the tables of refusals act on.
type scene struct {
	b                            *books
	rich, poor, frozen, closed   ledger.AccountID
	full, dollars, bank, unknown ledger.AccountID
	receivable                   ledger.AccountID
	openHold, usedHold, voidHold ledger.Cause // of rich, 100 each
	laterHold                    ledger.Cause // 100, expires tomorrow
	booked                       ledger.Command
}

func newScene(b *books) *scene {
	s := &scene{
		b: b, rich: b.wallet(100_000), poor: b.wallet(100), frozen: b.wallet(1000),
		closed: b.wallet(0), full: b.wallet(math.MaxInt64), bank: b.bank,
		unknown: ledger.AccountID(b.next()),
	}
	s.dollars = b.open(ledger.Wallet, "USD", b.owner())
	s.receivable = b.open(ledger.Receivable, "EUR", b.owner())
	s.openHold, s.usedHold = s.hold(100), s.hold(100)
	s.voidHold, s.laterHold = s.hold(100), s.hold(100)
	s.booked = s.move(s.rich, s.poor, 50)
	b.must(s.booked, s.postHold(s.usedHold, s.poor, 100),
		ledger.Command{Op: ledger.OpVoidHold, Of: s.voidHold})
	b.setState(s.frozen, ledger.Frozen)
	b.setState(s.closed, ledger.Closed)
	return s
}

// hold holds money of rich until tomorrow.
func (s *scene) hold(minor int64) ledger.Cause {
	c := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: s.rich, Amount: eur(minor),
		Expires: morning.Add(24 * time.Hour)}
	s.b.must(c)
	return c.Cause
}

func (s *scene) cause() ledger.Cause { return ledger.Cause{Type: "test", ID: s.b.next()} }

func (s *scene) move(debit, credit ledger.AccountID, minor int64) ledger.Command {
	return ledger.Command{Cause: s.cause(), Debit: debit, Credit: credit, Amount: eur(minor)}
}

func (s *scene) postHold(of ledger.Cause, credit ledger.AccountID, minor int64) ledger.Command {
	return ledger.Command{Op: ledger.OpPostHold, Cause: s.cause(), Of: of, Credit: credit,
		Amount: eur(minor)}
}

// refused lists every refusal with a command that meets it.
func (s *scene) refused() map[string]ledger.Command {
	with := func(c ledger.Command, change func(*ledger.Command)) ledger.Command {
		change(&c)
		return c
	}
	ok := s.move(s.rich, s.poor, 1)
	void := ledger.Command{Op: ledger.OpVoidHold, Of: s.openHold}
	hold := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: s.rich, Amount: eur(1)}
	openedAs := ledger.Command{Op: ledger.OpHold, Cause: s.openHold, Debit: s.rich,
		Amount: eur(100)}
	return map[string]ledger.Command{
		"ledger.amount zero":     s.move(s.rich, s.poor, 0),
		"ledger.amount negative": s.move(s.rich, s.poor, -1),
		"ledger.amount smallest": s.move(s.rich, s.poor, math.MinInt64),
		"ledger.amount of hold":  with(hold, func(c *ledger.Command) { c.Amount = eur(0) }),
		"ledger.amount of part":  s.postHold(s.openHold, s.poor, -5),
		"ledger.cause no id":     with(ok, func(c *ledger.Command) { c.Cause.ID = 0 }),
		"ledger.cause below":     with(ok, func(c *ledger.Command) { c.Cause.ID = -1 }),
		"ledger.cause no type":   with(ok, func(c *ledger.Command) { c.Cause.Type = "" }),
		"ledger.cause long type": with(ok, func(c *ledger.Command) {
			c.Cause.Type = strings.Repeat("x", 33)
		}),
		"ledger.cause leg":     with(ok, func(c *ledger.Command) { c.Leg = -1 }),
		"ledger.cause of void": with(void, func(c *ledger.Command) { c.Of = ledger.Cause{} }),
		"ledger.currency amount": with(ok, func(c *ledger.Command) {
			c.Amount = money.New(1, "USD")
		}),
		"ledger.currency none": with(ok, func(c *ledger.Command) {
			c.Amount = money.New(1, "")
		}),
		"ledger.currency credit": s.move(s.rich, s.dollars, 1),
		"ledger.currency debit":  s.move(s.dollars, s.rich, 1),
		"ledger.currency of hold": with(hold, func(c *ledger.Command) {
			c.Amount = money.New(1, "USD")
		}),
		"ledger.currency of part": with(s.postHold(s.openHold, s.poor, 1),
			func(c *ledger.Command) { c.Amount = money.New(1, "USD") }),
		"ledger.same_account":             s.move(s.rich, s.rich, 1),
		"ledger.same_account of hold":     s.postHold(s.openHold, s.rich, 1),
		"ledger.no_account debit":         s.move(s.unknown, s.rich, 1),
		"ledger.no_account credit":        s.move(s.rich, s.unknown, 1),
		"ledger.no_account zero":          s.move(s.rich, 0, 1),
		"ledger.no_account of hold":       with(hold, func(c *ledger.Command) { c.Debit = 7 }),
		"ledger.account_frozen debit":     s.move(s.frozen, s.rich, 1),
		"ledger.account_frozen credit":    s.move(s.rich, s.frozen, 1),
		"ledger.account_frozen of hold":   with(hold, func(c *ledger.Command) { c.Debit = s.frozen }),
		"ledger.account_frozen of part":   s.postHold(s.openHold, s.frozen, 1),
		"ledger.account_closed debit":     s.move(s.closed, s.rich, 1),
		"ledger.account_closed credit":    s.move(s.rich, s.closed, 1),
		"ledger.insufficient":             s.move(s.poor, s.rich, 1000),
		"ledger.insufficient held":        s.move(s.rich, s.poor, 99_800),
		"ledger.insufficient largest":     s.move(s.poor, s.rich, math.MaxInt64),
		"ledger.insufficient of hold":     with(hold, func(c *ledger.Command) { c.Amount = eur(99_800) }),
		"ledger.insufficient receivable":  s.move(s.rich, s.receivable, 1),
		"money.overflow":                  s.move(s.rich, s.full, 1),
		"money.overflow from platform":    s.move(s.bank, s.full, math.MaxInt64),
		"money.overflow of part":          s.postHold(s.openHold, s.full, 1),
		"ledger.cause_taken amount":       with(s.booked, func(c *ledger.Command) { c.Amount = eur(51) }),
		"ledger.cause_taken debit":        with(s.booked, func(c *ledger.Command) { c.Debit = s.bank }),
		"ledger.cause_taken credit":       with(s.booked, func(c *ledger.Command) { c.Credit = s.bank }),
		"ledger.cause_taken by a frozen":  with(s.booked, func(c *ledger.Command) { c.Debit = s.frozen }),
		"ledger.cause_taken by a poor":    with(s.booked, func(c *ledger.Command) { c.Amount = eur(1e15) }),
		"ledger.cause_taken reversal":     with(s.booked, func(c *ledger.Command) { c.Op = ledger.OpReverse }),
		"ledger.cause_taken hold amount":  with(openedAs, func(c *ledger.Command) { c.Amount = eur(99) }),
		"ledger.cause_taken hold account": with(openedAs, func(c *ledger.Command) { c.Debit = s.poor }),
		"ledger.no_hold post":             s.postHold(s.cause(), s.poor, 1),
		"ledger.no_hold void":             with(void, func(c *ledger.Command) { c.Of = s.cause() }),
		"ledger.no_hold type": with(void, func(c *ledger.Command) {
			c.Of.Type = "other"
		}),
		"ledger.no_hold expire":          {Op: ledger.OpExpireHold, Of: s.cause()},
		"ledger.hold_closed posted":      s.postHold(s.usedHold, s.poor, 1),
		"ledger.hold_closed voided":      s.postHold(s.voidHold, s.poor, 1),
		"ledger.hold_closed void posted": with(void, func(c *ledger.Command) { c.Of = s.usedHold }),
		"ledger.hold_closed expire void": {Op: ledger.OpExpireHold, Of: s.voidHold},
		"ledger.hold_amount":             s.postHold(s.openHold, s.poor, 101),
		"ledger.hold_kind platform":      with(hold, func(c *ledger.Command) { c.Debit = s.bank }),
		"ledger.hold_kind receivable":    with(hold, func(c *ledger.Command) { c.Debit = s.receivable }),
		"ledger.not_expired":             {Op: ledger.OpExpireHold, Of: s.laterHold},
	}
}

func TestEveryRefusalWritesNothing(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		s := newScene(b)
		before := b.everything()
		for name, c := range s.refused() {
			code, _, _ := strings.Cut(name, " ")
			if got := codes(post(c)); got[0] != code {
				b.Errorf("%s: got %q", name, got[0])
			}
		}
		if after := b.everything(); after != before {
			b.Errorf("refusals have written:\n%s\nwas\n%s", after, before)
		}
	})
}

// A refusal anywhere in a linked set takes the whole set with it, whatever the
// set did before; what stands before and after the set is booked.
func TestLinkedSets(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		s := newScene(b)
		refused, spare := s.refused(), s.hold(100)
		before := b.everything()
		for at := range 5 {
			for name, guilty := range refused {
				set := []ledger.Command{
					s.move(s.rich, s.poor, 10),
					{Op: ledger.OpHold, Cause: s.cause(), Debit: s.poor, Amount: eur(5)},
					s.postHold(s.openHold, s.poor, 40),
					{Op: ledger.OpVoidHold, Of: spare},
				}
				got := codes(post(linked(slices.Insert(set, at, guilty))...))
				want := slices.Repeat([]string{"ledger.linked"}, 5)
				want[at], _, _ = strings.Cut(name, " ")
				if !slices.Equal(got, want) {
					b.Fatalf("%s at %d: %v", name, at, got)
				}
			}
		}
		if after := b.everything(); after != before {
			b.Errorf("refused sets have written:\n%s\nwas\n%s", after, before)
		}
	})
}

func TestLinkedSetsBesideOthers(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		from, to := b.wallet(100), b.wallet(0)
		s := &scene{b: b}
		good := linked([]ledger.Command{s.move(from, to, 30), s.move(to, from, 5)})
		bad := linked([]ledger.Command{
			s.move(from, to, 70), s.move(to, from, 1), s.move(from, to, 80),
		})
		got := codes(post(slices.Concat(good, bad,
			[]ledger.Command{s.move(from, to, 75)}, // all that the bad set has given back
			linked([]ledger.Command{s.move(to, from, 1), s.move(from, to, 1)}))...))
		want := []string{"", "", "ledger.linked", "ledger.linked", "ledger.insufficient", "", "", ""}
		if !slices.Equal(got, want) {
			b.Errorf("got %q, want %q", got, want)
		}
		b.mustHave(from, 0, 0)
		b.mustHave(to, 100, 0)
	})
}

func TestOpenLinkedSetIsRefused(t *testing.T) {
	eachBooks(t, func(b *books) {
		c := (&scene{b: b}).move(b.bank, b.wallet(0), 1)
		c.Linked = true
		err := b.failing(func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.Post(ctx, tx, b.ids, []ledger.Command{c})
			return err
		})
		_, byPoster := b.poster(0).Do(b.Context(), c)
		for _, err := range []error{err, byPoster} {
			if got := codes([]ledger.Result{{Err: err}}); got[0] != "ledger.open_set" {
				b.Errorf("got %v", err)
			}
		}
	})
}

func linked(set []ledger.Command) []ledger.Command {
	for i := range set {
		set[i].Linked = i < len(set)-1
	}
	return set
}

// What was booked once is answered again with the same transfer, whatever has
// become of the accounts since.
func TestReplays(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		wallet, other := b.wallet(1000), b.wallet(0)
		s := &scene{b: b, rich: wallet}
		kept := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: wallet, Amount: eur(100)}
		gone := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: wallet, Amount: eur(50),
			Expires: morning}
		commands := slices.Concat([]ledger.Command{
			s.move(wallet, other, 200),
			kept, gone,
			s.postHold(kept.Cause, other, 60),
			s.postHold(kept.Cause, other, 40),
			{Op: ledger.OpExpireHold, Of: gone.Cause},
		}, linked([]ledger.Command{s.move(wallet, other, 300), s.move(wallet, other, 400)}))
		first := post(commands...)
		if got := codes(first); slices.ContainsFunc(got, func(c string) bool { return c != "" }) {
			b.Fatalf("first time: %v", got)
		}
		again := func(when string) {
			before := b.everything()
			for i, c := range commands {
				c.Linked = false
				mustReplay(b, when, post(c)[0], first[i])
			}
			for i, r := range post(commands...) {
				mustReplay(b, when+", together", r, first[i])
			}
			if b.everything() != before {
				b.Errorf("%s: a replay has written", when)
			}
		}
		again("empty") // nothing is left to pay it from once more
		b.setState(other, ledger.Frozen)
		again("frozen")
		b.setState(wallet, ledger.Closed)
		again("closed")
	})
}

func mustReplay(b *books, when string, got, first ledger.Result) {
	b.Helper()
	if got.Err != nil || !got.Replayed || got.Transfer != first.Transfer {
		b.Errorf("%s: got %+v after %+v", when, got, first)
	}
}

func TestTwinsInOneGroup(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		from, to := b.wallet(100), b.wallet(0)
		s := &scene{b: b}
		pay := s.move(from, to, 60)
		other := pay
		other.Amount = eur(61)
		hold := ledger.Command{Op: ledger.OpHold, Cause: s.cause(), Debit: from, Amount: eur(30)}
		got := post(pay, pay, other, hold, hold)
		want := []string{"", "replayed", "ledger.cause_taken", "", "replayed"}
		if !slices.Equal(codes(got), want) || got[0].Transfer != got[1].Transfer {
			b.Errorf("got %v, want %v", got, want)
		}
		b.mustHave(from, 40, 30)
	})
}

// The same cause under another leg is another transfer.
func TestLegs(t *testing.T) {
	eachWay(t, func(b *books, post func(...ledger.Command) []ledger.Result) {
		from, to := b.wallet(100), b.wallet(0)
		one := (&scene{b: b}).move(from, to, 10)
		two := one
		two.Leg = 1
		if got := codes(post(one, two, one)); fmt.Sprint(got) != "[  replayed]" {
			b.Errorf("got %q", got)
		}
		b.mustHave(to, 20, 0)
	})
}
