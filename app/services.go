package app

import (
	"context"
	"slices"
	"time"

	"openlend/closing"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/idem"
	"openlend/internal/outbox"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/market"
	"openlend/origination"
	"openlend/servicing"
)

// service is something that runs for as long as its context lives. Several
// processes may have it: a lease lets one of them work, or it is made so that
// several may.
type service struct {
	name string
	role Role
	run  func(context.Context)
}

const (
	sealEvery  = 5 * time.Second // batches wait for their leaf at most about that long
	openEvery  = 5 * time.Second // so late a scheduled listing may open
	sweepEvery = time.Minute     // money that waits for somebody's account
	purgeEvery = 10 * time.Minute
)

// services are those of this process's role, in the order of starting: who is
// told of news before who tells it.
func (a *App) services() []service {
	all := slices.Concat(a.workers(), a.consumers(), a.bankers(), []service{
		{"closing", RoleCloser, a.Closer().Serve},
		{"relay", RoleWorker, a.relay().Run},
	})
	if a.Database == "" {
		all = append(all, service{"control", RoleAll, a.control})
	}
	return slices.DeleteFunc(all, func(s service) bool { return !a.Role.does(s.role) })
}

func (a *App) workers() []service {
	checker := &customer.Checker{
		DB: a.DB, IDs: a.IDs, Vault: a.Vault, Provider: customer.BuiltIn(),
		Report: a.report("identity checks"),
	}
	return []service{
		{"sealer", RoleWorker, func(ctx context.Context) {
			ledger.ServeSealer(
				ctx, a.DB, a.Wall, a.holder, a.logPlace(), sealEvery, a.report("sealer"))
		}},
		{"purge", RoleWorker, a.every(purgeEvery, "purge", func(ctx context.Context) error {
			_, err := idem.Purge(ctx, a.DB)
			return err
		})},
		{"sweep", RoleWorker, a.every(sweepEvery, "sweep", func(ctx context.Context) error {
			return servicing.Sweep(ctx, a.DB, a.IDs)
		})},
		{"opening", RoleWorker, func(ctx context.Context) {
			market.ServeOpening(
				ctx, a.DB, a.IDs, a.Wall, a.holder, openEvery, a.report("opening"))
		}},
		{"identity checks", RoleWorker, checker.Run},
		{"processes", RoleWorker, a.engine("processes",
			slices.Concat(market.Sagas(a.IDs), servicing.Sagas(a.IDs))).Run},
	}
}

// bankers are whoever speaks with the bank, and the bank when it is played here.
func (a *App) bankers() []service {
	if a.bank == nil {
		return nil
	}
	all := []service{
		{"payouts", RoleBank, a.engine("payouts",
			custody.Sagas(a.DB, a.IDs, a.bank, a.Vault)).Run},
		{"statement", RoleBank, a.poller().Run},
	}
	if a.simulator != nil {
		all = slices.Insert(all, 0, service{"bank simulator", RoleBank, a.simulator.run})
	}
	return all
}

// consumers are what every room hears.
func (a *App) consumers() []service {
	rooms := slices.Concat(
		origination.Consumers(), market.Consumers(a.IDs), servicing.Consumers(a.IDs))
	all := make([]service, 0, len(rooms))
	for _, c := range rooms {
		c.Report, c.Bell = a.report(c.Name), outbox.NewBell()
		a.heard = append(a.heard, c.Bell)
		all = append(all, service{"consumer " + c.Name, RoleWorker, func(ctx context.Context) {
			c.Run(ctx, a.DB, a.Wall, a.holder)
		}})
	}
	return all
}

func (a *App) engine(name string, definitions []saga.Definition) *saga.Engine {
	e := &saga.Engine{
		DB: a.DB, Wall: a.Wall, Holder: a.holder, Definitions: definitions,
		Report: a.report(name), Bell: outbox.NewBell(),
	}
	a.heard = append(a.heard, e.Bell)
	return e
}

func (a *App) relay() *outbox.Relay {
	return &outbox.Relay{
		DB: a.DB, Wall: a.Wall, Holder: a.holder, Report: a.report("relay"), Bell: a.written,
		Numbered: func(int64) {
			for _, bell := range a.heard {
				bell.Ring()
			}
		},
	}
}

// Closer ends business dates. Who speaks with the bank asks it for its last word.
func (a *App) Closer() *closing.Closer {
	var ask func(context.Context) error
	if a.bank != nil {
		ask = a.poller().Once
	}
	return &closing.Closer{
		DB: a.DB, IDs: a.IDs, Wall: a.Wall, Holder: a.holder,
		Steps:  closing.Steps(a.DB, a.IDs, ask),
		Cutoff: closing.Cutoff{Zone: a.Zone, After: a.Cutoff}, Report: a.report("closing"),
	}
}

// every makes a service of something that is done now and then.
func (a *App) every(
	pause time.Duration, name string, do func(context.Context) error,
) func(context.Context) {
	report := a.report(name)
	return func(ctx context.Context) {
		for ctx.Err() == nil {
			if err := do(ctx); err != nil && ctx.Err() == nil {
				report(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}
}
