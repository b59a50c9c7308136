package ledger

import "openlend/money"

// A recipe is a pure function in a file of its own, post_<event>.go: it turns
// one event of a loan's life into commands, always the same ones for the same
// event, and knows nothing else. Its doc comment shows what is debited and
// credited and who calls it.
//
// All recipes take their parameters in one order: the id of the row that is the
// cause, the account that is debited, the account that is credited, the amount.
// Two outcomes that exclude each other share one cause, so that the journal's
// primary key refuses the second.

// move is the command of a plain transfer.
func move(cause Cause, debit, credit AccountID, amount money.Amount) Command {
	return Command{Cause: cause, Debit: debit, Credit: credit, Amount: amount}
}

// linked makes commands succeed together or not at all.
func linked(commands ...Command) []Command {
	for i := range commands {
		commands[i].Linked = i < len(commands)-1
	}
	return commands
}

// legs numbers the transfers of one cause by their position.
func legs(commands ...Command) []Command {
	for i := range commands {
		commands[i].Leg = i
	}
	return commands
}

// Share is what one account gets of a sum that is paid to many.
type Share struct {
	To     AccountID
	Amount money.Amount
}

// pay splits one account's money to many. A share's position in the plan is its
// leg, so the plan may be posted in pieces and again; a share of nothing writes
// no row. Shares do not wait for each other: one frozen wallet must not keep
// the money of all others.
func pay(cause Cause, from AccountID, shares []Share) []Command {
	commands := make([]Command, 0, len(shares))
	for leg, s := range shares {
		if s.Amount.IsZero() {
			continue
		}
		c := move(cause, from, s.To, s.Amount)
		c.Leg = leg
		commands = append(commands, c)
	}
	return commands
}

// Banks are the two bank accounts between which money moves when the platform
// and its clients settle.
type Banks struct{ Clients, Platform AccountID }
