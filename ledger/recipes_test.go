package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/ledger"
)

// town is everybody who takes part in one loan, by the names of README.md.
type town struct {
	*books

	names []string
	of    map[string]ledger.AccountID
	swept int64
}

func newTown(b *books) *town {
	t := &town{books: b, of: map[string]ledger.AccountID{}}
	add := func(name string, a ledger.AccountID) {
		t.names, t.of[name] = append(t.names, name), a
	}
	add("bank_clients", b.bank)
	add("fee_income", b.fees)
	for _, k := range []ledger.Kind{
		ledger.BankPlatform, ledger.Advance, ledger.TaxWithheld, ledger.Expense, ledger.Equity,
		ledger.Suspense, ledger.Provision, ledger.PayoutTransit,
	} {
		add(string(k), b.open(k, "EUR", 0))
	}
	for _, name := range []string{"ada", "ben", "eva"} {
		add(name, b.wallet(0))
	}
	add("escrow", b.open(ledger.Escrow, "EUR", b.owner()))
	add("collection", b.open(ledger.Collection, "EUR", b.owner()))
	add("ben owes", b.open(ledger.Receivable, "EUR", b.owner()))
	return t
}

// balances are all that are not zero, as "name posted" or "name posted-held".
func (t *town) balances() string {
	t.Helper()
	return read(t.books, func(ctx context.Context, tx *db.Tx) (string, error) {
		ids := make([]ledger.AccountID, len(t.names))
		for i, name := range t.names {
			ids[i] = t.of[name]
		}
		posted, err := ledger.Balances(ctx, tx, ids...)
		if err != nil {
			return "", err
		}
		accounts, err := ledger.GetAccounts(ctx, tx, ids...)
		var all []string
		for i, name := range t.names {
			text := fmt.Sprint(name, " ", posted[i].Minor())
			if accounts[i].Held > 0 {
				text = fmt.Sprint(text, "-", accounts[i].Held)
			}
			if posted[i].Minor() != 0 {
				all = append(all, text)
			}
		}
		t.mustKeepClientMoney(accounts, posted[0].Minor())
		return strings.Join(all, ", "), err
	})
}

// mustKeepClientMoney is I10: what lies at the clients' bank is what is owed
// to clients and to the tax authority, and the fees that are not swept yet, less
// what the platform bears for those who owe it.
func (t *town) mustKeepClientMoney(accounts []ledger.Account, bank int64) {
	t.Helper()
	owed := int64(0)
	for _, a := range accounts {
		switch {
		case a.Kind.Running() && a.Kind.CreditNormal():
			owed += a.Posted
		case a.Kind == ledger.Receivable:
			owed -= a.Posted
		}
	}
	found := read(t.books, func(ctx context.Context, tx *db.Tx) (int64, error) {
		got, err := ledger.Balances(ctx, tx, t.of["fee_income"], t.of["tax_withheld"],
			t.of["expense"])
		if err != nil {
			return 0, err
		}
		return got[0].Minor() + got[1].Minor() - got[2].Minor(), nil
	})
	if bank != owed+found-t.swept {
		t.Errorf("client money: %d at the bank, %d owed, %d of fees and tax not swept",
			bank, owed, found-t.swept)
	}
}

