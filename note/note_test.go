package note

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
	"openlend/refusal"
)

// register is a register of shares in an empty house.
type register struct {
	*testing.T

	db  *db.DB
	ids *id.Source
}

func eachRegister(t *testing.T, test func(r *register)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		test(&register{t, d, id.NewSeeded(time.Date(2025, 1, 10, 9, 0, 0, 0, time.UTC))})
	})
}

func must[R any](r *register, fn func(context.Context, *db.Tx) (R, error)) R {
	r.Helper()
	v, err := db.Write(r.Context(), r.db, fn)
	if err != nil {
		r.Fatal(err)
	}
	return v
}

func day(s string) calendar.Date { return calendar.MustParseDate(s) }

// issue issues notes of these faces to the holders from 11 on, with wallets from
// 21 on.
func (r *register) issue(of LoanID, faces ...int64) []Note {
	r.Helper()
	return must(r, func(ctx context.Context, tx *db.Tx) ([]Note, error) {
		shares := make([]NewNote, len(faces))
		for i, f := range faces {
			shares[i] = NewNote{Bid: int64(i + 1), Holder: customer.ID(11 + i),
				Wallet: ledger.AccountID(21 + i), Face: f}
		}
		return Issue(ctx, tx, r.ids, of, money.EUR, day("2025-01-10"), shares)
	})
}

