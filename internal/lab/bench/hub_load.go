package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// hubPages is what the whole hub showed of itself over HTTP.
type hubPages struct {
	Start        float64 // seconds from the start of the process until it serves
	Idle, Peak   float64 // MB
	Own          float64 // MB of Idle that are no part of a file, of which the program is the largest
	Pages        []answer
	Load         []string // lines of wrk
	Ingests      int
	LoadSeconds  int
	NotInstalled bool // wrk
}

const (
	loadSeconds = 20
	readers     = 100
)

// pages starts the hub on an estate, asks for its pages one after the other, and
// lets 100 readers ask for the first while captures are taken in.
func pages(ctx context.Context, s *settings, dir string) (p hubPages, err error) {
	self, err := os.Executable()
	if err != nil {
		return p, err
	}
	child := exec.CommandContext(ctx, self, "-hub-serve", dir)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return p, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return p, err
	}
	begin := time.Now()
	if err := child.Start(); err != nil {
		return p, err
	}
	lines := bufio.NewReader(out)
	told := served{}
	err = readLine(lines, &told)
	p.Start, p.Idle, p.Own = time.Since(begin).Seconds(), told.Idle, told.Own
	if err == nil {
		err = p.ask(ctx, s, &told)
	}
	if err == nil && s.wants("hub/load") {
		_, err = io.WriteString(in, "take captures in\n")
		err = errors.Join(err, p.wrk(ctx, &told))
	}
	err = errors.Join(err, in.Close())
	if err == nil {
		err = readLine(lines, &told)
		p.Peak, p.Ingests = told.Peak, told.Ingests
	}
	return p, errors.Join(err, child.Wait())
}

func readLine(r *bufio.Reader, to any) error {
	b, err := r.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read what the hub's process says: %w", err)
	}
	return json.Unmarshal(b, to)
}

// ask measures pages, body and all, over one connection that is kept.
func (p *hubPages) ask(ctx context.Context, s *settings, told *served) error {
	get := func(ctx context.Context, path string) error {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, told.URL+path, http.NoBody)
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", "Bearer "+told.Token)
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, r.Body)
		if r.StatusCode != http.StatusOK {
			err = errors.Join(err, fmt.Errorf("GET %s: %s", path, r.Status))
		}
		return errors.Join(err, r.Body.Close())
	}
	for _, page := range []struct{ name, path string }{
		{"estate", "/"}, {"search", "/?q=maker%3Ahikvision+AND+site.sensitive%3Atrue+AND+egress.country%21%3DGB"}, {"device", ""}, {"egress", "/egress"}, {"findings", "/findings"}, {"rules", "/rules"}, {"sites", "/sites"},
	} {
		if !s.wants("hub/page " + page.name) {
			continue
		}
		a, err := question{name: page.name, once: func(ctx context.Context, i int) error {
			if page.path == "" {
				return get(ctx, told.Devices[i%len(told.Devices)])
			}
			return get(ctx, page.path)
		}}.ask(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "page %-20s %4d asked, median %.1f ms, p99 %.1f ms\n", a.Name, a.N, a.Median, a.P99)
		p.Pages = append(p.Pages, a)
	}
	return nil
}

// told of wrk's output: what is kept of it.
var wrkLine = regexp.MustCompile(`^\s+(50%|75%|90%|99%)|requests in|Socket errors|Non-2xx|Requests/sec`)

func (p *hubPages) wrk(ctx context.Context, told *served) error {
	p.LoadSeconds = loadSeconds
	if !installed("wrk") {
		p.NotInstalled = true
		return nil
	}
	c := exec.CommandContext(ctx, "wrk", "-t2", fmt.Sprintf("-c%d", readers), fmt.Sprintf("-d%ds", loadSeconds), "--timeout", "30s", "--latency", "-H", "Authorization: Bearer "+told.Token, told.URL+"/")
	b, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("wrk: %w: %s", err, b)
	}
	for line := range strings.Lines(string(b)) {
		if wrkLine.MatchString(line) {
			p.Load = append(p.Load, strings.Join(strings.Fields(line), " "))
		}
	}
	return nil
}
