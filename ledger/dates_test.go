package ledger_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/refusal"
)

func (b *books) dates() ledger.Dates {
	b.Helper()
	return read(b, ledger.ReadDates)
}

// tryOpen and trySeal return what is refused.
func (b *books) tryOpen(closing calendar.Date) error {
	_, err := db.Write(b.Context(), b.db,
		func(ctx context.Context, tx *db.Tx) (calendar.Date, error) {
			return ledger.OpenNextDate(ctx, tx, closing)
		})
	return err
}

func (b *books) trySeal(date calendar.Date) error {
	return ledger.SealDate(b.Context(), b.db, date)
}

func TestDatesGoInOrder(t *testing.T) {
	eachBooks(t, func(b *books) {
		day := func(n int) calendar.Date { return firstDay.Days(n) }
		b.must(ledger.PostDeposit(b.next(), b.bank, b.wallet(0), eur(5))...)
		for i, step := range []struct {
			do         func(calendar.Date) error
			date       int
			want       string
			open, last int // then open and sealed through
		}{
			{b.tryOpen, 1, "ledger.date", 0, -1},
			{b.tryOpen, -1, "", 0, -1}, // as if it had been done before
			{b.tryOpen, -2, "ledger.date", 0, -1},
			{b.trySeal, 0, "ledger.date", 0, -1}, // still open
			{b.trySeal, 1, "ledger.date", 0, -1},
			{b.trySeal, -1, "", 0, -1}, // nothing before the first day is ever open
			{b.tryOpen, 0, "", 1, -1},
			{b.tryOpen, 0, "", 1, -1}, // again
			{b.tryOpen, 1, "", 2, -1},
			{b.tryOpen, 0, "ledger.date", 2, -1},
			{b.trySeal, 1, "ledger.date", 2, -1}, // day 0 comes first
			{b.trySeal, 0, "", 2, 0},
			{b.trySeal, 0, "", 2, 0},
			{b.trySeal, 2, "ledger.date", 2, 0},
			{b.trySeal, 1, "", 2, 1}, // a day without a transfer
		} {
			err := step.do(day(step.date))
			now := b.dates()
			if refusal.Code(err) != step.want ||
				now.BusinessOn != day(step.open) || now.SealedThrough != day(step.last) {
				b.Errorf("step %d: %v, open %s, sealed %s", i, err, now.BusinessOn, now.SealedThrough)
			}
		}
	})
}

func TestLedgerThatWasNotStarted(t *testing.T) {
	eachBooks(t, func(b *books) {
		write(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return tx.Exec(ctx, `DELETE FROM ledger_clock`)
		})
		_, err := db.Write(b.Context(), b.db,
			func(ctx context.Context, tx *db.Tx) ([]ledger.Result, error) {
				return ledger.Post(ctx, tx, b.ids, ledger.PostDeposit(1, b.bank, b.fees, eur(1)))
			})
		_, byPoster := b.poster(0).Do(b.Context(), ledger.PostDeposit(1, b.bank, b.fees, eur(1))[0])
		for _, err := range []error{err, byPoster, b.tryOpen(firstDay), b.trySeal(firstDay)} {
			if refusal.Code(err) != "ledger.not_ready" {
				b.Errorf("got %v", err)
			}
		}
	})
}

// A history of days, booked by two processes whose clocks, and so the ids of
// whose transfers, are an hour apart.
type history struct {
	*books

	posters  [2]*ledger.Poster
	accounts []ledger.AccountID // wallets, bank, fees
	sums     map[ledger.AccountID]int64
	onDay    []map[ledger.AccountID]int64 // balances at the end of each day
	moves    []move
}

// move is a transfer as the test remembers it.
type move struct {
	id            ledger.TransferID
	debit, credit ledger.AccountID
	minor         int64
	day           int
}

func newHistory(b *books) *history {
	h := &history{books: b, sums: map[ledger.AccountID]int64{}}
	ahead := id.NewSeeded(morning.Add(time.Hour))
	h.posters[0] = b.poster(0)
	h.posters[1] = ledger.NewPoster(b.db, ahead, 0)
	b.Cleanup(h.posters[1].Close)
	h.accounts = []ledger.AccountID{b.wallet(0), b.wallet(0), b.wallet(0), b.bank, b.fees}
	return h
}

// move books a transfer by one of the posters.
func (h *history) move(by, debit, credit int, minor int64) {
	h.Helper()
	m := move{debit: h.accounts[debit], credit: h.accounts[credit], minor: minor, day: len(h.onDay)}
	r, err := h.posters[by].Do(h.Context(), ledger.Command{
		Cause: ledger.Cause{Type: "test", ID: h.next()},
		Debit: m.debit, Credit: m.credit, Amount: eur(minor),
	})
	if err != nil || r.Err != nil {
		h.Fatal(err, r.Err)
	}
	m.id = r.Transfer
	h.moves = append(h.moves, m)
	h.sums[m.debit] -= minor
	h.sums[m.credit] += minor
}

