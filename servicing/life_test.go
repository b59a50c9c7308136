package servicing

import (
	"context"
	"slices"
	"testing"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
	"openlend/note"
)

func TestLaterLife(t *testing.T) {
	eachTown(t, func(b *town) {
		b.scene("paused", (*town).paused)
		b.scene("charged and forgiven", (*town).chargedAndForgiven)
		b.scene("declared to be in default", (*town).declared)
		b.scene("an old payment bounces after new terms", (*town).bouncesAfterNewTerms)
		b.scene("due loans", (*town).dueLoans)
		b.sound()
	})
}

// since is a date of so many months and days after the loan's start: the business
// date of a town only moves on.
func (l *Loan) since(months, days int) calendar.Date {
	return l.StartOn.AddMonths(months).Days(days)
}

// on opens business dates up to a date and ages the loan.
func (b *town) on(l *Loan, date calendar.Date) Loan {
	b.Helper()
	b.today(date.String())
	return b.age(l.ID)
}

func TestGivenUp(t *testing.T) { eachTown(t, (*town).nobodyPays) }

// Nobody pays: late on the first day after a due date, default on the 90th, and
// then two people give it up. The platform pays nobody meanwhile. What a
// collector brings in goes to the holders of record, to the cent.
func (b *town) nobodyPays() {
	l := b.disbursed(60_000, 40_000, 20_000)
	wallets, fees := b.wallets(), b.balance(ledger.FeeIncome, 0)
	if l = b.on(&l, l.since(1, 0)); l.State != StateActive || l.Arrears != 21_200 {
		b.Errorf("on the due date: %+v", l)
	}
	if l = b.on(&l, l.since(1, 1)); l.State != StateLate || l.DaysPastDue != 1 {
		b.Errorf("a day after it: %+v", l)
	}
	l = b.on(&l, l.since(1, 4)) // 5.00 after three days, and 0.1 % of 20,000 a day
	if l.Arrears != 21_200+500+80 || l.Bucket() != loan.Bucket1to30 {
		b.Errorf("%+v", l)
	}
	if l = b.on(&l, l.since(1, 89)); l.State != StateLate {
		b.Errorf("%+v", l)
	}
	b.refused(ErrInvalidState, func(ctx context.Context, tx *db.Tx) error {
		_, err := ProposeChargeOff(ctx, tx, b.ids, sam, l.ID, "too early")
		return err
	})
	if l = b.on(&l, l.since(1, 90)); l.State != StateDefault || l.DaysPastDue != 90 {
		b.Errorf("%+v", l)
	}
	if got := b.wallets(); !slices.Equal(got, wallets) || b.balance(ledger.BankPlatform, 0) != 0 {
		b.Errorf("somebody was paid: %d, before %d", got, wallets)
	}
	b.on(&l, day("2025-05-12"))
	l = b.chargeOff(l.ID)
	b.recovers(&l, wallets, fees)
}

// chargeOff gives a loan up, by two people.
func (b *town) chargeOff(n LoanID) Loan {
	b.Helper()
	p := must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return ProposeChargeOff(ctx, tx, b.ids, sam, n, "nobody answers")
	})
	b.refused(access.ErrForbidden, func(ctx context.Context, tx *db.Tx) error {
		_, err := ApproveProposal(ctx, tx, b.ids, sam, p.ID)
		return err
	})
	b.refused(access.ErrFourEyes, func(ctx context.Context, tx *db.Tx) error {
		_, err := ApproveProposal(ctx, tx, b.ids, access.Staff(access.Reviewer, "sam"), p.ID)
		return err
	})
	decided := must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return ApproveProposal(ctx, tx, b.ids, rita, p.ID)
	})
	if decided.State != ProposalApproved || decided.Checker != rita.Principal() {
		b.Errorf("%+v", decided)
	}
	b.refused(ErrProposalState, func(ctx context.Context, tx *db.Tx) error {
		_, err := RejectProposal(ctx, tx, b.ids, rita, p.ID)
		return err
	})
	return b.loan(n)
}

