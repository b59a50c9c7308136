package servicing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/note"
)

// eachLender runs a test in a town without registered people, on every engine:
// for loans that are made by lends.
func eachLender(t *testing.T, test func(b *town)) {
	t.Helper()
	testdb.EachURL(t, func(t *testing.T, url string) {
		test(newLenderTown(t, url))
	})
}

func newLenderTown(t *testing.T, url string) *town {
	t.Helper()
	at := clock.NewManual(time.Date(2025, 1, 10, 9, 0, 0, 0, time.UTC))
	b := &town{T: t, clock: at, db: testdb.Open(t, db.Options{URL: url, Clock: at}),
		ids: id.NewSeeded(at.Now())}
	b.sagas = &saga.Engine{DB: b.db, Wall: at, Holder: "test", Report: func(err error) {
		t.Error(err)
	}, Definitions: Sagas(b.ids)}
	b.do(func(ctx context.Context, tx *db.Tx) error {
		return ledger.Start(ctx, tx, day(townStart))
	})
	b.product = b.install()
	return b
}

// lending is a loan that was made without the rooms before this one, with
// holders and a borrower of its own.
type lending struct {
	LoanID

	holders  []int64
	borrower int64
}

// lends makes a running loan with those shares, one holder each, in months of
// equal principal from townStart.
func (b *town) lends(months int, faces ...int64) lending {
	b.Helper()
	x := lending{holders: make([]int64, len(faces)), borrower: b.next()}
	x.LoanID = LoanID(b.next())
	b.do(func(ctx context.Context, tx *db.Tx) error {
		wanted := []ledger.NewAccount{
			{Kind: ledger.Wallet, Currency: money.EUR, OwnerID: x.borrower},
			{Kind: ledger.Collection, Currency: money.EUR, OwnerID: int64(x.LoanID)}}
		for i := range faces {
			x.holders[i] = b.next()
			wanted = append(wanted, ledger.NewAccount{Kind: ledger.Wallet, Currency: money.EUR,
				OwnerID: x.holders[i]})
		}
		accounts, err := ledger.OpenAccounts(ctx, tx, b.ids, wanted)
		if err != nil {
			return err
		}
		shares := make([]note.NewNote, len(faces))
		principal := int64(0)
		for i, face := range faces {
			principal += face
			shares[i] = note.NewNote{Bid: b.next(), Holder: customer.ID(x.holders[i]),
				Wallet: accounts[i+2].ID, Face: face}
		}
		if err := b.paysOut(ctx, tx, x, principal); err != nil {
			return err
		}
		_, err = note.Issue(ctx, tx, b.ids, x.LoanID, money.EUR, day(townStart), shares)
		if err != nil {
			return err
		}
		return b.begins(ctx, tx, &Loan{ID: x.LoanID, Listing: market.ListingID(b.next()),
			Borrower: customer.ID(x.borrower), Wallet: accounts[0].ID, Collection: accounts[1].ID,
			Product: b.product.Code, ProductVersion: 1, Currency: money.EUR, Principal: principal,
			Instalments: months, AutoCollect: true, Notes: int64(len(faces))})
	})
	return x
}

// paysOut books the money that a loan begins with: in, to the borrower's bank, out.
func (b *town) paysOut(ctx context.Context, tx *db.Tx, x lending, principal int64) error {
	bank, err := clientsBank(ctx, tx, b.ids)
	if err != nil {
		return err
	}
	way, err := ledger.EnsureAccounts(ctx, tx, b.ids,
		ledger.NewAccount{Kind: ledger.Escrow, Currency: money.EUR, OwnerID: int64(x.LoanID)},
		ledger.NewAccount{Kind: ledger.PayoutTransit, Currency: money.EUR, OwnerID: x.borrower},
		ledger.NewAccount{Kind: ledger.FeeIncome, Currency: money.EUR})
	if err != nil {
		return err
	}
	escrow, transit, fees := way[0].ID, way[1].ID, way[2].ID
	booked, err := ledger.Post(ctx, tx, b.ids, slices.Concat(
		ledger.PostDeposit(b.next(), bank, escrow, eur(principal)),
		ledger.PostDisbursement(int64(x.LoanID), escrow, transit, fees, eur(principal), eur(0)),
		ledger.PostDisbursementSettled(int64(x.LoanID), transit, bank, eur(principal))))
	if err != nil {
		return err
	}
	return refusedOf(booked)
}

