package custody

import (
	"context"
	"errors"
	"time"

	"openlend/customer"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/fault"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/refusal"
)

// payoutSaga brings a payout to its end. Its subject is the payout.
//
//	order   books it as sent, or rejects it: the account cannot be paid any more
//	tell    sends the order, once
//	await   asks the bank under the same number until it has said the end
const payoutSaga = "payout"

const (
	frozenLook    = 15 * time.Second // how often a payout looks whether it is still frozen
	awaitDeadline = 24 * time.Hour   // then a person must look
)

// teller speaks with the bank about payouts. No transaction is open meanwhile.
type teller struct {
	db    *db.DB
	ids   *id.Source
	bank  *Bank
	vault *crypt.Vault
}

// order is the point of no return: from here on the bank may have the order.
func (t *teller) order(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
	frozen, err := gateIsFrozen(ctx, tx)
	if err != nil {
		return saga.Next{}, err
	}
	if frozen {
		return saga.Wait("payouts are frozen", tx.Now().Add(frozenLook)), nil
	}
	p, err := loadPayout(ctx, tx, PayoutID(s.Subject))
	if err != nil {
		return saga.Next{}, err
	}
	h, err := lockPurse(ctx, tx, t.ids, &p)
	if err != nil || p.State != PayoutIntent {
		return saga.Done(), err
	}
	why, err := h.unpayable(ctx, tx)
	if err != nil {
		return saga.Next{}, err
	}
	to := PayoutSent
	if why != "" {
		to = PayoutRejected
	}
	return saga.Done(), h.walk(ctx, tx, t.ids, []PayoutState{to}, Result{Reason: why})
}

// unpayable says why a payout must not go out any more, "" when it may.
func (h *purse) unpayable(ctx context.Context, tx *db.Tx) (string, error) {
	if h.Purpose.holds() && h.home.State != ledger.Open {
		return "the account it comes from takes no postings", nil
	}
	if h.Purpose == PurposeDepositReturn {
		return "", nil
	}
	who, err := customer.Get(ctx, tx, h.Customer)
	if err != nil {
		return "", err
	}
	if refused := who.MayWithdraw(); refusal.Code(refused) != "" {
		return refused.Error(), nil
	}
	to, err := customer.PayoutAccount(ctx, tx, h.Customer, h.Amount.Currency())
	switch {
	case errors.Is(err, customer.ErrNoBankAccount), err == nil && to.ID != h.BankAccount:
		return "the customer's bank account was changed", nil
	}
	return "", err
}

// tell sends the order once. A try is counted before the bank is called: when
// one was counted and nothing was heard, the process died in between, and
// whether the bank has the order is found out by asking, not by sending again.
func (t *teller) tell(ctx context.Context, s *saga.Saga) (saga.Next, error) {
	p, err := t.read(ctx, PayoutID(s.Subject))
	switch {
	case err != nil || !p.State.open():
		return saga.Done(), err
	case p.Tries > 0:
		return saga.Done(), t.apply(ctx, &p, Result{Outcome: OutcomeUnknown})
	}
	return t.send(ctx, &p)
}

// await asks until the bank has said the end.
func (t *teller) await(ctx context.Context, s *saga.Saga) (saga.Next, error) {
	p, err := t.read(ctx, PayoutID(s.Subject))
	if err != nil || !p.State.open() {
		return saga.Done(), err
	}
	found, err := t.bank.Find(ctx, p.RequestNo)
	if err != nil {
		return saga.Retry(err.Error(), 0), nil
	}
	if !found.Known {
		return t.missing(ctx, &p, found)
	}
	if err := t.apply(ctx, &p, found.Result); err != nil {
		return saga.Next{}, err
	}
	if p, err = t.read(ctx, p.ID); err != nil || !p.State.open() {
		return saga.Done(), err
	}
	return saga.Retry("the bank has not said the end yet", 0), nil
}

