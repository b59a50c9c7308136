// Package pgproxy stands between a client and PostgreSQL in tests. It speaks
// enough of the protocol to see a COMMIT and to lose it, or its answer.
//
// Invariants: what is not lost passes unchanged; when a fault has had the server
// commit or roll back, that has ended before the client hears of it.
package pgproxy

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Proxy is one address that leads to one server.
type Proxy struct {
	Commits atomic.Int64 // COMMITs that were asked for
	Cancels atomic.Int64 // requests to cancel a statement
	Away    atomic.Int32 // Here, Refusing or Silent

	listener net.Listener
	server   string
	fault    atomic.Pointer[func(*Transaction) *Fault]
	all      sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
	closed   bool
}

// How the server looks to a new connection.
const (
	Here     = iota
	Refusing // it is closed at once
	Silent   // it is never answered
)

// Fault is what becomes of one COMMIT.
type Fault struct {
	Execute  bool                    // the server is told to COMMIT, else to ROLLBACK
	Answer   *pgproto3.ErrorResponse // in place of the server's; nil: the link is cut
	Then     int32                   // what Away is afterwards; unless Here, all links are cut
	Meantime func()                  // done before anything of it
}

// Transaction is what a link has asked for since its BEGIN.
type Transaction struct{ texts []string }

// Says tells whether a statement of the transaction has these words in it.
func (tx *Transaction) Says(words string) bool {
	for _, text := range tx.texts {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// Start returns a proxy to the server of a URL until the test ends, and the URL
// through it.
func Start(t *testing.T, raw string) (*Proxy, string) {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, server: u.Host, open: map[net.Conn]bool{}}
	p.all.Go(p.accept)
	t.Cleanup(p.close)
	u.Host = l.Addr().String()
	return p, u.String()
}

// Inject is asked at every COMMIT from now on what becomes of it; nil: nothing.
func (p *Proxy) Inject(f func(*Transaction) *Fault) { p.fault.Store(&f) }

// InjectOnce sets the fault of the next COMMIT only.
func (p *Proxy) InjectOnce(f *Fault) {
	p.InjectInto("", f)
}

// InjectInto sets the fault of the next COMMIT of a transaction that says these
// words.
func (p *Proxy) InjectInto(words string, f *Fault) {
	var used atomic.Bool
	p.Inject(func(tx *Transaction) *Fault {
		if !tx.Says(words) || used.Swap(true) {
			return nil
		}
		return f
	})
}

// Cut breaks every link and returns how many there were.
func (p *Proxy) Cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		_ = c.Close()
	}
	return len(p.open)
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.Away.Load() == Refusing || !p.keep(c) {
			_ = c.Close()
			continue
		}
		p.all.Go(func() { p.serve(c) })
	}
}

// keep remembers a connection, so that close can end it.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c] = true
	return !p.closed
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	_ = c.Close()
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.open {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

func (p *Proxy) serve(client net.Conn) {
	defer p.drop(client)
	start, err := readFrame(client, false)
	if err != nil {
		return
	}
	if p.Away.Load() == Silent {
		_, _ = io.Copy(io.Discard, client) // until the client gives up
		return
	}
	const cancelRequest = 80877102
	if len(start) >= 8 && binary.BigEndian.Uint32(start[4:]) == cancelRequest {
		p.Cancels.Add(1)
	}
	server, err := net.Dial("tcp", p.server) //nolint:noctx // it ends with the test
	if err != nil {
		return
	}
	defer p.drop(server)
	if _, err := server.Write(start); err != nil || !p.keep(server) {
		return
	}
	l := &link{
		p: p, client: client, server: server, swallowed: make(chan bool),
		named: map[string]string{},
	}
	gone := make(chan bool)
	go func() {
		defer close(gone)
		l.answers()
		p.drop(client)
	}()
	l.requests()
	p.drop(client)
	p.drop(server)
	<-gone
}