// recovers: on the day of the charge-off the borrower owes late fees of 3 x 500,
// penalty of 0.1 % x 20,000 a day for 91 + 63 + 32 + 2 days = 3,760, interest of
// 1,200 + 1,000 + 800 + 600, two days of the running month, and the principal.
// 300.00 come back, of which 60.00 stay with the collector.
func (b *town) recovers(l *Loan, wallets []int64, fees int64) {
	b.Helper()
	if l.State != StateChargedOff || l.Outstanding != 0 || !l.NextDueOn.IsZero() {
		b.Errorf("%+v", l)
	}
	notes := must(b, func(ctx context.Context, tx *db.Tx) ([]note.Note, error) {
		return note.OfLoan(ctx, tx, l.ID)
	})
	for _, n := range notes {
		if n.State != note.WrittenOff || n.Outstanding != 0 {
			b.Errorf("%+v", n)
		}
	}
	owed := 120_000 + 1_500 + 3_760 + 3_600 + 26
	later := b.on(l, l.since(6, 0))
	if l.Arrears != int64(owed) || later.Arrears != l.Arrears || later.Earned != l.Earned {
		b.Errorf("owed %d, not %d; a month later %+v", l.Arrears, owed, later)
	}
	recovery := NewRecovery{Loan: l.ID, Amount: eur(30_000), Cost: eur(6_000),
		Reference: "collector 1"}
	b.refused(ledger.ErrInsufficient, func(ctx context.Context, tx *db.Tx) error {
		_, err := RecordRecovery(ctx, tx, b.ids, tess, recovery) // it has not come yet
		return err
	})
	b.deposit(b.borrower, 24_000)
	p := must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) {
		return RecordRecovery(ctx, tx, b.ids, tess, recovery)
	})
	b.run()
	if p.Kind != loan.EventRecovered || p.Cost != 6_000 || p.Unallocated != 0 {
		b.Errorf("%+v", p)
	}
	// 30,000 - 6,000 - 1,500 - 3,760 - 3,626 = 15,114 of principal. The holders have
	// 1/2, 1/3 and 1/6 of penalty, interest less a tenth, and principal.
	want := []int64{1_880 + 1_813 - 181 + 7_557, 1_253 + 1_209 - 120 + 5_038,
		627 + 604 - 60 + 2_519}
	for i, now := range b.wallets() {
		if got := now - wallets[i]; got != want[i] {
			b.Errorf("holder %d got %d, not %d", i, got, want[i])
		}
	}
	if got := b.balance(ledger.FeeIncome, 0) - fees; got != 1_500+361 {
		b.Errorf("the platform got %d", got)
	}
	if now := b.loan(l.ID); now.State != StateChargedOff || now.Arrears != l.Arrears-24_000 {
		b.Errorf("%+v", now)
	}
	b.refused(ErrReference, func(ctx context.Context, tx *db.Tx) error {
		_, err := RecordRecovery(ctx, tx, b.ids, tess, NewRecovery{Loan: l.ID,
			Amount: eur(1), Reference: "collector 1"})
		return err
	})
	b.sound()
}

// The days of a pause are no days of lateness: no fee, no penalty, no day past due.
func (b *town) paused() {
	l := b.disbursed(30_000, 30_000)
	b.on(&l, l.since(1, 2))
	l = must(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
		return Pause(ctx, tx, b.ids, sam, NewPause{Loan: l.ID, Until: l.since(1, 20),
			Why: "he is in hospital"})
	})
	if l.DaysPastDue != 1 || l.Arrears != 10_600+10 {
		b.Errorf("on the first day of the pause: %+v", l)
	}
	if l = b.on(&l, l.since(1, 19)); l.DaysPastDue != 1 || l.Arrears != 10_600+10 {
		b.Errorf("on its last: %+v", l)
	}
	// The day after it is the second of lateness, and then grace is over.
	if l = b.on(&l, l.since(1, 22)); l.DaysPastDue != 4 || l.Arrears != 10_600+40+500 {
		b.Errorf("after it: %+v", l)
	}
	for _, until := range []calendar.Date{l.AsOf, l.AsOf.Days(maxPause + 1)} {
		b.refused(ErrPause, func(ctx context.Context, tx *db.Tx) error {
			_, err := Pause(ctx, tx, b.ids, sam, NewPause{Loan: l.ID, Until: until, Why: "why not"})
			return err
		})
	}
}

