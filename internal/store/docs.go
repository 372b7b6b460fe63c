package store

import (
	"context"
	"fmt"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// Doc is [hub.Store.Doc]. What is declared only has none: [hub.ErrNotFound].
func (db *DB) Doc(ctx context.Context, site int64, device string) (*report.Device, error) {
	var b []byte
	err := db.readers.QueryRowContext(ctx, "SELECT c.doc FROM device d JOIN device_doc c ON c.id = d.id WHERE d.site = ? AND d.device = ?", site, device).Scan(&b)
	if err != nil {
		return nil, missing(err, "device %s of site %d", device, site)
	}
	if len(b) == 0 {
		return nil, fmt.Errorf("device %s of site %d was declared and never seen: %w", device, site, hub.ErrNotFound)
	}
	var doc report.Device
	if err := unpack(b, &doc); err != nil {
		return nil, fmt.Errorf("device %s of site %d: %w", device, site, err)
	}
	return &doc, nil
}

// DeviceFindings is [hub.Store.DeviceFindings].
func (db *DB) DeviceFindings(ctx context.Context, site int64, device string) ([]finding.Finding, error) {
	var b []byte
	err := db.readers.QueryRowContext(ctx, "SELECT c.findings FROM device d JOIN device_doc c ON c.id = d.id WHERE d.site = ? AND d.device = ?", site, device).Scan(&b)
	if err != nil {
		return nil, missing(err, "device %s of site %d", device, site)
	}
	var list []finding.Finding
	if err := unpack(b, &list); err != nil {
		return nil, fmt.Errorf("findings of device %s of site %d: %w", device, site, err)
	}
	return list, nil
}

// Docs calls fn with every device of a site that was seen, by id, with its
// findings, until fn fails. It reads one committed state. Equal texts are one in
// memory, so that who keeps all devices needs a third of the memory.
func (db *DB) Docs(ctx context.Context, site int64, fn func(*report.Device, []finding.Finding) error) error {
	rows, err := db.readers.QueryContext(ctx, "SELECT c.doc, c.findings FROM device d JOIN device_doc c ON c.id = d.id WHERE d.site = ? ORDER BY d.device", site)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	same := texts{}
	for rows.Next() {
		var doc, findings []byte
		if err := rows.Scan(&doc, &findings); err != nil {
			return err
		}
		if len(doc) == 0 {
			continue
		}
		var d report.Device
		var list []finding.Finding
		if err := unpack(doc, &d); err != nil {
			return err
		}
		if err := unpack(findings, &list); err != nil {
			return err
		}
		same.share(&d)
		same.share(&list)
		shareEvidence(list)
		if err := fn(&d, list); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Reach gives whom a device talks to outside, most bytes up first.
func (db *DB) Reach(ctx context.Context, site int64, device string) ([]hub.Reach, error) {
	return collect(ctx, db.readers, scanReach, "SELECT "+reachColumns+" FROM reach WHERE device = (SELECT id FROM device WHERE site = ? AND device = ?) ORDER BY bytes_up DESC, controller, name, address, port, protocol", site, device)
}

func scanReach(r scanner) (c hub.Reach, err error) {
	var first, last int64
	err = r.Scan(&c.Country, &c.Controller, &c.ControllerID, &c.Jurisdiction, &c.Network, &c.Purpose, &c.Name, &c.Address, &c.Port, &c.Protocol, &c.Encrypted, &c.Video, &c.BytesUp, &c.BytesDown, &first, &last)
	c.First, c.Last = when(first), when(last)
	return c, err
}

// Changes gives a device's timeline, newest first.
func (db *DB) Changes(ctx context.Context, site int64, device string) ([]hub.Change, error) {
	return collect(ctx, db.readers, scanChange, "SELECT at, what, before, after, says, ingest FROM change WHERE device = (SELECT id FROM device WHERE site = ? AND device = ?) ORDER BY at DESC, what, after", site, device)
}

func scanChange(r scanner) (c hub.Change, err error) {
	var at int64
	err = r.Scan(&at, &c.What, &c.Before, &c.After, &c.Says, &c.Ingest)
	c.At = when(at)
	return c, err
}

// Keys gives what a device is found by.
func (db *DB) Keys(ctx context.Context, site int64, device string) ([]Key, error) {
	return collect(ctx, db.readers, func(r scanner) (k Key, err error) {
		err = r.Scan(&k.Kind, &k.Value)
		return k, err
	}, "SELECT kind, value FROM device_key WHERE device = (SELECT id FROM device WHERE site = ? AND device = ?) ORDER BY kind, value", site, device)
}
