package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
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

// Run answers requests and runs the role's services until ctx ends, and then
// stops in order. started hears the address once requests are taken.
func (a *App) Run(ctx context.Context, started func(net.Addr)) error {
	handler, err := a.Handler()
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", a.Listen)
	if err != nil {
		return err
	}
	stop := a.start(ctx)
	defer stop()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime,
		WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	started(listener.Addr())
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

// start starts the services and returns what stops them: one by one, who tells
// news before who is told.
func (a *App) start(ctx context.Context) (stop func()) {
	var stops []func()
	for _, s := range a.services() {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		var done sync.WaitGroup
		done.Go(func() { s.run(own) })
		stops = append(stops, func() {
			cancel()
			done.Wait()
		})
	}
	return func() {
		for i := len(stops) - 1; i >= 0; i-- {
			stops[i]()
		}
	}
}