func (r *register) sound() {
	r.Helper()
	must(r, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		for _, c := range Invariants() {
			err := db.Each(ctx, tx, func(s db.Scanner) error {
				var key, what string
				err := s.Scan(&key, &what)
				r.Errorf("%s: %s: %s", c.ID, key, what)
				return err
			}, c.Bad)
			if err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
}

func TestIssueOnce(t *testing.T) {
	eachRegister(t, func(r *register) {
		issued := r.issue(7, 500, 300, 200)
		read := must(r, func(ctx context.Context, tx *db.Tx) ([]Note, error) {
			return OfLoan(ctx, tx, 7)
		})
		if len(read) != 3 || !slices.Equal(read, issued) || read[1].Outstanding != 300 ||
			read[1].State != Active || read[1].Nr != 2 {
			r.Errorf("%+v", read)
		}
		for _, shares := range [][]NewNote{
			{{Bid: 9, Holder: 11, Wallet: 21, Face: 5}}, // again
			nil,
			{{Bid: 9, Holder: 11, Wallet: 21, Face: 0}},
			{{Bid: 9, Holder: 11, Face: 5}},
			{{Wallet: 21, Face: 1 << 62}, {Wallet: 21, Face: 1 << 62}},
		} {
			_, err := db.Write(r.Context(), r.db,
				func(ctx context.Context, tx *db.Tx) ([]Note, error) {
					return Issue(ctx, tx, r.ids, 7, money.EUR, day("2025-01-10"), shares)
				})
			if refusal.Code(err) == "" {
				r.Errorf("%+v: %v", shares, err)
			}
		}
		r.sound()
	})
}

// What a note was paid makes what is outstanding, and its state.
func TestPay(t *testing.T) {
	eachRegister(t, func(r *register) {
		notes := r.issue(7, 500, 300)
		pay := func(principal [2]int64, writtenOff bool) error {
			_, err := db.Write(r.Context(), r.db,
				func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					paid := []Paid{{Fee: 1}, {}}
					paid[0].Parts[loan.PrincipalPart] = principal[0]
					paid[0].Parts[loan.InterestPart] = 10
					paid[1].Parts[loan.PrincipalPart] = principal[1]
					return struct{}{}, Pay(ctx, tx, []*Note{&notes[0], &notes[1]}, paid,
						[]bool{writtenOff, writtenOff})
				})
			return err
		}
		for _, c := range []struct {
			principal   [2]int64
			writtenOff  bool
			outstanding [2]int64
			states      [2]State
		}{
			{[2]int64{100, 60}, false, [2]int64{400, 240}, [2]State{Active, Active}},
			{[2]int64{500, 300}, false, [2]int64{0, 0}, [2]State{Repaid, Repaid}},
			{[2]int64{400, 300}, false, [2]int64{100, 0}, [2]State{Active, Repaid}}, // it bounced
			{[2]int64{400, 200}, true, [2]int64{0, 0}, [2]State{WrittenOff, WrittenOff}},
			{[2]int64{450, 300}, true, [2]int64{0, 0}, [2]State{WrittenOff, Repaid}},
			{[2]int64{450, 200}, false, [2]int64{50, 100}, [2]State{Active, Active}},
		} {
			if err := pay(c.principal, c.writtenOff); err != nil {
				r.Fatal(err)
			}
			read := must(r, func(ctx context.Context, tx *db.Tx) ([]Note, error) {
				return OfLoan(ctx, tx, 7)
			})
			for i := range read {
				n := &read[i]
				if n.Outstanding != c.outstanding[i] || n.State != c.states[i] ||
					n.Paid[loan.PrincipalPart] != c.principal[i] {
					r.Errorf("%+v: %+v", c, n)
				}
			}
			r.sound()
		}
		for _, principal := range [][2]int64{{501, 0}, {-1, 0}} {
			if err := pay(principal, false); !errors.Is(err, ErrPaid) {
				r.Errorf("%v: %v", principal, err)
			}
		}
	})
}

// Who holds a note at the end of a date is the last whose time began by then; a
// note is its first holder's before it was issued.
func TestHoldersOn(t *testing.T) {
	eachRegister(t, func(r *register) {
		notes := r.issue(7, 500, 300)
		must(r, func(ctx context.Context, tx *db.Tx) (int64, error) { // as resale will do
			for _, sale := range [][3]any{{"2025-02-01", 31, 41}, {"2025-03-01", 32, 42}} {
				_, err := tx.Exec(ctx, `INSERT INTO note_holding
					(loan_id, note_id, from_on, holder_id, wallet_id) VALUES (7, $1, $2, $3, $4)`,
					int64(notes[0].ID), sale[0], sale[1], sale[2])
				if err != nil {
					return 0, err
				}
			}
			return tx.Exec(ctx, `UPDATE note SET holder_id = 32, wallet_id = 42,
				since_on = '2025-03-01' WHERE id = $1`, int64(notes[0].ID))
		})
		for on, want := range map[string]customer.ID{
			"2025-01-01": 11, "2025-01-10": 11, "2025-01-31": 11, "2025-02-01": 31,
			"2025-02-28": 31, "2025-03-01": 32, "2026-01-01": 32,
		} {
			held := must(r, func(ctx context.Context, tx *db.Tx) ([]Note, error) {
				return HoldersOn(ctx, tx, 7, day(on))
			})
			if held[0].Holder != want || held[0].Wallet != ledger.AccountID(want+10) ||
				held[1].Holder != 12 {
				r.Errorf("%s: %+v", on, held)
			}
		}
		wallets := must(r, func(ctx context.Context, tx *db.Tx) ([]ledger.AccountID, error) {
			return Wallets(ctx, tx, 7)
		})
		if !slices.Equal(wallets, []ledger.AccountID{21, 22, 41, 42}) {
			r.Errorf("%v", wallets)
		}
		r.sound()
	})
}

func TestListHoldings(t *testing.T) {
	eachRegister(t, func(r *register) {
		r.issue(7, 500, 300)
		r.issue(8, 200, 100)
		list := func(actor access.Actor, q Query) ([]Note, error) {
			return db.Read(r.Context(), r.db, func(ctx context.Context, tx *db.Tx) ([]Note, error) {
				return ListHoldings(ctx, tx, actor, 11, q)
			})
		}
		self := access.Customer(11)
		first, err := list(self, Query{Limit: 1})
		if err != nil || len(first) != 1 || first[0].Loan != 8 {
			r.Fatalf("%+v, %v", first, err)
		}
		rest, err := list(access.Staff(access.Auditor, ""), Query{After: first[0].ID})
		if err != nil || len(rest) != 1 || rest[0].Loan != 7 {
			r.Errorf("%+v, %v", rest, err)
		}
		if none, err := list(self, Query{State: Repaid}); err != nil || len(none) != 0 {
			r.Errorf("%+v, %v", none, err)
		}
		if _, err := list(access.Customer(12), Query{}); !errors.Is(err, ErrNotFound) {
			r.Error(err)
		}
		if _, err := list(self, Query{Limit: 201}); !errors.Is(err, ErrLimit) {
			r.Error(err)
		}
	})
}

// Every state but the ends leads somewhere, and only to states there are.
func TestSteps(t *testing.T) {
	for _, s := range States() {
		for _, to := range s.Steps() {
			if !slices.Contains(States(), to) || to == s {
				t.Errorf("%s -> %s", s, to)
			}
		}
	}
	for text, ok := range map[string]bool{ID(5).String(): true, "note_": false, "loan_1": false} {
		if n, err := ParseID(text); (err == nil) != ok || ok && n != 5 {
			t.Errorf("%s: %v, %v", text, n, err)
		}
	}
	if n, err := ParseLoanID(LoanID(9).String()); err != nil || n != 9 {
		t.Error(n, err)
	}
}
