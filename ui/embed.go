// Package ui holds what pages are drawn with: templates, one stylesheet and a
// little script, embedded as they stand in this folder. In hub/ are the pages of
// the hub; their script is written in TypeScript and built into hub/dist, which
// is committed.
//
// It knows nothing of what a page says and imports nothing of ours.
package ui

import "embed"

//go:generate go run ./build

// FS holds report.html, talk.html, parts.html, world.svg, report.css, report.js,
// boot.js, icons.svg and favicon.svg, and the pages of the hub under hub/.
//
//go:embed report.html talk.html parts.html world.svg report.css report.js boot.js icons.svg favicon.svg
//go:embed hub/*.html hub/hub.css hub/dist/*.js hub/dist/SOURCES
var FS embed.FS
