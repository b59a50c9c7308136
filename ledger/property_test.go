package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
	"openlend/refusal"
)

// play is one random history, in the books and in the model.
type play struct {
	*rapid.T

	b        *books
	model    *model
	accounts []ledger.AccountID
	causes   []ledger.Cause // used so far
	holds    []ledger.Cause // those of them that were to hold
	ways     []func([]ledger.Command) ([]ledger.Result, error)
	started  calendar.Date
}

// The cast of a play.
var cast = []struct {
	kind            ledger.Kind
	currency        money.Currency
	running, credit bool
}{
	{ledger.BankClients, "EUR", false, false}, {ledger.Wallet, "EUR", true, true},
	{ledger.Escrow, "EUR", true, true}, {ledger.Collection, "EUR", true, true},
	{ledger.Receivable, "EUR", true, false}, {ledger.FeeIncome, "EUR", false, true},
	{ledger.BankClients, "USD", false, false}, {ledger.Wallet, "USD", true, true},
}

// Random histories, booked by Post and by two posters in turns, in calls of any
// size, with accounts that freeze and dates that close between them, give the
// answers, balances, holds and statements that the model gives.
func TestBooksAreTheModel(t *testing.T) {
	eachBooks(t, func(b *books) {
		first, other := b.poster(0), b.second()
		by := func(p *ledger.Poster) func([]ledger.Command) ([]ledger.Result, error) {
			return func(c []ledger.Command) ([]ledger.Result, error) {
				return p.DoMany(b.Context(), c)
			}
		}
		ways := []func([]ledger.Command) ([]ledger.Result, error){
			func(c []ledger.Command) ([]ledger.Result, error) { return b.tryPost(b.db, c...) },
			by(first), by(other.poster),
		}
		rapid.Check(b.T, func(t *rapid.T) {
			p := &play{T: t, b: b, ways: ways, started: b.dates().BusinessOn}
			p.begin()
			for range rapid.IntRange(4, 16).Draw(t, "acts") {
				p.act()
			}
			p.compare()
		})
		mustBeSound(b)
	})
}

func (p *play) begin() {
	p.model = &model{accounts: map[ledger.AccountID]*modelAccount{},
		holds: map[ledger.Cause]*modelHold{}, booked: map[modelKey]*modelRow{},
		today: p.started, now: p.b.clock.Now().UnixMicro()}
	wanted := make([]ledger.NewAccount, len(cast))
	for i, c := range cast {
		wanted[i] = ledger.NewAccount{Kind: c.kind, Currency: c.currency, OwnerID: p.b.owner()}
	}
	opened := write(p.b, func(ctx context.Context, tx *db.Tx) ([]ledger.Account, error) {
		return ledger.OpenAccounts(ctx, tx, p.b.ids, wanted)
	})
	for i, c := range cast {
		p.accounts = append(p.accounts, opened[i].ID)
		p.model.accounts[opened[i].ID] = &modelAccount{running: c.running, credit: c.credit,
			currency: c.currency, state: ledger.Open}
	}
	var commands []ledger.Command
	for _, credit := range p.accounts[1:4] { // some money to begin with
		deposit := ledger.PostDeposit(p.b.next(), p.accounts[0], credit, eur(50))
		commands = append(commands, deposit...)
	}
	p.mustAgree(0, commands)
}

func (p *play) act() {
	switch rapid.IntRange(0, 13).Draw(p.T, "act") {
	case 0:
		id := p.account("account")
		to := rapid.SampledFrom([]ledger.State{ledger.Frozen, ledger.Open, ledger.Closed}).
			Draw(p.T, "state")
		if got, want := refusal.Code(p.b.tryState(id, to)), p.model.setState(id, to); got != want {
			p.Fatalf("to %s: %q, the model says %q", to, got, want)
		}
	case 1:
		p.model.today = p.b.nextDate()
	case 2:
		if now := p.b.dates(); now.SealedThrough.Days(1) < now.BusinessOn {
			p.b.sealDate(now.SealedThrough.Days(1))
		}
	case 3:
		p.b.clock.Advance(time.Minute)
		p.model.now = p.b.clock.Now().UnixMicro()
	default:
		p.call()
	}
}

// call books a group of commands in one of the ways.
func (p *play) call() {
	commands := rapid.SliceOfN(rapid.Custom(p.command), 1, 9).Draw(p.T, "commands")
	commands[len(commands)-1].Linked = false
	p.mustAgree(rapid.IntRange(0, len(p.ways)-1).Draw(p.T, "way"), commands)
}

func (p *play) mustAgree(way int, commands []ledger.Command) {
	results, err := p.ways[way](commands)
	if err != nil {
		p.Fatal(err)
	}
	got := codes(results)
	for i, want := range p.model.book(commands) {
		if got[i] != want.code {
			p.Fatalf("way %d, command %d %+v: %q, the model says %q",
				way, i, commands[i], got[i], want.code)
		}
		switch {
		case want.row == nil:
		case want.row.id == 0:
			want.row.id = results[i].Transfer
		case want.row.id != results[i].Transfer:
			p.Fatalf("command %d: transfer %s, the model says %s", i, results[i].Transfer, want.row.id)
		}
	}
}

