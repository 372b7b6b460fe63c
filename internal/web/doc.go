// Package web draws the hub's pages: one route table, server-rendered templates
// from package ui, and forms that change the estate through hub.Store.Do.
//
// It works nothing out that another package knows: who may do what is asked of
// package access, what a device is of the store, and pictures are drawn by
// package report, so that page, report and print show the same. It opens no
// connection of its own.
package web