// The worked example of README.md: a loan of 1,000.00 from Ada and Ben to Eva.
func TestLifeOfALoan(t *testing.T) {
	eachBooks(t, func(b *books) {
		w := newTown(b)
		of := w.of
		banks := ledger.Banks{Clients: of["bank_clients"], Platform: of["bank_platform"]}
		ada, ben, eva := of["ada"], of["ben"], of["eva"]
		escrow, collection, transit := of["escrow"], of["collection"], of["payout_transit"]
		for _, step := range []struct {
			does     string
			commands []ledger.Command
			then     string
		}{
			{"the owners pay capital in",
				ledger.PostCapital(1, banks.Platform, of["equity"], eur(50_000)),
				"bank_platform 50000, equity 50000"},
			{"Ada and Ben pay in, one line has no name",
				slices.Concat(
					ledger.PostDeposit(1, banks.Clients, ada, eur(80_000)),
					ledger.PostDeposit(2, banks.Clients, ben, eur(30_000)),
					ledger.PostDeposit(3, banks.Clients, of["suspense"], eur(20_000))),
				"bank_clients 130000, bank_platform 50000, equity 50000, suspense 20000, " +
					"ada 80000, ben 30000"},
			{"it was Ben's",
				ledger.PostDepositIdentified(3, of["suspense"], ben, eur(20_000)),
				"bank_clients 130000, bank_platform 50000, equity 50000, ada 80000, ben 50000"},
			{"they bid",
				slices.Concat(
					ledger.PostBidHold(11, ada, eur(70_000), morning.Add(time.Hour)),
					ledger.PostBidHold(12, ben, eur(40_000), morning.Add(time.Hour)),
					ledger.PostBidHold(13, ben, eur(5_000), time.Time{})),
				"bank_clients 130000, bank_platform 50000, equity 50000, ada 80000-70000, " +
					"ben 50000-45000"},
			{"Ben withdraws one bid; Ada gets 600.00 of 700.00, Ben all of his 400.00",
				slices.Concat(
					ledger.PostBidRelease(13),
					ledger.PostAllotment(11, escrow, eur(60_000), eur(70_000)),
					ledger.PostAllotment(12, escrow, eur(40_000), eur(40_000))),
				"bank_clients 130000, bank_platform 50000, equity 50000, ada 20000, ben 10000, " +
					"escrow 100000"},
			{"the loan is paid out to Eva's bank, less a fee of 20.00",
				ledger.PostDisbursement(21, escrow, transit, of["fee_income"], eur(98_000), eur(2_000)),
				"bank_clients 130000, fee_income 2000, bank_platform 50000, equity 50000, " +
					"payout_transit 98000, ada 20000, ben 10000"},
			{"the bank has sent it",
				ledger.PostDisbursementSettled(21, transit, banks.Clients, eur(98_000)),
				"bank_clients 32000, fee_income 2000, bank_platform 50000, equity 50000, " +
					"ada 20000, ben 10000"},
			{"the fee is swept",
				ledger.PostFeeSweep(1, banks, eur(2_000)),
				"bank_clients 30000, fee_income 2000, bank_platform 52000, equity 50000, " +
					"ada 20000, ben 10000"},
			{"Eva repays 101.00 through the bank; 1.00 each to tax, servicing fee and fund",
				slices.Concat(
					ledger.PostDeposit(31, banks.Clients, eva, eur(10_100)),
					ledger.PostRepayment(31, eva, collection, eur(10_100)),
					ledger.PostTax(31, collection, of["tax_withheld"], eur(100)),
					ledger.PostFee(31, collection, of["fee_income"], eur(100)),
					ledger.PostProvision(31, collection, of["provision"], eur(100))),
				"bank_clients 40100, fee_income 2100, bank_platform 52000, tax_withheld 100, " +
					"equity 50000, provision 100, ada 20000, ben 10000, collection 9800"},
			{"the rest is distributed",
				ledger.PostDistribution(31, collection, []ledger.Share{
					{To: ada, Amount: eur(5_880)}, {To: eva, Amount: eur(0)},
					{To: ben, Amount: eur(3_920)},
				}),
				"bank_clients 40100, fee_income 2100, bank_platform 52000, tax_withheld 100, " +
					"equity 50000, provision 100, ada 25880, ben 13920"},
			{"Ben takes everything out, the bank has carried it out, the tax is paid",
				slices.Concat(
					ledger.PostWithdrawalHold(41, ben, eur(13_920)),
					ledger.PostWithdrawalSent(41, transit, eur(13_920)),
					ledger.PostWithdrawalSettled(41, transit, banks.Clients, eur(13_920)),
					ledger.PostTaxPaid(1, of["tax_withheld"], banks.Clients, eur(100))),
				"bank_clients 26080, fee_income 2100, bank_platform 52000, equity 50000, " +
					"provision 100, ada 25880"},
			{"Eva misses the next instalment: the platform advances 50.00, the fund pays 1.00",
				slices.Concat(
					ledger.PostAdvance(51, of["advance"], collection, banks, eur(5_000)),
					ledger.PostProvisionPayout(51, of["provision"], collection, eur(100)),
					ledger.PostDistribution(51, collection,
						[]ledger.Share{{To: ada, Amount: eur(5_100)}})),
				"bank_clients 31080, fee_income 2100, bank_platform 47000, advance 5000, " +
					"equity 50000, ada 30980"},
			{"Eva pays from her wallet after all, the advance comes back",
				slices.Concat(
					ledger.PostDeposit(61, banks.Clients, eva, eur(5_000)),
					ledger.PostRepayment(61, eva, collection, eur(5_000)),
					ledger.PostAdvanceRecovered(61, collection, of["advance"], banks, eur(5_000))),
				"bank_clients 31080, fee_income 2100, bank_platform 52000, equity 50000, ada 30980"},
			{"Ben was paid 10.00 too much and has spent it: he owes it",
				ledger.PostReceivable(71, of["ben owes"], collection, eur(1_000)),
				"bank_clients 31080, fee_income 2100, bank_platform 52000, equity 50000, " +
					"ada 30980, collection 1000, ben owes 1000"},
			{"Ben's withdrawal of before comes back; he settles 7.00, the rest is given up",
				slices.Concat(
					ledger.PostWithdrawalReturned(41, banks.Clients, ben, eur(13_920)),
					ledger.PostReceivableSettled(71, ben, of["ben owes"], eur(700)),
					ledger.PostReceivableWrittenOff(71, of["expense"], of["ben owes"], eur(300))),
				"bank_clients 45000, fee_income 2100, bank_platform 52000, expense 300, " +
					"equity 50000, ada 30980, ben 13220, collection 1000"},
		} {
			b.must(step.commands...)
			for _, c := range step.commands {
				if c.Cause.Type == ledger.CauseFeeSweep {
					w.swept += c.Amount.Minor()
				}
			}
			if got := w.balances(); got != step.then {
				b.Errorf("%s:\n got %s\nwant %s", step.does, got, step.then)
			}
			before := b.everything()
			for i, r := range b.post(step.commands...) {
				if !r.Replayed {
					b.Errorf("%s: command %d is not the same when it is asked again: %v",
						step.does, i, r.Err)
				}
			}
			if b.everything() != before {
				b.Errorf("%s: it was booked twice", step.does)
			}
		}
		mustBeSound(b)
	})
}

