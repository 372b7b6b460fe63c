package web

import (
	"context"
	"iter"
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/history"
)

// A History answers who talked to whom, by the hour; [history.Store] is one.
type History interface {
	Device(ctx context.Context, site int64, device string, from, to time.Time) iter.Seq2[history.Row, error]
}

// talkDays is how far back a device's page looks; the export has all.
const talkDays = 30

const hour = int64(3600)

// talkRows bounds the rows of one device that a page reads.
const talkRows = 500_000

// talkOf reads what a device talked in the days before its last word: its
// conversations, an hour's rows joined, and its traffic with the outside over
// time. partial says that there was more than a page reads.
func (s *Server) talkOf(ctx context.Context, site int64, device string, last time.Time) (list []egress.Conversation, line *egress.Timeline, partial bool, err error) {
	if s.History == nil || last.IsZero() {
		return nil, nil, false, nil
	}
	to := last.UTC().Truncate(time.Hour).Add(time.Hour)
	from := to.AddDate(0, 0, -talkDays)
	type key struct {
		address                        netip.Addr
		port                           uint16
		protocol, scope, opened, name  string
		controller, country, encrypted string
	}
	at := map[key]int{}
	first, end := int64(0), int64(0)
	type amount struct{ up, down uint64 }
	hours := map[int64]amount{}
	n := 0
	for r, err := range s.History.Device(ctx, site, device, from, to) {
		if err != nil {
			return nil, nil, false, err
		}
		if n++; n > talkRows {
			partial = true
			break
		}
		if r.Again { // another input's row has it
			continue
		}
		up, down := uint64(max(r.BytesUp, 0)), uint64(max(r.BytesDown, 0))
		if r.Scope == egress.ScopeOutside {
			if a := hours[r.Hour]; true {
				hours[r.Hour] = amount{a.up + up, a.down + down}
			}
			if first == 0 || r.Hour < first {
				first = r.Hour
			}
			end = max(end, r.Hour+hour)
		}
		k := key{r.Address, r.Port, r.Protocol, r.Scope, r.Opened, r.Name, r.ControllerID, r.Country, r.Encrypted}
		i, ok := at[k]
		if !ok {
			i = len(list)
			at[k] = i
			list = append(list, conversationOf(device, &r))
			continue
		}
		join(&list[i], &r)
	}
	if end > first {
		line = &egress.Timeline{Start: time.Unix(first, 0).UTC().Format(time.RFC3339), Bucket: hour}
		for h := first; h < end; h += hour {
			line.Up, line.Down = append(line.Up, hours[h].up), append(line.Down, hours[h].down)
		}
	}
	return list, line, partial, nil
}

func stamp(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339)
}

func conversationOf(device string, r *history.Row) egress.Conversation {
	c := egress.Conversation{
		Device: device, Port: r.Port, Protocol: r.Protocol, App: r.App, Opened: r.Opened, Scope: r.Scope, Name: r.Name, Country: r.Country, ASN: r.ASN, Network: r.Network, Cloud: r.Cloud,
		Controller: r.Controller, ControllerID: r.ControllerID, Jurisdiction: r.Jurisdiction, Purpose: r.Purpose, Encrypted: r.Encrypted,
		Flows: r.Flows, BytesUp: uint64(max(r.BytesUp, 0)), BytesDown: uint64(max(r.BytesDown, 0)), PacketsUp: uint64(max(r.PacketsUp, 0)), PacketsDown: uint64(max(r.PacketsDown, 0)),
		First: stamp(r.First), Last: stamp(r.Last), Video: egress.Video{Verdict: r.Video, Audio: r.Audio},
	}
	if r.From.IsValid() {
		c.From = r.From.String()
	}
	if r.Address.IsValid() {
		c.Address = r.Address.String()
	}
	return c
}

// videoRank orders verdicts on video, what needs a person first.
var videoRank = map[string]int{egress.VideoNo: 1, egress.VideoTooShort: 2, egress.VideoPossibly: 3, egress.VideoYes: 4}

// join adds another hour of the same conversation.
func join(c *egress.Conversation, r *history.Row) {
	c.Flows += r.Flows
	c.BytesUp, c.BytesDown = c.BytesUp+uint64(max(r.BytesUp, 0)), c.BytesDown+uint64(max(r.BytesDown, 0))
	c.PacketsUp, c.PacketsDown = c.PacketsUp+uint64(max(r.PacketsUp, 0)), c.PacketsDown+uint64(max(r.PacketsDown, 0))
	if f := stamp(r.First); f != "" && (c.First == "" || f < c.First) {
		c.First = f
	}
	c.Last = max(c.Last, stamp(r.Last))
	c.Video.Audio = c.Video.Audio || r.Audio
	if videoRank[r.Video] > videoRank[c.Video.Verdict] {
		c.Video.Verdict = r.Video
	}
}
