package api

// Page asks for one page of a list of things known by T.
type Page[T noun] struct {
	After ID[T] `query:"after" doc:"The next of the page before; without it the list begins."`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
}

// List is one page of a list.
type List[V any] struct {
	Items []V    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Send it as after for the next page; absent on the last one."`
}

// listOf shows a page of rows. A full page may be the last one: the next is
// then empty.
func listOf[R, V any, T noun](rows []R, limit int, show func(R) V, name func(R) T) List[V] {
	page := wholeList(rows, show)
	if len(rows) > 0 && len(rows) >= limit {
		page.Next = name(rows[len(rows)-1]).String()
	}
	return page
}

// wholeList shows rows that are all on one page.
func wholeList[R, V any](rows []R, show func(R) V) List[V] {
	page := List[V]{Items: make([]V, len(rows))}
	for i, row := range rows {
		page.Items[i] = show(row)
	}
	return page
}
