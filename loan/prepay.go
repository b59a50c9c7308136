package loan

import (
	"openlend/money"
)

// prepay uses the money at hand to repay principal before it is due, once all
// that is due has been paid: first the interest accrued to the day, then the
// early-repayment fee, then principal. All three are booked on the running
// instalment, and what stays outstanding is planned anew.
//
// Money that does not exceed the accrued interest pays that in part, and the
// plan stays. When no principal is outstanding any more, the interest of later
// periods (a Flat loan may have some) falls away.
func (f *fold) prepay(use Rest, cause EventID) error {
	whole := f.account.Outstanding
	if f.owesNothing() || f.running >= len(f.lines) || f.cash == 0 && whole > 0 {
		return nil
	}
	accrued, err := f.openAccrued()
	if err != nil {
		return err
	}
	if f.cash < accrued || f.cash == accrued && whole > 0 {
		f.payAccrued(f.cash, cause)
		return nil
	}
	principal, fee, err := f.divide(f.cash - accrued)
	if err != nil {
		return err
	}
	if err := f.charge(f.running, CostPart, fee); err != nil {
		return err
	}
	if err := f.replan(use, whole-principal, accrued); err != nil {
		return err
	}
	f.draw(f.running, InterestPart, accrued, f.day)
	f.draw(f.running, CostPart, fee, f.day)
	f.draw(f.running, PrincipalPart, principal, f.day)
	f.keepVersion(cause)
	return nil
}

// payAccrued pays interest that is not due yet. When it is deferred, what is
// paid becomes due now and not with the line it was deferred to.
func (f *fold) payAccrued(minor int64, cause EventID) {
	at := f.running
	if early := minor - f.lines[at].open(InterestPart); early > 0 {
		f.lines[at].Due[InterestPart] += early
		if len(f.own) > 0 {
			f.lines[len(f.own)-1].Due[InterestPart] -= early
		} else {
			f.carryTo(at, early)
		}
		f.first = min(f.first, at)
		f.keepVersion(cause)
	}
	f.draw(at, InterestPart, minor, f.day)
}

// divide splits money for a prepayment into principal and fee: all principal
// when it is enough for that, else what leaves some of it outstanding.
func (f *fold) divide(cash int64) (principal, fee int64, err error) {
	whole := f.account.Outstanding
	fee, err = f.product.EarlyFee.on(whole)
	if err != nil {
		return 0, 0, err
	}
	if cash-fee >= whole {
		return whole, fee, nil
	}
	fee, err = f.product.EarlyFee.within(cash)
	if err != nil {
		return 0, 0, err
	}
	principal = min(cash-fee, whole-1) // a cent short of all is not all
	return principal, cash - principal, nil
}

// openAccrued returns the interest accrued to f.day that is not due yet and not
// paid by an earlier prepayment.
func (f *fold) openAccrued() (int64, error) {
	open, err := f.earned(f.day)
	if err != nil {
		return 0, err
	}
	for i := range f.lines {
		l := &f.lines[i]
		if l.DueOn <= f.day {
			open -= l.Due[InterestPart]
		} else {
			open -= l.Paid[InterestPart] + l.Waived[InterestPart]
		}
	}
	return open, nil
}

// fallDue makes all that is outstanding, and the interest accrued and not paid,
// owed on the running line, which becomes the last one.
func (f *fold) fallDue(accrued int64) error {
	at := f.running
	earned, err := f.accruedOn(at, f.day)
	if err != nil {
		return err
	}
	l := &f.lines[at]
	for i := at + 1; i < len(f.lines); i++ {
		l.Due[PrincipalPart] += f.lines[i].Due[PrincipalPart]
		f.owed -= f.lines[i].Due[InterestPart]
	}
	interest := l.Due[InterestPart] + accrued
	if l.DueOn > f.day {
		interest = l.Paid[InterestPart] + l.Waived[InterestPart] + accrued
	}
	f.owed += interest - l.Due[InterestPart] // no more than was planned later on
	l.Due[InterestPart] = interest
	l.Balance = 0
	f.lines = f.lines[:at+1]
	f.carryAllTo(at)
	f.first = min(f.first, at)
	if at < len(f.own) {
		f.own = f.own[:at+1]
		f.own[at] = earned
	}
	f.anchor = anchor{on: f.day, line: at, accrued: earned}
	return nil
}

// replan lays out the balance that a prepayment leaves over the due dates that
// remain, by the rules of a new schedule whose first period has begun already.
func (f *fold) replan(use Rest, balance, accrued int64) error {
	at, plan, own := f.running, f.lines, f.own
	from := at // the first line that is planned anew
	if plan[at].DueOn == f.day {
		from++
	}
	old, err := f.left(from)
	if err != nil {
		return err
	}
	ps, err := f.periodsLeft(from)
	if err != nil {
		return err
	}
	if err := f.fallDue(accrued); err != nil {
		return err
	}
	if balance == 0 || from == len(plan) {
		return nil
	}
	rows, err := f.layOutAnew(use, balance, old, ps)
	if err != nil {
		return err
	}
	for len(rows) > 1 && rows[len(rows)-1].Total() == 0 {
		rows = rows[:len(rows)-1]
	}
	f.lines = plan[:from+len(rows)]
	f.own = own[:min(len(own), len(f.lines))]
	return f.adopt(from, balance, rows, ps)
}

// left returns the lines from one on as they still stand: principal to be
// repaid, interest that their own periods have yet to earn.
func (f *fold) left(from int) ([]Instalment, error) {
	rows := make([]Instalment, 0, len(f.lines)-from)
	for i := from; i < len(f.lines); i++ {
		l := &f.lines[i]
		earned := int64(0)
		if i == f.running {
			var err error
			if earned, err = f.accruedOn(i, f.day); err != nil {
				return nil, err
			}
		}
		rows = append(rows, Instalment{Nr: int32(l.Nr), DueOn: l.DueOn,
			Principal: l.open(PrincipalPart), Interest: f.ownInterest(i) - earned})
	}
	return rows, nil
}