// One line of the statement is credited once, one withdrawal ends one way.
func TestOutcomesThatExcludeEachOther(t *testing.T) {
	eachBooks(t, func(b *books) {
		w := newTown(b)
		ada, ben, transit := w.of["ada"], w.of["ben"], w.of["payout_transit"]
		b.must(slices.Concat(
			ledger.PostDeposit(1, b.bank, ada, eur(500)),
			ledger.PostDeposit(2, b.bank, w.of["suspense"], eur(300)),
			ledger.PostDepositIdentified(2, w.of["suspense"], ada, eur(300)),
			ledger.PostWithdrawalHold(3, ada, eur(100)),
			ledger.PostWithdrawalSent(3, transit, eur(100)),
			ledger.PostWithdrawalSettled(3, transit, b.bank, eur(100)),
			ledger.PostWithdrawalHold(4, ada, eur(100)),
			ledger.PostWithdrawalSent(4, transit, eur(100)),
			ledger.PostWithdrawalRejected(4, transit, ada, eur(100)),
			ledger.PostWithdrawalHold(5, ada, eur(100)),
			ledger.PostWithdrawalCancelled(5),
			ledger.PostRepayment(6, ada, w.of["collection"], eur(100)))...)
		b.must(ledger.PostDeposit(9, b.bank, transit, eur(1000))...) // money would be there
		b.must(ledger.PostDeposit(8, b.bank, w.of["suspense"], eur(1000))...)
		for want, commands := range map[string][]ledger.Command{
			"ledger.cause_taken suspense":   ledger.PostDeposit(1, b.bank, w.of["suspense"], eur(500)),
			"ledger.cause_taken again":      ledger.PostDeposit(2, b.bank, ada, eur(300)),
			"ledger.cause_taken other":      ledger.PostDepositIdentified(2, w.of["suspense"], ben, eur(300)),
			"ledger.cause_taken settled":    ledger.PostWithdrawalRejected(3, transit, ada, eur(100)),
			"ledger.cause_taken rejected":   ledger.PostWithdrawalSettled(4, transit, b.bank, eur(100)),
			"ledger.hold_closed cancelled":  ledger.PostWithdrawalSent(5, transit, eur(100)),
			"ledger.hold_closed sent":       ledger.PostWithdrawalCancelled(3),
			"ledger.cause_taken both ways":  ledger.PostRepayment(6, b.bank, w.of["collection"], eur(100)),
			"ledger.no_hold never asked":    ledger.PostWithdrawalSent(7, transit, eur(100)),
			"ledger.cause_taken other sum":  ledger.PostWithdrawalHold(3, ada, eur(99)),
			"ledger.insufficient provision": ledger.PostProvisionPayout(1, w.of["provision"], w.of["collection"], eur(1)),
			"ledger.insufficient owes": ledger.PostReceivableWrittenOff(1, w.of["expense"],
				w.of["ben owes"], eur(1)),
		} {
			code, _, _ := strings.Cut(want, " ")
			if got := codes(b.post(commands...)); got[0] != code {
				b.Errorf("%s: got %q", want, got)
			}
		}
	})
}

