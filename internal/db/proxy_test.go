package db_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// proxy stands between a client and PostgreSQL, speaks enough of the protocol
// to see a COMMIT, and does to it what the test wants.
type proxy struct {
	listener net.Listener
	server   string
	fault    atomic.Pointer[func() *fault] // asked at every COMMIT; nil: none
	commits  atomic.Int64                  // that were asked for
	cancels  atomic.Int64                  // requests to cancel a statement
	away     atomic.Int32                  // one of here, refusing, silent
	all      sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
	closed   bool
}

const (
	here     = iota
	refusing // a new connection is closed at once
	silent   // a new connection is never answered
)

// fault is what becomes of one COMMIT.
type fault struct {
	execute  bool                    // the server is told to COMMIT, else to ROLLBACK
	answer   *pgproto3.ErrorResponse // in place of the server's; nil: the link is cut
	then     int32                   // where the server is afterwards
	meantime func()                  // before anything of it
}

// startProxy returns a proxy to the server of raw, and raw through it.
func startProxy(t *testing.T, raw string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(raw)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{listener: l, server: u.Host, open: map[net.Conn]bool{}}
	p.all.Go(p.accept)
	t.Cleanup(p.close)
	u.Host = l.Addr().String()
	return p, u.String()
}

// inject sets the fault of every COMMIT from now on.
func (p *proxy) inject(f func() *fault) { p.fault.Store(&f) }

// injectOnce sets the fault of the next COMMIT only.
func (p *proxy) injectOnce(f *fault) {
	var used atomic.Bool
	p.inject(func() *fault {
		if used.Swap(true) {
			return nil
		}
		return f
	})
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.away.Load() == refusing || !p.keep(c) {
			_ = c.Close()
			continue
		}
		p.all.Go(func() { p.serve(c) })
	}
}

// keep remembers a connection, so that close can end it.
func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c] = true
	return !p.closed
}

func (p *proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	_ = c.Close()
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.open {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

// link is one client and its server session.
type link struct {
	p              *proxy
	client, server net.Conn
	swallow        atomic.Bool // the server's answer, up to its end
	swallowed      chan bool
}

func (p *proxy) serve(client net.Conn) {
	defer p.drop(client)
	start, err := readFrame(client, false)
	if err != nil {
		return
	}
	if p.away.Load() == silent {
		_, _ = io.Copy(io.Discard, client) // until the client gives up
		return
	}
	const cancelRequest = 80877102
	if len(start) >= 8 && binary.BigEndian.Uint32(start[4:]) == cancelRequest {
		p.cancels.Add(1)
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer p.drop(server)
	if _, err := server.Write(start); err != nil || !p.keep(server) {
		return
	}
	l := &link{p: p, client: client, server: server, swallowed: make(chan bool)}
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

// requests passes on what the client sends until a fault cuts the link.
func (l *link) requests() {
	for {
		m, err := readFrame(l.client, true)
		if err != nil {
			return
		}
		if f := l.p.faultOf(m); f != nil {
			if !l.apply(f) {
				return
			}
		} else if _, err := l.server.Write(m); err != nil {
			return
		}
	}
}

// faultOf is what is to become of a message of the client, nil for nothing.
func (p *proxy) faultOf(m []byte) *fault {
	var q pgproto3.Query
	if m[0] != 'Q' || q.Decode(m[5:]) != nil || q.String != "commit" {
		return nil
	}
	p.commits.Add(1)
	if ask := p.fault.Load(); ask != nil {
		return (*ask)()
	}
	return nil
}

// apply does a fault and says whether the link goes on.
func (l *link) apply(f *fault) bool {
	if f.meantime != nil {
		f.meantime()
	}
	end := &pgproto3.Query{String: "rollback"}
	if f.execute {
		end.String = "commit"
	}
	m, err := end.Encode(nil)
	if err != nil {
		panic(err)
	}
	l.swallow.Store(true)
	if _, err := l.server.Write(m); err != nil || !<-l.swallowed {
		return false
	}
	l.p.away.Store(f.then)
	if f.answer == nil {
		return false
	}
	m, err = f.answer.Encode(nil)
	if err == nil && f.answer.SeverityUnlocalized == "ERROR" {
		m, err = (&pgproto3.ReadyForQuery{TxStatus: 'I'}).Encode(m)
	}
	if err != nil {
		panic(err)
	}
	_, err = l.client.Write(m)
	return err == nil && f.answer.SeverityUnlocalized == "ERROR"
}

// answers passes on what the server sends.
func (l *link) answers() {
	defer close(l.swallowed)
	for {
		m, err := readFrame(l.server, true)
		if err != nil {
			return
		}
		if l.swallow.Load() {
			if m[0] == 'Z' { // ReadyForQuery: it has been done
				l.swallow.Store(false)
				l.swallowed <- true
			}
			continue
		}
		if _, err := l.client.Write(m); err != nil {
			return
		}
	}
}

// readFrame reads one message with its length, and with its type if it has one
// (the first message of a client has none).
func readFrame(r io.Reader, typed bool) ([]byte, error) {
	head := 4
	if typed {
		head = 5
	}
	var begin [5]byte
	if _, err := io.ReadFull(r, begin[:head]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(begin[head-4:head])) - 4
	if n < 0 || n > 1<<24 {
		return nil, errors.New("no message of PostgreSQL")
	}
	m := make([]byte, head+n)
	copy(m, begin[:head])
	_, err := io.ReadFull(r, m[head:])
	return m, err
}
