package ledger_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/refusal"
)

// statement reads a whole statement, page by page; between, when not nil, is
// called after each page.
func (b *books) statement(q ledger.StatementQuery, between func()) []ledger.StatementRow {
	b.Helper()
	var all []ledger.StatementRow
	for range 1000 {
		page := read(b, func(ctx context.Context, tx *db.Tx) (ledger.StatementPage, error) {
			return ledger.Statement(ctx, tx, q)
		})
		if q.Limit > 0 && len(page.Rows) > q.Limit {
			b.Fatalf("%d rows on a page of %d", len(page.Rows), q.Limit)
		}
		all = append(all, page.Rows...)
		if page.Next == "" {
			return all
		}
		q.After = page.Next
		if between != nil {
			between()
		}
	}
	b.Fatal("the statement has no end")
	return nil
}

// expected is an account's statement as the test remembers it, in the order in
// which the moves are given.
func (h *history) expected(a ledger.AccountID, moves []move) []string {
	balance, side := int64(0), int64(1)
	if a == h.bank {
		side = -1 // it grows by debits
	}
	rows := make([]string, 0, len(moves))
	for _, m := range moves {
		amount, with := side*m.minor, m.debit
		switch a {
		case m.credit:
		case m.debit:
			amount, with = -amount, m.credit
		default:
			continue
		}
		balance += amount
		rows = append(rows, fmt.Sprint(m.id, with, amount, balance, firstDay.Days(m.day)))
	}
	return rows
}

func shown(rows []ledger.StatementRow) []string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = fmt.Sprint(r.Transfer, r.With, r.Amount.Minor(), r.Balance.Minor(), r.BusinessOn)
	}
	return lines
}

// on keeps the expected rows of some dates.
func on(rows []string, from, to calendar.Date) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
		date := row[len(row)-len("2006-01-02"):]
		return date < from.String() || date > to.String()
	})
}

// Statements in pages of any size and between any dates, with and without
// roll-ups, are the rows that the test has booked, in their order.
func TestStatementOfRunningBalance(t *testing.T) {
	eachBooks(t, func(b *books) {
		h := newHistory(b)
		h.play()
		h.move(0, 3, 0, 5)
		for _, sealed := range []int{0, 3} {
			for day := range sealed {
				h.sealDate(firstDay.Days(day))
			}
			for _, a := range h.accounts[:3] {
				whole := h.expected(a, h.moves)
				slices.Reverse(whole)
				for _, limit := range []int{1, 7, 0} {
					q := ledger.StatementQuery{Account: a, Limit: limit}
					if got := shown(b.statement(q, nil)); !slices.Equal(got, whole) {
						b.Fatalf("by %d:\n%q, want\n%q", limit, got, whole)
					}
				}
				h.checkDates(a, whole)
			}
		}
	})
}

// checkDates reads the statement between any two dates.
func (h *history) checkDates(a ledger.AccountID, whole []string) {
	h.Helper()
	for from := -1; from <= 6; from++ {
		for to := from - 1; to <= 7; to++ {
			q := ledger.StatementQuery{Account: a, Limit: 5,
				From: firstDay.Days(from), To: firstDay.Days(to)}
			got := shown(h.statement(q, nil))
			if want := on(whole, q.From, q.To); !slices.Equal(got, want) {
				h.Errorf("days %d to %d:\n%q, want\n%q", from, to, got, want)
			}
		}
	}
}

// What is booked between two pages does not show, move or change rows.
func TestStatementStandsStill(t *testing.T) {
	eachBooks(t, func(b *books) {
		h := newHistory(b)
		h.play()
		a := h.accounts[0]
		whole := h.expected(a, h.moves)
		slices.Reverse(whole)
		got := b.statement(ledger.StatementQuery{Account: a, Limit: 4}, func() {
			h.move(0, 3, 0, 5)
			h.move(1, 0, 1, 3)
		})
		if !slices.Equal(shown(got), whole) {
			b.Errorf("%q, want\n%q", shown(got), whole)
		}
	})
}

// sealLog makes every batch a leaf of the log.
func (b *books) sealLog(place ledger.Place) {
	b.Helper()
	if _, err := ledger.SealOnce(b.Context(), b.db, b.clock, "test", place, nil); err != nil {
		b.Fatal(err)
	}
}

// inLogOrder are the moves as the log has them.
func (h *history) inLogOrder() []move {
	h.Helper()
	var moves []move
	read(h.books, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, db.Each(ctx, tx, func(s db.Scanner) error {
			var first, count int64
			if err := s.Scan(&first, &count); err != nil {
				return err
			}
			for _, m := range h.moves {
				if int64(m.id) >= first && int64(m.id) < first+count {
					moves = append(moves, m)
				}
			}
			return nil
		}, `SELECT b.first_id, b.count FROM ledger_leaf l
			JOIN ledger_batch b ON b.first_id = l.batch_id ORDER BY l.leaf_no`)
	})
	return moves
}