// begins stores a loan with its contract and first fact.
func (b *town) begins(ctx context.Context, tx *db.Tx, l *Loan) error {
	l.Method, l.Rate, l.StartOn = loan.EqualPrincipal, money.One*12/100, day(townStart)
	schedule, err := loan.NewSchedule(loan.Terms{Principal: eur(l.Principal), AnnualRate: l.Rate,
		Method: l.Method, DayCount: calendar.Thirty360E, Interest: loan.PerPeriod,
		Start: l.StartOn, Every: calendar.Period{N: 1, Unit: calendar.Month},
		Instalments: l.Instalments})
	if err != nil {
		return err
	}
	fact := Fact{Maker: "test", Event: loan.Event{ID: loan.EventID(b.next()),
		Kind: loan.EventDisbursed, ValueOn: l.StartOn, Amount: eur(l.Principal)}}
	account, err := loan.Replay(b.product.Loan, schedule, []loan.Event{fact.Event}, l.StartOn)
	if err != nil {
		return err
	}
	l.Versions = 1
	l.adopt(&account)
	if err := storeContract(ctx, tx, l.ID, &schedule); err != nil {
		return err
	}
	if err := storeFacts(ctx, tx, l.StartOn, []loanFact{{l.ID, fact}}); err != nil {
		return err
	}
	return insertLoans(ctx, tx, l)
}

func (b *town) next() int64 {
	b.Helper()
	n, err := b.ids.Next()
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// message is a fact on its way to us: money, or a payment's return.
type message struct {
	id     int64 // of the payment
	minor  int64
	on     calendar.Date
	rest   loan.Rest
	bounce int64 // id of the return's event; 0: it is the payment
}

var rests = []loan.Rest{"", loan.RestHold, loan.RestShorter, loan.RestSmaller, loan.RestRefund}

// story is a set of messages and an order in which they arrive, doubled here and
// there.
type story struct {
	faces   []int64
	inTime  []message
	arrived []message
}

// stories draws them. Ids are places in the story: loans are told apart by it.
var stories = rapid.Custom(func(t *rapid.T) story {
	var s story
	s.faces = rapid.SliceOfN(rapid.Int64Range(1_000, 60_000), 1, 6).Draw(t, "faces")
	n := rapid.IntRange(2, 7).Draw(t, "payments")
	for i := range n {
		m := message{id: int64(2 * i), minor: rapid.Int64Range(1, 60_000).Draw(t, "minor"),
			on:   day(townStart).Days(rapid.IntRange(0, 120).Draw(t, "day")),
			rest: rapid.SampledFrom(rests).Draw(t, "rest")}
		s.inTime = append(s.inTime, m)
		if rapid.IntRange(0, 2).Draw(t, "fate") == 0 {
			m.bounce = m.id + 1
			m.on = m.on.Days(rapid.IntRange(0, 10).Draw(t, "later"))
			s.inTime = append(s.inTime, m)
		}
	}
	slices.SortStableFunc(s.inTime, func(a, b message) int { return int(a.on - b.on) })
	doubled := slices.Clone(s.inTime)
	for _, m := range s.inTime {
		if rapid.IntRange(0, 3).Draw(t, "double") == 0 {
			doubled = append(doubled, m)
		}
	}
	s.arrived = rapid.Permutation(doubled).Draw(t, "order")
	return s
})

// hears records a message about a loan, whose events are numbered from base.
func (b *town) hears(x lending, base int64, m message) {
	b.Helper()
	if m.bounce == 0 && !b.knows(x, base+m.id) {
		b.spends(x.borrower, -m.minor)
	}
	b.do(func(ctx context.Context, tx *db.Tx) error {
		l, err := lockLoan(ctx, tx, b.ids, x.LoanID)
		if err != nil {
			return err
		}
		dates, err := ledger.ReadDates(ctx, tx)
		if err != nil {
			return err
		}
		c := change{loan: l, facts: []Fact{{Maker: "test", Event: loan.Event{
			ID: loan.EventID(base + m.bounce), Kind: loan.EventReturned, ValueOn: m.on,
			Of: loan.EventID(base + m.id)}}}}
		if m.bounce == 0 {
			c = l.payment(PaymentID(base+m.id), FromWallet, eur(m.minor), m.on, m.rest, "test")
		}
		return recordAll(ctx, tx, b.ids, dates.BusinessOn, []change{c})
	})
}

// knows says whether a payment is recorded.
func (b *town) knows(x lending, n int64) bool {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (bool, error) {
		all, err := ListPayments(ctx, tx, x.LoanID, 0, 0)
		return slices.ContainsFunc(all, func(p Payment) bool { return int64(p.ID) == n }), err
	})
}