// A share that cannot be paid keeps nobody else's money back, and is paid when
// the plan is posted again.
func TestDistributionPastAFrozenWallet(t *testing.T) {
	eachBooks(t, func(b *books) {
		w := newTown(b)
		plan := ledger.PostDistribution(1, w.of["collection"], []ledger.Share{
			{To: w.of["ada"], Amount: eur(1)}, {To: w.of["ben"], Amount: eur(2)},
			{To: w.of["eva"], Amount: eur(3)},
		})
		b.must(ledger.PostRepayment(1, b.bank, w.of["collection"], eur(6))...)
		b.setState(w.of["ben"], ledger.Frozen)
		if got := codes(b.post(plan...)); fmt.Sprintf("%q", got) != `["" "ledger.account_frozen" ""]` {
			b.Errorf("got %q", got)
		}
		b.setState(w.of["ben"], ledger.Open)
		if got := codes(b.post(plan...)); fmt.Sprintf("%q", got) != `["replayed" "" "replayed"]` {
			b.Errorf("again: %q", got)
		}
	})
}

// reverse takes causes back.
func (b *books) reverse(causes ...ledger.Cause) ([]ledger.Result, error) {
	return db.Write(b.Context(), b.db,
		func(ctx context.Context, tx *db.Tx) ([]ledger.Result, error) {
			return ledger.ReverseTransfers(ctx, tx, b.ids, causes...)
		})
}

