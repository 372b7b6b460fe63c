package exchange

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/report"
)

// CycloneDXRuns is [CycloneDX] of a document in runs. It holds one of them and a digest
// of each service: the serial number stands first and is made of all devices, so that
// the lists are kept aside, and nothing is written before everything was gone through.
// A service that several sites use is there once, as the first one knows it.
func CycloneDXRuns(w io.Writer, runs report.Runs, aside *report.Aside) error {
	var x bill
	for l, begin := range map[*bomList]func(io.Writer) *report.List{
		&x.components:   func(w io.Writer) *report.List { return report.NewList(w, "  ") },
		&x.services:     func(w io.Writer) *report.List { return report.NewList(w, "  ") },
		&x.estate:       func(w io.Writer) *report.List { return report.NewList(w, "      ") },
		&x.dependencies: func(w io.Writer) *report.List { return report.RestOfList(w, "  ") },
	} {
		k, err := aside.Keep()
		if err != nil {
			return err
		}
		l.kept, l.List = k, begin(k)
	}
	x.known, x.sum = map[[sha256.Size]byte]bool{}, sha256.New()
	var head *cdx.BOM
	for run, err := range runs {
		if err != nil {
			return err
		}
		if head == nil {
			head = bomOf(run.Document)
			fmt.Fprintln(x.sum, run.Lenscap, run.AsAt, run.KnowledgeBase.Digest)
		}
		if err := x.add(run.Document); err != nil {
			return fmt.Errorf("write CycloneDX: %w", err)
		}
	}
	if head == nil {
		head = bomOf(&report.Document{})
	}
	head.SerialNumber = serial(x.sum)
	if err := x.write(w, head); err != nil {
		return fmt.Errorf("write CycloneDX: %w", err)
	}
	return nil
}

// bomOf is a bill without its lists.
func bomOf(doc *report.Document) *cdx.BOM {
	bom := cdx.NewBOM()
	bom.SpecVersion = cdx.SpecVersion1_6
	bom.Metadata = &cdx.Metadata{
		Timestamp: midnight(doc),
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{
			Type: cdx.ComponentTypeApplication, Name: "Lenscap", Version: doc.Lenscap,
			ExternalReferences: &[]cdx.ExternalReference{{Type: cdx.ERTypeWebsite, URL: information}},
		}}},
		Component: &cdx.Component{
			BOMRef: "estate", Type: cdx.ComponentTypePlatform, Name: cmp.Or(doc.Estate.Site, doc.Estate.Organisation, "estate"),
		},
		Properties: properties(
			"as_at", doc.AsAt, "knowledge_base", doc.KnowledgeBase.Name, "knowledge_base_digest", doc.KnowledgeBase.Digest,
			"organisation", doc.Estate.Organisation, "site", doc.Estate.Site),
	}
	return bom
}

// A bill is a bill of materials on its way.
type bill struct {
	components, services bomList
	estate               bomList // what the estate depends on
	dependencies         bomList
	known                map[[sha256.Size]byte]bool // services
	sum                  hash.Hash                  // of what the serial number is made of
}

type bomList struct {
	*report.List
	kept *report.Kept
}

func (x *bill) add(doc *report.Document) error {
	for _, in := range doc.Inputs {
		fmt.Fprintln(x.sum, in.Name, in.Packets, in.Bytes, in.First, in.Last)
	}
	uses := make(map[string][]string, len(doc.Devices))
	for i := range doc.Devices {
		d := &doc.Devices[i]
		fmt.Fprintln(x.sum, d.ID)
		if err := errors.Join(x.components.Add(component(d)), x.estate.Add(d.ID)); err != nil {
			return err
		}
		uses[d.ID] = []string{}
	}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		if c.Scope != egress.ScopeOutside {
			continue
		}
		s := service(c)
		if k := sha256.Sum256([]byte(s.BOMRef)); !x.known[k] {
			x.known[k] = true
			if err := x.services.Add(s); err != nil {
				return err
			}
		}
		if list, ok := uses[c.Device]; ok && !slices.Contains(list, s.BOMRef) {
			uses[c.Device] = append(list, s.BOMRef)
		}
	}
	for i := range doc.Devices {
		id := doc.Devices[i].ID
		d := cdx.Dependency{Ref: id}
		if len(uses[id]) > 0 {
			d.Dependencies = list(uses[id])
		}
		if err := x.dependencies.Add(d); err != nil {
			return err
		}
	}
	return nil
}

// write puts the lists behind head, which the library encodes and which ends where
// they begin. As the library does, it leaves out a list that is empty.
func (x *bill) write(w io.Writer, head *cdx.BOM) error {
	var text strings.Builder
	if err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(head, cdx.SpecVersion1_6); err != nil {
		return err
	}
	begin, ok := strings.CutSuffix(text.String(), "\n}\n")
	if !ok {
		return errors.New("the library ends a bill in another way")
	}
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(begin) // Flush tells
	member := func(name string, l *bomList) error {
		if l.Empty() {
			return nil
		}
		_, _ = b.WriteString(name) // likewise
		if err := l.End(); err != nil {
			return err
		}
		_, err := l.kept.WriteTo(b)
		return err
	}
	err := errors.Join(member(",\n  \"components\": ", &x.components), member(",\n  \"services\": ", &x.services))
	_, _ = b.WriteString(",\n  \"dependencies\": [\n    {\n      \"ref\": \"estate\"") // likewise
	err = errors.Join(err, member(",\n      \"dependsOn\": ", &x.estate))
	_, _ = b.WriteString("\n    }") // likewise
	err = errors.Join(err, member("", &x.dependencies))
	_, _ = b.WriteString("\n}\n") // likewise
	return errors.Join(err, b.Flush())
}

// serial is a UUID that is the same for the same inputs, rules and knowledge
// base (RFC 9562, section 5.8), of a digest of them.
func serial(sum hash.Hash) string {
	b := sum.Sum(nil)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