// A cost is the platform's when it is paid; a penalty that was forgiven is owed
// by nobody, and no more than is owed can be forgiven.
func (b *town) chargedAndForgiven() {
	l := b.disbursed(60_000)
	b.on(&l, l.since(1, 2))
	fee := NewFee{Loan: l.ID, Amount: eur(700), Why: "a letter"}
	l = must(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
		return ChargeFee(ctx, tx, b.ids, sam, fee)
	})
	if l.Arrears != 10_600+20+700 {
		b.Errorf("%+v", l)
	}
	waiver := NewWaiver{Loan: l.ID, Part: loan.PenaltyPart, Amount: eur(21), Why: "kindness"}
	b.refused(ErrAmount, func(ctx context.Context, tx *db.Tx) error {
		_, err := Waive(ctx, tx, b.ids, sam, waiver)
		return err
	})
	waiver.Amount = eur(20)
	l = must(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
		return Waive(ctx, tx, b.ids, sam, waiver)
	})
	if l.Arrears != 10_600+700 {
		b.Errorf("%+v", l)
	}
	before, fees := b.wallets(), b.balance(ledger.FeeIncome, 0)
	b.pays(l.ID, 11_300, "")
	if got := b.wallets()[0] - before[0]; got != 10_000+540 {
		b.Errorf("the lender got %d", got)
	}
	if got := b.balance(ledger.FeeIncome, 0) - fees; got != 760 {
		b.Errorf("the platform got %d", got)
	}
	b.refusedInputs(&l)
}

// op is an operation by the actor who may do it, asked for with an input.
func op[In, Out any](
	b *town, do func(context.Context, *db.Tx, *id.Source, access.Actor, In) (Out, error), in In,
) func(context.Context, *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		_, err := do(ctx, tx, b.ids, sam, in)
		return err
	}
}

// refusedInputs are what no operation takes, of a loan that runs.
func (b *town) refusedInputs(l *Loan) {
	b.Helper()
	usd := money.New(1, money.USD)
	early, late := l.StartOn.Days(-1), l.AsOf.Days(1)
	for want, ops := range map[error][]func(context.Context, *db.Tx) error{
		ErrWhy: {
			op(b, ChargeFee, NewFee{Loan: l.ID, Amount: eur(1)}),
			op(b, Waive, NewWaiver{Loan: l.ID, Amount: eur(1), Why: "no"}),
			op(b, Pause, NewPause{Loan: l.ID, Until: late}),
		},
		ErrCurrency: {
			op(b, ChargeFee, NewFee{Loan: l.ID, Amount: usd, Why: "dollars"}),
			op(b, Waive, NewWaiver{Loan: l.ID, Amount: usd, Why: "dollars"}),
		},
		ErrAmount: {op(b, ChargeFee, NewFee{Loan: l.ID, Amount: eur(-5), Why: "a gift"})},
		ErrValueOn: {
			op(b, ChargeFee, NewFee{Loan: l.ID, Amount: eur(1), ValueOn: early, Why: "early"}),
			op(b, ChargeFee, NewFee{Loan: l.ID, Amount: eur(1), ValueOn: late, Why: "late"}),
			op(b, Pause, NewPause{Loan: l.ID, From: late, Until: late.Days(9), Why: "late"}),
		},
		loan.ErrComponent: {op(b, Waive,
			NewWaiver{Loan: l.ID, Part: loan.PrincipalPart, Amount: eur(1), Why: "a friend"})},
		ErrNotFound: {op(b, ChargeFee, NewFee{Loan: l.ID + 1, Amount: eur(1), Why: "whose?"})},
	} {
		for _, op := range ops {
			b.refused(want, op)
		}
	}
	b.refused(access.ErrForbidden, func(ctx context.Context, tx *db.Tx) error {
		_, err := ChargeFee(ctx, tx, b.ids, rita, NewFee{Loan: l.ID, Amount: eur(1), Why: "mine"})
		return err
	})
}

