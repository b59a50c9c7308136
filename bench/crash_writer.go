package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
)

// crashCallers write at once in one writer.
const crashCallers = 48

// CrashWriter books a mix of everything until it is killed, and writes a line
// for each command that it was told is booked, after it was told.
func CrashWriter(ctx context.Context, url, data string, out io.Writer) error {
	b := &books{}
	if err := b.open(ctx, url); err != nil {
		return err
	}
	if err := b.findWallets(ctx); err != nil {
		return err
	}
	b.serveBooks(ctx, data)
	w := &crashWriter{books: b, poster: ledger.NewPoster(b.db, b.ids, 0),
		acks: make(chan ack, 1024)}
	defer w.poster.Close()
	failed := make(chan error, crashCallers+1)
	go func() { failed <- w.report(out) }()
	for range crashCallers {
		go func() { failed <- w.work(ctx) }()
	}
	return <-failed
}

type crashWriter struct {
	*books
	poster *ledger.Poster
	acks   chan ack
}

// report writes acknowledgements in the order in which they came.
func (w *crashWriter) report(out io.Writer) error {
	lines := bufio.NewWriter(out)
	for a := range w.acks {
		if _, err := lines.WriteString(a.String()); err != nil {
			return err
		}
		if len(w.acks) == 0 {
			if err := lines.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *crashWriter) work(ctx context.Context) error {
	for {
		var err error
		switch rand.IntN(6) {
		case 0, 1:
			err = w.transfer(ctx)
		case 2:
			err = w.holdAndPost(ctx)
		case 3:
			err = w.linked(ctx)
		case 4:
			err = w.twice(ctx)
		case 5:
			err = w.ownTransaction(ctx)
		}
		if err != nil {
			return err
		}
	}
}

func (w *crashWriter) transfer(ctx context.Context) error {
	return w.do(ctx, w.between())
}

// do books commands in one call and acknowledges those that are booked. A
// refusal for want of money is part of the mix.
func (w *crashWriter) do(ctx context.Context, commands ...ledger.Command) error {
	results, err := w.poster.DoMany(ctx, commands)
	if err != nil {
		return err
	}
	return w.acknowledge(commands, results)
}

func (w *crashWriter) acknowledge(commands []ledger.Command, results []ledger.Result) error {
	for i, r := range results {
		c := &commands[i]
		switch {
		case errors.Is(r.Err, ledger.ErrInsufficient), errors.Is(r.Err, ledger.ErrLinked):
			continue
		case r.Err != nil:
			return fmt.Errorf("refused: %w", r.Err)
		}
		a := ack{Kind: "T", Type: c.Cause.Type, Cause: c.Cause.ID, Leg: int64(c.Leg),
			Debit: int64(c.Debit), Credit: int64(c.Credit), Amount: c.Amount.Minor()}
		switch c.Op {
		case ledger.OpHold:
			a.Kind = "H"
		case ledger.OpVoidHold:
			a = ack{Kind: "V", Type: c.Of.Type, Cause: c.Of.ID}
		}
		w.acks <- a
	}
	return nil
}

// holdAndPost reserves, posts a part and releases the rest.
func (w *crashWriter) holdAndPost(ctx context.Context) error {
	hold := w.between()
	hold.Op, hold.Credit = ledger.OpHold, 0
	if err := w.do(ctx, hold); err != nil {
		return err
	}
	if hold.Amount.Minor() < 2 {
		return nil
	}
	post := w.command(hold.Debit, w.wallets[rand.IntN(len(w.wallets))],
		1+rand.Int64N(hold.Amount.Minor()-1))
	if post.Credit == post.Debit {
		return nil
	}
	post.Op, post.Of = ledger.OpPostHold, hold.Cause
	void := ledger.Command{Op: ledger.OpVoidHold, Of: hold.Cause}
	results, err := w.poster.DoMany(ctx, []ledger.Command{post, void})
	if err != nil {
		return err
	}
	for _, r := range results { // nothing was held when the wallet was empty
		if errors.Is(r.Err, ledger.ErrNoHold) {
			return nil
		}
	}
	return w.acknowledge([]ledger.Command{post, void}, results)
}

// linked moves money through two wallets or not at all.
func (w *crashWriter) linked(ctx context.Context) error {
	first, second := w.between(), w.between()
	first.Linked = true
	if rand.IntN(4) == 0 {
		second.Amount = money.New(1<<50, currency) // more than there is
	}
	return w.do(ctx, first, second)
}

// twice hands in one command two times at once: it is booked once.
func (w *crashWriter) twice(ctx context.Context) error {
	c := w.between()
	var wg sync.WaitGroup
	var errs [2]error
	for i := range errs {
		wg.Go(func() { errs[i] = w.do(ctx, c) })
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

// ownTransaction books as another room would, inside its own transaction.
func (w *crashWriter) ownTransaction(ctx context.Context) error {
	commands := []ledger.Command{w.between(), w.between()}
	results, err := db.Write(ctx, w.db,
		func(ctx context.Context, tx *db.Tx) ([]ledger.Result, error) {
			return ledger.Post(ctx, tx, w.ids, commands)
		})
	if err != nil {
		return err
	}
	return w.acknowledge(commands, results)
}
