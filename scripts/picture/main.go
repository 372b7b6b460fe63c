// Command picture photographs a part of a page with Chromium, for the README:
//
//	picture PAGE.html SELECTOR OUT.png
//	picture hub OUT.png
//
// The first begins at the element and is as high as a screen; the second is the
// first page of a hub that is filled with the estate in examples/. It fetches
// nothing and writes nothing but the picture.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// The part of the page that is shown, in CSS pixels.
const width, height = 1240, 1240

func main() {
	var err error
	switch {
	case len(os.Args) == 4:
		err = photograph(os.Args[1], os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "hub":
		err = photographHub(map[string]string{"/": os.Args[2]})
	default:
		fmt.Fprintln(os.Stderr, "usage: picture PAGE.html SELECTOR OUT.png, or picture hub OUT.png")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func photograph(html, selector, out string) error {
	file, err := filepath.Abs(html)
	if err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}); err != nil {
		return err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+file)); err != nil {
		return err
	}
	top, err := chromedp.Run(ctx, chromedp.Evaluate[float64](fmt.Sprintf("document.querySelector(%q).getBoundingClientRect().top + window.scrollY - 24", selector)))
	if err != nil {
		return err
	}
	beyond := true
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Y: top, Width: width, Height: height, Scale: 1},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(out, shot.Data, 0o644)
}
