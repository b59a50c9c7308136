package app

import (
	"context"
	"errors"
	"net"
	"net/http"

	"openlend/custody"
	"openlend/custody/banksim"
)

// callbackPath is where the bank may say that there is news.
const callbackPath = "/bank/callbacks"

// simulator is the bank that a process plays itself.
type simulator struct {
	bank     *banksim.Bank
	server   *http.Server
	listener net.Listener
}

// openBank makes the client of the custody bank, and the bank itself when none is
// named: then platform is the address that it calls back. Only the role that
// speaks with the bank has one.
func (a *App) openBank(ctx context.Context, platform net.Addr) error {
	if !a.Role.does(RoleBank) {
		return nil
	}
	url := a.Bank
	if url == "" {
		var err error
		if a.simulator, err = a.openSimulator(ctx, platform); err != nil {
			return err
		}
		url = a.simulator.url()
	}
	token, err := readToken(a.BankToken)
	if err != nil {
		return err
	}
	a.bank, err = custody.NewBank(custody.BankOptions{URL: url, Token: token, Clock: a.Wall})
	return err
}

func (a *App) openSimulator(ctx context.Context, platform net.Addr) (*simulator, error) {
	bank, err := banksim.Open(banksim.Options{
		File: a.simulatorFile(), Clock: a.Wall, Callback: "http://" + platform.String() + callbackPath,
		Key: a.callbackKey, Report: a.report("bank simulator"),
	})
	if err != nil {
		return nil, err
	}
	listener, err := listen(ctx, a.BankListen)
	if err != nil {
		return nil, errors.Join(err, bank.Close())
	}
	s := &simulator{bank: bank, listener: listener, server: a.newServer(bank)}
	a.opened = append(a.opened, s.bank.Close)
	return s, nil
}

func (s *simulator) url() string { return "http://" + s.listener.Addr().String() }

// run plays the bank until ctx ends.
func (s *simulator) run(ctx context.Context) {
	go func() { _ = s.server.Serve(s.listener) }() // it ends with Close, below
	s.bank.Run(ctx)
	_ = s.server.Close() // whoever is connected asks again
}

// callbacks is what hears the bank's news.
func (a *App) callbacks() *custody.Callbacks {
	return &custody.Callbacks{
		DB: a.DB, Key: a.callbackKey, Wall: a.Wall, Bell: a.news, Report: a.report("callbacks"),
	}
}

// poller reads the bank's statement.
func (a *App) poller() *custody.Poller {
	return &custody.Poller{
		DB: a.DB, IDs: a.IDs, Bank: a.bank, Vault: a.Vault, Wall: a.Wall, Holder: a.holder,
		Report: a.report("bank"), Bell: a.news,
	}
}
