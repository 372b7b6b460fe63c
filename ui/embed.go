// Package ui holds what pages are drawn with: templates, one stylesheet and a
// little script, embedded as they stand in this folder.
//
// It knows nothing of what a page says and imports nothing of ours. There is no
// build step: the files are what a browser runs.
package ui

import "embed"

// FS holds report.html, talk.html, parts.html, world.svg, report.css, report.js, boot.js and icons.svg.
//
//go:embed report.html talk.html parts.html world.svg report.css report.js boot.js icons.svg
var FS embed.FS
