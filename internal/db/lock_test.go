package db_test

import "openlend/internal/db"

var lockItem = db.LockClass{Rank: 10, Table: "item", Key: "id"}
