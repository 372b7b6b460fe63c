package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/identify"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/kb"
)

// identifyFlags are the flags of lenscap identify.
type identifyFlags struct {
	kind        string
	kinds       bool
	json, table bool
	output      string
	workers     int
}

func identifyCommand() *cobra.Command {
	var f identifyFlags
	cmd := &cobra.Command{
		Use:   "identify [FILE|-] …",
		Short: "Say who made devices, from answers that another tool recorded",
		Long: `Identify reads answers of devices that another tool recorded and says for each
device what it is, the brand on the box, the true maker, model, firmware and
chip, how sure and why. It asks no device anything.

Without --kind, the input is JSON lines, one device a line. All forms may be mixed:

  {"kind":"http-server","value":"Hikvision-Webs"}
  {"id":"cam 7","http-server":"Hikvision-Webs","mac":"44:19:b6:00:00:01"}
  {"id":8,"answers":[{"kind":"rtsp","value":"RTSP/1.0 …"},{"kind":"mac","value":"…"}]}

"id" comes back in the answer. Every other key names a kind of answer; where the
value is binary, write it in base64 with "_base64" behind the key (value_base64,
snmp_base64). A value may be a list. --kinds lists the kinds. An answer of an
unknown kind, or one in which nothing of its kind is found, is named in the
result ("unread") and the rest counts.

With --kind, each FILE is one raw answer of one device.

The output is one JSON object a line for each line of the input, in their order,
with the claims as in the JSON of an audit; a table when it goes to a terminal.
Lines that cannot be read are named on standard error, are {"line":n,"error":…}
in the output, and end nothing. Empty lines are passed over.

Exit status: 0 answered (also when some lines could not be read), 2 could not
run, or no line at all could be read.`,
		Example: `  lenscap identify banners.jsonl > claims.jsonl
  zgrab2 http -f addresses.txt | jq -c '…' | lenscap identify
  lenscap identify --kind rtsp describe-answer.txt
  lenscap identify --kind snmp --table *.snmprec
  echo '{"model":"DS-2CD2143G0-I"}' | lenscap identify --table`,
		Args: func(cmd *cobra.Command, args []string) error {
			if in, ok := cmd.InOrStdin().(*os.File); len(args) == 0 && !f.kinds && ok && term.IsTerminal(int(in.Fd())) {
				return errors.New("no input: name a file of JSON lines, or pipe it in (lenscap identify --help)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runIdentify(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.kind, "kind", "", "each file is one raw answer of this `kind`")
	fl.BoolVar(&f.kinds, "kinds", false, "list the kinds of answers with an example each, and end")
	fl.BoolVar(&f.json, "json", false, "print JSON lines, also to a terminal")
	fl.BoolVar(&f.table, "table", false, "print a table, also to a file or pipe")
	fl.StringVarP(&f.output, "output", "o", "", "write to this `file`; the ending chooses: .jsonl or .json, .txt")
	fl.IntVar(&f.workers, "workers", 0, "lines worked on at once (default: one a processor)")
	cmd.MarkFlagsMutuallyExclusive("json", "table", "output")
	_ = cmd.MarkFlagFilename("output", "jsonl", "json", "txt") // these fail only for a flag that does not exist
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kindCompletions(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// kindCompletions are the kinds with what they are, as shells show them.
func kindCompletions() []string {
	var out []string
	for _, k := range identify.Kinds() {
		out = append(out, k.Name+"\t"+k.Says)
	}
	for _, name := range identify.Further() {
		out = append(out, name+"\ttext of the fingerprints of this name")
	}
	return out
}

func runIdentify(cmd *cobra.Command, args []string, f *identifyFlags) error {
	if f.kinds {
		return printKinds(cmd.OutOrStdout())
	}
	if f.kind != "" && !identify.Known(f.kind) {
		return fmt.Errorf("--kind %q: no kind of this name (lenscap identify --kinds lists them)", f.kind)
	}
	resolver, err := attributionOnly(cmd)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	format, head, err := identifyFormat(cmd.OutOrStdout(), f, len(args) > 1)
	if err != nil {
		return err
	}
	run := func(w io.Writer) error {
		return identifyAll(cmd, args, f, identify.Config{Resolver: resolver, Workers: f.workers, Format: format}, head, w)
	}
	if f.output != "" {
		return writeWhole(f.output, run)
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
	return errors.Join(run(out), out.Flush())
}

// attributionOnly loads what attribution needs: no rules.
func attributionOnly(cmd *cobra.Command) (*attribution.Resolver, error) {
	dir, err := cmd.Flags().GetString("kb")
	if err != nil {
		return nil, err
	}
	fsys, err := kb.Open(dir)
	if err != nil {
		return nil, err
	}
	base, err := maker.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("load knowledge base: %w", err)
	}
	prints, err := fingerprint.Load(fsys)
	if err != nil {
		return nil, fmt.Errorf("load fingerprints: %w", err)
	}
	return attribution.New(base, prints), nil
}

// identifyFormat chooses JSON or a table, and the line above the table.
func identifyFormat(w io.Writer, f *identifyFlags, named bool) (format func([]byte, *identify.Result) []byte, head string, err error) {
	file, ok := w.(*os.File)
	terminal := ok && term.IsTerminal(int(file.Fd()))
	table := f.table || terminal && !f.json
	if f.output != "" {
		switch strings.ToLower(filepath.Ext(f.output)) {
		case ".jsonl", ".ndjson", ".json":
			table = false
		case ".txt":
			table = true
		default:
			return nil, "", fmt.Errorf("-o %s: the ending chooses the format: .jsonl, .json or .txt", f.output)
		}
	}
	if !table {
		return func(dst []byte, r *identify.Result) []byte { return identify.AppendJSON(dst, r, named) }, "", nil
	}
	t := identify.Table{Width: columns(), Input: named}
	if terminal && f.output == "" {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			t.Width = width
		}
	}
	return t.Append, t.Head(), nil
}

// shownBad is how many lines that cannot be read are named one by one.
const shownBad = 20

// identifyAll works through the inputs.
func identifyAll(cmd *cobra.Command, args []string, f *identifyFlags, cfg identify.Config, head string, w io.Writer) error {
	var total identify.Stats
	cfg.Bad = func(name string, line int64, why string) {
		if total.Bad++; total.Bad <= shownBad {
			fmt.Fprintf(cmd.ErrOrStderr(), "lenscap: %s:%d: %s\n", name, line, why)
		}
	}
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	for _, arg := range args {
		lines, err := identifyInput(cmd.Context(), cmd.InOrStdin(), arg, f.kind, cfg, w)
		total.Lines += lines
		if err != nil {
			return err
		}
	}
	if total.Bad > shownBad {
		fmt.Fprintf(cmd.ErrOrStderr(), "lenscap: and %d more\n", total.Bad-shownBad)
	}
	if total.Bad > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "lenscap: %d of %d lines could not be read\n", total.Bad, total.Lines)
	}
	if total.Bad > 0 && total.Bad == total.Lines {
		return errors.New("no line could be read: the input is JSON lines, or one raw answer with --kind (lenscap identify --help)")
	}
	return nil
}

func identifyInput(ctx context.Context, stdin io.Reader, arg, kind string, cfg identify.Config, w io.Writer) (lines int64, err error) {
	in, name := stdin, "stdin"
	if arg != "-" {
		file, err := os.Open(arg)
		if err != nil {
			return 0, err
		}
		defer file.Close() //nolint:errcheck // read only
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return 0, fmt.Errorf("%s is a folder: name the files in it (%s)", arg, filepath.Join(arg, "*"))
		}
		in, name = file, arg
	}
	if kind == "" {
		stats, err := identify.Run(ctx, cfg, name, in, w)
		return stats.Lines, err
	}
	r, err := identify.One(cfg, kind, name, in)
	if err != nil {
		return 0, err
	}
	_, err = w.Write(cfg.Format(nil, r))
	return 1, err
}

// writeWhole writes beside the file and renames, so that it is there whole or
// not at all.
func writeWhole(name string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone already when all went well
	w := bufio.NewWriterSize(tmp, 1<<16)
	if err := errors.Join(write(w), w.Flush(), tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// printKinds lists the kinds for people and scripts: name, what it is, example.
func printKinds(w io.Writer) error {
	var b strings.Builder
	for _, k := range identify.Kinds() {
		fmt.Fprintf(&b, "%-20s %s\n", k.Name, k.Says)
		if len(k.Aliases) > 0 {
			fmt.Fprintf(&b, "%-20s   also: %s\n", "", strings.Join(k.Aliases, ", "))
		}
		fmt.Fprintf(&b, "%-20s   {%q:%s}\n", "", k.Name, jsonText(k.Example))
	}
	fmt.Fprintf(&b, "\nThe text of one field each, named as in kb/fingerprints:\n%s\n", wrapWords(identify.Further(), 90))
	_, err := io.WriteString(w, b.String())
	return err
}

// jsonText is s as a JSON string, with what JSON may leave as it is left so.
func jsonText(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", `\r`, "\n", `\n`, "\t", `\t`)
	return `"` + r.Replace(s) + `"`
}

// wrapWords puts words on lines of a width.
func wrapWords(words []string, width int) string {
	var b strings.Builder
	at := 0
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		if at > 0 && at+len(w)+1 > width {
			b.WriteByte('\n')
			at = 0
		} else if at > 0 {
			b.WriteByte(' ')
			at++
		}
		b.WriteString(w)
		at += len(w)
	}
	return b.String()
}