// shows is where everything stands that must not depend on the order: money by
// place, the loan, its notes, and what payments have paid, net of mirror rows.
func (b *town) shows(x lending, base int64) string {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (string, error) {
		var text strings.Builder
		for _, owner := range append([]int64{int64(x.LoanID), x.borrower}, x.holders...) {
			accounts, err := ledger.AccountsOf(ctx, tx, owner)
			if err != nil {
				return "", err
			}
			for _, a := range accounts {
				fmt.Fprintf(&text, "%s %d\n", a.Kind, a.Posted)
			}
		}
		l, err := GetLoan(ctx, tx, x.LoanID)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "%s %d %d %d %v %d\n", l.State, l.Outstanding, l.Arrears, l.Held,
			l.NextDueOn, l.DaysPastDue)
		notes, err := note.OfLoan(ctx, tx, x.LoanID)
		if err != nil {
			return "", err
		}
		for _, n := range notes {
			fmt.Fprintf(&text, "%d %s %d %v %d\n", n.Nr, n.State, n.Outstanding, n.Paid, n.Fee)
		}
		rows, err := db.Many(ctx, tx, func(s db.Scanner) (string, error) {
			var payment, instalment, minor int64
			var on, component string
			err := s.Scan(&payment, &on, &instalment, &component, &minor)
			return fmt.Sprintln(payment-base, on, instalment, component, minor), err
		}, `SELECT payment_id, counts_on, instalment, component, CAST(SUM(minor) AS BIGINT)
			FROM servicing_allocation WHERE loan_id = $1
			GROUP BY payment_id, counts_on, instalment, component HAVING SUM(minor) <> 0
			ORDER BY 1, 2, 3, 4`, int64(x.LoanID))
		for _, r := range rows {
			text.WriteString(r)
		}
		return text.String(), err
	})
}

// twice is one story told about two loans.
type twice struct {
	story

	base          [2]int64 // the ids of their messages begin after it
	prompt, tardy lending
}

// tellsInTime hears of the stories day by day.
func (b *town) tellsInTime(all []twice, last string) {
	b.Helper()
	for on := day(townStart); on <= day(last); on++ {
		for _, x := range all {
			for _, m := range x.inTime {
				if m.on == on {
					b.today(on.String())
					b.hears(x.prompt, x.base[0], m)
				}
			}
		}
		b.run()
	}
	b.sound()
	b.today(last)
}

// tellsLate hears of a story in the order in which it arrived, and looks at the
// books on the way, also while money moves.
func (b *town) tellsLate(x *twice) {
	b.Helper()
	for n, m := range x.arrived {
		b.hears(x.tardy, x.base[1], m)
		if n%3 == 0 {
			b.run()
		}
		if n == 4 {
			b.sound()
		}
	}
	b.age(x.prompt.LoanID)
	b.age(x.tardy.LoanID)
	b.run()
}

// Payments and their returns end in one state, whether everybody hears of them
// on their day, or at the end in any order and some of them twice.
func TestAnyOrderEndsInOneState(t *testing.T) {
	eachLender(t, func(b *town) {
		all := make([]twice, 8)
		for i := range all {
			s := stories.Example(i)
			all[i] = twice{story: s, prompt: b.lends(4, s.faces...), tardy: b.lends(4, s.faces...)}
			for k := range all[i].base {
				block, err := b.ids.Block(64)
				if err != nil {
					b.Fatal(err)
				}
				all[i].base[k] = block
			}
		}
		b.tellsInTime(all, "2025-05-20")
		for i := range all {
			x := &all[i]
			b.tellsLate(x)
			was, is := b.shows(x.prompt, x.base[0]), b.shows(x.tardy, x.base[1])
			if was != is {
				b.Errorf("story %d: %+v\nin time:\n%s\nas it arrived:\n%s", i, x.story, was, is)
			}
		}
		b.sound()
	})
}
