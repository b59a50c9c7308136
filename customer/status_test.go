package customer

import (
	"context"
	"slices"
	"strings"
	"testing"

	"openlend/access"
	"openlend/internal/db"
)

func TestFreezeAndUnfreeze(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c := o.verified(o.anna())
		if got := o.freeze(c.ID); got.Status != Frozen || got != o.get(c.ID) {
			t.Errorf("frozen he is %+v, stored %+v", got, o.get(c.ID))
		}
		if got := o.unfreeze(c.ID); got != c || o.get(c.ID) != c {
			t.Errorf("released he is %+v, was %+v", got, c)
		}
		changes := read(o, func(ctx context.Context, tx *db.Tx) ([]StatusChange, error) {
			return ListStatusChanges(ctx, tx, c.ID, 0, 0)
		})
		var walk []string
		for _, s := range slices.Backward(changes) {
			walk = append(walk, string(s.From)+">"+string(s.To)+" by "+s.Maker+": "+s.Reason)
		}
		want := []string{"new>verified by system:identity-check: identity verified",
			"verified>frozen by staff:carla: suspected fraud",
			"frozen>verified by staff:carla: cleared up"}
		if !slices.Equal(walk, want) {
			t.Errorf("he went %q", walk)
		}
		for name, c := range map[string]struct {
			actor  access.Actor
			who    ID
			reason string
			want   error
		}{
			"an auditor":  {auditor, c.ID, "because", access.ErrForbidden},
			"himself":     {self(c), c.ID, "because", access.ErrForbidden},
			"nobody":      {compliance, 77, "because", ErrNotFound},
			"no reason":   {compliance, c.ID, "  ", ErrReason},
			"long reason": {compliance, c.ID, strings.Repeat("a", 201), ErrReason},
			"a line":      {compliance, c.ID, "fraud\x1b[2J", ErrReason},
		} {
			refused(o, name, c.want, func(ctx context.Context, tx *db.Tx) (Customer, error) {
				return Freeze(ctx, tx, o.ids, c.actor, NewFreeze{c.who, c.reason})
			})
		}
		o.mustHold()
	})
}

// Every step of the status that is not drawn is refused and changes nothing.
func TestIllegalStepsOfStatus(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		all := []Status{New, Verified, Frozen}
		for _, from := range all {
			for _, to := range all {
				if slices.Contains(from.Steps(), to) {
					continue
				}
				c := o.register(o.anna())
				switch from {
				case Verified:
					c = o.verified(o.anna())
				case Frozen:
					c = o.freeze(c.ID)
				}
				refused(o, string(from)+" to "+string(to), ErrState,
					func(ctx context.Context, tx *db.Tx) (struct{}, error) {
						return struct{}{}, changeStatus(ctx, tx, o.ids, compliance, c,
							StatusChange{To: to, Reason: "test"})
					})
				if got := o.get(c.ID); got != c {
					t.Errorf("%s to %s: he is %+v, was %+v", from, to, got, c)
				}
			}
		}
		fresh, frozen := o.register(o.anna()), o.freeze(o.register(o.anna()).ID)
		refused(o, "frozen twice", ErrState, func(ctx context.Context, tx *db.Tx) (Customer, error) {
			return Freeze(ctx, tx, o.ids, compliance, NewFreeze{frozen.ID, "again"})
		})
		refused(o, "released and not frozen", ErrState,
			func(ctx context.Context, tx *db.Tx) (Customer, error) {
				return Unfreeze(ctx, tx, o.ids, compliance, NewFreeze{fresh.ID, "why not"})
			})
		if got := o.unfreeze(frozen.ID); got.Status != New {
			t.Errorf("released he is %s, was never verified", got.Status)
		}
		o.mustHold()
	})
}
