package maker

import (
	"slices"
	"strings"
	"unicode"
)

// ByName gives the companies of that name, sorted by id: legal names, names in
// use and names in the prefix registry, whatever their case, punctuation and
// legal form ("Hangzhou Hikvision Digital Technology Co.,Ltd.", "HIKVISION").
//
// A name that says more ("Dahua Technology USA Inc.") is tried again without
// its last words of trade and place, unless the company is called by an
// everyday word. Placeholders that devices carry in place of a name
// ("General", "Private", "IPC", "ONVIF") give nothing.
func (b *Base) ByName(name string) []*Company {
	key := nameKey(name)
	if placeholders[key] {
		return nil
	}
	if c := b.names[key]; c != nil {
		return c
	}
	words := nameWords(name)
	for len(words) > 1 && tradeWords[words[len(words)-1]] {
		words = dropLegalForm(words[:len(words)-1])
		key := strings.Join(words, "")
		if placeholders[key] {
			return nil
		}
		if c := b.names[key]; c != nil {
			return slices.DeleteFunc(slices.Clone(c), func(c *Company) bool { return c.WholeName })
		}
	}
	return nil
}

// indexNames files every company under each of its names.
func (b *Base) indexNames() {
	add := func(name string, c *Company) {
		key := nameKey(name)
		if key == "" || c == nil || placeholders[key] || slices.Contains(b.names[key], c) {
			return
		}
		b.names[key] = append(b.names[key], c)
	}
	for _, c := range b.sorted {
		add(string(c.ID), c)
		add(c.LegalName, c)
		for _, n := range c.Names {
			add(n, c)
		}
	}
	for key, c := range b.registered() {
		if b.names[key] == nil {
			b.names[key] = []*Company{c}
		}
	}
}

// registered gives the names of the prefix registry that stand for one company
// only.
func (b *Base) registered() map[string]*Company {
	names := map[string]*Company{}
	keys := map[string]string{} // of organisations: most have several prefixes
	for i := range b.prefixRows {
		p := &b.prefixRows[i]
		key, ok := keys[p.Organisation]
		if !ok {
			key = nameKey(p.Organisation)
			keys[p.Organisation] = key
		}
		c := b.companies[p.Company]
		if have, ok := names[key]; ok && have != c {
			c = nil
		}
		names[key] = c
	}
	for key, c := range names {
		if c == nil || key == "" || placeholders[key] {
			delete(names, key)
		}
	}
	return names
}

// nameKey is a name without case, punctuation, spaces and legal form.
func nameKey(name string) string { return strings.Join(nameWords(name), "") }

// nameWords is the words of a name in lower case, without its legal form. Dots
// part words ("Hikvision.China") but not single letters ("S.p.A."), a slash
// joins ("A/S"), and every other sign parts words.
func nameWords(name string) []string {
	const longest = 200 // bytes; no name is longer, and devices send what they like
	if len(name) > longest {
		name = name[:longest]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '/' || r == '\'' || r == '’':
			return -1
		case r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, name)
	var words []string
	for _, w := range strings.Fields(name) {
		words = append(words, undot(w)...)
	}
	return dropLegalForm(words)
}

// undot parts a word at its dots, and joins single letters between them.
func undot(word string) []string {
	var words []string
	initials := ""
	for part := range strings.SplitSeq(word, ".") {
		if len(part) == 1 {
			initials += part
			continue
		}
		if initials != "" {
			words, initials = append(words, initials), ""
		}
		if part != "" {
			words = append(words, part)
		}
	}
	if initials != "" {
		words = append(words, initials)
	}
	return words
}

// dropLegalForm takes legal forms off the end, but never the only word.
func dropLegalForm(words []string) []string {
	for len(words) > 1 && legalForms[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return words
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var (
	legalForms = set(`co company ltd limited coltd inc incorporated corp corporation llc llp lp plc pte pty
		gmbh ag kg ug ab aps as asa oy oyj bv nv sa sas sarl srl spa sro kft sl sdnbhd sdn bhd kk jsc ooo ltda pvt private
		group holding holdings`)

	// tradeWords are what a firm adds to its name: its trade, and its place.
	tradeWords = set(`technology technologies tech digital electronics electronic communications communication systems system
		security surveillance video vision cctv network networks solutions products cameras camera international global
		usa us uk eu europe emea apac asia india china deutschland germany france italia italy iberia benelux nordic america americas canada australia`)

	// placeholders stand in fields for a brand where none was set.
	placeholders = set(`general private generic default unknown none null na oem odm brand vendor manufacturer company
		ipc ipcam ipcamera ipcameras ipnc camera cam networkcamera netcamera netcam onvif onvifdevice device ipdevice webcam
		dvr nvr xvr hvr hdvr mdvr dvrnvr embeddednetdvr recorder networkvideorecorder videoserver encoder ptz dome bullet
		h264 h265 h264dvr hd hdipc hdcamera ipdome speeddome wificamera smartcamera cloudcamera hisilicondevice
		linux embedded router gateway admin root test sample localhost dvc`)
)