func (p *play) account(label string) ledger.AccountID {
	return rapid.SampledFrom(p.accounts).Draw(p.T, label)
}

// command draws one: mostly sensible, now and then with a cause that was used.
func (p *play) command(t *rapid.T) ledger.Command {
	one := func(label string, of int) bool { return rapid.IntRange(1, of).Draw(t, label) == 1 }
	account := rapid.SampledFrom(p.accounts[:5])
	if one("any account", 5) {
		account = rapid.SampledFrom(p.accounts)
	}
	c := ledger.Command{
		Op: rapid.SampledFrom([]ledger.Op{
			ledger.OpTransfer, ledger.OpTransfer, ledger.OpTransfer, ledger.OpHold, ledger.OpHold,
			ledger.OpPostHold, ledger.OpPostHold, ledger.OpVoidHold, ledger.OpExpireHold,
			ledger.OpReverse,
		}).Draw(t, "op"),
		Cause:  ledger.Cause{Type: "test", ID: p.b.next()},
		Debit:  account.Draw(t, "debit"),
		Credit: account.Draw(t, "credit"),
		Amount: money.New(rapid.Int64Range(1, 30).Draw(t, "minor"), "EUR"),
		Linked: one("linked", 4),
	}
	if len(p.causes) > 0 && one("used", 6) {
		c.Cause = rapid.SampledFrom(p.causes).Draw(t, "cause")
	}
	if len(p.holds) > 0 {
		c.Of = rapid.SampledFrom(p.holds).Draw(t, "of")
	}
	if one("odd amount", 8) {
		c.Amount = money.New(rapid.SampledFrom([]int64{-1, 0, 1, 1 << 55}).Draw(t, "odd"),
			rapid.SampledFrom([]money.Currency{"EUR", "USD"}).Draw(t, "currency"))
	}
	p.causes = append(p.causes, c.Cause)
	if c.Op == ledger.OpHold {
		p.holds = append(p.holds, c.Cause)
		if one("expires", 2) {
			c.Expires = p.b.clock.Now().Add(time.Minute)
		}
	}
	return c
}

// compare looks at everything that can be asked of the accounts.
func (p *play) compare() {
	now := p.b.dates()
	for id, want := range p.model.accounts {
		got := p.b.account(id)
		if want.running && (got.Posted != want.posted || got.Held != want.held) ||
			got.State != want.state {
			p.Fatalf("%s: %+v, the model says %+v", id, got, want)
		}
		p.compareHolds(id)
		if want.running {
			p.compareStatement(id, want)
		}
	}
	for on := p.started.Days(-1); on <= now.BusinessOn; on++ {
		balances := read(p.b, func(ctx context.Context, tx *db.Tx) ([]money.Amount, error) {
			return ledger.BalancesOn(ctx, tx, on, p.accounts...)
		})
		for i, got := range balances {
			if want := p.model.accounts[p.accounts[i]].balanceOn(on); got.Minor() != want {
				p.Fatalf("%s on %s (sealed through %s): %d, the model says %d",
					p.accounts[i], on, now.SealedThrough, got.Minor(), want)
			}
		}
	}
}

func (p *play) compareHolds(id ledger.AccountID) {
	open := map[ledger.Cause]int64{}
	for _, h := range p.b.openHolds(id, ledger.Cause{}, 0) {
		open[h.Cause] = h.Remaining
	}
	want := map[ledger.Cause]int64{}
	for cause, h := range p.model.holds {
		if h.account == id && h.state == ledger.HoldOpen {
			want[cause] = h.remaining
		}
	}
	if fmt.Sprint(open) != fmt.Sprint(want) {
		p.Fatalf("open holds of %s: %v, the model says %v", id, open, want)
	}
}

func (p *play) compareStatement(id ledger.AccountID, a *modelAccount) {
	limit := rapid.IntRange(1, 20).Draw(p.T, "limit")
	rows := p.b.statement(ledger.StatementQuery{Account: id, Limit: limit}, nil)
	if len(rows) != len(a.rows) {
		p.Fatalf("%s: %d rows, the model has %d", id, len(rows), len(a.rows))
	}
	for i, got := range rows {
		at := len(rows) - 1 - i
		want := a.rows[at]
		if got.Transfer != want.id || got.Cause != want.cause || got.BusinessOn != want.on ||
			got.Balance.Minor() != a.after[at] ||
			got.Amount.Minor() != a.change(want.debit == id, want.minor) ||
			(got.Entry == ledger.EntryReversal) != want.reversal {
			p.Fatalf("%s, row %d: %+v, the model says %+v", id, i, got, want)
		}
	}
}