// closeDay remembers the balances by the normal side of the accounts.
func (h *history) closeDay() {
	h.Helper()
	h.nextDate()
	sums := maps.Clone(h.sums)
	sums[h.bank] = -sums[h.bank]
	h.onDay = append(h.onDay, sums)
}

// play is five days, one of them without a transfer.
func (h *history) play() {
	h.Helper()
	for day := range 5 {
		if day == 2 {
			h.closeDay()
			continue
		}
		h.move(day%2, 3, 0, 1000)
		for i := range 8 {
			by := (i / 2) % 2
			h.move(by, 0, 1, int64(20+i))
			h.move(1-by, 1, 2, int64(10+i))
			h.move(by, 2, 0, int64(1+i))
		}
		h.move(1, 1, 4, 9)
		if day == 3 {
			h.move(0, 2, 3, 11)
		}
		h.closeDay()
	}
}

func (h *history) balancesOn(on calendar.Date) map[ledger.AccountID]int64 {
	h.Helper()
	return read(h.books, func(ctx context.Context, tx *db.Tx) (map[ledger.AccountID]int64, error) {
		got, err := ledger.BalancesOn(ctx, tx, on, h.accounts...)
		found := map[ledger.AccountID]int64{}
		for i, a := range got {
			if a.Minor() != 0 {
				found[h.accounts[i]] = a.Minor()
			}
		}
		return found, err
	})
}

// The balances of every day are the same before and after any of the days is
// sealed, and they are those that the test has counted itself.
func TestBalancesOnAnyDate(t *testing.T) {
	eachBooks(t, func(b *books) {
		h := newHistory(b)
		h.play()
		h.move(0, 3, 1, 77) // on the day that stays open
		check := func(when string) {
			b.Helper()
			for day, want := range h.onDay {
				if got := h.balancesOn(firstDay.Days(day)); !maps.Equal(got, want) {
					b.Errorf("%s, end of day %d: %v, want %v", when, day, got, want)
				}
			}
			if got := h.balancesOn(firstDay.Days(-1)); len(got) != 0 {
				b.Errorf("%s, before the first day: %v", when, got)
			}
		}
		check("nothing sealed")
		for day := range h.onDay {
			h.sealDate(firstDay.Days(day))
			check(fmt.Sprint("sealed through ", day))
		}
		open := firstDay.Days(len(h.onDay))
		now := read(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
			got, err := ledger.Balances(ctx, tx, h.accounts[1], b.bank)
			if err != nil {
				return 0, err
			}
			if got[0].Minor() != h.sums[h.accounts[1]] {
				b.Errorf("now: %v", got)
			}
			return got[1].Minor(), nil
		})
		if now != -h.sums[b.bank] || h.balancesOn(open)[b.bank] != now {
			b.Errorf("the bank now: %d, want %d", now, -h.sums[b.bank])
		}
		err := b.failing(func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.BalancesOn(ctx, tx, open.Days(1), b.bank)
			return err
		})
		if refusal.Code(err) != "ledger.date" {
			b.Errorf("a date to come: %v", err)
		}
		mustBeSound(b)
	})
}

// Ids that do not grow along an account's chain: the test is about that.
func TestHistoryHasIDsOutOfOrder(t *testing.T) {
	eachBooks(t, func(b *books) {
		h := newHistory(b)
		h.move(1, 3, 0, 10)
		h.move(0, 3, 0, 10)
		if h.moves[0].id < h.moves[1].id {
			b.Fatal("the ids are in order")
		}
		h.closeDay()
		h.sealDate(firstDay)
		last := read(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return db.Value[int64](ctx, tx, `SELECT last_transfer_id FROM ledger_rollup
				WHERE account_id = $1`, int64(h.accounts[0]))
		})
		if last != int64(h.moves[1].id) {
			b.Errorf("the last transfer is %d, want %d", last, h.moves[1].id)
		}
	})
}

// mustBeSound runs the invariants that posting keeps.
func mustBeSound(b *books) {
	b.Helper()
	err := ledger.Verify(b.Context(), b.db, ledger.VerifyOptions{},
		func(r ledger.Report) error {
			if r.Bad > 0 && r.ID != "I28" && r.ID != "I29" { // nobody relays or seals here
				b.Errorf("%s %s: %v", r.ID, r.Says, r.Rows)
			}
			return nil
		})
	if err != nil {
		b.Error(err)
	}
}