func TestReverseTransfers(t *testing.T) {
	eachBooks(t, func(b *books) {
		w := newTown(b)
		ada, ben, eva, collection := w.of["ada"], w.of["ben"], w.of["eva"], w.of["collection"]
		b.must(ledger.PostDeposit(1, b.bank, eva, eur(100))...)
		before := w.balances()
		payment := slices.Concat(
			ledger.PostRepayment(5, eva, collection, eur(100)),
			ledger.PostFee(5, collection, b.fees, eur(10)),
			ledger.PostDistribution(5, collection, []ledger.Share{
				{To: ada, Amount: eur(60)}, {To: ben, Amount: eur(30)},
			}))
		booked := b.must(payment...)
		causes := []ledger.Cause{{Type: ledger.CauseRepayment, ID: 5},
			{Type: ledger.CauseFee, ID: 5}, {Type: ledger.CauseDistribution, ID: 5}}

		transfers := read(b, func(ctx context.Context, tx *db.Tx) ([]ledger.Transfer, error) {
			return ledger.TransfersOf(ctx, tx, causes[1])
		})
		if len(transfers) != 1 || transfers[0].ID != booked[1].Transfer ||
			transfers[0].Amount != 10 || transfers[0].BusinessOn == "" {
			b.Errorf("%+v", transfers)
		}

		// Ben has spent his share: nothing at all is reversed.
		b.must(ledger.PostWithdrawalHold(6, ben, eur(1))...)
		all := b.everything()
		got, err := b.reverse(causes...)
		want := []string{"ledger.insufficient", "ledger.linked", "ledger.linked", "ledger.linked"}
		if err != nil || !slices.Equal(codes(got), want) || b.everything() != all {
			b.Errorf("got %q, %v", codes(got), err)
		}
		b.must(ledger.PostWithdrawalCancelled(6)...)

		// Now it is, newest first, and asking again does nothing.
		if got, err = b.reverse(causes...); err != nil || strings.Join(codes(got), "") != "" {
			b.Fatalf("got %q, %v", codes(got), err)
		}
		if after := w.balances(); after != before {
			b.Errorf("after the reversal %s, before the payment %s", after, before)
		}
		all = b.everything()
		for _, c := range [][]ledger.Cause{causes, causes[1:2], {causes[2], causes[2]}} {
			again, err := b.reverse(c...)
			for _, r := range again {
				known := slices.Contains(got, ledger.Result{Transfer: r.Transfer})
				if err != nil || !r.Replayed || !known {
					b.Errorf("again %v: %+v, %v", c, r, err)
				}
			}
		}
		if b.everything() != all {
			b.Error("a second reversal has written")
		}

		// The payment is still in the books: it is not booked once more.
		for i, r := range b.post(payment...) {
			mustReplay(b, "reversed", r, booked[i])
		}
		reversal := ledger.Cause{Type: ledger.CauseReversal, ID: int64(booked[0].Transfer)}
		for want, causes := range map[error][]ledger.Cause{
			ledger.ErrReversed: {reversal},
			ledger.ErrNoEntry:  {causes[0], {Type: "repayment", ID: 77}},
		} {
			if _, err := b.reverse(causes...); !errors.Is(err, want) {
				b.Errorf("got %v, want %v", err, want)
			}
		}
		mustBeSound(b)
	})
}

// A hold's causes and a transfer's are told apart by their type, and a reversal
// shows as one in the statement.
func TestReversalIsItsOwnEntryType(t *testing.T) {
	eachBooks(t, func(b *books) {
		a := b.wallet(0)
		b.must(ledger.PostDeposit(1, b.bank, a, eur(7))...)
		if _, err := b.reverse(ledger.Cause{Type: ledger.CauseDeposit, ID: 1}); err != nil {
			b.Fatal(err)
		}
		rows := b.statement(ledger.StatementQuery{Account: a}, nil)
		if len(rows) != 2 {
			b.Fatalf("%+v", rows)
		}
		cause := ledger.Cause{Type: ledger.CauseReversal, ID: int64(rows[1].Transfer)}
		if rows[0].Entry != ledger.EntryReversal || rows[1].Entry != ledger.EntryTransfer ||
			rows[0].Amount != eur(-7) || rows[0].Cause != cause {
			b.Errorf("%+v", rows)
		}
	})
}