func (b *town) declared() {
	l := b.disbursed(60_000)
	l = must(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
		return DeclareDefault(ctx, tx, b.ids, sam, l.ID, "he is insolvent")
	})
	if l.State != StateDefault || l.DaysPastDue != 0 {
		b.Errorf("%+v", l)
	}
	b.refused(ErrInvalidState, func(ctx context.Context, tx *db.Tx) error {
		_, err := DeclareDefault(ctx, tx, b.ids, sam, l.ID, "still insolvent")
		return err
	})
	b.pays(l.ID, 60_000, loan.RestShorter) // on the day it began: no interest
	if l = b.loan(l.ID); l.State != StateRepaid || l.Outstanding != 0 {
		b.Errorf("%+v", l)
	}
}

func TestRestructured(t *testing.T) { eachTown(t, (*town).restructured) }

// Nothing was paid by 19 March, two instalments are late: new terms are agreed.
func (b *town) restructured() {
	l := b.disbursed(30_000, 20_000, 10_000)
	l = b.on(&l, day("2025-03-19"))
	if l.State != StateLate || l.Arrears != 20_000+600+500+2*500+370+90 {
		b.Errorf("%+v", l)
	}
	in := NewRestructuring{Loan: l.ID, Consent: "§ 7 of the lenders' terms", Why: "a new job",
		Terms: loan.NewTerms{AnnualRate: money.One * 6 / 100, Method: loan.EqualPrincipal,
			Instalments: 3, Every: calendar.Period{N: 1, Unit: calendar.Month},
			Arrears: loan.ArrearsSpread}}
	propose := func() Proposal {
		return must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
			return ProposeRestructuring(ctx, tx, b.ids, sam, in)
		})
	}
	wrong := in
	wrong.Terms.Instalments = 0
	b.refused(loan.ErrInstalments, op(b, ProposeRestructuring, wrong))
	wrong = in
	wrong.Consent = ""
	b.refused(ErrWhy, op(b, ProposeRestructuring, wrong))

	p := propose()
	b.refused(ErrProposed, op(b, ProposeRestructuring, in))
	must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return RejectProposal(ctx, tx, b.ids, rita, p.ID)
	})
	if now := b.loan(l.ID); now != l {
		b.Errorf("%+v became %+v", l, now)
	}
	p = propose()
	must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return ApproveProposal(ctx, tx, b.ids, rita, p.ID)
	})
	if got := b.proposal(p.ID); got.Terms != in.Terms || got.Consent != in.Consent ||
		got.State != ProposalApproved {
		b.Errorf("%+v", got)
	}
	b.mustBeRestructured(&l)
}

func (b *town) proposal(p ProposalID) Proposal {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return GetProposal(ctx, tx, sam, p)
	})
}

// mustBeRestructured: late fees of 2 x 500 and penalty of 10 a day for 37 + 9 days
// stay owed. Interest of 600 + 500 and of nine days, 400 x 9/31 = 116, is spread:
// 406 + 405 + 405, on 0.5 % a month of 60,000, 40,000 and 20,000.
func (b *town) mustBeRestructured(before *Loan) {
	b.Helper()
	const owed = 2*500 + 460
	l := b.loan(before.ID)
	if l.State != StateActive || l.RestructuredOn != l.AsOf || l.Outstanding != 60_000 ||
		l.Arrears != owed || l.Versions != 2 {
		b.Errorf("%+v", l)
	}
	plans := must(b, func(ctx context.Context, tx *db.Tx) ([]Version, error) {
		return ListVersions(ctx, tx, l.ID)
	})
	if len(plans) != 2 || len(plans[0].Instalments) != 6 {
		b.Fatalf("%+v", plans)
	}
	want := []loan.Instalment{
		{Nr: 4, DueOn: day("2025-04-19"), Principal: 20_000, Interest: 706, Balance: 40_000},
		{Nr: 5, DueOn: day("2025-05-19"), Principal: 20_000, Interest: 605, Balance: 20_000},
		{Nr: 6, DueOn: day("2025-06-19"), Principal: 20_000, Interest: 505, Balance: 0},
	}
	if got := plans[1].Instalments[3:]; !slices.Equal(got, want) {
		b.Errorf("%+v", got)
	}
	// What is paid on the new plan reaches the holders as ever: halves, thirds and
	// sixths of principal, penalty and interest less a tenth.
	wallets := b.wallets()
	b.today("2025-04-19")
	b.pays(l.ID, owed+20_706, "")
	shares := []int64{10_000 + 230 + 353 - 35, 6_667 + 153 + 235 - 23, 3_333 + 77 + 118 - 11}
	for i, now := range b.wallets() {
		if got := now - wallets[i]; got != shares[i] {
			b.Errorf("holder %d got %d, not %d", i, got, shares[i])
		}
	}
	if l = b.loan(l.ID); l.Outstanding != 40_000 || l.State != StateActive || l.Arrears != 0 {
		b.Errorf("%+v", l)
	}
	b.sound()
}

