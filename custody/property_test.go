package custody_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/internal/db"
	"openlend/money"
)

// word is one thing that is heard of a payout: an answer, the outcome of a
// query, or a line of the statement.
type word struct {
	name string
	say  func(ctx context.Context, tx *db.Tx, b *till) error
}

// story is what the bank has done with one order, and all that may be heard of it.
type story struct {
	final    custody.PayoutState // where it must end
	returned bool                // the money is in the wallet again
	words    []word
}

// stories are the four things that a bank can do with an order. The two lines are
// those of its statement, if it comes so far.
func stories(p custody.Payout, debit, back int64) []story {
	result := func(o custody.Outcome, line, returnLine int64) word {
		return word{string(o), func(ctx context.Context, tx *db.Tx, b *till) error {
			r := custody.Result{Outcome: o, Amount: p.Amount, Line: line, ReturnLine: returnLine}
			if o == custody.OutcomeUnknown {
				r.Amount = money.Amount{}
			}
			return custody.ApplyBankResult(ctx, tx, b.ids, p.RequestNo, r)
		}}
	}
	line := func(l custody.Line) word {
		l.Amount, l.RequestNo, l.BookedAt = p.Amount, p.RequestNo, morning
		return word{"line " + string(l.Kind), func(ctx context.Context, tx *db.Tx, b *till) error {
			return custody.ApplyLine(ctx, tx, b.ids, b.vault, l)
		}}
	}
	unknown, pending := result("unknown", 0, 0), result("pending", 0, 0)
	paid, came := result("settled", debit, 0), result("returned", debit, back)
	debited := line(custody.Line{No: debit, Kind: custody.LineDebit})
	credited := line(custody.Line{No: back, Kind: custody.LineReturn, Of: debit})
	return []story{
		{"settled", false, []word{unknown, pending, paid, debited}},
		{"settled", false, []word{debited}},
		{"rejected", true, []word{unknown, pending, result("rejected", 0, 0)}},
		{"returned", true, []word{unknown, pending, paid, debited, came, credited}},
		{"returned", true, []word{credited}},
	}
}

// Whatever is heard of a payout, in whatever order and however often: if it is
// all that the bank has to say, it ends in one state with one set of transfers.
func TestAnyOrderOfWords(t *testing.T) {
	t.Parallel()
	eachWith(t, banksim.Options{SettleAfter: -1}, func(b *till) {
		o := b.rich(1_000_000_000)
		wallet, line := int64(1_000_000_000), int64(1_000_000)
		rapid.Check(b.T, func(t *rapid.T) {
			b := b.under(t)
			p := b.withdraw(o, 1_000)
			early := rapid.Bool().Draw(t, "early") // the books are behind the bank
			if !early {
				b.run()
				b.mustBe(p.ID, custody.PayoutSent)
			}
			line += 2
			told := rapid.SampledFrom(stories(p, line-1, line)).Draw(t, "story")
			words := slices.Clone(told.words)
			for range rapid.IntRange(0, 4).Draw(t, "repeated") {
				words = append(words, rapid.SampledFrom(told.words).Draw(t, "word"))
			}
			words = rapid.Permutation(words).Draw(t, "order")
			for _, w := range words {
				do(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					return struct{}{}, w.say(ctx, tx, b)
				})
			}
			if !told.returned {
				wallet -= 1_000
			}
			got := b.payout(p.ID)
			now := b.wallet(o.ID)
			if got.State != told.final || now.Posted != wallet || now.Held != 0 {
				t.Fatalf("%s instead of %s, the wallet has %d (%d held) instead of %d; heard %s",
					got.State, told.final, now.Posted, now.Held, wallet, said(words))
			}
			b.run() // the saga hears of it, and asks nobody
		})
		for _, kind := range b.breaks() {
			if kind != custody.BreakEarly {
				b.Errorf("a break: %s", kind)
			}
		}
		if bad := b.broken(); len(bad) > 0 && fmt.Sprint(bad) != "[I10]" { // these lines are made up
			b.Errorf("invariants do not hold: %v", bad)
		}
	})
}

func said(words []word) (names []string) {
	for _, w := range words {
		names = append(names, w.name)
	}
	return names
}

// under is the same till within a property: what fails, fails there.
func (b *till) under(t *rapid.T) *till {
	inner := *b
	inner.fatal = t
	return &inner
}

// Lines of the statement in any order and any number of times, by one reader or
// several: each is credited once, to its owner or into suspense.
func TestAnyOrderOfLines(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.anna()
		no, own, lost := int64(0), int64(0), int64(0)
		rapid.Check(b.T, func(t *rapid.T) {
			b := b.under(t)
			var lines []custody.Line
			for range rapid.IntRange(1, 5).Draw(t, "lines") {
				no++
				l := custody.Line{No: no, Kind: custody.LineCredit, BookedAt: morning,
					Amount:    eur(rapid.Int64Range(1, 1_000).Draw(t, "amount")),
					Reference: o.ID.String(), Payer: custody.Party{Name: o.name}}
				switch rapid.IntRange(0, 3).Draw(t, "doubt") {
				case 0:
					l.Reference = "thanks"
				case 1:
					l.Payer.Name = "A. Nother"
				}
				if l.Reference == "thanks" || l.Payer.Name != o.name {
					lost += l.Amount.Minor()
				} else {
					own += l.Amount.Minor()
				}
				lines = append(lines, l, l)
			}
			for _, l := range rapid.Permutation(lines).Draw(t, "order") {
				do(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					return struct{}{}, custody.ApplyLine(ctx, tx, b.ids, b.vault, l)
				})
			}
			if got := b.wallet(o.ID).Posted; got != own {
				t.Fatalf("the wallet has %d, not %d", got, own)
			}
		})
		if got := b.suspended(); got != lost {
			b.Errorf("suspense has %d, not %d", got, lost)
		}
		if bad := b.broken(); len(bad) > 0 {
			b.Errorf("invariants do not hold: %v", bad)
		}
	})
}

// suspended sums what lies in suspense, page by page.
func (b *till) suspended() (sum int64) {
	b.Helper()
	for after := custody.DepositID(0); ; {
		page := read(b, func(ctx context.Context, tx *db.Tx) ([]custody.Deposit, error) {
			return custody.ListDeposits(ctx, tx, auditor, custody.DepositQuery{
				State: custody.DepositSuspense, After: after, Limit: 200})
		})
		for _, d := range page {
			sum += d.Amount.Minor()
			after = d.ID
		}
		if len(page) < 200 {
			return sum
		}
	}
}
