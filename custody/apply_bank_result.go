package custody

import (
	"context"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
)

// ApplyBankResult is the one place where answers, queries and lines of the
// statement meet. They may come in any order and any number of times: the first
// final word is booked, once, and what contradicts it opens a break.
//
// Refusal: ErrNotFound, when the number is not one of ours.
func ApplyBankResult(
	ctx context.Context, tx *db.Tx, ids *id.Source, requestNo string, r Result,
) error {
	p, err := loadPayoutByRequest(ctx, tx, requestNo)
	if err != nil {
		return err
	}
	h, err := lockPurse(ctx, tx, ids, &p)
	if err != nil {
		return err
	}
	steps, found := p.path(r)
	if found.kind == "" {
		if found, err = takenLines(ctx, tx, &p, steps, r); err != nil {
			return err
		}
	}
	if found.kind != "" {
		return openBreak(ctx, tx, ids, found.kind, p.Amount.Currency(), p.ID.String(), found.what)
	}
	if len(steps) == 0 {
		return nil
	}
	if p.State == PayoutIntent {
		err := openBreak(ctx, tx, ids, BreakEarly, p.Amount.Currency(), p.ID.String(),
			"the bank has the order, and in our books it was not sent yet")
		if err != nil {
			return err
		}
	}
	if err := h.walk(ctx, tx, ids, steps, r); err != nil || p.State.open() {
		return err
	}
	return saga.Wake(ctx, tx, payoutSaga, int64(p.ID))
}

// purse is a payout with all that its money moves between, locked.
type purse struct {
	*Payout
	bank    ledger.AccountID
	home    ledger.Account // where money comes back to
	instead ledger.Account // suspense: where it goes when home takes nothing
	deposit *Deposit       // that a deposit_return gives back
}

// lockPurse locks a payout's accounts, its deposit and the payout itself, and
// reads them as they are then.
func lockPurse(
	ctx context.Context, tx *db.Tx, ids *id.Source, p *Payout,
) (*purse, error) {
	currency := p.Amount.Currency()
	bank, err := accountOf(ctx, tx, ids, currency)
	if err != nil {
		return nil, err
	}
	wanted := []ledger.AccountID{p.Home, p.Transit, bank.ID}
	home, err := ledger.GetAccounts(ctx, tx, p.Home)
	if err != nil {
		return nil, err
	}
	h := &purse{Payout: p, bank: bank.ID}
	if home[0].State != ledger.Open { // suspense is busy: it is locked only where it is needed
		if h.instead, err = suspenseOf(ctx, tx, ids, currency); err != nil {
			return nil, err
		}
		wanted = append(wanted, h.instead.ID)
	}
	if err := ledger.LockAccounts(ctx, tx, wanted...); err != nil {
		return nil, err
	}
	if p.Purpose == PurposeDepositReturn {
		d, err := lockDeposit(ctx, tx, DepositID(p.Subject))
		if err != nil {
			return nil, err
		}
		h.deposit = &d
	}
	if *p, err = lockPayout(ctx, tx, p.ID); err != nil {
		return nil, err
	}
	if home, err = ledger.GetAccounts(ctx, tx, p.Home); err != nil {
		return nil, err
	}
	if h.home = home[0]; h.home.State != ledger.Open && h.instead.ID == 0 {
		return nil, db.Again("the account was frozen meanwhile")
	}
	return h, nil
}

// walk takes a payout through states: books, stores and announces them.
func (h *purse) walk(
	ctx context.Context, tx *db.Tx, ids *id.Source, steps []PayoutState, r Result,
) error {
	var commands []ledger.Command
	back := h.home
	if back.State != ledger.Open {
		back = h.instead
	}
	for _, to := range steps {
		if !h.State.may(to) {
			return ErrInvalidState.With("a payout that is %s cannot be %s", h.State, to)
		}
		commands = append(commands, h.commands(to, back.ID)...)
		if h.State = to; to == PayoutSent {
			h.SentAt = tx.Now()
		}
	}
	if err := post(ctx, tx, ids, commands); err != nil {
		return err
	}
	h.stamp(tx.Now(), r)
	if err := storePayout(ctx, tx, h.Payout); err != nil {
		return err
	}
	strayed := slices.ContainsFunc(commands, func(c ledger.Command) bool {
		return c.Credit != 0 && c.Credit == h.instead.ID && c.Credit != h.home.ID
	})
	if err := h.followDeposit(ctx, tx, ids, strayed); err != nil {
		return err
	}
	for _, to := range steps {
		topic, told := topicOf[to]
		if !told {
			continue
		}
		if err := announcePayout(ctx, tx, ids, topic, h.Payout); err != nil {
			return err
		}
	}
	return nil
}

var topicOf = map[PayoutState]string{
	PayoutSettled:  TopicPayoutSettled,
	PayoutRejected: TopicPayoutRejected,
	PayoutReturned: TopicPayoutReturned,
}

// commands are what a step books. A rejected disbursement or refund books
// nothing here: whoever started it takes it back when he hears of it.
func (h *purse) commands(to PayoutState, back ledger.AccountID) []ledger.Command {
	n := int64(h.ID)
	switch {
	case to == PayoutSent && h.State == PayoutIntent && h.Purpose.holds():
		return ledger.PostWithdrawalSent(n, h.Transit, h.Amount)
	case to == PayoutSettled && h.Purpose == PurposeDisbursement:
		return ledger.PostDisbursementSettled(h.Subject, h.Transit, h.bank, h.Amount)
	case to == PayoutSettled:
		return ledger.PostWithdrawalSettled(n, h.Transit, h.bank, h.Amount)
	case to == PayoutRejected && h.State == PayoutIntent && h.Purpose.holds():
		return ledger.PostWithdrawalCancelled(n)
	case to == PayoutRejected && h.Purpose.holds():
		return ledger.PostWithdrawalRejected(n, h.Transit, back, h.Amount)
	case to == PayoutReturned:
		return ledger.PostWithdrawalReturned(n, h.bank, back, h.Amount)
	}
	return nil
}

// followDeposit keeps the deposit that a payout gives back in step with it; and
// when money came back and could not go home, it becomes a deposit in suspense.
func (h *purse) followDeposit(
	ctx context.Context, tx *db.Tx, ids *id.Source, strayed bool,
) error {
	if h.deposit != nil {
		return h.deposit.follow(ctx, tx, h.State)
	}
	if !strayed {
		return nil
	}
	n, err := ids.Next()
	if err != nil {
		return err
	}
	return storeNewDeposit(ctx, tx, &Deposit{
		ID: DepositID(n), Payout: h.ID, Amount: h.Amount, State: DepositSuspense,
		Customer: h.Customer, Doubt: DoubtWallet, Account: h.instead.ID,
		BookedAt: tx.Now(), SeenAt: tx.Now(),
	}, nil)
}

// takenLines finds out whether a line that shows this payout shows another one
// already.
func takenLines(
	ctx context.Context, tx *db.Tx, p *Payout, steps []PayoutState, r Result,
) (finding, error) {
	if len(steps) == 0 || r.Line == 0 && r.ReturnLine == 0 {
		return finding{}, nil
	}
	other, err := loadTaker(ctx, tx, p, r)
	if err != nil || other == "" {
		return finding{}, err
	}
	return finding{BreakSecondLine, "the bank shows it on a line of " + other}, nil
}
