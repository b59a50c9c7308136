package api

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/clock"
)

// tokens knows the bearers of tokens that were seen a short while ago, so that
// a busy client's signature is not checked for every request. It keeps digests,
// never tokens.
type tokens struct {
	key  *access.TokenKey
	wall clock.Clock

	mu   sync.RWMutex
	seen map[[sha256.Size]byte]bearer
}

type bearer struct {
	actor access.Actor
	until time.Time
}

const (
	tokenFor   = 30 * time.Second // a token that runs out is good for that much longer at most
	mostTokens = 50_000           // about 10 MB
)

// actor reads the header Authorization. Refusal: access.ErrToken.
func (t *tokens) actor(header string) (access.Actor, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return access.Actor{}, access.ErrToken
	}
	now, digest := t.wall.Now(), access.Digest(token)
	t.mu.RLock()
	b, known := t.seen[digest]
	t.mu.RUnlock()
	if known && now.Before(b.until) {
		return b.actor, nil
	}
	actor, err := t.key.Actor(token, now)
	if err != nil {
		return access.Actor{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil || len(t.seen) >= mostTokens {
		t.seen = map[[sha256.Size]byte]bearer{}
	}
	t.seen[digest] = bearer{actor, now.Add(tokenFor)}
	return actor, nil
}

// authenticate lets nobody without a token into an operation that is not
// public. A token that is sent to a public operation must be good as well.
func (s *server) authenticate(ctx huma.Context, next func(huma.Context)) {
	header := ctx.Header("Authorization")
	if header == "" && isPublic(ctx.Operation()) {
		next(ctx)
		return
	}
	actor, err := s.tokens.actor(header)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	callOf(ctx.Context()).actor = actor
	next(ctx)
}
