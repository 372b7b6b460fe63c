package lab

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

// EstateComment is what each capture of the estate says of itself.
const EstateComment = "Made by Lenscap's lab (internal/lab/estate), a simulation. Nothing in this file was recorded and nobody in it exists: " +
	"organisation, sites, stations, serial numbers and behaviour are invented. Names of services are those of the knowledge base; addresses outside only stand for " +
	"the network and country they are in, and no machine there took part. Sealed data and pictures are one piece of random bytes over and over."

// EstateEnd is midnight, UTC, after the last of the estate's [EstateDays] days.
var EstateEnd = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// EstateDays is how many days the estate was watched. Days count from 1.
const EstateDays = 30

// EstateDay is midnight, UTC, at which a day begins.
func EstateDay(day int) time.Time { return EstateEnd.AddDate(0, 0, day-1-EstateDays) }

// A File is a path below the folder of the estate, slash-separated, and what it holds.
type File struct {
	Path string
	Body []byte
}

// An EstateSite is one site of the estate with the truth about it.
type EstateSite struct {
	Folder string
	Labels []Label // of every device that its captures show; firmware as on the last day
}

// EstateSites tells the truth about each site.
func EstateSites() []EstateSite {
	var out []EstateSite
	for _, pl := range estatePlaces() {
		s := EstateSite{Folder: pl.folder}
		for i := range pl.members {
			m := &pl.members[i]
			l := m.truth
			l.Src, l.MAC, l.Name, l.Firmware = pl.address(m).String(), m.mac, m.name, m.firmware(EstateDays)
			s.Labels = append(s.Labels, l)
		}
		out = append(out, s)
	}
	return out
}

// Estate writes the demonstration estate: a council that does not exist, with its
// sites, their asset lists and what was seen at each on some of 30 days. Captures
// are pcapng without compression; [Pack] makes the files of them.
func Estate() ([]File, error) {
	places := estatePlaces()
	index, err := json.MarshalIndent(estateIndex(places), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write estate.json: %w", err)
	}
	out := []File{{"estate.json", append(index, '\n')}}
	for i := range places {
		pl := &places[i]
		out = append(out, File{pl.folder + "/assets.csv", pl.assets()})
		for n, day := range pl.days() {
			var b bytes.Buffer
			if err := pl.play(day, n).Write(&b, EstateComment); err != nil {
				return nil, err
			}
			out = append(out, File{fmt.Sprintf("%s/%s.pcapng", pl.folder, EstateDay(day).Format(time.DateOnly)), b.Bytes()})
		}
	}
	return out, nil
}

// Pack compresses as zstd does at its best. The same library packs the same bytes.
func Pack(b []byte) ([]byte, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return e.EncodeAll(b, nil), nil
}

// Unpack is the reverse of [Pack].
func Unpack(b []byte) ([]byte, error) {
	d, err := zstd.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	defer d.Close()
	return io.ReadAll(d)
}

// filler is what everything sealed and every picture in the estate holds.
func filler() []byte {
	var out []byte
	for i := range 64 {
		sum := sha256.Sum256([]byte{'l', 'a', 'b', byte(i)})
		out = append(out, sum[:]...)
	}
	return out
}
