package banksim

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"openlend/internal/clock"
)

// Options say how the bank behaves when it behaves well. Zero values are usual.
type Options struct {
	File  string      // the journal; "": the books live in memory only
	Clock clock.Clock // nil: the machine's
	Token string      // that the platform must send; "": none is asked for
	// SettleAfter is how long an order is pending. Below zero it is pending until
	// the world says otherwise (Settle, Reject).
	SettleAfter time.Duration
	// CutOff is how often the bank closes its statement; 0: 1 s.
	CutOff time.Duration
	// Callback is where news is sent, signed with Key; "": nowhere.
	Callback string
	Key      []byte
	Report   func(error) // hears of callbacks that were not taken; may be nil
}

// Bank is the simulator.
type Bank struct {
	o      Options
	mux    *http.ServeMux
	client *http.Client

	mu      sync.Mutex
	books   *books
	journal *journal
	faults  []*Fault
	news    []string // request numbers to call back about, "" for a deposit
	serial  int64    // of callbacks

	stop chan struct{} // closed by Close: whoever hangs ends
}

// What the world is refused.
var (
	errNoOrder  = errors.New("there is no such order")
	errStatus   = errors.New("the order's status does not allow this")
	errAmount   = errors.New("an amount above zero and a currency are needed")
	errConflict = errors.New("this number was used for another order")
)

// Open makes a simulator and reads its journal.
func Open(o Options) (*Bank, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.CutOff <= 0 {
		o.CutOff = time.Second
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	b := &Bank{o: o, books: newBooks(), client: &http.Client{Timeout: 5 * time.Second},
		stop: make(chan struct{})}
	var err error
	if b.journal, err = openJournal(o.File, b.books); err != nil {
		return nil, err
	}
	b.routes()
	return b, nil
}

// Close ends requests that hang and closes the journal.
func (b *Bank) Close() error {
	close(b.stop)
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.journal.close()
}

// Run settles what is due and delivers callbacks until ctx ends.
func (b *Bank) Run(ctx context.Context) {
	for {
		b.Deliver(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// write puts a record into the journal and the books.
func (b *Bank) write(r record) error {
	r.At = b.o.Clock.Now()
	if err := b.journal.write(r); err != nil {
		return err
	}
	b.books.apply(r)
	return nil
}

// settleDue decides the orders whose time has come, in the order of receiving.
func (b *Bank) settleDue() error {
	if b.o.SettleAfter < 0 || len(b.books.pending) == 0 {
		return nil
	}
	now := b.o.Clock.Now()
	waiting := slices.SortedFunc(maps.Values(b.books.pending), func(x, y *Order) int {
		return cmp.Or(x.ReceivedAt.Compare(y.ReceivedAt), cmp.Compare(x.RequestNo, y.RequestNo))
	})
	for _, o := range waiting {
		if o.ReceivedAt.Add(b.o.SettleAfter).After(now) {
			continue
		}
		if err := b.settle(o); err != nil {
			return err
		}
	}
	return nil
}

// settle pays an order, or rejects it when there is not enough money.
func (b *Bank) settle(o *Order) error {
	d := &decided{RequestNo: o.RequestNo, Status: settled}
	if b.books.account(o.Currency).balance < o.Amount {
		d.Status, d.Reason = rejected, "insufficient funds"
	}
	return b.decide(d)
}

func (b *Bank) decide(d *decided) error {
	b.news = append(b.news, d.RequestNo)
	return b.write(record{Decided: d})
}

// receive takes an order, once for each number. A fault may have it rejected.
func (b *Bank) receive(o Order, reject bool) (*Order, error) {
	before, known := b.books.orders[o.RequestNo]
	if known {
		if before.Currency != o.Currency || before.Amount != o.Amount || before.To != o.To {
			return nil, errConflict
		}
		return before, nil
	}
	if o.Amount <= 0 || len(o.Currency) != 3 || o.RequestNo == "" {
		return nil, errAmount
	}
	if err := b.write(record{Received: &o}); err != nil {
		return nil, err
	}
	if reject {
		err := b.decide(&decided{RequestNo: o.RequestNo, Status: rejected, Reason: "scripted"})
		if err != nil {
			return nil, err
		}
	}
	return b.books.orders[o.RequestNo], b.settleDue()
}

// PayIn is somebody who sends money to the platform's account, and returns the
// line of the statement.
func (b *Bank) PayIn(p PayIn) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Amount <= 0 || len(p.Currency) != 3 {
		return 0, errAmount
	}
	if err := b.write(record{PaidIn: &p}); err != nil {
		return 0, err
	}
	b.news = append(b.news, "")
	return int64(len(b.books.account(p.Currency).lines)), nil
}

// Settle pays a pending order now.
func (b *Bank) Settle(requestNo string) error {
	return b.with(requestNo, pending, b.settle)
}

// Reject refuses a pending order now.
func (b *Bank) Reject(requestNo, reason string) error {
	return b.with(requestNo, pending, func(o *Order) error {
		return b.decide(&decided{o.RequestNo, rejected, reason})
	})
}

// Return brings a settled order back, however long ago it was.
func (b *Bank) Return(requestNo, reason string) error {
	return b.with(requestNo, settled, func(o *Order) error {
		return b.decide(&decided{o.RequestNo, returned, reason})
	})
}

func (b *Bank) with(requestNo, status string, do func(*Order) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, known := b.books.orders[requestNo]
	switch {
	case !known:
		return errNoOrder
	case o.Status != status:
		return errStatus
	}
	return do(o)
}

// Orders lists all orders, as received.
func (b *Bank) Orders() []Order {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Order, len(b.books.order))
	for i, o := range b.books.order {
		all[i] = *o
	}
	return all
}

// Balance is what lies in one currency, in minor units.
func (b *Bank) Balance(currency string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.books.account(currency).balance
}

// Lines lists the statement of one currency.
func (b *Bank) Lines(currency string) []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.books.account(currency).lines)
}
