package maker

// loadTables reads the flat tables.
func (l *loader) loadTables() {}