// missing goes on when the bank does not know the number: it waits for the
// bank's cut-off and its statement, and only then sends the same number again.
func (t *teller) missing(ctx context.Context, p *Payout, f Found) (saga.Next, error) {
	if p.MissingAt.IsZero() {
		if err := t.noteMissing(ctx, p.ID, f.At); err != nil {
			return saga.Next{}, err
		}
		return saga.Retry("the bank does not know the order", 0), nil
	}
	a, err := db.Read(ctx, t.db, func(ctx context.Context, tx *db.Tx) (Account, error) {
		return loadAccount(ctx, tx, p.Amount.Currency())
	})
	if err != nil {
		return saga.Next{}, err
	}
	if !p.countsAsMissing(f, a.CompleteAt) {
		return saga.Retry("the bank does not know the order; its cut-off and its statement decide",
			0), nil
	}
	next, err := t.send(ctx, p)
	if err != nil || next != saga.Done() {
		return next, err
	}
	return saga.Retry("the order was sent again under the same number", 0), nil
}

// send counts a try and sends the order. Done says that it was tried, whatever
// has come of it.
func (t *teller) send(ctx context.Context, p *Payout) (saga.Next, error) {
	if err := t.bank.Ready(); err != nil {
		return saga.Retry(err.Error(), 0), nil
	}
	o, err := t.compose(ctx, p)
	if errors.Is(err, customer.ErrBankAccountState) { // the bank has no order, and gets none
		return saga.Done(), t.apply(ctx, p, Result{Outcome: OutcomeRejected, Amount: p.Amount,
			Reason: "the customer's bank account was removed"})
	}
	if err != nil {
		return saga.Next{}, err
	}
	why, err := t.countTry(ctx, p)
	if err != nil {
		return saga.Next{}, err
	}
	if why != "" {
		return saga.Retry(why, frozenLook), nil
	}
	fault.Point("payout.before-send")
	r, err := t.bank.Send(ctx, o)
	fault.Point("payout.after-send")
	if err != nil {
		r = Result{Outcome: OutcomeUnknown}
	}
	return saga.Done(), t.apply(ctx, p, r)
}

// compose makes the order of a payout.
func (t *teller) compose(ctx context.Context, p *Payout) (Order, error) {
	o := Order{RequestNo: p.RequestNo, Amount: p.Amount, Text: "openlend " + p.RequestNo}
	return db.Read(ctx, t.db, func(ctx context.Context, tx *db.Tx) (Order, error) {
		if p.Purpose == PurposeDepositReturn {
			from, err := openPayer(ctx, tx, t.vault, DepositID(p.Subject))
			o.To = from.Party
			return o, err
		}
		to, err := customer.RevealBankAccount(ctx, tx, t.vault, p.BankAccount)
		o.To = Party{Name: to.Holder, Account: to.Account, Country: to.Country}
		return o, err
	})
}

// countTry keeps that an order goes out now, or says why it must not.
func (t *teller) countTry(ctx context.Context, p *Payout) (why string, err error) {
	defer fault.Point("payout.after-try")
	return db.Write(ctx, t.db, func(ctx context.Context, tx *db.Tx) (string, error) {
		frozen, err := gateIsFrozen(ctx, tx)
		if err != nil {
			return "", err
		}
		if frozen {
			return "payouts are frozen", nil
		}
		now, err := lockPayout(ctx, tx, p.ID)
		if err != nil {
			return "", err
		}
		if !now.State.open() {
			return "the bank has said the end meanwhile", nil
		}
		now.Tries, now.MissingAt = p.Tries+1, time.Time{}
		err = storePayout(ctx, tx, &now)
		fault.Point("payout.before-try")
		return "", err
	})
}

func (t *teller) noteMissing(ctx context.Context, n PayoutID, at time.Time) error {
	_, err := db.Write(ctx, t.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		p, err := lockPayout(ctx, tx, n)
		if err != nil || !p.MissingAt.IsZero() {
			return struct{}{}, err
		}
		p.MissingAt = at
		return struct{}{}, storePayout(ctx, tx, &p)
	})
	return err
}

func (t *teller) read(ctx context.Context, n PayoutID) (Payout, error) {
	return db.Read(ctx, t.db, func(ctx context.Context, tx *db.Tx) (Payout, error) {
		return loadPayout(ctx, tx, n)
	})
}

// apply books what was heard.
func (t *teller) apply(ctx context.Context, p *Payout, r Result) error {
	_, err := db.Write(ctx, t.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		err := ApplyBankResult(ctx, tx, t.ids, p.RequestNo, r)
		fault.Point("payout.before-record")
		return struct{}{}, err
	})
	fault.Point("payout.after-record")
	return err
}