// The first instalment was paid, new terms were agreed, and then the bank takes
// it back: 20,000 more were outstanding, by the same terms, and the lenders give
// back what they had of it.
func (b *town) bouncesAfterNewTerms() {
	l := b.disbursed(60_000, 40_000, 20_000)
	wallets := b.wallets()
	first := l.since(1, 0)
	b.today(first.String())
	p := b.banked(l.ID, 21_200, first.String())
	b.today(first.Days(5).String())
	agreed := must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return ProposeRestructuring(ctx, tx, b.ids, sam, NewRestructuring{Loan: l.ID,
			Consent: "§ 7", Why: "a new job", Terms: loan.NewTerms{Method: loan.EqualPrincipal,
				Instalments: 2, Every: b.product.Every, Arrears: loan.ArrearsKept}})
	})
	must(b, func(ctx context.Context, tx *db.Tx) (Proposal, error) {
		return ApproveProposal(ctx, tx, b.ids, rita, agreed.ID)
	})
	if now := b.loan(l.ID); now.Outstanding != 100_000 || now.State != StateActive {
		b.Errorf("%+v", now)
	}
	b.bounces(p.ID)
	now := b.loan(l.ID)
	if now.Outstanding != 120_000 || now.State != StateLate || now.DaysPastDue != 5 ||
		now.RestructuredOn != first.Days(5) || now.Versions != 3 {
		b.Errorf("%+v", now)
	}
	plans := must(b, func(ctx context.Context, tx *db.Tx) ([]Version, error) {
		return ListVersions(ctx, tx, l.ID)
	})
	for i, want := range []int64{20_000, 50_000, 60_000} {
		in := plans[i].Instalments
		if got := in[len(in)-1].Principal; got != want {
			b.Errorf("plan %d ends with %d, not %d", i+1, got, want)
		}
	}
	if got := b.wallets(); !slices.Equal(got, wallets) {
		b.Errorf("the lenders have %d, not %d", got, wallets)
	}
	b.mustHold(l.ID, 120_000, "after the bounce")
}

// Loans that are due come page by page, the longest due first.
func (b *town) dueLoans() {
	first := b.disbursed(10_000)
	b.on(&first, first.since(0, 1))
	second := b.disbursed(10_000)
	list := func(by calendar.Date, after Due, limit int) []Due {
		return must(b, func(ctx context.Context, tx *db.Tx) ([]Due, error) {
			return DueLoans(ctx, tx, by, after, limit)
		})
	}
	mine := func(all []Due) []Due {
		return slices.DeleteFunc(all, func(d Due) bool {
			return d.Loan != first.ID && d.Loan != second.ID
		})
	}
	want := []Due{{first.ID, first.NextDueOn}, {second.ID, second.NextDueOn}}
	for days, n := range []int{1, 2} {
		got := mine(list(first.NextDueOn.Days(days), Due{}, 1000))
		if !slices.Equal(got, want[:n]) {
			b.Errorf("%+v", got)
		}
	}
	var paged []Due
	for after := (Due{}); ; {
		page := list(second.NextDueOn, after, 1)
		if len(page) == 0 {
			break
		}
		after = page[0]
		paged = append(paged, after)
	}
	if got := mine(slices.Clone(paged)); !slices.Equal(got, want) || len(paged) < 3 {
		b.Errorf("%+v", paged) // others run too
	}
	b.refused(ErrLimit, func(ctx context.Context, tx *db.Tx) error {
		_, err := DueLoans(ctx, tx, first.NextDueOn, Due{}, 1001)
		return err
	})
	aged := must(b, func(ctx context.Context, tx *db.Tx) (int, error) {
		return AgeLoans(ctx, tx, b.ids, []LoanID{second.ID, first.ID}, second.AsOf)
	})
	if aged != 0 { // they stand there already
		b.Errorf("%d loans were aged", aged)
	}
}
