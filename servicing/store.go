package servicing

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/loan"
	"openlend/money"
)

const (
	selectEvents = `SELECT e.loan_id, e.id, e.kind, e.value_on, e.amount, e.of_id, e.rest, e.part,
		e.instalment, e.cost, e.until_on, e.terms, l.currency
		FROM servicing_event e JOIN servicing_loan l ON l.id = e.loan_id
		WHERE e.loan_id IN (:ids) ORDER BY e.loan_id, e.id`

	selectContracts = `SELECT loan_id, version, from_on, cause_id, terms, instalments
		FROM servicing_schedule WHERE loan_id IN (:ids) AND version = 1`

	selectSchedules = `SELECT loan_id, version, from_on, cause_id, terms, instalments
		FROM servicing_schedule WHERE loan_id = $1 ORDER BY version`
)

var (
	insertEvent = &db.Insert{Table: "servicing_event", Columns: []string{
		"loan_id", "id", "kind", "value_on", "amount", "of_id", "rest", "part", "instalment",
		"cost", "until_on", "terms", "business_on", "maker", "why", "recorded_at"}}

	insertSchedule = &db.Insert{Table: "servicing_schedule", Columns: []string{
		"loan_id", "version", "from_on", "cause_id", "terms", "instalments", "booked_at"}}

	insertAllocation = &db.Insert{Table: "servicing_allocation", Columns: []string{
		"loan_id", "booking_id", "seq", "payment_id", "counts_on", "instalment", "component",
		"minor", "recovery"}}
)

// loadEvents loads the facts of loans.
func loadEvents(
	ctx context.Context, tx *db.Tx, loans []LoanID,
) (map[LoanID][]loan.Event, error) {
	type row struct {
		loan  LoanID
		event loan.Event
	}
	rows, err := db.ManyByID(ctx, tx, func(s db.Scanner) (r row, err error) {
		var kind, valueOn, rest, until, terms, currency string
		var amount, part, cost int64
		e := &r.event
		if err = s.Scan((*int64)(&r.loan), (*int64)(&e.ID), &kind, &valueOn, &amount,
			(*int64)(&e.Of), &rest, &part, &e.Instalment, &cost, &until, &terms, &currency,
		); err != nil {
			return r, err
		}
		e.Kind, e.Rest, e.Part = loan.EventKind(kind), loan.Rest(rest), loan.Component(part)
		if amount != 0 {
			e.Amount = money.New(amount, money.Currency(currency))
		}
		if cost != 0 {
			e.Cost = money.New(cost, money.Currency(currency))
		}
		if e.ValueOn, err = calendar.ParseDate(valueOn); err != nil {
			return r, err
		}
		if e.Until, err = dateOrNone(until); err != nil || terms == "" {
			return r, err
		}
		e.Terms, err = readNewTerms(terms)
		return r, err
	}, selectEvents, loanNumbers(loans))
	of := make(map[LoanID][]loan.Event, len(loans))
	for i := range rows {
		of[rows[i].loan] = append(of[rows[i].loan], rows[i].event)
	}
	return of, err
}

// loanFact is a fact of one loan.
type loanFact struct {
	loan LoanID
	Fact
}

func storeFacts(ctx context.Context, tx *db.Tx, on calendar.Date, facts []loanFact) error {
	return tx.InsertMany(ctx, insertEvent, len(facts), func(i int, r *db.Row) {
		f := &facts[i]
		r.Int(int64(f.loan))
		r.Int(int64(f.ID))
		r.Text(string(f.Kind))
		r.Text(f.ValueOn.String())
		r.Int(f.Amount.Minor())
		r.Int(int64(f.Of))
		r.Text(string(f.Rest))
		r.Int(int64(f.Part))
		r.Int(int64(f.Instalment))
		r.Int(f.Cost.Minor())
		r.Text(dateText(f.Until))
		r.Text(writeNewTerms(&f.Terms))
		r.Text(on.String())
		r.Text(f.Maker)
		r.Text(f.Why)
		r.Int(tx.Now().UnixMicro())
	})
}

// Version is a plan of a loan as it was booked. The last one that was booked is
// in force, unless a later change of history took it back: see GetSchedule.
type Version struct {
	Loan        LoanID
	Nr          int64
	FromOn      calendar.Date
	Cause       loan.EventID // the event that changed the plan, 0: the contract
	Instalments []loan.Instalment

	terms string // of the contract's own
}

func scanVersion(s db.Scanner) (v Version, err error) {
	var from, instalments string
	err = s.Scan((*int64)(&v.Loan), &v.Nr, &from, (*int64)(&v.Cause), &v.terms, &instalments)
	if err != nil {
		return v, err
	}
	if v.FromOn, err = calendar.ParseDate(from); err != nil {
		return v, err
	}
	v.Instalments, err = readInstalments(instalments)
	return v, err
}

// loadContracts loads the schedules that loans were disbursed under.
func loadContracts(
	ctx context.Context, tx *db.Tx, loans []LoanID,
) (map[LoanID]loan.Schedule, error) {
	versions, err := db.ManyByID(ctx, tx, scanVersion, selectContracts, loanNumbers(loans))
	if err != nil {
		return nil, err
	}
	of := make(map[LoanID]loan.Schedule, len(versions))
	for i := range versions {
		terms, err := readTerms(versions[i].terms)
		if err != nil {
			return nil, err
		}
		of[versions[i].Loan] = loan.Schedule{Terms: terms, Instalments: versions[i].Instalments}
	}
	return of, nil
}

// storeContract keeps the schedule that a loan is disbursed under, version 1.
func storeContract(ctx context.Context, tx *db.Tx, id LoanID, s *loan.Schedule) error {
	return storeVersions(ctx, tx, []Version{{Loan: id, Nr: 1, FromOn: s.Terms.Start,
		Instalments: s.Instalments, terms: writeTerms(&s.Terms)}})
}

func storeVersions(ctx context.Context, tx *db.Tx, versions []Version) error {
	return tx.InsertMany(ctx, insertSchedule, len(versions), func(i int, r *db.Row) {
		v := &versions[i]
		r.Int(int64(v.Loan))
		r.Int(v.Nr)
		r.Text(v.FromOn.String())
		r.Int(int64(v.Cause))
		r.Text(v.terms)
		r.Text(instalmentsText(v.Instalments))
		r.Int(tx.Now().UnixMicro())
	})
}

func storeAllocations(ctx context.Context, tx *db.Tx, all []Allocation) error {
	return tx.InsertMany(ctx, insertAllocation, len(all), func(i int, r *db.Row) {
		a := &all[i]
		r.Int(int64(a.Loan))
		r.Int(int64(a.Booking))
		r.Int(a.Seq)
		r.Int(int64(a.Payment))
		r.Text(a.CountsOn.String())
		r.Int(int64(a.Instalment))
		r.Text(a.Part.String())
		r.Int(a.Minor)
		r.Bool(a.Recovery)
	})
}
