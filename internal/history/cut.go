package history

// A cutter says where pages and row groups end as rows come, in their order. A
// device is asked for alone, so that few devices share a page and a dictionary
// where each says little; where each says much, rows are the bound.
type cutter struct {
	size             int // rows of a group; 0: groupRows
	rows, all        int // of the page and of the group
	pageDevs, allDev int // devices of both
}

// before says whether a page, and a group with it, ends before a row; other is
// whether it is of another device than the one before. It counts the row in.
func (c *cutter) before(other bool) (page, group bool) {
	other = other || c.all == 0
	if page = c.rows >= pageRows || other && c.pageDevs >= pageDevs; page {
		size := c.size
		if size == 0 {
			size = groupRows
		}
		c.rows, c.pageDevs = 0, 0
		if group = c.all >= size || c.allDev >= groupDevs; group {
			c.all, c.allDev = 0, 0
		}
	}
	if other || page {
		c.pageDevs++
	}
	if other || group {
		c.allDev++
	}
	c.rows++
	c.all++
	return page, group
}

// cutAll parts rows into groups of about size, each into pages. starts is where
// each device begins.
func cutAll(rows []*Row, starts []int, size int) (groups [][][]*Row) {
	c := cutter{size: size}
	from := 0
	var pages [][]*Row
	for i := range rows {
		other := len(starts) > 0 && starts[0] == i
		if other {
			starts = starts[1:]
		}
		page, group := c.before(other)
		if page {
			pages, from = append(pages, rows[from:i]), i
		}
		if group {
			groups, pages = append(groups, pages), nil
		}
	}
	if from < len(rows) {
		groups = append(groups, append(pages, rows[from:]))
	}
	return groups
}

// groupSize parts n rows evenly among workers, in groups of at most groupRows.
func groupSize(n, workers int) int {
	groups := (n + groupRows - 1) / groupRows
	if n >= 4*pageRows {
		groups = (groups + workers - 1) / workers * workers
	}
	size := (n + groups - 1) / groups
	return (size + pageRows - 1) / pageRows * pageRows
}
