package app

import (
	"context"
	"slices"
	"time"

	"openlend/internal/idem"
	"openlend/internal/outbox"
	"openlend/ledger"
)

// Role is which part of the work a process does. Processes never call each
// other: they meet in the database, and one that is down stops its own work and
// nothing else.
type Role string

// The roles. On SQLite there is one process and its role is all.
const (
	RoleAll    Role = "all"
	RoleAPI    Role = "api"    // answers requests
	RoleWorker Role = "worker" // events, long-running processes, the log's seals
	RoleCloser Role = "closer" // ends business dates
	RoleBank   Role = "bank"   // reads what the custody bank says
)

// Roles lists all roles.
func Roles() []Role { return []Role{RoleAll, RoleAPI, RoleWorker, RoleCloser, RoleBank} }

// does says whether a process of this role does the work of another.
func (r Role) does(work Role) bool { return r == RoleAll || r == work }

// service is something that runs for as long as its context lives. Several
// processes may have it: a lease lets one of them work.
type service struct {
	name string
	role Role
	run  func(context.Context)
}

const (
	sealEvery  = 5 * time.Second // batches wait for their leaf at most about that long
	purgeEvery = 10 * time.Minute
)

// services are all of them, in the order of starting: who is told of news
// before who tells it.
func (a *App) services() []service {
	relay := &outbox.Relay{
		DB: a.DB, Wall: a.Wall, Holder: a.holder, Report: a.report("relay"), Bell: a.written,
		Numbered: func(int64) { a.numbered.ring() },
	}
	all := []service{
		{"sealer", RoleWorker, func(ctx context.Context) {
			ledger.ServeSealer(
				ctx, a.DB, a.Wall, a.holder, a.logPlace(), sealEvery, a.report("sealer"))
		}},
		{"purge", RoleWorker, a.purge},
	}
	for _, c := range a.consumers() {
		c.Report, c.Bell = a.report(c.Name), a.numbered.add()
		all = append(all, service{"consumer " + c.Name, RoleWorker, func(ctx context.Context) {
			c.Run(ctx, a.DB, a.Wall, a.holder)
		}})
	}
	all = append(all, service{"relay", RoleWorker, relay.Run})
	return slices.DeleteFunc(all, func(s service) bool { return !a.Role.does(s.role) })
}

// consumers are what every room hears.
func (a *App) consumers() []*outbox.Consumer { return nil }

// purge deletes stored answers whose time is over, now and then.
func (a *App) purge(ctx context.Context) {
	report := a.report("purge")
	for {
		if _, err := idem.Purge(ctx, a.DB); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(purgeEvery):
		}
	}
}

// bells ring together: one for each consumer.
type bells []outbox.Bell

func (b *bells) add() outbox.Bell {
	bell := outbox.NewBell()
	*b = append(*b, bell)
	return bell
}

func (b *bells) ring() {
	for _, bell := range *b {
		bell.Ring()
	}
}