// rollups is the content of the table.
func (b *books) rollups() string {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) (string, error) {
		all := ""
		return all, db.Each(ctx, tx, func(s db.Scanner) error {
			var account, debits, credits, balance, last int64
			var on string
			err := s.Scan(&account, &on, &debits, &credits, &balance, &last)
			all += fmt.Sprintln(account, on, debits, credits, balance, last)
			return err
		}, `SELECT account_id, business_on, debits, credits, balance, last_transfer_id
			FROM ledger_rollup ORDER BY account_id, business_on`)
	})
}

// A seal that was killed half way is finished by whoever runs it again, and
// until then nobody believes what it has left.
func TestSealingIsResumed(t *testing.T) {
	eachBooks(t, func(b *books) {
		h := newHistory(b)
		h.play()
		for day := range h.onDay {
			date := firstDay.Days(day)
			if err := ledger.SealPart(b.Context(), b.db, date, 2+day%2); err != nil {
				b.Fatal(err)
			}
			if b.dates().SealedThrough != date.Days(-1) {
				b.Fatal("half a seal has moved the date")
			}
			if got := h.balancesOn(date); !maps.Equal(got, h.onDay[day]) {
				b.Errorf("half sealed day %d: %v", day, got)
			}
			errs := make(chan error, 2)
			for range 2 { // two processes at once
				go func() { errs <- ledger.SealDate(b.Context(), b.db, date) }()
			}
			if err := <-errs; err != nil {
				b.Error(err)
			}
			if err := <-errs; err != nil {
				b.Error(err)
			}
		}
		resumed := b.rollups()
		for day, want := range h.onDay {
			if got := h.balancesOn(firstDay.Days(day)); !maps.Equal(got, want) {
				b.Errorf("day %d: %v, want %v", day, got, want)
			}
		}
		b.sealDate(firstDay) // does nothing
		if b.rollups() != resumed {
			b.Error("sealing again has changed the roll-ups")
		}
		mustBeSound(b)
	})
}

// The size of a page does not show in the sums, also where ids of another date
// lie between those of the day.
func TestSumDayByPages(t *testing.T) {
	eachBooks(t, func(b *books) {
		h := newHistory(b)
		h.play()
		for day := range h.onDay {
			date := firstDay.Days(day)
			whole, err := ledger.SumDay(b.Context(), b.db, date, 1000)
			if err != nil {
				b.Fatal(err)
			}
			if (len(whole) == 0) != (day == 2) {
				b.Errorf("day %d: %d accounts", day, len(whole))
			}
			for _, size := range []int64{1, 2, 7} {
				got, err := ledger.SumDay(b.Context(), b.db, date, size)
				if err != nil || !maps.Equal(got, whole) {
					b.Errorf("day %d by %d: %v, %v, want %v", day, size, got, err, whole)
				}
			}
		}
	})
}

// Whatever is posted while dates are closed and sealed carries a date that is
// open then: a sealed date never changes.
func TestPostingBesideClosing(t *testing.T) {
	eachBooks(t, func(b *books) {
		from, to := b.wallet(1_000_000), b.wallet(0)
		stop, done := make(chan struct{}), make(chan int)
		bookers := b.bookers()["everybody"]
		for _, book := range bookers {
			go func() { done <- b.postUntil(stop, book, from, to) }()
		}
		var sealed []string
		for day := range 6 {
			date := firstDay.Days(day)
			if err := b.tryOpen(date); err != nil {
				b.Error(err)
			}
			b.sealDate(date)
			sealed = append(sealed, b.turnover(date))
		}
		close(stop)
		posted := 0
		for range bookers {
			posted += <-done
		}
		b.mustHave(to, int64(posted), 0)
		for day, want := range sealed {
			if got := b.turnover(firstDay.Days(day)); got != want {
				b.Errorf("day %d: %s after it was sealed, %s then", day, got, want)
			}
		}
		mustBeSound(b)
	})
}

// postUntil moves one cent after the other until stop, and counts them.
func (b *books) postUntil(
	stop chan struct{}, book booker, from, to ledger.AccountID,
) (posted int) {
	for {
		select {
		case <-stop:
			return posted
		default:
		}
		r, err := book((&scene{b: b}).move(from, to, 1))
		if err != nil || r.Err != nil {
			b.Error(err, r.Err)
			return posted
		}
		posted++
	}
}

// turnover counts and sums the transfers of a date.
func (b *books) turnover(on calendar.Date) string {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) (string, error) {
		return db.Value[string](ctx, tx, `SELECT CAST(COUNT(*) AS TEXT) || ' of '
			|| CAST(COALESCE(SUM(amount), 0) AS TEXT) FROM ledger_transfer
			WHERE business_on = $1`, on.String())
	})
}
