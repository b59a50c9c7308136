package pgcluster

import (
	"errors"

	"openlend/refusal"
)

// What this package refuses.
var (
	ErrNoServer = refusal.New("pgcluster.no_server",
		"no PostgreSQL 15 or newer is installed; on Debian this installs one: "+
			"apt-get install -y postgresql")
	ErrNoUser = refusal.New("pgcluster.no_user",
		"PostgreSQL refuses to run as root and there is no user postgres or nobody to run it as")
	ErrStart = refusal.New("pgcluster.start", "the PostgreSQL server did not start")
	ErrName  = refusal.New("pgcluster.name",
		"a database name has lower-case letters, digits and _, at most 50, a letter first")
)

// errPortTaken makes Start try the next port; it never leaves the package.
var errPortTaken = errors.New("the port was taken meanwhile")