// periodsLeft returns the periods of the lines from one on; when that is the
// running one, only what is left of its period.
func (f *fold) periodsLeft(from int) ([]period, error) {
	ps, err := f.terms.periodsToPay(make([]period, 0, f.terms.Instalments))
	if err != nil {
		return nil, err
	}
	if len(ps) < len(f.lines)-f.base {
		return nil, ErrSchedule
	}
	ps = ps[from-f.base : len(f.lines)-f.base]
	if from == f.running {
		ps[0].factor, err = f.terms.remaining(ps[0].factor, f.bearsFrom(from), f.day,
			f.lines[from].DueOn)
	}
	return ps, err
}

// layOutAnew plans a balance over the periods left. For a shorter term the
// instalment (EqualInstalments) or its principal (EqualPrincipal) stays as it
// was and the last ones fall away; for a smaller instalment the terms are
// applied to the balance as to a new loan. A loan that repays all its principal
// at the end knows no difference.
func (f *fold) layOutAnew(use Rest, balance int64, old []Instalment, ps []period) (
	[]Instalment, error) {
	t := *f.terms
	gone := int(old[0].Nr) - 1 - f.base
	t.Principal = money.New(balance, f.account.Currency)
	t.Instalments = len(ps)
	t.GracePrincipal = max(0, t.GracePrincipal-gone)
	t.GraceInterest = max(0, t.GraceInterest-gone)
	if t.Method == Flat {
		return old, t.layFlatAnew(use, old)
	}
	rows := old
	if use == RestShorter {
		return rows, t.layOnBalance(rows, ps, f.regular)
	}
	err := t.layOut(rows, ps)
	f.regular = regularInstalment(t.Method, rows)
	return rows, err
}

// layFlatAnew plans the balance of a Flat loan anew, rows being what is left of
// the old plan. For a shorter term the first of them stay as they are until the
// balance is used up; for a smaller instalment all of them shrink with it,
// interest too: it is charged on the principal that was not prepaid.
func (t *Terms) layFlatAnew(use Rest, rows []Instalment) error {
	left, deferred := t.Principal.Minor(), int64(0)
	if use == RestSmaller {
		if err := shrink(rows, left); err != nil {
			return err
		}
	}
	for i := range rows {
		r := &rows[i]
		if left == 0 {
			r.Interest = 0 // this instalment falls away
		}
		r.Principal = min(r.Principal, left)
		left -= r.Principal
		r.Balance = left
		r.Interest, deferred = r.Interest+deferred, 0
		if i < t.GraceInterest && left > 0 {
			r.Interest, deferred = 0, r.Interest
		}
	}
	return nil
}

// shrink scales principal and interest of rows to a smaller principal: its
// parts by largest remainder, interest half even.
func shrink(rows []Instalment, principal int64) error {
	whole, weights := int64(0), make([]int64, len(rows))
	for i := range rows {
		weights[i] = rows[i].Principal
		whole += rows[i].Principal
	}
	parts, err := money.SplitMinor(principal, weights)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Principal = parts[i]
		rows[i].Interest, err = money.MulDiv(rows[i].Interest, principal, whole, money.HalfEven)
		if err != nil {
			return err
		}
	}
	return nil
}

// adopt makes rows the plan of the lines from one on.
func (f *fold) adopt(from int, balance int64, rows []Instalment, ps []period) error {
	at := f.running
	earned := f.anchor.accrued
	f.lines[at].Due[PrincipalPart] -= balance // fallDue put it there
	f.lines[at].Balance, f.anchor.balance = balance, balance
	for i := range rows {
		l, due := &f.lines[from+i], Parts{}
		due[InterestPart], due[PrincipalPart] = rows[i].Interest, rows[i].Principal
		if from+i == at {
			l.Due[InterestPart] += due[InterestPart]
			l.Due[PrincipalPart] += due[PrincipalPart]
		} else {
			l.Due = due
		}
		l.Balance = rows[i].Balance
		owed, err := money.AddMinor(f.owed, due[InterestPart])
		if err != nil {
			return err
		}
		f.owed = owed
	}
	if from >= len(f.own) {
		return nil
	}
	last := len(f.own) - 1
	if err := f.spreadDeferred(from, balance, rows[last-from].Interest, ps); err != nil {
		return err
	}
	if from == at {
		f.own[at] += earned
	}
	return nil
}

// keepVersion records the plan in force as a version of its own.
func (f *fold) keepVersion(cause EventID) {
	rows := make([]Instalment, len(f.lines))
	for i := range f.lines {
		l := &f.lines[i]
		principal, interest := l.Due[PrincipalPart], l.Due[InterestPart]
		rows[i] = Instalment{int32(l.Nr), l.DueOn, principal, interest, l.Balance}
	}
	f.account.Versions = append(f.account.Versions, Version{f.day, cause, rows})
}

// regularInstalment returns what layOnBalance takes as the instalment of a
// plan: its sum for EqualInstalments, its principal for EqualPrincipal, 0 for
// methods that repay at the end. Any instalment that repays something and
// leaves something shows it; a plan without one has only its last.
func regularInstalment(m Method, rows []Instalment) int64 {
	if m != EqualInstalments && m != EqualPrincipal {
		return 0
	}
	r := rows[len(rows)-1]
	for i := range rows {
		if rows[i].Principal > 0 && rows[i].Balance > 0 {
			r = rows[i]
			break
		}
	}
	if m == EqualPrincipal {
		return r.Principal
	}
	return r.Total()
}
