package main

import (
	"context"
	"os"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
)

// photographHub fills a hub with the estate in examples/, signs in, and
// photographs pages of it.
func photographHub(pages map[string]string) error {
	dir, err := os.MkdirTemp("", "lenscap-picture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) // the day after the estate's last
	a, err := app.New(ctx, app.Config{Dir: dir, Listen: "localhost:0", Version: "picture", Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	if err := a.Fill(ctx, examples.Estate, nil); err != nil {
		return err
	}
	const password = "a picture of an estate"
	err = a.Guard.AddAccount(ctx, access.Console("picture"), &access.Account{Name: "demo", Shown: "Demonstration", Roles: map[int64]access.Role{0: access.Admin}}, password)
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(run) }()
	err = shoot(ctx, a.URL(), password, pages)
	stop()
	if e := <-ended; err == nil {
		err = e
	}
	return err
}

func shoot(ctx context.Context, url, password string, pages map[string]string) error {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(ctx, options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	const width, height = 1440, 900
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}); err != nil {
		return err
	}
	err := chromedp.Do(ctx, chromedp.Navigate(url+"/sign-in"), chromedp.SendKeys(chromedp.CSS("#f-name"), "demo"), chromedp.SendKeys(chromedp.CSS("#f-password"), password),
		chromedp.Click(chromedp.CSS("main button.primary")), chromedp.WaitVisible(chromedp.CSS("#q")))
	if err != nil {
		return err
	}
	for path, out := range pages {
		if err := chromedp.Do(ctx, chromedp.Navigate(url+path), chromedp.WaitVisible(chromedp.CSS("h1"))); err != nil {
			return err
		}
		shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
		if err != nil {
			return err
		}
		if err := os.WriteFile(out, shot.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
