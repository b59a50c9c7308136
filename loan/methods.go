package loan

import "openlend/money"

// layOnBalance fills in rows that bear interest on the outstanding balance. An
// instalment repays amount; for EqualInstalments that is principal and interest
// together, for the other methods principal alone. None is repaid in the grace
// time, never more than is left, and all that is left with the last one.
func (t *Terms) layOnBalance(rows []Instalment, ps []period, amount int64) error {
	balance, deferred := t.Principal.Minor(), int64(0)
	withInterest := t.Method == EqualInstalments
	last := len(rows) - 1
	for i := range rows {
		p, row := &ps[i], &rows[i]
		interest, err := p.factor.on(balance)
		if err != nil {
			return err
		}
		if deferred > 0 {
			if interest, err = money.AddMinor(interest, deferred); err != nil {
				return err
			}
		}
		if deferred = 0; i < t.GraceInterest && i < last {
			interest, deferred = 0, interest
		}
		principal := amount
		if withInterest {
			principal -= interest
		}
		if i < t.GracePrincipal || principal < 0 {
			principal = 0
		}
		if i == last || principal > balance {
			principal = balance
		}
		balance -= principal
		// One by one: a whole row would be made elsewhere and then copied.
		row.Nr, row.DueOn = int32(i+1), p.dueOn
		row.Principal, row.Interest, row.Balance = principal, interest, balance
	}
	return nil
}

// layFlat fills in the rows of a Flat loan. The interest of the whole term on
// the first principal is spread evenly over the periods that bear any, and the
// principal over the instalments that repay any; the last one takes the rest of
// both. The multiple rounds their sum.
func (t *Terms) layFlat(rows []Instalment, ps []period) error {
	balance := t.Principal.Minor()
	unpaid, each, err := t.flatInterest()
	if err != nil {
		return err
	}
	share, err := t.flatShare(each)
	if err != nil {
		return err
	}
	deferred := int64(0)
	for i := range rows {
		interest, principal := min(each, unpaid), max(min(share, balance), 0)
		if i < t.InterestFreePeriods {
			interest = 0
		}
		if i < t.GracePrincipal {
			principal = 0
		}
		if i == len(rows)-1 {
			interest, principal = unpaid, balance
		}
		unpaid -= interest
		balance -= principal
		interest += deferred // no overflow: both are parts of the interest of the term
		if deferred = 0; i < t.GraceInterest {
			interest, deferred = 0, interest
		}
		rows[i] = Instalment{int32(i + 1), ps[i].dueOn, principal, interest, balance}
	}
	return nil
}

// flatInterest returns the interest of a Flat loan in total and for each period
// that bears any, both half even. Refusal: money.ErrOverflow.
func (t *Terms) flatInterest() (total, each int64, err error) {
	term, err := t.wholeTerm()
	if err != nil {
		return 0, 0, err
	}
	if total, err = term.factor.on(t.Principal.Minor()); err != nil {
		return 0, 0, err
	}
	bearing := int64(max(t.Instalments-t.InterestFreePeriods, 1))
	each, err = money.MulDiv(total, 1, bearing, money.HalfEven)
	return total, each, err
}

// flatShare returns the principal in an instalment of a Flat loan with so much
// interest in it; below zero when the multiple rounds away more than there is.
func (t *Terms) flatShare(interest int64) (int64, error) {
	share, err := t.share()
	if err != nil {
		return 0, err
	}
	instalment, err := money.AddMinor(share, interest)
	if err != nil {
		return 0, err
	}
	instalment, err = t.toMultiple(instalment)
	return instalment - interest, err
}

// share is the principal divided by the instalments that repay any, half even.
func (t *Terms) share() (int64, error) {
	n := int64(t.Instalments - t.GracePrincipal)
	return money.MulDiv(t.Principal.Minor(), 1, n, money.HalfEven)
}

// toMultiple rounds an instalment to the agreed multiple, half even, unless
// nothing would be left of it. Refusal: money.ErrOverflow.
func (t *Terms) toMultiple(instalment int64) (int64, error) {
	if t.InstalmentMultiple <= 1 {
		return instalment, nil
	}
	a, err := money.New(instalment, t.Principal.Currency()).
		RoundTo(t.InstalmentMultiple, money.HalfEven)
	if err != nil || a.IsZero() {
		return instalment, err
	}
	return a.Minor(), nil
}