func TestStatementOfPlatformAccount(t *testing.T) {
	eachBooks(t, func(b *books) {
		h := newHistory(b)
		place := ledger.PlaceIn(b.TempDir(), "")
		h.play()
		if got := b.statement(ledger.StatementQuery{Account: b.bank}, nil); len(got) != 0 {
			b.Errorf("shown before it is in the log: %q", shown(got))
		}
		b.sealLog(place)
		h.sealDate(firstDay)
		h.move(0, 3, 0, 50) // not in the log
		logged := h.inLogOrder()
		if len(logged) != len(h.moves)-1 {
			b.Fatalf("%d of %d are in the log", len(logged), len(h.moves))
		}
		for _, a := range h.accounts[3:] {
			whole := h.expected(a, logged)
			for _, limit := range []int{1, 3, 500} {
				q := ledger.StatementQuery{Account: a, Limit: limit}
				if got := shown(b.statement(q, nil)); !slices.Equal(got, whole) {
					b.Fatalf("by %d:\n%q, want\n%q", limit, got, whole)
				}
			}
			h.checkPlatformDates(a, logged)
		}
		whole := h.expected(b.bank, logged)
		got := b.statement(ledger.StatementQuery{Account: b.bank, Limit: 2}, func() {
			h.move(1, 3, 0, 60)
			b.sealLog(place)
		})
		if !slices.Equal(shown(got)[:len(whole)], whole) {
			b.Errorf("%q does not begin with\n%q", shown(got), whole)
		}
	})
}

// checkPlatformDates reads it between any two dates. The balance begins with
// what was there before the first of them.
func (h *history) checkPlatformDates(a ledger.AccountID, logged []move) {
	h.Helper()
	for from := -1; from <= 6; from++ {
		for to := from - 1; to <= 7; to++ {
			var before, asked []move
			for _, m := range logged {
				switch {
				case m.day < from:
					before = append(before, m)
				case m.day <= to:
					asked = append(asked, m)
				}
			}
			want := h.expected(a, slices.Concat(before, asked))[len(h.expected(a, before)):]
			got := shown(h.statement(ledger.StatementQuery{Account: a, Limit: 2,
				From: firstDay.Days(from), To: firstDay.Days(to)}, nil))
			if !slices.Equal(got, want) {
				h.Errorf("days %d to %d:\n%q, want\n%q", from, to, got, want)
			}
		}
	}
}

// A page looks through a bounded part of the log, but never through none.
func TestLeavesOfOnePage(t *testing.T) {
	for _, c := range []struct {
		counts []int64
		end    int64
		more   bool
	}{
		{nil, 0, false},
		{[]int64{4096}, 11, false},
		{[]int64{60_000}, 11, false},
		{[]int64{60_000, 1}, 11, true},
		{[]int64{30_000, 20_000}, 12, false},
		{[]int64{30_000, 20_000, 1}, 12, true},
		{slices.Repeat([]int64{1}, 999), 1009, false},
		{slices.Repeat([]int64{1}, 1000), 1010, true},
	} {
		leaves := ledger.Leaves(10, c.counts)
		if end, more := ledger.LeavesToRead(leaves); end != c.end || more != c.more {
			t.Errorf("%v: to %d, more %v; want %d, %v", c.counts, end, more, c.end, c.more)
		}
	}
}

// A cursor that was made up, or belongs to another account, shows nothing.
func TestForgedCursors(t *testing.T) {
	eachBooks(t, func(b *books) {
		mine, yours := b.wallet(500), b.wallet(500)
		b.must(ledger.PostFee(b.next(), yours, b.fees, eur(1))...)
		last := b.statement(ledger.StatementQuery{Account: yours, Limit: 1}, nil)[0].Transfer
		page := read(b, func(ctx context.Context, tx *db.Tx) (ledger.StatementPage, error) {
			return ledger.Statement(ctx, tx, ledger.StatementQuery{Account: yours, Limit: 1})
		})
		forge := func(format string, args ...any) string {
			return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, format, args...))
		}
		for _, after := range []string{
			"x", "!", page.Next, page.Next + "A",
			forge("%d.%d.0.0.0", mine, last), // a transfer of somebody else
			forge("%d.%d.0.0.0", mine, b.next()),
			forge("%d.-1.0.0.0", mine),
			forge("%d.%d.0.0", mine, last),
			forge("%d.%d.0.0.0 ", mine, last),
			forge("%d.0x10.0.0.0", mine),
		} {
			err := b.failing(func(ctx context.Context, tx *db.Tx) error {
				q := ledger.StatementQuery{Account: mine, After: after}
				page, err := ledger.Statement(ctx, tx, q)
				if len(page.Rows) > 0 {
					b.Errorf("%q shows %v", after, page.Rows)
				}
				return err
			})
			if refusal.Code(err) != "ledger.cursor" {
				b.Errorf("%q: %v", after, err)
			}
		}
	})
}
