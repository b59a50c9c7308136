package bench

import (
	"context"
	"errors"
	"sync"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/money"
	"openlend/servicing"
)

// Payments measures repayments that are split to many holders: one payment to
// ten thousand, and payments to three hundred against the bulk insert of the
// rows that they leave.
func Payments(
	ctx context.Context, c Config, r Rounds, progress func(done, of int),
) ([]Figure, error) {
	w, err := openWorld(ctx, c, benchLenders+1)
	if err != nil {
		return nil, err
	}
	p := &payments{country: newCountry(w)}
	figures, err := p.measure(ctx, c, r, progress)
	return figures, errors.Join(err, w.close())
}

type payments struct {
	*country

	disk  *disk
	loans []servicing.LoanID // with three hundred holders each, in turns
	next  int
	rows  *rowLimit
	limit series
	paid  series
	large series // seconds of one payment to ten thousand
}

const (
	manyHolders = 10_000
	someHolders = 300
	paidLoans   = 400
	paidAtOnce  = 20 // payments before their distributions are run
	payers      = 4  // that pay at once
)

func (p *payments) measure(
	ctx context.Context, c Config, r Rounds, progress func(done, of int),
) (_ []Figure, err error) {
	borrower := p.lenders[len(p.lenders)-1]
	if err := p.giveBankAccount(ctx, borrower, benchName); err != nil {
		return nil, err
	}
	large, err := p.lend(ctx, borrower, manyHolders)
	if err != nil {
		return nil, err
	}
	some, err := p.lend(ctx, borrower, someHolders)
	if err != nil {
		return nil, err
	}
	if err := p.cloneSome(ctx, some); err != nil {
		return nil, err
	}
	if err := p.makeRowLimit(ctx); err != nil {
		return nil, err
	}
	if p.disk, err = newDisk(c.Dir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.disk.close()) }()
	for i := range r.Count {
		if err := p.round(ctx, r, large.ID); err != nil {
			return nil, err
		}
		progress(i+1, r.Count)
	}
	return p.figures(string(c.Engine)), nil
}

func (p *payments) cloneSome(ctx context.Context, l servicing.Loan) error {
	t, err := p.newTemplate(ctx, l)
	if err != nil {
		return err
	}
	const piece = 20
	for first := 0; first < paidLoans; first += piece {
		if err := p.clone(ctx, t, first, piece); err != nil {
			return err
		}
	}
	for nr := range paidLoans {
		p.loans = append(p.loans, servicing.LoanID(cloneID(int64(l.ID), nr)))
	}
	return nil
}

// pay records a payment of a hundredth of a loan and lets its sagas run when it
// is one of a group.
func (p *payments) pay(ctx context.Context, l servicing.LoanID) error {
	return p.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := servicing.GetLoan(ctx, tx, l)
		if err != nil {
			return err
		}
		_, err = servicing.RecordPayment(ctx, tx, p.ids, p.staff, servicing.NewPayment{
			Loan: l, Amount: money.New(now.Principal/100, currency),
			Rest: "shorter_term"})
		return err
	})
}

// payGroup pays the next loans and distributes; it returns how many holders were
// paid.
func (p *payments) payGroup(ctx context.Context) (int, error) {
	var all sync.WaitGroup
	faults := make([]error, payers)
	for payer := range payers {
		all.Go(func() {
			for i := payer; i < paidAtOnce && faults[payer] == nil; i += payers {
				faults[payer] = p.pay(ctx, p.loans[(p.next+i)%len(p.loans)])
			}
		})
	}
	all.Wait()
	p.next += paidAtOnce
	return paidAtOnce * someHolders, errors.Join(errors.Join(faults...), p.run(ctx))
}

func (p *payments) makeRowLimit(ctx context.Context) error {
	before, err := p.ids.Next()
	if err != nil {
		return err
	}
	legs, err := p.payGroup(ctx)
	if err != nil {
		return err
	}
	if err := p.asOwner(ctx, func(owner *db.DB, app string) error {
		return makeCopies(ctx, owner, app, paymentTables)
	}); err != nil {
		return err
	}
	p.rows = &rowLimit{db: p.db, units: legs}
	return p.capture(ctx, p.rows, paymentRows(before))
}

func (p *payments) round(ctx context.Context, r Rounds, large servicing.LoanID) error {
	err := p.limit.run(r.Slice, func() (int, error) { return p.rows.insert(ctx) })
	if err != nil {
		return err
	}
	if err := p.paid.run(r.Slice, func() (int, error) { return p.payGroup(ctx) }); err != nil {
		return err
	}
	watch := clock.Start()
	if err := p.pay(ctx, large); err != nil {
		return err
	}
	if err := p.run(ctx); err != nil {
		return err
	}
	p.large.rates = append(p.large.rates, watch.Elapsed().Seconds())
	return p.disk.probe()
}

func (p *payments) figures(engine string) []Figure {
	return []Figure{
		{
			Name: "payments.300_holders", Engine: engine, Value: p.paid.median(),
			Unit: "holders/s", Limit: p.limit.median(), Of: "bulk insert of the rows",
			Ratio: p.paid.ratio(&p.limit), Floor: 0.25, RSS: residentMB(),
			Sync50: 1000 * percentile(p.disk.times, 0.5),
			Sync99: 1000 * percentile(p.disk.times, 0.99),
		},
		{
			Name: "payments.10000_holders", Engine: engine, Value: p.large.median(), Unit: "s",
			Note: "one payment until the last holder has his share",
		},
	}
}
