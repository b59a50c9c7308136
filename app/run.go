package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The limits of one connection; an answer takes 20 s at most (package api).
const (
	headerTime  = 5 * time.Second
	readTime    = 30 * time.Second
	writeTime   = 60 * time.Second
	idleTime    = 2 * time.Minute
	headerBytes = 32 << 10
	drainTime   = 25 * time.Second // for requests that are being answered
)

// Started is where a process can be reached.
type Started struct {
	At        net.Addr
	Simulator string // address of the bank that it plays, "" when it plays none
}

// Run answers requests and runs the role's services until ctx ends, and then
// stops in order. started hears the addresses once requests are taken.
func (a *App) Run(ctx context.Context, started func(Started)) (err error) {
	listener, err := listen(ctx, a.Listen)
	if err != nil {
		return err
	}
	if err := a.openBank(ctx, listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	handler, err := a.handler()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	stop := a.start(ctx)
	defer stop()
	server := a.newServer(handler)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	where := Started{At: listener.Addr()}
	if a.simulator != nil {
		where.Simulator = a.simulator.url()
	}
	started(where)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	a.draining.Store(true)
	time.Sleep(a.DrainDelay)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var c net.ListenConfig
	return c.Listen(ctx, "tcp", address)
}

func (a *App) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime,
		WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
	}
}

// start starts the services and returns what stops them: one by one, who tells
// news before who is told.
func (a *App) start(ctx context.Context) (stop func()) {
	services := a.services()
	stops := make([]func(), 0, len(services)+1)
	if a.desk != nil {
		stops = append(stops, a.desk.Close)
	}
	for _, s := range services {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		var done sync.WaitGroup
		done.Go(func() { s.run(own) })
		stops = append(stops, func() {
			cancel()
			done.Wait()
		})
	}
	return func() {
		for _, one := range slices.Backward(stops) {
			one()
		}
	}
}
